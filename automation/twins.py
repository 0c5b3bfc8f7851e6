"""What AWS has once and a preview would make a second time, under another name of the stack.

The engine knows a resource by its name in the stack, and makes what is new before it deletes what
is gone. So a key that is called otherwise in the stack file would have AWS make the like of what
still stands, which it refuses, halfway through an `up`. The record can be told the new name.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.errors import RefusedError
from automation.events import EventLog, name_of
from automation.invocation import engine_invocation
from plan.access import OF_NODES

# What stands in an event for a value that nobody knows before the `up` (sdk/go/common/resource/
# plugin/rpc.go of Pulumi 3.250.0: UnknownStringValue).
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_NODES, _GROUP = "EC2_LINUX", "aws:eks/nodeGroup:NodeGroup"
_ENTRY = "aws:eks/accessEntry:AccessEntry"
Inputs = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Twin:
    """made: URN of what would be created; standing: of its like that goes afterwards."""

    made: str
    standing: str
    why: str


def _by(*names: str) -> Callable[[Inputs], tuple[Hashable, ...]]:
    return lambda inputs: tuple(_known(inputs.get(name)) for name in names)


def _known(value: Any) -> str | None:
    return value if isinstance(value, str) and value != _UNKNOWN else None


def _peered(inputs: Inputs) -> tuple[Hashable, ...]:
    """Whoever of the two asks."""
    ends = [_known(inputs.get(name)) for name in ("vpcId", "peerVpcId")]
    return (None,) if None in ends else (frozenset(ends),)


# Type to what AWS tells its resources apart by, and its rule. Sources: EC2 API reference, error
# codes (RouteAlreadyExists, DuplicateTransitGatewayAttachment, VpcPeeringConnectionAlreadyExists,
# InvalidSubnet.Conflict, Resource.AlreadyAssociated), AttachVpnGateway, "NAT gateway basics"; EKS
# API reference, CreateAccessEntry (ResourceInUseException); Route 53 API reference,
# ChangeResourceRecordSets (read 2026-11-29).
ONCE: dict[str, tuple[Callable[[Inputs], tuple[Hashable, ...]], str]] = {
    "aws:ec2/route:Route": (
        _by("routeTableId", "destinationCidrBlock"), "a table has one route of a destination"),
    "aws:ec2/subnet:Subnet": (
        _by("vpcId", "cidrBlock"), "a VPC has its addresses in one subnet"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        _by("subnetId"), "a subnet has one route table"),
    "aws:ec2/natGateway:NatGateway": (
        _by("allocationId"), "an Elastic IP is one gateway's"),
    "aws:ec2/vpnGateway:VpnGateway": (
        _by("vpcId"), "a VPC has one virtual private gateway"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": (
        _peered, "two VPCs have one peering"),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": (
        _by("transitGatewayId", "vpcId"), "a VPC is attached to a transit gateway once"),
    "aws:route53/record:Record": (
        _by("zoneId", "name", "type"), "a zone has one record of a name and type"),
    _ENTRY: (_by("clusterName", "principalArn"), "EKS has one entry of a role"),
}  # fmt: skip


def twins_of(log: EventLog) -> tuple[Twin, ...]:
    """What the steps of a preview would make beside its like."""
    standing = {
        (step["type"], key): urn
        for urn, step in _steps(log, "delete", "old")
        if (key := _key(step["type"], step["inputs"])) is not None
        and not step["inputs"].get("allowOverwrite")  # a record that is handed over stays
    }
    found = []
    for urn, step in _steps(log, "create", "new"):
        key = _key(step["type"], step["inputs"])
        if key is not None and (there := standing.get((step["type"], key))):
            found.append(Twin(urn, there, ONCE[step["type"]][1]))
    return tuple(sorted((*found, *_roles_taken_over(log)), key=lambda twin: twin.standing))


def _roles_taken_over(log: EventLog) -> Iterator[Twin]:
    """Pools of one kind that would have the role of one of the other kind, which goes."""
    for comes, goes in ((_GROUP, _ENTRY), (_ENTRY, _GROUP)):
        former = {
            role: urn
            for urn, step in _steps(log, "delete", "old")
            if step["type"] == goes and (role := _role_of_nodes(step)) is not None
        }
        for urn, step in _steps(log, "create", "new"):
            role = _role_of_nodes(step) if step["type"] == comes else None
            if role in former and _pool(urn) != _pool(former[role]):  # else it changes its kind
                yield Twin(urn, former[role], f"of role {role}")


def _role_of_nodes(step: Mapping[str, Any]) -> str | None:
    inputs = step["inputs"]
    if step["type"] == _GROUP:
        return _known(inputs.get("nodeRoleArn"))
    return _known(inputs.get("principalArn")) if inputs.get("type") == _NODES else None


def _steps(log: EventLog, operation: str, side: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for (urn, begun), data in log.steps.items():
        if begun == operation:
            inputs = (data.get(side) or {}).get("inputs") or {}
            yield urn, {"type": str(data["type"]), "inputs": inputs}


def _key(type_token: str, inputs: Inputs) -> tuple[Hashable, ...] | None:
    """None where AWS has as many as are asked for, or where an id is not known yet."""
    if type_token not in ONCE:
        return None
    key = ONCE[type_token][0](inputs)
    return None if None in key else key


def twin_refusals(twins: tuple[Twin, ...], stack: str, project: Path) -> Iterator[RefusedError]:
    """What `up` would say of them. Nothing allows it. project: the folder that the engine is called
    in."""
    of_pools = [t for t in twins if _noun(t.made) != _noun(t.standing)]
    if renamed := [t for t in twins if t not in of_pools]:
        yield RefusedError(
            "up would make a second time what AWS has once, since it has another name now",
            details=[
                f"{name_of(t.standing)} ({_noun(t.standing)}) stands, and {name_of(t.made)} would "
                f"be made beside it, but {t.why}: {_command(t, stack, project)}"
                for t in renamed
            ],
            advice="Nothing was changed. Write the former name back in the stack file. Or, where "
            "the new one is meant, tell it to the record: run the command of each line, and heiiki "
            "preview again, which may name what hangs on these. What AWS has stays as it is, and "
            "gets its new name as a tag.",
        )
    if of_pools:
        yield RefusedError(
            "a node pool would take over the role of a pool of the other kind, which cuts its "
            "nodes off",
            details=[
                f"{_pool(t.made)} would have the role of {_pool(t.standing)}, which goes, and the "
                f"access entry {t.why} goes with it: EKS makes that of a managed pool, heiiki that "
                "of any other"
                for t in of_pools
            ],
            advice="Nothing was changed. Give the new pool another role, in its "
            "nodePools.<name>.instanceProfile; or take the former pool away by a heiiki up of its "
            "own, and add the new one after that.",
        )


def _command(twin: Twin, stack: str, project: Path) -> str:
    words = ("state", "rename", twin.standing, name_of(twin.made), "-s", stack, "--yes")
    return engine_invocation(project, *words)


def _noun(urn: str) -> str:
    return urn.split("::")[-2].rpartition(":")[2]


def _pool(urn: str) -> str:
    return f"nodePools.{name_of(urn).removeprefix(OF_NODES)}"
