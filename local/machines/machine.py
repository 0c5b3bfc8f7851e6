"""One machine in the keeper: its disk, its power, its console, what is attached to it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from local.machines import power_on
from local.machines.description import MachineSpec, digest
from local.machines.volumes import LoopDevice

State = Literal["running", "stopped", "terminated"]
_CHECKOUT = Path(__file__).parents[2]
# What systemd understands these as (man 1 systemd, SIGNALS).
POWER_OFF, REBOOT = signal.SIGRTMIN + 4, signal.SIGRTMIN + 5
END_SECONDS = 60


class Machine:
    """Called by the keeper's first thread only: a machine dies with the thread that started it."""

    def __init__(self, spec: MachineSpec, folder: Path, image: Path) -> None:
        self.spec = spec
        self.folder = folder
        self.state: State = "stopped"
        self.pid = 0  # of its PID 1, as seen from outside
        self.boots = 0
        self.why = ""  # it does not run any more
        self.network: int | None = None
        self.disks: dict[str, LoopDevice] = {}  # by device name
        self._image = image
        self._process: subprocess.Popen[str] | None = None
        for part in ("upper", "work", "root"):
            (folder / part).mkdir(parents=True)

    def write(self, files: Mapping[str, str], mode: int = 0o644) -> None:
        """Onto the disk, while the machine is off."""
        for name, text in files.items():
            path = self._on_disk(name)
            path.write_text(text, encoding="utf-8")
            path.chmod(mode)

    def link(self, links: Mapping[str, str]) -> None:
        for name, target in links.items():
            self._on_disk(name).symlink_to(target)

    def _on_disk(self, name: str) -> Path:
        path = self.folder / "upper" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def note(self, what: str) -> None:
        """A line of the timeline."""
        line = json.dumps({"at": round(time.time(), 3), "boot": self.boots, "what": what})
        with (self.folder / "events.jsonl").open("a") as events:
            events.write(f"{line}\n")

    @property
    def console(self) -> Path:
        return self.folder / "console.log"

    def power_on(self, network: int, groups: list[Path], ended: Callable[[int], None]) -> None:
        """`ended` is called from another thread, with how (see local.machines.power_on)."""
        self.boots += 1
        self.why = ""
        self.note("power on")
        self._write_disks()
        controller, console = os.openpty()
        order = power_on.PowerOn(
            folder=str(self.folder), image=str(self._image), name=self.spec.name,
            uuid=self._uuid(), boot_id=str(uuid.uuid4()), network=network, console=console,
            groups=[str(group) for group in groups],
        )  # fmt: skip
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "local.machines.power_on"],
                cwd=_CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                stderr=console, pass_fds=(network, console),
            )  # fmt: skip
        finally:
            os.close(console)
        assert process.stdin is not None and process.stdout is not None
        with process.stdin:
            process.stdin.write(order.text())
        self._process, self.network, self.state = process, network, "running"
        threading.Thread(target=self._copy_console, args=(controller,), daemon=True).start()
        self.pid = int(process.stdout.readline() or 0)
        threading.Thread(target=lambda: ended(process.wait()), daemon=True).start()

    def is_off(self, why: str) -> None:
        """Its processes have ended."""
        if self._process is not None:
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
        if self.network is not None:
            os.close(self.network)
        self._process, self.network, self.pid = None, None, 0
        self.state, self.why = "stopped", why
        self.note(why)

    def ask(self, number: int) -> None:
        """Of its systemd, which may take its time."""
        if self.pid:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """As when power fails: no process of it ends in order."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(END_SECONDS)

    def erase(self) -> None:
        """The disk, and all that is known of it."""
        self.state = "terminated"
        shutil.rmtree(self.folder)

    def add_disk(self, device_name: str, volume_id: str, disk: LoopDevice) -> str:
        """The name of its node inside, after those that are there."""
        taken = set(self._nodes().values())
        node = next(name for i in range(1, 27) if (name := f"nvme{i}n1") not in taken)
        self.disks[device_name] = disk
        names = {**self._names(), device_name: {"node": node, "volume": volume_id}}
        (self.folder / "volumes.json").write_text(json.dumps(names))
        return node

    def remove_disk(self, device_name: str) -> LoopDevice:
        names = self._names()
        del names[device_name]
        (self.folder / "volumes.json").write_text(json.dumps(names))
        return self.disks.pop(device_name)

    def _names(self) -> dict[str, dict[str, str]]:
        file = self.folder / "volumes.json"
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def _nodes(self) -> dict[str, str]:
        return {device: known["node"] for device, known in self._names().items()}

    def _write_disks(self) -> None:
        """For power_on, which makes the nodes while the machine is not there yet."""
        disks = [
            {"node": known["node"], "number": self.disks[device].number,
             "links": links(device, known["volume"])}
            for device, known in self._names().items()
        ]  # fmt: skip
        (self.folder / "disks.json").write_text(json.dumps(disks))

    def links_of(self, device_name: str) -> tuple[str, list[str]]:
        known = self._names()[device_name]
        return known["node"], links(device_name, known["volume"])

    def _uuid(self) -> str:
        found = digest(self.spec.id)
        return f"ec2{found[:5]}-{found[5:9]}-{found[9:13]}-{found[13:17]}-{found[17:29]}"

    def _copy_console(self, controller: int) -> None:
        # An OSError: nobody holds the other end any more.
        with self.console.open("ab", buffering=0) as log, contextlib.suppress(OSError):
            while data := os.read(controller, 65536):
                log.write(data)
        os.close(controller)


def links(device_name: str, volume_id: str) -> list[str]:
    """Below /dev, as the rules of Amazon's images name an EBS volume beside its NVMe name."""
    serial = volume_id.replace("-", "")
    return [device_name.removeprefix("/dev/"),
            f"disk/by-id/nvme-Amazon_Elastic_Block_Store_{serial}"]  # fmt: skip
