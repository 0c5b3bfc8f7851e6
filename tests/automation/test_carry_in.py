"""`heiiki carry-in`: the embedded AWS for programs, and a registry's own program for images.

What it does not show: ECR, which has the same API before it and may be slower or stricter.
"""

import base64
import hashlib
import http.client
import io
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.awsrequest import AWSResponse
from typer.testing import CliRunner

from automation.carry_in import registry as of_registry
from automation.carry_in.bucket import ProgramBucket
from automation.carry_in.carry import Carrier
from automation.carry_in.folder import Folders
from automation.carry_in.needed import Needed, needed_of
from automation.carry_in.registry import Registry, manifest_of, opener_of
from automation.commands.app import app
from automation.errors import AutomationError, RefusedError
from local.carry_in import oci
from local.carry_in.programs import DISTRIBUTION
from local.carry_in.registry import Connection, serving
from tests.automation.conftest import Body, refuse_expected_owner
from tests.plan.own import own, planned
from tests.scenarios import EXAMPLES, copy_files
from tests.scenarios import planned as example

REGION, BUCKET, ACCOUNT = "ap-northeast-1", "carried-in", "123456789012"
TOKEN = "Basic " + base64.b64encode(b"AWS:word").decode()
INDEX = "application/vnd.oci.image.index.v1+json"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class FakeRegistry(urllib.request.HTTPSHandler):
    """As much of one as images take: blobs whole, and manifests only with all of their parts."""

    def __init__(self) -> None:
        super().__init__()
        self.blobs: dict[tuple[str, str], bytes] = {}
        self.manifests: dict[tuple[str, str], bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.redirects_to = ""

    def https_open(self, request: urllib.request.Request) -> Any:
        assert request.get_header("Authorization") == TOKEN
        method, path = request.get_method(), request.selector
        self.asked.append((method, path.partition("?")[0]))
        body = request.data.read() if hasattr(request.data, "read") else request.data
        status, content, headers = self._answer(method, path, body)
        answer = urllib.request.addinfourl(io.BytesIO(content), headers, request.full_url, status)
        answer.msg = http.client.responses[status]
        return answer

    def _answer(self, method: str, path: str, body: Any) -> tuple[int, bytes, Message]:
        headers = Message()
        repository, _, rest = path.removeprefix("/v2/").partition("/blobs/uploads/")
        if method == "POST":
            headers["Location"] = self.redirects_to or f"/v2/{repository}/blobs/uploads/1?state=x"
            return 202, b"", headers
        if method == "PUT" and rest:
            digest = path.rpartition("digest=sha256:")[2]
            assert sha256(body) == digest, "a registry refuses other bytes"
            self.blobs[repository, digest] = body
            return 201, b"", headers
        kind = "manifests" if "/manifests/" in path else "blobs"
        repository, _, digest = path.removeprefix("/v2/").partition(f"/{kind}/sha256:")
        if method == "PUT":
            found = manifest_of(body)
            there = {key[1] for key in (*self.blobs, *self.manifests) if key[0] == repository}
            assert found and {*found.blobs, *found.manifests} <= there, "its parts come first"
            self.manifests[repository, digest] = body
            return 201, b"", headers
        content = getattr(self, kind).get((repository, digest))
        return (404, b"", headers) if content is None else (200, content, headers)


def registry(fake: FakeRegistry) -> Registry:
    opener = urllib.request.build_opener(fake, of_registry._NoRedirects)
    return Registry("https://registry.example.com", TOKEN, opener)


def image(folder: Path, text: str, machine: str = "x86_64") -> oci.Image:
    """An image whose parts lie in the folder, called as a layout calls them."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    program = folder / "program-of-an-image"
    program.write_text(text)
    layer = oci.write_layer(folder / "layer.tar", {"/program": program}, {})
    made = oci.image([layer], ["/program"], machine)
    for data in (layer.file.read_bytes(), made.configuration, made.manifest):
        (blobs / sha256(data)).write_bytes(data)
    layer.file.unlink()
    return made


@pytest.fixture
def s3(account):
    client = account.client("s3", REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


@pytest.fixture
def carried(tmp_path):
    """A folder with two programs and two images, one of them for two kinds of machine."""
    folder = tmp_path / "carried"
    (folder / "tools").mkdir(parents=True)
    (folder / "tools" / "kubelet").write_bytes(b"the kubelet")
    (folder / "tools" / "etcd").write_bytes(b"etcd")
    pause, more = image(folder, "pause"), image(folder, "more")
    rows = [{"digest": i.digest, "size": len(i.manifest), "mediaType": oci.MANIFEST}
            for i in (pause, more)]  # fmt: skip
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}).encode()
    (folder / "index-of-both.json").write_bytes(index)
    return folder, pause, index


def needed(pause: oci.Image, index: bytes) -> Needed:
    plan = planned()
    artifacts = plan.control_plane.artifacts.model_copy(update={
        "binaries": {"kubelet": sha256(b"the kubelet"), "etcd": sha256(b"etcd"),
                     "kubelet-again": sha256(b"the kubelet")},
        "images": {"pause": f"kubernetes/pause@{pause.digest}",
                   "proxy": f"kubernetes/proxy@sha256:{sha256(index)}"},
    })  # fmt: skip
    changed = replace(plan.control_plane, artifacts=artifacts)
    return needed_of(replace(plan, control_plane=changed))


def run(account, fake, wanted, *folders, check=False):
    said: list[str] = []
    found = Folders(folders, said.append)
    carrier = Carrier(wanted, ProgramBucket(account, wanted), registry(fake), found, check,
                      said.append)  # fmt: skip
    return {outcome.names: outcome for outcome in carrier.run()}, found


def states(outcomes: Mapping[Any, Any]) -> list[str]:
    return [outcome.state for outcome in outcomes.values()]


def test_all_is_carried_in_once_and_found_the_next_time(account, s3, carried):
    folder, pause, index = carried
    wanted, fake = needed(pause, index), FakeRegistry()
    before, _ = run(account, fake, wanted, folder, check=True)
    assert states(before) == ["ready"] * 4
    assert list(before) == [("etcd",), ("kubelet", "kubelet-again"), ("pause",), ("proxy",)]
    assert {method for method, _ in fake.asked} == {"GET"}, "nothing is written to look"
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)

    outcomes, _ = run(account, fake, wanted, folder)
    assert states(outcomes) == ["carried"] * 4
    key = f"binaries/{sha256(b'etcd')}"
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"etcd"
    assert fake.manifests["kubernetes/pause", pause.digest[7:]] == pause.manifest
    assert fake.manifests["kubernetes/proxy", sha256(index)] == index
    assert len([1 for repository, _ in fake.manifests if repository == "kubernetes/proxy"]) == 3

    fake.asked.clear()
    after, _ = run(account, fake, wanted)
    assert states(after) == ["there"] * 4, "no folder is needed any more"
    assert {method for method, _ in fake.asked} == {"GET", "HEAD"}


def test_what_no_folder_has_is_told_to_the_layer_and_the_rest_is_carried_in(account, s3, carried):
    folder, pause, index = carried
    layer = json.loads(pause.manifest)["layers"][0]["digest"][7:]
    (folder / "blobs" / "sha256" / layer).write_bytes(b"cut short")
    (folder / "tools" / "etcd").unlink()
    wanted, fake = needed(pause, index), FakeRegistry()
    outcomes, found = run(account, fake, wanted, folder)
    assert {names[0]: (one.state, one.lacking) for names, one in outcomes.items()} == {
        "etcd": ("lacking", (sha256(b"etcd"),)), "kubelet": ("carried", ()),
        "pause": ("lacking", (layer,)), "proxy": ("lacking", (layer,)),
    }  # fmt: skip
    assert [path.name for path in found.damaged] == [layer]
    assert not fake.manifests and not fake.blobs, "no image is there in part"
    fake.blobs["kubernetes/pause", layer] = b"as an earlier run has left it"
    outcomes, _ = run(account, fake, wanted, folder)
    assert outcomes["pause",].state == "carried", "a layer that is there need not be carried"


def test_other_bytes_under_a_digest_are_found_and_mended(account, s3, carried):
    folder, pause, index = carried
    wanted = needed(pause, index)
    for name, data in (("etcd", b"evil"), ("the kubelet", b"the kubelet")):
        s3.put_object(Bucket=BUCKET, Key=f"binaries/{sha256(name.encode())}", Body=data)
    outcomes, _ = run(account, FakeRegistry(), wanted)
    assert outcomes["etcd",].state == "other bytes"
    assert outcomes["kubelet", "kubelet-again"].state == "there", "read, since S3 knew no SHA-256"
    outcomes, _ = run(account, FakeRegistry(), wanted, folder, check=True)
    assert outcomes["etcd",].state == "other bytes"
    outcomes, _ = run(account, FakeRegistry(), wanted, folder)
    assert outcomes["etcd",].state == "carried"
    key = f"binaries/{sha256(b'etcd')}"
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"etcd"


def elf(machine: int) -> bytes:
    """The head of a program for a kind of machine, as elf(5) has it."""
    return (
        b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0" + machine.to_bytes(2, "little") + b"\0" * 44
    )


@pytest.mark.parametrize(
    ("machine", "image_for", "state"),
    [(62, "x86_64", "carried"), (183, "aarch64", "other architecture"),
     (243, "riscv64", "other architecture")],
)  # fmt: skip
def test_what_no_machine_of_the_stack_can_run_is_told_and_not_carried_in(
    account, s3, carried, machine, image_for, state
):
    folder, _, index = carried
    (folder / "tools" / "etcd").write_bytes(elf(machine))
    other = image(folder, "pause", image_for)
    wanted = needed(other, index)
    assert wanted.architecture == "x86_64", "m6i"
    programs = (*wanted.programs[1:], replace(wanted.programs[0], sha256=sha256(elf(machine))))
    wanted, fake = replace(wanted, programs=programs), FakeRegistry()
    for check in (True, False):
        outcomes, _ = run(account, fake, wanted, folder, check=check)
        told = "ready" if check and state == "carried" else state
        assert (outcomes["etcd",].state, outcomes["pause",].state) == (told, told)
        assert outcomes["proxy",].state == ("ready" if check else "carried"), "one of it fits"
    there = {row["Key"] for row in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert (f"binaries/{sha256(elf(machine))}" in there) is (state == "carried")
    assert (("kubernetes/pause", other.digest[7:]) in fake.manifests) is (state == "carried")
    unknown, _ = run(account, FakeRegistry(), replace(wanted, architecture=""), folder, check=True)
    assert "other architecture" not in states(unknown), "of a type that is not known"


def test_a_bucket_of_somebody_else_is_neither_read_nor_written(account, s3, carried):
    folder, pause, index = carried
    wanted = needed(pause, index)
    s3.put_object(Bucket=BUCKET, Key=f"binaries/{sha256(b'etcd')}", Body=b"etcd")
    refused = refuse_expected_owner(account, ACCOUNT)
    outcomes, _ = run(account, FakeRegistry(), wanted)
    assert states(outcomes)[:2] == ["not shown", "not shown"]
    with pytest.raises(AutomationError, match="s3:PutObject"):
        run(account, FakeRegistry(), wanted, folder)
    assert set(refused) == {"HeadObject", "PutObject"}


def test_who_may_write_and_not_read_writes_what_is_not_there_and_replaces_nothing(
    account, s3, carried
):
    """Importers of a bucket that is one way. S3 is told each digest: the embedded one looks at
    none, so what it is sent is looked at here."""
    folder, pause, index = carried
    wanted, fake = needed(pause, index), FakeRegistry()
    sent: list[str] = []

    def refuse(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 403, {}, Body(b""))

    def note(request: Any, **_: Any) -> None:
        sent.append(request.headers["x-amz-checksum-sha256"].decode())

    account.session.events.register("before-send.s3.HeadObject", refuse)
    account.session.events.register("before-send.s3.PutObject", note)
    account._clients.clear()
    first, _ = run(account, fake, wanted, folder)
    assert states(first)[:2] == ["carried", "carried"]
    assert sent == [base64.b64encode(hashlib.sha256(data).digest()).decode()
                    for data in (b"etcd", b"the kubelet")]  # fmt: skip
    key = f"binaries/{sha256(b'etcd')}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"who knows")
    again, _ = run(account, fake, wanted, folder)
    assert states(again) == ["not shown", "not shown", "there", "there"]
    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"who knows"


def test_a_token_goes_to_its_registry_alone(tmp_path):
    fake = FakeRegistry()
    fake.redirects_to = "https://elsewhere.example.com/v2/x/blobs/uploads/1"
    (tmp_path / "blob").write_bytes(b"x")
    with pytest.raises(AutomationError, match=r"sends uploads to https://elsewhere\.example\.com"):
        registry(fake).put_blob("x", sha256(b"x"), tmp_path / "blob")
    assert fake.asked == [("POST", "/v2/x/blobs/uploads/")]


def test_a_registry_may_write_its_port_and_keep_its_blobs_elsewhere(tmp_path):
    fake = FakeRegistry()
    fake.redirects_to = "https://registry.example.com:443/v2/x/blobs/uploads/1"
    (tmp_path / "blob").write_bytes(b"x")
    registry(fake).put_blob("x", sha256(b"x"), tmp_path / "blob")
    assert registry(fake).has_blob("x", sha256(b"x"))
    assert not registry(fake).has_blob("x", sha256(b"y"))
    opener = urllib.request.build_opener(Refusing(307, ""), of_registry._NoRedirects)
    assert Registry("https://r.example.com", TOKEN, opener).has_blob("x", sha256(b"x"))


def test_a_layers_digest_in_place_of_a_manifests_is_lacking(account, s3, carried):
    folder, pause, index = carried
    (folder / "layer").write_bytes(b"x" * (of_registry.MAX_MANIFEST_BYTES + 1))
    digest = sha256((folder / "layer").read_bytes())
    wanted = needed(pause, index)
    (first, second) = wanted.images
    wanted = replace(wanted, images=(replace(first, sha256=digest), second))
    outcomes, _ = run(account, FakeRegistry(), wanted, folder, check=True)
    assert (outcomes["pause",].state, outcomes["pause",].lacking) == ("lacking", (digest,))


class Refusing(urllib.request.HTTPSHandler):
    def __init__(self, status: int, body: str) -> None:
        super().__init__()
        self.status, self.body = status, body

    def https_open(self, request: urllib.request.Request) -> Any:
        if not self.status:
            raise urllib.error.URLError("no route to host")
        content = io.BytesIO(self.body.encode())
        answer = urllib.request.addinfourl(content, Message(), request.full_url, self.status)
        answer.msg = "x"
        return answer


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (0, "", "does not answer: no route to host"),
        (403, '{"errors": [{"code": "DENIED", "message": "not authorized"}]}',
         "answers POST with 403: DENIED: not authorized\nGive your role or user what"),
        (404, '{"errors": [{"code": "NAME_UNKNOWN", "message": "no repository"}]}',
         "create-repository --repository-name kubernetes/pause --image-tag-mutability IMMUTABLE"),
        (500, "<html>busy", "answers POST with 500: <html>busy\nRun the command again"),
        (307, "", "answers POST with 307"),
    ],
)  # fmt: skip
def test_what_a_registry_refuses_is_told_with_a_way_out(status, body, words, tmp_path):
    opener = urllib.request.build_opener(Refusing(status, body), of_registry._NoRedirects)
    (tmp_path / "blob").write_bytes(b"x")
    with pytest.raises(AutomationError) as caught:
        Registry("https://r.example.com", TOKEN, opener).put_blob(
            "kubernetes/pause", sha256(b"x"), tmp_path / "blob"
        )
    assert words in str(caught.value) and TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"7", b"{}", b'{"layers": []}', b'{"layers": 7, "config": {"digest": "x"}}',
     b'{"manifests": [{}]}', b'{"mediaType": "text/plain", "layers": []}'],
)  # fmt: skip
def test_what_is_no_manifest_is_none(content):
    assert manifest_of(content) is None


def test_layers_that_stay_with_their_maker_are_not_looked_for():
    kept = {"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            "digest": "sha256:2"}  # fmt: skip
    rows = [{"digest": "sha256:1"}, kept]
    found = manifest_of(json.dumps({"config": {"digest": "sha256:0"}, "layers": rows}).encode())
    assert found is not None and found.blobs == ("0", "1")


def test_folders_and_authorities_that_are_none_are_refused(tmp_path):
    with pytest.raises(RefusedError, match="is no folder"):
        Folders([tmp_path / "none"], print)
    with pytest.raises(RefusedError, match="AWS_CA_BUNDLE names /none, which cannot be read"):
        opener_of({"AWS_CA_BUNDLE": "/none"})


@pytest.fixture
def heiiki(aws_environment, monkeypatch):
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)

    def command(*words: str):
        ended = CliRunner().invoke(app, ["carry-in", *words])
        assert "Traceback" not in ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended

    return command


def test_the_command_says_where_a_registry_must_be(heiiki, monkeypatch):
    ended = heiiki("--file", str(EXAMPLES / "self-hosted"))
    assert ended.exit_code == 1
    assert "it does not say where its registry is" in ended.stderr
    monkeypatch.setenv("HEIIKI_REGISTRY_URL", "http://registry.example.com")
    assert "HEIIKI_REGISTRY_URL is no https URL" in heiiki(
        "--file", str(EXAMPLES / "self-hosted")
    ).stderr  # fmt: skip
    ended = heiiki("--file", str(EXAMPLES / "two-vpc"))
    assert (ended.exit_code, "its control plane is EKS's" in ended.stderr) == (1, True)


def test_credentials_of_another_account_carry_nothing_in(heiiki, tmp_path, monkeypatch):
    monkeypatch.setattr(of_registry, "registry_of", lambda *_: pytest.fail("it is not asked"))
    copy_files("self-hosted", tmp_path)
    lock = tmp_path / "heiiki.self-hosted.lock.yaml"
    lock.write_text(lock.read_text().replace(f"'{ACCOUNT}'", "'210987654321'"))
    ended = heiiki("--file", str(tmp_path))
    assert ended.exit_code == 1
    assert f"the credentials are for account {ACCOUNT}" in ended.stderr


@pytest.mark.tools
def test_the_command_against_a_real_registry(heiiki, s3, carried, tmp_path, monkeypatch):
    """Distribution's program, as machines of one machine pull from it."""
    folder, pause, _ = carried
    stack = copy_files("self-hosted", tmp_path / "stack")
    stack_file = stack / "Pulumi.self-hosted.yaml"
    document = yaml.safe_load(stack_file.read_text(encoding="utf-8"))
    artifacts = document["config"]["heiiki:controlPlane"]["artifacts"]
    artifacts["bucket"] = BUCKET
    artifacts["binaries"] = dict.fromkeys(artifacts["binaries"], sha256(b"etcd"))
    names = artifacts["images"]
    artifacts["images"] = dict.fromkeys(names, f"kubernetes/all@{pause.digest}")
    stack_file.write_text(yaml.safe_dump(document), encoding="utf-8")
    program, store = DISTRIBUTION.binary("registry"), tmp_path / "store"
    with serving(program, store, tmp_path / "serving", read_only=False) as place:

        class Socket(urllib.request.HTTPHandler):
            def http_open(self, request: urllib.request.Request) -> Any:
                return self.do_open(lambda *_, **__: Connection(place), request)

        monkeypatch.setattr(of_registry, "opener_of", lambda _: urllib.request.build_opener(
            Socket, of_registry._NoRedirects))  # fmt: skip
        monkeypatch.setenv("HEIIKI_REGISTRY_URL", "http://127.0.0.1")
        from_folder = ("--file", str(stack), "--from", str(folder))
        ended = heiiki(*from_folder, "--check", "--json")
        told = json.loads(ended.stdout)
        assert (ended.exit_code, told["complete"]) == (1, False)
        assert [one["state"] for one in told["artifacts"]] == ["ready", "ready"]
        ended = heiiki(*from_folder)
        assert ended.exit_code == 0, ended.output
        assert "2 carried" in ended.stdout and "etcd" in ended.stdout
        told = json.loads(heiiki("--file", str(stack), "--json").stdout)
        assert told["complete"] and {one["state"] for one in told["artifacts"]} == {"there"}
        named = {name for one in told["artifacts"] for name in one["names"]}
        assert named == {*artifacts["binaries"], *names}


def test_the_example_is_looked_for_as_a_whole():
    found = needed_of(example("self-hosted"))
    artifacts = example("self-hosted").control_plane.artifacts
    assert {name for one in found.programs for name in one.names} == set(artifacts.binaries)
    assert {name for one in found.images for name in one.names} == set(artifacts.images)
    assert found.account_id == ACCOUNT and own().registry == found.registry
