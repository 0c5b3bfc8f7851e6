"""Snapshots of etcd: who makes one, what counts as one, what is said when there is none; and the
restore, ended at every place and begun anew. What etcd itself does with it is asked in
tests/control_plane/test_etcd.py."""

import base64
import hashlib
import json
import os
from datetime import timedelta

import pytest

from machines.agent.errors import AgentError, Refused
from machines.agent.etcd_api import cluster_id_of
from machines.agent.run import DONE, FAILED, REFUSED, once
from machines.agent.settings import ConfigurationError
from machines.agent.snapshots import Checked, as_named, snapshot_key, snapshot_of
from tests.machines.agent.members import client_url, peer_url, three
from tests.machines.agent.strict_ec2 import Resource
from tests.machines.agent.test_join_etcd import (
    CLAIM,
    CLIENT,
    DATA,
    JOIN,
    NAMES,
    PEERS,
    SETTLE,
    START,
    TAGS,
    VOLUME,
)
from tests.machines.agent.world import ZONE, Killed, Points, World, at_each_place, configured

PREFIX = "snapshots/dev/dev-1"
PAGES = bytes(range(256)) * 8
WHOLE = PAGES + hashlib.sha256(PAGES).digest()
SHA256 = hashlib.sha256(WHOLE).hexdigest()
SNAPSHOT = {
    "step": "snapshot-etcd", "bucket": "dev-cluster", "prefix": PREFIX, "member": "1a",
    "members": {name: client_url(name) for name in NAMES}, "ca": "/ca.crt",
    "certificate": "/c.crt", "key": "/c.key", "path": "/var/lib/heiiki/snapshots/etcd.db",
    "intervalMinutes": 60,
}  # fmt: skip
KEY = f"{PREFIX}/20261128T000000Z-r9-{SHA256}.db"
RESTORE = {
    "step": "restore-etcd", "peers": PEERS, **CLIENT, "token": "dev-2", "bucket": "dev-cluster",
    "snapshot": KEY, "program": "/opt/heiiki/bin/etcdutl", "owner": f"{os.getuid()}:{os.getgid()}",
    "bumpRevision": 1000,
}  # fmt: skip


@pytest.fixture
def world(tmp_path, monkeypatch) -> World:
    found = World(tmp_path / "world")
    at_each_place(monkeypatch, found)
    entries = {entry.host: entry for entry in three()}
    entries["1a"].up, entries["1a"].leads = True, True
    found.members.entries = list(entries.values())
    found.members.snapshot = answered(WHOLE)
    return found


def answered(content: bytes, size: int = 700) -> bytes:
    """As etcd's gateway does: a line for each piece."""
    lines = []
    for begin in range(0, len(content), size):
        blob = base64.b64encode(content[begin : begin + size]).decode()
        lines.append(json.dumps({"result": {"remaining_bytes": "1", "blob": blob}}))
    return "\n".join(lines).encode() + b"\n"


def look(world: World) -> int:
    return once(configured(SNAPSHOT, signal=None), world.machine())


def made(world: World) -> list[str]:
    return [name.partition("/")[2] for name in world.objects if "/snapshots/" in name]


def earlier(world: World, minutes: float) -> str:
    when = world.clock.now() - timedelta(minutes=minutes)
    key = snapshot_key(PREFIX, when, 7, SHA256)
    world.objects[f"dev-cluster/{key}"] = WHOLE
    return key


def test_the_leader_makes_one_whose_name_says_what_it_is(world):
    assert look(world) == DONE
    (key,) = made(world)
    found = snapshot_of(key)
    assert found is not None and key.startswith(PREFIX + "/")
    assert (found.cluster, found.generation, found.revision) == ("dev", 1, 9)
    assert found.sha256 == SHA256 and world.objects[f"dev-cluster/{key}"] == WHOLE
    assert found.made == world.clock.now().replace(microsecond=0)
    assert world.console == [f"heiiki-agent: snapshot {key}"]
    folder = world.folder / "root/var/lib/heiiki/snapshots"
    assert list(folder.iterdir()) == [], "nothing of it stays on the machine"


@pytest.mark.parametrize(
    ("leads", "age", "makes"),
    [(True, 59, False), (True, 60, True), (False, 60, False), (False, 89, False),
     (False, 90, True), (False, None, True)],
)  # fmt: skip
def test_one_makes_it_and_another_where_the_leader_did_not(world, leads, age, makes):
    world.members.entries[0].leads = leads
    before = [] if age is None else [earlier(world, age)]
    assert look(world) == DONE, world.console
    assert (len(made(world)) > len(before)) == makes
    assert bool(world.console) == makes


