"""The drill by which authorities are rotated on a booted cluster: what it writes, hears and finds.

The drill itself is `make cluster-rotate`, a quarter of an hour on machines that boot.
"""

import base64
import ssl
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cluster import asking_program, rotation, workload
from local.cluster.__main__ import main
from local.cluster.asking import Heard, heard
from local.cluster.former import AUTHORITIES, YAML_KEYS, Former, Signed, is_refusal
from local.cluster.life import Cluster
from local.cluster.signed_by import KUBELET_CERTIFICATE, in_files, names
from local.cluster.stack import EXAMPLE, NAME
from local.machines import MachinesError
from machines import role_bundles
from machines.kubeconfig import render_certificate_kubeconfig
from plan.pki.rotation import KEY_PAIRS, check_step, generations_of
from spec.pki import AUTHORITY_NAMES, yaml_key
from spec.stack_file import parse_stack_file
from tests.control_plane.pki import Signed as Pair
from tests.control_plane.pki import authority, signed, write
from tests.serving import serving

LOG = """\
100.0 100.1 200
100.5 100.6 200
101.0 106.0 TimeoutError: timed out
106.0 106.2 200
106.5 106.6 401
107.0 107.1 200
"""


def test_what_was_heard_is_counted_and_the_longest_silence_measured() -> None:
    told = heard(LOG.splitlines(keepends=True), 100.0, 107.5)
    assert told == Heard(6, 2, pytest.approx(5.6), ("TimeoutError: timed out", "401"))
    assert "asked 6 times, 2 without an answer, at most 5.6 s" in str(told)
    assert heard(LOG.splitlines(keepends=True), 100.0, 101.0).failed == 0


def test_silence_at_the_end_is_silence_and_a_line_that_is_being_written_is_none() -> None:
    assert heard(["100.0 100.1 200\n"], 100.0, 160.0).longest_seconds == pytest.approx(59.9)
    assert heard([], 100.0, 130.0) == Heard(0, 0, 30.0, ())
    assert heard(["100.0 100.1 2"], 100.0, 101.0).asked == 0


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == asking_program.PATH else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def kubeconfig(url: str, trusted: Pair, who: Pair) -> str:
    return render_certificate_kubeconfig(
        cluster_name="own", api_server_endpoint=url,
        certificate_authority_base64=base64.b64encode(trusted.certificate_pem.encode()).decode(),
        client_certificate_pem=who.certificate_pem, client_key_pem=who.key_pem,
    )  # fmt: skip


