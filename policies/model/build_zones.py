"""Private hosted zones: names that are answered within the VPCs that they are joined to."""

from typing import Final, NamedTuple

from model.build_profiles import held
from model.build_vpcs import vpc_of
from model.network import Hole, Key, Reference
from model.nouns import Noun
from model.reading import Reader, text
from rules.unknowns import UNKNOWN, at, each

ZONE: Final = "aws:route53/zone:Zone"
ZONE_ASSOCIATION: Final = "aws:route53/zoneAssociation:ZoneAssociation"


class PrivateZone(NamedTuple):
    """A hosted zone of VPCs. domain: None where it is not known."""

    key: Key
    name: str
    domain: str | None
    vpcs: tuple[Reference, ...]


def private_zones(reader: Reader) -> dict[Key, PrivateZone]:
    """The zones that a deployment makes, with every VPC that it joins to them.

    One that names no VPC is public (CN-155). A VPC that is joined to a zone of others is left out:
    which names that zone answers is not described.
    """
    joined: dict[Key, list[Reference]] = {}
    for _, node in reader.each(ZONE_ASSOCIATION):
        zone = reader.references.one(node, "zoneId", Noun.HOSTED_ZONE)
        if isinstance(zone, str):
            joined.setdefault(zone, []).append(vpc_of(reader, node))
    for given in held(reader, Noun.HOSTED_ZONE):
        if isinstance(given.of, str):
            joined.setdefault(given.of, []).append(given.vpc)
    found = {}
    for key, node in sorted(reader.each(ZONE), key=lambda made: made[0]):
        listed = node.resource.props.get("vpcs")
        ids = [UNKNOWN if item is UNKNOWN else at(item, "vpcId") for _, item in each(listed)]
        vpcs = reader.references.values(node, "vpcs.vpcId", ids, Noun.VPC)
        if len(vpcs) > len(ids):  # one of several, and nobody knows which
            vpcs = (Hole(f"which VPCs zone {node.resource.name!r} is joined to"),)
        if vpcs:
            domain = text(node.resource.props.get("name")) or None
            found[key] = PrivateZone(key, node.resource.name, domain, (*vpcs, *joined.get(key, ())))
    return found
