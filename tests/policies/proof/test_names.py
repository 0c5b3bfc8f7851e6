"""Which names leave: held against a resolver written apart, name by name, and in the examples."""

from ipaddress import IPv4Network
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.build_zones import PrivateZone
from model.dns import (
    Dns,
    FirewallAssociation,
    FirewallRule,
    FirewallRuleGroup,
    ResolverRule,
    ResolverRuleAssociation,
    VpcDns,
)
from model.domains import matches, one_matches, samples
from model.network import Hole
from proof.resolving import Resolver
from rules.boundary import Boundary, Connection, OwnDomains

LABELS = ("a", "b", "data")
NAMES = [".".join(parts) for length in (1, 2, 3) for parts in product(LABELS, repeat=length)]
DOMAINS = st.sampled_from([name for name in NAMES if "data" not in name and name.count(".") < 2])
PATTERNS = st.one_of(DOMAINS, DOMAINS.map("*.{}".format), st.just("*"))
HQ = Connection("to-hq", (IPv4Network("10.9.0.0/16"),), "net team", "their resolvers")
TARGETS = {True: ("10.9.0.53",), False: ("192.0.2.53",)}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Dns, Boundary]:
    """A VPC with rule groups, zones and forwarding rules over few names."""
    groups = {
        f"g{n}": FirewallRuleGroup(f"g{n}", f"g{n}", tuple(draw(_rules())))
        for n in range(draw(st.integers(0, 2)))
    }
    places = draw(st.permutations([101, 102]))
    joined = {
        key: FirewallAssociation(key, key, "vpc", key, place, True)
        for key, place in zip(groups, places, strict=False)
    }
    forwards = draw(st.lists(st.tuples(DOMAINS, st.booleans(), st.booleans()), max_size=2))
    rules = {
        f"r{n}": ResolverRule(
            f"r{n}", "to-hq", domain, "SYSTEM" if system else "FORWARD", TARGETS[inside], None
        )
        for n, (domain, inside, system) in enumerate(dict((f[0], f) for f in forwards).values())
    }
    held = {key: ResolverRuleAssociation(key, key, "vpc", key) for key in rules}
    zones = {
        domain: PrivateZone(domain, domain, domain, (draw(st.sampled_from(["vpc", "other"])),))
        for domain in draw(st.lists(DOMAINS, max_size=2, unique=True))
    }
    own = tuple(draw(st.lists(DOMAINS, max_size=1)))
    dns = Dns(
        {"vpc": VpcDns("vpc")}, groups, joined, rules=rules, rule_associations=held, zones=zones
    )
    return dns, Boundary(connections=(HQ,), domains=(OwnDomains(own, "team", "ours"),))


@st.composite
def _rules(draw: st.DrawFn) -> list[FirewallRule]:
    found = []
    for priority in range(draw(st.integers(0, 3))):
        domains = tuple(draw(st.lists(PATTERNS, min_size=1, max_size=3)))
        action = draw(st.sampled_from(["ALLOW", "BLOCK", "ALERT"]))
        types = draw(st.sampled_from([None, None, "TXT", "AAAA"]))
        found.append(FirewallRule(f"p{priority}", f"p{priority}", priority, action, domains,
                                  types=types))  # fmt: skip
    return found


def fits(pattern: str, name: str) -> bool:
    """The same label by label."""
    wanted, given = pattern.split("."), name.split(".")
    if pattern == "*":
        return True
    if wanted[0] != "*":
        return wanted == given
    rest = wanted[1:]
    return len(given) > len(rest) and given[-len(rest) :] == rest


def under(domain: str, name: str) -> bool:
    return fits(domain, name) or fits(f"*.{domain}", name)


def leaves(dns: Dns, boundary: Boundary, name: str, kind: str) -> bool:
    """Whether one question gets outside, by what AWS writes of each step."""
    for joined in sorted(dns.associations.values(), key=lambda a: a.priority or 0):
        rules = dns.groups[str(joined.group)].rules
        hit = next(
            (
                rule
                for rule in rules
                if rule.types in (None, kind) and any(fits(p, name) for p in rule.domains or ())  # type: ignore[union-attr]
            ),
            None,
        )
        if hit is not None:
            if hit.action == "BLOCK":
                return False
            break
    labels = name.split(".")
    for start in range(len(labels)):  # the most specific domain first
        domain = ".".join(labels[start:])
        rule = next((r for r in dns.rules.values() if r.domain == domain), None)
        if rule is not None and rule.kind == "FORWARD":
            return rule.targets == TARGETS[False]
        zones = [z for z in dns.zones.values() if z.domain == domain and "vpc" in z.vpcs]
        if zones:
            return False
        if rule is not None:  # SYSTEM: as if no rule less specific were there
            up = [".".join(labels[n:]) for n in range(start, len(labels))]
            if any(z.domain in up and "vpc" in z.vpcs for z in dns.zones.values()):
                return False
            break
    return not any(under(domain, name) for domain in boundary.own_domains)