def test_the_api_is_asked_as_a_kubeconfig_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a server that it trusts and that trusts it; what goes wrong is told in a line."""
    monkeypatch.setattr(asking_program, "MEMORY", str(tmp_path))
    ours, others = authority("ours"), authority("others")
    own = signed(ours, "kube-apiserver", server=True)
    write(tmp_path, {"own": own.certificate_pem + own.key_pem, "ca": ours.certificate_pem})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own")
    context.load_verify_locations(tmp_path / "ca")
    context.verify_mode = ssl.CERT_REQUIRED
    server = HTTPServer(("127.0.0.1", 0), Door)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{server.server_port}"
    client = signed(ours, "administrator")
    with serving(server):
        assert asking_program.ask(kubeconfig(url, ours, client)) == "200"
        told = asking_program.ask(kubeconfig(url, others, client))
        assert told.startswith("SSLCertVerificationError") and "\n" not in told
        assert asking_program.ask(kubeconfig(url, ours, signed(others, "administrator"))) != "200"
    assert asking_program.ask(kubeconfig(url, ours, client)).startswith("ConnectionRefusedError")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca", "own"], "no key is left"


def stack_file() -> dict[str, Any]:
    text = (EXAMPLE / f"Pulumi.{NAME}.yaml").read_text(encoding="utf-8")
    return {k.removeprefix("heiiki:"): v for k, v in yaml.safe_load(text)["config"].items()}


def asked(config: dict[str, Any]) -> Any:
    text = yaml.safe_dump({"config": {f"heiiki:{key}": of for key, of in config.items()}})
    return parse_stack_file(text, where="test").control_plane.pki.rotation


@pytest.mark.parametrize("before", [1, 4])
def test_each_update_is_a_step_and_the_next_drill_begins_where_this_one_ended(before: int) -> None:
    config = stack_file()
    if before > 1:
        rotation.stepped(config, 2, dict.fromkeys(KEY_PAIRS, before - 1))
    former = rotation.generations(config, KEY_PAIRS)
    assert former == dict.fromkeys(KEY_PAIRS, before)
    for update in range(len(rotation.UPDATES)):
        was = generations_of(asked(config))
        config = rotation.stepped(config, update, former)
        now = asked(config)
        check_step(was, now)
        assert was != generations_of(now), "and not the same once more"
    assert rotation.generations(config, KEY_PAIRS) == dict.fromkeys(KEY_PAIRS, before + 1)
    assert {now.of(name).trusted for name in KEY_PAIRS} == {(before + 1,)}


def test_all_that_may_be_rotated_is_rotated_by_its_name_in_the_stack_file() -> None:
    assert {name: yaml_key(name) for name in KEY_PAIRS} == YAML_KEYS
    assert AUTHORITIES == AUTHORITY_NAMES
    assert KUBELET_CERTIFICATE == role_bundles.KUBELET_CERTIFICATE


def test_one_may_be_rotated_alone() -> None:
    config = rotation.stepped(stack_file(), 0, {"front-proxy": 1})
    assert generations_of(asked(config)) == {name: (1, 2) if name == "front-proxy" else (1,)
                                             for name in KEY_PAIRS}  # fmt: skip


def test_certificates_are_made_anew_by_another_validity_each_time() -> None:
    config = rotation.renewed(stack_file())
    text = yaml.safe_dump({"config": {f"heiiki:{key}": of for key, of in config.items()}})
    plane = parse_stack_file(text, where="test").control_plane
    assert plane.pki.validity.certificate_days == rotation.WHOLE_DAYS - 1
    assert generations_of(plane.pki.rotation) == dict.fromkeys(KEY_PAIRS, (1,))
    again = rotation.renewed(config)["controlPlane"]["pki"]["validity"]
    assert again["certificateDays"] == rotation.WHOLE_DAYS - 2


def test_authorities_are_found_by_name_in_what_a_machine_reads_and_keeps(tmp_path: Path) -> None:
    former, following = authority("own kubelet authority 1"), authority("own kubelet authority 2")
    both = former.certificate_pem + following.certificate_pem
    write(tmp_path / "etc/kubernetes/pki", {"kubelet-ca.crt": both, "a.key": former.key_pem})
    own = signed(former, "system:node:a")
    write(tmp_path / "var/lib/kubelet/pki", {"2026.pem": own.certificate_pem + own.key_pem})
    (tmp_path / "var/lib/kubelet/pki/kubelet-client-current.pem").symlink_to("/of/the/machine")
    assert dict(in_files(tmp_path)) == {
        "etc/kubernetes/pki/kubelet-ca.crt": {
            "own kubelet authority 1",
            "own kubelet authority 2",
        },
        "var/lib/kubelet/pki/2026.pem": {"system:node:a", "own kubelet authority 1"},
    }
    assert names(following.certificate_pem.encode()) == {"own kubelet authority 2"}


def rolled(kind: str, generation: int = 2, **counts: int) -> bool:
    return workload.is_rolled(
        {"kind": kind, "metadata": {"generation": 2}, "spec": {"replicas": 2},
         "status": {"observedGeneration": generation, **counts}}
    )  # fmt: skip


def test_what_is_rolled_is_of_its_latest_form_everywhere() -> None:
    every = {"desiredNumberScheduled": 4, "updatedNumberScheduled": 4, "numberAvailable": 4}
    assert rolled("DaemonSet", **every)
    assert not rolled("DaemonSet", generation=1, **every)
    for name in ("updatedNumberScheduled", "numberAvailable"):
        assert not rolled("DaemonSet", **{**every, name: 3})
    both = {"updatedReplicas": 2, "availableReplicas": 2, "replicas": 2}
    assert rolled("Deployment", **both) and not rolled("Deployment")
    for name in both:
        assert not rolled("Deployment", **{**both, name: 1})


@dataclass
class Answers:
    """In place of a cluster: says the same to whoever asks."""

    said: dict[str, str]

    def wait(self, what: str, waiting: Any, progress: Any) -> None:
        if left := waiting():
            raise MachinesError(f"{what}: {', '.join(left)}")


def test_who_is_refused_is_shown_beside_who_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that nobody answers is no refusal, and a refusal of everybody shows nothing."""
    known = {name: Signed("https://api/api", name) for name in ("kubernetes", "etcd")}
    monkeypatch.setattr("local.cluster.former.signed_now", lambda cluster: known)
    monkeypatch.setattr(Signed, "answer", lambda self, cluster, name: cluster.said[name])
    former = Former(frozenset(), known)
    good = {"kubernetes": "200", "etcd": "200", "former-kubernetes": "401",
            "former-etcd": "curl 56"}  # fmt: skip
    former.is_refused(Answers(good))  # type: ignore[arg-type]
    former.is_believed(Answers(good))  # type: ignore[arg-type]
    for name, said in (("former-etcd", "200"), ("former-etcd", "curl 28"), ("kubernetes", "401")):
        with pytest.raises(MachinesError, match=f"{name.removeprefix('former-')}.*{said}"):
            former.is_refused(Answers({**good, name: said}))  # type: ignore[arg-type]
    with pytest.raises(MachinesError, match="etcd is answered 401"):
        former.is_believed(Answers({**good, "etcd": "401"}))  # type: ignore[arg-type]
    assert not is_refusal("200") and not is_refusal("000")


