"""docs/real-account.md: the permissions that commands which only read need, from what they call.

The calls are found in the text of the code, by the few ways in which it asks AWS for something. The
rest of the page is written by hand.
"""

import ast
import json
import re
from pathlib import Path

import automation
from automation.aws_calls import iam_action
from automation.described.tables import actions
from docs.parts_of_pages import with_parts

PAGE = Path(__file__).parent / "real-account.md"
AUTOMATION = Path(automation.__path__[0])
WHO = "sts:GetCallerIdentity"  # whose credentials they are, asked before anything else
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
        "automation/described": _policy({WHO, *actions()}),
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


def _policy(needed: set[str]) -> str:
    """A policy that allows just these, to copy."""
    statement = {"Effect": "Allow", "Action": sorted(needed), "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return f"```json\n{json.dumps(document, indent=2)}\n```"


def _all(needed: set[str]) -> str:
    return ", ".join(f"`{action}`" for action in sorted(needed))