def test_one_from_the_future_keeps_nobody_from_making_another(world):
    """A clock was wrong once."""
    earlier(world, -60)
    assert look(world) == DONE and len(made(world)) == 2
    assert look(world) == DONE and len(made(world)) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [(WHOLE[:-32], "is cut off: 2048 bytes are no pages and a hash"),
     (WHOLE[:1500], "is cut off"), (b"", "is cut off: 0 bytes"),
     (b"\xff" + WHOLE[1:], "does not have the hash that etcd made of it"),
     (WHOLE[:-1] + b"\0", "does not have the hash that etcd made of it")],
)  # fmt: skip
def test_what_is_not_whole_is_no_snapshot_and_that_is_told(world, content, why):
    before = earlier(world, 70)
    world.members.snapshot = answered(content)
    assert look(world) == FAILED
    assert made(world) == [before]
    (line,) = world.console
    assert line.startswith("heiiki-agent: snapshot-etcd failed: the snapshot ") and why in line
    assert line.endswith("; no snapshot was made, and the newest is of 20261127T225140Z")


@pytest.mark.parametrize(("alarm", "makes"), [("CORRUPT", False), ("NOSPACE", True)])
def test_none_is_made_while_members_data_differ(world, alarm, makes):
    """A full quota is no reason: rather the more one to have a snapshot."""
    world.members.entries[0].errors = (f"memberID:4 alarm:{alarm} ",)
    assert look(world) == (DONE if makes else FAILED)
    assert bool(made(world)) is makes
    assert makes or "members differ (alarm CORRUPT), and who has" in world.console[0]


def test_what_etcd_says_instead_is_told(world):
    world.members.snapshot = b'{"error": {"code": 14, "message": "mvcc: closed"}}\n'
    assert look(world) == FAILED and made(world) == []
    assert "maintenance/snapshot: mvcc: closed; no snapshot was made" in world.console[0]
    world.members.snapshot = b"<html>"
    assert look(world) == FAILED and "a piece of it is not JSON" in world.console[1]


def test_a_member_without_a_majority_makes_none(world):
    for entry in world.members.entries[1:]:
        entry.up = False
    assert look(world) == FAILED and made(world) == []
    assert "1a follows no leader" in world.console[0]
    assert world.console[0].endswith("and there is none of late")


def test_a_leader_that_does_not_know_yet_that_it_is_none_makes_none(world):
    """It says so of itself alone, for an election's time; most members are asked, too."""
    refused = 400, b'{"code": 14, "message": "etcdserver: no leader"}'
    world.members._list = lambda body: refused
    assert look(world) == FAILED and made(world) == []
    assert "cluster/member/list: etcdserver: no leader" in world.console[0]


def test_what_s3_refuses_is_told_and_nothing_of_it_stays(world):
    world.refusals = [("PUT", 403, "AccessDenied")]
    assert look(world) == FAILED and made(world) == []
    assert "AccessDenied" in world.console[0]
    assert list((world.folder / "root/var/lib/heiiki/snapshots").iterdir()) == []
    assert look(world) == DONE and len(made(world)) == 1


def test_a_list_that_is_refused_is_no_empty_one(world):
    """kube-aws took AccessDenied for "there is no snapshot"."""

    def refused(*_: object) -> tuple[int, bytes]:
        return 403, b"<E><Code>AccessDenied</Code></E>"

    world._listed = refused
    assert look(world) == FAILED and made(world) == []
    assert "ListObjectsV2" in world.console[0] and "AccessDenied" in world.console[0]


def test_names_are_read_as_they_are_written():
    found = snapshot_of(KEY)
    assert found is not None and snapshot_key(PREFIX, found.made, 9, SHA256) == KEY
    for other in ("", KEY + "x", KEY.replace("-r9-", "-"), KEY.replace("20261128", "20261328"),
                  KEY.replace("dev-1", "prod-1"), f"snapshots/dev/{SHA256}.db"):  # fmt: skip
        assert snapshot_of(other) is None, other


def test_pieces_are_checked_however_they_come():
    for size in (1, 31, 32, 33, 5000):
        pieces = [WHOLE[n : n + size] for n in range(0, len(WHOLE), size)]
        checked = Checked(pieces)
        assert b"".join(checked) == WHOLE and checked.sha256 == SHA256
        with pytest.raises(AgentError, match="does not have the hash"):
            list(Checked([*pieces[:-1], bytes(len(pieces[-1]))]))


def test_a_restored_object_is_the_named_one_or_none():
    named = snapshot_of(KEY)
    assert named is not None and b"".join(as_named([WHOLE], named)) == WHOLE
    with pytest.raises(Refused, match="choose another snapshot"):
        list(as_named([WHOLE[:-1]], named))


def lost(world: World, **changes: object):
    """All three have lost their disks; 1a is the first to boot, of the second generation."""
    world.ec2.resources = {VOLUME: Resource(VOLUME, ZONE, dict(TAGS))}
    world.objects["dev-cluster/bootstrap/dev/begun/1a.json"] = b"{}"
    world.objects[f"dev-cluster/{KEY}"] = WHOLE
    world.members.entries = []
    claim = {**CLAIM, "cluster": "dev-2", "token": "dev-2", "snapshot": KEY}
    return configured(
        {"step": "attach-volume", "tags": TAGS, "device": "/dev/sdf"}, claim,
        {**RESTORE, **changes}, JOIN, START, {**SETTLE, "cluster": "dev-2"}, signal=None,
        deadlineSeconds=30,
    )  # fmt: skip


def data(world: World):
    return world.folder / "root" / DATA.lstrip("/")


