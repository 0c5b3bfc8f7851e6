"""What lets packets through: security groups at an interface, network ACLs at a subnet's edge.

An answer comes in two parts: what surely passes, and what may pass for want of a fact, each with
that fact.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from model.network import (
    Hole,
    Interface,
    Key,
    Network,
    NetworkAcl,
    Reference,
    SecurityGroup,
    SecurityGroupRule,
)
from model.sets import EVERY_ADDRESS, NOTHING, Ranges
from model.traffic import EVERYTHING, Traffic
from proof.folding import folded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Passage:
    """Packets that pass. doubts: the facts that are missing; none where they surely pass."""

    traffic: Traffic
    doubts: tuple[str, ...] = ()


Passages = tuple[Passage, ...]
OPEN: Passages = (Passage(EVERYTHING),)


def both(first: Passages, second: Passages) -> Passages:
    """What passes one and then the other."""
    if first is OPEN or second is OPEN:
        return second if first is OPEN else first
    found = (
        Passage(a.traffic & b.traffic, tuple(dict.fromkeys(a.doubts + b.doubts)))
        for a in first
        for b in second
    )
    return tuple(passage for passage in found if passage.traffic)


class Filters:
    """The filters of a network, each computed once."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._groups: dict[tuple[tuple[Reference, ...], bool, bool], Passages] = {}
        self._acls: dict[tuple[Reference, bool], Passages] = {}

    def outward(self, interface: Interface) -> Passages:
        """What an interface's security groups let out."""
        return self._admitted(interface.security_groups, True, False)

    def inward(self, interface: Interface, across: bool) -> Passages:
        """What they let in. across: it comes over a transit gateway."""
        return self._admitted(interface.security_groups, False, across)

    def leaving(self, acl: Reference) -> Passages:
        """What a network ACL lets out of a subnet."""
        return self._acl(acl, True)

    def entering(self, acl: Reference) -> Passages:
        """What it lets in."""
        return self._acl(acl, False)

    def _admitted(self, groups: tuple[Reference, ...], egress: bool, across: bool) -> Passages:
        """An interface without groups (some load balancers, NAT gateways) filters nothing."""
        if not groups:
            return OPEN
        asked = (tuple(sorted(groups, key=str)), egress, across)
        if asked not in self._groups:
            self._groups[asked] = self._admitted_by(asked[0], egress, across)
        return self._groups[asked]

    def _admitted_by(self, groups: Iterable[Reference], egress: bool, across: bool) -> Passages:
        sure: list[Traffic] = []
        unsure: list[Passage] = []
        for reference in groups:
            group = described(self._network.security_groups, reference)
            if group is None:
                why = f"security group {named(reference)} is not described"
                unsure.append(Passage(EVERYTHING, (why,)))
                continue
            if not group.complete:
                why = f"not all rules of security group {group.name} are described"
                unsure.append(Passage(EVERYTHING, (why,)))
            for rule in group.rules:
                if rule.egress == egress:
                    for traffic, doubts in self._rule(group, rule, across):
                        if doubts:
                            packets = traffic if egress else traffic.mirrored()
                            unsure.append(Passage(packets, doubts))
                        else:
                            sure.append(traffic)
        return (*_passage(folded((each, True) for each in sure), egress), *unsure)

    def _rule(
        self, group: SecurityGroup, rule: SecurityGroupRule, across: bool
    ) -> Iterator[tuple[Traffic, tuple[str, ...]]]:
        """What it admits, by the far side's addresses, and the doubts about that."""
        why = f"which packets rule {rule.name} of security group {group.name} is for"
        untold = () if rule.told else (why,)
        if not rule.peers:
            yield rule.traffic, untold
        for peer in rule.peers:
            addresses, doubts = self._peer(group, peer, across)
            if addresses:
                yield rule.traffic.to(addresses), (*untold, *doubts)

    def _peer(
        self, group: SecurityGroup, peer: Reference, across: bool
    ) -> tuple[Ranges, tuple[str, ...]]:
        """The addresses of those that carry a group that a rule names."""
        other = described(self._network.security_groups, peer)
        if other is None:
            why = f"security group {named(peer)} is not described"
            return self._neighbours(group.vpc), (why,)
        members = self._members.get(peer, NOTHING)
        if across and other.vpc != group.vpc:
            why = f"whether the transit gateway resolves security group {other.name}"
            return members, (why,)
        return members, ()

    def _neighbours(self, vpc: Reference) -> Ranges:
        """Where members of a group may be that a rule may name: the VPC and those peered to it."""
        near = {vpc}
        for peering in self._network.peerings.values():
            if vpc in (peering.requester, peering.accepter):
                near |= {peering.requester, peering.accepter}
        found = NOTHING
        for each in near:
            known = described(self._network.vpcs, each)
            if known is None:
                return EVERY_ADDRESS
            found = found | known.addresses
        return found

    @cached_property
    def _members(self) -> dict[Reference, Ranges]:
        spans: dict[Reference, list[tuple[int, int]]] = {}
        for interface in self._network.interfaces.values():
            subnets = (described(self._network.subnets, each) for each in interface.subnets)
            told = interface.addresses.spans or [
                span for subnet in subnets if subnet for span in subnet.addresses.spans
            ]
            for group in interface.security_groups:
                spans.setdefault(group, []).extend(told)
        return {group: Ranges.of(each) for group, each in spans.items()}

    def _acl(self, reference: Reference, egress: bool) -> Passages:
        asked = (reference, egress)
        if asked not in self._acls:
            acl = described(self._network.network_acls, reference)
            if acl is None:
                why = f"network ACL {named(reference)} is not described"
                self._acls[asked] = (Passage(EVERYTHING, (why,)),)
            elif not acl.complete:
                why = f"not all entries of network ACL {acl.name} are described"
                self._acls[asked] = (Passage(EVERYTHING, (why,)),)
            else:
                self._acls[asked] = _allowed(acl, egress)
        return self._acls[asked]


def _allowed(acl: NetworkAcl, egress: bool) -> Passages:
    """The entries by number; the first that matches decides, and none is a refusal."""
    entries = sorted(acl.entries, key=lambda entry: entry.number)
    allowed = folded((e.traffic, e.allows) for e in entries if e.egress == egress)
    return _passage(allowed, egress)


def _passage(allowed: Traffic, egress: bool) -> Passages:
    """Inwards, the far side is where packets come from."""
    return (Passage(allowed if egress else allowed.mirrored()),) if allowed else ()


def named(reference: Reference) -> str:
    """How an undescribed thing is called."""
    return reference.what if isinstance(reference, Hole) else reference


def described(things: Mapping[Key, T], reference: Reference | None) -> T | None:
    """What a reference leads to, where somebody has described it."""
    return None if reference is None or isinstance(reference, Hole) else things.get(reference)
