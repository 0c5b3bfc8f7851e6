"""The base of every local provider: the engine's calls, answered in plain Python values.

A provider subclasses LocalProvider. Secret marks are taken off before it sees a value, and put on
whatever it returns under the same name.

Protocol: proto/pulumi/provider.proto of github.com/pulumi/pulumi, v3.250.0.
"""

import abc
from collections.abc import Sequence
from concurrent import futures
from dataclasses import dataclass

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.provider_answers import (
    Checked,
    Difference,
    Failure,
    ProviderError,
    State,
    Subject,
    answering,
    difference_message,
    failure_message,
)
from local.provider_values import Properties, conceal, decode, encode, reveal


class LocalProvider(provider_pb2_grpc.ResourceProviderServicer, abc.ABC):
    """Answers the engine. Subclasses get plain values: no secrets; unknowns as UNKNOWN."""

    package: str
    version: str

    @abc.abstractmethod
    def configure(self, config: Properties) -> None:
        """Raises ProviderError when the configuration cannot be used."""

    @abc.abstractmethod
    def check(self, subject: Subject, olds: Properties, news: Properties, seed: bytes) -> Checked:
        """Defaults filled in and every fault; `olds` are the former inputs, {} for a new one."""

    @abc.abstractmethod
    def diff(
        self, subject: Subject, id_: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Difference:
        """`olds` and `news` are inputs, `outputs` the state as last seen."""

    @abc.abstractmethod
    def create(self, subject: Subject, inputs: Properties, preview: bool) -> State:
        """In a preview the id is "" and what is not yet known is UNKNOWN."""

    @abc.abstractmethod
    def read(
        self, subject: Subject, id_: str, outputs: Properties, inputs: Properties
    ) -> State | None:
        """None when it is gone. Outputs and inputs are {} for an import."""

    @abc.abstractmethod
    def update(
        self,
        subject: Subject,
        id_: str,
        outputs: Properties,
        olds: Properties,
        news: Properties,
        preview: bool,
    ) -> Properties:
        """The new outputs."""

    @abc.abstractmethod
    def delete(self, subject: Subject, id_: str, outputs: Properties, inputs: Properties) -> None:
        """Succeeds when the resource is gone already."""

    def invoke(self, token: str, args: Properties) -> Properties:
        raise ProviderError(
            f"the local {self.package} provider has no function {token}", grpc.StatusCode.NOT_FOUND
        )

    def check_config(self, config: Properties) -> Sequence[Failure]:
        return ()

    # The engine's calls. Names and argument order are the protocol's.

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(
        self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self.version)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        schema = f'{{"name": "{self.package}", "version": "{self.version}"}}'
        return provider_pb2.GetSchemaResponse(schema=schema)

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        news = decode(request.news)
        with answering(context, news):
            failures = self.check_config(reveal(news))
            return provider_pb2.CheckResponse(
                inputs=request.news, failures=[failure_message(f, news) for f in failures]
            )

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        olds, news = reveal(decode(request.old_inputs)), reveal(decode(request.news))
        changed = sorted(k for k in olds.keys() | news.keys() if olds.get(k) != news.get(k))
        kind = (
            provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        )
        return provider_pb2.DiffResponse(changes=kind, diffs=changed)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        config = decode(request.args)
        with answering(context, config):
            self.configure(reveal(config))
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        olds, news = decode(request.olds), decode(request.news)
        with answering(context, news):
            checked = self.check(
                Subject(request.urn), reveal(olds), reveal(news), request.randomSeed
            )
            return provider_pb2.CheckResponse(
                inputs=encode(conceal(checked.inputs, news)),
                failures=[failure_message(f, news) for f in checked.failures],
            )

    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        news = decode(request.news)
        with answering(context, news):
            difference = self.diff(
                Subject(request.urn),
                request.id,
                reveal(decode(request.olds)),
                reveal(decode(request.old_inputs)),
                reveal(news),
            )
            return difference_message(difference)

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        inputs = decode(request.properties)
        with answering(context, inputs):
            state = self.create(Subject(request.urn), reveal(inputs), request.preview)
            return provider_pb2.CreateResponse(
                id=state.id, properties=encode(conceal(state.outputs, inputs))
            )

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        outputs, inputs = decode(request.properties), decode(request.inputs)
        with answering(context, inputs):
            state = self.read(Subject(request.urn), request.id, reveal(outputs), reveal(inputs))
            if state is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(
                id=state.id,
                properties=encode(conceal(conceal(state.outputs, outputs), inputs)),
                inputs=encode(conceal(state.inputs, inputs)),
            )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        news = decode(request.news)
        with answering(context, news):
            outputs = self.update(
                Subject(request.urn),
                request.id,
                reveal(decode(request.olds)),
                reveal(decode(request.old_inputs)),
                reveal(news),
                request.preview,
            )
            return provider_pb2.UpdateResponse(properties=encode(conceal(outputs, news)))

    def Delete(
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        outputs, inputs = decode(request.properties), decode(request.old_inputs)
        with answering(context, outputs):
            self.delete(Subject(request.urn), request.id, reveal(outputs), reveal(inputs))
            return empty_pb2.Empty()

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        args = decode(request.args)
        with answering(context, args):
            answer = provider_pb2.InvokeResponse()
            getattr(answer, "return").CopyFrom(encode(self.invoke(request.tok, reveal(args))))
            return answer

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


@dataclass(frozen=True)
class Server:
    """A provider that listens; `port` goes into PULUMI_DEBUG_PROVIDERS as <package>:<port>."""

    port: int
    grpc_server: grpc.Server

    def stop(self, grace_seconds: float = 0.5) -> None:
        self.grpc_server.stop(grace_seconds).wait()


def serve(provider: LocalProvider, port: int = 0, workers: int = 32) -> Server:
    """Listens on 127.0.0.1; port 0 takes a free one."""
    # The engine's own limit (rpcutil, 400 MiB): user data and policies pass the default of 4 MiB.
    limit_bytes = 400 * 1024 * 1024
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=workers),
        options=[
            ("grpc.max_receive_message_length", limit_bytes),
            ("grpc.max_send_message_length", limit_bytes),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    if bound == 0:
        raise ProviderError(f"port {port} on 127.0.0.1 is taken; free it, or give port 0")
    server.start()
    return Server(bound, server)
