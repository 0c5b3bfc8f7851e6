"""The other steps, each by itself: what it leaves, what it leaves alone, and what it says."""

import gzip
import hashlib
import json
import os
import socket
import ssl
import stat
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from machines.agent.errors import AgentError
from machines.agent.run import FAILED, REFUSED
from machines.agent.settings import ConfigurationError
from machines.etcd import etcd_state
from tests.local.kubernetes.certificates import authority, signed
from tests.machines.agent.strict_ec2 import Resource
from tests.machines.agent.world import ME, SECRET, TOKEN, ZONE, configured
from tests.ports import silent_port
from tests.serving import serving

OWNER = f"{os.getuid()}:{os.getgid()}"


def boot(world, *steps, deadline_seconds=10, **head):
    return world.run(
        configured(*steps, deadlineSeconds=deadline_seconds, **{"signal": None, **head})
    )


def at(world, path):
    return world.folder / "root" / path.lstrip("/")


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def last_words(world):
    return world.console[-1].partition(" s: ")[2]


def files(world, mode="0644", content="text", path="/etc/etcd/etcd.yaml"):
    (world.folder / "bundle" / "f").write_text(content)
    row = {"path": path, "source": "f", "mode": mode, "owner": OWNER}
    return {"step": "write-files", "files": [row]}


def test_a_file_is_written_with_its_mode(world):
    assert boot(world, files(world, "0640")) == 0, world.console
    path = at(world, "/etc/etcd/etcd.yaml")
    assert path.read_text() == "text" and mode_of(path) == 0o640
    assert [p.name for p in path.parent.iterdir()] == ["etcd.yaml"]


@pytest.mark.parametrize("changed", ["content", "mode", "link", "gone"])
def test_a_file_that_somebody_changed_is_written_again(world, changed):
    step = files(world)
    assert boot(world, step) == 0
    path = at(world, "/etc/etcd/etcd.yaml")
    (world.folder / "state/journal.json").unlink()
    {
        "content": lambda: path.write_text("other"),
        "mode": lambda: path.chmod(0o666),
        "link": lambda: (path.rename(path.with_name("x")), path.symlink_to("x")),
        "gone": path.unlink,
    }[changed]()
    assert boot(world, step) == 0
    assert path.read_text() == "text" and mode_of(path) == 0o644 and not path.is_symlink()


