"""Files that are there whole or not at all, whenever the machine loses its power."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from machines.agent.errors import AgentError

CHUNK_BYTES = 1 << 20


def write_atomically(
    path: Path, content: Iterable[bytes], mode: int, owner: str = "", *, after: str = ""
) -> None:
    """Write beside the file, flush to the disk, and take its name.

    What a killed writer left has the same name beside the file, so nothing piles up.
    owner: user:group, or "" for the agent's own. after: digest that the content must have had.
    """
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.heiiki-new")
    with suppress(FileNotFoundError):
        beside.unlink()  # a link there must not lead the writer elsewhere
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            found = hashlib.sha256()
            for piece in content:
                found.update(piece)
                file.write(piece)
            if after and found.hexdigest() != after:
                raise AgentError(f"{path.name} has digest {found.hexdigest()}, not {after}")
            if owner:
                os.fchown(file.fileno(), *ids_of(owner))
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except Exception:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise
    sync_folder(path.parent)


def is_written(path: Path, digest: str, mode: int, owner: str = "") -> bool:
    """Whether the file is there with this content, mode and owner, and is no link."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(found.st_mode) or stat.S_IMODE(found.st_mode) != mode:
        return False
    if owner and (found.st_uid, found.st_gid) != ids_of(owner):
        return False
    return file_digest(path) == digest


def file_digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(CHUNK_BYTES), b""):
            found.update(piece)
    return found.hexdigest()


def ids_of(owner: str) -> tuple[int, int]:
    """user:group as numbers; either may be one already."""
    user, _, group = owner.partition(":")
    try:
        uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
        gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    except KeyError:
        raise AgentError(f"the machine has no owner {owner}") from None
    return uid, gid


def make_folder(path: Path, mode: int | None = None, owner: str = "") -> None:
    """The folder and those above it; mode and owner are of the last."""
    path.mkdir(parents=True, exist_ok=True)
    if owner:
        os.chown(path, *ids_of(owner))
    if mode is not None:
        path.chmod(mode)


def sync_folder(path: Path) -> None:
    """A new name is on the disk only when its folder is."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
