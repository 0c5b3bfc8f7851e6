"""`mount`: the file system of a volume, made once and never over another one, and grown with it.

A volume is formatted only when blkid finds nothing on it and its beginning and its end are zeros,
as EBS gives a new one. What an interrupted mkfs left is made anew by the same machine in the same
boot alone, which knows that it saw the volume blank. A file in the volume says whose it is.

One that is shorter than its volume is grown once it is known to be ours. Where it cannot be, that
is told, and the boot goes on: what is there has room for what it holds.
"""

from __future__ import annotations

import json
import os
from typing import Any, ClassVar

from machines.agent.devices import find_device, mounted, numbers_of, size_bytes
from machines.agent.errors import AgentError, Refused
from machines.agent.file_systems import MKFS, grow
from machines.agent.files import make_folder, write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import MODE, NAME, OWNER, PATH, TEXT, Schema, Setting, one_of
from machines.agent.steps.step import Step

IDENTITY = ".heiiki-identity.json"
OWN_NAMES = frozenset({IDENTITY, f".{IDENTITY}.heiiki-new", "lost+found"})
LOOKED_AT_BYTES = 1 << 20
NOTHING_FOUND = 2  # blkid's exit code


class Mount(Step):
    kind = "mount"
    does = (
        "makes a file system where the volume is blank, mounts it, refuses one that an identity "
        "file gives to another cluster or member, and grows one that is shorter than its volume"
    )
    schema: ClassVar[Schema] = {
        "volume": Setting(NAME, "the step that attached the volume"),
        "path": Setting(PATH, "where it is mounted"),
        "fileSystem": Setting(one_of(*MKFS), "the kind of file system", "ext4"),
        "options": Setting(TEXT, "options of mount", "defaults,noatime,nodev,nosuid"),
        "cluster": Setting(NAME, "whose volume it is"),
        "member": Setting(NAME, "whose volume it is"),
        "mode": Setting(MODE, "the mode of its folder", "0755"),
        "owner": Setting(OWNER, "user:group of its folder", "root:root"),
    }

    def done(self, machine: Machine) -> bool:
        device = self._device(machine)
        if not self._is_mounted(machine, device):
            return False
        folder = machine.path(self.settings["path"])
        if not (folder / IDENTITY).exists() or not self._is_ours(machine):
            return False
        return bool(machine.journal.noted(self.name, "grown") == self._length(machine, device))

    def run(self, machine: Machine) -> None:
        device = self._device(machine)
        if not self._is_mounted(machine, device):
            self._format_blank(machine, device)
            folder = machine.path(self.settings["path"])
            make_folder(folder)
            system, options = self.settings["fileSystem"], self.settings["options"]
            machine.commands.run(["mount", "-t", system, "-o", options, device, str(folder)])
        if not self._is_ours(machine):
            # Not left where a unit would write into it.
            path = str(machine.path(self.settings["path"]))
            machine.commands.run(["umount", path])
            raise Refused(f"{device} belongs to somebody else: {IDENTITY} in it is not ours")
        self._identify(machine)
        self._grow(machine, device)

    def _device(self, machine: Machine) -> str:
        volume = machine.journal.noted(self.settings["volume"], "volume")
        if volume is None:
            raise AgentError(f"{self.settings['volume']} has attached no volume")
        device = find_device(machine, volume["id"], volume["device"])
        if device is None:
            raise AgentError(f"volume {volume['id']} has no device here")
        return device

    def _is_mounted(self, machine: Machine, device: str) -> bool:
        found = mounted(machine).get(self.settings["path"])
        if found is None:
            return False
        if found != numbers_of(machine, device):
            raise Refused(f"something else than {device} is mounted at {self.settings['path']}")
        return True

    def _format_blank(self, machine: Machine, device: str) -> None:
        looked = machine.commands.run(
            ["blkid", "-p", "-o", "export", device], allowed=(0, NOTHING_FOUND)
        )
        now = [machine.aws.metadata.instance_id(), machine.journal.record.boot, device]
        noted = machine.journal.noted(self.name, "formatting")
        ours = noted == now
        system = self.settings["fileSystem"]
        if looked.status != NOTHING_FOUND and not ours:
            lines = looked.output.splitlines()
            found = dict(line.partition("=")[::2] for line in lines)
            if found.get("TYPE") != system:
                kind = found.get("TYPE") or found.get("PTTYPE") or "something"
                raise Refused(f"{device} holds {kind}, not {system}; it is left as it is")
            if noted is not None:  # of an earlier boot, whose mkfs has come to its end
                machine.journal.note(self.name, "formatting", None)
            return
        if not ours and not _is_zero(machine, device):
            raise Refused(f"{device} is not blank, though blkid knows nothing of it; left as it is")
        machine.journal.note(self.name, "formatting", now)
        force = {"ext4": ["-F"], "xfs": ["-f"]}[system] if ours else []
        machine.commands.run([*MKFS[system], *force, device], seconds=600)
        machine.journal.note(self.name, "formatting", None)

    def _length(self, machine: Machine, device: str) -> list[Any]:
        """Which volume, and how long it is now, in bytes."""
        volume = machine.journal.noted(self.settings["volume"], "volume")
        return [volume["id"], size_bytes(machine, device)]

    def _grow(self, machine: Machine, device: str) -> None:
        length, journal = self._length(machine, device), machine.journal
        try:
            grow(machine, self.settings["fileSystem"], device, self.settings["path"])
        except AgentError as error:  # tried again at the next boot
            journal.note(self.name, "notGrown", str(error))
            machine.console.say(f"{self.name} goes on, though {device} cannot be grown: {error}")
            return
        if journal.noted(self.name, "notGrown") is not None:
            journal.note(self.name, "notGrown", None)
        journal.note(self.name, "grown", length)

    def _is_ours(self, machine: Machine) -> bool:
        """False where the file names somebody else, or where data has no name."""
        folder = machine.path(self.settings["path"])
        try:
            found = json.loads((folder / IDENTITY).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return set(os.listdir(folder)) <= OWN_NAMES
        except ValueError:
            return False
        return bool(found == self._identity())

    def _identify(self, machine: Machine) -> None:
        folder = machine.path(self.settings["path"])
        if not (folder / IDENTITY).exists():
            text = json.dumps(self._identity(), sort_keys=True) + "\n"
            write_atomically(folder / IDENTITY, [text.encode()], 0o644)
        make_folder(folder, int(self.settings["mode"], 8), self.settings["owner"])

    def _identity(self) -> dict[str, Any]:
        return {"cluster": self.settings["cluster"], "member": self.settings["member"]}


def _is_zero(machine: Machine, device: str) -> bool:
    """Whether the first and the last MiB hold nothing but zeros."""
    with machine.path(device).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        for place in (0, max(0, size - LOOKED_AT_BYTES)):
            file.seek(place)
            if file.read(LOOKED_AT_BYTES).strip(b"\0"):
                return False
    return True