def test_a_file_that_is_right_is_not_touched(world):
    step = files(world)
    assert boot(world, step) == 0
    (world.folder / "state/journal.json").unlink()
    before = at(world, "/etc/etcd/etcd.yaml").stat()
    assert boot(world, step) == 0
    after = at(world, "/etc/etcd/etcd.yaml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_link_beside_the_file_does_not_lead_the_writer_away(world):
    target = world.folder / "target"
    folder = at(world, "/etc/etcd")
    folder.mkdir(parents=True)
    (folder / ".etcd.yaml.heiiki-new").symlink_to(target)
    assert boot(world, files(world)) == 0
    assert not target.exists() and (folder / "etcd.yaml").read_text() == "text"


def test_an_owner_that_the_machine_does_not_have_is_named(world):
    (world.folder / "bundle" / "f").write_text("text")
    row = {"path": "/etc/x", "source": "f", "owner": "nobody-here:none"}
    assert boot(world, {"step": "write-files", "files": [row]}) == FAILED
    assert last_words(world) == "the machine has no owner nobody-here:none"
    assert list(at(world, "/etc").iterdir()) == []


def test_a_part_that_the_bundle_lacks_is_named_and_the_step_fails(world):
    """Its digest is right, and whoever made it left something out."""
    step = files(world)
    (world.folder / "bundle" / "f").unlink()
    assert boot(world, step) == FAILED
    assert last_words(world) == (
        f"FileNotFoundError: [Errno 2] No such file or directory: '{world.folder}/bundle/f'"
    )
    assert not at(world, "/etc/etcd").exists()


def test_a_file_where_a_folder_should_be_is_told(world):
    at(world, "/etc").write_text("a file")
    assert boot(world, files(world)) == FAILED
    assert last_words(world).startswith("NotADirectoryError: ")


def binaries(*rows):
    return {"step": "fetch-binaries", "bucket": "carried-in", "binaries": list(rows)}


def row(digest, path="/usr/local/bin/etcd", **more):
    return {"sha256": digest, "path": path, "owner": OWNER, **more}


PROGRAM = bytes(range(256)) * 20_000  # of more than one piece


def test_a_program_is_fetched_and_may_be_run(world):
    assert boot(world, binaries(row(world.put_binary(PROGRAM)))) == 0, world.console
    path = at(world, "/usr/local/bin/etcd")
    assert path.read_bytes() == PROGRAM and mode_of(path) == 0o755


def test_a_packed_program_is_unpacked_on_its_way(world):
    packed, unpacked = gzip.compress(PROGRAM), hashlib.sha256(PROGRAM).hexdigest()
    step = binaries(row(world.put_binary(packed), unpackedSha256=unpacked))
    assert boot(world, step) == 0, world.console
    assert at(world, "/usr/local/bin/etcd").read_bytes() == PROGRAM


def test_a_program_that_is_there_is_not_fetched(world):
    step = binaries(row(world.put_binary(PROGRAM)))
    assert boot(world, step) == 0
    (world.folder / "state/journal.json").unlink()
    world.asked.clear()
    assert boot(world, step) == 0 and world.asked == []
    at(world, "/usr/local/bin/etcd").write_bytes(b"other")
    (world.folder / "state/journal.json").unlink()
    assert boot(world, step) == 0 and world.asked == ["GET"]
    other = binaries(row(world.put_binary(PROGRAM)), row(world.put_binary(b"x"), "/usr/bin/x"))
    world.asked.clear()
    assert boot(world, other) == 0 and world.asked == ["GET"]


@pytest.mark.parametrize(
    ("stored", "unpacked", "words"),
    [
        (b"other", None, "has digest"),
        (
            gzip.compress(PROGRAM, 1),
            hashlib.sha256(PROGRAM).hexdigest(),
            f"binaries/{'1' * 64} has",
        ),
        (gzip.compress(PROGRAM), "0" * 64, "not 0000"),
        (b"no gzip", "0" * 64, "should be a gzip is none"),
        (gzip.compress(PROGRAM)[:-9], "0" * 64, "gzip is cut off"),
    ],
)
def test_a_program_that_is_not_what_its_digest_says_is_not_installed(
    world, stored, unpacked, words
):
    digest = world.put_binary(stored)
    if unpacked != "0" * 64:  # by a name that is not its own
        digest = "1" * 64
        world.objects[f"carried-in/binaries/{digest}"] = stored
    assert boot(world, binaries(row(digest, unpackedSha256=unpacked))) == FAILED
    assert words in world.console[-1]
    assert list(at(world, "/usr/local/bin").iterdir()) == []


def test_a_program_that_is_not_in_the_bucket_is_named(world):
    assert boot(world, binaries(row("2" * 64))) == FAILED
    assert last_words(world) == f"s3 GetObject binaries/{'2' * 64}: NoSuchKey (404): none"


ROLE = "/heiiki/dev/etcd-1a"


def secrets(*names, mode="0600"):
    rows = [{"name": n, "path": f"/etc/etcd/pki/{n}", "owner": OWNER, "mode": mode} for n in names]
    return {"step": "take-secrets", "parameters": ROLE, "files": rows}


def stored(world, **parameters):
    world.parameters = {f"{ROLE}/{name.replace('_', '.')}": v for name, v in parameters.items()}


def changed(world):
    return world.machine().journal.noted("take-secrets", "changed")


def test_secrets_are_the_roots_alone(world):
    stored(world, a_key="key", b_crt="certificate", c_crt="not asked for", d_crt="d")
    assert boot(world, secrets("a.key", "b.crt", "d.crt")) == 0, world.console
    folder = at(world, "/etc/etcd/pki")
    assert {p.name: (p.read_text(), mode_of(p)) for p in folder.iterdir()} == {
        "a.key": ("key", 0o600), "b.crt": ("certificate", 0o600), "d.crt": ("d", 0o600),
    }  # fmt: skip
    assert changed(world) == [f"/etc/etcd/pki/{n}" for n in ("a.key", "b.crt", "d.crt")]


def test_what_did_not_change_is_not_touched_and_not_told(world):
    stored(world, a_key="key", b_crt="certificate")
    assert boot(world, secrets("a.key", "b.crt")) == 0
    before = at(world, "/etc/etcd/pki/a.key").stat()
    (world.folder / "state/journal.json").unlink()
    stored(world, a_key="key", b_crt="renewed")
    assert boot(world, secrets("a.key", "b.crt")) == 0
    after = at(world, "/etc/etcd/pki/a.key").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert at(world, "/etc/etcd/pki/b.crt").read_text() == "renewed"
    assert changed(world) == ["/etc/etcd/pki/b.crt"]


def test_what_the_store_lacks_is_named_and_nothing_is_written(world):
    stored(world, a_key="key")
    assert boot(world, secrets("a.key", "b.crt", "c.crt")) == FAILED
    assert last_words(world) == f"Systems Manager has no b.crt, c.crt under {ROLE}"
    assert not at(world, "/etc/etcd/pki").exists()


def test_no_secret_is_said_whatever_goes_wrong(world):
    stored(world, a_key="the-key-of-all")
    at(world, "/etc").write_text("a file")
    world.refusals = [("GetParametersByPath", 403, f"AccessDenied {SECRET} {TOKEN}")]
    assert boot(world, secrets("a.key")) == FAILED
    kept = (world.folder / "state/journal.json").read_text() + str(world.console)
    assert "NotADirectoryError" in kept and "AccessDenied *** ***" in kept
    for secret in ("the-key-of-all", SECRET, TOKEN):
        assert secret not in kept


def test_a_store_without_an_end_is_left(world, monkeypatch):
    endless = (200, json.dumps({"Parameters": [], "NextToken": "again"}).encode())
    monkeypatch.setattr(world, "_parameters", lambda asked: endless)
    assert boot(world, secrets("a.key")) == FAILED
    assert last_words(world) == f"Systems Manager has no end of {ROLE}"


CLAIM = {
    "step": "claim-bootstrap", "bucket": "dev-cluster", "cluster": "dev-etcd", "member": "1a",
    "members": {"1a": "https://a:2380", "1c": "https://c:2380"}, "token": "t-1",
    "path": "/etc/etcd/bootstrap.json",
}  # fmt: skip
OBJECT = "dev-cluster/bootstrap/dev-etcd.json"


def claimed(world):
    return json.loads(at(world, "/etc/etcd/bootstrap.json").read_text())


def written_by(world, member, instance, **more):
    document = {"format": 1, "cluster": "dev-etcd", "members": CLAIM["members"], "token": "first",
                "by": {"member": member, "instance": instance}, **more}  # fmt: skip
    world.objects[OBJECT] = json.dumps(document).encode()


def test_the_first_decides(world):
    assert boot(world, CLAIM) == 0, world.console
    found = claimed(world)
    assert found["outcome"] == "won" and found["by"] == {"member": "1a", "instance": ME}
    assert json.loads(world.objects[OBJECT])["token"] == "t-1"
    assert found["members"] == CLAIM["members"]


@pytest.mark.parametrize(
    ("member", "instance", "outcome"),
    [("1c", "i-2", "lost"), ("1a", "i-2", "earlier"), ("1a", ME, "won")],
)
def test_everybody_else_takes_what_was_decided(world, member, instance, outcome):
    written_by(world, member, instance)
    before = dict(world.objects)
    assert boot(world, CLAIM) == 0, world.console
    assert claimed(world)["outcome"] == outcome and claimed(world)["token"] == "first"
    assert world.objects == before


def test_a_claim_whose_answer_was_lost_is_ours(world):
    world.refusals = [("PUT", 0, "")]  # and it was not written either
    assert boot(world, CLAIM) == 0 and claimed(world)["outcome"] == "won"
    world.objects.clear()
    at(world, "/etc/etcd/bootstrap.json").unlink()
    (world.folder / "state/journal.json").unlink()
    real = world._object
    lost = []

    def losing(name, method, headers, body):
        answer = real(name, method, headers, body)
        if method == "PUT" and not lost:
            lost.append(name)
            return 500, b""
        return answer

    world._object = losing
    assert boot(world, CLAIM) == 0 and claimed(world)["outcome"] == "won" and lost


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"format": 2}', b'{"format": 1, "cluster": "other"}', b'{"format": 1}'],
)
def test_another_object_in_its_place_stops_the_boot(world, content):
    world.objects[OBJECT] = content
    assert boot(world, CLAIM) == REFUSED
    assert last_words(world) == "bootstrap/dev-etcd.json is not the bootstrap object of dev-etcd"


