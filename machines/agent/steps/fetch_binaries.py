"""`fetch-binaries`: programs from the carry-in bucket, each named by its digest."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

from machines.agent.errors import AgentError
from machines.agent.files import is_written, write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import (
    MODE,
    NAME,
    OWNER,
    PATH,
    SHA256,
    Schema,
    Setting,
    optional,
    rows,
    with_defaults,
)
from machines.agent.steps.step import Step

PIECE_BYTES = 1 << 20
BINARY = {
    "sha256": Setting(SHA256, "the digest of the object, by which it is named"),
    "path": Setting(PATH, "where the program belongs"),
    "unpackedSha256": Setting(
        optional(SHA256), "the digest of what is installed, where the object is a gzip of it", None
    ),
    "mode": Setting(MODE, "the program's mode", "0755"),
    "owner": Setting(OWNER, "user:group", "root:root"),
}


class FetchBinaries(Step):
    kind = "fetch-binaries"
    does = (
        "fetches `binaries/<sha256>` from S3, verifies it on its way, unpacks a gzip, and installs "
        "it whole or not at all"
    )
    schema: ClassVar[Schema] = {
        "bucket": Setting(NAME, "the bucket of the binaries"),
        "binaries": Setting(rows(BINARY), "rows of sha256, path, unpackedSha256, mode and owner"),
    }

    def done(self, machine: Machine) -> bool:
        return all(self._is_there(machine, row) for row in self._rows())

    def run(self, machine: Machine) -> None:
        for row in self._rows():
            if self._is_there(machine, row):
                continue

            def install(pieces: Iterator[bytes], row: dict[str, Any] = row) -> None:
                content = _verified(pieces, row["sha256"])
                if row["unpackedSha256"]:
                    content = _unpacked(content)
                path, mode = machine.path(row["path"]), int(row["mode"], 8)
                write_atomically(path, content, mode, row["owner"], after=_installed(row))

            machine.aws.download(self.settings["bucket"], f"binaries/{row['sha256']}", install)

    def _rows(self) -> list[dict[str, Any]]:
        return [with_defaults(BINARY, row) for row in self.settings["binaries"]]

    def _is_there(self, machine: Machine, row: dict[str, Any]) -> bool:
        path, mode = machine.path(row["path"]), int(row["mode"], 8)
        return is_written(path, _installed(row), mode, row["owner"])


def _installed(row: dict[str, Any]) -> str:
    return str(row["unpackedSha256"] or row["sha256"])


def _verified(pieces: Iterator[bytes], digest: str) -> Iterator[bytes]:
    """The pieces; AgentError at their end unless they are what the digest names."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
        yield piece
    if found.hexdigest() != digest:
        raise AgentError(f"binaries/{digest} has digest {found.hexdigest()}")


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Of one gzip member; a piece of it never grows to more than PIECE_BYTES at once."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for piece in pieces:
            while piece and not unpacking.eof:
                yield unpacking.decompress(piece, PIECE_BYTES)
                piece = unpacking.unconsumed_tail
    except zlib.error:
        raise AgentError("a binary that should be a gzip is none") from None
    if not unpacking.eof:
        raise AgentError("a binary's gzip is cut off")
