"""One machine, from outside: switch it, attach things to it, run commands in it."""

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.machines.errors import MachinesError
from local.machines.machine import POWER_OFF, REBOOT

BOOT_SECONDS = 120.0
ORDERLY_SECONDS = 60.0  # EC2 resets an instance that does not reboot itself within 4 minutes
RUN_SECONDS = 300.0  # of a command that hangs: on a busy machine the slowest takes a minute
WAIT_SECONDS = 120.0
LOOK_SECONDS = 0.1
_STARTED = (
    "journalctl", "--no-pager", "--output=json", "--output-fields=UNIT",
    "_PID=1", "JOB_TYPE=start", "JOB_RESULT=done",
)  # fmt: skip
ENVIRONMENT = {
    "PATH": "/usr/lib/heiiki/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}


@dataclass(frozen=True, slots=True)
class MachineStatus:
    name: str
    instance_id: str
    private_ip: str
    zone: str
    state: str
    pid: int  # of its PID 1, as seen from outside; 0 when it does not run
    boots: int
    why: str  # it does not run
    folder: str
    volumes: dict[str, str]  # to device name
    interfaces: dict[str, int]  # to index, without the primary one


@dataclass(frozen=True, slots=True)
class Event:
    at: float  # seconds since the epoch
    boot: int
    what: str


@dataclass(frozen=True, slots=True)
class MachineHandle:
    name: str
    ask: Callable[..., Any]  # of the keeper

    def status(self) -> MachineStatus:
        for known in self.ask("status"):
            if known["name"] == self.name:
                return MachineStatus(**known)
        raise MachinesError(f"there is no machine {self.name}")

    def console(self) -> str:
        """What was written to it, all boots."""
        file = Path(self.status().folder) / "console.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def run(
        self, command: Sequence[str], *, stdin: str = "", seconds: float = RUN_SECONDS,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """As root inside, for tests. Raises MachinesError when it fails, unless told not to."""
        return run_inside(self.status(), command, stdin, seconds, check)

    def wait_for_cloud_init(self, seconds: float = BOOT_SECONDS) -> list[str]:
        """Until this boot's user data has run; the errors that cloud-init tells of."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.status()
            result = Path(f"/proc/{status.pid}/root/run/cloud-init/result.json")
            if status.pid and result.exists():
                return list(json.loads(result.read_text())["v1"]["errors"])
            self._still(status, deadline, "cloud-init has not ended")
            time.sleep(LOOK_SECONDS)

    def wait_until(
        self, ready: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS
    ) -> None:
        """Of anything else inside; `what` tells a reader what did not come.

        Between looks it waits for twice as long as one takes: what is waited for needs the
        processors, too, and a look may be a command.
        """
        began = time.monotonic()
        deadline = began + seconds
        while not ready():
            self._still(self.status(), deadline, what)
            time.sleep(max(LOOK_SECONDS, 2 * (time.monotonic() - began)))
            began = time.monotonic()

    def _still(self, status: MachineStatus, deadline: float, what: str) -> None:
        if time.monotonic() > deadline or status.state != "running":
            words = self.console()[-3000:]
            raise MachinesError(
                f"machine {self.name} is {status.state} {status.why}; {what}; its console ends "
                f"with:\n{words}"
            )

    def reboot(self, seconds: float = ORDERLY_SECONDS) -> None:
        """Returns when it has been switched on again; in order if it can, else by force."""
        before = self.status().boots
        self.ask("ask", name=self.name, number=REBOOT)
        deadline = time.monotonic() + seconds
        while (status := self.status()).boots == before:
            if time.monotonic() > deadline or status.state != "running":
                self.kill()
                self.power_on()
                return
            time.sleep(LOOK_SECONDS)

    def stop(self, seconds: float = ORDERLY_SECONDS) -> None:
        """In order if it can, else by force. The disk stays."""
        self.ask("ask", name=self.name, number=POWER_OFF)
        deadline = time.monotonic() + seconds
        while self.status().state == "running":
            if time.monotonic() > deadline:
                self.kill()
            time.sleep(LOOK_SECONDS)

    def kill(self) -> None:
        """As when power fails. The disk stays, with what had been written to it."""
        self.ask("kill", name=self.name)

    def power_on(self) -> None:
        self.ask("power_on", name=self.name)

    def terminate(self) -> None:
        """At once. The disk is gone; volumes and interfaces are free."""
        self.ask("terminate", name=self.name)

    def attach_volume(self, volume_id: str, device_name: str) -> str:
        """Its node inside, which need not be what was asked for."""
        answer = self.ask(
            "attach_volume", volume_id=volume_id, name=self.name, device_name=device_name
        )
        return str(answer)

    def detach_volume(self, volume_id: str, *, force: bool = False) -> None:
        """Refused while it is mounted, unless by force."""
        self.ask("detach_volume", volume_id=volume_id, force=force)

    def attach_interface(self, interface_id: str, index: int) -> None:
        """It appears as ens5 + index: down and without an address."""
        self.ask("attach_interface", interface_id=interface_id, name=self.name, index=index)

    def detach_interface(self, interface_id: str) -> None:
        self.ask("detach_interface", interface_id=interface_id)

    def root(self) -> Path:
        """Its root folder, as long as this boot lasts: to put files there, and to read them."""
        return Path(f"/proc/{self.status().pid}/root")

    def timeline(self) -> list[Event]:
        """Steps of all boots: what was seen from outside, and what its systemd has started."""
        status = self.status()
        lines = (Path(status.folder) / "events.jsonl").read_text().splitlines()
        seen = [Event(**json.loads(line)) for line in lines]
        if not status.pid:
            return seen
        journal = self.run(_STARTED, check=False).stdout.splitlines()
        return merged(seen, journal)


def merged(seen: Sequence[Event], journal: Sequence[str]) -> list[Event]:
    """Both in one order. The journal counts no boots: they begin when the power comes."""
    boots = [event for event in seen if event.what == "power on"]
    found = list(seen)
    for line in journal:
        entry = json.loads(line)
        at = int(entry["__REALTIME_TIMESTAMP"]) / 1e6
        boot = sum(event.at <= at for event in boots)
        found.append(Event(round(at, 3), boot, f"{entry['UNIT']} is up"))
    return sorted(found, key=lambda event: event.at)


def run_inside(
    status: MachineStatus, command: Sequence[str], stdin: str, seconds: float, check: bool
) -> subprocess.CompletedProcess[str]:
    if not status.pid:
        raise MachinesError(f"machine {status.name} is {status.state} {status.why}")
    done = subprocess.run(
        ["nsenter", f"--target={status.pid}", "--all", "--", *command],
        input=stdin, capture_output=True, text=True, timeout=seconds, env=ENVIRONMENT, cwd="/",
    )  # fmt: skip
    if check and done.returncode != 0:
        raise MachinesError(
            f"machine {status.name}: {' '.join(command)} ended with {done.returncode}:\n"
            f"{done.stdout}{done.stderr}"
        )
    return done
