"""What was read as resources, in the form in which the proof engine takes what is declared.

A thing that the stack has recorded keeps its name and URN there, so that the proof speaks of it as
ever, and exceptions hold for it. Anything else is called by its id: a name tag may be written by
whoever opened the network, and would lend it somebody's exception.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pulumi.runtime.rpc import UNKNOWN

from automation.described.calls import Kind
from automation.described.default_groups import told_apart
from automation.described.kept import kept, kept_sources
from automation.described.links import told_with_links
from automation.described.paths import at
from automation.described.reader import Found
from automation.described.records import OTHER_NAMES, Records
from automation.described.scope import Grade, Thing
from automation.described.spread import STANDS_FOR, Spread
from automation.described.tables import DESCRIBED, FIXED, KINDS, is_unread
from automation.state import Resource
from automation.texts import texts

Recorded = dict[str, Any]
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_EVERYBODY: Final = {"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}
_FIXED: Final = {
    **FIXED, **{kind.token: frozenset(kind.fixed) for kind in KINDS if kind.fixed}
}  # fmt: skip
_READ: Final = {kind.token for kind in KINDS} | OTHER_NAMES.keys()  # where it is not elsewhere
_URN: Final = "urn:pulumi:live::heiiki::"


@dataclass
class Described:
    """Resources as they come, and which of the record were not there. silent: services that nobody
    reached, and why."""

    resources: list[Recorded] = field(default_factory=list)
    missing: list[Resource] = field(default_factory=list)
    silent: Mapping[str, str] = field(default_factory=dict)


def resources_of(
    found: Found, records: Records, silent: Mapping[str, str] = MappingProxyType({})
) -> Described:
    """Everything that was read, and what is recorded of what AWS does not tell. What is recorded of
    a service that nobody reached is as it is recorded: whoever asks is told that it was not read.
    """
    told: dict[str, Recorded] = {}
    as_type: set[tuple[int, str]] = set()
    spread = Spread(records.here)
    for kind in KINDS:
        for thing in found.get(kind.call, ()):
            if thing.grade:
                for resource in _of_thing(kind, thing, records, spread, as_type):
                    told.setdefault(resource["urn"], resource)
    reading = Described(silent=silent)
    known = {OTHER_NAMES.get(kind.token, kind.token) for kind in KINDS}
    unasked = {kind.token for kind in KINDS if kind.call.services & silent.keys()}
    elsewhere = records.elsewhere | frozenset(_of_others(found, records, unasked))
    for record in records.resources:
        token = OTHER_NAMES.get(record.type, record.type)
        parts = spread.tokens(record)
        if record.urn in told:
            _write_in(told[record.urn], record, spread)
        elif record.type in STANDS_FOR and parts and not parts & unasked:
            if spread.is_there(record):
                told[record.urn] = _as_found(record, spread)
            else:
                reading.missing.append(record)
        elif token not in known or record.urn in elsewhere:
            told[record.urn] = _unasked(record) if parts & unasked else _as_recorded(record)
        elif token in unasked or record.urn in records.kept_by_others:
            told[record.urn] = _unasked(record)
        else:
            reading.missing.append(record)
    beside = [resource for resource in told.values() if resource["urn"].startswith(_URN)]
    given = _given(found, as_type)
    apart = {r["urn"] for r in beside if r["outputs"]["id"] in given}
    apart |= told_with_links(told.values(), beside, found)
    reading.resources = [resource for resource in told.values() if resource["urn"] not in apart]
    told_apart(reading.resources, {resource["urn"] for resource in beside})
    _add_sources(reading.resources)
    return reading


def _of_thing(
    kind: Kind, thing: Thing, records: Records, spread: Spread, as_type: set[tuple[int, str]]
) -> Iterator[Recorded]:
    if kind.with_ and (id(thing), kind.with_) not in as_type:
        return
    for part in _parts(kind, thing):
        inputs = {
            n: own
            for n, path in kind.inputs.items()
            if (v := at(path, part)) is not None
            and (own := _own(kind, n, v, part, records)) is not None
        }
        id_ = str(at(kind.id, part))
        record = records.find(kind, id_, inputs)
        if kind.where and not at(kind.where, part) and not (kind.or_recorded and record):
            continue
        if spread.has(kind.token, inputs) and record is None:
            continue
        if record is None and (kind.restates or _recorded_otherwise(kind, part, records)):
            continue
        if record is None and spread.bodies.takes(kind.token, part, inputs):
            continue
        if record is not None and _filled_in(kind, record, inputs):
            del inputs["policy"]
        comes = bool(records.resources and kind.comes and at(kind.comes, part))
        made = record is not None or (thing.grade is Grade.MADE and not comes)
        if not made and kind.token not in DESCRIBED:
            continue
        as_type.add((id(thing), kind.token))
        outputs = {n: v for n, path in kind.outputs.items() if (v := at(path, part)) is not None}
        for name, is_choice in kind.chosen.items():
            if (record is None or name not in record.inputs) and at(is_choice, part):
                inputs.pop(name, None)
        inputs.update(dict.fromkeys(kind.unread, UNKNOWN))
        inputs.update(kept(kind, record, outputs))
        urn, type_, name = f"{_URN}{kind.token}::{id_}", kind.token, id_
        if record is not None:
            urn, type_, name, id_ = record.urn, record.type, record.name, record.id
        yield {
            "urn": urn, "type": type_, "name": name, "inputs": inputs,
            "outputs": {**outputs, "id": id_},
            "sources": {} if record is None else kept_sources(record, inputs, kind.held),
            **({} if made else {"described": True}),
        }  # fmt: skip


def _own(kind: Kind, name: str, value: Any, part: Mapping[str, Any], records: Records) -> Any:
    """A property without what a resource of its own is recorded for: of a list that may be some of
    its items, and of anything else all of it."""
    type_, path = kind.apart.get(name, ("", ""))
    ids = at(path, part) if type_ else None
    if isinstance(ids, list):
        pairs = zip(value, ids, strict=True)
        return [item for item, id_ in pairs if not records.has_part(type_, id_)]
    return None if type_ and records.has(type_, str(ids)) else value


def _recorded_otherwise(kind: Kind, part: Mapping[str, Any], records: Records) -> bool:
    """Whether a thing is recorded as a type that may stand for it."""
    others = kind.unless.split()
    return any(records.has(other, str(at(kind.unless_id or kind.id, part))) for other in others)


def _filled_in(kind: Kind, record: Resource, inputs: Mapping[str, Any]) -> bool:
    """Whether a policy is AWS's own, of an endpoint for which the program has asked for none: a
    rule says what that means for its service."""
    if kind.token != _ENDPOINT or record.inputs.get("policy"):
        return False
    try:
        document = json.loads(str(inputs.get("policy")))
        return bool(document["Statement"] in (_EVERYBODY, [_EVERYBODY]))
    except (ValueError, TypeError, KeyError):
        return False


def _parts(kind: Kind, thing: Thing) -> Iterator[Mapping[str, Any]]:
    if not kind.each:
        yield thing.item
        return
    for part in at(kind.each, thing.item) or ():
        yield {**part, "_of": thing.item, "_here": thing.item["_here"]}


def _as_recorded(resource: Resource) -> Recorded:
    """What AWS is not asked about. Of a type that might open something nothing is known; any other
    one could only by naming something of others, and that its record tells, as it was last seen."""
    told = _unasked(resource)
    if resource.type in _READ or is_unread(resource.type):
        fixed = _FIXED.get(resource.type, frozenset())
        known = {k: v if k in fixed else UNKNOWN for k, v in resource.inputs.items()}
        return {**told, "inputs": known, "outputs": {**known, "id": resource.id}}
    return {**told, "of_state": True}


def _write_in(told: Recorded, record: Resource, spread: Spread) -> None:
    """Add to a thing what is recorded in it and was told apart."""
    lists = spread.found(record)
    told["inputs"].update(lists)
    told["sources"].update(kept_sources(record, lists))


def _as_found(record: Resource, spread: Spread) -> Recorded:
    """What stands for several things, with those that are there."""
    _, names = STANDS_FOR[record.type]
    known = {k: v for k, v in record.inputs.items() if k not in names}
    known |= spread.found(record)
    told, sources = _unasked(record), kept_sources(record, known)
    return {**told, "inputs": known, "outputs": {**known, "id": record.id}, "sources": sources}


def _unasked(resource: Resource) -> Recorded:
    """What AWS could not be asked about, as it is recorded."""
    return {
        "urn": resource.urn, "type": resource.type, "name": resource.name,
        "inputs": dict(resource.inputs), "outputs": {**resource.outputs, "id": resource.id},
        "sources": {name: list(urns or ()) for name, urns in resource.sources.items()},
    }  # fmt: skip


def _of_others(found: Found, records: Records, unasked: Set[str]) -> Iterator[str]:
    """The URNs of what is asked for by its key, in what this account does not have."""
    for kind in KINDS:
        if kind.call.by_key and kind.call.of is not None and kind.token not in unasked:
            holders = {i for thing in found.get(kind.call.of, ()) for i in thing.ids}
            for holder in records.held.keys() - holders:
                yield from (r.urn for r in records.held[holder] if r.type == kind.token)


def _given(found: Found, as_type: set[tuple[int, str]]) -> frozenset[str]:
    """The ids of things that AWS lists apart, and that are parts of others that are told."""
    return frozenset(
        id_
        for kind in KINDS
        if kind.gives
        for thing in found.get(kind.call, ())
        if (id(thing), kind.token) in as_type
        for id_ in at(kind.gives, thing.item) or ()
    )


_VERSION: Final = re.compile(r"(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+):.+")
# How an API of API Gateway calls a function.
_INVOKED: Final = re.compile(
    r"arn:[^:]+:apigateway:[^:]*:lambda:path/[^/]+/functions/(arn:.+)/(?:response-streaming-)?"
    "invocations"
)
# Outputs that name what a thing lies in: it is not what gives that its name.
_NOT_GIVEN: Final = ("dhcpOptionsId", "hostVpcId", "ownerId", "peerVpcId", "vpcId")


def _add_sources(resources: Sequence[Recorded]) -> None:
    """Say of each property which resources its ids are of."""
    givers: dict[str, list[str]] = {}
    for resource in resources:
        given = {n: v for n, v in resource["outputs"].items() if n not in _NOT_GIVEN}
        for text in {*texts(given)} - {*texts(resource["inputs"])}:
            givers.setdefault(text, []).append(resource["urn"])
    for resource in resources:
        for name, value in resource["inputs"].items():
            found = {urn for text in _names(value) for urn in givers.get(text, ())}
            found |= {*resource["sources"].get(name, ())} - {resource["urn"]}
            if found and name != "tags":
                resource["sources"][name] = sorted(found)


def _names(value: Any) -> Iterator[str]:
    """What a property may call things by: its texts, those in a document that it holds as text, and
    of a version of a function the function, by whatever it is called."""
    for text in texts(value):
        yield text
        if invoked := _INVOKED.fullmatch(text):
            yield from _names(invoked[1])
        version = _VERSION.fullmatch(text)
        if version:
            yield version[1]
        if text.startswith("{"):
            try:
                named = [*_names(json.loads(text))]
            except (ValueError, RecursionError):  # what nobody reads names nothing
                continue
            yield from named
