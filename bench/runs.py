"""The engine, the stacks that are measured on it, and the bare programs beside them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from bench.examples import Copied
from bench.flat import Registered, flat_program, registered
from bench.measure import Figure, measure
from local.embedded import EmbeddedAws
from local.engine import ensure_engine
from local.environment import Home, command_environment
from local.language_host.install import ensure_language_host

ROOT = Path(__file__).parents[1]


@contextmanager
def begun() -> Iterator["Bench"]:
    """A bench in a folder of the checkout. The engine asks git for the state of the repository that
    a program lies in: heiiki's and the bare one shall have the same one."""
    beside = Home.of({}).directory
    beside.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=beside) as folder:
        bench = Bench(Path(folder))
        try:
            yield bench
        finally:
            bench.embedded.stop()


class Bench:
    """The engine and an embedded AWS of its own, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        home = Home(folder / "home")
        path = ensure_language_host(ensure_engine(print), home.bin)
        self.embedded = EmbeddedAws(home.embedded)
        endpoints = self.embedded.start(print)
        self.aws_endpoint_url = endpoints.aws_endpoint_url
        self.environment = command_environment(
            os.environ, home, path, endpoints.aws_endpoint_url, endpoints.debug_providers,
            refresh=False,
        )  # fmt: skip
        # As on a machine where nobody has set it: a module is compiled once, not in every process.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def pulumi(self, project: Path, *arguments: str, **more: str) -> Figure:
        """One run of the CLI."""
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        return measure(command, environment={**self.environment, **more}, directory=project)

    def heiiki(self, *arguments: str) -> str:
        """What the command prints; it must succeed."""
        command = [sys.executable, "-m", "automation.cli", *arguments]
        ended = subprocess.run(
            command, env=self.environment, cwd=ROOT, text=True, capture_output=True, check=False
        )
        if ended.returncode != 0:
            raise RuntimeError(f"heiiki {' '.join(arguments)} failed:\n{ended.stderr[-4000:]}")
        return ended.stdout

    def made(self, stack_file: Path) -> list[str]:
        """The arguments that name a stack, made for its file, which the engine writes to."""
        name = stack_file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        copy = self.folder / stack_file.name
        copy.write_text(stack_file.read_text(encoding="utf-8"), encoding="utf-8")
        project = self.folder / "project"
        project.mkdir(exist_ok=True)
        (project / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
        self.pulumi(project, "stack", "init", name)
        return ["--stack", name, "--config-file", str(copy)]

    def pack(self, stack: Copied) -> list[str]:
        """The arguments that judge a stack by the policy pack, with its own policy file."""
        return ["--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(stack.policy)]

    def resources(self, stack: list[str], where: dict[str, str]) -> list[Registered]:
        """What a stack has, asked of the engine. The first run, so it compiles what is needed."""
        log = self.folder / "events.json"
        log.unlink(missing_ok=True)
        asked = ("preview", *stack, "--event-log", str(log))
        self.pulumi(ROOT, *asked, PULUMI_DEBUG_COMMANDS="true", **where)
        return registered(log)

    def bare(self, stack: str) -> Path:
        """A copy of the bare program, with a stack of its own in it."""
        return self._project(stack, (ROOT / "bench" / "bare" / "__main__.py").read_text())

    def flat(self, stack: str, resources: list[Registered]) -> Path:
        """A program of the same resources, with a stack of its own."""
        return self._project(stack, flat_program(resources))

    def _project(self, stack: str, program: str) -> Path:
        project = self.folder / stack
        shutil.copytree(ROOT / "bench" / "bare", project, ignore=shutil.ignore_patterns("*.pyc"))
        (project / "__main__.py").write_text(program, encoding="utf-8")
        description = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
        description["runtime"]["options"]["virtualenv"] = sys.prefix
        (project / "Pulumi.yaml").write_text(yaml.safe_dump(description), encoding="utf-8")
        self.pulumi(project, "stack", "init", stack)
        return project
