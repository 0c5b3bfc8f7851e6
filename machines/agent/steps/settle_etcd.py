"""`settle-etcd`: what is left to do once a member's process runs.

One that was taken in anew is waited for until it has caught up and answers, so that its machine is
in service when the member counts; one that somebody has added as a learner is promoted. One that
came back with its data is waited for as long as others have a leader and it has none, so that
whoever replaces machines one by one goes on when it counts too. Then the bucket says, once, that
the member has begun: a later machine that finds its disk empty begins no more. A member that begins
waits for nobody here, and neither does one whose cluster is down: the first of three has no
majority.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from machines.agent.errors import AgentError
from machines.agent.etcd_api import EtcdApi
from machines.agent.files import sync_folder
from machines.agent.machine import Machine
from machines.agent.settings import NAME, Schema, Setting
from machines.agent.steps.claim_bootstrap import FORMAT, begun_key
from machines.agent.steps.join_etcd import (
    CLIENT,
    POLL_SECONDS,
    api_of,
    is_known,
    mark_of,
    others_of,
    told_of,
)
from machines.agent.steps.step import Step


class SettleEtcd(Step):
    kind = "settle-etcd"
    does = (
        "waits until a member that came back, or was taken in anew, follows the others' leader; "
        "promotes a learner; writes `bootstrap/<cluster>/begun/<member>.json` to S3 unless it is "
        "there"
    )
    schema: ClassVar[Schema] = {
        **CLIENT,
        "bucket": Setting(NAME, "the cluster's bucket"),
        "cluster": Setting(NAME, "the etcd cluster's name"),
    }

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        return is_known(settings, where)

    def done(self, machine: Machine) -> bool:
        noted = machine.journal.noted(self.name, "begun")
        return bool(noted) and not mark_of(self, machine).exists()

    def run(self, machine: Machine) -> None:
        mark = mark_of(self, machine)
        if mark.exists():
            self._catch_up(machine)
            mark.unlink()
            sync_folder(mark.parent)
        elif told_of(self, machine) == "existing":
            self._follow(machine)
        bucket, member = self.settings["bucket"], self.settings["member"]
        said = {"format": FORMAT, "member": member, "instance": machine.aws.metadata.instance_id()}
        content = (json.dumps(said, indent=1, sort_keys=True) + "\n").encode()
        machine.aws.put_new(bucket, begun_key(self.settings["cluster"], member), content)
        machine.journal.note(self.name, "begun", True)

    def _catch_up(self, machine: Machine) -> None:
        own, others = self.settings["members"][self.settings["member"]], others_of(self)
        api, wrong = api_of(self, machine), ""

        def votes() -> bool:
            nonlocal wrong
            try:
                status = api.status(own)  # nobody answers before it has its own start in the log
            except AgentError as error:
                wrong = str(error)
                return False
            if status.learner:
                wrong = self._promote(api, others, status.member)
            elif not status.has_leader:
                wrong = f"{own} has no leader"
            return status.has_leader and not status.learner

        machine.wait(self.settings["timeoutSeconds"], votes, lambda: wrong, POLL_SECONDS)

    def _follow(self, machine: Machine) -> None:
        own, others = self.settings["members"][self.settings["member"]], others_of(self)
        api, wrong = api_of(self, machine), ""

        def counts() -> bool:
            nonlocal wrong
            wrong = _leaderless(api, own)
            return not wrong or all(_leaderless(api, url) for url in others.values())

        machine.wait(self.settings["timeoutSeconds"], counts, lambda: wrong, POLL_SECONDS)

    def _promote(self, api: EtcdApi, others: Mapping[str, str], member: str) -> str:
        """Any member that votes; it says whether the learner has caught up with the leader."""
        wrong = "there is no other member"
        for url in others.values():
            try:
                api.promote(url, member)
                return "it was promoted a moment ago"
            except AgentError as error:
                wrong = str(error)
        return wrong


def _leaderless(api: EtcdApi, url: str) -> str:
    """Why this member follows no leader, or ""."""
    try:
        return "" if api.status(url).has_leader else f"{url} has no leader"
    except AgentError as error:
        return str(error)
