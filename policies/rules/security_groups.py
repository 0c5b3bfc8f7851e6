"""Security groups and the prefix lists they name: where traffic may go to and come from."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rules.addresses import outside_reason
from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, is_set, listed

ALL_PROTOCOLS = ("-1", "all")
PREFIX_LISTS = ("prefixListId", "prefixListIds")
# Link-local addresses that the machine itself, or the VPC beside it, answers: the Pod Identity
# agent (EKS User Guide), metadata, time and the resolver (EC2 User Guide). Read 2026-11-22.
ON_THE_MACHINE = frozenset(
    f"169.254.{last}/32" for last in ("170.23", "169.254", "169.123", "169.253")
)


class Permission(NamedTuple):
    """One rule of a group, whatever resource it is written in; None: nothing is known of it."""

    where: str
    rule: Mapping[str, Any] | None


def permissions(resource: Resource, direction: str) -> Iterator[Permission]:
    """The rules of a direction in a group, or the one that a resource of its own is."""
    if resource.noun in ("SecurityGroup", "DefaultSecurityGroup"):
        for index, rule in each(resource.props.get(direction)):
            yield Permission(f"{direction}{index} ", rule if isinstance(rule, dict) else None)
    elif resource.noun == "SecurityGroupRule":
        # A direction that is unknown in preview, or not one of EC2's two words, may be either.
        other = "ingress" if direction == "egress" else "egress"
        if resource.props.get("type") != other:
            yield Permission("", resource.props)
    else:
        yield Permission("", resource.props)


def _blocks(rule: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"):
        for index, value in each(rule.get(key)):
            yield f"{key}{index}", value


def _outside(direction: str, verb: str) -> Check:
    def check(resource: Resource, boundary: Boundary) -> Iterator[str]:
        for where, rule in permissions(resource, direction):
            if rule is None:
                yield f"{where}is unknown in preview, so it may be any address"
                continue
            for key, value in _blocks(rule):
                reason = outside_reason(value, boundary.ranges)
                if reason and not (direction == "egress" and listed(value, ON_THE_MACHINE)):
                    yield f"{where}{verb} {key}, which {reason}"

    return check


def _all_protocols(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, rule in permissions(resource, "egress"):
        if rule is None:
            continue
        protocol = at(rule, "protocol") if is_set(at(rule, "protocol")) else at(rule, "ipProtocol")
        if protocol is not UNKNOWN and not _every_protocol(protocol):
            continue
        if any(True for _ in _blocks(rule)):
            yield f"{where}lets every protocol out to a CIDR block"
        elif any(is_set(rule.get(key)) for key in PREFIX_LISTS):
            yield f"{where}lets every protocol out to a prefix list"


def _every_protocol(protocol: Any) -> bool:
    """Whether it is the number or the name of all of them, in any of their spellings."""
    if isinstance(protocol, int | float) and not isinstance(protocol, bool):
        return protocol == -1
    return isinstance(protocol, str) and protocol.strip().lower() in ALL_PROTOCOLS


def _prefix_list(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "ManagedPrefixListEntry":
        entries: list[tuple[str, Any]] = [("", resource.props)]
    else:
        entries = [(f"entries{index} ", entry) for index, entry in each(_entries(resource))]
    for where, entry in entries:
        reason = outside_reason(at(entry, "cidr"), boundary.ranges)
        if reason:
            yield f"{where}cidr {reason}"


def _entries(resource: Resource) -> Any:
    """The entries of a list; one entry of which nothing is known when all of them are unknown."""
    entries = resource.props.get("entries")
    return [UNKNOWN] if entries is UNKNOWN else entries


def _default_group(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for direction in ("ingress", "egress"):
        if is_set(resource.props.get(direction)):
            yield f"has {direction} rules"


CHECKS: dict[str, Check] = {
    "CN-100": _outside("egress", "lets traffic out to"),
    "CN-101": _outside("ingress", "lets traffic in from"),
    "CN-102": _all_protocols,
    "CN-103": _default_group,
    "CN-104": _prefix_list,
}
