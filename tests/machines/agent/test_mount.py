"""What is done to a volume: nothing, where there is anything on it that is not ours."""

import json
from types import SimpleNamespace

import pytest

from machines.agent.errors import AgentError
from machines.agent.file_systems import GROW, MKFS, grow
from machines.agent.run import FAILED, REFUSED
from machines.agent.steps.mount import IDENTITY, Mount
from tests.machines.agent.host import DISK_BYTES
from tests.machines.agent.strict_ec2 import Resource
from tests.machines.agent.world import ZONE, Killed, Points, World, at_each_place, configured

VOLUME, DEVICE = "vol-0123456789abcdef0", "/dev/nvme1n1"
TAGS = {"heiiki:member": "1a"}
STEP = {"step": "mount", "volume": "attach-volume", "path": "/var/lib/etcd", "cluster": "dev",
        "member": "1a", "mode": "0700", "owner": ""}  # fmt: skip


@pytest.fixture
def volume(world):
    """Attached by the step before; what is on it is the test's."""
    world.ec2.resources = {VOLUME: Resource(VOLUME, ZONE, TAGS)}
    world.host.plug_volume(VOLUME)
    return world


def boot(world, deadline_seconds=20, **changes):
    attach = {"step": "attach-volume", "tags": TAGS, "device": "/dev/sdf"}
    steps = attach, {**STEP, **changes}
    return world.run(configured(*steps, signal=None, deadlineSeconds=deadline_seconds))


def disk(world):
    return world.folder / "root/dev/nvme1n1"


def folder(world):
    return world.folder / "root/var/lib/etcd"


def formatted(world, identity=None, **files):
    """The volume as another machine left it."""
    world.host._mkfs([DEVICE])
    world.host.log.clear()
    content = world.host._disk(DEVICE)
    if identity is not None:
        (content / IDENTITY).write_text(identity)
    for name, text in files.items():
        (content / name).write_text(text)


OURS = json.dumps({"cluster": "dev", "member": "1a"})


def test_a_blank_volume_gets_a_file_system_and_a_name(volume):
    assert boot(volume) == 0, volume.console
    assert volume.host.log == [f"mkfs {DEVICE}", f"mount {DEVICE}"]
    assert json.loads((folder(volume) / IDENTITY).read_text()) == json.loads(OURS)
    assert folder(volume).stat().st_mode & 0o777 == 0o700


def test_our_own_volume_is_mounted_as_it_is(volume):
    formatted(volume, OURS, data="kept")
    assert boot(volume) == 0, volume.console
    assert (
        volume.host.log == [f"mount {DEVICE}"] and (folder(volume) / "data").read_text() == "kept"
    )


@pytest.mark.parametrize(
    "identity",
    ['{"cluster": "dev", "member": "1c"}', '{"cluster": "prod", "member": "1a"}', "[]", "{", ""],
)
def test_a_volume_of_another_member_or_cluster_stops_the_boot(volume, identity):
    formatted(volume, identity, data="theirs")
    assert boot(volume) == REFUSED
    assert "belongs to somebody else" in volume.console[-1]
    assert volume.host.mounts == {}
    assert (volume.host._disk(DEVICE) / "data").read_text() == "theirs"


def test_data_without_a_name_is_not_taken_for_ours(volume):
    formatted(volume, None, data="whose?")
    assert boot(volume) == REFUSED
    assert volume.host.log == [f"mount {DEVICE}"] and volume.host.mounts == {}


def test_a_file_system_that_nobody_has_used_becomes_ours(volume):
    formatted(volume)
    assert boot(volume) == 0 and (folder(volume) / IDENTITY).exists()
    assert volume.host.log == [f"mount {DEVICE}"]


@pytest.mark.parametrize("kind", ["xfs", "LVM2_member", "crypto_LUKS"])
def test_another_kind_of_file_system_is_left_as_it_is(volume, kind):
    volume.host.kinds[DEVICE] = kind
    before = disk(volume).read_bytes()
    assert boot(volume) == REFUSED
    assert f"{DEVICE} holds {kind}, not ext4; it is left as it is" in volume.console[-1]
    assert volume.host.log == [] and disk(volume).read_bytes() == before


