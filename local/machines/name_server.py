"""The VPC's resolver: UDP and TCP, at the second address of the VPC and at 169.254.169.253."""

import socket
import socketserver
import threading
from typing import Any

from dnslib import CLASS, QTYPE, RCODE, RR, A, DNSError, DNSRecord  # type: ignore[import-untyped]

from local.machines.names import Records, addresses_of

TTL_SECONDS = 5  # records change while machines run
LONGEST_UDP = 512


class NameServer:
    """`records` may be replaced at any time; each question reads it anew."""

    def __init__(self) -> None:
        self.records: Records = {}

    def serve(self, listener: socket.socket) -> None:
        over_tcp = listener.type == socket.SOCK_STREAM
        kind = _Tcp if over_tcp else _Udp
        server = kind(listener.getsockname(), _handler(self, over_tcp), bind_and_activate=False)
        server.socket.close()
        server.socket = listener
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def reply(self, question: bytes, limit: int) -> bytes | None:
        """None: not a question; it is dropped."""
        try:
            asked = DNSRecord.parse(question)
        except (DNSError, ValueError, IndexError):
            return None
        if asked.header.qr or not asked.questions:
            return None
        said = asked.reply(ra=1, aa=0)
        name = str(asked.q.qname)
        found = addresses_of(name, self.records)
        if found is None:
            said.header.rcode = RCODE.NXDOMAIN
        elif asked.q.qtype == QTYPE.A and asked.q.qclass == CLASS.IN:
            for address in found:
                said.add_answer(RR(name, QTYPE.A, rdata=A(str(address)), ttl=TTL_SECONDS))
        packed = bytes(said.pack())
        if len(packed) > limit:
            packed = bytes(said.truncate().pack())
        return packed


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who goes away before the answer wants none."""


def _handler(names: NameServer, over_tcp: bool) -> type[socketserver.BaseRequestHandler]:
    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            question, answering = self.request
            if (said := names.reply(question, LONGEST_UDP)) is not None:
                answering.sendto(said, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while len(size := self.rfile.read(2)) == 2:
                said = names.reply(self.rfile.read(int.from_bytes(size, "big")), 65535)
                if said is None:
                    return
                self.wfile.write(len(said).to_bytes(2, "big") + said)

    return Tcp if over_tcp else Udp
