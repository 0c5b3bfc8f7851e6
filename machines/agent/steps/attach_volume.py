"""`attach-volume`: the volume that outlives its machines.

A group may start a machine while the one before it still holds the volume. EC2 gives a volume to
one instance at a time, so attaching is the lock; and since what Describe says may be old, nothing
is believed until EC2 says that the volume is attached to this very instance, and its device is
here.
"""

from __future__ import annotations

from typing import ClassVar
from xml.etree.ElementTree import Element

from machines.agent.devices import find_device
from machines.agent.machine import Machine
from machines.agent.settings import SECONDS, TEXT, Schema, Setting, mapping_of, matching
from machines.agent.steps.ours import Kind, is_attached_here
from machines.agent.steps.step import Step

VOLUME = Kind(
    noun="volume",
    short="volume",
    describe="DescribeVolumes",
    rows="volumeSet/item",
    id="volumeId",
    attach="AttachVolume",
    held=frozenset({"VolumeInUse", "IncorrectState"}),
)


class AttachVolume(Step):
    kind = "attach-volume"
    does = (
        "finds the one volume with these tags, waits until an old machine has released it, "
        "attaches it, and makes sure that this machine has it"
    )
    schema: ClassVar[Schema] = {
        "tags": Setting(mapping_of(TEXT), "tags that one volume alone has"),
        "device": Setting(matching(r"/dev/(?:sd|xvd)[b-z]", "/dev/sdf or the like"), "its name"),
        "timeoutSeconds": Setting(SECONDS, "how long an old machine may hold it", 600),
    }

    def done(self, machine: Machine) -> bool:
        return self._is_here(machine, VOLUME.the_one(machine, self.settings["tags"]))

    def run(self, machine: Machine) -> None:
        state = "it was not looked for"

        def reached() -> bool:
            nonlocal state
            volume = VOLUME.the_one(machine, self.settings["tags"])
            if self._is_here(machine, volume):
                return True
            unseen, device = "its device is not here yet", self.settings["device"]
            state = VOLUME.ask_for(machine, volume, _attachment(volume), unseen, Device=device)
            return False

        machine.wait(self.settings["timeoutSeconds"], reached, lambda: state)

    def _is_here(self, machine: Machine, volume: Element) -> bool:
        """Attached to this instance, by EC2's word, and its device is here."""
        attachment = _attachment(volume)
        if attachment is None or not is_attached_here(machine, attachment):
            return False
        volume_id = VOLUME.id_of(volume)
        asked = attachment.findtext("device") or self.settings["device"]
        if find_device(machine, volume_id, asked) is None:
            return False
        machine.journal.note(self.name, "volume", {"id": volume_id, "device": asked})
        return True


def _attachment(volume: Element) -> Element | None:
    """The one that counts: EC2 shows detached ones for a while."""
    found = volume.iterfind("attachmentSet/item")
    return next((item for item in found if item.findtext("status") != "detached"), None)