@pytest.mark.parametrize("place", [0, 4096, 1 << 19, DISK_BYTES - 1, DISK_BYTES - (1 << 20)])
def test_what_blkid_does_not_know_is_left_as_it_is_too(volume, place):
    content = bytearray(DISK_BYTES)
    content[place] = 1
    disk(volume).write_bytes(content)
    assert boot(volume) == REFUSED
    assert "is not blank, though blkid knows nothing of it" in volume.console[-1]
    assert volume.host.log == [] and disk(volume).read_bytes() == content


def test_a_blkid_that_is_unsure_stops_the_boot(volume, monkeypatch):
    from machines.agent.machine import Result

    monkeypatch.setattr(volume.host, "_blkid", lambda arguments: Result(8, "ambivalent"))
    assert boot(volume) == FAILED and volume.host.log == []


def test_what_a_killed_mkfs_left_is_made_anew_by_the_same_machine(volume, monkeypatch):
    whole = volume.host._mkfs

    def killed(arguments):
        disk(volume).write_bytes(b"\1" * DISK_BYTES)  # blkid knows nothing of it yet
        raise Killed("mkfs")

    monkeypatch.setattr(volume.host, "_mkfs", killed)
    with pytest.raises(Killed):
        boot(volume)
    monkeypatch.setattr(volume.host, "_mkfs", whole)
    assert boot(volume) == 0, volume.console
    assert volume.host.log == [f"mkfs {DEVICE}", f"mount {DEVICE}"]


def test_what_a_killed_mkfs_left_is_refused_in_another_boot(volume, monkeypatch):
    """Another machine may have had the volume in between."""

    def killed(arguments):
        disk(volume).write_bytes(b"\1" * DISK_BYTES)
        raise Killed("mkfs")

    monkeypatch.setattr(volume.host, "_mkfs", killed)
    with pytest.raises(Killed):
        boot(volume)
    monkeypatch.undo()
    volume.host.boot("another-boot")
    with pytest.MonkeyPatch.context() as patch:
        at_each_place(patch, volume)
        assert boot(volume) == REFUSED
    assert volume.host.log == []


def test_something_else_at_the_same_place_stops_the_boot(volume):
    volume.host.plug_volume("vol-0fffffffffffffff0", "nvme2n1")
    volume.host.kinds["/dev/nvme2n1"] = "ext4"
    volume.host._disk("/dev/nvme2n1").mkdir()
    folder(volume).mkdir(parents=True)
    volume.host._mount(["-t", "ext4", "/dev/nvme2n1", str(folder(volume))])
    assert boot(volume) == REFUSED
    assert f"something else than {DEVICE} is mounted at /var/lib/etcd" in volume.console[-1]


def test_a_mount_without_its_volume_is_told(world):
    assert world.run(configured(STEP, signal=None, deadlineSeconds=5)) == FAILED
    assert "attach-volume has attached no volume" in world.console[-1]


def test_a_device_that_has_gone_is_told(volume):
    assert boot(volume) == 0
    volume.host.boot("another-boot")
    serial = volume.folder / "root/sys/block/nvme1n1/device/serial"
    machine = volume.machine()
    step = Mount("mount", {**STEP, "fileSystem": "ext4", "options": "defaults"})
    serial.unlink()
    with pytest.raises(AgentError, match=f"volume {VOLUME} has no device here"):
        step.done(machine)


def test_an_identity_that_was_lost_while_mounted_is_looked_into(volume):
    assert boot(volume) == 0
    (volume.folder / "state/journal.json").unlink()
    (folder(volume) / IDENTITY).unlink()
    (folder(volume) / "member").write_text("data")
    assert boot(volume) == REFUSED and volume.host.mounts == {}


def larger(world, by=1 << 20):
    """As EBS makes a volume, at once and with nothing in the new part of it."""
    with disk(world).open("r+b") as file:
        file.truncate(disk(world).stat().st_size + by)