def test_without_a_cluster_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEIIKI_HOME", str(tmp_path))
    assert main(["rotate", "--only", "etcd"]) == 1
    assert "there is no cluster here; `make cluster` makes one" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["rotate", "--only", "everything"])


class Doing:
    """In place of a cluster and its stack: takes down what is done to it."""

    members = Cluster.members

    def __init__(self, *roles: str) -> None:
        self.done: list[str] = []
        self.stack = self
        self._roles = list(roles)

    def roles(self) -> list[str]:
        return self._roles

    def machines(self, role: str) -> list[Any]:
        return []

    def __getattr__(self, name: str) -> Any:
        return lambda *_: self.done.append(name)


@pytest.mark.parametrize(
    ("roles", "members", "order"),
    [
        (("controller-1a", "controller-1c", "worker"),
         {"1a": "controller-1a", "1c": "controller-1c"}, ["roll", "wait"]),
        (("controller", "etcd-1a", "etcd-1c", "worker"),
         {"1a": "etcd-1a", "1c": "etcd-1c"}, ["wait", "roll"]),
    ],
)  # fmt: skip
def test_where_members_live_on_controllers_they_are_rolled_before_workers_are_waited_for(
    monkeypatch: pytest.MonkeyPatch,
    roles: tuple[str, ...],
    members: dict[str, str],
    order: list[str],
) -> None:
    """A worker is in service when the next authority has signed its kubelet, which controllers of
    now do not do; and beside members of their own, nobody rolls before the groups are done."""
    monkeypatch.setattr(rotation, "QUIET_SECONDS", 0)
    cluster: Any = Doing(*roles)
    assert cluster.members() == members
    drill = rotation.Rotation(cluster, lambda _: None)
    monkeypatch.setattr(drill, "_holds", lambda: None)
    asking: Any = Answers({})
    asking.between = lambda *_: "nothing"
    drill._take("trust", {}, asking, lambda: None)
    assert cluster.done == ["ask", "up", "equip", *order]
