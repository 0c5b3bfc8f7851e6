"""`attach-volume`: the volume that outlives its machines.

A group may start a machine while the one before it still holds the volume. EC2 gives a volume to
one instance at a time, so attaching is the lock; and since what Describe says may be old, nothing
is believed until EC2 says that the volume is attached to this very instance, and its device is
here.
"""

from __future__ import annotations

from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from machines.agent.aws_api import numbered
from machines.agent.devices import find_device
from machines.agent.errors import AgentError, AwsError, Refused
from machines.agent.machine import Machine
from machines.agent.settings import SECONDS, TEXT, Schema, Setting, mapping_of, matching
from machines.agent.steps.step import Step

HELD = frozenset({"VolumeInUse", "IncorrectState"})


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
        return self._is_here(machine, self._described(machine))

    def run(self, machine: Machine) -> None:
        state = "it was not looked for"

        def reached() -> bool:
            nonlocal state
            volume = self._described(machine)
            if self._is_here(machine, volume):
                return True
            state = self._attach(machine, volume)
            return False

        machine.wait(self.settings["timeoutSeconds"], reached, lambda: state)

    def _attach(self, machine: Machine, volume: Element) -> str:
        """Ask for it where it is free; what is still to come, for the operator."""
        volume_id, me = volume.findtext("volumeId", ""), machine.aws.metadata.instance_id()
        attachment = _attachment(volume)
        if attachment is not None:
            holder = attachment.findtext("instanceId", "")
            status = attachment.findtext("status", "")
            if holder == me:
                return f"volume {volume_id} is {status} and its device is not here yet"
            return f"volume {volume_id} is {status} to {holder}"
        try:
            machine.aws.ec2(
                "AttachVolume",
                {"VolumeId": volume_id, "InstanceId": me, "Device": self.settings["device"]},
            )
        except AwsError as error:
            if error.code not in HELD:
                raise
            return f"volume {volume_id} is held: {error}"
        return f"volume {volume_id} was asked for and is not here yet"

    def _is_here(self, machine: Machine, volume: Element) -> bool:
        """Attached to this instance, by EC2's word, and its device is here."""
        attachment = _attachment(volume)
        if attachment is None or attachment.findtext("status") != "attached":
            return False
        if attachment.findtext("instanceId") != machine.aws.metadata.instance_id():
            return False
        volume_id = volume.findtext("volumeId", "")
        asked = attachment.findtext("device") or self.settings["device"]
        if find_device(machine, volume_id, asked) is None:
            return False
        machine.journal.note(self.name, "volume", {"id": volume_id, "device": asked})
        return True

    def _described(self, machine: Machine) -> Element:
        """The one volume; AgentError while there is none, Refused where there are more."""
        found = machine.aws.ec2("DescribeVolumes", numbered("Filter", self.settings["tags"]))
        volumes = [v for v in found.iterfind("volumeSet/item") if _has_tags(v, self.settings)]
        tags = ", ".join(f"{name}={value}" for name, value in self.settings["tags"].items())
        if not volumes:
            raise AgentError(f"there is no volume with {tags}")
        if len(volumes) > 1:
            ids = ", ".join(sorted(volume.findtext("volumeId", "") for volume in volumes))
            raise Refused(f"there is more than one volume with {tags}: {ids}")
        zone, here = volumes[0].findtext("availabilityZone", ""), machine.aws.metadata
        if zone != here.availability_zone():
            volume_id = volumes[0].findtext("volumeId", "")
            raise Refused(
                f"volume {volume_id} lies in {zone}, this machine in {here.availability_zone()}"
            )
        return volumes[0]


def _attachment(volume: Element) -> Element | None:
    """The one that counts: EC2 shows detached ones for a while."""
    found = volume.iterfind("attachmentSet/item")
    return next((item for item in found if item.findtext("status") != "detached"), None)


def _has_tags(described: Element, settings: dict[str, Any]) -> bool:
    """EC2 was asked for these alone; a volume of another member must not depend on that."""
    found = {
        tag.findtext("key", ""): tag.findtext("value", "")
        for tag in described.iterfind("tagSet/item")
    }
    return all(found.get(name) == value for name, value in settings["tags"].items())
