"""One version of Go is told, and it builds everything that is built."""

import re

from local.go_command import GO_VERSION
from tests.scenarios import ROOT

_FOLDERS = ("local", "tests")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_the_version_of_go_is_the_least_that_every_module_takes():
    files = [path for folder in _FOLDERS for path in (ROOT / folder).rglob("go.mod")]
    asked = [re.search(r"^go (\S+)$", path.read_text(), re.M) for path in files]
    versions = [found[1] for found in asked if found is not None]
    assert len(versions) == len(files) > 10
    assert max(versions, key=_parts) == GO_VERSION


def test_the_pages_that_name_one_name_that():
    for page in ("README.md", "docs/self-hosted/carried.md"):
        told = re.findall(r"Go (?:≥ )?(\d+\.[\d.]*\d)", (ROOT / page).read_text(encoding="utf-8"))
        assert set(told) == {GO_VERSION}, page
