"""What tests are given to listen on, and where they are refused."""

import socket
import subprocess
import sys

import pytest

from tests import ports
from tests.ports import free_port, silent_port
from tests.scenarios import ROOT

ASKING = """
import sys
from tests import ports
ports.PORTS = range(int(sys.argv[1]), int(sys.argv[2]))
print(ports.free_port())
"""


def some(monkeypatch: pytest.MonkeyPatch, count: int) -> range:
    """So many, one after another, that nobody has; they are all that there are."""
    while True:
        first = free_port()
        found = range(first, first + count)
        if all(_is_free(port) for port in found[1:]):
            monkeypatch.setattr(ports, "PORTS", found)
            return found


def _is_free(port: int) -> bool:
    with socket.socket() as tried, socket.socket(socket.AF_UNIX) as mark:
        try:
            tried.bind(("127.0.0.1", port))
            mark.bind(f"\0heiiki-test-port-{port}")
        except OSError:
            return False
    return True


def test_a_port_is_given_once_to_all_who_test_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Long before anybody listens there, and to other processes as well."""
    there = some(monkeypatch, 3)
    second = free_port()
    words = [sys.executable, "-c", ASKING, str(there.start), str(there.stop)]
    third = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {second, int(third.stdout)} == {*there[1:]}


def test_a_port_that_somebody_listens_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    there = some(monkeypatch, 3)
    with socket.create_server(("127.0.0.1", there[1])):
        assert free_port() == there[2]


def test_who_comes_to_a_silent_port_is_refused_and_nobody_else_is_given_it() -> None:
    with silent_port() as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=60)
        with pytest.raises(OSError, match="Address already in use"):
            socket.create_server(("127.0.0.1", port))
