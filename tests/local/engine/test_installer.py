"""The official release, served from this machine: what is opened has the pinned checksum."""

import hashlib
import io
import socket
import tarfile
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.engine import ensure_engine, installer
from local.engine.model import PINNED_VERSION, WayFailedError, dotted
from tests.serving import serving

PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")


def packed(*names: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            text = f"#!/bin/sh\necho {name}\n".encode()
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return content.getvalue()


class Release:
    """A server with one file."""

    def __init__(self) -> None:
        self.content = packed(*(f"pulumi/{name}" for name in PROGRAMS))
        self.announced_bytes = len(self.content)
        release = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/release.tar.gz":
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(release.announced_bytes))
                self.end_headers()
                self.wfile.write(release.content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def archive(self, sha256: str | None = None) -> installer.Archive:
        right = hashlib.sha256(self.content).hexdigest()
        return installer.Archive(f"{self.base}/release.tar.gz", sha256 or right)


@pytest.fixture
def release() -> Iterator[Release]:
    release = Release()
    with serving(release.server):
        yield release


def quiet(_: str) -> None:
    pass


def use(archive: installer.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installer, "archive_for_this_machine", lambda: archive)


def test_a_release_is_unpacked_with_its_language_host(
    release: Release, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(release.archive(), monkeypatch)

    engine = ensure_engine(quiet, environment)

    assert (engine.origin, engine.version) == ("installer", PINNED_VERSION)
    found = {path.name: path.stat().st_mode & 0o777 for path in engine.path.parent.iterdir()}
    assert found == dict.fromkeys(PROGRAMS, 0o755)


def test_a_wrong_checksum_is_refused_and_nothing_of_it_is_kept(
    release: Release,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = release.archive("0" * 64)
    use(archive, monkeypatch)
    lines: list[str] = []

    with pytest.raises(Exception, match="none could be got"):
        ensure_engine(lines.append, environment)

    right = hashlib.sha256(release.content).hexdigest()
    assert any(f"has SHA-256 {right}, pinned is {'0' * 64}" in line for line in lines)
    assert [path.name for path in (tmp_path / "cache" / "engine").iterdir()] == ["lock"]


def test_half_a_release_is_refused(release: Release, tmp_path: Path) -> None:
    archive = release.archive()
    release.content = release.content[:100]

    with pytest.raises(WayFailedError, match=r"broke off|has SHA-256"):
        installer.install(archive, tmp_path, quiet)
    assert not (tmp_path / "pulumi").exists()


def test_a_missing_release_says_its_address(release: Release, tmp_path: Path) -> None:
    archive = installer.Archive(f"{release.base}/other.tar.gz", "0" * 64)

    with pytest.raises(WayFailedError, match=r"/other\.tar\.gz cannot be reached: Not Found"):
        installer.install(archive, tmp_path, quiet)


def test_a_machine_without_network_goes_on_quickly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, says nothing
        archive = installer.Archive(f"http://127.0.0.1:{silent.getsockname()[1]}/", "0" * 64)
        started = time.monotonic()

        with pytest.raises(WayFailedError, match="HTTPS_PROXY"):
            installer.install(archive, tmp_path, quiet)

    assert time.monotonic() - started < 60  # at 0.3 s; the rest is for a busy machine


def test_names_in_the_archive_lead_nowhere_else(release: Release, tmp_path: Path) -> None:
    release.content = packed("pulumi/pulumi", "pulumi/../../escaped", "elsewhere/program")
    release.announced_bytes = len(release.content)
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)

    installer.install(release.archive(), folder, quiet)

    assert {path.name for path in folder.iterdir()} == {"pulumi", "escaped"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_archive_without_the_engine_is_refused(release: Release, tmp_path: Path) -> None:
    release.content = packed("pulumi/pulumi-language-go")
    release.announced_bytes = len(release.content)

    with pytest.raises(WayFailedError, match="holds no pulumi/pulumi"):
        installer.install(release.archive(), tmp_path, quiet)


def test_each_pinned_release_is_of_the_pinned_version_with_a_checksum_of_its_own() -> None:
    checksums = [archive.sha256 for archive in installer.ARCHIVES.values()]

    assert ("linux", "x86_64") in installer.ARCHIVES
    assert all(len(bytes.fromhex(checksum)) == 32 for checksum in checksums)
    assert len(set(checksums)) == len(checksums)
    version = dotted(PINNED_VERSION)
    assert all(f"/v{version}/pulumi-v{version}-" in a.url for a in installer.ARCHIVES.values())
