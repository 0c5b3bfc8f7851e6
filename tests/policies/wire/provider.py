"""A provider that answers for each resource what it was told that it becomes.

Whoever asks AWS answers the same, in a preview with what is not known yet marked so. Here ids may
be known in a preview already, as they are after an update.
"""

from collections.abc import Iterable
from concurrent import futures
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.policies.echo_provider import EchoProvider
from tests.policies.wire.sent import Sent


class ToldProvider(EchoProvider):
    """Knows what resources become, by their URNs."""

    def __init__(self) -> None:
        self._becomes: dict[str, Sent] = {}

    def becomes(self, resources: Iterable[Sent]) -> None:
        """In place of what was told before of the same."""
        self._becomes.update({resource.urn: resource for resource in resources})

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Create(self, request: Any, context: Any) -> Any:
        told = self._becomes[request.urn]
        return provider_pb2.CreateResponse(id=told.id, properties=told.outputs)


def serve() -> tuple[grpc.Server, int, ToldProvider]:
    """The provider on a loopback port of its own."""
    provider = ToldProvider()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port, provider