def test_a_member_that_came_later_is_told_so(world):
    written_by(world, "1c", "i-2", members={"1c": "https://c:2380"})
    assert boot(world, CLAIM) == 0 and claimed(world)["outcome"] == "lost"
    assert any("does not name 1a, which joins later" in line for line in world.console)


TELLING = {**CLAIM, "volume": "attach-volume", "environment": "/var/lib/heiiki/agent/etcd.env"}
FIRST = "dev-cluster/bootstrap/dev-etcd/1a.json"
FIRST_VOLUME = "vol-0a1b2c3d4e5f67890"


ATTACH = {"step": "attach-volume", "tags": {"heiiki:member": "1a"}, "device": "/dev/sdf"}


def with_volume(world, volume):
    world.ec2.resources = {volume: Resource(volume, ZONE, dict(ATTACH["tags"]))}
    return boot(world, ATTACH, TELLING, deadline_seconds=60)


def told_etcd(world, volume=FIRST_VOLUME):
    """What etcd is told on a machine that has attached this volume."""
    assert with_volume(world, volume) == 0, world.console
    return at(world, TELLING["environment"]).read_text()


def another_machine(world):
    (world.folder / "state/journal.json").unlink()


def test_a_member_begins_with_the_volume_that_it_came_with_first(world):
    assert told_etcd(world) == etcd_state("new")
    first = json.loads(world.objects[FIRST])
    assert (first["volume"], first["instance"]) == (FIRST_VOLUME, ME)
    another_machine(world)
    assert told_etcd(world) == etcd_state("new"), "and each machine of it after that"
    assert json.loads(world.objects[FIRST]) == first


