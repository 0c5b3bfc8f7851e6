"""Names as a way out: for each VPC which names of anybody its machines may ask for.

A question carries what is written in its name to whoever keeps the name's servers, without a route,
a gateway, a security group or a flow log.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from model.build import Model
from model.build_services import RESOLVER_ENDPOINT
from model.deployment import Deployment
from model.network import Hole, Key, Network, Subnet, Target, TargetKind
from model.sets import EVERY_IPV4, EVERY_IPV6, addresses
from proof.answers import DOORS, Answers
from proof.doubts import Doubt
from proof.filters import described
from proof.findings import Finding, answered_by, owned_by
from proof.leaving import vpcs_with_machines
from proof.resolving import Asked, Resolver, shown
from proof.routing import routed
from rules.addresses import PRIVATE_RANGES
from rules.boundary import Boundary, RuleException
from rules.exceptions import exception_for
from rules.model import Resource
from rules.table import BY_ID, NAMES_OUT, UNDECIDED_NAMES


class _Vpc(NamedTuple):
    """A VPC that is asked about, with what knows of it."""

    resource: Resource
    deployment: Deployment
    network: Network
    answers: Answers

    @property
    def boundary(self) -> Boundary:
        return self.answers.boundary


def names_found(deployment: Deployment, model: Model, boundary: Boundary) -> Iterator[Finding]:
    """What each VPC's resolver takes outside, surely or for want of a fact."""
    answers = Answers(deployment, model.network, boundary)
    used = vpcs_with_machines(model.network)
    for key in model.dns.vpcs:
        if key not in deployment.made and key not in used:
            continue  # others' alone: theirs to prove
        resolver = Resolver(key, model.dns, boundary)
        may = resolver.asked_outside(worst=True)
        if not may:
            continue
        vpc = _Vpc(deployment.nodes[key].resource, deployment, model.network, answers)
        surely = resolver.asked_outside(worst=False)
        yield from _open(vpc, resolver, surely)
        known = {asked.pattern for asked in surely}
        unsure = [asked for asked in may if asked.pattern not in known]
        if unsure:
            yield _undecided(vpc, resolver.doubts, unsure)
    yield from _undescribed(deployment, model.network, answers)


def _open(vpc: _Vpc, resolver: Resolver, asked: Iterable[Asked]) -> Iterator[Finding]:
    """One finding for each rule that lets names out."""
    by_rule: dict[str | None, list[Asked]] = {}
    for each in asked:
        by_rule.setdefault(each.rule, []).append(each)
    for rule, found in by_rule.items():
        if rule is not None:
            by, hop = f"DNS Firewall rule {rule}", f" -> DNS Firewall rule {rule}"
        elif resolver.filtered:
            by, hop = "no DNS Firewall rule, which none of them is stopped by", ""
        else:
            by, hop = "no DNS Firewall rule group, since none is joined to it", ""
        what = f"lets {shown(each.pattern for each in found)} be asked outside: {_why(by)}"
        answered = exception_for(NAMES_OUT, vpc.resource, vpc.boundary) or _gateway(vpc)
        yield _finding(vpc, what, _witness(vpc, found, hop), answered_by(answered))


def _why(by: str) -> str:
    return by if by.startswith("no ") else f"by {by}"


def _witness(vpc: _Vpc, found: list[Asked], hop: str) -> str:
    """One name, and its way."""
    one = next((each for each in found if each.pattern == "*"), found[0])
    return (
        f"{one.name} ({one.kind}): resolver of VPC {vpc.resource.name}{hop} -> the name's own "
        "servers, or where a rule forwards it"
    )


def _finding(vpc: _Vpc, what: str, witness: str, answered: str) -> Finding:
    return Finding(
        "names", NAMES_OUT.id, vpc.resource.name, vpc.resource.type, what, witness,
        NAMES_OUT.remedy, answered=answered, urn=vpc.resource.urn,
    )  # fmt: skip


