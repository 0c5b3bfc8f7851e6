"""Small projects that the real engine runs through this project's language host."""

import functools
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.engine import ensure_engine
from local.environment import engine_home
from local.language_host.install import ensure_language_host
from tests.warm.keys import CREDENTIALS
from tests.warm.start import hurried

VENV = Path(sys.prefix)


@pytest.fixture(scope="session")
def engine_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its language host is what is tested, and starts new Pythons."""
    folder = tmp_path_factory.mktemp("engine")
    engine = ensure_language_host(ensure_engine(print), folder / "bin")
    return hurried(engine, folder / "hurried")


class Project:
    """A folder with a program, a stack `dev`, and a backend of its own."""

    def __init__(self, directory: Path, engine_directory: Path) -> None:
        self.directory = directory
        self.engine_directory = engine_directory
        for name in ("state", "home"):
            (directory / name).mkdir(parents=True)
        self.options: dict[str, str] = {"toolchain": "pip", "virtualenv": str(VENV)}

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        return {
            **inherited,
            **CREDENTIALS,
            "PATH": f"{self.engine_directory}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{self.directory / 'state'}",
            "PULUMI_HOME": str(engine_home(self.directory / "home")),
            "PULUMI_CONFIG_PASSPHRASE": "of a test",
            "PULUMI_STACK": "dev",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def write(self, program: str) -> None:
        project = {"name": "tiny", "runtime": {"name": "python", "options": self.options}}
        (self.directory / "Pulumi.yaml").write_text(json.dumps(project))
        (self.directory / "__main__.py").write_text(textwrap.dedent(program))

    def write_pack(self, program: str) -> Path:
        folder = self.directory / "pack"
        folder.mkdir(exist_ok=True)
        pack = {"version": "0.0.1", "runtime": {"name": "python", "options": self.options}}
        (folder / "PulumiPolicy.yaml").write_text(json.dumps(pack))
        (folder / "__main__.py").write_text(textwrap.dedent(program))
        return folder

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["pulumi", *words, "--non-interactive"],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pulumi(self, *words: str, exit_code: int = 0) -> str:
        """What it says, on either stream."""
        process = self.start(*words)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == exit_code, said
        return said


@pytest.fixture
def project(tmp_path: Path, engine_directory: Path) -> Iterator[Project]:
    project = Project(tmp_path / "project", engine_directory)
    made = _with_a_stack(engine_directory)
    shutil.copytree(made.directory / "state", project.directory / "state", dirs_exist_ok=True)
    shutil.copy2(made.directory / "Pulumi.dev.yaml", project.directory)
    project.write("")
    yield project


@functools.cache
def _with_a_stack(engine_directory: Path) -> Project:
    """One that all others are copies of."""
    project = Project(engine_directory.parent / "project", engine_directory)
    project.write("")
    project.pulumi("stack", "init", "dev")
    return project
