"""The life of the host: listen, say the port, serve, and end with the engine."""

import argparse
import os
import select
import signal
import socket
from collections.abc import Sequence
from concurrent import futures

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from local.language_host import children
from local.language_host.host import VERSION, LanguageHost

_LOOK_SECONDS = 1.0


def run(arguments: Sequence[str]) -> None:
    """Never returns; whatever the host started ends with it."""
    engine_address = _engine_address(arguments)
    host = LanguageHost(engine_address)
    server = grpc.server(
        # A policy pack keeps one busy for as long as it runs.
        futures.ThreadPoolExecutor(max_workers=32),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    asked_to_stop, ask_to_stop = os.pipe()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.write(ask_to_stop, b"."))
    server.start()
    print(port, flush=True)
    while not select.select([asked_to_stop], [], [], _LOOK_SECONDS)[0]:
        if _is_gone(host.engine_address):
            break
    children.stop_all()
    server.stop(0)
    # Calls that wait for an engine which is gone would hold an ordinary exit up.
    os._exit(0)


def _engine_address(arguments: Sequence[str]) -> str:
    parser = argparse.ArgumentParser(
        prog="pulumi-language-python", description="Runs Python programs for the Pulumi engine."
    )
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument("--tracing", help="taken for the engine's sake; nothing is traced")
    parser.add_argument("engine_address", nargs="?", default="", help="where the engine listens")
    # The engine may add flags for logging.
    return str(parser.parse_known_args(arguments)[0].engine_address)


def _is_gone(engine_address: str) -> bool:
    """An engine that was killed asks nobody to stop; its port is closed all the same."""
    if not engine_address:
        return False
    address, _, port = engine_address.rpartition(":")
    try:
        socket.create_connection((address, int(port)), timeout=_LOOK_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False  # busy is not gone
    return False
