"""Folders with what is carried in: whatever lies in them, found by its bytes.

So it does not matter who wrote them: a folder of programs, an OCI image layout, the files of a
registry. Names are a hint, since all three call files by their digests; what a name promises is
believed when the bytes have been read.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from automation.errors import RefusedError

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class Folders:
    """What lies below some folders. Nothing is read before something is looked for."""

    def __init__(self, folders: Sequence[Path], progress: Callable[[str], None]) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise RefusedError(
                    f"{folder} is no folder", advice="Name one that is, with --from."
                )
        self._folders, self._progress = folders, progress
        self._named: dict[str, list[Path]] | None = None
        self._others: list[Path] = []
        self._read: dict[str, Path] = {}
        self.damaged: list[Path] = []  # named by a digest, and other bytes

    def find(self, sha256: str) -> Path | None:
        """A file of these bytes, or None. First where names say so, then in every other file."""
        if sha256 in self._read:
            return self._read[sha256]
        if self._named is None:
            self._named = self._look()
        for path in self._named.pop(sha256, ()):
            if self._digest(path) == sha256:
                return path
            self.damaged.append(path)
        if self._others:
            self._progress(f"reading {len(self._others)} files that no digest is the name of")
        while self._others:
            self._digest(self._others.pop())
        return self._read.get(sha256)

    def _look(self) -> dict[str, list[Path]]:
        named: dict[str, list[Path]] = {}
        for path in self._files():
            names = _DIGEST.findall(f"{path.parent.name}/{path.name}")
            if names:
                named.setdefault(names[-1], []).append(path)
            else:
                self._others.append(path)
        return named

    def _files(self) -> Iterator[Path]:
        for folder in self._folders:
            for place, folders, names in os.walk(folder):
                folders.sort()
                yield from (p for n in sorted(names) if (p := Path(place, n)).is_file())

    def _digest(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise RefusedError(
                f"{path} cannot be read: {error.strerror}", advice="Mend it, or take it away."
            ) from None
        self._read.setdefault(found, path)
        return found
