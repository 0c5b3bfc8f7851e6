"""Keeps machines as the embedded AWS says that they are, again and again.

An instance that is there boots, with its own user data. One that was terminated goes at once, with
its disk; what it held is free for the next. A volume or an interface is with the machine that EC2
says has it: the machine's own call to attach it is answered by EC2, and done here a moment later,
as on AWS.
"""

import contextlib
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws.booting import BOOTING
from local.carry_in.registry import CarriedImages
from local.cluster.balancer import tell
from local.cluster.records import Attached, Reader, Records
from local.machines import MachineHandle, MachinesError, World

LOOK_SECONDS = 0.25
FOLLOW_SECONDS = 2.0  # what becomes of machines by themselves is seen by then, such as an end
READ_SECONDS = 30.0  # and what the embedded AWS does without being told to, which is not known of
_VOLUME = "vol-"


def announce(reader: Reader, vpc_id: str) -> None:
    """That machines of this VPC boot: they wait for the hooks of their groups from now on."""
    reader.client("ssm").put_parameter(Name=BOOTING, Value=vpc_id, Type="String", Overwrite=True)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the embedded AWS had, at a time, after so many changes."""

    changes: int
    at: float
    records: Records


class Mirror:
    """Of one VPC. carried: what machines pull from the region's registry."""

    def __init__(
        self, world: World, url: str, region: str, vpc_id: str,
        progress: Callable[[str], None] = lambda _: None, carried: CarriedImages | None = None,
    ) -> None:  # fmt: skip
        self.world, self.reader = world, Reader(url, region)
        self._url, self._vpc_id = url, vpc_id
        self._progress, self._carried = progress, carried
        self._known: set[str] = set()  # interfaces that the world has
        self._lengths: dict[str, int] = {}  # volumes that it has, in MiB
        self._told: dict[str, Any] = {}
        self._read: _Read | None = None
        self._followed = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Mirror":
        announce(self.reader, self._vpc_id)
        spec = self.reader.world(self._vpc_id)
        self.world.up(spec, self._url, self._progress, self._carried)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.world.down()
        with contextlib.suppress(BotoCoreError, ClientError):  # it may have ended before
            self.reader.client("ssm").delete_parameter(Name=BOOTING)

    def machine(self, instance_id: str) -> MachineHandle:
        """MachinesError while it has not been switched on."""
        for status in self.world.status():
            if status.instance_id == instance_id:
                return self.world.machine(status.name)
        raise MachinesError(f"there is no machine {instance_id} yet")

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self.look()
            except (MachinesError, BotoCoreError, ClientError, OSError) as error:
                self._say(str(error))  # tried again: what is missing may be about to come
            except Exception:  # one bad record stops no other machine
                self._say(traceback.format_exc())

    def look(self) -> None:
        """Read where something may have changed since that was done, and follow. To read takes some
        thirty calls; what has been read is followed anew without."""
        changes, now = self.reader.changes(), time.monotonic()
        read, self._read = self._read, None  # unless all goes well
        if read is None or read.changes != changes or now - read.at >= READ_SECONDS:
            read = _Read(changes, now, self.reader.read(self._vpc_id))
            self._followed = now - FOLLOW_SECONDS
        if now - self._followed >= FOLLOW_SECONDS:
            self.follow(read.records)
            self._followed = now
        self._read = read

    def follow(self, records: Records) -> None:
        """Once. What goes comes first, so that what it held is free."""
        wanted = {**records.machines, **{b.spec().id: b.spec() for b in records.balancers}}
        there = {status.instance_id: status for status in self.world.status()}
        for instance_id in there.keys() - wanted.keys():
            self._progress(f"{instance_id} is terminated")
            self.world.machine(there[instance_id].name).terminate()
        self._detach(records)
        self._tables(records)
        self._volumes(records)
        for interface_id in records.interfaces.keys() - self._known:
            self.world.add_interface(interface_id, records.interfaces[interface_id])
            self._known.add(interface_id)
        for instance_id, spec in wanted.items():
            if instance_id not in there:
                called = spec.tags.get("Name", "a load balancer")
                self._progress(f"{instance_id} is switched on, {called}")
                self.world.start(spec)
        self._attach(records)
        for balancer in records.balancers:
            tell(self.world.machine(balancer.machine), balancer)

    def _volumes(self, records: Records) -> None:
        """Those that are new, and those that are longer than they were."""
        for volume_id, spec in records.volumes.items():
            if volume_id not in self._lengths:
                self.world.add_volume(volume_id, spec)
            elif self._lengths[volume_id] != spec.size_mib:
                self._progress(f"{volume_id} grows to {spec.size_mib // 1024} GiB")
                self.world.grow_volume(volume_id, spec.size_mib)
            self._lengths[volume_id] = spec.size_mib

    def _detach(self, records: Records) -> None:
        """What EC2 says is with nobody, or with another, is taken from who has it."""
        wanted = {one.id: one.instance_id for one in records.attached}
        for status in self.world.status():
            machine = self.world.machine(status.name)
            for held in (*status.volumes, *status.interfaces):
                if wanted.get(held) == status.instance_id:
                    continue
                if held.startswith(_VOLUME):
                    machine.detach_volume(held)
                else:
                    machine.detach_interface(held)

    def _attach(self, records: Records) -> None:
        there = {status.instance_id: status for status in self.world.status()}
        for one in records.attached:
            status = there.get(one.instance_id or "")
            if status is None or one.id in status.volumes or one.id in status.interfaces:
                continue
            self._attach_one(self.world.machine(status.name), one)

    def _attach_one(self, machine: MachineHandle, one: Attached) -> None:
        self._progress(f"{one.id} goes to {one.instance_id}")
        if one.id.startswith(_VOLUME):
            machine.attach_volume(one.id, one.place)
        else:
            machine.attach_interface(one.id, int(one.place))

    def _tables(self, records: Records) -> None:
        if self._told.get("allow") != records.allow:
            self.world.allow(records.allow)
            self._told["allow"] = records.allow
        if self._told.get("names") != records.names:
            self.world.resolve(records.names)
            self._told["names"] = records.names

    def _say(self, words: str) -> None:
        """Once, and not at every look."""
        if self._told.get("words") != words:
            self._told["words"] = words
            self._progress(words)
