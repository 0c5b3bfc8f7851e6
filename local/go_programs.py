"""Programs built from their own Go modules, pinned by a go.mod and go.sum that are kept here."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.engine.cache import Progress, cache_directory
from local.go_command import GO_VERSION, run_go

DOWNLOAD = "https://go.dev/dl"
PIN_FILES = ("go.mod", "go.sum")


class ProgramError(Exception):
    """A program is missing or could not be built; the message says what to do."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Parts of a module that are not wanted, and would cost more than all the rest.

    files: path in the module -> path beside go.mod of what stands in its place, or "" for nothing.
    """

    module: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GoPrograms:
    """What one go.mod pins.

    source: the folder of go.mod and go.sum. packages: name of the program -> its main package.
    variables: Go variable -> the text that the linker puts there. got_by: the command that builds
    them, for who finds one missing. architecture: as Go says it, of other machines than this one.
    """

    name: str
    source: Path
    packages: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    got_by: str = "python -m tests.tools"
    left_out: LeftOut | None = None
    architecture: str = ""

    @property
    def folder(self) -> Path:
        """Named by what they are built from, so that a new pin is a new build."""
        made_of = [self.source / name for name in PIN_FILES if (self.source / name).is_file()]
        ours = sorted(self.source.glob("*/**/*.go"))  # if any
        made_of += [path for path in ours if not path.name.endswith("_test.go")]
        pinned = b"".join(path.read_bytes() for path in made_of)
        pinned += repr(sorted(self.variables.items())).encode() if self.variables else b""
        pinned += repr(self.left_out).encode() if self.left_out else b""
        pinned += f"GOARCH={self.architecture}".encode() if self.architecture else b""
        named = hashlib.sha256(pinned).hexdigest()[:16]
        return cache_directory(os.environ) / self.name / named

    def binary(self, program: str) -> Path:
        """A program that was provided; ProgramError where it was not."""
        path = self.folder / program
        if not path.is_file():
            raise ProgramError(f"{program} is not here; run `{self.got_by}` to get it")
        return path

    def provide(self, progress: Progress = lambda _: None) -> Path:
        """Build what is not in the cache, once; safe side by side. The folder they lie in."""
        if self._missing():
            go = shutil.which("go")
            if go is None:
                raise ProgramError(
                    f"{self.name} is built with Go {GO_VERSION} or later; install it from "
                    f"{DOWNLOAD}"
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                for program in self._missing():  # another process may have built it meanwhile
                    self._build(go, program, progress)
        return self.folder

    def _missing(self) -> list[str]:
        return [name for name in self.packages if not (self.folder / name).is_file()]

    def _build(self, go: str, program: str, progress: Progress) -> None:
        unfinished = self.folder / f"{program}.unfinished"
        settings = " ".join(f"-X {name}={value}" for name, value in self.variables.items())
        command = [go, "build", "-trimpath", "-mod=readonly", "-buildvcs=false"]
        source = self._without(go, self.left_out) if self.left_out else self.source
        command += [f"-ldflags=-s -w {settings}".rstrip(), "-o", str(unfinished)]
        started = time.monotonic()
        machine = {"GOARCH": self.architecture} if self.architecture else {}
        exit_code, said = run_go(
            [*command, self.packages[program]],
            source,
            {"CGO_ENABLED": "0", "GOWORK": "off", **machine},  # static: runs on any image, or none
            lambda seconds: progress(f"building {program}, {seconds:.0f} s so far"),
            nice=10,
        )
        if exit_code != 0:
            raise ProgramError(f"{program} could not be built in {self.source}:\n{said}")
        unfinished.replace(self.folder / program)
        progress(f"built {program} in {time.monotonic() - started:.0f} s")

    def _without(self, go: str, left_out: LeftOut) -> Path:
        """A folder as `source`, whose go.mod leads to a copy of the module without these files.
        What is copied go has compared with go.sum."""
        asked = [go, "mod", "download", "-json", left_out.module]
        said = subprocess.run(asked, cwd=self.source, capture_output=True, text=True)
        if said.returncode != 0:
            raise ProgramError(f"{left_out.module} could not be had:\n{said.stdout}{said.stderr}")
        folder = self.folder / "without"
        shutil.rmtree(folder, ignore_errors=True)
        copy = folder / "module"
        shutil.copytree(json.loads(said.stdout)["Dir"], copy, copy_function=shutil.copyfile)
        for part in [copy, *(path for path in copy.rglob("*") if path.is_dir())]:
            part.chmod(0o755)  # the cache of modules is read-only
        for there, ours in left_out.files.items():
            if ours:
                shutil.copyfile(self.source / ours, copy / there)
            else:
                (copy / there).unlink()
        shutil.copyfile(self.source / "go.sum", folder / "go.sum")
        pinned = (self.source / "go.mod").read_text(encoding="utf-8")
        replaced = f"{pinned}\nreplace {left_out.module} => ./module\n"
        (folder / "go.mod").write_text(replaced, encoding="utf-8")
        return folder
