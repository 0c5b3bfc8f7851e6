"""`watch-etcd`: whether the member's own etcd is well, asked by its timer every minute.

What is wrong at two looks is told on the console, once when it begins, again every hour, and once
when it is over, and stands in the agent's state. A process that was alive and is no more at three
looks is restarted, a few times an hour at most, and never one that a majority may hang on. While
all is well, the member says so in the bucket, and how far its log is on its disk: `refuse-old-data`
reads that before a later start. Before each look, a file system is grown whose volume has grown.
"""

from __future__ import annotations

import json
import os
from typing import Any, ClassVar

from machines.agent.devices import mounted_at, size_bytes
from machines.agent.errors import AgentError, Told, short
from machines.agent.etcd_api import Status
from machines.agent.etcd_health import (
    Looked,
    Report,
    faults_of,
    hangs,
    lasting,
    note_life,
    note_log,
    told_of,
    why_kept,
)
from machines.agent.etcd_log import End
from machines.agent.file_systems import grow
from machines.agent.files import write_atomically
from machines.agent.machine import BOOT_ID, Machine
from machines.agent.settings import (
    NAME,
    PATH,
    UNIT,
    Schema,
    Setting,
    matching,
    whole_number,
)
from machines.agent.steps.join_etcd import CLIENT, api_of, is_known, others_of
from machines.agent.steps.step import Step
from machines.agent.transport import chunks, exchange
from machines.agent.well import Place, Well, utc

ASK_SECONDS = 10.0
RESTART_SECONDS = 120  # its unit has 60 s to end


