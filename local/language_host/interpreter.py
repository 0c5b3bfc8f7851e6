"""Which Python runs a program or a pack: what the `runtime` block of its project file says."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi.runtime.proto import language_pb2

from local.language_host.children import Cancelled, Child, Output, follow

_OFFICIAL = "the official one (https://www.pulumi.com/docs/install/) does"


class RefusedError(Exception):
    """The engine asks for what cannot be done; the text says what, why, and what would do."""


@dataclass(frozen=True)
class Interpreter:
    """`virtualenv` is None where the project names none: then the Python on PATH runs it."""

    virtualenv: Path | None

    @classmethod
    def of(cls, info: language_pb2.ProgramInfo) -> "Interpreter":
        options = dict(info.options.items())
        _refuse_what_is_not_done(options, Path(info.program_directory))
        virtualenv = options.get("virtualenv", "")
        if not isinstance(virtualenv, str):
            raise RefusedError(f"runtime.options.virtualenv is {virtualenv!r}; give a folder")
        # Relative to the folder of the project file; an absolute one stays.
        return cls(Path(info.root_directory, virtualenv) if virtualenv else None)

    def executable(self) -> Path:
        if self.virtualenv is None:
            return _python_on_path()
        python = self.virtualenv / "bin" / "python"
        if not python.is_file():
            raise RefusedError(
                f"runtime.options.virtualenv names {self.virtualenv}, which is no virtual "
                f"environment; make it: python3 -m venv {self.virtualenv} && "
                f"{python} -m pip install -r requirements.txt"
            )
        return python

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """As after `activate`, and with output that is not held back in buffers."""
        environment = {**base, "PYTHONUNBUFFERED": "1"}
        if self.virtualenv is not None:
            path = environment.get("PATH", "")
            environment["PATH"] = f"{self.virtualenv / 'bin'}{os.pathsep}{path}"
            environment["VIRTUAL_ENV"] = str(self.virtualenv)
            environment.pop("PYTHONHOME", None)
        return environment

    def is_missing(self) -> bool:
        """True where a virtual environment is named and nothing is there yet."""
        return self.virtualenv is not None and (
            not self.virtualenv.exists() or not any(self.virtualenv.iterdir())
        )

    def install(
        self, program_directory: Path, cancelled: Cancelled | None = None
    ) -> Iterator[Output]:
        """Makes the virtual environment if needed, and installs requirements.txt into it."""
        commands: list[list[Path | str]] = []
        if self.virtualenv is not None and self.is_missing():
            commands.append([_python_on_path(), "-m", "venv", self.virtualenv])
        if (program_directory / "requirements.txt").is_file():
            python = self.virtualenv / "bin" / "python" if self.virtualenv else _python_on_path()
            commands.append([python, "-m", "pip", "install", "-r", "requirements.txt"])
        for command in commands:
            words = " ".join(map(str, command))
            yield Output("stdout", f"{words}\n".encode())
            child = Child(command, program_directory, self.environment(os.environ), capture=True)
            exit_code = yield from follow(child, cancelled or Cancelled())
            if exit_code != 0:
                raise RefusedError(
                    f"`{words}` failed in {program_directory} with exit code {exit_code}; "
                    "what it said stands above"
                )


def _refuse_what_is_not_done(options: Mapping[str, object], program_directory: Path) -> None:
    toolchain = options.get("toolchain", "pip")
    if toolchain != "pip":
        raise RefusedError(
            f"runtime.options.toolchain is {toolchain!r}; this language host knows pip; {_OFFICIAL}"
        )
    if "typechecker" in options:
        raise RefusedError(
            f"runtime.options.typechecker is {options['typechecker']!r}; this language host runs "
            f"no type checker before the program; take the option out; {_OFFICIAL}"
        )
    if "toolchain" not in options:
        # Without the option the official host goes by the lock file, here and further up.
        for folder in (program_directory, *program_directory.parents):
            for lock_file in ("uv.lock", "poetry.lock"):
                if (folder / lock_file).is_file():
                    raise RefusedError(
                        f"{folder / lock_file} asks for another toolchain than pip; this language "
                        f"host knows pip: set runtime.options.toolchain to pip; {_OFFICIAL}"
                    )


def _python_on_path() -> Path:
    chosen = os.environ.get("PULUMI_PYTHON_CMD")
    for name in [chosen] if chosen else ["python3", "python"]:
        if found := shutil.which(name):
            return Path(found)
    raise RefusedError(
        f"there is no {chosen or 'python3'} on PATH; install Python, or name a virtual "
        "environment in runtime.options.virtualenv"
    )
