"""A member with an older copy of its data: it is taken in anew, or nothing starts. What etcd itself
would do with it is shown in tests/control_plane/test_etcd.py."""

import json

import pytest

from machines.agent.errors import AgentError
from machines.agent.etcd_log import End
from machines.agent.run import DONE, FAILED, REFUSED
from machines.agent.well import Place, Well
from tests.machines.agent.log_files import entry, write_segment
from tests.machines.agent.members import Entry, client_url, peer_url, three
from tests.machines.agent.strict_ec2 import Resource
from tests.machines.agent.test_join_etcd import (
    BEGUN,
    CLAIM,
    CLIENT,
    DATA,
    JOIN,
    PLACE,
    SETTLE,
    START,
    TAGS,
    VOLUME,
    down,
    last_words,
    untouched,
)
from tests.machines.agent.world import ZONE, Killed, Points, World, at_each_place, configured

REFUSE = {"step": "refuse-old-data", **PLACE,
          **{name: value for name, value in CLIENT.items() if name != "claim"}}  # fmt: skip
STEPS = ({"step": "attach-volume", "tags": TAGS, "device": "/dev/sdf"}, CLAIM, REFUSE, JOIN, START,
         SETTLE)  # fmt: skip
WELL = "dev-cluster/bootstrap/dev/well/1a.json"


def data(world):
    return world.folder / "root" / DATA.lstrip("/")


def well(world, term=3, index=237, member="1"):
    said = {"format": 1, "member": "1a", "id": member, "term": term, "index": index,
            "seen": "2026-11-27T00:00:00Z"}  # fmt: skip
    world.objects[WELL] = json.dumps(said).encode()


def with_data(world, term=3, index=31, member=1, entries=None):
    """1a comes back with a log that ends there."""
    world.ec2.resources = {VOLUME: Resource(VOLUME, ZONE, dict(TAGS))}
    world.objects[BEGUN] = b"{}"
    world.members.entries = three() if entries is None else entries
    write_segment(data(world), 0, entry(term, index), member=member)
    starts = type(world.host)._systemctl

    def systemctl(arguments):
        if arguments[0] == "start" and arguments[-1] == "etcd.service":
            world.members.start("1a")
            write_segment(data(world), 0, entry(term, index), member=900)
        return starts(world.host, arguments)

    world.host._systemctl = systemctl
    return configured(*STEPS, signal=None, deadlineSeconds=30)


@pytest.mark.parametrize(
    ("term", "index", "member", "told"),
    [
        (3, 31, 1, "the data of 1a end at index 31 of term 3, and on 2026-11-27T00:00:00Z it had "
                   "index 237 of term 3"),
        (2, 900, 1, "the data of 1a end at index 900 of term 2, and"),  # a tail that was lost
        (9, 900, 7, "the data of 1a are of its former self 7, and it was 1 on 2026-11-27"),
    ],
)  # fmt: skip
def test_an_older_copy_is_moved_aside_and_the_member_taken_in_anew(
    world, term, index, member, told
):
    well(world)
    assert world.run(with_data(world, term, index, member)) == DONE, world.console
    assert world.members.log == ["remove 1", "add 1a as 900"]
    (line,) = [one for one in world.console if "data-too-old" in one]
    assert told in line and line.endswith("they are moved to data-too-old, and it is taken in anew")
    assert list(data(world).with_name("data-too-old").rglob("*.wal")), "for somebody who wants them"
    assert json.loads(world.objects[WELL]) | {"seen": ""} == {
        "format": 1, "member": "1a", "id": "900", "term": 0, "index": 0, "seen": ""
    }  # fmt: skip


@pytest.mark.parametrize(("term", "index"), [(3, 237), (3, 300), (4, 12)])
def test_who_has_all_that_it_said_it_had_goes_on_as_itself(world, term, index):
    well(world)
    assert world.run(with_data(world, term, index)) == DONE, world.console
    assert world.members.log == [] and not any("too-old" in line for line in world.console)


def test_a_member_that_has_said_nothing_yet_goes_on_as_itself(world):
    """As those from before it was asked, or where a person has deleted what it said."""
    assert world.run(with_data(world)) == DONE, world.console
    assert world.members.log == []


