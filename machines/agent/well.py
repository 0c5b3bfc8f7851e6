"""What a member of etcd says in the cluster's bucket while it is well: when, and how far its log
was on its disk. Whoever finds less on the disk later has an older copy of it.

`bootstrap/<cluster>/well/<member>.json` is written over, each time on the condition that nobody
else did (If-Match), and never says less of the same member than before. A person who deletes it
says that what is on the disk shall do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from machines.agent.errors import AgentError, Refused
from machines.agent.etcd_log import End
from machines.agent.machine import Machine

FORMAT = 1
MOST_BYTES = 65_536
TRIES = 3
KEY = re.compile(r"bootstrap/[A-Za-z0-9-]+/well/(?P<member>[a-z0-9-]+)\.json")


def well_key(cluster: str, member: str) -> str:
    return f"bootstrap/{cluster}/well/{member}.json"


def member_of(key: str) -> str | None:
    """Whose word it is; None for a key of something else."""
    found = KEY.fullmatch(key)
    return None if found is None else found["member"]


@dataclass(frozen=True)
class Well:
    """member: its id, which is another one after it was taken in anew. end: that it had on its
    disk, at least. seen: when, in UTC."""

    member: str
    end: End
    seen: str

    def risen(self, earlier: Well | None) -> Well:
        """With what was said of the same member before."""
        if earlier is None or earlier.member != self.member:
            return self
        return Well(self.member, max(self.end, earlier.end), max(self.seen, earlier.seen))


@dataclass(frozen=True)
class Place:
    """Where a member says it. name: the member's."""

    bucket: str
    cluster: str
    name: str

    @property
    def key(self) -> str:
        return well_key(self.cluster, self.name)

    def read(self, machine: Machine) -> Well | None:
        return self._read(machine)[0]

    def say(self, machine: Machine, well: Well) -> None:
        for _ in range(TRIES):
            found, tag = self._read(machine)
            content = _text(self.name, well.risen(found))
            if found is None:
                written = machine.aws.put_new(self.bucket, self.key, content)
            else:
                written = machine.aws.put_over(self.bucket, self.key, content, tag)
            if written:
                return
        raise AgentError(f"{self.key} is written by somebody else too")

    def _read(self, machine: Machine) -> tuple[Well | None, str]:
        if not machine.aws.has_object(self.bucket, self.key):
            return None, ""
        content, tag = machine.aws.read(self.bucket, self.key)
        try:
            found = json.loads(content[:MOST_BYTES])
            if found["format"] != FORMAT or found["member"] != self.name:
                raise ValueError("another's")
            end = End(int(found["term"]), int(found["index"]))
            return Well(str(found["id"]), end, str(found["seen"])), tag
        except (ValueError, KeyError, TypeError):
            raise Refused(f"{self.key} does not say what was seen of {self.name}") from None


def utc(machine: Machine) -> str:
    return machine.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(name: str, well: Well) -> bytes:
    said = {"format": FORMAT, "member": name, "id": well.member, "term": well.end.term,
            "index": well.end.index, "seen": well.seen}  # fmt: skip
    return (json.dumps(said, indent=1, sort_keys=True) + "\n").encode()
