"""`refuse-old-data`: no member starts with an older copy of what it had.

A volume may be put back to a snapshot of EBS, or its folder to a copy. Such a member has forgotten
what it had agreed to: alone it can let an entry be lost that was agreed on, and two of three are a
majority that serves without all that was written since, of which etcd notices nothing. So before it
starts, the end of its log is held against what the member itself said while it was well
(machines/agent/well.py).

Where the others are a majority without it, what it has is moved aside, and it is taken in anew
(`join-etcd`). Where they are none, nothing is touched and nothing starts, until they are, or
somebody decides (docs/adr/0036).
"""

from __future__ import annotations

import os
import shutil
from typing import Any, ClassVar

from machines.agent.errors import Refused
from machines.agent.etcd_log import read_log
from machines.agent.files import sync_folder
from machines.agent.machine import Machine
from machines.agent.settings import NAME, Schema, Setting
from machines.agent.steps.join_etcd import (
    CLIENT,
    POLL_SECONDS,
    api_of,
    is_known,
    most_of,
    others_of,
    well_among,
)
from machines.agent.steps.step import Step
from machines.agent.well import Place

ASIDE = "data-too-old"
DECIDE = "put the newest copy of the volume back, or restore a snapshot"


class RefuseOldData(Step):
    kind = "refuse-old-data"
    does = (
        "where the member's log ends before what it said it had, in "
        "`bootstrap/<cluster>/well/<member>.json`: waits until most members answer without it, and "
        "moves its data aside, so that it is taken in anew"
    )
    schema: ClassVar[Schema] = {
        **{name: setting for name, setting in CLIENT.items() if name != "claim"},
        "bucket": Setting(NAME, "the cluster's bucket"),
        "cluster": Setting(NAME, "the etcd cluster's name"),
    }

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        return is_known(settings, where)

    def done(self, machine: Machine) -> bool:
        return not self._too_old(machine)

    def run(self, machine: Machine) -> None:
        old, me, others = self._too_old(machine), self.settings["member"], others_of(self)
        if not others:
            raise Refused(f"{old}; {me} is the only member: {DECIDE}")
        api, wrong = api_of(self, machine), ""

        def majority() -> bool:
            nonlocal wrong
            well = well_among(api, others)
            wrong = (
                f"{old}; of the others {', '.join(well) or 'none'} has a leader, {most_of(self)} "
                "have to answer so, and nothing is started or touched before; where they cannot: "
                f"{DECIDE}"
            )
            return len(well) >= most_of(self)

        machine.wait(self.settings["timeoutSeconds"], majority, lambda: wrong, POLL_SECONDS)
        data = machine.path(self.settings["data"])
        aside = data.with_name(ASIDE)
        shutil.rmtree(aside, ignore_errors=True)  # of an earlier time
        os.rename(data, aside)
        held = aside.stat()
        data.mkdir(mode=0o700)  # as etcd's user has made it once, who may not do so here
        os.chown(data, held.st_uid, held.st_gid)
        sync_folder(data.parent)
        machine.console.say(f"{old}; they are moved to {aside.name}, and it is taken in anew")

    def _too_old(self, machine: Machine) -> str:
        """How, or ""."""
        me, settings = self.settings["member"], self.settings
        log = read_log(machine.path(settings["data"]))
        if log is None:
            return ""
        well = Place(settings["bucket"], settings["cluster"], me).read(machine)
        if well is None:
            return ""
        if log.member != well.member:
            return (
                f"the data of {me} are of its former self {log.member}, and it was {well.member} "
                f"on {well.seen}"
            )
        if log.end < well.end:
            return f"the data of {me} end at {log.end}, and on {well.seen} it had {well.end}"
        return ""