def test_a_member_whose_disk_was_lost_begins_nothing(world):
    """Two that did would be a second, blank cluster."""
    first = {"format": 1, "member": "1a", "volume": "vol-lost", "instance": "i-2"}
    world.objects[FIRST] = json.dumps(first).encode()
    assert told_etcd(world) == etcd_state("existing")
    assert any(f"{FIRST_VOLUME} is not the volume that 1a" in line for line in world.console)
    assert json.loads(world.objects[FIRST]) == first


def test_a_member_that_has_begun_begins_no_more(world):
    """Even with its first volume: if that is empty, it was emptied."""
    world.objects["dev-cluster/bootstrap/dev-etcd/begun/1a.json"] = b"{}"
    assert told_etcd(world) == etcd_state("existing")
    assert any("1a has begun before" in line for line in world.console)
    another_machine(world)
    del world.objects["dev-cluster/bootstrap/dev-etcd/begun/1a.json"]
    world.objects["dev-cluster/bootstrap/dev-etcd/begun/1a-2.json"] = b"{}"
    assert told_etcd(world) == etcd_state("new"), "another member's"


@pytest.mark.parametrize(
    "changes", [{"members": {"1c": "https://c:2380"}}, {"token": "of-another-cluster"}]
)
def test_a_member_that_the_claim_does_not_mean_joins(world, changes):
    written_by(world, "1c", "i-2", **{"token": "t-1", **changes})
    assert told_etcd(world) == etcd_state("existing")
    assert FIRST not in world.objects, "nothing was begun with it"


def test_a_member_of_the_claim_begins_though_another_won(world):
    written_by(world, "1c", "i-2", token="t-1")
    assert told_etcd(world) == etcd_state("new")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"format": 1, "member": "1c"}'])
def test_what_is_no_first_volume_stops_the_boot(world, content):
    world.objects[FIRST] = content
    assert with_volume(world, FIRST_VOLUME) == REFUSED
    assert "1a.json does not say with which volume 1a came first" in last_words(world)


