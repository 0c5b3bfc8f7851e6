"""What outlives its machines, and is called by its tags: a volume, a network interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from machines.agent.aws_api import numbered
from machines.agent.errors import AgentError, AwsError, Refused
from machines.agent.machine import Machine


@dataclass(frozen=True)
class Kind:
    """How EC2 speaks of it. noun, short: in sentences. held: error codes by which it says that
    another instance has it, or had it a moment ago."""

    noun: str
    short: str
    describe: str
    rows: str
    id: str
    attach: str
    held: frozenset[str]

    def id_of(self, one: Element) -> str:
        return one.findtext(self.id, "")

    def the_one(self, machine: Machine, wanted: Mapping[str, str]) -> Element:
        """The one with these tags; AgentError while there is none, Refused where there are more,
        or where it lies in another zone, which it can never leave."""
        found = machine.aws.ec2(self.describe, numbered("Filter", wanted))
        ours = [one for one in found.iterfind(self.rows) if _has_tags(one, wanted)]
        tags = ", ".join(f"{name}={value}" for name, value in wanted.items())
        if not ours:
            raise AgentError(f"there is no {self.noun} with {tags}")
        if len(ours) > 1:
            ids = ", ".join(sorted(map(self.id_of, ours)))
            raise Refused(f"there is more than one {self.noun} with {tags}: {ids}")
        zone, here = ours[0].findtext("availabilityZone", ""), machine.aws.metadata
        if zone != here.availability_zone():
            raise Refused(
                f"{self.short} {self.id_of(ours[0])} lies in {zone}, "
                f"this machine in {here.availability_zone()}"
            )
        return ours[0]

    def ask_for(
        self, machine: Machine, one: Element, attachment: Element | None, unseen: str,
        **settings: str,
    ) -> str:  # fmt: skip
        """Have EC2 attach it where it is free; what is still to come, for the operator.

        attachment: the one that counts, if there is any. unseen: what is missing where this
        machine has it by EC2's word. settings: of the call.
        """
        called, me = f"{self.short} {self.id_of(one)}", machine.aws.metadata.instance_id()
        if attachment is not None:
            holder = attachment.findtext("instanceId", "nobody")
            status = attachment.findtext("status", "")
            return f"{called} is {status} {f'and {unseen}' if holder == me else f'to {holder}'}"
        asked = {self.id[0].upper() + self.id[1:]: self.id_of(one), "InstanceId": me, **settings}
        try:
            machine.aws.ec2(self.attach, asked)
        except AwsError as error:
            if error.code not in self.held:
                raise
            return f"{called} is held: {error}"
        return f"{called} was asked for and is not here yet"


def is_attached_here(machine: Machine, attachment: Element | None) -> bool:
    """By EC2's word, which may be old: so whoever asks looks for the device, too."""
    return (
        attachment is not None
        and attachment.findtext("status") == "attached"
        and attachment.findtext("instanceId") == machine.aws.metadata.instance_id()
    )


def _has_tags(one: Element, wanted: Mapping[str, str]) -> bool:
    """EC2 was asked for these alone; what is another member's must not depend on that."""
    found = {
        tag.findtext("key", ""): tag.findtext("value", "") for tag in one.iterfind("tagSet/item")
    }
    return all(found.get(name) == value for name, value in wanted.items())
