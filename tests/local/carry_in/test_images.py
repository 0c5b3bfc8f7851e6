"""Images and the registry: the bytes, and the real program that serves them."""

import json
import platform
import tarfile
from pathlib import Path

import pytest

from local.aws.arriving import registry_token, session_in
from local.carry_in import __main__ as command
from local.carry_in import oci
from local.carry_in.programs import DISTRIBUTION, Program
from local.carry_in.registry import (
    CarriedImages,
    Connection,
    RegistryError,
    push,
    serving,
)
from local.go_programs import ProgramError
from local.machines.front import registry_account
from machines.own_images import own_images

REGISTRY = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"


def made(folder: Path, text: str = "a program") -> oci.Image:
    folder.mkdir()
    program = folder / "program"
    program.write_text(text, encoding="utf-8")
    program.chmod(0o700)
    files = {"/usr/bin/program": program, "/etc/b": folder / "program"}
    layer = oci.write_layer(folder / "layer.tar", files, {"/bin": "usr/bin"})
    return oci.image([layer], ["/usr/bin/program"], "x86_64")


def test_the_same_files_are_the_same_bytes_whoever_has_them_and_when(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one"), made(tmp_path / "two")
    assert one.digest == two.digest
    assert one.digest != made(tmp_path / "three", "another").digest
    with tarfile.open(one.layers[0].file) as archive:
        entries = {entry.name: entry for entry in archive}
    assert {name: oct(entry.mode) for name, entry in entries.items()} == {
        "etc": "0o755", "usr": "0o755", "usr/bin": "0o755", "bin": "0o777",
        "etc/b": "0o755", "usr/bin/program": "0o755",
    }  # fmt: skip
    assert {(e.uid, e.gid, e.mtime, e.uname) for e in entries.values()} == {(0, 0, 0, "")}
    assert entries["bin"].linkname == "usr/bin"


def test_a_manifest_says_what_its_blobs_are(tmp_path: Path) -> None:
    image = made(tmp_path / "one")
    manifest, (layer,) = json.loads(image.manifest), image.layers
    assert manifest["config"]["digest"] == oci.digest_of(image.configuration)
    assert manifest["config"]["size"] == len(image.configuration)
    data = layer.file.read_bytes()
    assert (layer.digest, layer.size) == (oci.digest_of(data), len(data))
    assert [(one["digest"], one["size"]) for one in manifest["layers"]] == [
        (layer.digest, layer.size)
    ]
    configuration = json.loads(image.configuration)
    assert configuration["rootfs"]["diff_ids"] == [layer.digest], "it is not compressed"
    assert (configuration["architecture"], configuration["os"]) == ("amd64", "linux")


def test_references_are_what_machines_may_name() -> None:
    carried = CarriedImages(Path("/registry"), Path("/store"), {"pause": f"sha256:{'0' * 64}"})
    named = carried.references(REGISTRY)
    assert named == {"pause": f"{REGISTRY}/heiiki/pause@sha256:{'0' * 64}"}
    assert own_images(named, REGISTRY) == named


def get(folder: Path, path: str) -> tuple[int, bytes]:
    connection = Connection(folder)
    try:
        connection.request("GET", path, headers={"Accept": oci.MANIFEST})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.tools
def test_a_registry_gives_by_digest_what_it_was_given_and_takes_nothing_more(
    tmp_path: Path,
) -> None:
    program, store = DISTRIBUTION.binary("registry"), tmp_path / "store"
    image, other = made(tmp_path / "one"), made(tmp_path / "two", "another")
    with serving(program, store, tmp_path / "filling", read_only=False) as filling:
        push(filling, "heiiki/program", image)
        push(filling, "heiiki/program", image)  # as after a run that was killed
    with serving(program, store, tmp_path / "serving") as there:
        base = "/v2/heiiki/program"
        assert get(there, f"{base}/manifests/{image.digest}") == (200, image.manifest)
        layer = image.layers[0]
        assert get(there, f"{base}/blobs/{layer.digest}") == (200, layer.file.read_bytes())
        assert get(there, f"{base}/manifests/{other.digest}")[0] == 404
        with pytest.raises(RegistryError, match="was answered with 405"):
            push(there, "heiiki/program", other)
    with pytest.raises(OSError):
        get(there, "/v2/")


def test_a_registry_that_does_not_start_says_why(tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\necho no storage >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    with (
        pytest.raises(RegistryError, match="does not start; it said:\nno storage"),
        serving(program, tmp_path / "store", tmp_path / "serving"),
    ):
        pass


@pytest.mark.parametrize(
    ("host", "account"),
    [
        (REGISTRY, "123456789012"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", None),
        ("api.ecr.ap-northeast-1.amazonaws.com", None),
        (f"{REGISTRY}.example.com", None),
    ],
)
def test_whose_registry_a_name_is(host: str, account: str | None) -> None:
    assert registry_account(host, "ap-northeast-1") == account


def test_who_pulls_says_who_it_is() -> None:
    token = f"Basic {registry_token('ASIA1', 'a token')}"
    assert session_in(token) == ("ASIA1", "a token")
    nobody = "Basic QVdTOjEyMzQ1Njc4OTAxMi1hdXRoLXRva2Vu"  # AWS:123456789012-auth-token
    for other in (None, "", "Basic ", token.replace("Basic", "Bearer"), nobody):
        assert session_in(other) is None


def test_the_command_tells_every_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kubelet").write_text("a program", encoding="utf-8")
    digest = oci.digest_of(b"a program")
    built = {"kubelet": Program("kubelet", tmp_path / "kubelet")}
    carried = CarriedImages(tmp_path, tmp_path / "store", {"pause": f"sha256:{'0' * 64}"})
    asked_for: list[str] = []
    monkeypatch.setattr(
        command, "programs", lambda say, machine: asked_for.append(machine) or built
    )
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(command, "carried_images", lambda say: carried)
    assert command.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["kubelet", digest, str(tmp_path / "kubelet")]
    assert lines[1].split() == ["pause", f"sha256:{'0' * 64}", "(image)"]
    assert command.main(["--json", "--programs"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["programs"]["kubelet"]["sha256"] == digest.removeprefix("sha256:")
    assert "images" not in told
    for machine, images in (("arm64", False), ("amd64", True)):
        assert command.main(["--json", "--architecture", machine]) == 0
        assert ("images" in json.loads(capsys.readouterr().out)) is images
    assert asked_for == ["", "", "arm64", ""], "this machine's own are those without a word"

    blob = tmp_path / "store/docker/registry/v2/blobs/sha256" / digest[7:9] / digest[7:] / "data"
    blob.parent.mkdir(parents=True)
    blob.write_text("a program", encoding="utf-8")
    folder = tmp_path / "to" / "carry"
    for _ in range(2):  # what is there already is left
        assert command.main(["--to", str(folder)]) == 0
        files = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
        assert files == {f"binaries/{digest[7:]}", f"blobs/sha256/{digest[7:]}"}
    assert (folder / "binaries" / digest[7:]).read_text(encoding="utf-8") == "a program"
    (tmp_path / "file").touch()
    capsys.readouterr()
    assert command.main(["--to", str(tmp_path / "file")]) == 1
    assert "file/binaries cannot be written: Not a directory" in capsys.readouterr().err

    def missing(say: object, machine: str) -> None:
        raise ProgramError("pause is built with Go")

    monkeypatch.setattr(command, "programs", missing)
    assert command.main([]) == 1
    assert capsys.readouterr().err == "pause is built with Go\n"
