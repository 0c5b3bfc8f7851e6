"""The engine's side of the protocol: real gRPC, and secrets marked on the wire as the engine marks
them. What is the same for every provider; how a resource is named is each folder's own."""

from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

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


def urn_of(token: str, name: str, stack: str = "test") -> str:
    return f"urn:pulumi:{stack}::heiiki::{token}::{name}"


class Wire:
    """Each call of the engine about one resource, by its URN or as it was made."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub):
        self.stub = stub

    def check_at(
        self, urn: str, inputs: Properties, olds: Properties | None = None, seed: bytes = b""
    ) -> tuple[Properties, dict[str, str]]:
        """The checked inputs, and the reason of each failure by property."""
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn,
                olds=encode(olds or {}),
                news=encode(inputs),
                randomSeed=seed or urn.encode(),
            )
        )
        return decode(answer.inputs), {f.property: f.reason for f in answer.failures}

    def checked(self, urn: str, inputs: Properties, olds: Properties | None = None) -> Properties:
        checked, failures = self.check_at(urn, inputs, olds)
        assert not failures, failures
        return checked

    def recheck(self, made: Made, inputs: Properties) -> Properties:
        return self.checked(made.urn, inputs, made.inputs)

    def preview_at(self, urn: str, inputs: Properties) -> Properties:
        request = provider_pb2.CreateRequest(
            urn=urn, properties=encode(self.checked(urn, inputs)), preview=True
        )
        return decode(self.stub.Create(request).properties)

    def create_at(self, urn: str, inputs: Properties) -> Made:
        checked = self.checked(urn, inputs)
        answer = self.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=encode(checked)))
        return Made(urn, answer.id, checked, decode(answer.properties))

    def diff(self, made: Made, news: Properties) -> Any:
        """news: checked already."""
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=made.id,
                urn=made.urn,
                olds=encode(made.outputs),
                old_inputs=encode(made.inputs),
                news=encode(news),
            )
        )

    def update(self, made: Made, inputs: Properties, preview: bool = False) -> Made:
        news = self.recheck(made, inputs)
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                id=made.id,
                urn=made.urn,
                olds=encode(made.outputs),
                old_inputs=encode(made.inputs),
                news=encode(news),
                preview=preview,
            )
        )
        return Made(made.urn, made.id, news, decode(answer.properties))

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

    def imported_at(self, urn: str, id_: str) -> Made | None:
        return self.refresh(Made(urn, id_, {}, {}))

    def delete(self, made: Made) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=made.id,
                urn=made.urn,
                properties=encode(made.outputs),
                old_inputs=encode(made.inputs),
            )
        )
