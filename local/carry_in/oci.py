"""An OCI image of files: the same bytes, and so the same digest, from the same files.

Layers are not compressed: other builds of zlib make other bytes, and two cores have better to do.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One that lies in a file."""

    file: Path
    digest: str

    @property
    def size(self) -> int:
        return self.file.stat().st_size


@dataclass(frozen=True, slots=True)
class Image:
    """What a registry is given; its digest is the manifest's."""

    manifest: bytes
    configuration: bytes
    layers: tuple[Layer, ...]

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def write_layer(file: Path, files: Mapping[str, Path], links: Mapping[str, str]) -> Layer:
    """files: path in the image -> what lies there, root's and for everybody to read. links: path ->
    where it leads."""
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in sorted(_folders([*files, *links])):
            archive.addfile(_entry(folder, tarfile.DIRTYPE, 0o755))
        for path, target in sorted(links.items()):
            entry = _entry(path, tarfile.SYMTYPE, 0o777)
            entry.linkname = target
            archive.addfile(entry)
        for path, source in sorted(files.items()):
            status = source.stat()
            entry = _entry(path, tarfile.REGTYPE, 0o755 if status.st_mode & 0o100 else 0o644)
            entry.size = status.st_size
            with source.open("rb") as content:
                archive.addfile(entry, content)
    with file.open("rb") as content:
        return Layer(file, f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}")


def image(layers: Sequence[Layer], entrypoint: Sequence[str], machine: str) -> Image:
    """machine: as `uname -m` says it."""
    configuration = _json(
        {
            "architecture": ARCHITECTURES.get(machine, machine),
            "os": "linux",
            "config": {"Entrypoint": list(entrypoint), "Env": [f"PATH={PATH}"]},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIGURATION, "size": len(configuration),
                       "digest": digest_of(configuration)},
            "layers": [
                {"mediaType": LAYER, "size": layer.size, "digest": layer.digest}
                for layer in layers
            ],
        }
    )  # fmt: skip
    return Image(manifest, configuration, tuple(layers))


def _folders(paths: Iterable[str]) -> set[str]:
    return {str(p) for path in paths for p in Path(path.lstrip("/")).parents if str(p) != "."}


def _entry(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type, entry.mode = kind, mode
    return entry


def _json(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
