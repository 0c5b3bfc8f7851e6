"""Disks: files as loop devices, that free themselves when nobody holds them any more."""

import ctypes
import fcntl
import os
from pathlib import Path

from local.machines.errors import MachinesError

CONTROL = "/dev/loop-control"
_GET_FREE, _CONFIGURE, _SET_CAPACITY = 0x4C82, 0x4C0A, 0x4C07  # linux/loop.h
_AUTOCLEAR = 4
_TRIES = 20  # another program may take the free one first


class _Info(ctypes.Structure):  # struct loop_info64
    _fields_ = (
        ("device", ctypes.c_uint64), ("inode", ctypes.c_uint64), ("rdevice", ctypes.c_uint64),
        ("offset", ctypes.c_uint64), ("size_limit", ctypes.c_uint64), ("number", ctypes.c_uint32),
        ("encrypt_type", ctypes.c_uint32), ("encrypt_key_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32), ("file_name", ctypes.c_uint8 * 64),
        ("crypt_name", ctypes.c_uint8 * 64), ("encrypt_key", ctypes.c_uint8 * 32),
        ("init", ctypes.c_uint64 * 2),
    )  # fmt: skip


class _Configuration(ctypes.Structure):  # struct loop_config
    _fields_ = (
        ("fd", ctypes.c_uint32), ("block_size", ctypes.c_uint32), ("info", _Info),
        ("reserved", ctypes.c_uint64 * 8),
    )  # fmt: skip


class LoopDevice:
    """One file as a block device, from `open` to `close`."""

    def __init__(self, file: Path) -> None:
        backing = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._descriptor = _configured(backing, file)
        finally:
            os.close(backing)
        self.number = os.fstat(self._descriptor).st_rdev  # major and minor

    def grow(self) -> None:
        """To the length that the file has now."""
        fcntl.ioctl(self._descriptor, _SET_CAPACITY)

    def close(self) -> None:
        """Freed now, or when the last one that has it mounted lets go."""
        os.fsync(self._descriptor)
        os.close(self._descriptor)


def volume_file(folder: Path, volume_id: str) -> Path:
    return folder / "volumes" / f"{volume_id}.disk"


def create(file: Path, size_mib: int) -> None:
    """Blank; takes room on the disk as it is written to."""
    with file.open("xb") as made:
        made.truncate(size_mib * 1024 * 1024)


def lengthen(file: Path, size_mib: int) -> None:
    """With nothing in the new part."""
    os.truncate(file, size_mib * 1024 * 1024)


def is_held(file: Path) -> bool:
    """A device of it is there yet, mounted by somebody."""
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            if backing.read_text().rstrip("\n") == str(file):
                return True
        except OSError:  # freed just now
            continue
    return False


def in_use(number: int, pid: int) -> str | None:
    """Where the machine of that PID 1 has the device mounted."""
    wanted = f"{os.major(number)}:{os.minor(number)}"
    try:
        lines = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
    except OSError:
        return None
    return next((line.split()[4] for line in lines if line.split()[2] == wanted), None)


def _configured(backing: int, file: Path) -> int:
    info = _Info(flags=_AUTOCLEAR)
    ctypes.memmove(info.file_name, name := file.name.encode()[:63], len(name))
    configuration = _Configuration(fd=backing, info=info)
    with open(CONTROL, "rb") as control:
        for _ in range(_TRIES):
            free = fcntl.ioctl(control, _GET_FREE)
            try:
                device = os.open(f"/dev/loop{free}", os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.ioctl(device, _CONFIGURE, bytes(configuration))
                except OSError:
                    os.close(device)
                    raise
            except OSError as error:
                last = error
                continue
            return device
    raise MachinesError(f"there is no free loop device for {file}: {last}; see losetup --all")