@settings(max_examples=400, deadline=None)
@given(worlds())
def test_every_name_that_leaves_is_told_and_no_other(world: tuple[Dns, Boundary]):
    dns, boundary = world
    resolver = Resolver("vpc", dns, boundary)
    told = {asked.pattern for asked in resolver.asked_outside(worst=True)}
    assert told == {asked.pattern for asked in resolver.asked_outside(worst=False)}
    spoken = {sample.pattern for sample in samples(resolver._spoken_of)}
    for name in NAMES:
        kinds = ("A", "TXT", "AAAA")
        left = any(leaves(dns, boundary, name, kind) for kind in kinds)
        ends = [name.split(".", n)[-1] for n in range(1, name.count(".") + 1)]
        alike = next((p for p in (name, *(f"*.{end}" for end in ends)) if p in spoken), "*")
        assert (alike in told) is left, (name, alike)
    for asked in resolver.asked_outside(worst=True):
        assert leaves(dns, boundary, asked.name, asked.kind), asked


@given(PATTERNS, st.sampled_from(NAMES))
def test_a_pattern_matches_as_its_labels_do(pattern: str, name: str):
    assert matches(pattern.upper() + ".", name) is fits(pattern, name)


LOOSE = DOMAINS.map("*{}.".format) | st.sampled_from(["*.", "."])


@given(st.lists(PATTERNS | LOOSE, max_size=4), st.sampled_from(NAMES))
def test_many_patterns_at_once_say_what_each_says(patterns: list[str], name: str):
    said = {matches(pattern, name) for pattern in patterns}
    expected = True if True in said else None if None in said else False
    assert one_matches(tuple(patterns), name) is expected


def test_a_star_before_a_domain_is_not_the_domain_and_one_before_letters_is_nothing_known():
    assert matches("*.corp.example", "a.b.corp.example") is True
    assert matches("*.corp.example", "corp.example") is False
    assert matches("*.corp.example", "acorp.example") is False
    assert matches("*corp.example", "acorp.example") is None
    assert matches("*corp.example", "corp.test") is False


BLOCK = FirewallRule("block", "block", 200, "BLOCK", ("*",))


def world(*rules: FirewallRule, **more: Any) -> Resolver:
    groups = {"g": FirewallRuleGroup("g", "g", rules)}
    joined = {"j": FirewallAssociation("j", "j", "vpc", "g", 101, True)}
    return Resolver(
        "vpc",
        Dns(**{"vpcs": {"vpc": VpcDns("vpc")}, "groups": groups, "associations": joined, **more}),
        Boundary(),
    )


def patterns(resolver: Resolver, worst: bool) -> set[str]:
    return {asked.pattern for asked in resolver.asked_outside(worst)}


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (FirewallRule("x", "x", 100, "ALLOW", Hole("rslvr-fdl-1")), "which names rule x matches"),
        (FirewallRule("x", "x", 100, "ALERT", None), "which names AWS takes for those of rule x"),
        (FirewallRule("x", "x", None, "ALLOW", ("*",)), "priority and action of rule x"),
        (FirewallRule("x", "x", 100, None, ("*",)), "priority and action of rule x"),
        (FirewallRule("x", "x", 100, "ALLOW", ("*ample",)), "what a * without a dot behind it"),
    ],
)
def test_a_fact_that_is_missing_lets_names_out_perhaps(rule: FirewallRule, why: str):
    resolver = world(rule, BLOCK)
    assert patterns(resolver, worst=False) == set() and patterns(resolver, worst=True)
    assert any(doubt.startswith(why) for doubt in resolver.doubts)


def test_a_block_that_may_not_hold_lets_names_out_perhaps():
    for block in (
        FirewallRule("b", "b", None, "BLOCK", ("*",)),
        FirewallRule("b", "b", 1, "BLOCK", ("*",), types=Hole("its types")),
    ):
        resolver = world(FirewallRule("x", "x", 50, "ALLOW", ("*",)), block)
        assert "*" in patterns(resolver, worst=True)
    only = world(FirewallRule("b", "b", 1, "BLOCK", ("*",), types=Hole("its types")))
    assert patterns(only, worst=False) == set() and "*" in patterns(only, worst=True)
    by_type = world(FirewallRule("b", "b", 1, "BLOCK", ("*",), types="A"))
    assert {asked.kind for asked in by_type.asked_outside(worst=False)} == {"TXT"}


def test_a_resolver_that_is_off_answers_nothing():
    for support, worst, told in ((False, True, False), (None, True, True), (None, False, False)):
        resolver = world(vpcs={"vpc": VpcDns("vpc", support=support)})
        assert bool(patterns(resolver, worst)) is told
