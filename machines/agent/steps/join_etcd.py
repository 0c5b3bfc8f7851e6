"""`join-etcd`: a member whose data are gone is taken out of its cluster and taken in anew.

Only on a machine that was told to join, and with nothing on its disk: a member that has its log
goes on as itself. Most members must answer without this one, since taking a member out needs them,
and since two members that both lost their disks and believed each other would be a blank cluster.
It comes back under another id, since one that voted and forgot what for could let two leaders be;
and as one that votes, which costs the others nothing that the dead one did not cost them, while a
learner would turn API servers away (docs/adr/0026).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from machines.agent.errors import AgentError, Refused, Unreachable
from machines.agent.etcd_api import EtcdApi, Listed
from machines.agent.etcd_log import End
from machines.agent.files import write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import NAME, PATH, SECONDS, TEXT, Schema, Setting, mapping_of
from machines.agent.steps.step import Step
from machines.agent.well import Place, Well, utc

MARK = ".heiiki-joining"  # beside the data: whoever starts there has to catch up first
POLL_SECONDS = 2.0
CLIENT: Schema = {
    "claim": Setting(NAME, "the step that told etcd whether it begins"),
    "member": Setting(NAME, "this machine's member"),
    "members": Setting(mapping_of(TEXT), "every member's name and client URL"),
    "data": Setting(PATH, "etcd's folder on the member's volume"),
    "ca": Setting(PATH, "the authority of etcd's certificates"),
    "certificate": Setting(PATH, "a client's certificate"),
    "key": Setting(PATH, "the key of the client's certificate"),
    "timeoutSeconds": Setting(SECONDS, "how long the others may take", 600),
}


def api_of(step: Step, machine: Machine) -> EtcdApi:
    settings = step.settings
    return EtcdApi(machine, settings["ca"], settings["certificate"], settings["key"])


def mark_of(step: Step, machine: Machine) -> Path:
    return machine.path(step.settings["data"]).parent / MARK


def told_of(step: Step, machine: Machine) -> str:
    """Whether etcd was told to begin (new) or to join (existing)."""
    told = machine.journal.noted(step.settings["claim"], "state")
    if told is None:
        raise AgentError(f"{step.settings['claim']} has told etcd nothing")
    return str(told)


def others_of(step: Step) -> dict[str, str]:
    return {n: url for n, url in step.settings["members"].items() if n != step.settings["member"]}


def most_of(step: Step) -> int:
    return len(step.settings["members"]) // 2 + 1


def well_among(api: EtcdApi, others: Mapping[str, str]) -> dict[str, str]:
    """Those that vote and have a leader, of one cluster; Refused where they are of several."""
    found, clusters = {}, set()
    for name, url in others.items():
        try:
            status = api.status(url)
        except AgentError:
            continue
        if status.has_leader and not status.learner:
            found[name] = url
            clusters.add(status.cluster)
    if len(clusters) > 1:
        raise Refused(f"{', '.join(found)} are of different clusters; somebody has to look")
    return found


def is_known(settings: dict[str, Any], where: str) -> list[str]:
    known = settings["member"] in settings["members"]
    return [] if known else [f"{where}.member: must be one of members"]


class JoinEtcd(Step):
    kind = "join-etcd"
    does = (
        "where etcd is told to join and has no data: waits until most members answer without this "
        "one, takes its former self out and takes it in anew"
    )
    schema: ClassVar[Schema] = {
        **CLIENT,
        "peers": Setting(mapping_of(TEXT), "every member's name and peer URL"),
        "bucket": Setting(NAME, "the cluster's bucket"),
        "cluster": Setting(NAME, "the etcd cluster's name"),
    }

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        faults = is_known(settings, where)
        if settings["peers"].keys() != settings["members"].keys():
            faults.append(f"{where}.peers: must be those of members")
        return faults

    def done(self, machine: Machine) -> bool:
        told = told_of(self, machine)
        log = machine.path(self.settings["data"]) / "member" / "wal"
        return told == "new" or any(log.glob("*.wal"))

    def run(self, machine: Machine) -> None:
        me, others = self.settings["member"], others_of(self)
        if not others:
            raise Refused(f"{me} is the only member, and its data are gone: restore a snapshot")
        api, wrong = api_of(self, machine), ""

        def taken_in() -> bool:
            nonlocal wrong
            try:
                wrong = self._wrong(machine, api, others)
            except Refused:
                raise
            except AgentError as error:  # it may be so for a moment: etcd wants 5 s of health
                wrong = str(error)
            return not wrong

        machine.wait(self.settings["timeoutSeconds"], taken_in, lambda: wrong, POLL_SECONDS)
        # Before its first start: else its next one would take it for its former self's data.
        taken = Well(str(machine.journal.noted(self.name, "added")), End(0, 0), utc(machine))
        Place(self.settings["bucket"], self.settings["cluster"], me).say(machine, taken)
        write_atomically(mark_of(self, machine), [b""], 0o600)

    def _wrong(self, machine: Machine, api: EtcdApi, others: dict[str, str]) -> str:
        """Why this member is not taken in yet, or ""."""
        me, mine = self.settings["member"], self.settings["peers"][self.settings["member"]]
        well, most = well_among(api, others), most_of(self)
        if len(well) < most:
            return (
                f"{me} has no data, and of the others {', '.join(well) or 'none'} has a leader; "
                f"{most} have to answer so, and nothing is taken out before"
            )
        asked = next(iter(well.values()))
        listed = api.members(asked)
        own = [one for one in listed if mine in one.peer_urls or one.name == me]
        if wrong := self._unsettled([one for one in listed if one not in own]):
            return wrong
        if len(own) > 1:
            raise Refused(f"{me} is a member twice: {', '.join(one.id for one in own)}")
        if own and not own[0].name:  # taken in before a kill, and never started
            machine.journal.note(self.name, "added", own[0].id)
            return ""
        self._refuse_data(machine)
        if own:
            self._refuse_former_self(api)
            machine.console.say(f"{me} has lost its data; its former self {own[0].id} is taken out")
            machine.journal.note(self.name, "removed", own[0].id)
            api.remove(asked, own[0].id)
        machine.journal.note(self.name, "added", api.add(asked, mine).id)
        return ""

    def _unsettled(self, listed: list[Listed]) -> str:
        """Members change one at a time, and etcd starts only where it knows them all."""
        for one in listed:
            if one.learner or not one.name:
                urls = ", ".join(one.peer_urls)
                return f"{one.name or urls} is being taken in; one is at a time"
        there = {url for one in listed for url in one.peer_urls}
        wanted = {u for n, u in self.settings["peers"].items() if n != self.settings["member"]}
        if lost := sorted(wanted - there):
            return f"{', '.join(lost)} is no member now; it has to come back first"
        if strange := sorted(there - wanted):
            return f"{', '.join(strange)} is a member that no plan knows; remove it"
        return ""

    def _refuse_data(self, machine: Machine) -> None:
        folder = self.settings["data"]
        for path, _, files in os.walk(machine.path(folder)):
            if files:
                raise Refused(
                    f"{folder} has no log and yet {Path(path, files[0]).name}; somebody has to "
                    "look, and to empty it"
                )

    def _refuse_former_self(self, api: EtcdApi) -> None:
        """The address is this machine's, so nobody answers there before its own etcd starts."""
        url = self.settings["members"][self.settings["member"]]
        try:
            api.status(url)
        except Unreachable:
            return
        raise AgentError(f"{url} still answers; its former self has to end first")
