"""Copies of the examples' files, where a test may change them."""

from pathlib import Path

from tests.scenarios import EXAMPLES


def copied(scenario: str, folder: Path) -> Path:
    """The example's stack file, lock file and boundary, in a folder of the test's own."""
    folder.mkdir(exist_ok=True)
    for path in (EXAMPLES / scenario).iterdir():
        if path.is_file():
            (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder
