"""When the mirror reads all of a VPC, and when it need not."""

from types import SimpleNamespace
from typing import Any

import pytest

from local.cluster import mirror
from local.cluster.mirror import FOLLOW_SECONDS, READ_SECONDS, Mirror
from local.machines import VolumeSpec


class Reader:
    """changes: what it tells of the embedded AWS; reads: how often all was read."""

    def __init__(self) -> None:
        self.changes_told, self.reads = 5, 0

    def changes(self) -> int:
        return self.changes_told

    def read(self, vpc_id: str) -> str:
        self.reads += 1
        if self.reads == 1:
            self.changes_told += 1  # while it is read
        return vpc_id


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(mirror, "Reader", lambda url, region: Reader())
    found: Any = Mirror(None, "http://127.0.0.1:1", "-", "vpc-1")  # type: ignore[arg-type]
    found.now, found.followed, found.fails = 100.0, [], False
    monkeypatch.setattr(mirror.time, "monotonic", lambda: found.now)

    def follow(records: str) -> None:
        if found.fails:
            raise mirror.MachinesError("not there yet")
        found.followed.append(records)

    monkeypatch.setattr(found, "follow", follow)
    return found


def test_all_is_read_when_something_may_have_changed_and_else_now_and_then(looking: Any) -> None:
    looking.look()
    assert looking.followed == ["vpc-1"]
    looking.look()
    assert looking.reader.reads == 2, "what came while it read may not have been seen"
    looking.look()
    looking.look()
    assert looking.reader.reads == 2
    looking.reader.changes_told += 1
    looking.look()
    assert looking.reader.reads == 3
    looking.now += READ_SECONDS
    looking.look()
    assert looking.reader.reads == 4 == len(looking.followed)


def test_what_becomes_of_machines_by_themselves_is_followed_without_reading(looking: Any) -> None:
    looking.look()
    looking.look()
    looking.now += FOLLOW_SECONDS / 2
    looking.look()
    assert len(looking.followed) == looking.reader.reads == 2
    looking.now += FOLLOW_SECONDS / 2
    looking.look()
    assert (len(looking.followed), looking.reader.reads) == (3, 2)
    looking.look()
    assert len(looking.followed) == 3
    looking.now += FOLLOW_SECONDS
    looking.fails = True
    with pytest.raises(mirror.MachinesError):
        looking.look()
    looking.fails = False
    looking.look()
    assert (len(looking.followed), looking.reader.reads) == (4, 3), "and read, after a failure"


def test_what_could_not_be_followed_is_tried_again(looking: Any) -> None:
    looking.look()
    looking.look()
    looking.reader.changes_told += 1
    looking.fails = True
    for _ in range(2):
        with pytest.raises(mirror.MachinesError):
            looking.look()
    looking.fails = False
    looking.look()
    assert (looking.reader.reads, len(looking.followed)) == (5, 3)


class Grown:
    """In place of a world: takes down what is asked of its volumes."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, int]] = []

    def add_volume(self, volume_id: str, spec: VolumeSpec) -> None:
        self.done.append(("add", volume_id, spec.size_mib))

    def grow_volume(self, volume_id: str, size_mib: int) -> None:
        self.done.append(("grow", volume_id, size_mib))


def test_a_volume_grows_once_when_it_is_longer_at_ec2(looking: Any) -> None:
    looking.world = Grown()

    def read(**sizes: int) -> Any:
        found = {name: VolumeSpec(zone="a", size_mib=of * 1024) for name, of in sizes.items()}
        return SimpleNamespace(volumes=found)

    for sizes in ({"one": 8}, {"one": 8, "two": 4}, {"one": 12, "two": 4}, {"one": 12, "two": 4}):
        looking._volumes(read(**sizes))
    assert looking.world.done == [
        ("add", "one", 8192), ("add", "two", 4096), ("grow", "one", 12288),
    ]  # fmt: skip
