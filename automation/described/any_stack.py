"""What any Pulumi program takes as supplied: the ids in its record that are nothing of its own, by
`.get` or as text, and the network that they lie in.

Such a program has no stack file that would say which network it is given. So its record is asked
which ids it names, and AWS in which VPCs they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from automation.described.live import facts_read, here_of
from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import Described, resources_of
from automation.described.scope import Scope
from automation.errors import RefusedError
from automation.recorded_stack import own_record
from automation.state import State
from automation.texts import texts

if TYPE_CHECKING:
    from automation.aws_calls import Account

_NAMED: Final = re.compile(r"(?:[a-z]+-)+[0-9a-f]{8,}")
# What is behind a connection is for boundary.connections to answer for, by its ranges.
_BEYOND: Final = ("peerVpcId", "transitGatewayId", "peerTransitGatewayId")
_AT_ONCE: Final = 100  # values of one filter; EC2 takes 200
# By which call of EC2 the VPC of an id is asked: items of its answer, the filter, and where an item
# has the id.
_LIES: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "vpc": ("describe_vpcs", "Vpcs", "vpc-id", "VpcId"),
    "subnet": ("describe_subnets", "Subnets", "subnet-id", "SubnetId"),
    "rtb": ("describe_route_tables", "RouteTables", "route-table-id", "RouteTableId"),
    "sg": ("describe_security_groups", "SecurityGroups", "group-id", "GroupId"),
    "acl": ("describe_network_acls", "NetworkAcls", "network-acl-id", "NetworkAclId"),
    "eni": (
        "describe_network_interfaces", "NetworkInterfaces", "network-interface-id",
        "NetworkInterfaceId",
    ),
    "igw": (
        "describe_internet_gateways", "InternetGateways", "internet-gateway-id",
        "InternetGatewayId",
    ),
    "nat": ("describe_nat_gateways", "NatGateways", "nat-gateway-id", "NatGatewayId"),
    "vpce": ("describe_vpc_endpoints", "VpcEndpoints", "vpc-endpoint-id", "VpcEndpointId"),
}  # fmt: skip


@dataclass(frozen=True)
class Supplied:
    """What was read, where, and the ids that AWS has none of there."""

    described: Described
    here: Mapping[str, str]
    missing: tuple[str, ...]


def read_any(account: "Account", export: str, region: str | None) -> Supplied:
    """What an export of a stack takes as supplied. region: where its record names several."""
    own = own_record(export)
    where = _region(own, region)
    here = here_of(account, where, None)
    made = {resource.id for resource in own.resources if resource.id}
    named = frozenset(_named(own)) - made
    lies = dict(_vpcs(account, where, named))
    vpcs = frozenset(vpc for vpc in lies.values() if vpc) - made
    # Of an own VPC nothing is supplied, not its main table either.
    within = frozenset(i for i in named if lies.get(i, "") not in made)
    found = facts_read(Reading(account, where, here), Scope.of((), within | vpcs))
    read = resources_of(found, Records(own.resources, where))
    read.resources = [resource for resource in read.resources if resource.get("described")]
    asked = (i for i in named if i.partition("-")[0] in _LIES)
    return Supplied(read, here, tuple(sorted(i for i in asked if i not in lies)))


def _region(own: State, asked: str | None) -> str:
    regions = [r.inputs.get("region") for r in own.of_type("pulumi:providers:aws")]
    known = sorted({region for region in regions if isinstance(region, str)})
    if asked is None and len(known) != 1:
        raise RefusedError(
            f"the record names {', '.join(known) or 'no region'}, and facts are of one",
            advice="Name the region of the network that is supplied: heiiki facts --state FILE "
            f"--region {next(iter(known), 'NAME')}.",
        )
    return asked or known[0]


def _named(own: State) -> Iterator[str]:
    """The ids in what the program's own things of AWS were asked for with."""
    for resource in own.resources:
        if resource.type.startswith("aws:"):
            kept = {k: v for k, v in resource.inputs.items() if k not in _BEYOND}
            yield from (text for text in texts(kept) if _NAMED.fullmatch(text))


def _vpcs(account: "Account", region: str, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each id that is there, with the VPC that it lies in; "" where it is in none."""
    by_kind: dict[str, list[str]] = {}
    for i in sorted(ids):
        by_kind.setdefault(i.partition("-")[0], []).append(i)
    for kind, values in by_kind.items():
        if kind not in _LIES:
            continue
        operation, items, name, key = _LIES[kind]
        filters = "Filter" if kind == "nat" else "Filters"
        for start in range(0, len(values), _AT_ONCE):
            chosen = {"Name": name, "Values": values[start : start + _AT_ONCE]}
            asked: dict[str, Any] = {filters: [chosen]}
            for item in account.paged("ec2", region, operation, items, **asked):
                attached = [a.get("VpcId", "") for a in item.get("Attachments", ())]
                yield item[key], str(item.get("VpcId") or next(iter(attached), ""))
