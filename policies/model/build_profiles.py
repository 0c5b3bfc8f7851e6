"""Route 53 Profiles: what is put into one holds for every VPC that the profile is joined to.

A profile holds rule groups of DNS Firewall, forwarding rules, private zones and endpoints. In a VPC
they stand beside its own: rule groups in the order of all priorities, rules and zones by how
specific they are. (Route 53 developer guide, What are Route 53 Profiles; read 2026-11-29.)
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from model.network import Hole, Key, Reference
from model.nouns import Noun
from model.reading import Reader, number
from rules.nesting import read_json

PROFILE: Final = "aws:route53/profilesProfile:ProfilesProfile"
PROFILE_ASSOCIATION: Final = "aws:route53/profilesAssociation:ProfilesAssociation"
PROFILE_RESOURCE: Final = "aws:route53/profilesResourceAssociation:ProfilesResourceAssociation"
# The kinds by what an ARN calls them.
_KINDS: Final = {
    "firewall-rule-group": Noun.RULE_GROUP,
    "resolver-rule": Noun.RESOLVER_RULE,
    "hostedzone": Noun.HOSTED_ZONE,
    "vpc-endpoint": Noun.VPC_ENDPOINT,
}
_LOGS: Final = "resolver-query-log-config"  # changes no answer
HELD: Final = (Noun.RULE_GROUP, Noun.RESOLVER_RULE, Noun.HOSTED_ZONE, Noun.VPC_ENDPOINT)


class Held(NamedTuple):
    """One thing that a profile gives a VPC. of: a hole where nobody knows what it is, or of a
    profile that nobody describes; then it may be of any kind. key: of the two associations.
    """

    key: Key
    name: str
    vpc: Reference
    of: Reference
    priority: int | None = None


def held(reader: Reader, noun: Noun) -> Iterator[Held]:
    """All things of a kind that profiles give VPCs, and those that may be of it."""
    things = [
        (node, *_held(reader, node))
        for _, node in reader.each(PROFILE_RESOURCE)
        if _called(node) != _LOGS
    ]
    for _, joint in reader.each(PROFILE_ASSOCIATION):
        name = joint.resource.name
        vpc = reader.references.one(joint, "resourceId", Noun.VPC)
        vpc = vpc or Hole(f"the VPC of {name!r}")
        profile = reader.references.one(joint, "profileId", Noun.PROFILE)
        if not isinstance(profile, str):
            what = profile.what if profile is not None else f"the profile of {name!r}"
            yield Held(joint.resource.urn, name, vpc, Hole(f"profile {what}"))
            continue
        for node, of_profile, kind, thing in things:
            if of_profile in (profile, None) and kind in (noun, None):
                key = f"{joint.resource.urn}>{node.resource.urn}"
                properties = _properties(node.resource.props.get("resourceProperties"))
                priority = number(properties.get("priority"))
                yield Held(key, node.resource.name, vpc, thing, priority)


def _held(reader: Reader, node: Any) -> tuple[Key | None, Noun | None, Reference]:
    """The profile, the kind and the thing of one entry; None where it may be any."""
    profile = reader.references.one(node, "profileId", Noun.PROFILE)
    if not isinstance(profile, str):
        return None, None, Hole(f"which profile {node.resource.name!r} is put into")
    for noun in HELD:
        found = reader.references.one(node, "resourceArn", noun)
        if isinstance(found, str):
            return profile, noun, found
    return (
        profile,
        _KINDS.get(_called(node)),
        Hole(f"what {node.resource.name!r} puts into a profile"),
    )


def _called(node: Any) -> str:
    """What the ARN of a thing calls its kind; "" where the ARN is not known."""
    arn = node.resource.props.get("resourceArn")
    return arn.split(":", 5)[-1].partition("/")[0] if isinstance(arn, str) else ""


def _properties(value: Any) -> dict[str, Any]:
    """What is said of a thing in a profile, as JSON."""
    try:
        read = read_json(value) if isinstance(value, str) else None
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {}
