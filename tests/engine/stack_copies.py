"""Copies of the examples' files, where a test may change them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.quick_yaml import dumped, loaded
from tests.scenarios import copy_files

Config = dict[str, Any]  # of a stack file: its keys without "heiiki:"


def copied(scenario: str, folder: Path) -> Path:
    """The example's stack file, lock file, boundary and what it names, in a folder of the test's
    own."""
    return copy_files(scenario, folder)


def config_of(file: Path) -> Config:
    """What a stack file asks for."""
    keys = loaded(file.read_text(encoding="utf-8"))["config"]
    return {key.removeprefix("heiiki:"): value for key, value in keys.items()}


def edited(file: Path, edit: Callable[[Config], object]) -> str:
    """Change a copied stack file; returns what stood there."""
    before, config = file.read_text(encoding="utf-8"), config_of(file)
    edit(config)
    text = dumped({"config": {f"heiiki:{key}": value for key, value in config.items()}})
    file.write_text(text, encoding="utf-8")
    return before


def declared(file: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the boundary in a copied policy file."""
    document = json.loads(file.read_text(encoding="utf-8"))
    edit(document["boundary"])
    file.write_text(json.dumps(document), encoding="utf-8")
