"""A member without data: when it is taken out and in anew, and when nothing is touched."""

import json
import re

import pytest

from machines.agent.errors import Unreachable
from machines.agent.etcd_api import EtcdApi
from machines.agent.run import FAILED, REFUSED
from machines.agent.settings import ConfigurationError
from tests.machines.agent.members import Entry, client_url, peer_url, three
from tests.machines.agent.strict_ec2 import Resource
from tests.machines.agent.world import ME, ZONE, Killed, Points, World, at_each_place, configured

NAMES = ("1a", "1c", "1d")
DATA = "/var/lib/etcd/data"
TAGS = {"heiiki:member": "1a"}
VOLUME = "vol-0a1b2c3d4e5f67890"
BEGUN = "dev-cluster/bootstrap/dev/begun/1a.json"
ENVIRONMENT = "/var/lib/heiiki/agent/etcd.env"
CLIENT = {
    "claim": "claim-bootstrap", "member": "1a",
    "members": {name: client_url(name) for name in NAMES}, "data": DATA,
    "ca": "/ca.crt", "certificate": "/c.crt", "key": "/c.key", "timeoutSeconds": 60,
}  # fmt: skip
PEERS = {name: peer_url(name) for name in NAMES}
CLAIM = {
    "step": "claim-bootstrap", "bucket": "dev-cluster", "cluster": "dev", "member": "1a",
    "members": PEERS, "token": "dev-1", "path": "/etc/etcd/bootstrap.json",
    "volume": "attach-volume", "environment": ENVIRONMENT,
}  # fmt: skip
PLACE = {"bucket": "dev-cluster", "cluster": "dev"}
JOIN = {"step": "join-etcd", "peers": PEERS, **PLACE, **CLIENT}
SETTLE = {"step": "settle-etcd", **PLACE, **CLIENT}
START = {"step": "start-units", "units": ["etcd.service"]}
STEPS = (
    {"step": "attach-volume", "tags": TAGS, "device": "/dev/sdf"}, CLAIM, JOIN, START, SETTLE
)  # fmt: skip


def wiped(world, entries=None):
    """1a has begun, and now its volume is another one, or blank."""
    world.ec2.resources = {VOLUME: Resource(VOLUME, ZONE, dict(TAGS))}
    world.objects[BEGUN] = b"{}"
    world.members.entries = three() if entries is None else entries
    starts = type(world.host)._systemctl

    def systemctl(arguments):
        if arguments[0] == "start" and arguments[-1] == "etcd.service":
            world.members.start("1a")
            holds(world, "member/wal/0.wal")
        return starts(world.host, arguments)

    world.host._systemctl = systemctl
    return configured(*STEPS, signal=None, deadlineSeconds=30)


def boot(world, entries=None):
    return world.run(wiped(world, entries))


def last_words(world):
    return world.console[-1].partition(" s: ")[2]


def untouched(world):
    return world.members.log == [] and "etcd.service" not in world.host.units


def holds(world, *names):
    for name in names:
        path = world.folder / "root" / DATA.lstrip("/") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_a_member_without_data_is_taken_out_and_in_anew(world):
    world.members.unwell = 2
    assert boot(world) == 0, world.console
    assert world.members.log == ["remove 1", "add 1a as 900"]
    assert (world.folder / "root" / ENVIRONMENT.lstrip("/")).read_text() == (
        "ETCD_INITIAL_CLUSTER_STATE=existing\n"
    )
    assert [entry.listed for entry in world.members.entries][-1] == {
        "ID": "900", "name": "1a", "peerURLs": [peer_url("1a")]
    }  # fmt: skip
    assert any("1a has begun before; without its data it joins" in line for line in world.console)
    assert any("its former self 1 is taken out" in line for line in world.console)
    well = json.loads(world.objects["dev-cluster/bootstrap/dev/well/1a.json"])
    assert (well["member"], well["id"], well["term"], well["index"]) == ("1a", "900", 0, 0)


