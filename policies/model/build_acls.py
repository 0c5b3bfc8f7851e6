"""Network ACLs: their entries, wherever each is written.

Where an entry is not wholly known, one that allows counts as the widest that it may be, and one
that denies as none: the proof must not lean on what may not be there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final

from model.deployment import Node
from model.network import AclEntry, Hole, Key, NetworkAcl
from model.nouns import DEFAULT_ACL, DEFAULT_NETWORK_ACL, DEFAULT_VPC, NETWORK_ACL, VPC, Noun
from model.reading import Reader, block, number, protocol, traffic
from model.sets import EVERY_ADDRESS, EVERY_IPV4, EVERY_IPV6, NOTHING, Ranges
from model.traffic import EVERYTHING, ICMP, ICMP_V6
from rules.unknowns import UNKNOWN, each, is_set, true

RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"
_BLOCKS: Final = {"cidrBlock": EVERY_IPV4, "ipv6CidrBlock": EVERY_IPV6}
_FIRST_NUMBER: Final = 0  # comes before every number that AWS takes
_DEFAULT_NUMBER: Final = 100  # of the entries that AWS writes into a VPC's default ACL


@dataclass
class _Draft:
    name: str
    entries: list[AclEntry] = field(default_factory=list)
    complete: bool = True


def network_acls(reader: Reader) -> dict[Key, NetworkAcl]:
    """Every network ACL, the default one of each VPC among them."""
    drafts: dict[Key, _Draft] = {}
    for key, node in reader.each(NETWORK_ACL, DEFAULT_ACL):
        drafts[key] = _inline(node)
    for key, node in reader.each(VPC, DEFAULT_VPC):
        drafts.setdefault(key + DEFAULT_NETWORK_ACL, _default(node))
    for _, node in reader.each(RULE):
        _add(reader, drafts, node)
    return {
        key: NetworkAcl(key, draft.name, tuple(_sorted(draft.entries)), draft.complete)
        for key, draft in drafts.items()
    }


def _default(node: Node) -> _Draft:
    entries = [
        AclEntry(_DEFAULT_NUMBER, allows=True, egress=egress, traffic=EVERYTHING)
        for egress in (False, True)
    ]
    return _Draft(f"{node.resource.name} (default)", entries)


def _inline(node: Node) -> _Draft:
    draft = _Draft(node.resource.name)
    for direction in ("ingress", "egress"):
        given, recorded = node.resource.props.get(direction), node.recorded(direction)
        if UNKNOWN in (given, recorded):
            draft.complete = False
            continue
        draft.entries += _both(_listed(given, direction), _listed(recorded, direction), recorded)
    return draft


def _listed(value: Any, direction: str) -> list[AclEntry]:
    egress = direction == "egress"
    return [e for _, item in each(value) for e in _entry(item, egress, "action", "ruleNo")]


def _both(given: list[AclEntry], seen: list[AclEntry], recorded: Any) -> Iterator[AclEntry]:
    """What is asked for with what a state has seen: all that either allows, and what both deny.

    An entry that denies and was only seen may be that of a rule that is gone since.
    """
    for entry in dict.fromkeys((*given, *seen)):
        if entry.allows or (entry in given and (recorded is None or entry in seen)):
            yield entry


def _add(reader: Reader, drafts: dict[Key, _Draft], node: Node) -> None:
    props = node.resource.props
    egress = props.get("egress")
    entries = [
        entry
        for way in (True, False)
        if egress is UNKNOWN or true(egress) is way
        for entry in _entry(props, way, "ruleAction", "ruleNumber")
    ]
    named = reader.references.one(node, "networkAclId", Noun.NETWORK_ACL)
    if isinstance(named, Hole):
        for key in reader.references.candidates(node, "networkAclId", Noun.NETWORK_ACL):
            drafts[key].complete = False
        named = named.what
        drafts.setdefault(named, _Draft(named, complete=False))
    if named is not None:
        drafts[named].entries += entries


def _entry(props: Any, egress: bool, action: str, numbered: str) -> Iterator[AclEntry]:
    """One entry; none where it denies what nobody knows."""
    if not isinstance(props, Mapping):
        yield AclEntry(_FIRST_NUMBER, True, egress, EVERYTHING)
        return
    given = (block(props.get(name), family) or NOTHING for name, family in _BLOCKS.items())
    addresses = reduce(Ranges.__or__, given) or EVERY_ADDRESS
    rank = number(props.get(numbered))
    denies = str(props.get(action)).lower() == "deny"
    if denies and (rank is None or not _certain(props)):
        return
    yield AclEntry(
        rank if rank is not None else _FIRST_NUMBER,
        not denies,
        egress,
        _packets(props, addresses),
    )


def _packets(props: Mapping[str, Any], addresses: Ranges) -> Any:
    return traffic(addresses, props.get("protocol"), props.get("fromPort"), props.get("toPort"))


def _certain(props: Mapping[str, Any]) -> bool:
    """Whether an entry matches exactly what the model says: types of ICMP it does not know."""
    told = (*_BLOCKS, "protocol", "fromPort", "toPort")
    blocks = [name for name in _BLOCKS if is_set(props.get(name))]
    if any(props.get(name) is UNKNOWN for name in told) or len(blocks) != 1:
        return False
    if protocol(props.get("protocol")) not in (ICMP, ICMP_V6):
        return True
    return all(number(props.get(name)) in (None, -1) for name in ("icmpType", "icmpCode"))


def _sorted(entries: list[AclEntry]) -> list[AclEntry]:
    """Each once, by direction and number; of equal numbers what allows comes first, the worst."""
    return sorted(dict.fromkeys(entries), key=lambda e: (e.egress, e.number, not e.allows))
