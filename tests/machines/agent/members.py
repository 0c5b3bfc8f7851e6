"""Members of an etcd cluster, as far as an agent asks them: who they are, and who is well.

As in etcd 3.6: a list is answered by whoever has a majority, members are changed one at a time and
only by such, a learner is promoted when it has caught up. What it does not show is etcd itself:
tests/control_plane/test_etcd.py asks that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from machines.agent.errors import Unreachable

DOMAIN = "etcd.dev.heiiki.internal"


def client_url(name: str) -> str:
    return f"https://{name}.{DOMAIN}:2379"


def peer_url(name: str) -> str:
    return f"https://{name}.{DOMAIN}:2380"


@dataclass
class Entry:
    """One that is listed. host: whose address it has. name: "" until it has started."""

    id: str
    host: str
    name: str
    up: bool = True
    learner: bool = False
    cluster: str = "77"
    leads: bool = False
    revision: int = 9
    term: int = 3
    index: int = 100  # agreed on, and applied
    behind: int = 0
    errors: tuple[str, ...] = ()
    database: tuple[int, int] = (1 << 20, 1 << 32)  # bytes, and of the quota

    @property
    def listed(self) -> dict[str, object]:
        found: dict[str, object] = {"ID": self.id, "peerURLs": [peer_url(self.host)]}
        return found | ({"name": self.name} if self.name else {}) | self._learner

    @property
    def _learner(self) -> dict[str, object]:
        return {"isLearner": True} if self.learner else {}

    @property
    def status(self) -> dict[str, object]:
        header = {"cluster_id": self.cluster, "member_id": self.id, "revision": str(self.revision)}
        return {
            "header": header, "leader": self.id if self.leads else "99", **self._learner,
            "raftTerm": str(self.term), "raftIndex": str(self.index),
            "raftAppliedIndex": str(self.index - self.behind), "errors": list(self.errors),
            "dbSize": str(self.database[0]), "dbSizeQuota": str(self.database[1]),
        }  # fmt: skip


@dataclass
class Members:
    """log: every change. unwell: so many changes are refused first, as by a cluster whose members
    have not been connected for five seconds. behind: so many promotions are."""

    entries: list[Entry] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    unwell: int = 0
    behind: int = 0
    next_id: int = 900
    snapshot: bytes = b""  # as its answer has it

    def answer(self, host: str, path: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        name = host.partition(".")[0]
        asked = next((e for e in self.entries if e.host == name and e.name and e.up), None)
        if asked is None:
            raise Unreachable(f"{host} does not answer: connection refused")
        what = path.removeprefix("/v3/")
        if what == "maintenance/status":
            leads = {} if self._majority else {"leader": "0"}
            return 200, json.dumps({**asked.status, **leads}).encode()
        if asked.learner:
            return _refused("etcdserver: rpc not supported for learner")
        if not self._majority:
            return _refused("etcdserver: no leader")
        if what == "maintenance/snapshot":
            return 200, self.snapshot
        changes: dict[str, Callable[[Mapping[str, object]], tuple[int, bytes]]] = {
            "cluster/member/list": self._list, "cluster/member/remove": self._remove,
            "cluster/member/add": self._add, "cluster/member/promote": self._promote,
        }  # fmt: skip
        return changes[what](body)

    def start(self, name: str) -> None:
        """As etcd.service does: whoever is listed at this address runs, and says its name."""
        for entry in self.entries:
            if entry.host == name:
                entry.name, entry.up = name, True

    @property
    def _majority(self) -> bool:
        votes = [entry for entry in self.entries if not entry.learner]
        return len([entry for entry in votes if entry.up]) > len(votes) // 2

    def _list(self, body: Mapping[str, object]) -> tuple[int, bytes]:
        assert body == {"linearizable": True}
        return 200, json.dumps({"members": [entry.listed for entry in self.entries]}).encode()

    def _remove(self, body: Mapping[str, object]) -> tuple[int, bytes]:
        self.entries = [entry for entry in self.entries if entry.id != body["ID"]]
        self.log.append(f"remove {body['ID']}")
        return 200, b"{}"

    def _add(self, body: Mapping[str, object]) -> tuple[int, bytes]:
        if self.unwell > 0:
            self.unwell -= 1
            return _refused("etcdserver: unhealthy cluster")
        (url,) = body["peerURLs"]  # type: ignore[misc]
        host = url.split("//")[1].partition(".")[0]
        entry = Entry(str(self.next_id), host, "", up=False)
        self.next_id += 1
        self.entries.append(entry)
        self.log.append(f"add {entry.host} as {entry.id}")
        return 200, json.dumps({"member": entry.listed}).encode()

    def _promote(self, body: Mapping[str, object]) -> tuple[int, bytes]:
        if self.behind > 0:
            self.behind -= 1
            return _refused("etcdserver: can only promote a learner member which is in sync")
        (entry,) = [one for one in self.entries if one.id == body["ID"]]
        entry.learner = False
        self.log.append(f"promote {entry.id}")
        return 200, b"{}"


def three(**changes: Entry) -> list[Entry]:
    """The cluster of three, whose 1a has lost its machine."""
    names = {"1a": Entry("1", "1a", "1a", up=False), "1c": Entry("3", "1c", "1c"),
             "1d": Entry("4", "1d", "1d")}  # fmt: skip
    return [entry for entry in (names | changes).values()]


def _refused(message: str) -> tuple[int, bytes]:
    return 400, json.dumps({"code": 9, "message": message}).encode()
