"""`start-units`: let systemd run what the earlier steps have prepared.

Units are not enabled unless asked: after a boot the agent starts them again, when their volumes and
their keys are there, and not before.
"""

from __future__ import annotations

from typing import ClassVar

from machines.agent.machine import Machine
from machines.agent.settings import SECONDS, UNIT, Schema, Setting, boolean, list_of
from machines.agent.steps.step import Step


class StartUnits(Step):
    kind = "start-units"
    does = "lets systemd read its units anew and start these"
    schema: ClassVar[Schema] = {
        "units": Setting(list_of(UNIT), "units in the order of their start"),
        "enable": Setting(boolean, "whether they start by themselves after a boot", False),
        "wait": Setting(boolean, "whether the step waits until they have started", True),
        "timeoutSeconds": Setting(SECONDS, "how long a start may take", 300),
    }

    def done(self, machine: Machine) -> bool:
        """Whether each is started and, if asked, enabled."""
        asked = ["active"] if self.settings["wait"] else ["active", "activating"]
        for unit in self.settings["units"]:
            if self._state(machine, "ActiveState", unit) not in asked:
                return False
            if self.settings["enable"] and self._state(machine, "UnitFileState", unit) != "enabled":
                return False
        return True

    def run(self, machine: Machine) -> None:
        units, seconds = self.settings["units"], self.settings["timeoutSeconds"]
        machine.commands.run(["systemctl", "daemon-reload"])
        if self.settings["enable"]:
            machine.commands.run(["systemctl", "enable", "--quiet", *units])
        block = [] if self.settings["wait"] else ["--no-block"]
        for unit in units:  # one by one: an error then names its unit
            machine.commands.run(["systemctl", "start", *block, unit], seconds=seconds)

    def _state(self, machine: Machine, of: str, unit: str) -> str:
        shown = machine.commands.run(["systemctl", "show", f"--property={of}", "--value", unit])
        return shown.output.strip()
