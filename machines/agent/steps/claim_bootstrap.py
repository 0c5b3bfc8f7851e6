"""`claim-bootstrap`: who decides that an etcd cluster begins, once and for all.

The first to write the cluster's object says which members it has and by which token they know each
other; everybody reads what was written. S3 writes it for one alone (If-None-Match, answered 412).

A member begins with the volume that it first came with, which an object of its own says, written
once too, and only until it has begun, which another says (`settle-etcd`). With any other volume, or
with that one emptied, it joins: two members that lost their disks and both began would be a second,
blank cluster, beside the data of the third.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from machines.agent.aws_api import digest_of
from machines.agent.errors import AgentError, Refused
from machines.agent.files import is_written, write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import (
    NAME,
    PATH,
    TEXT,
    WITHIN,
    Schema,
    Setting,
    mapping_of,
    optional,
)
from machines.agent.steps.step import Step

FORMAT = 1
MOST_BYTES = 65_536


def begun_key(cluster: str, member: str) -> str:
    """Of the object that says, once and for all, that the member has begun."""
    return f"bootstrap/{cluster}/begun/{member}.json"


class ClaimBootstrap(Step):
    """outcome: `won` by this machine, now or before it was killed; `earlier`: by an earlier machine
    of the same member; `lost`: by another member."""

    kind = "claim-bootstrap"
    does = (
        "writes `bootstrap/<cluster>.json` to S3 unless it is there, reads what is there, and "
        "writes it to a file with the outcome: won, earlier or lost; tells etcd whether it begins"
    )
    schema: ClassVar[Schema] = {
        "bucket": Setting(NAME, "the cluster's bucket"),
        "cluster": Setting(NAME, "the etcd cluster's name"),
        "member": Setting(NAME, "this machine's member"),
        "members": Setting(mapping_of(TEXT), "every member's name and peer URL"),
        "token": Setting(NAME, "the token of the cluster, which is no secret"),
        "path": Setting(PATH, "the file for the outcome"),
        "volume": Setting(optional(NAME), "the step that attached the member's volume", None),
        "environment": Setting(
            optional(PATH), "the file by which etcd begins (new) or joins (existing)", None
        ),
        "snapshot": Setting(optional(WITHIN), "the snapshot that it begins with, if any", None),
    }

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        faults = []
        if settings["member"] not in settings["members"]:
            faults.append(f"{where}.member: must be one of members")
        if (settings["volume"] is None) != (settings["environment"] is None):
            faults.append(f"{where}: volume and environment belong together")
        return faults

    def done(self, machine: Machine) -> bool:
        """Whether the files say what this machine was told; an outcome never changes."""
        files = {"written": "path", "told": "environment"}
        wanted = {note: key for note, key in files.items() if self.settings[key] is not None}
        return all(
            (digest := machine.journal.noted(self.name, note)) is not None
            and is_written(machine.path(self.settings[key]), digest, 0o644)
            for note, key in wanted.items()
        )

    def run(self, machine: Machine) -> None:
        bucket, key = self.settings["bucket"], f"bootstrap/{self.settings['cluster']}.json"
        me = machine.aws.metadata.instance_id()
        claim = {
            "format": FORMAT,
            "cluster": self.settings["cluster"],
            "members": self.settings["members"],
            "token": self.settings["token"],
            "by": {"member": self.settings["member"], "instance": me},
        }
        if self.settings["snapshot"] is not None:
            claim["snapshot"] = self.settings["snapshot"]
        machine.aws.put_new(bucket, key, _text(claim))
        # Read in any case: of two writers AWS believes one, and a lost answer may hide which.
        found = self._read(machine, bucket, key)
        outcome = "lost"
        if found["by"]["member"] == self.settings["member"]:
            outcome = "won" if found["by"]["instance"] == me else "earlier"
        content = _text({**found, "outcome": outcome})
        machine.journal.note(self.name, "written", digest_of(content))
        machine.journal.note(self.name, "outcome", outcome)
        write_atomically(machine.path(self.settings["path"]), [content], 0o644)
        if self.settings["environment"] is not None:
            self._tell_etcd(machine, found, me)

    def _tell_etcd(self, machine: Machine, found: dict[str, Any], me: str) -> None:
        """`new` where the claim names this member, of this very cluster, it has not begun before,
        and its volume is the first that it had. A volume with data on it is known to etcd, which
        reads no more of this."""
        volume = machine.journal.noted(self.settings["volume"], "volume")
        if volume is None:
            raise AgentError(f"{self.settings['volume']} has attached no volume")
        named = (
            self.settings["member"] in found["members"] and found["token"] == self.settings["token"]
        )
        begins = (
            named and not self._has_begun(machine) and self._first_volume(machine, me, volume["id"])
        )
        state = "new" if begins else "existing"
        content = f"ETCD_INITIAL_CLUSTER_STATE={state}\n".encode()
        machine.journal.note(self.name, "told", digest_of(content))
        machine.journal.note(self.name, "state", state)
        write_atomically(machine.path(self.settings["environment"]), [content], 0o644)

    def _has_begun(self, machine: Machine) -> bool:
        member = self.settings["member"]
        key = begun_key(self.settings["cluster"], member)
        begun = machine.aws.has_object(self.settings["bucket"], key)
        if begun:
            machine.console.say(f"{member} has begun before; without its data it joins")
        return begun

    def _first_volume(self, machine: Machine, me: str, volume: str) -> bool:
        """Whether the member came with this volume before any other."""
        bucket, member = self.settings["bucket"], self.settings["member"]
        key = f"bootstrap/{self.settings['cluster']}/{member}.json"
        first = {"format": FORMAT, "member": member, "volume": volume, "instance": me}
        machine.aws.put_new(bucket, key, _text(first))
        found = _json(machine.aws.download(bucket, key, b"".join))
        if found.get("format") != FORMAT or found.get("member") != member:
            raise Refused(f"{key} does not say with which volume {member} came first")
        if found.get("volume") != volume:
            machine.console.say(f"{volume} is not the volume that {member} came with; it joins")
        return bool(found.get("volume") == volume)

    def _read(self, machine: Machine, bucket: str, key: str) -> dict[str, Any]:
        found = _json(machine.aws.download(bucket, key, b"".join))
        try:
            right = (
                found["format"] == FORMAT
                and found["cluster"] == self.settings["cluster"]
                and isinstance(found["members"], dict)
                and isinstance(found["token"], str)
                and isinstance(found["by"]["member"], str)
                and isinstance(found["by"]["instance"], str)
            )
        except (KeyError, TypeError):
            right = False
        if not right:
            raise Refused(f"{key} is not the bootstrap object of {self.settings['cluster']}")
        if not found["members"].get(self.settings["member"]):
            # It joins a cluster that began without it: so says the file, and so it must be told.
            machine.console.say(f"{key} does not name {self.settings['member']}, which joins later")
        if found.get("snapshot") != self.settings["snapshot"]:
            # Members that begin with different data would be a cluster of which nobody knows what
            # it holds.
            raise Refused(
                f"{key} says that it began with {found.get('snapshot') or 'nothing'}; write that "
                "again as controlPlane.etcd.restore.snapshot, or the next generation"
            )
        return found


def _json(content: bytes) -> dict[str, Any]:
    """The document, or an empty one where it is none."""
    try:
        found = json.loads(content[:MOST_BYTES])
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _text(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
