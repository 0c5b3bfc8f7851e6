"""Real packets: sent from every interface, and seen where they arrive.

A probe is known by its number: the source port of TCP and UDP, the payload of ICMP. What arrives
is seen by raw sockets, behind the filters of the namespace; the first packet counts, for one packet
out is enough to carry something out.
"""

import contextlib
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv6Address
from select import select
from time import monotonic

from tests.policies.proof.namespaces.kernel import Spaces

FIRST = 20000  # source ports: no two probes share one, so that no translation changes it
TCP, UDP, ICMP, ICMP_V6 = 6, 17, 1, 58
WATCHED = {socket.AF_INET: (TCP, UDP, ICMP), socket.AF_INET6: (TCP, UDP, ICMP_V6)}
ECHO = {ICMP: 8, ICMP_V6: 128}
GRACE_SECONDS = 0.05


@dataclass(frozen=True)
class Probe:
    number: int
    interface: str
    source: str
    destination: str
    protocol: int
    port: int


class Watch:
    """Raw sockets at every end; collects (probe's number, end)."""

    def __init__(self, spaces: Spaces, probes: list[Probe]) -> None:
        self._ends: dict[socket.socket, tuple[str, int]] = {}
        self._probes = {probe.number: probe for probe in probes}
        self.seen: set[tuple[int, str]] = set()
        for name, space in spaces.layout.spaces.items():
            if space.end:
                with spaces.within(name):
                    for family, protocols in WATCHED.items():
                        for protocol in protocols:
                            self._ends[_watching(family, protocol)] = (name, protocol)

    def look(self, expected: set[tuple[int, str]], seconds: float) -> bool:
        """Until all that is expected has been seen and nothing more comes; or for so many seconds.

        Returns whether all of it has been seen.
        """
        until = monotonic() + seconds
        while monotonic() < until:
            ready, _, _ = select(list(self._ends), [], [], GRACE_SECONDS)
            for watching in ready:
                self._read(watching)
            if not ready and expected <= self.seen:
                return True
        return expected <= self.seen

    def _read(self, watching: socket.socket) -> None:
        name, protocol = self._ends[watching]
        with contextlib.suppress(BlockingIOError):
            while True:
                number = self._number(*_packet(watching), protocol)
                if number is not None:
                    self.seen.add((number, name))

    def _number(self, destination: str, body: bytes, protocol: int) -> int | None:
        """Which probe's packet it is; None for answers and whatever else is about."""
        if protocol in ECHO:
            if body[0] != ECHO[protocol] or len(body) < 12:
                return None
            (number,) = struct.unpack("!I", body[8:12])
            port = 0
        else:
            number, port = struct.unpack("!HH", body[:4])
            if protocol == TCP and body[13] & 0x12 != 0x02:
                return None
        probe = self._probes.get(number)
        if probe is None or (probe.destination, probe.port) != (destination, port):
            return None
        return number

    def close(self) -> None:
        for watching in self._ends:
            watching.close()


def _watching(family: int, protocol: int) -> socket.socket:
    watching = socket.socket(family, socket.SOCK_RAW, protocol)
    watching.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    if family == socket.AF_INET6:
        watching.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    watching.setblocking(False)
    return watching


def _packet(watching: socket.socket) -> tuple[str, bytes]:
    """Where a packet goes and what it holds; of IPv6 the kernel keeps the header for itself."""
    packet, told, _, _ = watching.recvmsg(2048, 1024)
    if watching.family == socket.AF_INET6:
        (info,) = (data for _, kind, data in told if kind == socket.IPV6_PKTINFO)
        return str(IPv6Address(info[:16])), packet
    return socket.inet_ntoa(packet[16:20]), packet[(packet[0] & 15) * 4 :]


def send(spaces: Spaces, probes: list[Probe]) -> None:
    """All of them, without waiting for answers."""
    for name in {probe.interface: None for probe in probes}:
        with spaces.within(name):
            for probe in probes:
                if probe.interface == name:
                    _send(probe)


def _send(probe: Probe) -> None:
    kind = {TCP: socket.SOCK_STREAM, UDP: socket.SOCK_DGRAM}.get(probe.protocol, socket.SOCK_RAW)
    family = socket.AF_INET6 if ":" in probe.destination else socket.AF_INET
    with socket.socket(family, kind, probe.protocol) as sending:
        sending.setblocking(False)
        sending.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        to = (probe.destination, probe.port)
        with contextlib.suppress(BlockingIOError, PermissionError):  # a filter may refuse at once
            if probe.protocol in ECHO:
                sending.bind((probe.source, 0))
                to = (probe.destination, 0)
                sending.sendto(_echo(probe.number, ECHO[probe.protocol]), to)
            else:
                sending.bind((probe.source, probe.number))
                if probe.protocol == TCP:
                    sending.connect(to)
                else:
                    sending.sendto(b"probe", to)


def _echo(number: int, kind: int) -> bytes:
    """Of IPv6 the kernel writes the sum itself."""
    body = struct.pack("!BBHHHI", kind, 0, 0, number & 0xFFFF, 1, number)
    total = sum(struct.unpack(f"!{len(body) // 2}H", body))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return body[:2] + struct.pack("!H", ~total & 0xFFFF) + body[4:]