def again(world):
    """A boot of the same machine, or of the next one, which finds no journal."""
    world.host.boot("another-boot")
    (world.folder / "state/journal.json").unlink(missing_ok=True)
    world.host.log.clear()


def notes(world):
    return world.machine().journal.record.steps["mount"].notes


def test_a_file_system_grows_with_its_volume_at_the_next_boot(volume):
    assert boot(volume) == 0 and "grow" not in str(volume.host.log)
    (folder(volume) / "data").write_text("kept")
    again(volume)
    larger(volume)
    assert boot(volume) == 0, volume.console
    assert volume.host.log == [f"mount {DEVICE}", f"grow {DEVICE}"]
    assert (folder(volume) / "data").read_text() == "kept"
    assert notes(volume)["grown"] == [VOLUME, DISK_BYTES + (1 << 20)]
    volume.host.boot("a-third")
    larger(volume)
    assert boot(volume) == 0 and volume.host.log[2:] == [f"mount {DEVICE}", f"grow {DEVICE}"]


@pytest.mark.parametrize("identity", ['{"cluster": "dev", "member": "1c"}', None])
def test_what_is_not_ours_is_not_grown(volume, identity):
    formatted(volume, identity, data="theirs")
    larger(volume)
    assert boot(volume) == REFUSED
    assert volume.host.log == [f"mount {DEVICE}"] and volume.host.lengths == {DEVICE: DISK_BYTES}


def test_one_that_cannot_be_grown_is_told_and_the_boot_goes_on(volume):
    formatted(volume, OURS, data="kept")
    larger(volume)
    volume.host.fails["resize2fs"] = AgentError("resize2fs ended with 1: no reserved blocks")
    assert boot(volume) == 0
    said = "resize2fs ended with 1: no reserved blocks"
    assert f"mount goes on, though {DEVICE} cannot be grown: {said}" in volume.console[-3]
    assert notes(volume) == {"notGrown": said}, "it stands in its state"
    del volume.host.fails["resize2fs"]
    volume.host.boot("another-boot")
    assert boot(volume) == 0 and volume.host.log[-1] == f"grow {DEVICE}"
    assert notes(volume) == {"notGrown": None, "grown": [VOLUME, DISK_BYTES + (1 << 20)]}


def test_wherever_it_is_killed_the_file_system_is_as_long_as_its_volume_in_the_end(tmp_path):
    def grown(points):
        world = World(tmp_path / str(points.kill_at), points=points)
        world.ec2.resources = {VOLUME: Resource(VOLUME, ZONE, TAGS)}
        world.host.plug_volume(VOLUME)
        formatted(world, OURS, data="kept")
        larger(world)
        return world

    with pytest.MonkeyPatch.context() as patch:
        whole = grown(Points())
        at_each_place(patch, whole)
        assert boot(whole) == 0
    names = whole.points.names
    assert {f"before resize2fs {DEVICE}", f"after resize2fs {DEVICE}"} <= set(names)
    for place in range(1, len(names) + 1):
        world = grown(Points(kill_at=place))
        with pytest.MonkeyPatch.context() as patch:
            at_each_place(patch, world)
            with pytest.raises(Killed):
                boot(world)
            assert boot(world) == 0, names[place - 1]
        assert world.host.log == [f"mount {DEVICE}", f"grow {DEVICE}"], names[place - 1]
        assert notes(world) == notes(whole)


def test_a_file_system_of_xfs_is_grown_by_its_own_program(world):
    """By the place where it is mounted: xfs_growfs takes no device."""
    asked = []
    machine = world.machine()
    machine.commands = SimpleNamespace(run=lambda words, **_: asked.append(words))
    (world.folder / "root/data").mkdir()
    grow(machine, "xfs", "/dev/nvme1n1", "/data")
    assert asked == [["xfs_growfs", str(world.folder / "root/data")]]
    with pytest.raises(AgentError, match="nobody here knows how to grow btrfs"):
        grow(machine, "btrfs", "/dev/nvme1n1", "/data")
    assert GROW.keys() == MKFS.keys()
