"""One command at a time makes or removes a cluster. The kernel ends the claim of a killed one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.machines import MachinesError


def claim_of(folder: Path) -> Path:
    """The file beside the cluster's folder that whoever is at work holds."""
    return folder.with_name(f"{folder.name}.at-work")


@contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """MachinesError at once where somebody else is, with its process."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    claim = claim_of(folder)
    while True:
        with claim.open("a+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise MachinesError(
                    f"process {file.read() or 'of another command'} is at work on {folder}; wait "
                    "until it has ended, or end it (Ctrl-C), and try again"
                ) from None
            if not _is_the_file(file.fileno(), claim):
                continue  # its last holder has removed it since it was opened
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            try:
                yield
            finally:
                claim.unlink(missing_ok=True)
            return


def _is_the_file(descriptor: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    held = os.fstat(descriptor)
    return (found.st_dev, found.st_ino) == (held.st_dev, held.st_ino)
