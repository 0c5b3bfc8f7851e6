"""Prefix lists: own ones by their entries; what AWS keeps in its own, nobody here knows."""

from collections.abc import Iterable, Mapping
from typing import Any

from model.build_vpcs import meant
from model.network import Hole, Key
from model.nouns import ENDPOINT, ENDPOINT_PREFIX_LIST, PREFIX_LIST, Noun
from model.reading import Reader, prefix
from model.sets import Destination, Ranges
from rules.unknowns import UNKNOWN, at, each

ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"

Destinations = tuple[Destination, ...]
PrefixLists = Mapping[Key, Destinations | None]  # None: its entries are not known


def prefix_lists(reader: Reader) -> PrefixLists:
    """Every prefix list of this deployment with its entries."""
    found: dict[Key, Destinations | None] = {}
    for key, node in reader.each(PREFIX_LIST):
        told = (node.resource.props.get("entries"), node.recorded("entries"))
        read = [_inline(entries) for entries in told]
        known = [entries for entries in read if entries is not None]
        found[key] = _joined(known) if len(known) == len(read) else None
    for key, _ in reader.each(ENDPOINT):
        found[key + ENDPOINT_PREFIX_LIST] = None
    for _, node in reader.each(ENTRY):
        doubtful = isinstance(reader.references.one(node, "prefixListId", Noun.PREFIX_LIST), Hole)
        entry = None if doubtful else prefix(node.resource.props.get("cidr"))
        for key in meant(reader, node, "prefixListId", Noun.PREFIX_LIST):
            before = found.get(key)
            found[key] = None if before is None or entry is None else _joined((before, (entry,)))
    return found


def _joined(lists: Iterable[Destinations]) -> Destinations:
    """All entries, each once: a state has seen those, too, that are resources of their own."""
    return tuple(dict.fromkeys(entry for entries in lists for entry in entries))


def _inline(entries: Any) -> Destinations | None:
    if entries is UNKNOWN:
        return None
    found: Destinations = ()
    for _, item in each(entries):
        entry = prefix(at(item, "cidr"))
        if entry is None:
            return None
        found = (*found, entry)
    return found


def addresses_of(lists: PrefixLists, key: object) -> Ranges | None:
    """All addresses of a list; None where they are not known."""
    entries = lists.get(key) if isinstance(key, str) else None
    return None if entries is None else Ranges.of(s for r, _ in entries for s in r.spans)
