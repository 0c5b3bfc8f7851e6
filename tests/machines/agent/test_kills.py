"""A whole boot, ended at every place where something leaves the agent, and begun anew.

What it proves: wherever the agent is killed, the next one ends in the same state, and nothing that
counts is done twice. Not that a file system is whole after a power cut: files are flushed before
they take their name.
"""

import gzip
import hashlib
import os
import stat
from collections import Counter

import pytest

from machines.agent.run import REFUSED
from tests.machines.agent.strict_ec2 import Attachment, Resource
from tests.machines.agent.world import (
    ME,
    OTHER,
    ZONE,
    Killed,
    Points,
    World,
    at_each_place,
    configured,
)

VOLUME, INTERFACE = "vol-0123456789abcdef0", "eni-0123456789abcdef0"
TAGS = {"heiiki:cluster": "dev", "heiiki:member": "1a"}
PROGRAM = b"#!/bin/sh\nexec etcd\n" * 50
OWNER = f"{os.getuid()}:{os.getgid()}"
MEMBERS = {"1a": "https://1a.etcd.dev.heiiki.internal:2380", "1c": "https://1c.etcd:2380"}


def etcd_boot(world: World):
    """What a member of etcd does, and what it finds: the old machine has just been terminated."""
    packed = gzip.compress(PROGRAM, mtime=0)
    digest = world.put_binary(packed)
    (world.folder / "bundle" / "files").mkdir(parents=True, exist_ok=True)
    (world.folder / "bundle" / "files" / "0").write_text("name: 1a\n")
    world.parameters = {
        "/heiiki/dev/etcd-1a/etcd-peer-1a.key": "key of the peer",
        "/heiiki/dev/etcd-1a/etcd-peer-1a.crt": "certificate of the peer",
        "/heiiki/dev/etcd-1a/etcd-ca.crt": "certificate of the authority",
        "/heiiki/dev/etcd-1c/etcd-peer-1c.key": "key of another",
    }
    held = Attachment(OTHER, "/dev/sdf", "attached", 0)
    world.ec2.resources = {
        VOLUME: Resource(VOLUME, ZONE, dict(TAGS), held),
        INTERFACE: Resource(
            INTERFACE, ZONE, dict(TAGS), Attachment(OTHER, "", "attached", 0),
            address="10.0.16.9", mac="06:00:00:00:00:09",
        ),
    }  # fmt: skip
    world.ec2.terminate(OTHER)
    unpacked = hashlib.sha256(PROGRAM).hexdigest()
    secrets = [
        {"name": n, "path": f"/etc/etcd/pki/{n}", "owner": OWNER}
        for n in ("etcd-peer-1a.key", "etcd-peer-1a.crt", "etcd-ca.crt")
    ]
    return configured(
        {"step": "write-files",
         "files": [{"path": "/etc/etcd/etcd.yaml", "source": "files/0", "owner": OWNER}]},
        {"step": "fetch-binaries", "bucket": "carried-in",
         "binaries": [{"sha256": digest, "unpackedSha256": unpacked, "owner": OWNER,
                       "path": "/usr/local/bin/etcd"}]},
        {"step": "take-secrets", "parameters": "/heiiki/dev/etcd-1a", "files": secrets},
        {"step": "attach-volume", "tags": TAGS, "device": "/dev/sdf"},
        {"step": "attach-interface", "tags": TAGS, "subnetCidr": "10.0.16.0/24"},
        {"step": "mount", "volume": "attach-volume", "path": "/var/lib/etcd", "cluster": "dev",
         "member": "1a", "mode": "0700", "owner": OWNER},
        {"step": "claim-bootstrap", "bucket": "dev-cluster", "cluster": "dev-etcd", "member": "1a",
         "members": MEMBERS, "token": "dev-etcd-1", "path": "/etc/etcd/bootstrap.json",
         "volume": "attach-volume", "environment": "/var/lib/heiiki/agent/etcd.env"},
        {"step": "start-units", "units": ["etcd.service"]},
        {"step": "wait-for", "command": ["true"]},
        {"step": "signal"},
    )  # fmt: skip


def state_of(world: World) -> dict:
    """Everything that the boot was to make, files with their modes."""
    root = world.folder / "root"
    files = {
        str(path.relative_to(root)): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file() and "random" not in str(path)
    }
    host, journal = world.host, world.machine().journal.record
    return {
        "files": files, "units": host.units, "mounts": list(host.mounts.values()),
        "rules": host.rules, "routes": host.routes, "addresses": host.addresses,
        "held": {i: r.attachment and (r.attachment.instance, r.attachment.state)
                 for i, r in world.ec2.resources.items()},
        "objects": world.objects, "told": world.told,
        "journal": {n: (e.state, e.notes) for n, e in journal.steps.items()},
        "result": (journal.result, journal.told),
    }  # fmt: skip


