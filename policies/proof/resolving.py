"""Which names a VPC's resolver takes to name servers outside: by DNS Firewall, rules and zones.

A question passes the rules of every rule group that is joined to the VPC, in the order of their
priorities; the first that matches decides, and where none does, it is answered. Then the most
specific of forwarding rules and private zones answers, and where there is none, the name servers of
the name itself, whoever keeps them.

What is missing is taken twice: as bad as it may be, and as good.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from model.dns import Dns, FirewallAssociation, FirewallRule, ResolverRule
from model.domains import matches, normal, one_matches, samples, within
from model.network import Hole, Key
from proof.doubts import Doubt
from rules.addresses import is_private_address
from rules.aws_owned import DNS_SUFFIXES
from rules.boundary import Boundary
from rules.exceptions import exception_for
from rules.model import Resource
from rules.table import BY_ID

_TYPES: Final = ("A", "TXT")  # record types that are asked besides those that rules speak of
_LETS: Final[Mapping[str | None, bool]] = {"ALLOW": True, "ALERT": True, "BLOCK": False}
_FORWARDING: Final = "CN-121"


class Asked(NamedTuple):
    """Names that may be asked outside. rule: of DNS Firewall, by which; None where none matches.

    kind: the type of record by which it passes.
    """

    pattern: str
    name: str
    kind: str
    rule: str | None


class _Filter(NamedTuple):
    """A rule of DNS Firewall in its place. lets: None where its action is not known.

    place: priorities of association and rule, None where one is not known.
    patterns: None where nobody knows which names it matches. sure: whether it is of this VPC.
    """

    name: str
    patterns: tuple[str, ...] | None
    types: str | Hole | None
    lets: bool | None
    place: tuple[int, int] | None
    sure: bool = True

    def matches(self, name: str, kind: str) -> bool | None:
        """Whether it decides on a question, None where that is not known."""
        if isinstance(self.types, str) and self.types.upper() != kind:
            return False
        if self.patterns is None:
            return None
        found = one_matches(self.patterns, name)
        surely = self.sure and not isinstance(self.types, Hole)
        return found if not found or surely else None


class Resolver:
    """The resolver of one VPC."""

    def __init__(self, vpc: Key, dns: Dns, boundary: Boundary) -> None:
        self._vpc = vpc
        self._dns = dns
        self._boundary = boundary
        self._known: dict[tuple[str, str, bool], tuple[bool, str | None]] = {}

    def asked_outside(self, worst: bool) -> list[Asked]:
        """The names that get outside, as samples of all that do."""
        support = self._dns.vpcs[self._vpc].support
        if support is False or (support is None and not worst):
            return []
        found = []
        for sample in samples(self._spoken_of):
            kinds = (k for k in self._kinds if self._passes(sample.name, k, worst)[0])
            kind = next(kinds, None)
            if kind is not None and self._outside(sample.name, worst):
                rule = self._passes(sample.name, kind, worst)[1]
                found.append(Asked(sample.pattern, sample.name, kind, rule))
        return found

    def lets(self, name: str) -> tuple[bool | None, str | None]:
        """Whether machines may ask for a name, None where that is not known; and by which rule."""
        worst, best = self._passes(name, "A", True), self._passes(name, "A", False)
        return (best[0] if worst[0] == best[0] else None), best[1]

    @property
    def filtered(self) -> bool:
        """Whether a rule group is joined to the VPC."""
        return bool(self._filters)

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """What is missing for an answer."""
        return tuple(dict.fromkeys(self._doubts()))

    def _passes(self, name: str, kind: str, worst: bool) -> tuple[bool, str | None]:
        """Found once: many features ask for the same few names."""
        asked = (name, kind, worst)
        if asked not in self._known:
            self._known[asked] = self._passes_by(*asked)
        return self._known[asked]

    def _passes_by(self, name: str, kind: str, worst: bool) -> tuple[bool, str | None]:
        for rule in self._in_order(worst):
            lets = worst if rule.lets is None else rule.lets
            match = rule.matches(name, kind)
            if match or (match is None and lets is worst):
                return lets, rule.name
        return True, None

    def _in_order(self, worst: bool) -> list[_Filter]:
        return self._ordered[worst]

    @cached_property
    def _ordered(self) -> dict[bool, list[_Filter]]:
        """By priority; what has none comes where it does the most harm, or the least."""

        def place(rule: _Filter, worst: bool) -> tuple[int, tuple[int, int]]:
            if rule.place is not None:
                return 0, rule.place
            lets = worst if rule.lets is None else rule.lets
            return (-1 if lets is worst else 1), (0, 0)

        return {
            worst: sorted(self._filters, key=lambda rule: place(rule, worst))
            for worst in (True, False)
        }

    @cached_property
    def _filters(self) -> list[_Filter]:
        return [rule for found in self._joined for rule in self._of(found)]

    @cached_property
    def _joined(self) -> list[FirewallAssociation]:
        """Joined to this VPC, and those of which nobody knows to which."""
        return [
            found
            for found in self._dns.associations.values()
            if found.vpc == self._vpc or (isinstance(found.vpc, Hole) and found.vpc.asked)
        ]

    def _of(self, joined: FirewallAssociation) -> Iterator[_Filter]:
        sure = joined.vpc == self._vpc
        group = None if isinstance(joined.group, Hole) else self._dns.groups.get(joined.group)
        first = joined.priority
        if group is None:
            name = f"of {joined.name}, which is not described"
            yield _Filter(name, None, None, None, None if first is None else (first, 0))
            return
        if not group.complete:
            yield _Filter(f"of {group.name}, which is not described", None, None, None, None)
        for rule in group.rules:
            known = first is not None and rule.priority is not None
            place = (first or 0, rule.priority or 0) if known else None
            lets = _LETS.get(rule.action)
            yield _Filter(rule.name, _patterns(rule), rule.types, lets, place, sure)

    @cached_property
    def _kinds(self) -> tuple[str, ...]:
        spoken = {rule.types.upper() for rule in self._filters if isinstance(rule.types, str)}
        return tuple(dict.fromkeys((*_TYPES, *sorted(spoken))))

    @cached_property
    def _spoken_of(self) -> set[str]:
        """Every domain that anything here says something of."""
        found = {p for rule in self._filters for p in rule.patterns or ()}
        found |= {domain for domain, _ in self._zones}
        found |= {normal(rule.domain) for rule in self._rules if rule.domain} - {""}
        return found | set(DNS_SUFFIXES) | self._boundary.own_domains

    @cached_property
    def _zones(self) -> list[tuple[str, bool]]:
        """The private zones of the VPC; whether it is known that they are."""
        return [
            (normal(zone.domain), self._vpc in zone.vpcs)
            for zone in self._dns.zones.values()
            if zone.domain
            and (self._vpc in zone.vpcs or any(isinstance(vpc, Hole) for vpc in zone.vpcs))
        ]

    @cached_property
    def _rules(self) -> list[ResolverRule]:
        """The rules that hold here and are described."""
        found = (
            self._dns.rules.get(joined.rule)
            for joined in self._dns.rule_associations.values()
            if joined.vpc == self._vpc and isinstance(joined.rule, str)
        )
        return [rule for rule in found if rule is not None]

    @cached_property
    def _unknown_rules(self) -> list[Hole]:
        return [
            joined.rule
            for joined in self._dns.rule_associations.values()
            if joined.vpc == self._vpc and isinstance(joined.rule, Hole)
        ]

    def _outside(self, name: str, worst: bool) -> bool:
        """Whether somebody outside hears a question that is let through."""
        if worst and self._unknown_rules:
            return True
        rules = (rule for rule in self._rules if _forwards(rule, name, worst))
        best = max(rules, key=lambda rule: len(_domain(rule)), default=None)
        zones = (d for d, sure in self._zones if (sure or not worst) and within(d, name))
        zone = max(zones, key=len, default=None)
        forwarded = best is not None and best.kind != "SYSTEM"
        if best is not None and forwarded and len(_domain(best)) >= len(zone or ""):
            return not self._inside(best)
        if zone is not None:
            return False
        own = (*DNS_SUFFIXES, *self._boundary.own_domains)
        return not any(within(domain, name) for domain in own)

    def _inside(self, rule: ResolverRule) -> bool:
        """Whether somebody answers for where a rule forwards to."""
        resource = Resource("aws:route53/resolverRule:ResolverRule", rule.name, rule.key, {})
        if exception_for(BY_ID[_FORWARDING], resource, self._boundary) is not None:
            return True
        ranges = [c for named in self._boundary.connections_named(rule.name) for c in named.cidrs]
        return bool(rule.targets) and all(
            to is not None and is_private_address(to, ranges) for to in rule.targets
        )

    def _doubts(self) -> Iterator[Doubt]:
        if self._dns.vpcs[self._vpc].support is None:
            yield Doubt("whether the VPC's resolver answers at all")
        for joined in self._joined:
            if joined.vpc != self._vpc:
                yield Doubt(f"which VPC {joined.name} filters")
            if isinstance(joined.group, Hole):
                why = f"rule group {joined.group.what} is not described"
                yield Doubt(why, joined.group)
            elif group := self._dns.groups.get(joined.group):
                if not group.complete:
                    yield Doubt(f"not all rules of {group.name} are described")
                for rule in group.rules:
                    yield from _unknown(rule)
            if joined.priority is None:
                yield Doubt(f"the priority of {joined.name}")
        for zone in self._dns.zones.values():
            holes = [vpc for vpc in zone.vpcs if isinstance(vpc, Hole)]
            if zone.domain and holes and self._vpc not in zone.vpcs:
                yield Doubt(f"whether zone {zone.name} is joined to the VPC")
        for hole in self._unknown_rules:
            yield Doubt(f"resolver rule {hole.what} is not described", hole)


def _unknown(rule: FirewallRule) -> Iterator[Doubt]:
    if isinstance(rule.domains, Hole):
        yield Doubt(f"which names rule {rule.name} matches", rule.domains)
    elif rule.domains is None:
        yield Doubt(f"which names AWS takes for those of rule {rule.name}")
    elif any(matches(p, normal(p)[1:]) is None for p in rule.domains):
        yield Doubt(f"what a * without a dot behind it matches, in rule {rule.name}")
    if rule.priority is None or rule.action is None:
        yield Doubt(f"priority and action of rule {rule.name}")
    if isinstance(rule.types, Hole):
        yield Doubt(rule.types.what)


def _patterns(rule: FirewallRule) -> tuple[str, ...] | None:
    return rule.domains if isinstance(rule.domains, tuple) else None


def _domain(rule: ResolverRule) -> str:
    return normal(rule.domain or "")


def _forwards(rule: ResolverRule, name: str, worst: bool) -> bool:
    """Whether a rule is for a name; `.` is for every one, and one that is not known for any."""
    if rule.domain is None:
        return worst
    return _domain(rule) == "" or within(_domain(rule), name)


def shown(patterns: Iterable[str], most: int = 3) -> str:
    """Patterns as people say them."""
    listed = list(dict.fromkeys(patterns))
    if "*" in listed:
        return "every name that is not listed" if len(listed) > 1 else "every name"
    told = [f"names under {p[2:]}" if p.startswith("*.") else p for p in listed]
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return ", ".join(told[:most]) + more
