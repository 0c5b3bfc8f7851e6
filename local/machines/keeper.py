"""The process that holds a world: `python -m local.machines.keeper FOLDER`, its order on stdin.

What it holds ends with it, however it ends: namespaces, sockets and disks are open files, machines
die with the thread that started them. Only files and control groups stay, and local.machines.world
removes those. It does what it is told through a socket in the folder, one thing after another.
"""

import json
import os
import queue
import selectors
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from local.carry_in import registry
from local.machines import cgroups, kernel
from local.machines.errors import MachinesError
from local.machines.holdings import Holdings
from local.machines.power_on import OFF, REBOOT

SOCKET, ANNOUNCEMENT = "keeper.socket", "keeper.json"
LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    world: str  # WorldSpec as JSON
    aws_url: str
    image: str
    group: str
    registry: tuple[str, str] = ("", "")  # the program, and the folder of its images

    def text(self) -> str:
        return json.dumps(asdict(self))


class Keeper:
    def __init__(self, folder: Path, order: Order) -> None:
        self._folder = folder
        self._wake, self._waker = os.pipe()
        self._ended: queue.SimpleQueue[tuple[str, int, int]] = queue.SimpleQueue()
        self._stopping = False
        self._holdings = Holdings(folder, order.world, order.aws_url, Path(order.image),
                                  order.group, self._note_end,
                                  _registry(folder, order))  # fmt: skip
        self._commands: dict[str, Callable[..., Any]] = {
            "start": self._holdings.start, "power_on": self._holdings.power_on,
            "ask": self._holdings.ask, "kill": self._holdings.kill,
            "terminate": self._holdings.terminate, "status": self._holdings.status,
            "attach_volume": self._holdings.attach_volume,
            "detach_volume": self._holdings.detach_volume,
            "attach_interface": self._holdings.attach_interface,
            "detach_interface": self._holdings.detach_interface,
            "add": self._holdings.add, "remove": self._holdings.remove,
            "grow": self._holdings.grow,
            "allow": self._holdings.allow, "resolve": self._holdings.resolve,
        }  # fmt: skip

    def serve(self) -> None:
        with listening(self._folder) as listener, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._stop())
            self._announce()
            while not self._stopping:
                for key, _ in selector.select():
                    if key.fileobj is listener:
                        self._answer(listener.accept()[0])
                    else:
                        os.read(self._wake, 1)
                self._see_ends()
        self._holdings.end()

    def _stop(self) -> None:
        self._stopping = True
        os.write(self._waker, b".")

    def _announce(self) -> None:
        partial = self._folder / f"{ANNOUNCEMENT}.partial"
        partial.write_text(json.dumps({"pid": os.getpid()}))
        partial.replace(self._folder / ANNOUNCEMENT)

    def _note_end(self, name: str, boot: int, how: int) -> None:
        self._ended.put((name, boot, how))
        os.write(self._waker, b".")

    def _see_ends(self) -> None:
        while not self._ended.empty():
            name, boot, how = self._ended.get()
            why = {OFF: "off", REBOOT: "reboot"}.get(how, "power lost")
            self._holdings.ended(name, boot, why)

    def _answer(self, asking: socket.socket) -> None:
        with asking:
            asking.settimeout(10)
            try:
                with asking.makefile("rb") as file:
                    asked = json.loads(file.readline(LARGEST))
                done = self._commands[asked["do"]](**asked["with"])
                said = {"done": done}
            except MachinesError as error:
                said = {"fault": str(error)}
            except ValidationError as error:
                faults = error.errors(include_url=False)
                said = {"fault": "\n".join(f"{_key(one)}: {one['msg']}" for one in faults)}
            except Exception as error:  # one bad request ends no machine
                traceback.print_exc()
                said = {"fault": f"{type(error).__name__}: {error}"}
            try:
                asking.sendall(json.dumps(said).encode() + b"\n")
            except OSError:
                return  # who asked has gone


def _registry(folder: Path, order: Order) -> Path | None:
    """It ends with the keeper, however that ends."""
    program, store = order.registry
    if not program:
        return None
    there = folder / "registry"
    registry.start(
        Path(program), Path(store), there, read_only=True,
        before=lambda: kernel.end_with_parent(signal.SIGKILL),
    )  # fmt: skip
    return there


def _key(fault: ErrorDetails) -> str:
    return ".".join(str(part) for part in fault["loc"] if part != "[key]")


def listening(folder: Path) -> socket.socket:
    """Through the folder's descriptor: paths of sockets are short, those of folders need not be."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    holder = os.open(folder, os.O_RDONLY)
    try:
        listener.bind(f"/proc/self/fd/{holder}/{SOCKET}")
    finally:
        os.close(holder)
    listener.listen(16)
    return listener


def try_disk(folder: Path, image: str) -> None:
    """Said at once, in place of machines that do not start."""
    place = folder / "try"
    for part in ("upper", "work", "root"):
        (place / part).mkdir(parents=True)
    disk = f"lowerdir={image},upperdir={place / 'upper'},workdir={place / 'work'}"
    try:
        kernel.mount("overlay", place / "root", "overlay", 0, disk)
        kernel.unmount(place / "root")
    except OSError as error:
        sys.exit(f"{folder} cannot hold the disks of machines ({error}): a folder of an overlay or "
                 "of a network's file system cannot; name another one in HEIIKI_HOME")  # fmt: skip
    shutil.rmtree(place)


def main() -> None:
    folder = Path(sys.argv[1])
    order = Order(**json.load(sys.stdin))
    kernel.unshare(kernel.NEW_MOUNT)
    kernel.mount("none", "/", "", kernel.RECURSIVE | kernel.PRIVATE)
    try_disk(folder, order.image)
    place = folder / "cgroups"
    place.mkdir(exist_ok=True)
    cgroups.mount_all(place, cgroups.here())
    Keeper(folder, order).serve()
    (folder / ANNOUNCEMENT).unlink(missing_ok=True)
    os._exit(0)  # threads that serve are of no use any more


if __name__ == "__main__":
    main()
