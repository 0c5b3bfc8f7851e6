"""What a snapshot of etcd is called, and whether it is whole.

Its name says when it was made, which revision its member had then, and its digest: so who names
one to be restored has named its content too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from machines.agent.errors import AgentError, Refused

STAMP = "%Y%m%dT%H%M%SZ"
HASH_BYTES, PAGE_BYTES = 32, 512  # etcd's own: a database of whole pages, and a SHA-256 behind it
MOST_BYTES = 5 << 30  # that S3 takes at once
KEY = re.compile(
    r"snapshots/(?P<cluster>[A-Za-z0-9][A-Za-z0-9-]*)/(?P=cluster)-(?P<generation>[1-9][0-9]{0,3})/"
    r"(?P<stamp>[0-9]{8}T[0-9]{6}Z)-r(?P<revision>[0-9]+)-(?P<sha256>[0-9a-f]{64})\.db"
)


@dataclass(frozen=True)
class Snapshot:
    """One, by its key. made: in UTC. revision: that its member had at least."""

    key: str
    cluster: str
    generation: int
    made: datetime
    revision: int
    sha256: str


def snapshot_of(key: str) -> Snapshot | None:
    """None for a key of something else."""
    found = KEY.fullmatch(key)
    if found is None:
        return None
    try:
        made = datetime.strptime(found["stamp"], STAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return Snapshot(
        key, found["cluster"], int(found["generation"]), made, int(found["revision"]),
        found["sha256"],
    )  # fmt: skip


def snapshot_key(prefix: str, made: datetime, revision: int, sha256: str) -> str:
    return f"{prefix}/{made.strftime(STAMP)}-r{revision}-{sha256}.db"


class Checked:
    """The pieces of a snapshot on their way. sha256: of all of it, when they have passed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.sha256 = ""

    def __iter__(self) -> Iterator[bytes]:
        """AgentError at the end unless etcd's own hash is there, and right."""
        whole, data = hashlib.sha256(), hashlib.sha256()
        size, last = 0, b""
        for piece in self._pieces:
            size += len(piece)
            if size > MOST_BYTES:
                raise AgentError(f"the snapshot is larger than {MOST_BYTES} bytes")
            whole.update(piece)
            last += piece
            data.update(last[:-HASH_BYTES])
            last = last[-HASH_BYTES:]
            yield piece
        if size % PAGE_BYTES != HASH_BYTES:
            raise AgentError(f"the snapshot is cut off: {size} bytes are no pages and a hash")
        if data.digest() != last:
            raise AgentError("the snapshot does not have the hash that etcd made of it")
        self.sha256 = whole.hexdigest()


def as_named(pieces: Iterable[bytes], snapshot: Snapshot) -> Iterator[bytes]:
    """The pieces; Refused at their end where they are not what the name says. Whoever asks again
    is given the same object."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
        yield piece
    if found.hexdigest() != snapshot.sha256:
        raise Refused(f"{snapshot.key} has digest {found.hexdigest()}; choose another snapshot")
