"""Nothing that AWS tells, or a record, is taken for absent where it may name a thing of others.

A property that the tables call silent counts as absent. One that holds an ARN, at whatever depth,
would hide what a state shows (CN-136), so each such property has its reason here.
"""

import importlib
import inspect
import json
import keyword
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from automation.described.kept import kept
from automation.described.tables import KINDS
from automation.state import Resource
from tests.policies.mutations.stacks import FOREIGN, REGION

# By type and property, what is read all the same, as resources of their own.
READ_APART = {
    ("aws:autoscaling/group:Group", "initialLifecycleHooks"),
    ("aws:ec2/defaultRouteTable:DefaultRouteTable", "routes"),
    ("aws:ec2/routeTable:RouteTable", "routes"),
    ("aws:iam/role:Role", "managedPolicyArns"),
}
ARN = re.compile(r".*_arns?")


def room_of(token: str) -> Any:
    room = token.split(":")[1].split("/")[0]
    return importlib.import_module(f"pulumi_aws.{room}{'_' * keyword.iskeyword(room)}")


def arns(room: Any, name: str, annotation: str, within: tuple[str, ...] = ()) -> Iterator[str]:
    """The ARNs that a property holds, by their paths."""
    blocks = [b for b in re.findall(r"'(\w+Args)'", annotation) if b not in within]
    for block in blocks[:1]:
        for part, parameter in inspect.signature(getattr(room, block).__init__).parameters.items():
            if part != "__self__":
                yield from arns(room, f"{name}.{part}", str(parameter.annotation), (*within, block))
    if not blocks and ARN.fullmatch(name):
        yield name


def silent_arns() -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for kind in KINDS:
        room = room_of(kind.token)
        init = getattr(room, kind.token.rsplit(":", 1)[-1])._internal_init
        for name, parameter in inspect.signature(init).parameters.items():
            wire = re.sub("_([a-z0-9])", lambda of: of[1].upper(), name)
            if any(fnmatchcase(wire, pattern) for pattern in kind.silent):
                held = set(arns(room, name, str(parameter.annotation)))
                if held:
                    found.setdefault((kind.token, wire), set()).update(held)
    return found


@pytest.mark.parametrize(("type_", "given"), [
    ("aws:ebs/volume:Volume", {"outpostArn": "arn:aws:outposts:{}:{}:outpost/op-1"}),
    ("aws:ram/resourceShare:ResourceShare",
     {"permissionArns": ["arn:aws:ram:{}:{}:permission/x"]}),
])  # fmt: skip
def test_what_aws_is_not_asked_of_names_another_account_by_either_reading(type_, given):
    """It is as it is recorded, and refused as by a state."""
    (kind,) = (kind for kind in KINDS if kind.token == type_)
    text = json.dumps(given).replace("{}", REGION, 1).replace("{}", FOREIGN, 1)
    record = Resource("urn", type_, "door", "own", json.loads(text), {})
    assert kept(kind, record, {}) == json.loads(text)


def test_what_is_taken_for_absent_names_nothing_of_others_but_for_a_reason():
    assert silent_arns().keys() == READ_APART
