"""docs/performance.md: text around tables that commands write, each between marks of its own."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"


def table(heading: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(page: str, name: str, found: str) -> str:
    """The page with other figures between the marks of that name."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{found}\n\n{end}{rest.split(end)[1]}"


def write(name: str, found: str) -> None:
    """Write them."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), name, found), encoding="utf-8")


def command(name: str, doc: str | None, figures: Callable[[int], str], *, runs: int) -> None:
    """`python -m bench.<name>`: print its figures of so many runs, and write them where asked."""
    parser = argparse.ArgumentParser(
        prog=f"python -m bench.{name}", description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} as well")
    parser.add_argument("--runs", type=int, default=runs, help=f"of each; default {runs}")
    chosen = parser.parse_args()
    found = figures(chosen.runs)
    print(found)
    if chosen.write:
        write(name, found)
