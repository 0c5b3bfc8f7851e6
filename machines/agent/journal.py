"""What the agent has done, on the machine's disk: for its next start and for whoever asks.

The journal is one small document, which is replaced whole on every change (write beside, flush,
rename), so a reader finds the old or the new one, whenever the machine stops. It is trusted within
one boot and one configuration only: mounts, addresses and processes do not outlive a boot, so that
after it every step is asked anew whether the machine is as it makes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from machines.agent.files import write_atomically

FORMAT = 1
STATES = ("waiting", "running", "done", "failed")


@dataclass
class Entry:
    """One step. began, ended: UTC. notes: what a later step, or the same one again, must know."""

    state: str = "waiting"
    attempts: int = 0
    began: str = ""
    ended: str = ""
    seconds: float = 0.0
    error: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass
class Record:
    """Everything that is kept. began_uptime: when the deadline of this boot began to run."""

    configuration: str = ""
    boot: str = ""
    began_uptime: float = 0.0
    result: str = "waiting"
    told: str = ""
    steps: dict[str, Entry] = field(default_factory=dict)


class Journal:
    """Reading makes nothing; every change is on the disk when the method returns."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.json"
        self.unreadable = False
        self.record = self._read()

    def start(self, configuration: str, boot: str, uptime: float, steps: Sequence[str]) -> None:
        """Go on where this boot ended, or begin anew. Of an earlier boot only the notes stay."""
        old = self.record
        same = old.configuration == configuration
        if same and old.boot == boot and list(old.steps) == list(steps):
            if old.result == "failed":  # it was told so; this is another try with its own time
                old.began_uptime = uptime
            old.result = "running"
        else:
            notes = {name: entry.notes for name, entry in old.steps.items()} if same else {}
            entries = {name: Entry(notes=notes.get(name, {})) for name in steps}
            told = old.told if same else ""
            self.record = Record(configuration, boot, uptime, "running", told, entries)
        self._write()

    def running(self, step: str, now: str) -> None:
        entry = self.record.steps[step]
        entry.state, entry.attempts = "running", entry.attempts + 1
        entry.began = entry.began or now
        self._write()

    def erred(self, step: str, error: str) -> None:
        self.record.steps[step].error = error
        self._write()

    def ended(self, step: str, state: str, now: str, seconds: float, error: str = "") -> None:
        entry = self.record.steps[step]
        entry.state, entry.ended, entry.seconds, entry.error = state, now, round(seconds, 3), error
        self._write()

    def note(self, step: str, key: str, value: Any) -> None:
        """Keep it; nothing is written where it is known already."""
        notes = self.record.steps[step].notes
        if key not in notes or notes[key] != value:
            notes[key] = value
            self._write()

    def noted(self, step: str, key: str) -> Any:
        entry = self.record.steps.get(step)
        return None if entry is None else entry.notes.get(key)

    def finish(self, result: str, told: str | None = None) -> None:
        self.record.result = result
        if told is not None:
            self.record.told = told
        self._write()

    def is_done(self, step: str) -> bool:
        return self.record.steps[step].state == "done"

    def _read(self) -> Record:
        try:
            content = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Record()
        try:
            return _record(json.loads(content))
        except (ValueError, TypeError, KeyError, AttributeError):
            # Not by a kill; a disk may do so. Every step can be repeated, so nothing is lost.
            self.unreadable = True
            return Record()

    def _write(self) -> None:
        document = {"format": FORMAT, **asdict(self.record)}
        text = json.dumps(document, indent=1) + "\n"
        write_atomically(self.path, [text.encode()], 0o600)


def _record(document: dict[str, Any]) -> Record:
    if document.pop("format") != FORMAT:
        raise ValueError("another format")
    steps = {name: Entry(**entry) for name, entry in document.pop("steps").items()}
    if any(entry.state not in STATES for entry in steps.values()):
        raise ValueError("another state")
    return Record(steps=steps, **document)