def test_etcd_is_told_nothing_before_there_is_a_volume(world):
    assert boot(world, TELLING) == FAILED
    assert last_words(world) == "attach-volume has attached no volume"
    assert not at(world, TELLING["environment"]).exists()


def test_a_claim_that_is_refused_is_told(world):
    world.refusals = [("PUT", 403, "AccessDenied")] * 9
    assert boot(world, CLAIM) == FAILED
    assert last_words(world).startswith("s3 PutObject bootstrap/dev-etcd.json: AccessDenied (403)")


def test_units_are_started_and_not_enabled(world):
    assert boot(world, {"step": "start-units", "units": ["a.service", "b.service"]}) == 0
    assert world.host.units == {"a.service": "active", "b.service": "active"}
    assert world.host.enabled == set() and world.host.log == ["start a.service", "start b.service"]


def test_units_may_be_enabled(world):
    step = {"step": "start-units", "units": ["a.service"], "enable": True}
    assert boot(world, step) == 0 and world.host.enabled == {"a.service"}
    (world.folder / "state/journal.json").unlink()
    world.host.enabled.clear()
    assert boot(world, step) == 0 and world.host.enabled == {"a.service"}


def test_a_unit_that_waits_for_others_need_not_be_waited_for(world):
    """A member of etcd is ready when its process runs; the cluster is when enough of them do."""
    step = {"step": "start-units", "units": ["etcd.service"], "wait": False}
    assert boot(world, step) == 0 and world.host.units == {"etcd.service": "activating"}
    (world.folder / "state/journal.json").unlink()
    assert boot(world, step) == 0 and world.host.log == ["start etcd.service"]


def test_a_unit_that_does_not_start_is_named(world):
    world.host.fails["systemctl"] = AgentError("systemctl start a.service ended with 1: see status")
    assert boot(world, {"step": "start-units", "units": ["a.service"]}) == FAILED
    assert "systemctl start a.service ended with 1" in world.console[-1]


def test_a_command_is_waited_for(world):
    step = {"step": "wait-for", "command": ["false"], "timeoutSeconds": 5}
    assert boot(world, step) == FAILED
    assert (
        last_words(world)
        == "false ended with 1: not content (waited until the boot's time was over)"
    )
    contents = iter([world.host._false, world.host._false, world.host._true])
    world.host._check = lambda arguments: next(contents)(arguments)
    assert boot(world, {"step": "wait-for", "command": ["check"]}) == 0


def test_a_port_is_waited_for(world):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert boot(world, {"step": "wait-for", "tcp": f"127.0.0.1:{port}"}) == 0
    with silent_port() as port:
        step = {"step": "wait-for", "tcp": f"127.0.0.1:{port}", "timeoutSeconds": 1}
        assert boot(world, step) == FAILED
        assert f"127.0.0.1:{port}: [Errno 111]" in world.console[-1]


def test_a_name_that_nobody_has_made_is_what_is_said(world, monkeypatch):
    """Of an API whose record is somebody else's to make."""
    known = socket.getaddrinfo

    def asked(host, *more, **named):
        if host == "api.own.example.com":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    url = "https://api.own.example.com:6443/readyz"
    assert boot(world, {"step": "wait-for", "https": url, "timeoutSeconds": 1}) == FAILED
    assert last_words(world) == (
        "api.own.example.com:6443 does not answer: [Errno -2] Name or service not known "
        "(waited until the boot's time was over)"
    )


@pytest.fixture
def secure(world):
    """An HTTPS server that asks for a client's certificate, as etcd does; it answers `status`.

    Its authority is one that another has signed, whom nobody here has, as supplied ones may be.
    """
    ca = authority("etcd", by=authority("of all the bank"))
    pki = at(world, "/etc/pki")
    pki.mkdir(parents=True)
    for name in ("server", "client"):
        pair = signed(ca, name)
        (pki / f"{name}.crt").write_text(pair.certificate_pem)
        (pki / f"{name}.key").write_text(pair.key_pem)
    (pki / "ca.crt").write_text(ca.certificate_pem)
    (pki / "other-ca.crt").write_text(authority("other").certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "server.crt", pki / "server.key")
    context.load_verify_locations(pki / "ca.crt")
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_mode = ssl.CERT_REQUIRED

    class Handler(BaseHTTPRequestHandler):
        status = 200
        asked: ClassVar[list[str]] = []

        def do_GET(self) -> None:
            Handler.asked.append(self.path)
            self.send_response(Handler.status)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield f"https://127.0.0.1:{server.server_port}/health", Handler


