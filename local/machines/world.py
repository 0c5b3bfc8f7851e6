"""A world of local machines, from outside: make it, do things with it, remove it.

Its keeper is a process that outlives the command that started it (local.machines.keeper). What a
killed keeper leaves is in the world's folder, and the next `down` removes it.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.carry_in.registry import CarriedImages
from local.environment import closed
from local.machines.description import (
    Allow,
    InterfaceSpec,
    MachineSpec,
    VolumeSpec,
    WorldSpec,
    digest,
    world_faults,
)
from local.machines.errors import MachinesError
from local.machines.handle import MachineHandle, MachineStatus
from local.machines.image import ensure_image
from local.machines.keeper import ANNOUNCEMENT, SOCKET, Order
from local.machines.requirements import raise_limits, require
from local.machines.volumes import volume_file
from local.processes import end_holder, is_held

START_SECONDS = 120.0
STOP_SECONDS = 120.0
ANSWER_SECONDS = 120.0
_CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class World:
    """Of one folder. May be used by several commands at once: making and removing take turns."""

    folder: Path

    def prepare(self, progress: Callable[[str], None] = lambda _: None) -> Path:
        """Say at once why there can be no machines here; else have their image, and where it is."""
        require()
        raise_limits()
        return ensure_image(progress)

    def up(
        self,
        spec: WorldSpec,
        aws_url: str,
        progress: Callable[[str], None] = lambda _: None,
        carried: CarriedImages | None = None,
    ) -> None:
        """Without machines. What an earlier one left in the folder is removed first.

        carried: what machines pull from the region's ECR name, where `ecr.dkr` is a service."""
        if faults := list(world_faults(spec)):
            raise MachinesError("\n".join(faults))
        image = self.prepare(progress)
        with self._turn():
            if self.runs():
                raise MachinesError(f"machines run in {self.folder}; bring them down first")
            self._clean()
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)  # user data may be read in it
            registry = (str(carried.registry), str(carried.store)) if carried else ("", "")
            order = Order(spec.model_dump_json(), aws_url, str(image), self.control_group, registry)
            self._await(self._launch(order))

    def start(self, spec: MachineSpec) -> MachineHandle:
        """Switched on; what it does then is asked of the handle."""
        self._ask("start", spec=spec.model_dump_json())
        return MachineHandle(spec.name, self._ask)

    def machine(self, name: str) -> MachineHandle:
        handle = MachineHandle(name, self._ask)
        handle.status()  # there is one
        return handle

    def status(self) -> list[MachineStatus]:
        return [MachineStatus(**known) for known in self._ask("status")]

    def allow(self, rows: Iterable[Allow]) -> None:
        """The firewall's rows, in place of all so far."""
        self._ask("allow", rows=[row.model_dump() for row in rows])

    def resolve(self, records: Mapping[str, Iterable[str]]) -> None:
        """The private zones' records, in place of all so far."""
        self._ask("resolve", records={name: list(there) for name, there in records.items()})

    def add_volume(self, volume_id: str, spec: VolumeSpec) -> None:
        """Blank, and attached to nothing."""
        self._ask("add", kind="volumes", name=volume_id, spec=spec.model_dump(mode="json"))

    def remove_volume(self, volume_id: str) -> None:
        """With what is on it. Refused while it is attached."""
        self._ask("remove", kind="volumes", name=volume_id)

    def grow_volume(self, volume_id: str, size_mib: int) -> None:
        """Also while a machine has it. What is on it stays as long as it was."""
        self._ask("grow", name=volume_id, size_mib=size_mib)

    def volume_file(self, volume_id: str) -> Path:
        """Its contents, to copy, roll back or damage while it is detached."""
        return volume_file(self.folder, volume_id)

    def add_interface(self, interface_id: str, spec: InterfaceSpec) -> None:
        self._ask("add", kind="interfaces", name=interface_id, spec=spec.model_dump(mode="json"))

    def remove_interface(self, interface_id: str) -> None:
        """Refused while it is attached."""
        self._ask("remove", kind="interfaces", name=interface_id)

    def runs(self) -> bool:
        return is_held(self._lock)

    def keeper(self) -> int:
        """Its process id. Raises FileNotFoundError when it has none."""
        return int(json.loads((self.folder / ANNOUNCEMENT).read_text())["pid"])

    def down(self) -> None:
        """Nothing of it is left. Does nothing when there is nothing."""
        if not self.folder.is_dir():
            return
        with self._turn():
            self._end()
            self._clean()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._turn_file.unlink(missing_ok=True)

    @property
    def control_group(self) -> str:
        """Its control group's name: known from the folder alone."""
        return f"heiiki-{digest(str(self.folder.absolute()))[:16]}"

    @property
    def _turn_file(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.lock")

    def _launch(self, order: Order) -> subprocess.Popen[bytes]:
        # The lock belongs to the open file, which the keeper inherits: it ends with the keeper.
        with self._lock.open("w") as lock, self._log.open("ab") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(
                [sys.executable, "-m", "local.machines.keeper", str(self.folder.absolute())],
                cwd=_CHECKOUT, env=closed(os.environ), stdin=subprocess.PIPE, stdout=log,
                stderr=subprocess.STDOUT, pass_fds=[lock.fileno()], start_new_session=True,
            )  # fmt: skip
        assert process.stdin is not None
        with process.stdin:
            process.stdin.write(order.text().encode())
        return process

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (self.folder / ANNOUNCEMENT).exists():
            if process.poll() is not None or time.monotonic() > deadline:
                words = self._log.read_text(errors="replace")[-3000:]
                process.kill()
                process.wait()
                raise MachinesError(f"the machines' keeper does not start; it said:\n{words}")
            time.sleep(0.02)

    @property
    def _lock(self) -> Path:
        return self.folder / "keeper.lock"

    @property
    def _log(self) -> Path:
        return self.folder / "keeper.log"

    def _ask(self, command: str, **arguments: Any) -> Any:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(ANSWER_SECONDS)
            try:
                holder = os.open(self.folder, os.O_RDONLY)
                try:
                    asking.connect(f"/proc/self/fd/{holder}/{SOCKET}")
                finally:
                    os.close(holder)
                asking.sendall(json.dumps({"do": command, "with": arguments}).encode() + b"\n")
                with asking.makefile("rb") as file:
                    said = json.loads(file.readline() or b"{}")
            except (FileNotFoundError, ConnectionError) as error:
                raise MachinesError(f"there are no machines in {self.folder} ({error})") from error
        if "done" not in said:
            raise MachinesError(said.get("fault", f"the keeper ended; see {self._log}"))
        return said["done"]

    def _end(self) -> None:
        if not end_holder(self._lock, self.keeper, STOP_SECONDS):
            raise MachinesError(f"the keeper of {self.folder} does not end")

    def _clean(self) -> None:
        """What a killed keeper left: control groups and files; all else went with it."""
        if not self.folder.is_dir():
            return
        place = self.folder / "cgroups"
        if place.is_dir():
            done = subprocess.run(
                [sys.executable, "-m", "local.machines.cgroups", str(place), self.control_group],
                cwd=_CHECKOUT, capture_output=True, text=True, timeout=STOP_SECONDS,
            )  # fmt: skip
            if done.returncode != 0:
                raise MachinesError(f"{self.folder} cannot be removed: {done.stderr.strip()}")
        for entry in self.folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self._turn_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