def test_a_volume_that_is_not_the_first_is_no_other_case(world):
    configuration = wiped(world)
    first = {"format": 1, "member": "1a", "volume": "vol-lost", "instance": "i-2"}
    del world.objects[BEGUN]
    world.objects["dev-cluster/bootstrap/dev/1a.json"] = json.dumps(first).encode()
    assert world.run(configuration) == 0, world.console
    assert world.members.log == ["remove 1", "add 1a as 900"]
    assert json.loads(world.objects[BEGUN]) == {"format": 1, "member": "1a", "instance": ME}


def test_a_member_that_begins_asks_nobody_and_says_that_it_has_begun(world):
    """The first of three has nobody to ask."""
    configuration = wiped(world, entries=[])
    del world.objects[BEGUN]
    assert world.run(configuration) == 0, world.console
    assert world.members.log == [] and json.loads(world.objects[BEGUN])["member"] == "1a"
    assert not any(".etcd." in name for name in world.points.names)


def test_a_member_with_its_log_goes_on_as_itself(world):
    holds(world, "member/wal/0000000000000000-0000000000000000.wal")
    assert boot(world) == 0, world.console
    assert world.members.log == []
    asked = [name for name in world.points.names if name.startswith("before") and ":2379" in name]
    assert asked == ["before 1a.etcd.dev.heiiki.internal:2379 POST"], "whether it has a leader"


def test_a_member_that_comes_back_counts_before_its_machine_is_in_service(world):
    """Whoever replaces machines one by one goes on then."""
    holds(world, "member/wal/0.wal")
    configuration = wiped(world)
    world.host._systemctl = type(world.host)._systemctl.__get__(world.host)  # it never answers
    assert world.run(configuration) == FAILED
    assert last_words(world).startswith("1a.etcd.dev.heiiki.internal:2379 does not answer")
    world.members.start("1a")
    assert world.run(configuration) == 0, world.console


@pytest.mark.parametrize("names", [NAMES, ("1c", "1d")])
def test_a_member_of_a_cluster_that_is_down_waits_for_nobody(world, names):
    """Nor is it replaced for it, for ever."""
    holds(world, "member/wal/0.wal")
    assert boot(world, down(*names)) == 0, world.console
    assert world.members.log == []


def test_a_member_that_is_gone_from_the_list_is_taken_in(world):
    """Killed between the two, or by an operator."""
    assert boot(world, three()[1:]) == 0, world.console
    assert world.members.log == ["add 1a as 900"]


@pytest.mark.parametrize("learner", [True, False])
def test_a_member_that_was_taken_in_and_never_started_starts(world, learner):
    """Killed before its own etcd ran; or an operator has said `member add`."""
    holds(world, "member/snap/db")
    entries = three(**{"1a": Entry("5", "1a", "", learner=learner)})
    assert boot(world, entries) == 0, world.console
    assert world.members.log == (["promote 5"] if learner else [])


def test_a_learner_is_promoted_when_it_has_caught_up(world):
    world.members.behind = 3
    assert boot(world, three(**{"1a": Entry("5", "1a", "", learner=True)})) == 0, world.console
    assert world.members.log == ["promote 5"] and world.clock.seconds > 104


def test_a_member_that_has_no_leader_yet_is_waited_for(world):
    holds(world, "member/wal/0.wal", "../.heiiki-joining")
    configuration = wiped(world, [*down("1c", "1d")])
    assert world.run(configuration) == FAILED
    assert last_words(world).startswith(f"{client_url('1a')} has no leader")
    assert BEGUN in world.objects and "put " + BEGUN not in world.log


def test_a_learner_that_lost_its_data_once_more_is_no_other_case(world):
    entries = three(**{"1a": Entry("5", "1a", "1a", up=False, learner=True)})
    assert boot(world, entries) == 0, world.console
    assert world.members.log == ["remove 5", "add 1a as 900"]


