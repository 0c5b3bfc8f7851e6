"""Reads plan/facts/: AWS and Kubernetes facts as data, each with its source and date."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "facts"


@cache
def load_facts(file_name: str) -> Any:
    """The content of a facts file, read once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same language, ten times faster
    return yaml.load((FOLDER / file_name).read_text(encoding="utf-8"), Loader=loader)
