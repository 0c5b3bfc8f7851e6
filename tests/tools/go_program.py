"""Programs built from their own Go modules, pinned by a go.mod and go.sum that are kept here."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.tools.missing import ToolError, cache_folder, not_found

BUILD_SECONDS = 2400  # an empty build cache, on a machine that does other things too
DOWNLOAD = "https://go.dev/dl"


@dataclass(frozen=True, slots=True)
class GoPrograms:
    """What one go.mod pins.

    source: the folder of go.mod and go.sum. packages: name of the program -> its main package.
    variables: Go variable -> the text that the linker puts there.
    """

    name: str
    source: Path
    packages: dict[str, str]
    variables: dict[str, str]

    @property
    def folder(self) -> Path:
        """Named by what they are built from, so that a new pin is a new build."""
        pinned = b"".join((self.source / name).read_bytes() for name in ("go.mod", "go.sum"))
        pinned += repr(sorted(self.variables.items())).encode() if self.variables else b""
        return cache_folder() / self.name / hashlib.sha256(pinned).hexdigest()[:16]

    def binary(self, program: str) -> Path:
        """A program that was provided; ToolError where it was not."""
        path = self.folder / program
        if not path.is_file():
            raise not_found(program)
        return path

    def provide(self) -> Path:
        """Build what is not in the cache, once; safe side by side. The folder they lie in."""
        if self._missing():
            go = shutil.which("go")
            if go is None:
                raise ToolError(
                    f"{self.name} is built with Go 1.26 or later; install it from {DOWNLOAD}"
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                for program in self._missing():  # another process may have built it meanwhile
                    self._build(go, program)
        return self.folder

    def _missing(self) -> list[str]:
        return [name for name in self.packages if not (self.folder / name).is_file()]

    def _build(self, go: str, program: str) -> None:
        unfinished = self.folder / f"{program}.unfinished"
        settings = " ".join(f"-X {name}={value}" for name, value in self.variables.items())
        command = [go, "build", "-trimpath", "-mod=readonly", "-buildvcs=false"]
        command += [f"-ldflags=-s -w {settings}".rstrip(), "-o", str(unfinished)]
        built = subprocess.run(
            [*command, self.packages[program]],
            cwd=self.source,
            env={**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"},
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            preexec_fn=lambda: os.nice(10),
        )
        if built.returncode != 0:
            said = built.stderr[-2000:]
            raise ToolError(f"{program} could not be built in {self.source}:\n{said}")
        unfinished.replace(self.folder / program)