def test_an_address_on_the_loopback_is_asked_in_clear_and_no_other(world):
    class Alive(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/livez" else 503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Alive)
    with serving(server):
        url = f"http://127.0.0.1:{server.server_port}"
        assert boot(world, {"step": "wait-for", "http": f"{url}/livez"}) == 0, world.console
        assert boot(world, {"step": "wait-for", "http": f"{url}/x", "timeoutSeconds": 1}) == FAILED
    assert f"{url}/x answers 503" in world.console[-1]
    with pytest.raises(ConfigurationError, match="must be a URL of 127"):
        boot(world, {"step": "wait-for", "http": "http://10.0.0.1:80/"})


def test_an_address_may_name_the_machine(world, secure, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "IP-10-0-0-1")
    url, handler = secure
    step = {"step": "wait-for", "https": f"{url}/{{hostname}}", **TLS}
    assert boot(world, step) == 0, world.console
    assert handler.asked[-1] == "/health/ip-10-0-0-1"


TLS = {"ca": "/etc/pki/ca.crt", "certificate": "/etc/pki/client.crt", "key": "/etc/pki/client.key"}


def test_an_address_is_asked_with_its_authority_and_a_certificate(world, secure):
    url, handler = secure
    assert boot(world, {"step": "wait-for", "https": url, **TLS}) == 0, world.console
    handler.status = 503
    step = {"step": "wait-for", "https": url, "timeoutSeconds": 1}
    assert boot(world, {**step, **TLS}) == FAILED
    assert f"{url} answers 503" in world.console[-1]
    assert boot(world, {**step, **TLS, "status": [503]}) == 0


@pytest.mark.parametrize(
    "changes",
    [{"ca": "/etc/pki/other-ca.crt"}, {"certificate": None, "key": None}, {"ca": "/etc/pki/none"}],
)
def test_an_address_that_is_somebody_elses_is_not_taken_for_the_one(world, secure, changes):
    step = {"step": "wait-for", "https": secure[0], **TLS, "timeoutSeconds": 1, **changes}
    step = {key: value for key, value in step.items() if value is not None}
    assert boot(world, step) == FAILED


def test_the_end_is_told_to_the_group(world):
    assert boot(world, {"step": "signal"}, signal={"group": "g", "hook": "h"}) == 0
    assert world.told == ["CONTINUE"] and world.machine().journal.record.told == "CONTINUE"


def test_a_group_that_has_not_noticed_yet_is_told_later(world):
    world.early = 3
    assert boot(world, {"step": "signal"}, signal={"group": "g", "hook": "h"}) == 0
    assert world.told == ["CONTINUE"] and world.clock.seconds > 130


def test_a_group_that_never_waits_holds_nothing_up(world):
    world.waits = False
    assert boot(world, {"step": "signal"}, signal={"group": "g", "hook": "h"}) == 0
    assert world.told == []
    assert any("no group waits for this machine" in line for line in world.console)


def test_the_end_is_told_once_in_a_machines_life(world):
    head = {"signal": {"group": "g", "hook": "h"}}
    assert boot(world, {"step": "signal"}, **head) == 0
    world.host.boot("another-boot")
    world.asked.clear()
    assert boot(world, {"step": "signal"}, **head) == 0 and world.asked == []


def test_a_group_that_cannot_be_told_is_told_of(world):
    world.refusals = [("CompleteLifecycleAction", 403, "AccessDenied")] * 20
    assert boot(world, {"step": "signal"}, signal={"group": "g", "hook": "h"}) == FAILED
    assert (
        "could not be told: autoscaling CompleteLifecycleAction: AccessDenied"
        in (world.console[-1])
    )
