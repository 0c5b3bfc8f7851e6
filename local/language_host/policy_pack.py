"""Starts a policy pack once the engine has told which stack it judges.

The engine tells that over the Analyzer protocol, the pack's SDK reads it from its environment when
it starts. So a stand-in listens first, starts the pack with what it was told, and hands calls on,
byte for byte. The official host does the same (github.com/pulumi/pulumi v3.250.0,
sdk/policy_proxy.go). Once the pack listens, the engine is led to the pack itself (door.py).
"""

import json
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent import futures
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from local.language_host.children import Cancelled, Child, Output, follow, why_not_started
from local.language_host.door import Door

# Whole stacks travel in one message.
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_SERVICE = "/pulumirpc.Analyzer/"
_GRACE_SECONDS = 5.0  # for the last answers, at most: on a busy machine they take more than one
_TELL_SECONDS = 30.0  # until the engine asks for what it can be told only then, at most
StackConfiguration = analyzer_pb2.AnalyzerStackConfigureRequest


def stack_environment(configuration: StackConfiguration | None) -> dict[str, str]:
    if configuration is None:
        return {}
    variables = {
        "PULUMI_ORGANIZATION": configuration.organization,
        "PULUMI_PROJECT": configuration.project,
        "PULUMI_STACK": configuration.stack,
        "PULUMI_DRY_RUN": "true" if configuration.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(configuration.config)),
    }
    return {name: value for name, value in variables.items() if value}


def run_policy_pack(
    start: Callable[[Mapping[str, str]], Child], cancelled: Cancelled
) -> Generator[Output, None, int]:
    """Yields what the engine shall read, the door's port first; returns the exit code.

    `start` starts the pack, given the variables that tell it about the stack.
    """
    stand_in = _StandIn()
    cancelled.add_done_callback(lambda _: stand_in.turn_away("the policy pack was not wanted"))
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=_OPTIONS)
    server.add_generic_rpc_handlers((stand_in,))
    door = Door(server.add_insecure_port("127.0.0.1:0"))
    server.start()
    try:
        yield Output("stdout", f"{door.port}\n".encode())
        configuration = stand_in.configuration()
        if cancelled.done():
            return 0
        environment = stack_environment(configuration)
        try:
            pack = start(environment)
        except OSError as error:
            why = why_not_started(error, environment)
            stand_in.reject(f"the policy pack did not start: {why}")
            stand_in.wait_until_told()
            return 1
        try:
            port = _port_of(pack)
            channel = stand_in.reach(port)
            door.lead_to(port)  # before the first answer: with that the engine hears of it
            stand_in.attach(channel)
        except _NotStartedError as error:
            pack.stop()
            # First all that it said, then the error: the engine stops listening at the error.
            exit_code = yield from follow(pack, cancelled)
            stand_in.reject(f"{error}; what it said stands above")
            stand_in.wait_until_told()
            return exit_code
        return (yield from follow(pack, cancelled))
    finally:
        stand_in.reject("the policy pack has ended")
        # Calls that wait get their answer, such as why the pack did not start. Stopped at once they
        # would be told "Cancelling all calls" instead.
        server.stop(_GRACE_SECONDS).wait()
        door.close()


class _NotStartedError(Exception):
    pass


def _port_of(pack: Child) -> int:
    """A pack says its port in its first line."""
    line = pack.stdout.readline()
    if not line.strip().isdigit():
        said = f": it said {line!r} before its port" if line else ""
        raise _NotStartedError(f"the policy pack did not start{said}")
    return int(line)


class _StandIn(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs alone
    """Answers Handshake and ConfigureStack; every other call waits for the pack and goes there."""

    def __init__(self) -> None:
        self._configuration: futures.Future[StackConfiguration | None] = futures.Future()
        self._pack: futures.Future[grpc.Channel] = futures.Future()
        self._lock = threading.Lock()
        self._told = threading.Event()  # that there is no pack, or nobody wants to hear it

    def configuration(self) -> StackConfiguration | None:
        """Waits; None when the engine asks the pack something without naming a stack first."""
        return self._configuration.result()

    def reach(self, port: int) -> grpc.Channel:
        """The way to the pack, which is told about the stack first."""
        channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
        configuration = self._configuration.result()
        if configuration is not None:
            try:
                _call(channel, _SERVICE + "ConfigureStack", configuration.SerializeToString())
            except grpc.RpcError as error:
                # A pack that knows no such call has read its environment.
                if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                    raise _NotStartedError(f"the pack refused: {error.details()}") from error
        return channel

    def attach(self, channel: grpc.Channel) -> None:
        """Calls that wait go there, and all that still come here."""
        self._settle(self._pack, channel)

    def reject(self, why: str) -> None:
        self._settle(self._configuration, None)
        with self._lock:
            if not self._pack.done():
                self._pack.set_exception(_NotStartedError(why))

    def turn_away(self, why: str) -> None:
        """As `reject`, where nobody asks any more."""
        self.reject(why)
        self._told.set()

    def wait_until_told(self) -> None:
        """Why there is no pack. The engine may ask after that is known: a server that had ended by
        then would tell it of a cancelled call."""
        self._told.wait(_TELL_SECONDS)

    def _settle(self, future: futures.Future[Any], value: object) -> None:
        with self._lock:
            if not future.done():
                future.set_result(value)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        method = handler_call_details.method

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            if method == _SERVICE + "Handshake":
                return analyzer_pb2.AnalyzerHandshakeResponse().SerializeToString()
            if method == _SERVICE + "ConfigureStack":
                self._settle(self._configuration, StackConfiguration.FromString(request))
                return analyzer_pb2.AnalyzerStackConfigureResponse().SerializeToString()
            return self._hand_on(method, request, context)

        # None says that there is no such method.
        return grpc.unary_unary_rpc_method_handler(answer) if method.startswith(_SERVICE) else None

    def _hand_on(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        if method == _SERVICE + "Cancel" and not self._pack.done():
            return empty_pb2.Empty().SerializeToString()
        self._settle(self._configuration, None)
        try:
            return _call(self._pack.result(), method, request)
        except grpc.RpcError as error:
            context.set_trailing_metadata(
                tuple((datum.key, datum.value) for datum in error.trailing_metadata() or ())
            )
            _abort(context, error.code(), error.details() or "")
        except _NotStartedError as error:
            self._told.set()
            _abort(context, grpc.StatusCode.UNAVAILABLE, str(error))


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, details: str) -> NoReturn:
    context.abort(code, details)
    raise AssertionError("abort raises")


def _call(channel: grpc.Channel, method: str, request: bytes) -> bytes:
    call = channel.unary_unary(method, bytes, bytes)  # as they are, both ways
    answer: bytes = call(request, wait_for_ready=True)
    return answer
