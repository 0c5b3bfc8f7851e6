"""What the agents say of their boots, as one timeline of all machines."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.machines import MachineHandle

STATUS = ("/opt/heiiki/current/agent.pyz", "status")


@dataclass(frozen=True, slots=True)
class BootStep:
    """began: as the agent wrote it, to the second, in UTC."""

    machine: str
    name: str
    state: str
    began: str
    seconds: float
    attempts: int
    error: str


def agent_status(machine: MachineHandle) -> dict[str, Any]:
    """What its agent has done; an empty one before there is an agent."""
    done = machine.run(STATUS, check=False)
    found = json.loads(done.stdout) if done.returncode == 0 else {}
    return found if isinstance(found, dict) else {}


def steps_of(name: str, status: Mapping[str, Any]) -> list[BootStep]:
    return [
        BootStep(name, step["name"], step["state"], step["began"] or "", step["seconds"] or 0.0,
                 step["attempts"], step["error"] or "")
        for step in status.get("steps", [])
        if step["began"]
    ]  # fmt: skip


def timeline(steps: Iterable[BootStep]) -> str:
    """A line for each step, in the order of their begin."""
    ordered = sorted(steps, key=lambda step: step.began)
    wide = max((len(step.machine) for step in ordered), default=0)
    lines = []
    for step in ordered:
        again = f", tried {step.attempts} times" if step.attempts > 1 else ""
        why = f": {step.error}" if step.error and step.state != "done" else ""
        lines.append(f"{step.began}  {step.machine:{wide}}  {step.name:20} {step.seconds:6.1f} s  "
                     f"{step.state}{again}{why}")  # fmt: skip
    return "\n".join(lines)
