"""The way from the stand-in to the pack, without the engine: real servers, a real client."""

import socket
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from local.language_host.children import Child
from local.language_host.door import GOAWAY, Door, Farewell
from local.language_host.policy_pack import run_policy_pack
from tests.ports import silent_port

SETTINGS = bytes.fromhex("000000 04 00 00000000")
HEADERS = bytes.fromhex("000002 01 00 00000001") + b"he"  # more of the block follows
CONTINUATION = bytes.fromhex("000003 09 04 00000001") + b"ads"
DATA = bytes.fromhex("000004 00 01 00000001") + b"body"
METHOD = "/any.Service/Say"


class Server:
    """Answers every call with its name, and holds back those that ask it to wait."""

    def __init__(self, name: bytes) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            if request == b"wait":
                self.asked.set()
                assert self.go_on.wait(60)
            return name

        class Handler(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # in the stubs alone
            def service(self, _: object) -> "grpc.RpcMethodHandler[bytes, bytes]":
                return grpc.unary_unary_rpc_method_handler(answer)

        self._server = grpc.server(futures.ThreadPoolExecutor(4), handlers=(Handler(),))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        self._server.stop(0).wait()


@pytest.fixture
def first() -> Iterator[Server]:
    server = Server(b"first")
    yield server
    server.stop()


@pytest.fixture
def then() -> Iterator[Server]:
    server = Server(b"then")
    yield server
    server.stop()


@pytest.fixture
def door(first: Server) -> Iterator[Door]:
    door = Door(first.port)
    yield door
    door.close()


@pytest.fixture
def client(door: Door) -> Iterator["grpc.UnaryUnaryMultiCallable[bytes, bytes]"]:
    with grpc.insecure_channel(f"127.0.0.1:{door.port}") as channel:
        yield channel.unary_unary(METHOD, bytes, bytes)


def test_who_came_in_before_goes_on_without_losing_a_call(
    door: Door, first: Server, then: Server, client: "grpc.UnaryUnaryMultiCallable[bytes, bytes]"
) -> None:
    assert client(b"before") == b"first"
    waiting = client.future(b"wait")
    assert first.asked.wait(60)

    door.lead_to(then.port)
    said = [client(b"after") for _ in range(100)]
    first.go_on.set()

    # It is told to come anew with the next frame that the first says, an answer or any other.
    assert set(said[2:]) == {b"then"}
    assert said == sorted(said, key=[b"first", b"then"].index)
    assert waiting.result(60) == b"first"


def test_who_comes_later_is_led_there_at_once(door: Door, then: Server) -> None:
    door.lead_to(then.port)

    with grpc.insecure_channel(f"127.0.0.1:{door.port}") as channel:
        assert channel.unary_unary(METHOD, bytes, bytes)(b"hello") == b"then"


def test_messages_of_any_size_pass(
    door: Door, then: Server, client: "grpc.UnaryUnaryMultiCallable[bytes, bytes]"
) -> None:
    assert client(b"x" * 3_000_000) == b"first"

    door.lead_to(then.port)
    # A client asks again where the farewell meets its call, if it has kept what it asked: 256 KiB.
    assert b"then" in [client(b"small") for _ in range(3)]

    assert client(b"x" * 3_000_000) == b"then"


def test_who_is_led_to_nobody_is_told_so(door: Door) -> None:
    with (
        silent_port() as port,
        grpc.insecure_channel(f"127.0.0.1:{door.port}") as channel,
        pytest.raises(grpc.RpcError) as error,
    ):
        door.lead_to(port)
        channel.unary_unary(METHOD, bytes, bytes)(b"hello")

    assert error.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_closed_door_takes_nobody(door: Door) -> None:
    door.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", door.port))


@pytest.mark.parametrize("size", [1, 2, 5, 9, 11, 1000])
def test_the_farewell_stands_once_between_two_frames_and_nothing_is_lost(size: int) -> None:
    due = threading.Event()
    due.set()
    farewell = Farewell(due)
    said = SETTINGS + DATA + HEADERS + CONTINUATION + DATA

    passed = b"".join(farewell(said[at : at + size]) for at in range(0, len(said), size))

    assert passed == SETTINGS + GOAWAY + DATA + HEADERS + CONTINUATION + DATA


def test_the_farewell_does_not_tear_a_block_of_headers() -> None:
    due = threading.Event()
    farewell = Farewell(due)
    assert farewell(SETTINGS + HEADERS) == SETTINGS + HEADERS

    due.set()

    assert farewell(CONTINUATION + DATA) == CONTINUATION + GOAWAY + DATA


def test_the_servers_settings_come_first_whatever_is_due() -> None:
    due = threading.Event()
    due.set()

    assert Farewell(due)(SETTINGS) == SETTINGS


PACK = """
    from concurrent import futures
    import grpc
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

    class Pack(analyzer_pb2_grpc.AnalyzerServicer):
        def GetPluginInfo(self, request, context):
            return plugin_pb2.PluginInfo(version=context.peer())

    server = grpc.server(futures.ThreadPoolExecutor(4))
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    server.wait_for_termination()
"""


def test_a_pack_is_asked_by_the_engine_itself_as_soon_as_it_listens(tmp_path: Path) -> None:
    pack = tmp_path / "pack.py"
    pack.write_text(textwrap.dedent(PACK))
    cancelled: futures.Future[None] = futures.Future()
    run = run_policy_pack(
        lambda told: Child([sys.executable, "-u", pack], tmp_path, told, capture=True), cancelled
    )
    port = int(next(run).data)
    pool = futures.ThreadPoolExecutor(1)
    ended = pool.submit(list, run)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        engine = analyzer_pb2_grpc.AnalyzerStub(channel)
        engine.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev"))
        peers: list[plugin_pb2.PluginInfo] = [
            engine.GetPluginInfo(empty_pb2.Empty()) for _ in range(5)
        ]
    cancelled.set_result(None)
    ended.result(60)

    assert peers[0].version != peers[-1].version  # the stand-in asked first, the engine later
    assert len({peer.version for peer in peers}) == 2


def test_a_pack_that_linux_does_not_start_is_told_with_its_cause(tmp_path: Path) -> None:
    cancelled: futures.Future[None] = futures.Future()
    run = run_policy_pack(
        lambda told: Child([sys.executable, "-c", ""], tmp_path, told, capture=True), cancelled
    )
    port = int(next(run).data)
    pool = futures.ThreadPoolExecutor(1)
    ended = pool.submit(list, run)
    large = {"tiny:large": "x" * 200_000}
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        engine = analyzer_pb2_grpc.AnalyzerStub(channel)
        engine.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", config=large))
        # Asked when that is known: a host that had ended by then would say that it cancels calls.
        assert not futures.wait([ended], timeout=2).done
        with pytest.raises(grpc.RpcError) as caught:
            engine.GetPluginInfo(empty_pb2.Empty())
    cancelled.set_result(None)
    ended.result(60)

    assert isinstance(caught.value, grpc.Call)
    details = caught.value.details() or ""
    assert details.startswith("the policy pack did not start: Argument list too long")
    assert "PULUMI_CONFIG has 2" in details and "xxx" not in details
