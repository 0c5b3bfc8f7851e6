"""A proposal for the policy file of any Pulumi program: from its record, and from what the proof
asks for of it.

Pure. What the program has made things in is own: its accounts and regions. What joins other
networks, and ids of what others have made, are left to people to answer for, as for a stack of
heiiki's; nothing that is open is proposed as an exception.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any, Final

from automation.link_accounts import ACCOUNTS
from automation.state import Resource, State
from spec.fields import PRIVATE_RANGES

Finding = Mapping[str, Any]
_ARN: Final = re.compile(r"arn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):.+")
# The rules that ask for the name of a connection; and how CN-004 calls an id of somebody else's.
_UNNAMED: Final = ("CN-020", "CN-022", "CN-024", "CN-025", "CN-031", "CN-120", "CN-121")
_FOREIGN: Final = re.compile(r"\bis ((?:[a-z]+-)+[0-9a-f]{8,}), not made here\b")
_UNSIGNED: Final = {"owner": "", "reason": ""}
# By which input a route, or a route of a transit gateway, leads to a connection.
_TARGETS: Final = (
    "transitGatewayAttachmentId", "transitGatewayId", "vpcPeeringConnectionId", "gatewayId",
)  # fmt: skip
_PROVIDER: Final = "pulumi:providers:aws"
_VPC: Final = "aws:ec2/vpc:Vpc"
_LINK: Final = "aws:apigateway/vpcLink:VpcLink"


def own(state: State) -> dict[str, Any]:
    """The accounts and regions that the program has made things in."""
    found = (_ARN.fullmatch(str(r.outputs.get("arn"))) for r in state.resources if _of_aws(r))
    accounts = sorted({match[1] for match in found if match})
    told = [r.inputs.get("region") for r in state.of_type(_PROVIDER)]
    told += [r.outputs.get("region") for r in state.resources if _of_aws(r)]
    return {"accounts": accounts, "regions": sorted({r for r in told if isinstance(r, str)})}


def proposed_of(state: State, findings: Iterable[Finding]) -> dict[str, Any]:
    """The whole document, as the policy pack takes it. findings: of a proof by `own` alone."""
    boundary, found = own(state), list(findings)
    if connections := list(_connections(state, found)):
        boundary["connections"] = connections
    told = (_FOREIGN.search(f["what"]) for f in found if f["rule"] == "CN-004")
    if ids := list(dict.fromkeys(match[1] for match in told if match)):
        boundary["supplied"] = [{"ids": ids, **_UNSIGNED}]
    return {"boundary": boundary}


def unnamed(state: State, findings: Iterable[Finding]) -> list[str]:
    """What only people can name, and where: an account of which no ARN tells, and things of others
    that no id tells of, since the text may be a secret."""
    told = (f for f in findings if f["rule"] == "CN-004" and not _FOREIGN.search(f["what"]))
    things = dict.fromkeys(f"boundary.supplied: {f['resource']} {f['what']}" for f in told)
    accounts = [] if own(state)["accounts"] else ["boundary.accounts: no ARN tells of an account"]
    return [*accounts, *things]


def _connections(state: State, findings: Iterable[Finding]) -> Iterator[dict[str, Any]]:
    """Each thing that joins another network, by its name, with the private ranges behind it; of a
    VPC link, behind which none lie, whom it lets in."""
    by_urn = {resource.urn: resource for resource in state.resources}
    joining = (by_urn[f["urn"]] for f in findings if f["rule"] in _UNNAMED and f["urn"] in by_urn)
    behind: dict[str, dict[str, set[str]]] = {}
    for resource in joining:
        is_link = resource.type == _LINK
        found = _let_in(state, resource) if is_link else _ranges(state, resource)
        told = behind.setdefault(resource.name, {})
        told.setdefault("accounts" if is_link else "cidrs", set()).update(found)
    for name, told in behind.items():
        yield {"name": name, **{key: sorted(told[key]) for key in told}, **_UNSIGNED}


def _let_in(state: State, link: Resource) -> Iterator[str]:
    """The account of API Gateway's in the region of a link, where AWS lists it."""
    region = link.outputs.get("region")
    regions = [region] if isinstance(region, str) else own(state)["regions"]
    if len(regions) == 1 and regions[0] in ACCOUNTS:
        yield ACCOUNTS[regions[0]]


def _ranges(state: State, resource: Resource) -> Iterator[str]:
    """Where a route leads, whom a forwarding rule asks, what VPCs of the program a peering joins,
    or where routes to the thing lead."""
    if "destinationCidrBlock" in resource.inputs:
        yield from _private(resource.inputs["destinationCidrBlock"])
        return
    targets = resource.inputs.get("targetIps")
    for target in targets if isinstance(targets, list) else ():
        yield from _private(f"{target.get('ip')}/32" if isinstance(target, dict) else None)
    if peer := resource.inputs.get("peerVpcId"):
        joined = (r for r in state.of_type(_VPC) if r.id in (peer, resource.inputs.get("vpcId")))
        for vpc in joined:
            yield from _private(vpc.inputs.get("cidrBlock"))
    ids = {resource.id, *_targets(resource)}
    for other in state.resources:
        if not ids.isdisjoint(_targets(other)):
            yield from _private(other.inputs.get("destinationCidrBlock"))


def _targets(resource: Resource) -> Iterator[str]:
    """What a resource leads to; what is encrypted is no text."""
    for key in _TARGETS:
        if isinstance(target := resource.inputs.get(key), str) and target:
            yield target


def _private(block: Any) -> Iterator[str]:
    """The block where it is one of private addresses; a boundary holds no others."""
    try:
        network = ip_network(block) if isinstance(block, str) else None
    except ValueError:
        return
    if isinstance(network, IPv4Network) and any(network.subnet_of(r) for r in PRIVATE_RANGES):
        yield str(network)


def _of_aws(resource: Resource) -> bool:
    return resource.type.startswith("aws:")
