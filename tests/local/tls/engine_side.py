"""The engine's side of the protocol, for providers that need no AWS: real gRPC, and secrets marked
on the wire as the engine marks them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from local.provider_protocol import LocalProvider, serve
from local.provider_values import Properties, decode, encode, reveal


@dataclass
class Made:
    """One resource as the engine's checkpoint would hold it, secrets marked."""

    urn: str
    id: str
    inputs: Properties
    outputs: Properties

    def __getitem__(self, name: str) -> Any:
        return reveal(self.outputs)[name]


class EngineSide:
    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub):
        self.stub = stub

    def check_config(self, **config: Any) -> dict[str, str]:
        answer = self.stub.CheckConfig(provider_pb2.CheckRequest(news=encode(config)))
        return {f.property: f.reason for f in answer.failures}

    def configure(self, **config: Any) -> None:
        request = provider_pb2.ConfigureRequest(args=encode(config), acceptSecrets=True)
        self.stub.Configure(request)

    def check(
        self, urn: str, inputs: Properties, olds: Properties | None = None
    ) -> tuple[Properties, dict[str, str]]:
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn, olds=encode(olds or {}), news=encode(inputs), randomSeed=urn.encode()
            )
        )
        return decode(answer.inputs), {f.property: f.reason for f in answer.failures}

    def faults(self, token: str, inputs: Properties) -> dict[str, str]:
        return self.check(_urn(token, "it"), inputs)[1]

    def _checked(self, urn: str, inputs: Properties, olds: Properties | None = None) -> Properties:
        checked, failures = self.check(urn, inputs, olds)
        assert not failures, failures
        return checked

    def preview(self, token: str, inputs: Properties, name: str = "it") -> Properties:
        checked = self._checked(_urn(token, name), inputs)
        request = provider_pb2.CreateRequest(
            urn=_urn(token, name), properties=encode(checked), preview=True
        )
        return decode(self.stub.Create(request).properties)

    def create(self, token: str, inputs: Properties, name: str = "it", stack: str = "test") -> Made:
        urn = _urn(token, name, stack)
        checked = self._checked(urn, inputs)
        request = provider_pb2.CreateRequest(urn=urn, properties=encode(checked))
        answer = self.stub.Create(request)
        return Made(urn, answer.id, checked, decode(answer.properties))

    def diff(self, made: Made, inputs: Properties) -> Any:
        checked = self._checked(made.urn, inputs, made.inputs)
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=made.id,
                urn=made.urn,
                olds=encode(made.outputs),
                old_inputs=encode(made.inputs),
                news=encode(checked),
            )
        )

    def changes(self, made: Made, inputs: Properties) -> dict[str, str]:
        """Property path to kind of change."""
        detailed = self.diff(made, inputs).detailedDiff.items()
        return {path: provider_pb2.PropertyDiff.Kind.Name(d.kind) for path, d in detailed}

    def update(self, made: Made, inputs: Properties, preview: bool = False) -> Made:
        checked = self._checked(made.urn, inputs, made.inputs)
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=made.id,
                urn=made.urn,
                olds=encode(made.outputs),
                old_inputs=encode(made.inputs),
                news=encode(checked),
                preview=preview,
            )
        )
        return Made(made.urn, made.id, checked, decode(answer.properties))

    def refresh(self, made: Made) -> Made | None:
        answer = self.stub.Read(
            provider_pb2.ReadRequest(
                id=made.id,
                urn=made.urn,
                properties=encode(made.outputs),
                inputs=encode(made.inputs),
            )
        )
        if not answer.id:
            return None
        return Made(made.urn, answer.id, decode(answer.inputs), decode(answer.properties))

    def imported(self, token: str, id_: str) -> Made | None:
        return self.refresh(Made(_urn(token, "it"), id_, {}, {}))

    def delete(self, made: Made) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=made.id,
                urn=made.urn,
                properties=encode(made.outputs),
                old_inputs=encode(made.inputs),
            )
        )


def _urn(token: str, name: str, stack: str = "test") -> str:
    return f"urn:pulumi:{stack}::heiiki::{token}::{name}"


@contextmanager
def engine_side(provider: LocalProvider) -> Iterator[EngineSide]:
    server = serve(provider)
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
    try:
        yield EngineSide(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        channel.close()
        server.stop()
