"""The few calls by which a member of etcd looks at the others and is taken in, in etcd's JSON form.

Each goes to one named member: who asks decides whom to believe. Source: etcd 3.6, Documentation,
gRPC gateway; server/etcdserver/api/v3rpc (read 2026-11-29).
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from machines.agent.errors import AgentError, short
from machines.agent.machine import Machine
from machines.agent.transport import chunks, exchange

TRY_SECONDS = 5.0


@dataclass(frozen=True)
class Listed:
    """A member as its cluster lists it. name: "" until it has started for the first time."""

    id: str
    name: str
    peer_urls: tuple[str, ...]
    learner: bool


@dataclass(frozen=True)
class Status:
    """What one member says of itself. It needs no majority for it."""

    cluster: str
    member: str
    has_leader: bool
    learner: bool


class EtcdApi:
    """etcd's own API with a client's certificate."""

    def __init__(self, machine: Machine, ca: str, certificate: str, key: str) -> None:
        self._context = context_of(machine, ca, certificate, key)

    def status(self, url: str) -> Status:
        found = self._ask(url, "maintenance/status", {})
        header = _mapping(found.get("header"))
        return Status(
            cluster=str(header.get("cluster_id", "")),
            member=str(header.get("member_id", "")),
            has_leader=str(found.get("leader", "0")) != "0",
            learner=found.get("isLearner") is True,
        )

    def members(self, url: str) -> tuple[Listed, ...]:
        """As most members have agreed: whoever has no majority behind it does not answer."""
        found = self._ask(url, "cluster/member/list", {"linearizable": True})
        rows = found.get("members")
        return tuple(_listed(row) for row in rows) if isinstance(rows, list) else ()

    def remove(self, url: str, member: str) -> None:
        self._ask(url, "cluster/member/remove", {"ID": member})

    def add(self, url: str, peer_url: str) -> Listed:
        asked = {"peerURLs": [peer_url]}
        return _listed(self._ask(url, "cluster/member/add", asked).get("member"))

    def promote(self, url: str, member: str) -> None:
        self._ask(url, "cluster/member/promote", {"ID": member})

    def _ask(self, url: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        content = json.dumps(body).encode()
        with exchange(
            "POST", f"{url}/v3/{path}", headers, content, timeout=TRY_SECONDS,
            context=self._context,
        ) as answer:  # fmt: skip
            said = b"".join(chunks(answer))
        try:
            found = json.loads(said)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise AgentError(f"{url} {path}: the answer is not JSON")
        if answer.status != 200:
            words = found.get("message") or found.get("error") or f"status {answer.status}"
            raise AgentError(f"{url} {path}: {short(str(words))}")
        return found


def context_of(machine: Machine, ca: str, certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(machine.path(ca)))
    context.load_cert_chain(str(machine.path(certificate)), str(machine.path(key)))
    return context


def _listed(row: object) -> Listed:
    found = _mapping(row)
    urls = found.get("peerURLs")
    return Listed(
        id=str(found.get("ID", "")),
        name=str(found.get("name", "")),
        peer_urls=tuple(map(str, urls)) if isinstance(urls, list) else (),
        learner=found.get("isLearner") is True,
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