def _undecided(vpc: _Vpc, doubts: tuple[Doubt, ...], asked: list[Asked]) -> Finding:
    rule = UNDECIDED_NAMES
    what = f"may let {shown(each.pattern for each in asked)} be asked outside: {'; '.join(doubts)}"
    supplies = [vpc.answers.supplies(d.about) if d.about is not None else None for d in doubts]
    exception = exception_for(rule, vpc.resource, vpc.boundary) or _gateway(vpc)
    answered = answered_by(exception)
    if not answered and supplies and all(supply is not None for supply in supplies):
        answered = next((owned_by(supply) for supply in supplies if supply is not None), "")
    missing = frozenset(called for doubt in doubts for called in doubt.missing)
    return Finding(
        "names", rule.id, vpc.resource.name, vpc.resource.type, what, "", rule.remedy,
        decided=False, answered=answered, urn=vpc.resource.urn, missing=missing,
    )  # fmt: skip


def _undescribed(deployment: Deployment, network: Network, answers: Answers) -> Iterator[Finding]:
    """VPCs of others that subnets are made in. Of a subnet of others CN-006 speaks."""
    of: dict[Hole, Key] = {}
    for key, subnet in network.subnets.items():
        if isinstance(subnet.vpc, Hole):
            of.setdefault(subnet.vpc, key)
    for hole, key in of.items():
        resource = deployment.nodes[key].resource
        doubt, supply = Doubt(f"VPC {hole.what} is not described", hole), answers.supplies(hole)
        exception = exception_for(UNDECIDED_NAMES, resource, answers.boundary)
        yield Finding(
            "names", UNDECIDED_NAMES.id, resource.name, resource.type,
            f"may let every name be asked outside: {doubt}", "", UNDECIDED_NAMES.remedy,
            decided=False, answered=answered_by(exception) or (owned_by(supply) if supply else ""),
            urn=resource.urn, missing=frozenset(doubt.missing),
        )  # fmt: skip


def _gateway(vpc: _Vpc) -> RuleException | None:
    """Who answers for the gateways to the internet that each subnet of the VPC sends anything by.

    Not where others ask its resolver, too: by a resolver endpoint, or a machine that stands in
    another VPC as well.
    """
    kept = vpc.network
    own = [subnet for subnet in kept.subnets.values() if subnet.vpc == vpc.resource.urn]
    places = {subnet.key for subnet in own}
    for node in vpc.deployment.of_type(RESOLVER_ENDPOINT):
        if places & set(kept.interfaces[node.resource.urn].subnets):
            return None
    machines = [i for i in kept.interfaces.values() if i.workload and places & set(i.subnets)]
    if not all(vpc.answers.vpcs_of(machine) == {vpc.resource.urn} for machine in machines):
        return None
    found = [_door(vpc, subnet) for subnet in own]
    return found[0] if found and all(found) else None


def _door(vpc: _Vpc, subnet: Subnet) -> RuleException | None:
    """The exception of the gateways by which a subnet may send to anybody; None where it may not.

    A route for a block, or one half of all addresses, is no way to whoever a name tells of.
    """
    table = described(vpc.network.route_tables, subnet.route_table)
    sent, found = addresses(PRIVATE_RANGES), None
    for choice in routed(table) if table is not None else ():
        if choice.contested:
            continue
        exception = _exception(vpc, choice.target)
        if exception is not None or choice.target.kind is TargetKind.LOCAL:
            sent, found = sent | choice.destinations, found or exception
    # Of IPv6 a subnet without it sends nothing.
    families = (EVERY_IPV4, EVERY_IPV6 & subnet.addresses and EVERY_IPV6)
    return found if any(every and not every - sent for every in families) else None


def _exception(vpc: _Vpc, target: Target) -> RuleException | None:
    """That of a gateway to the internet which somebody answers for."""
    rule, of = DOORS.get(target.kind), target.of
    node = vpc.deployment.nodes.get(of) if isinstance(of, str) else None
    if rule is None or node is None:
        return None
    return exception_for(BY_ID[rule], node.resource, vpc.boundary)
