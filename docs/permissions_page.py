"""docs/real-account.md: the permissions that commands which only read need, from what they call.

The calls are found in the text of the code, by the few ways in which it asks AWS for something. The
rest of the page is written by hand.
"""

import ast
import json
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import automation
from automation.aws_calls import iam_action
from automation.described.tables import actions
from docs.parts_of_pages import with_parts

PAGE = Path(__file__).parent / "real-account.md"
AUTOMATION = Path(automation.__path__[0])
WHO = "sts:GetCallerIdentity"  # whose credentials they are, asked before anything else
# Characters of a managed policy without white space: IAM quotas, read 2026-11-29.
_LONGEST: Final = 6144
_PAGED = re.compile(
    r'(?:\.paged\(|\b(?:answer|_asked|_open)\(\s*aws,)\s*"(\w+)",\s*(?:region,\s*)?"(\w+)"'
)
_FOUND = re.compile(r'\bfound\(\s*aws,\s*"(\w+)"')
_ASKED = re.compile(r'(?:\basking\(|\basked\(\s*account,\s*region,)\s*"(\w+:\w+)"')


def real_account_page() -> str:
    """The page as it is, with its permissions made anew."""
    modules = [*sorted(AUTOMATION.glob("live*.py")), AUTOMATION / "own_live.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    live = {WHO, *asked_for(code)}
    parts = {
        "automation/lock": _of_the_lock(),
        "automation/live": _all(live),
        "automation/described": _written(policies_of({WHO, *actions()})),
    }
    return with_parts(PAGE, parts)


def asked_for(code: str) -> set[str]:
    """The IAM actions of all that a piece of code asks AWS for."""
    calls = _PAGED.findall(code) + [("ec2", f"describe_{noun}s") for noun in _FOUND.findall(code)]
    return {iam_action(*call) for call in calls} | set(_ASKED.findall(code))


def _of_the_lock() -> str:
    """A row for every module of the lock that asks for something, as it says of itself."""
    lines = ["| what is read | permissions |", "|---|---|"]
    for path in sorted((AUTOMATION / "lock").glob("*.py")):
        code = path.read_text(encoding="utf-8")
        if actions := asked_for(code):
            told = re.split(r"[:.] ?", str(ast.get_docstring(ast.parse(code))))[0]
            lines.append(f"| {' '.join(told.split())} | {_all(actions)} |")
    return "\n".join(lines)


def policies_of(needed: Iterable[str]) -> list[dict[str, Any]]:
    """Policies that allow just these: as many as it takes, since IAM takes no more of one, and each
    service in one of them."""
    documents = [_policy([])]
    for _, of_service in groupby(sorted(needed), key=lambda action: action.partition(":")[0]):
        own = list(of_service)
        longer = _policy([*documents[-1]["Statement"][0]["Action"], *own])
        if len(json.dumps(longer, separators=(",", ":"))) <= _LONGEST:
            documents[-1] = longer
        else:
            documents.append(_policy(own))
    return documents


def _policy(allowed: list[str]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _written(policies: list[dict[str, Any]]) -> str:
    """To copy."""
    return "\n\n".join(f"```json\n{json.dumps(policy, indent=2)}\n```" for policy in policies)


def _all(needed: set[str]) -> str:
    return ", ".join(f"`{action}`" for action in sorted(needed))
