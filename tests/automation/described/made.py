"""A stack that is really made in the embedded AWS, and told in three ways: as its program declares
it, as a state records it, and as AWS has it.

The program runs as in a test of components, but each resource of AWS is made by the provider, and
the program gets what that has become. What somebody then changes is made on top.
"""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from pulumi.runtime.mocks import MockResourceArgs

from automation.aws_calls import Account, account_of
from automation.described.live import as_text
from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import Described, resources_of
from automation.described.tables import calls
from automation.state import State
from local.provider_values import SECRET_SIGNATURE, SIGNATURE_KEY, Secret, reveal
from model.deployment import Deployment, Node
from sources.recorded import read_recorded
from sources.state import read_state
from sources.wire import read_properties
from tests.local.aws.engine_side import EngineSide, Made
from tests.mocks import Recorder, Registration, build

ACCOUNT = "123456789012"


def environment_at(endpoint_url: str | None) -> dict[str, str]:
    """Variables that lead to an embedded AWS alone."""
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {"AWS_ENDPOINT_URL": str(endpoint_url), **keys, **nowhere}


def account_at(endpoint_url: str) -> Account:
    return account_of(environment_at(endpoint_url))


class Making(Recorder):
    """Makes what it records, where that is a resource of AWS."""

    def __init__(self, side: EngineSide) -> None:
        super().__init__(MappingProxyType({}))
        self._side = side
        self.made: dict[tuple[str, str], Made] = {}  # by type and name

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        recorded = super().new_resource(args)
        if not args.typ.startswith("aws:"):
            return recorded
        made = self._side.create(args.typ, args.name, args.inputs)
        self.made[args.typ, args.name] = made
        return made.id, dict(reveal(made.outputs))


@dataclass(frozen=True)
class Entry:
    """One resource of a checkpoint."""

    urn: str
    type: str
    name: str
    made: Made
    sources: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, found: Registration, made: Mapping[tuple[str, str], Made]) -> "Entry":
        own = made.get((found.type, found.name))
        own = own or Made(found.urn, found.id, found.inputs, found.outputs)
        return cls(found.urn, found.type, found.name, own, found.sources)

    @property
    def as_json(self) -> dict[str, Any]:
        """As `pulumi stack export` writes it."""
        return {
            "urn": self.urn, "custom": True, "type": self.type, "id": self.made.id,
            "inputs": _wire(self.made.inputs), "outputs": _wire(self.made.outputs),
            "propertyDependencies": {name: sorted(urns) for name, urns in self.sources.items()},
        }  # fmt: skip


def _wire(value: Any) -> Any:
    """With secrets as a state has them."""
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:of a test"}
    if isinstance(value, Mapping):
        return {key: _wire(item) for key, item in value.items()}
    return [_wire(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass
class Up:
    """A stack that is up in a region of an account. supplied: ids that are taken as supplied."""

    side: EngineSide
    account: Account
    region: str
    partition: str
    supplied: frozenset[str]
    entries: dict[str, Entry] = field(default_factory=dict)

    def make(self, program: Callable[[], object]) -> None:
        self.side.configure(region=self.region)
        making, _ = build(program, recorder=Making(self.side))
        for found in making.registrations:
            self.entries[found.urn] = Entry.of(found, making.made)

    @property
    def export(self) -> str:
        """What `pulumi stack export` would write."""
        listed = [entry.as_json for entry in self.entries.values()]
        return json.dumps({"version": 3, "deployment": {"resources": listed}})

    def by_state(self) -> Deployment:
        return read_state(json.loads(self.export))

    def by_aws(self) -> tuple[Deployment, Described]:
        records = Records(State.parse(self.export).resources, self.region)
        here = {"region": self.region, "account": ACCOUNT, "partition": self.partition}
        reading = Reading(self.account, self.region, here)
        found = reading.run(calls(), records.scope(self.supplied))
        told = resources_of(found, records, reading.silent)
        return read_recorded(json.loads(as_text(told.resources))), told

    def changed(self, after: Mapping[str, Node]) -> "Up":
        """The same stack as somebody has changed it. after: its resources by URN, those that are
        new with ids that AWS would not have given."""
        before = self.by_state().nodes
        change = _Change(self.side, dict(self.entries))
        for node in _in_order([n for urn, n in after.items() if not _same(before.get(urn), n)]):
            change.make(node)
        return replace(self, entries=change.entries)


def _same(before: Node | None, after: Node) -> bool:
    return before is not None and before.resource.props == after.resource.props


def _in_order(nodes: Iterable[Node]) -> list[Node]:
    """Each after those that it takes something from."""
    waiting = {node.resource.urn: node for node in nodes}
    found: list[Node] = []
    while waiting:
        ready = [
            n for n in waiting.values()
            if not frozenset().union(*n.sources.values()) & waiting.keys() - {n.resource.urn}
        ]  # fmt: skip
        assert ready, "a circle"
        found += ready
        for node in ready:
            del waiting[node.resource.urn]
    return found


class _Change:
    """Steps on top of what is there."""

    def __init__(self, side: EngineSide, entries: dict[str, Entry]) -> None:
        self._side, self.entries = side, entries
        self._called: dict[str, str] = {}  # what AWS has called it, by what the test has

    def make(self, node: Node) -> None:
        of, before = node.resource, self.entries.get(node.resource.urn)
        made = self._created(node) if before is None else self._edited(node, before)
        self.entries[of.urn] = Entry(of.urn, of.type, of.name, made, node.sources)

    def _created(self, node: Node) -> Made:
        of = node.resource
        made = self._side.create(of.type, of.name, self._real(dict(of.props)))
        outputs = {**reveal(made.outputs), "id": made.id}
        for name, given in node.outputs().items():
            real = outputs.get(name)
            if isinstance(given, str) and isinstance(real, str) and given != real:
                self._called[given] = real
        return made

    def _edited(self, node: Node, before: Entry) -> Made:
        """With what a test has changed; a state tells no secret, so the rest is as it was made."""
        known = read_properties(_wire(before.made.inputs))
        inputs = {
            key: before.made.inputs[key] if known.get(key) == value else self._real(value)
            for key, value in node.resource.props.items()
        }
        news = self._side.recheck(before.made, inputs)
        assert not self._side.diff(before.made, news).replaces, "others hold on to it"
        return self._side.update(before.made, inputs)

    def _real(self, value: Any) -> Any:
        """With the ids of AWS in place of those of a test."""
        if isinstance(value, Mapping):
            return {key: self._real(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._real(item) for item in value]
        return self._called.get(value, value) if isinstance(value, str) else value
