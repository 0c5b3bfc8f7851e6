"""Where the log of an etcd member ends, read from its files while it does not run.

The log is a folder of segments, `<sequence>-<first index>.wal`, each a row of records: eight bytes
of length (its highest byte says how many bytes of padding follow), and a protobuf message. A zero
length is the room that was reserved and not written yet. Sums are etcd's to check when it starts; a
last record that was torn by a crash counts as written here, which can only make a log look longer.
Source: etcd 3.6, server/storage/wal (encoder.go, decoder.go, walpb/record.proto) and
raft/raftpb/raft.proto (read 2026-11-29); the form is that of 3.0.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from machines.agent.errors import Refused

METADATA, ENTRY, SNAPSHOT = 1, 2, 5  # kinds of records; 3 is a state, 4 a checksum
VARINT, BYTES = 0, 2  # wire types of protobuf
FIXED = {1: 8, 5: 4}  # wire type to bytes
Fields = dict[int, "int | bytes"]


@dataclass(frozen=True, order=True)
class End:
    """A place in the log of a cluster: of two logs the one that ends later has all that was agreed
    on up to the other's end, where that was agreed on (Raft, section 5.4)."""

    term: int
    index: int

    def __str__(self) -> str:
        return f"index {self.index} of term {self.term}"


NOTHING = End(0, 0)


@dataclass(frozen=True)
class Log:
    """member: its id, in decimal digits, as etcd's API has it."""

    member: str
    end: End


def read_log(data: Path) -> Log | None:
    """None where there is no segment. Refused where the files are no log."""
    segments = sorted((data / "member" / "wal").glob("*.wal"))
    if not segments:
        return None
    member, end = "", NOTHING
    # The newest may hold no entry yet, and all the same tell of a snapshot that ends before those
    # of an earlier one. Of a snapshot that others have sent the term is the later one.
    for segment in reversed(segments):
        found, entry, taken = _segment(segment)
        member, end = member or found, max(end, entry or NOTHING, taken)
        if entry is not None:
            break
    if not member:
        raise Refused(f"{segments[-1].name} does not say whose log it is; somebody has to look")
    return Log(member, end)


def _segment(path: Path) -> tuple[str, End | None, End]:
    """Whose it is, its last entry, which replaces what had the same index, and the latest of its
    snapshots."""
    member, last, taken = "", None, NOTHING
    with suppress(ValueError, IndexError):  # torn, or broken: etcd says which, and goes no further
        for record in _records(path):
            fields = _fields(record)
            kind, inner = fields.get(1), fields.get(3, b"")
            if not isinstance(inner, bytes):
                break
            if kind == METADATA:
                member = str(_fields(inner).get(1, ""))
            elif kind == ENTRY:
                entry = _fields(inner, last=3)
                last = End(_number(entry, 2), _number(entry, 3))
            elif kind == SNAPSHOT:
                snapshot = _fields(inner, last=2)
                taken = max(taken, End(_number(snapshot, 2), _number(snapshot, 1)))
    return member, last, taken


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size == 0:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            place = 0
            while place + 8 <= size:
                (length,) = struct.unpack_from("<Q", content, place)
                if length == 0:
                    return
                padding = (length >> 56) & 0x7 if length >> 63 else 0
                begin, length = place + 8, length & ((1 << 56) - 1)
                place = begin + length + padding
                if place > size:
                    return  # torn
                yield content[begin : begin + length]


def _fields(message: bytes, last: int = 0) -> Fields:
    """By number. last: the highest that is asked for; fields come in their order."""
    found: Fields = {}
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if last and number > last:
            break
        if wire == VARINT:
            found[number], place = _varint(message, place)
        elif wire == BYTES:
            length, place = _varint(message, place)
            if place + length > len(message):
                raise ValueError("cut off")
            found[number] = message[place : place + length]
            place += length
        elif wire in FIXED:
            place += FIXED[wire]
        else:
            raise ValueError("no such wire type")
    return found


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError("too long")


def _number(fields: Fields, number: int) -> int:
    found = fields.get(number, 0)
    return found if isinstance(found, int) else 0
