"""The few calls by which a member of etcd looks at the others and is taken in, in etcd's JSON form.

Each goes to one named member: who asks decides whom to believe. Source: etcd 3.6, Documentation,
gRPC gateway; server/etcdserver/api/v3rpc (read 2026-11-29).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from machines.agent.errors import AgentError, short
from machines.agent.machine import Machine
from machines.agent.transport import chunks, exchange, trusting

TRY_SECONDS = 5.0
ALARM = re.compile(r"memberID:(\d+)\s+alarm:(\w+)")
SNAPSHOT_SECONDS = 60.0  # for the next piece of one: etcd reads it from a disk that others write to


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
    leads: bool
    revision: int  # of its own data
    term: int  # of the last entry of the log that it has applied
    index: int  # up to which it knows the log to be agreed on
    applied: int  # the last entry's
    alarms: tuple[tuple[str, str], ...]  # by whom and of what, in the whole cluster
    database_bytes: int
    quota_bytes: int  # 0 where etcd does not say it (before 3.6)


class EtcdApi:
    """etcd's own API with a client's certificate."""

    def __init__(self, machine: Machine, ca: str, certificate: str, key: str) -> None:
        self._context = context_of(machine, ca, certificate, key)

    def status(self, url: str) -> Status:
        found = self._ask(url, "maintenance/status", {})
        header = _mapping(found.get("header"))
        leader, member = str(found.get("leader", "0")), str(header.get("member_id", ""))
        return Status(
            cluster=str(header.get("cluster_id", "")),
            member=member,
            has_leader=leader != "0",
            learner=found.get("isLearner") is True,
            leads=leader == member,
            revision=int(header.get("revision", 0)),
            term=int(found.get("raftTerm", 0)),
            index=int(found.get("raftIndex", 0)),
            applied=int(found.get("raftAppliedIndex", 0)),
            alarms=_alarms(found.get("errors")),
            database_bytes=int(found.get("dbSize", 0)),
            quota_bytes=int(found.get("dbSizeQuota", 0)),
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

    def snapshot(self, url: str) -> Iterator[bytes]:
        """The member's data as they are at one moment, piece by piece, and at their end the SHA-256
        that it has made of them (`Maintenance.Snapshot`, a line of JSON for each piece)."""
        where, rest = f"{url} maintenance/snapshot", b""
        with exchange(
            "POST", f"{url}/v3/maintenance/snapshot", {"Content-Type": "application/json"}, b"{}",
            timeout=SNAPSHOT_SECONDS, context=self._context,
        ) as answer:  # fmt: skip
            if answer.status != 200:
                raise AgentError(f"{where}: status {answer.status}")
            for piece in chunks(answer):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield _blob(line, where)
        if rest.strip():
            yield _blob(rest, where)

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
    return trusting(
        str(machine.path(ca)),
        certificate=str(machine.path(certificate)),
        key=str(machine.path(key)),
    )


def cluster_id_of(peers: Mapping[str, str], token: str) -> str:
    """The id that members who begin together give their cluster, from their peer URLs and their
    token (server/etcdserver/api/membership: computeMemberID, genID)."""
    members = sorted(
        hashlib.sha1(f"{url}{token}".encode(), usedforsecurity=False).digest()[:8]
        for url in peers.values()
    )
    found = hashlib.sha1(b"".join(members), usedforsecurity=False).digest()[:8]
    return str(int.from_bytes(found, "big"))


def _blob(line: bytes, where: str) -> bytes:
    if not line.strip():
        return b""
    try:
        found = _mapping(json.loads(line))
        if "error" in found:
            words = str(_mapping(found["error"]).get("message", "no reason"))
            raise AgentError(f"{where}: {short(words)}")
        return base64.b64decode(_mapping(found.get("result")).get("blob", ""), validate=True)
    except (ValueError, binascii.Error):
        raise AgentError(f"{where}: a piece of it is not JSON") from None


def _alarms(said: object) -> tuple[tuple[str, str], ...]:
    """Of what a member says is wrong. It is asked for no list of alarms, since each such question
    is an entry in the log."""
    rows = said if isinstance(said, list) else []
    return tuple(found.groups() for row in rows if (found := ALARM.match(str(row))))  # type: ignore[misc]


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
