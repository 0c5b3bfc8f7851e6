"""The engine's side of the protocol: a provider over real gRPC, against the embedded AWS."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from werkzeug.serving import make_server

from local.aws.api import create_app, forget
from local.aws.provider import create_servicer
from local.provider_protocol import serve
from local.provider_values import Properties, decode, encode, reveal

REGION = "eu-central-1"


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:test::heiiki::{token}::{name}"


@dataclass
class Made:
    """One resource as the engine's checkpoint would hold it."""

    urn: str
    id: str
    inputs: Properties
    outputs: Properties
    failures: dict[str, str] = field(default_factory=dict)


class EngineSide:
    def __init__(self, port: int, endpoint_url: str):
        self.port, self.endpoint_url = port, endpoint_url
        # A subchannel pool of its own: else channels to one address share a connection.
        options = [("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}", options)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

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
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=REGION,
            endpoint_url=self.endpoint_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

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
        answer = self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn(token, name),
                olds=encode(olds or {}),
                news=encode(inputs),
                randomSeed=seed or f"{token}{name}".encode(),
            )
        )
        return decode(answer.inputs), {f.property: f.reason for f in answer.failures}

    def preview(self, token: str, name: str, inputs: Properties) -> Properties:
        checked, failures = self.check(token, name, inputs)
        assert not failures, failures
        answer = self.stub.Create(
            provider_pb2.CreateRequest(
                urn=urn(token, name), properties=encode(checked), preview=True
            )
        )
        return decode(answer.properties)

    def create(self, token: str, name: str, inputs: Properties) -> Made:
        checked, failures = self.check(token, name, inputs)
        assert not failures, failures
        answer = self.stub.Create(
            provider_pb2.CreateRequest(urn=urn(token, name), properties=encode(checked))
        )
        return Made(urn(token, name), answer.id, checked, decode(answer.properties))

    def diff(self, made: Made, news: Properties) -> Any:
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                id=made.id,
                urn=made.urn,
                olds=encode(made.outputs),
                old_inputs=encode(made.inputs),
                news=encode(news),
            )
        )

    def recheck(self, made: Made, inputs: Properties) -> Properties:
        _, token, name = made.urn.rsplit("::", 2)
        checked, failures = self.check(token, name, inputs, made.inputs)
        assert not failures, failures
        return checked

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

    def imported(self, token: str, name: str, id_: str) -> Made | None:
        return self.refresh(Made(urn(token, name), id_, {}, {}))

    def delete(self, made: Made) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                id=made.id,
                urn=made.urn,
                properties=encode(made.outputs),
                old_inputs=encode(made.inputs),
            )
        )

    def invoke(self, token: str, args: Properties) -> Properties:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode(args)))
        return reveal(decode(getattr(answer, "return")))  # type: ignore[no-any-return]


@contextmanager
def embedded_aws() -> Iterator[str]:
    """The address of a fresh embedded AWS on a free port."""
    forget()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def engine_side(endpoint_url: str, journal_file: Path | None = None) -> Iterator[EngineSide]:
    """A provider of its own, configured for REGION."""
    server = serve(create_servicer(endpoint_url, journal_file))
    side = EngineSide(server.port, endpoint_url)
    try:
        side.configure()
        yield side
    finally:
        side.channel.close()
        server.stop()