def test_a_member_that_begins_a_generation_begins_with_the_snapshot(world):
    assert world.run(lost(world)) == DONE, world.console
    assert (data(world) / "member/wal/0.wal").read_bytes() == WHOLE
    assert data(world).stat().st_mode & 0o777 == 0o700
    peers = ",".join(f"{name}={peer_url(name)}" for name in NAMES)
    assert world.host.log == [
        f"etcdutl --name 1a --initial-cluster {peers} --initial-cluster-token dev-2 "
        f"--initial-advertise-peer-urls {peer_url('1a')} --bump-revision 1000 --mark-compacted",
        "start etcd.service",
    ]
    claim = json.loads(world.objects["dev-cluster/bootstrap/dev-2.json"])
    assert claim["snapshot"] == KEY and claim["token"] == "dev-2"
    assert "dev-cluster/bootstrap/dev-2/begun/1a.json" in world.objects
    assert any(line.endswith(f"1a begins with {KEY}") for line in world.console)
    assert sorted(path.name for path in data(world).parent.iterdir()) == [
        ".heiiki-restored",
        "data",
    ]


@pytest.mark.uncounted
def test_wherever_it_is_killed_it_ends_the_same(tmp_path, monkeypatch):
    ended = 0
    for number in range(1, 200):
        world = World(tmp_path / f"at-{number}")
        at_each_place(monkeypatch, world)
        configuration = lost(world)
        world.points = Points(kill_at=number)
        try:
            world.run(configuration)
            break
        except Killed:
            ended += 1
        world.points = Points()
        assert world.run(configuration) == DONE, (number, world.console)
        assert (data(world) / "member/wal/0.wal").read_bytes() == WHOLE
        beside = {path.name for path in data(world).parent.iterdir()}
        assert beside == {".heiiki-restored", "data"}, number
        assert world.host.log[-1] == "start etcd.service"
    assert ended > 20


def refused(world: World, configuration) -> str:
    assert world.run(configuration) == REFUSED, world.console
    assert "etcd.service" not in world.host.units and not any(
        "etcdutl" in line for line in world.host.log
    )
    return next(line for line in world.console if " failed after " in line)


def test_nothing_is_restored_over_data(world):
    configuration = lost(world)
    wal = data(world) / "member/wal/0.wal"
    wal.parent.mkdir(parents=True)
    wal.write_bytes(b"of the first generation")
    said = refused(world, configuration)
    assert f"{DATA} has data (0.wal), and nothing is restored over it" in said
    assert wal.read_bytes() == b"of the first generation"


def test_nothing_is_restored_beside_a_cluster_that_lives(world):
    configuration = lost(world)
    world.members.entries = three()
    said = refused(world, configuration)
    assert "1c follows a leader, of cluster 77: it lives" in said
    assert "take controlPlane.etcd.restore out of the stack file" in said


def test_members_of_the_generation_that_have_begun_are_no_other_cluster(world):
    """The third restores while two of them have a leader already."""
    configuration = lost(world)
    world.members.entries = three()
    for entry in world.members.entries:
        entry.cluster = cluster_id_of(PEERS, "dev-2")
    assert world.run(configuration) == DONE, world.console


def test_another_member_without_a_leader_is_no_cluster(world):
    configuration = lost(world)
    (_, left, gone) = three()
    gone.up = False
    world.members.entries = [*three()[:1], left, gone]
    assert world.run(configuration) == DONE, world.console


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"of somebody else", "has digest"), (None, "is not there; choose another snapshot")],
)
def test_another_content_or_none_is_refused(world, content, said):
    configuration = lost(world)
    del world.objects[f"dev-cluster/{KEY}"]
    if content is not None:
        world.objects[f"dev-cluster/{KEY}"] = content
    assert f"{KEY} {said}" in refused(world, configuration)
    assert not data(world).exists()


def test_members_of_a_generation_begin_with_one_snapshot(world):
    """The first has claimed it with another."""
    configuration = lost(world)
    other = KEY.replace("-r9-", "-r8-")
    claim = {"format": 1, "cluster": "dev-2", "members": PEERS, "token": "dev-2",
             "snapshot": other, "by": {"member": "1c", "instance": "i-2"}}  # fmt: skip
    world.objects["dev-cluster/bootstrap/dev-2.json"] = json.dumps(claim).encode()
    said = refused(world, configuration)
    assert f"began with {other}; write that again" in said and "or the next generation" in said


def test_who_has_begun_in_the_generation_joins_as_ever(world):
    """Its disk is gone once more: the others have what came since."""
    configuration = lost(world)
    world.objects["dev-cluster/bootstrap/dev-2/begun/1a.json"] = b"{}"
    world.members.entries = three()
    assert world.run(configuration) == FAILED, "etcd is only pretended"
    assert world.members.log[:2] == ["remove 1", "add 1a as 900"]
    assert not any("etcdutl" in line for line in world.host.log)


def test_a_snapshot_is_named_whole(world):
    with pytest.raises(ConfigurationError, match="snapshot: must be the key of a snapshot"):
        configured({**RESTORE, "snapshot": "snapshots/dev/newest"}, signal=None)