class WatchEtcd(Step):
    kind = "watch-etcd"
    does = (
        "asks the member's etcd whether it is well; tells what is not; restarts a process that "
        "hangs where no majority may hang on it; grows its file system with its volume; says in "
        "`bootstrap/<cluster>/well/<member>.json` when it was well and how far its log was on its "
        "disk"
    )
    schema: ClassVar[Schema] = {
        **{name: setting for name, setting in CLIENT.items()
           if name not in ("claim", "timeoutSeconds")},
        "http": Setting(matching(r"http://127\.0\.0\.1:\d{1,5}/[a-z]+", "a URL of 127.0.0.1"),
                        "where it says whether it is alive"),
        "unit": Setting(UNIT, "its unit"),
        "path": Setting(PATH, "the file for what was seen"),
        "bucket": Setting(NAME, "the cluster's bucket"),
        "cluster": Setting(NAME, "the etcd cluster's name"),
        "saySeconds": Setting(whole_number(60, 3600), "how often it says that it is well", 300),
    }  # fmt: skip

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        return is_known(settings, where)

    def done(self, machine: Machine) -> bool:
        return False  # it looks whenever it is asked

    def run(self, machine: Machine) -> None:
        """Told where something is wrong at the second look, so that the unit has failed."""
        name, report = self.settings["member"], self._report(machine)
        grown = self._grow(machine, report)  # before the look, which then sees the new room
        looked = self._look(machine)
        note_life(report, looked)
        if looked.own is not None:
            note_log(report, looked.own)
        faults = faults_of(looked, name) | grown
        hung, kept = hangs(report), why_kept(report, looked, machine.clock.uptime())
        if hung and kept:
            faults["kept"] = f"it hangs, and is not restarted: {kept}"
        if looked.own is not None and not faults:
            faults |= self._say_well(machine, report, looked.own.member)
        lasts = lasting(report, faults)
        report.faults, report.looked = faults, utc(machine)
        line = told_of(name, report, lasts)
        if line:
            machine.console.say(line)
        self._keep(machine, report)
        if hung and not kept:
            self._restart(machine, report)
        if lasts:
            raise Told(line or "as before")

    def _report(self, machine: Machine) -> Report:
        boot = machine.path(BOOT_ID).read_text(encoding="ascii").strip()
        try:
            found = json.loads(machine.path(self.settings["path"]).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            found = None
        return Report.of(found, boot)

    def _keep(self, machine: Machine, report: Report) -> None:
        text = json.dumps(report.document(), indent=1, sort_keys=True) + "\n"
        write_atomically(machine.path(self.settings["path"]), [text.encode()], 0o644)

    def _look(self, machine: Machine) -> Looked:
        alive, answer = self._alive()
        unit, invocation = self._unit(machine)
        found, volume = mounted_at(machine, self._at), os.statvfs(machine.path(self._at))
        own = self.settings["members"][self.settings["member"]]
        return Looked(
            unit, invocation, alive, answer,
            self._status(machine, own) if alive else None,
            {name: self._status(machine, url) for name, url in others_of(self).items()},
            free_bytes=volume.f_bavail * volume.f_frsize,
            size_bytes=volume.f_blocks * volume.f_frsize,
            read_only=found is not None and found.read_only,
        )  # fmt: skip

    @property
    def _at(self) -> str:
        """Where the volume is mounted."""
        return str(self.settings["data"].rpartition("/")[0])

    def _grow(self, machine: Machine, report: Report) -> dict[str, str]:
        """At the first look of a boot, and when the volume has another length. A fault where it
        cannot be grown, which ends no look."""
        found = mounted_at(machine, self._at)
        if found is None or found.read_only:  # either is told by itself
            return {}
        try:
            length = size_bytes(machine, found.device)
            if length != report.volume_bytes:
                grow(machine, found.system, found.device, self._at)
                report.volume_bytes = length
        except (AgentError, OSError) as error:
            words = short(str(error))
            return {"shorter": f"its file system cannot be grown with its volume: {words}"}
        return {}

    def _alive(self) -> tuple[bool, str]:
        """As etcd says, whether a restart would help it, for which it needs no leader (etcd 3.6,
        operations guide, monitoring, livez; read 2026-11-29)."""
        try:
            with exchange("GET", self.settings["http"], {}, timeout=ASK_SECONDS) as answer:
                for _ in chunks(answer):
                    pass
            return answer.status == 200, f"it answers {answer.status}"
        except AgentError as error:
            return False, short(str(error))

    def _unit(self, machine: Machine) -> tuple[str, str]:
        """Its state, and the id that systemd has given this run of it."""
        asked = ["--property=ActiveState", "--property=InvocationID"]
        shown = machine.commands.run(["systemctl", "show", *asked, self.settings["unit"]])
        found = dict(line.partition("=")[::2] for line in shown.output.splitlines())
        return found.get("ActiveState", ""), found.get("InvocationID", "")

    def _status(self, machine: Machine, url: str) -> Status | None:
        try:
            return api_of(self, machine).status(url)
        except (AgentError, OSError):  # of a certificate that cannot be read, too
            return None

    def _restart(self, machine: Machine, report: Report) -> None:
        report.restarts = [*report.restarts[-9:], machine.clock.uptime()]
        report.silent, report.answered = 0, ""
        self._keep(machine, report)  # before it: who is killed now has restarted it
        machine.console.say(f"etcd {self.settings['member']} hangs and is restarted")
        unit = self.settings["unit"]
        machine.commands.run(["systemctl", "restart", unit], seconds=RESTART_SECONDS)

    def _say_well(self, machine: Machine, report: Report, member: str) -> dict[str, str]:
        """From time to time. A fault where it cannot be written, which is told as others are."""
        uptime = machine.clock.uptime()
        if report.saved is not None and uptime - report.saved < self.settings["saySeconds"]:
            return {}
        try:
            self._write_well(machine, report, member)
        except (AgentError, OSError) as error:
            words = short(str(error))
            return {"unsaid": f"its word is not in the bucket: {words}"}
        report.saved = uptime
        return {}

    def _write_well(self, machine: Machine, report: Report, member: str) -> None:
        """Only as one whom a majority has as a member."""
        settings, me = self.settings, self.settings["member"]
        listed = api_of(self, machine).members(settings["members"][me])
        if member not in {one.id for one in listed}:
            raise AgentError(f"{me} is no member any more, as the others say")
        place = Place(settings["bucket"], settings["cluster"], me)
        place.say(machine, Well(member, End(*report.floor), utc(machine)))
