"""`restore-etcd`: a member that begins does so with a snapshot, where the stack file names one.

Only a member that was told to begin, of the generation that the snapshot begins: who has begun
begins no more. Nothing is written over: where the volume has data, somebody has to take them away,
and where others still are a cluster, there is nothing to restore. All members restore the same
snapshot, each by itself, and so are one cluster, with the token of the new generation.

Revisions go on far above all that clients may have seen, and none below can be watched any more:
clients list anew (etcd 3.6, disaster recovery; docs/adr/0030).
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from machines.agent.errors import AgentError, AwsError, Refused
from machines.agent.etcd_api import cluster_id_of
from machines.agent.files import ids_of, sync_folder, write_atomically
from machines.agent.machine import Machine
from machines.agent.settings import (
    NAME,
    OWNER,
    PATH,
    TEXT,
    WITHIN,
    Schema,
    Setting,
    mapping_of,
    whole_number,
)
from machines.agent.snapshots import as_named, snapshot_of
from machines.agent.steps.join_etcd import CLIENT, api_of, is_known, others_of, told_of
from machines.agent.steps.step import Step

MARK = ".heiiki-restored"  # beside the data: of which generation they are
RESTORE_SECONDS = 1800


class RestoreEtcd(Step):
    kind = "restore-etcd"
    does = (
        "where etcd is told to begin: fetches the snapshot from S3, verifies it, and restores it "
        "beside the place of the data, which it then takes, whole or not at all"
    )
    schema: ClassVar[Schema] = {
        **CLIENT,
        "peers": Setting(mapping_of(TEXT), "every member's name and peer URL"),
        "token": Setting(NAME, "the token of the generation that begins"),
        "bucket": Setting(NAME, "the cluster's bucket"),
        "snapshot": Setting(WITHIN, "the snapshot's key"),
        "program": Setting(PATH, "etcdutl"),
        "owner": Setting(OWNER, "user:group of the data"),
        "bumpRevision": Setting(whole_number(1, 10**12), "how far revisions go on above it"),
    }

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        faults = is_known(settings, where)
        if settings["peers"].keys() != settings["members"].keys():
            faults.append(f"{where}.peers: must be those of members")
        if snapshot_of(settings["snapshot"]) is None:
            faults.append(f"{where}.snapshot: must be the key of a snapshot")
        return faults

    def done(self, machine: Machine) -> bool:
        return told_of(self, machine) != "new" or self._is_restored(machine)

    def run(self, machine: Machine) -> None:
        self._refuse_data(machine)
        self._refuse_a_cluster(machine)
        data = self._data(machine)
        beside, file = data.with_name("restoring"), data.with_name("restoring.db")
        shutil.rmtree(beside, ignore_errors=True)  # of a killed agent: etcd never ran on it
        self._fetch(machine, file)
        settings = self.settings
        machine.commands.run(
            [settings["program"], "snapshot", "restore", str(file), "--data-dir", str(beside),
             "--name", settings["member"],
             "--initial-cluster", ",".join(f"{n}={url}" for n, url in settings["peers"].items()),
             "--initial-cluster-token", settings["token"],
             "--initial-advertise-peer-urls", settings["peers"][settings["member"]],
             "--bump-revision", str(settings["bumpRevision"]), "--mark-compacted"],
            seconds=RESTORE_SECONDS,
        )  # fmt: skip
        _give(beside, settings["owner"])
        os.sync()
        write_atomically(data.with_name(MARK), [settings["token"].encode()], 0o644)
        os.rename(beside, data)  # an empty folder may be there
        sync_folder(data.parent)
        with suppress(FileNotFoundError):
            file.unlink()
        machine.console.say(f"{settings['member']} begins with {settings['snapshot']}")

    def _data(self, machine: Machine) -> Path:
        return machine.path(self.settings["data"])

    def _is_restored(self, machine: Machine) -> bool:
        data = self._data(machine)
        try:
            mark = data.with_name(MARK).read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        log = data / "member" / "wal"
        return mark == self.settings["token"] and any(log.glob("*.wal"))

    def _refuse_data(self, machine: Machine) -> None:
        for path, _, files in os.walk(self._data(machine)):
            if files:
                raise Refused(
                    f"{self.settings['data']} has data ({Path(path, files[0]).name}), and nothing "
                    "is restored over it; somebody has to look, and to move the folder away"
                )

    def _refuse_a_cluster(self, machine: Machine) -> None:
        """One of another generation that lives. Of this one, some may have begun already."""
        api = api_of(self, machine)
        own = cluster_id_of(self.settings["peers"], self.settings["token"])
        for name, url in others_of(self).items():
            try:
                status = api.status(url)
            except AgentError:
                continue
            if status.has_leader and status.cluster != own:
                raise Refused(
                    f"{name} follows a leader, of cluster {status.cluster}: it lives, and nothing "
                    "is restored beside it; take controlPlane.etcd.restore out of the stack file"
                )

    def _fetch(self, machine: Machine, file: Path) -> None:
        snapshot = snapshot_of(self.settings["snapshot"])
        assert snapshot is not None, "checked"
        try:
            machine.aws.download(
                self.settings["bucket"], snapshot.key,
                lambda pieces: write_atomically(file, as_named(pieces, snapshot), 0o600),
            )  # fmt: skip
        except AwsError as error:
            if error.status == 404:
                raise Refused(f"{snapshot.key} is not there; choose another snapshot") from None
            raise


def _give(folder: Path, owner: str) -> None:
    """The folder and all below it, which nobody else reads."""
    ids = ids_of(owner)
    for path, _, files in os.walk(folder):
        for one in (Path(path), *(Path(path, name) for name in files)):
            os.chown(one, *ids)
    folder.chmod(0o700)
