"""What a stack's program declares, without an engine: the resources as the engine would get them.

The program runs as in a first preview: no id is known, and nothing is looked up. Each resource is
kept as it is sent, with the resources that each of its properties comes from, so that whoever
judges it can follow what is unknown. What stands in for an output, whoever asks says himself.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN, _special_secret_sig, _special_sig_key

STACK_TYPE = "pulumi:pulumi:Stack"
_SILENT = logging.Logger("declared")  # what a program says on its way, validate and preview say
_SILENT.disabled = True


@dataclass(frozen=True, slots=True)
class DeclaredResource:
    """One resource. inputs: in the engine's wire form; what is unknown, or a secret, as its mark
    of what is unknown. sources: per property, the URNs that its value comes from.
    """

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    sources: dict[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As the proof reads it."""
        return {"urn": self.urn, "type": self.type, "name": self.name, "inputs": self.inputs,
                "sources": self.sources}  # fmt: skip


class _NoLookups(Mocks):
    """A program that asks for something would need an account: it is told so."""

    def call(self, args: MockCallArgs) -> Any:
        raise LookupError(f"the program calls {args.token}, which only AWS answers")

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise AssertionError("registrations are taken before they come here")


class _Monitor(MockMonitor):
    """Keeps every registration as it is sent."""

    def __init__(self, standing_in: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(_NoLookups())
        self._standing_in = standing_in
        self.declared: list[DeclaredResource] = []

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        sources = {key: sorted(d.urns) for key, d in request.propertyDependencies.items() if d.urns}
        inputs = {
            k: _without_secrets(v) for k, v in json_format.MessageToDict(request.object).items()
        }
        self.declared.append(DeclaredResource(urn, request.type, request.name, inputs, sources))
        # Without an id, and with the inputs alone, everything else is unknown, as in a preview.
        outputs = resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        outputs.object.update(self._standing_in.get(request.type, {}))
        return outputs

    def ReadResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=request.properties)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(_special_sig_key) == _special_secret_sig:
            return UNKNOWN
        return {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def declared_by(
    program: Callable[[], object],
    *,
    project: str,
    stack: str,
    standing_in: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[DeclaredResource]:
    """Run a program to its end; every resource that it declares, in the order of registration.

    standing_in: by type, what stands in for outputs that would be unknown.
    What the program raises is raised here.
    """
    monitor = _Monitor(standing_in or {})
    pulumi.runtime.set_mocks(
        _NoLookups(), project=project, stack=stack, preview=True, monitor=monitor,
        organization="organization", logger=_SILENT,
    )  # fmt: skip
    # The decorator waits for registrations, which land asynchronously.
    pulumi.runtime.test(lambda: program() and None)()  # type: ignore[no-untyped-call]
    return [r for r in monitor.declared if r.type != STACK_TYPE]


def as_text(declared: list[DeclaredResource]) -> str:
    """As the proof reads it: JSON."""
    return json.dumps([resource.as_json() for resource in declared], ensure_ascii=False)
