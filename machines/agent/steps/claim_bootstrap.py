"""`claim-bootstrap`: who decides that an etcd cluster begins, once and for all.

The first to write the cluster's object says which members it has and by which token they know each
other; everybody reads what was written. S3 writes it for one alone (If-None-Match, answered 412).
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from machines.agent.aws_api import digest_of
from machines.agent.errors import Refused
from machines.agent.files import is_written, write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import NAME, PATH, TEXT, Schema, Setting, mapping_of
from machines.agent.steps.step import Step

FORMAT = 1
MOST_BYTES = 65_536


class ClaimBootstrap(Step):
    """outcome: `won` by this machine, now or before it was killed; `earlier`: by an earlier machine
    of the same member; `lost`: by another member."""

    kind = "claim-bootstrap"
    does = (
        "writes `bootstrap/<cluster>.json` to S3 unless it is there, reads what is there, and "
        "writes it to a file with the outcome: won, earlier or lost"
    )
    schema: ClassVar[Schema] = {
        "bucket": Setting(NAME, "the cluster's bucket"),
        "cluster": Setting(NAME, "the etcd cluster's name"),
        "member": Setting(NAME, "this machine's member"),
        "members": Setting(mapping_of(TEXT), "every member's name and peer URL"),
        "token": Setting(NAME, "the token of the cluster, which is no secret"),
        "path": Setting(PATH, "the file for the outcome"),
    }

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        known = settings["member"] in settings["members"]
        return [] if known else [f"{where}.member: must be one of members"]

    def done(self, machine: Machine) -> bool:
        """Whether the file says what this machine was told; an outcome never changes."""
        digest = machine.journal.noted(self.name, "written")
        path = machine.path(self.settings["path"])
        return digest is not None and is_written(path, digest, 0o644)

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

    def _read(self, machine: Machine, bucket: str, key: str) -> dict[str, Any]:
        content = machine.aws.download(bucket, key, lambda pieces: b"".join(pieces))
        try:
            found = json.loads(content[:MOST_BYTES])
            right = (
                found["format"] == FORMAT
                and found["cluster"] == self.settings["cluster"]
                and isinstance(found["members"], dict)
                and isinstance(found["token"], str)
                and isinstance(found["by"]["member"], str)
                and isinstance(found["by"]["instance"], str)
            )
        except (ValueError, KeyError, TypeError):
            right = False
        if not right:
            raise Refused(f"{key} is not the bootstrap object of {self.settings['cluster']}")
        if not found["members"].get(self.settings["member"]):
            # It joins a cluster that began without it: so says the file, and so it must be told.
            machine.console.say(f"{key} does not name {self.settings['member']}, which joins later")
        return dict(found)


def _text(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
