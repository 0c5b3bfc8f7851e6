"""What the engine has recorded of a stack, as far as heiiki needs it. Secrets stay encrypted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Resource:
    """One recorded resource. id is empty for components.

    sources: the URNs that each input's value came from.
    protect: the engine deletes and replaces it no more, until the mark is taken off. replacing: a
    run has deleted it to make it anew, and was cut off before that.
    """

    urn: str
    type: str
    name: str
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    protect: bool = False
    replacing: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A step that a killed run had begun and nobody knows the end of.

    operation: creating, updating, deleting, reading or importing.
    """

    resource: Resource
    operation: str


@dataclass(frozen=True, slots=True)
class State:
    """A stack's record. time: of its last change, "" for a stack that was never changed."""

    resources: tuple[Resource, ...]
    pending: tuple[Pending, ...]
    time: str

    @classmethod
    def empty(cls) -> "State":
        """The record of a stack that does not exist."""
        return cls((), (), "")

    @classmethod
    def parse(cls, text: str) -> "State":
        """Read what `pulumi stack export` writes."""
        deployment = json.loads(text).get("deployment") or {}
        return cls(
            resources=tuple(_resource(r) for r in deployment.get("resources") or ()),
            pending=tuple(
                Pending(_resource(p["resource"]), p["type"])
                for p in deployment.get("pending_operations") or ()
            ),
            time=(deployment.get("manifest") or {}).get("time", ""),
        )

    def of_type(self, type_token: str) -> list[Resource]:
        """The resources of one type, in the order in which they were made."""
        return [r for r in self.resources if r.type == type_token]

    @property
    def region(self) -> str | None:
        """Where it was made; None where nothing was yet."""
        regions = [r.inputs.get("region") for r in self.of_type("pulumi:providers:aws")]
        return next((region for region in regions if isinstance(region, str)), None)

    @property
    def cut_off(self) -> bool:
        """Whether a run has left steps whose end nobody has found out yet."""
        return bool(self.pending) or any(resource.replacing for resource in self.resources)

    @property
    def managed(self) -> list[Resource]:
        """The resources that exist outside the engine: no components, no providers."""
        return [r for r in self.resources if r.id and not r.type.startswith("pulumi:")]


def _resource(raw: Mapping[str, Any]) -> Resource:
    urn = raw["urn"]
    return Resource(
        urn=urn,
        type=raw["type"],
        name=urn.rsplit("::", 1)[-1],
        id=raw.get("id", ""),
        inputs=raw.get("inputs") or {},
        outputs=raw.get("outputs") or {},
        sources=raw.get("propertyDependencies") or {},
        protect=raw.get("protect") is True,
        replacing=raw.get("pendingReplacement", False),
    )
