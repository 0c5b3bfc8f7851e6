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

import botocore.session
from botocore import xform_name

import automation
from automation.aws_calls import API_GATEWAY, iam_action
from automation.described.tables import actions, calls
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
    everything = sorted(needed)
    documents = [_policy([])]
    for _, of_service in groupby((a for a in everything if not _is_of_paths(a)), key=_service):
        own = list(of_service)
        longer = _policy([*documents[-1]["Statement"][0]["Action"], *own])
        if _fits(longer):
            documents[-1] = longer
        else:
            documents.append(_policy(own))
    for statement in [_allowing([a], _paths()) for a in everything if _is_of_paths(a)]:
        longer = {**documents[-1], "Statement": [*documents[-1]["Statement"], statement]}
        if _fits(longer):
            documents[-1] = longer
        else:
            documents.append({**longer, "Statement": [statement]})
    return documents


def _is_of_paths(action: str) -> bool:
    """Whether it is one for all that a service has, and what it is for has to be said."""
    return _service(action) == API_GATEWAY


def _service(action: str) -> str:
    return action.partition(":")[0]


def _fits(policy: dict[str, Any]) -> bool:
    return len(json.dumps(policy, separators=(",", ":"))) <= _LONGEST


def _policy(allowed: list[str]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [_allowing(allowed, "*")]}


def _allowing(allowed: list[str], resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": allowed, "Resource": resource}


def _paths() -> list[str]:
    """What is asked of API Gateway. One permission is for all that it has, and its keys tell their
    values: API Gateway developer guide, arn-format-reference (read 2026-11-30)."""
    model = botocore.session.Session().get_service_model(API_GATEWAY)
    names = {xform_name(name): name for name in model.operation_names}
    asked = (c for call in calls() for c in (call, *call.more.values()))
    uris = {
        model.operation_model(names[c.operation]).http["requestUri"]
        for c in asked
        if c.service == API_GATEWAY
    }
    return sorted(f"arn:aws:apigateway:*::{re.sub(r'{[^}]+}', '*', uri)}" for uri in uris)


def _written(policies: list[dict[str, Any]]) -> str:
    """To copy."""
    return "\n\n".join(f"```json\n{json.dumps(policy, indent=2)}\n```" for policy in policies)


def _all(needed: set[str]) -> str:
    return ", ".join(f"`{action}`" for action in sorted(needed))
