"""Files of a log as etcd writes them (server/storage/wal, encoder.go), for who reads them."""

from __future__ import annotations

import struct
from pathlib import Path

RESERVED = bytes(512)


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def framed(kind: int, inner: bytes) -> bytes:
    record = number(1, kind) + number(2, 0xFFFFFFFF) + text(3, inner)
    padding = -len(record) % 8
    length = len(record) | ((0x80 | padding) << 56 if padding else 0)
    return struct.pack("<Q", length) + record + bytes(padding)


def entry(term: int, index: int, data: bytes = b"put") -> bytes:
    return framed(2, number(1, 0) + number(2, term) + number(3, index) + text(4, data))


def snapshot(term: int, index: int) -> bytes:
    return framed(5, number(1, index) + number(2, term) + text(3, b"members"))


def metadata(member: int) -> bytes:
    return framed(1, number(1, member) + number(2, 77))


def write_segment(folder: Path, number: int, *records: bytes, member: int = 1) -> Path:
    """Below a member's data."""
    path = folder / "member" / "wal" / f"{number:016x}-{0:016x}.wal"
    path.parent.mkdir(parents=True, exist_ok=True)
    state = framed(3, b"\x08\x03\x10\x01\x18\x05")
    path.write_bytes(framed(4, b"") + metadata(member) + state + b"".join(records) + RESERVED)
    return path
