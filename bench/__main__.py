"""Measure preview and up of the examples against bare programs on the same engine, in one run.

    python -m bench            print the figures
    python -m bench --write    and write them into docs/performance.md

Those of judging files and of the proof follow (bench/judging.py, bench/proving.py,
bench/proof.py, bench/perimeter.py), which need no engine; what the pack adds is bench/pack.py's.
Machines are noisy: read the ratios, which are taken in turns, not the seconds.
"""

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from functools import partial

import yaml

from bench import judging, perimeter, proof, proving
from bench.examples import EXAMPLES, OF_AWS_ALONE, Copied, stacks
from bench.flat import STACK_REFERENCE, Registered
from bench.measure import in_turns, measure, taken, to
from bench.page import PAGE, table, write
from bench.runs import ROOT, Bench, begun

POOLS = (1, 10, 100)
UP = ("up", "--yes", "--skip-preview")


def preview_and_up(bench: Bench, runs: int) -> Iterator[tuple[str, ...]]:
    """A row per stack: beside as many plain resources, and beside the very same ones."""
    for example in EXAMPLES:
        for copied in stacks(example, bench.folder / "examples", bench):
            yield _row(bench, copied, runs)


def counted(resources: list[Registered]) -> dict[str, str]:
    """What the bare program is told: to read the same stacks, and to register as many others.

    The engine opens the secrets of a stack that is read, which no program can leave out.
    """
    reads = [str(r.inputs["name"]) for r in resources if r.type == STACK_REFERENCE]
    return {"COUNT": str(len(resources) - len(reads)), "READS": " ".join(reads)}


def _row(bench: Bench, copied: Copied, runs: int) -> tuple[str, ...]:
    """Previews in turns, then each once made: stacks of the same example read what it has."""
    where = {"HEIIKI_STACK_DIR": str(copied.folder)}
    stack, pack = bench.made(copied.stack_file), bench.pack(copied)
    resources = bench.resources(stack, where)
    bare = bench.bare(f"bare-{copied.stack}")
    plain, as_many = ["--stack", bare.name], counted(resources)
    asked = [
        partial(bench.pulumi, bare, "preview", *plain, **as_many),
        partial(bench.pulumi, ROOT, "preview", *stack, **where),
        partial(bench.pulumi, ROOT, "preview", *stack, *pack, **where),
    ]
    if copied.stack in OF_AWS_ALONE:
        flat = bench.flat(f"flat-{copied.stack}", resources)
        asked.append(partial(bench.pulumi, flat, "preview", "--stack", flat.name))
    bare_preview, preview, judged, *of_flat = in_turns(runs, *asked)
    bare_up = bench.pulumi(bare, *UP, *plain, **as_many)
    made = bench.pulumi(ROOT, *UP, *stack, *pack, **where)
    beside_flat = [(taken(flat), to(preview, flat), to(judged, flat)) for flat in of_flat]
    return (
        copied.stack, str(len(resources)),
        taken(bare_preview), to(preview, bare_preview), to(judged, bare_preview),
        *(beside_flat or [("-", "-", "-")])[0],
        to(made, bare_up), f"{max(judged.memory_mib, made.memory_mib):.0f} MiB",
    )  # fmt: skip


def growth(bench: Bench, runs: int) -> Iterator[tuple[str, ...]]:
    """A row per number of pools: validation, and preview beside the bare program's."""
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
        stack = bench.made(stack_file)
        command = [sys.executable, "-m", "automation.cli", "validate", "--file", str(stack_file)]
        count = len(bench.resources(stack, where))
        bare = bench.bare(f"bare-pools-{pools}")
        validated, bare_preview, preview = in_turns(
            runs,
            partial(measure, command, environment=bench.environment, directory=ROOT),
            partial(bench.pulumi, bare, "preview", "--stack", bare.name, COUNT=str(count)),
            partial(bench.pulumi, ROOT, "preview", *stack, **where),
        )
        yield (
            str(pools),
            str(count),
            f"{validated.wall_seconds:.2f} s",
            f"{preview.wall_seconds:.1f} s",
            to(preview, bare_preview),
            f"{1000 * preview.wall_seconds / count:.0f} ms",
            f"{preview.memory_mib:.0f} MiB",
        )


def _figures(bench: Bench, runs: int) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return "\n\n".join(
        (
            f"Machine: {machine}. Median of {runs} runs in turns; `up` once.",
            table(
                ("example", "resources", "bare", "preview to bare", "with the pack",
                 "flat", "preview to flat", "with the pack",
                 "up with the pack, to bare", "largest process"),
                preview_and_up(bench, runs),
            ),
            table(
                ("pools", "resources", "validate", "preview", "preview to bare", "per resource",
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
    with begun() as bench:
        figures = _figures(bench, chosen.runs)
    judged, proved = judging.figures(chosen.runs), proof.figures(chosen.runs)
    commands = proving.figures(chosen.runs)
    print(figures, judged, commands, proved, sep="\n\n")
    perimeter.main()
    if chosen.write:
        write("figures", figures)
        write("judging", judged)
        write("proving", commands)
        write("proof", proved)


if __name__ == "__main__":
    main()
