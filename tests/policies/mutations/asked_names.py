"""Whether a name that a finding shows is heard outside, by the DNS Firewall rules as they stand.

The rules that are joined to the VPC are gone through in their order, by their own properties and
without the proof's code: the first that matches the name decides, and is the one that is shown.
"""

import json
import re
from collections.abc import Iterator

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.plain import Plain

NAME = re.compile(
    r"(\S+) \((\w+)\): resolver of VPC (\S+)(?: -> DNS Firewall rule (\S+))?"
    r" -> the name's own servers, or where a rule forwards it"
)
JOINT, GROUP = "ResolverFirewallRuleGroupAssociation", "ResolverFirewallRuleGroup"
RULE, LIST = "ResolverFirewallRule", "ResolverFirewallDomainList"


def fault_of_name(reader: Plain, witness: str) -> str:
    """What is not true of a name that is shown; nothing where all of it is."""
    match = NAME.fullmatch(witness)
    if match is None:
        return f"nobody knows what {witness} says"
    name, kind, vpc, shown = match.groups()
    found = [n for n in reader.each("Vpc", "DefaultVpc") if n.resource.name == vpc]
    if not found:
        return f"there is no VPC {vpc}"
    rules = list(_joined(reader, found[0]))
    if any(rule.resource.props.get("priority") is UNKNOWN for rule in rules):
        return "the order of the rules is not known"
    first = next((rule for rule in rules if _matches(reader, rule, name, kind)), None)
    called = None if first is None else first.resource.name
    if called != shown:
        return f"{name} is decided by {called}, not by {shown}"
    if first is not None and first.resource.props["action"] == "BLOCK":
        return f"{called} blocks {name}"
    return ""


def _joined(reader: Plain, vpc: Node) -> Iterator[Node]:
    """The rules of the groups that are joined to a VPC, in the order in which they are asked."""
    joints = [
        (j.resource.props["priority"], reader.one(j, "firewallRuleGroupId", GROUP))
        for j in reader.each(JOINT)
        if reader.one(j, "vpcId", "Vpc") == vpc.resource.urn
    ]
    joints += _by_profiles(reader, vpc)
    for _, group in sorted(joints, key=lambda joint: joint[0]):
        own = [r for r in reader.each(RULE) if reader.one(r, "firewallRuleGroupId", GROUP) == group]
        yield from sorted(own, key=lambda r: r.resource.props["priority"])


def _by_profiles(reader: Plain, vpc: Node) -> Iterator[tuple[int, str | None]]:
    """The groups that profiles join to a VPC, each with its priority."""
    for joint in reader.each("ProfilesAssociation"):
        if reader.one(joint, "resourceId", "Vpc") == vpc.resource.urn:
            profile = reader.one(joint, "profileId", "ProfilesProfile")
            for held in reader.each("ProfilesResourceAssociation"):
                if reader.one(held, "profileId", "ProfilesProfile") == profile:
                    said = json.loads(held.resource.props["resourceProperties"])
                    yield said["priority"], reader.one(held, "resourceArn", GROUP)


def _matches(reader: Plain, rule: Node, name: str, kind: str) -> bool:
    if rule.resource.props.get("qType") not in (None, kind):
        return False
    listed = reader.one(rule, "firewallDomainListId", LIST)
    domains = [d for n in reader.each(LIST) if n.resource.urn == listed
               for d in n.resource.props.get("domains") or []]  # fmt: skip
    return any(_covers(domain.rstrip(".").lower(), name) for domain in domains)


def _covers(domain: str, name: str) -> bool:
    """A * stands before a dot for one label and more, and alone for every name."""
    return domain in ("*", name) or (domain.startswith("*.") and name.endswith(domain[1:]))
