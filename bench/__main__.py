"""Measure preview and up of the examples against a bare program on the same engine, in one run.

    python -m bench            print the figures
    python -m bench --write    and write them into docs/performance.md

Machines are noisy: read the ratios, which are taken in turns, not the seconds.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import yaml

from bench.measure import Figure, in_turns, measure
from local.embedded import EmbeddedAws
from local.engine import ensure_engine
from local.environment import Home, command_environment
from local.language_host import ensure_language_host

ROOT = Path(__file__).parents[1]
EXAMPLES = ("dev", "two-vpc", "open")  # `existing` needs supplied resources; it is the smallest
POOLS = (1, 10, 100)
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


class Bench:
    """The engine and an embedded AWS of its own, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        home = Home(folder / "home")
        path = ensure_language_host(ensure_engine(print), home.bin)
        self.embedded = EmbeddedAws(home.embedded)
        endpoints = self.embedded.start(print)
        self.environment = command_environment(
            os.environ, home, path, endpoints.aws_endpoint_url, endpoints.debug_providers,
            refresh=False,
        )  # fmt: skip

    def pulumi(self, project: Path, *arguments: str, **more: str) -> Figure:
        """One run of the CLI."""
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        return measure(command, environment={**self.environment, **more}, directory=project)

    def bare(self, stack: str) -> Path:
        """A copy of the bare program, with a stack of its own in it."""
        project = self.folder / stack
        shutil.copytree(ROOT / "bench" / "bare", project, ignore=shutil.ignore_patterns("*.pyc"))
        description = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
        description["runtime"]["options"]["virtualenv"] = sys.prefix
        (project / "Pulumi.yaml").write_text(yaml.safe_dump(description), encoding="utf-8")
        self.pulumi(project, "stack", "init", stack)
        return project

    def example(self, stack_file: Path) -> list[str]:
        """The arguments that name an example's stack, made for it."""
        name = stack_file.name.removeprefix("Pulumi.").removesuffix(".yaml")
        copy = self.folder / stack_file.name
        copy.write_text(stack_file.read_text(encoding="utf-8"), encoding="utf-8")
        project = self.folder / "project"
        project.mkdir(exist_ok=True)
        (project / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
        self.pulumi(project, "stack", "init", name)
        return ["--stack", name, "--config-file", str(copy)]


def preview_and_up(bench: Bench, runs: int) -> Iterator[tuple[str, str, str, str, str, str, str]]:
    """A row per example; every ratio is to the bare program with as many resources."""
    for example in EXAMPLES:
        folder = ROOT / "examples" / example
        where = {"HEIIKI_STACK_DIR": str(folder)}
        stack = bench.example(folder / f"Pulumi.{example}.yaml")
        pack = ["--policy-pack", str(ROOT / "policies")]
        pack += ["--policy-pack-config", str(folder / f"heiiki.{example}.policy.json")]
        count = str(_resources(bench, stack, where))
        bare = bench.bare(f"bare-{example}")
        plain = ["--stack", bare.name]
        bare_preview, preview, judged = in_turns(
            runs,
            partial(bench.pulumi, bare, "preview", *plain, COUNT=count),
            partial(bench.pulumi, ROOT, "preview", *stack, **where),
            partial(bench.pulumi, ROOT, "preview", *stack, *pack, **where),
        )
        up = ("up", "--yes", "--skip-preview")
        bare_up = bench.pulumi(bare, *up, *plain, COUNT=count)
        made = bench.pulumi(ROOT, *up, *stack, *pack, **where)
        yield (
            example,
            count,
            f"{bare_preview.wall_seconds:.1f} s",
            f"{preview.wall_seconds / bare_preview.wall_seconds:.2f}",
            f"{judged.wall_seconds / bare_preview.wall_seconds:.2f}",
            f"{made.wall_seconds / bare_up.wall_seconds:.2f}",
            f"{max(judged.memory_mib, made.memory_mib):.0f} MiB",
        )


def growth(bench: Bench, runs: int) -> Iterator[tuple[str, ...]]:
    """A row per number of pools: validation, and preview beside the bare program's."""
    where = {"HEIIKI_STACK_DIR": str(ROOT)}
    for pools in POOLS:
        document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
        pool = document["config"]["heiiki:nodePools"]["workers"]
        document["config"]["heiiki:nodePools"] = {f"pool-{i}": pool for i in range(pools)}
        folder = bench.folder / f"pools-{pools}"
        folder.mkdir()
        stack_file = folder / f"Pulumi.pools-{pools}.yaml"
        stack_file.write_text(yaml.safe_dump(document), encoding="utf-8")
        lock = (ROOT / "heiiki.dev.lock.yaml").read_text(encoding="utf-8")
        (folder / f"heiiki.pools-{pools}.lock.yaml").write_text(lock, encoding="utf-8")
        where = {"HEIIKI_STACK_DIR": str(folder)}
        stack = bench.example(stack_file)
        command = [sys.executable, "-m", "automation.cli", "validate", "--file", str(stack_file)]
        validated = measure(command, environment=bench.environment, directory=ROOT)
        count = _resources(bench, stack, where)
        bare = bench.bare(f"bare-pools-{pools}")
        bare_preview, preview = in_turns(
            runs,
            partial(bench.pulumi, bare, "preview", "--stack", bare.name, COUNT=str(count)),
            partial(bench.pulumi, ROOT, "preview", *stack, **where),
        )
        yield (
            str(pools),
            str(count),
            f"{validated.wall_seconds:.2f} s",
            f"{preview.wall_seconds:.1f} s",
            f"{preview.wall_seconds / bare_preview.wall_seconds:.2f}",
            f"{1000 * preview.wall_seconds / count:.0f} ms",
            f"{preview.memory_mib:.0f} MiB",
        )


def _resources(bench: Bench, stack: list[str], where: dict[str, str]) -> int:
    """How many resources a stack has, asked of the engine."""
    log = bench.folder / "events.json"
    log.unlink(missing_ok=True)
    bench.pulumi(
        ROOT, "preview", *stack, "--event-log", str(log), PULUMI_DEBUG_COMMANDS="true", **where
    )
    return log.read_text(encoding="utf-8").count('"resourcePreEvent"')


def _table(heading: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figures(bench: Bench, runs: int) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return "\n\n".join(
        (
            f"Machine: {machine}. Median of {runs} runs in turns; `up` once.",
            _table(
                ("example", "resources", "bare preview", "preview", "with the pack",
                 "up, with the pack", "largest process"),
                preview_and_up(bench, runs),
            ),
            _table(
                ("pools", "resources", "validate", "preview", "to bare", "per resource",
                 "largest process"),
                growth(bench, runs),
            ),
        )
    )  # fmt: skip


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} as well")
    parser.add_argument("--runs", type=int, default=3, help="of each preview; default 3")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            figures = _figures(bench, chosen.runs)
        finally:
            bench.embedded.stop()
    print(figures)
    if chosen.write:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