def test_a_machine_that_ended_before_the_end_leaves_it_to_the_next(world):
    holds(world, "member/wal/0.wal", "../.heiiki-joining")
    entries = three(**{"1a": Entry("900", "1a", "1a", learner=True)})
    assert boot(world, entries) == 0, world.console
    assert world.members.log == ["promote 900"]
    assert not (world.folder / "root/var/lib/etcd/.heiiki-joining").exists()


def down(*names):
    entries = three()
    for entry in entries:
        entry.up = entry.name not in names
    return entries


@pytest.mark.parametrize("names", [("1a", "1c"), NAMES])
def test_without_a_majority_of_the_others_nothing_is_touched(world, names):
    """Two that lost their disks would otherwise be a blank cluster of their own."""
    assert boot(world, down(*names)) == FAILED
    assert last_words(world).startswith("1a has no data, and of the others none has a leader; 2 ")
    assert untouched(world)


def test_two_blank_members_do_not_believe_each_other(world):
    """As learners they have no vote, and what they say of a leader counts for nothing."""
    entries = three(**{"1c": Entry("3", "1c", "1c", learner=True)})
    entries[0].learner = True
    assert boot(world, entries) == FAILED and untouched(world)
    assert "of the others 1d has a leader; 2 have to answer so" in last_words(world)


def test_members_of_different_clusters_stop_it(world):
    assert boot(world, three(**{"1c": Entry("3", "1c", "1c", cluster="78")})) == REFUSED
    assert last_words(world) == "1c, 1d are of different clusters; somebody has to look"
    assert untouched(world)


@pytest.mark.parametrize("file", ["member/snap/db", "kept-by-somebody"])
def test_a_folder_that_is_not_empty_stops_it(world, file):
    holds(world, file)
    assert boot(world) == REFUSED
    assert f"{DATA} has no log and yet {file.rpartition('/')[2]}" in last_words(world)
    assert untouched(world)


def test_empty_folders_are_nothing(world):
    (world.folder / "root" / DATA.lstrip("/") / "member/snap").mkdir(parents=True)
    assert boot(world) == 0, world.console


def test_a_former_self_that_still_answers_stops_it(world):
    assert boot(world, down()) == FAILED
    assert last_words(world).startswith(f"{client_url('1a')} still answers")
    assert untouched(world)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            Entry("9", "1e", "", learner=True),
            f"{peer_url('1e')} is being taken in; one is at a time",
        ),
        (Entry("9", "1e", "1e", learner=True), "1e is being taken in; one is at a time"),
        (Entry("9", "1e", "1e"), f"{peer_url('1e')} is a member that no plan knows; remove it"),
    ],
)
def test_members_change_one_at_a_time_and_only_those_of_the_plan(world, more, words):
    assert boot(world, [*three(), more]) == FAILED
    assert words in last_words(world) and untouched(world), last_words(world)


def test_a_member_that_is_missing_has_to_come_back_first(world):
    """etcd would not start: its list of members is the plan's."""
    steps = list(STEPS)
    five = {**CLIENT, "members": {n: client_url(n) for n in (*NAMES, "1e", "1f")}}
    peers = {name: peer_url(name) for name in five["members"]}
    steps[2] = {**JOIN, **five, "peers": peers}
    wiped(world, [*three(), Entry("6", "1e", "1e")])
    assert world.run(configured(*steps, signal=None, deadlineSeconds=30)) == FAILED
    assert f"{peer_url('1f')} is no member now" in last_words(world) and untouched(world)


def test_a_member_that_is_listed_twice_is_left_to_somebody(world):
    assert boot(world, [*three(), Entry("9", "1a", "")]) == REFUSED
    assert last_words(world) == "1a is a member twice: 1, 9" and untouched(world)


def test_an_only_member_cannot_be_taken_in(world):
    only = {**CLIENT, "members": {"1a": client_url("1a")}}
    steps = [*STEPS[:2], {**JOIN, **only, "peers": {"1a": peer_url("1a")}}, START]
    wiped(world)
    assert world.run(configured(*steps, signal=None, deadlineSeconds=30)) == REFUSED
    assert "the only member, and its data are gone: restore a snapshot" in last_words(world)


