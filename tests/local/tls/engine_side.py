"""The engine's side of the protocol, for providers that need no AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from local.provider_protocol import LocalProvider, serve
from local.provider_values import Properties, encode
from tests.local.engine_side import Made, Wire, urn_of

__all__ = ["EngineSide", "Made", "engine_side"]


class EngineSide(Wire):
    """Resources by type, and by a name where there are several."""

    def check_config(self, **config: Any) -> dict[str, str]:
        answer = self.stub.CheckConfig(provider_pb2.CheckRequest(news=encode(config)))
        return {f.property: f.reason for f in answer.failures}

    def configure(self, **config: Any) -> None:
        request = provider_pb2.ConfigureRequest(args=encode(config), acceptSecrets=True)
        self.stub.Configure(request)

    def faults(self, token: str, inputs: Properties) -> dict[str, str]:
        return self.check_at(urn_of(token, "it"), inputs)[1]

    def preview(self, token: str, inputs: Properties, name: str = "it") -> Properties:
        return self.preview_at(urn_of(token, name), inputs)

    def create(self, token: str, inputs: Properties, name: str = "it", stack: str = "test") -> Made:
        return self.create_at(urn_of(token, name, stack), inputs)

    def difference(self, made: Made, inputs: Properties) -> Any:
        return self.diff(made, self.recheck(made, inputs))

    def changes(self, made: Made, inputs: Properties) -> dict[str, str]:
        """Property path to kind of change."""
        detailed = self.difference(made, inputs).detailedDiff.items()
        return {path: provider_pb2.PropertyDiff.Kind.Name(d.kind) for path, d in detailed}

    def imported(self, token: str, id_: str) -> Made | None:
        return self.imported_at(urn_of(token, "it"), id_)


@contextmanager
def engine_side(provider: LocalProvider) -> Iterator[EngineSide]:
    server = serve(provider)
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
    try:
        yield EngineSide(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        channel.close()
        server.stop()
