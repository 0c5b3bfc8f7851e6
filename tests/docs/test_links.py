"""What the pages point to is there: links with their headings, files, commands of make."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
# `plan/pki/table.py`, `tests/policies`; neither `plan/<noun>.py` nor `policies/*.py`.
PLACE = re.compile(r"`([\w.-]+/[\w./-]*)`")
HEADING = re.compile(r"^#+ (.*)$", re.M)
# A page may name what lies there before anybody has made it.
MADE_BY_COMMANDS = {".heiiki", ".venv"}
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)


def pages() -> list[Path]:
    """Every page of the checkout."""
    rooms = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."]
    return [*ROOT.glob("*.md"), *(page for room in rooms for page in room.rglob("*.md"))]


@functools.cache
def headings(page: Path) -> frozenset[str]:
    """By the names under which GitHub links to them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    shown = (re.sub(r"\[([^]]*)\]\([^)]*\)|[`*]", r"\1", found) for found in HEADING.findall(text))
    named = (re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for words in shown)
    return frozenset((*named, *re.findall(r'<a id="([^"]+)">', text)))


def leading_nowhere(page: Path, text: str) -> Iterator[str]:
    for link in LINK.findall(text):
        if link.startswith(("https://", "http://")):
            continue
        name, _, heading = link.partition("#")
        there = page.parent / name if name else page
        if not there.exists() or (heading and heading not in headings(there)):
            yield link
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir()} - MADE_BY_COMMANDS
    for place in PLACE.findall(text):
        if place.partition("/")[0] in rooms and not (ROOT / place).exists():
            yield place
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for target in re.findall(r"`make ([a-z-]+)", text):
        if target not in targets:
            yield f"make {target}"


def test_what_a_page_points_to_is_there():
    found = {
        page: list(leading_nowhere(page, page.read_text(encoding="utf-8"))) for page in pages()
    }
    assert len(found) > 60 and ROOT / "README.md" in found
    assert {page: nowhere for page, nowhere in found.items() if nowhere} == {}


@pytest.mark.parametrize(
    "line",
    [
        "[a page](docs/no-such-page.md)",
        "[a heading](CONTRIBUTING.md#no-such-heading)",
        "`tests/plan/test_that_is_gone.py`",
        "`make lunch`",
    ],
)
def test_what_leads_nowhere_is_found(line):
    sound = "[a](docs/local.md#a-whole-cluster), `tests/plan`, `plan/<noun>.py`, `make up`"
    assert list(leading_nowhere(ROOT / "README.md", sound)) == []
    assert len(list(leading_nowhere(ROOT / "README.md", f"{sound} {line}"))) == 1
