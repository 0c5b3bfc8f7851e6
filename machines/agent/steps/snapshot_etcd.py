"""`snapshot-etcd`: what etcd holds, into the cluster's bucket, once in an interval.

Every member looks, by its timer. The one that leads makes a snapshot when the newest is as old as
the interval; any other, when it is half an interval older, since the leader then did not: so there
is one copy, and nobody without whom there is none. Only a member with a majority behind it makes
one, and none is ever written over.

It counts when etcd's own hash of it was right here and S3 has taken it by its digest. While etcd
says that members' data differ, none is made: the hash is of what lies on the disk.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

from machines.agent.errors import AgentError
from machines.agent.etcd_api import EtcdApi, Status
from machines.agent.files import write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import NAME, PATH, WITHIN, Schema, Setting, whole_number
from machines.agent.snapshots import STAMP, Checked, Snapshot, snapshot_key, snapshot_of
from machines.agent.steps.join_etcd import CLIENT
from machines.agent.steps.step import Step

AHEAD = timedelta(minutes=5)  # what another member's clock may be ahead


class SnapshotEtcd(Step):
    kind = "snapshot-etcd"
    does = (
        "makes a snapshot of etcd where the newest is as old as the interval and this member "
        "leads, or it is half an interval older; verifies it and writes it to S3 under a new name"
    )
    schema: ClassVar[Schema] = {
        "bucket": Setting(NAME, "the cluster's bucket"),
        "prefix": Setting(WITHIN, "the beginning of the keys of this etcd's snapshots"),
        **{name: CLIENT[name] for name in ("member", "members", "ca", "certificate", "key")},
        "path": Setting(PATH, "the file that holds it on its way"),
        "intervalMinutes": Setting(whole_number(5, 1440), "how old the newest may be"),
    }

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=self.settings["intervalMinutes"])

    def done(self, machine: Machine) -> bool:
        newest = self._newest(machine)
        return newest is not None and machine.clock.now() - newest.made < self.interval

    def run(self, machine: Machine) -> None:
        newest = self._newest(machine)
        try:
            self._make(machine, newest)
        except AgentError as error:
            of = "there is none of late"
            if newest is not None:
                of = f"the newest is of {newest.made.strftime(STAMP)}"
            raise AgentError(f"{error}; no snapshot was made, and {of}") from None

    def _make(self, machine: Machine, newest: Snapshot | None) -> None:
        settings = self.settings
        api = EtcdApi(machine, settings["ca"], settings["certificate"], settings["key"])
        url = settings["members"][settings["member"]]
        status = self._counts(api, url)
        late = newest is None or machine.clock.now() - newest.made >= self.interval * 3 / 2
        if not (status.leads or late):
            return
        path, checked = machine.path(settings["path"]), Checked(api.snapshot(url))
        made = machine.clock.now()
        try:
            write_atomically(path, checked, 0o600)
            key = snapshot_key(settings["prefix"], made, status.revision, checked.sha256)
            machine.aws.put_new_file(settings["bucket"], key, path, checked.sha256)
        finally:
            with suppress(FileNotFoundError):
                path.unlink()  # it holds all that the cluster knows
        machine.console.say(f"snapshot {key}")

    def _counts(self, api: EtcdApi, url: str) -> Status:
        """What the member says, which has a majority behind it."""
        status = api.status(url)
        if not status.has_leader or status.learner:
            raise AgentError(f"{self.settings['member']} follows no leader, or is a learner")
        if any(kind == "CORRUPT" for _, kind in status.alarms):
            # Its hash would be right, and what it holds perhaps not.
            raise AgentError(
                "members differ (alarm CORRUPT), and who has the right data is not known"
            )
        api.members(url)  # whoever has no majority behind it does not answer
        return status

    def _newest(self, machine: Machine) -> Snapshot | None:
        """Of the last three intervals. One from the future is none: else a clock that was wrong
        once would keep all members from making another."""
        bucket, prefix = self.settings["bucket"], self.settings["prefix"]
        now = machine.clock.now()
        after = f"{prefix}/{(now - 3 * self.interval).strftime(STAMP)}"
        keys = machine.aws.keys(bucket, f"{prefix}/", after)
        found = [one for one in map(snapshot_of, keys) if one and one.made <= now + AHEAD]
        return max(found, key=lambda one: one.made, default=None)