@pytest.mark.parametrize("others", [("1a", "1c"), ("1a", "1c", "1d")])
def test_where_the_others_are_no_majority_nothing_starts_and_nothing_is_touched(world, others):
    """Two older copies would be a majority of their own, and serve without what came later."""
    well(world)
    assert world.run(with_data(world, entries=down(*others))) == FAILED
    assert untouched(world)
    assert "of the others none has a leader, 2 have to answer so" in last_words(world)
    assert last_words(world).startswith("the data of 1a end at index 31 of term 3")
    assert [*data(world).rglob("*.wal")] and not data(world).with_name("data-too-old").exists()


def test_one_that_has_a_leader_is_no_majority(world):
    """As of one that was put back, too, and a learner that has no vote."""
    well(world)
    entries = three(**{"1c": Entry("3", "1c", "1c", learner=True)})
    entries[0].learner = True
    assert world.run(with_data(world, entries=entries)) == FAILED and untouched(world)
    assert "of the others 1d has a leader, 2 have to answer so" in last_words(world)


def test_others_of_different_clusters_stop_it(world):
    well(world)
    entries = three(**{"1c": Entry("3", "1c", "1c", cluster="78")})
    assert world.run(with_data(world, entries=entries)) == REFUSED and untouched(world)


def test_an_only_member_with_an_older_copy_does_not_start(world):
    well(world)
    with_data(world)
    only = {**REFUSE, "members": {"1a": client_url("1a")}}
    peers = {**JOIN, "members": only["members"], "peers": {"1a": peer_url("1a")}}
    steps = [*STEPS[:2], only, peers, START]
    assert world.run(configured(*steps, signal=None, deadlineSeconds=30)) == REFUSED
    assert "1a is the only member: put the newest copy of the volume back" in last_words(world)
    assert untouched(world)


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"format": 1, "member": "1c"}'])
def test_what_does_not_say_what_it_had_stops_it(world, content):
    world.objects[WELL] = content
    assert world.run(with_data(world)) == REFUSED
    assert "well/1a.json does not say what was seen of 1a" in last_words(world)
    assert untouched(world)


PLACED = Place("dev-cluster", "dev", "1a")


def test_what_is_said_rises_and_is_never_taken_back_of_one_member(world):
    for end in (End(3, 5), End(3, 90), End(3, 40), End(2, 400)):
        PLACED.say(world.machine(), Well("1", end, "now"))
    assert PLACED.read(world.machine()).end == End(3, 90)
    PLACED.say(world.machine(), Well("900", End(0, 0), "later"))
    assert PLACED.read(world.machine()) == Well("900", End(0, 0), "later")


def test_of_two_that_write_at_once_the_later_reads_first(world, monkeypatch):
    """A machine that was cut off, and whose request comes after its successor's."""
    PLACED.say(world.machine(), Well("1", End(3, 5), "now"))
    late = world.machine()
    write, between = late.aws.put_over, []

    def put_over(*arguments):
        if not between:
            between.append(True)
            PLACED.say(world.machine(), Well("1", End(3, 90), "between"))
        return write(*arguments)

    monkeypatch.setattr(late.aws, "put_over", put_over)
    PLACED.say(late, Well("1", End(3, 40), "late"))
    assert PLACED.read(world.machine()).end == End(3, 90)
    monkeypatch.setattr(late.aws, "put_over", lambda *_: False)
    with pytest.raises(AgentError, match="is written by somebody else too"):
        PLACED.say(late, Well("1", End(3, 99), "late"))


@pytest.mark.uncounted
def test_killed_anywhere_it_is_moved_once_and_taken_in_once(tmp_path):
    def ended(world):
        return world.members.log, [entry.listed for entry in world.members.entries]

    def made(folder, points):
        world = World(folder, points=points)
        well(world)
        return world, with_data(world)

    with pytest.MonkeyPatch.context() as patch:
        world, configuration = made(tmp_path / "whole", Points())
        at_each_place(patch, world)
        assert world.run(configuration) == DONE, world.console
        names, end = list(world.points.names), ended(world)
    for place in range(1, len(names) + 1):
        with pytest.MonkeyPatch.context() as patch:
            world, configuration = made(tmp_path / str(place), Points(kill_at=place))
            at_each_place(patch, world)
            with pytest.raises(Killed):
                world.run(configuration)
            if place % 2:
                world.host.boot("another-boot")
            assert world.run(configuration) == DONE, (place, names[place - 1], world.console)
        assert ended(world) == end, (place, names[place - 1])