def test_before_the_claim_nothing_is_known(world):
    assert world.run(configured(JOIN, signal=None, deadlineSeconds=10)) == FAILED
    assert last_words(world) == "claim-bootstrap has told etcd nothing"


def test_a_learner_that_never_catches_up_is_told(world):
    world.members.behind = 10_000
    assert boot(world, three(**{"1a": Entry("5", "1a", "", learner=True)})) == FAILED
    assert "can only promote a learner member which is in sync" in last_words(world)


def test_a_member_that_does_not_answer_after_its_start_is_told(world):
    holds(world, "member/wal/0.wal", "../.heiiki-joining")
    configuration = wiped(world)
    world.host._systemctl = type(world.host)._systemctl.__get__(world.host)
    assert world.run(configuration) == FAILED
    assert "1a.etcd.dev.heiiki.internal:2379 does not answer" in last_words(world)


def test_a_learner_without_another_member_is_told(world):
    holds(world, "member/wal/0.wal", "../.heiiki-joining")
    only = {**CLIENT, "members": {"1a": client_url("1a")}}
    wiped(world, [Entry("900", "1a", "1a", learner=True)])
    steps = [{**SETTLE, **only}]
    assert world.run(configured(*steps, signal=None, deadlineSeconds=10)) == FAILED
    assert "there is no other member" in last_words(world)


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"error": "no"}'])
def test_an_answer_that_is_none_is_told(world, monkeypatch, content):
    api = EtcdApi(world.machine(), "/ca", "/c", "/k")
    status = 400 if content.startswith(b'{"') else 200
    monkeypatch.setattr(world.members, "answer", lambda *_: (status, content))
    with pytest.raises(Exception, match=r"not JSON|: no") as caught:
        api.status(client_url("1c"))
    assert not isinstance(caught.value, Unreachable), "somebody answered"


def test_rows_that_are_none_are_members_of_nothing(world, monkeypatch):
    api = EtcdApi(world.machine(), "/ca", "/c", "/k")
    monkeypatch.setattr(world.members, "answer", lambda *_: (200, b'{"members": [7], "header": 1}'))
    (found,) = api.members(client_url("1c"))
    assert (found.id, found.name, found.peer_urls, found.learner) == ("", "", (), False)
    monkeypatch.setattr(world.members, "answer", lambda *_: (200, b"{}"))
    assert api.members(client_url("1c")) == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"member": "2b"}, "member: must be one of members"),
     ({"peers": {"1a": peer_url("1a")}}, "peers: must be those of members")],
)  # fmt: skip
def test_what_does_not_fit_is_told_before_anything(changes, fault):
    with pytest.raises(ConfigurationError, match=fault):
        configured({**JOIN, **changes})


@pytest.mark.uncounted
def test_killed_anywhere_it_is_taken_out_once_and_in_once(tmp_path):
    """And ends as a boot that was not."""

    def ended(world):
        objects = {k: re.sub(rb'"seen": "[^"]+"', b"", text) for k, text in world.objects.items()}
        return world.members.log, [entry.listed for entry in world.members.entries], objects

    with pytest.MonkeyPatch.context() as patch:
        world = World(tmp_path / "whole")
        at_each_place(patch, world)
        assert world.run(wiped(world)) == 0, world.console
        names, end = list(world.points.names), ended(world)
    assert len([name for name in names if ":2379 POST" in name]) >= 12
    for place in range(1, len(names) + 1):
        world = World(tmp_path / str(place), points=Points(kill_at=place))
        with pytest.MonkeyPatch.context() as patch:
            at_each_place(patch, world)
            configuration = wiped(world)
            with pytest.raises(Killed):
                world.run(configuration)
            if place % 2:
                world.host.boot("another-boot")
            assert world.run(configuration) == 0, (place, names[place - 1], world.console)
        assert ended(world) == end, (place, names[place - 1])
