"""Carry in what lacks, by digest, and say of each thing where it is afterwards.

Whatever is there already is left as it is, so a run that was killed is run again. An image's
manifest comes last: it is there only with everything that it is made of.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from automation.carry_in.architectures import of_configuration, of_program
from automation.carry_in.bucket import ProgramBucket
from automation.carry_in.folder import Folders
from automation.carry_in.needed import Image, Needed, Program
from automation.carry_in.registry import Manifest, Registry, manifest_in

# carried: by this run. ready: lies in a folder, and would be carried. lacking: neither there nor in
# a folder. not shown: who asks may not read it. other bytes: under the digest of a program. other
# architecture: a folder has it, and no machine of the stack can run it.
State = Literal[
    "there", "carried", "ready", "lacking", "not shown", "other bytes", "other architecture"
]
SOUND: tuple[State, ...] = ("there", "carried")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing. place: where machines look for it. lacking: digests that no folder has."""

    kind: Literal["program", "image"]
    names: tuple[str, ...]
    sha256: str
    place: str
    state: State
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carrier:
    """Who looks and, unless it is only to check, writes."""

    needed: Needed
    bucket: ProgramBucket
    registry: Registry
    folders: Folders
    check: bool
    progress: Callable[[str], None]

    def run(self) -> Iterator[Outcome]:
        """Each thing as it is afterwards."""
        for program in self.needed.programs:
            state = self._program(program)
            place = f"s3://{self.needed.bucket}/{program.key}"
            lacking = (program.sha256,) if state == "lacking" else ()
            yield Outcome("program", program.names, program.sha256, place, state, lacking)
        for image in self.needed.images:
            place = f"{self.needed.registry}/{image.repository}@sha256:{image.sha256}"
            yield Outcome("image", image.names, image.sha256, place, *self._image(image))

    def _program(self, program: Program) -> State:
        found = self.bucket.look(program)
        if found == "there":
            return "there"
        path = self.folders.find(program.sha256)
        if path is None:
            return "lacking" if found == "absent" else found
        if self._is_foreign({of_program(path)}):
            return "other architecture"
        if self.check:
            return "ready" if found == "absent" else found
        self._say(", ".join(program.names), path)
        written = self.bucket.put(program, path, replace=found == "other bytes")
        return "carried" if written else "not shown"

    def _image(self, image: Image) -> tuple[State, tuple[str, ...]]:
        """Its state, and the digests that neither a folder nor its repository has."""
        if self._is_whole(image.repository, image.sha256):
            return "there", ()
        parts: list[tuple[str, Manifest]] = []
        lacking = self._gather(image.repository, image.sha256, parts)
        if lacking:
            return "lacking", tuple(dict.fromkeys(lacking))
        if self._is_foreign(self._architectures(parts)):
            return "other architecture", ()
        if self.check:
            return "ready", ()
        for sha256, manifest in parts:  # what a manifest leads to comes before it
            for blob in manifest.blobs:
                self._blob(image, blob)
            self.registry.put_manifest(image.repository, sha256, manifest)
        return "carried", ()

    def _is_foreign(self, found: set[str]) -> bool:
        """Whether it is said for which machines it is, and these are none of them."""
        known = found - {""}
        return bool(known and self.needed.architecture) and self.needed.architecture not in known

    def _architectures(self, parts: list[tuple[str, Manifest]]) -> set[str]:
        """Of an image, or of each that an index leads to; the first blob is what it says of
        itself."""
        first = (manifest.blobs[0] for _, manifest in parts if manifest.blobs)
        paths = [path for blob in first if (path := self.folders.find(blob)) is not None]
        return {of_configuration(path) for path in paths}

    def _is_whole(self, repository: str, sha256: str) -> bool:
        """The registry is asked for all of it, though it should have no manifest without."""
        manifest = self.registry.manifest(repository, sha256)
        return (
            manifest is not None
            and all(self._is_whole(repository, below) for below in manifest.manifests)
            and all(self.registry.has_blob(repository, blob) for blob in manifest.blobs)
        )

    def _gather(self, repository: str, sha256: str, parts: list[tuple[str, Manifest]]) -> list[str]:
        """The manifest and those below it, the lowest first; what is nowhere of them."""
        path = self.folders.find(sha256)
        manifest = None if path is None else manifest_in(path)
        if manifest is None:
            return [sha256]
        lacking = [
            one for below in manifest.manifests for one in self._gather(repository, below, parts)
        ]
        lacking += [
            blob
            for blob in manifest.blobs
            if self.folders.find(blob) is None and not self.registry.has_blob(repository, blob)
        ]
        parts.append((sha256, manifest))
        return lacking

    def _blob(self, image: Image, blob: str) -> None:
        if self.registry.has_blob(image.repository, blob):
            return
        path = self.folders.find(blob)
        assert path is not None, "gathered before"
        self._say(f"{', '.join(image.names)} (a layer)", path)
        self.registry.put_blob(image.repository, blob, path)

    def _say(self, what: str, path: Path) -> None:
        self.progress(f"carrying in {what}, {path.stat().st_size / 1e6:.1f} MB")