def done_once(world: World) -> list[str]:
    return sorted([*world.log, *world.host.log, *world.ec2.calls])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The boot that nobody disturbs: its places, its end, and what was done."""
    with pytest.MonkeyPatch.context() as patch:
        world = World(tmp_path_factory.mktemp("whole"))
        at_each_place(patch, world)
        configuration = etcd_boot(world)
        assert world.run(configuration) == 0, world.console
        names = list(world.points.names)
        return names, state_of(world), done_once(world)


def test_a_boot_does_everything_once(whole):
    names, state, done = whole
    assert len(names) > 150
    assert {"before mkfs.ext4 -q", "after the name journal.json"} <= set(names)
    assert done == sorted([
        f"attach {INTERFACE} to {ME}", f"attach {VOLUME} to {ME}", "mkfs /dev/nvme1n1",
        "mount /dev/nvme1n1", "put dev-cluster/bootstrap/dev-etcd.json",
        "put dev-cluster/bootstrap/dev-etcd/1a.json", "start etcd.service",
    ])  # fmt: skip
    assert state["told"] == ["CONTINUE"] and state["result"] == ("done", "CONTINUE")
    assert state["files"]["etc/etcd/pki/etcd-peer-1a.key"] == (0o600, b"key of the peer")
    assert state["files"]["usr/local/bin/etcd"] == (0o755, PROGRAM)
    assert "key of another" not in str(state["files"])
    assert {entry for entry, _ in state["journal"].values()} == {"done"}


@pytest.mark.uncounted
@pytest.mark.parametrize("then", ["started anew", "powered off and on"])
def test_a_boot_that_is_killed_anywhere_ends_as_one_that_was_not(whole, tmp_path, then):
    names, state, done = whole
    for place in range(1, len(names) + 1):
        world = World(tmp_path / str(place), points=Points(kill_at=place))
        with pytest.MonkeyPatch.context() as patch:
            at_each_place(patch, world)
            configuration = etcd_boot(world)
            with pytest.raises(Killed) as killed:
                world.run(configuration)
            where = str(killed.value)
            assert where == names[place - 1]
            was_running = world.host.units
            if then == "powered off and on":
                world.host.boot("another-boot")
            assert world.run(configuration) == 0, (place, where, world.console)
        assert state_of(world) == state, (place, where)
        again = [name for name in done_once(world) if name not in done]
        more = sorted((Counter(done_once(world)) - Counter(done)).elements())
        assert again == [], (place, where)
        # On a volume that was seen blank and never mounted since; after a boot, what ends with one.
        allowed = ["mkfs /dev/nvme1n1"] * ("mkfs" in where or "journal" in where)
        if then != "started anew":
            allowed = ["mount /dev/nvme1n1", *(f"start {unit}" for unit in was_running)]
        assert set(more) <= set(allowed) and len(more) <= len(allowed), (place, where)


@pytest.mark.uncounted
def test_a_boot_that_fails_tells_its_group_once_wherever_it_is_killed(tmp_path):
    """The volume is another member's, which no other try mends."""

    def failing(world):
        configuration = etcd_boot(world)
        world.ec2.resources[VOLUME].zone = "ap-northeast-1c"
        return configuration

    def ended(world):
        record = world.machine().journal.record
        failed = record.steps["attach-volume"]
        return world.told, record.result, record.told, failed.state, failed.error

    with pytest.MonkeyPatch.context() as patch:
        world = World(tmp_path / "whole")
        at_each_place(patch, world)
        assert world.run(failing(world)) == REFUSED
        names, end = list(world.points.names), ended(world)
    assert end[:4] == (["ABANDON"], "failed", "ABANDON", "failed") and len(names) > 50
    for place in range(1, len(names) + 1):
        world = World(tmp_path / str(place), points=Points(kill_at=place))
        with pytest.MonkeyPatch.context() as patch:
            at_each_place(patch, world)
            configuration = failing(world)
            with pytest.raises(Killed):
                world.run(configuration)
            assert world.run(configuration) == REFUSED, place
        assert ended(world) == end, (place, names[place - 1])
        assert world.host.units == {} and world.host.mounts == {}
