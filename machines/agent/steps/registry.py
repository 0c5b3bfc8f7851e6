"""Every kind of step, by the name that a configuration calls it."""

from __future__ import annotations

from machines.agent.steps.attach_interface import AttachInterface
from machines.agent.steps.attach_volume import AttachVolume
from machines.agent.steps.claim_bootstrap import ClaimBootstrap
from machines.agent.steps.fetch_binaries import FetchBinaries
from machines.agent.steps.join_etcd import JoinEtcd
from machines.agent.steps.mount import Mount
from machines.agent.steps.refuse_old_data import RefuseOldData
from machines.agent.steps.require_signer import RequireSigner
from machines.agent.steps.restore_etcd import RestoreEtcd
from machines.agent.steps.settle_etcd import SettleEtcd
from machines.agent.steps.signal import Signal
from machines.agent.steps.snapshot_etcd import SnapshotEtcd
from machines.agent.steps.start_units import StartUnits
from machines.agent.steps.step import Step
from machines.agent.steps.take_secrets import TakeSecrets
from machines.agent.steps.wait_for import WaitFor
from machines.agent.steps.watch_etcd import WatchEtcd
from machines.agent.steps.write_files import WriteFiles

KINDS: dict[str, type[Step]] = {
    step.kind: step
    for step in (
        WriteFiles, FetchBinaries, TakeSecrets, AttachVolume, AttachInterface, Mount,
        ClaimBootstrap, RestoreEtcd, RefuseOldData, JoinEtcd, StartUnits, RequireSigner, WaitFor,
        SettleEtcd, SnapshotEtcd, WatchEtcd, Signal,
    )
}  # fmt: skip
