"""The engine's side of the protocol: a provider over real gRPC, against the embedded AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from local.aws.api import forget
from local.aws.provider import create_servicer
from local.provider_protocol import serve
from local.provider_values import Properties, decode, encode, reveal
from tests.embedded_aws import serving_aws
from tests.local.engine_side import Made, Wire, urn_of

__all__ = ["REGION", "EngineSide", "Made", "embedded_aws", "engine_side"]
REGION = "eu-central-1"


@cache
def _client(service: str, endpoint_url: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


class EngineSide(Wire):
    """Resources by type and name, and AWS itself through boto3."""

    def __init__(self, port: int, endpoint_url: str):
        self.port, self.endpoint_url = port, endpoint_url
        # A subchannel pool of its own: else channels to one address share a connection.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
        super().__init__(provider_pb2_grpc.ResourceProviderStub(self.channel))

    @contextmanager
    def sibling(self, **settings: Any) -> Iterator["EngineSide"]:
        """Another provider resource of the same program."""
        side = EngineSide(self.port, self.endpoint_url)
        try:
            side.configure(**settings)
            yield side
        finally:
            side.channel.close()

    def boto(self, service: str) -> Any:
        return _client(service, self.endpoint_url)

    def configure(self, **settings: Any) -> None:
        args = encode({"region": REGION, **settings})
        self.stub.Configure(provider_pb2.ConfigureRequest(args=args, acceptSecrets=True))

    def check(
        self,
        token: str,
        name: str,
        inputs: Properties,
        olds: Properties | None = None,
        seed: bytes = b"",
    ) -> tuple[Properties, dict[str, str]]:
        return self.check_at(urn_of(token, name), inputs, olds, seed)

    def preview(self, token: str, name: str, inputs: Properties) -> Properties:
        return self.preview_at(urn_of(token, name), inputs)

    def create(self, token: str, name: str, inputs: Properties) -> Made:
        return self.create_at(urn_of(token, name), inputs)

    def imported(self, token: str, name: str, id_: str) -> Made | None:
        return self.imported_at(urn_of(token, name), id_)

    def invoke(self, token: str, args: Properties) -> Properties:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode(args)))
        return reveal(decode(getattr(answer, "return")))  # type: ignore[no-any-return]


@contextmanager
def embedded_aws() -> Iterator[str]:
    """The address of an embedded AWS with nothing in it."""
    forget()
    with serving_aws() as url:
        yield url


@contextmanager
def engine_side(endpoint_url: str) -> Iterator[EngineSide]:
    """A provider of its own, configured for REGION."""
    server = serve(create_servicer(endpoint_url))
    side = EngineSide(server.port, endpoint_url)
    try:
        side.configure()
        yield side
    finally:
        side.channel.close()
        server.stop()
