"""The proof: what every resource says by itself, where packets may go, whom policies admit."""

from collections.abc import Iterator, Mapping
from functools import reduce
from ipaddress import IPv4Network
from typing import Any

from iam.perimeter import endpoint_reaches_outside, resource_admits_outside, trust_admits_outside
from iam.requests import Closed, Decision, Open, Principal, Request, Undecided
from model.build import Model, build_model
from model.deployment import Deployment
from model.network import Hole, Network, TargetKind
from model.sets import NOTHING, Ranges, addresses
from proof.findings import Finding, Proof
from proof.reach import Leak, leaks, ways_out
from proof.witness import told
from rules.boundary import Boundary, RuleException, name_matches
from rules.endpoints import service_named
from rules.exceptions import boundary_faults, exception_for
from rules.judge import Verdict, judge
from rules.origins import undeclared
from rules.table import ORIGIN
from rules.unknowns import UNKNOWN

# Who answers for a gateway answers for the packets that pass it.
_DOORS = {
    TargetKind.INTERNET_GATEWAY: "CN-010",
    TargetKind.EGRESS_ONLY_INTERNET_GATEWAY: "CN-011",
    TargetKind.NAT_GATEWAY: "CN-012",
}
_KINDS = {
    "Bucket": "bucket",
    "BucketV2": "bucket",
    "Key": "key",
    "ReplicaKey": "key",
    "ExternalKey": "key",
    "Repository": "repository",
    "Queue": "queue",
    "Topic": "topic",
    "Secret": "secret",
    "FileSystem": "file system",
}
_NAME_IT = (
    "Remove the way, or name it under boundary.connections with the private ranges behind it, an "
    "owner and a reason."
)
_NARROW_IT = "Hold the statement to your own accounts or organization, on principals and resources."


def prove(deployment: Deployment, boundary: Boundary) -> Proof:
    """Everything that is open or undecided in a deployment, by the declared boundary."""
    model = build_model(deployment)
    perimeter = list(_policies(model, boundary))
    findings = (
        *_declaration(boundary),
        *_by_itself(deployment, boundary),
        *_reach(model, boundary),
        *(finding for asked in perimeter for finding in asked),
    )
    return Proof(findings, len(deployment.nodes), len(model.network.interfaces), len(perimeter))


def _declaration(boundary: Boundary) -> Iterator[Finding]:
    for fault in boundary_faults(boundary):
        mend = "Repair the policy file."
        yield Finding("boundary", "CN-000", "boundary", "", fault, instead=mend)


def _by_itself(deployment: Deployment, boundary: Boundary) -> Iterator[Finding]:
    """What each resource decides alone, and where its ids come from."""
    verdicts = [v for node in deployment.nodes.values() for v in judge(node.resource, boundary)]
    for resource, what in undeclared(deployment.nodes, boundary):
        verdicts.append(Verdict(ORIGIN, resource, what, exception_for(ORIGIN, resource, boundary)))
    for verdict in verdicts:
        yield Finding(
            "rule",
            verdict.rule.id,
            verdict.resource.name,
            verdict.resource.type,
            verdict.what,
            instead=verdict.rule.remedy,
            answered=_answered(verdict.exception),
        )


def _answered(exception: RuleException | None) -> str:
    if exception is None:
        return ""
    return f"{exception.owner}: {exception.reason} (until {exception.expires})"


def _reach(model: Model, boundary: Boundary) -> Iterator[Finding]:
    """Where packets may go that nobody has named."""
    for key, found in ways_out(model.network).items():
        named = _connections(found, boundary, model.network)
        for leak in leaks(found, NOTHING, named):
            interface = model.network.interfaces[key]
            doubts = "; ".join(leak.doubts)
            yield Finding(
                "reach",
                "",
                interface.name,
                "network interface",
                f"may send packets out by {leak.kind.value} {leak.name}"
                + (f", as far as is known: {doubts}" if doubts else ""),
                witness=told(leak.traffic, leak.path),
                instead=_NAME_IT,
                decided=leak.certain,
                answered=_door(leak, boundary),
            )


def _connections(
    found: tuple[Leak, ...], boundary: Boundary, network: Network
) -> Mapping[str, Ranges]:
    """The ranges that may be reached through each thing on a way that the boundary names.

    What another deployment made has no name here but its id: the routes to it are named.
    """
    called: dict[str, set[str]] = {}
    for leak in found:
        for name in (leak.name, *(hop.name for hop in leak.path)):
            called.setdefault(name, set()).add(name)
        for hop in leak.path:
            table = network.route_tables.get(hop.key)
            for route in table.routes if table is not None else ():
                if isinstance(route.target.of, Hole) and route.target.of.what == leak.key:
                    called[leak.name].add(route.name)
    return {
        thing: reduce(Ranges.__or__, (_ranges(c.cidrs) for c in connections), NOTHING)
        for thing, names in called.items()
        if (connections := [c for name in names for c in boundary.connections_named(name)])
    }


def _ranges(cidrs: tuple[Any, ...]) -> Ranges:
    return addresses(cidr for cidr in cidrs if isinstance(cidr, IPv4Network))


def _door(leak: Leak, boundary: Boundary) -> str:
    """Who answers for the gateway that the packets leave by."""
    rule = _DOORS.get(leak.kind)
    for exception in boundary.exceptions:
        if exception.rule == rule and name_matches(exception.name, leak.name):
            return _answered(exception)
    return ""


def _policies(model: Model, boundary: Boundary) -> Iterator[list[Finding]]:
    """For each policy document what it lets in or out; one list each, most of them empty."""
    for endpoint in model.network.endpoints.values():
        if endpoint.policy is not None:  # without one: CN-083
            service = service_named(endpoint.service)
            region = service.region if service else None
            name = service.name if service else None
            decision = endpoint_reaches_outside(_plain(endpoint.policy), boundary, name, region)
            yield list(_decided(decision, endpoint.name, "VpcEndpoint"))
    for role in model.identities.roles.values():
        yield list(_decided(trust_admits_outside(_plain(role.trust), boundary), role.name, "Role"))
    for store in model.identities.stores.values():
        for document in store.policies:
            if document is not None:
                kind = _KINDS.get(store.kind, store.kind)
                decision = resource_admits_outside(_plain(document), boundary, kind)
                yield list(_decided(decision, store.name, store.kind))


def _plain(document: Any) -> Any:
    return UNKNOWN if isinstance(document, Hole) else document


def _decided(decision: Decision, name: str, kind: str) -> Iterator[Finding]:
    match decision:
        case Closed():
            return
        case Open(request, outside, statement):
            yield Finding(
                "perimeter",
                "",
                name,
                kind,
                f"lets {outside} pass, by {statement}",
                witness=_request(request),
                instead=_NARROW_IT,
            )
        case Undecided(reasons):
            what = f"has a policy of which nobody can say whom it lets pass: {'; '.join(reasons)}"
            yield Finding("perimeter", "", name, kind, what, decided=False, instead=_NARROW_IT)


def _request(request: Request) -> str:
    """A request in one line."""
    held = ", ".join(f"{key} {' '.join(values)}" for key, values in sorted(request.context.items()))
    by = "" if not held else f" with {held}"
    return f"{_who(request.principal)} calls {request.action} on {request.resource}{by}"


def _who(principal: Principal) -> str:
    acting = f" for account {principal.owner.account}" if principal.owner else ""
    return f"{principal.name or principal.kind}{acting}"
