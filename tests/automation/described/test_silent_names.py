"""Nothing that AWS tells, or a record, is taken for absent where it may name a thing of others.

A property that the tables call silent counts as absent. One that holds an ARN, at whatever depth,
would hide what a state shows (CN-136), so each such property has its reason here.
"""

import importlib
import inspect
import keyword
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from automation.described.tables import KINDS

# By type and property, what is read all the same, as resources of their own.
READ_APART = {
    ("aws:autoscaling/group:Group", "initialLifecycleHooks"),
    ("aws:ec2/defaultRouteTable:DefaultRouteTable", "routes"),
    ("aws:ec2/routeTable:RouteTable", "routes"),
    ("aws:iam/role:Role", "managedPolicyArns"),
}
# What is sent nowhere: on which machines of AWS's a thing stands, and under which licence; a
# certificate, which is of the own account; what a share allows those whom it names elsewhere.
SENT_NOWHERE = {
    ("aws:autoscaling/group:Group", "capacityReservationSpecification"),
    ("aws:ebs/volume:Volume", "outpostArn"),
    ("aws:ec2/instance:Instance", "capacityReservationSpecification"),
    ("aws:ec2/instance:Instance", "hostResourceGroupArn"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "capacityReservationSpecification"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "licenseSpecifications"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "placement"),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "nodeGroupConfigurations"),
    ("aws:opensearch/domain:Domain", "domainEndpointOptions"),
    ("aws:ram/resourceShare:ResourceShare", "permissionArns"),
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


def test_what_is_taken_for_absent_names_nothing_of_others_but_for_a_reason():
    assert silent_arns().keys() == READ_APART | SENT_NOWHERE
