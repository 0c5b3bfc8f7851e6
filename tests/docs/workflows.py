"""The workflows of docs/ci, and the shell in them."""

from typing import Any

from tests.quick_yaml import loaded
from tests.scenarios import ROOT

WORKFLOWS = ("github-actions.yml", "gitlab-ci.yml")


def scripts(name: str) -> list[str]:
    """Every piece of shell of a workflow, in order."""
    return list(_scripts(loaded((ROOT / "docs/ci" / name).read_text(encoding="utf-8"))))


def _scripts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [script for item in value for script in _scripts(item)]
    if not isinstance(value, dict):
        return []
    found = []
    for key, item in value.items():
        if key == "run":
            found.append(str(item))
        elif key in ("script", "before_script"):
            found += [str(line) for line in item]
        else:
            found += _scripts(item)
    return found
