"""What a member's watcher sees, tells, restarts and says. With a real etcd:
tests/control_plane/test_etcd.py."""

import json
from types import SimpleNamespace

import pytest

from machines.agent.__main__ import status
from machines.agent.errors import AgentError
from machines.agent.etcd_health import BEHIND_ENTRIES, Report
from machines.agent.run import DONE, FAILED, once
from tests.machines.agent.members import client_url, three
from tests.machines.agent.test_join_etcd import CLIENT, DATA, NAMES, PLACE
from tests.machines.agent.world import World, at_each_place, configured

REPORT = "/var/lib/heiiki/agent/etcd.json"
WATCH = {
    "step": "watch-etcd", **PLACE, "http": "http://127.0.0.1:2381/livez", "unit": "etcd.service",
    "path": REPORT,
    **{name: value for name, value in CLIENT.items() if name not in ("claim", "timeoutSeconds")},
}  # fmt: skip
WELL = "dev-cluster/bootstrap/dev/well/1a.json"
ROOM = SimpleNamespace(f_bavail=900, f_blocks=1000, f_frsize=1 << 20)


@pytest.fixture
def world(tmp_path, monkeypatch) -> World:
    """1a runs, and leads."""
    found = World(tmp_path / "world")
    at_each_place(monkeypatch, found)
    entries = {entry.host: entry for entry in three()}
    entries["1a"].up, entries["1a"].leads = True, True
    found.members.entries = list(entries.values())
    found.host.units["etcd.service"] = "active"
    (found.folder / "root" / DATA.lstrip("/")).mkdir(parents=True)
    volume(monkeypatch)
    return found


def volume(monkeypatch, **changes):
    room = SimpleNamespace(**(vars(ROOM) | changes))
    monkeypatch.setattr("machines.agent.steps.watch_etcd.os.statvfs", lambda _: room)


def look(world, times=1, **settings):
    """As the timer does: a minute later each time. The last look's exit code."""
    for _ in range(times):
        world.clock.seconds += 60
        code = once(configured({**WATCH, **settings}, signal=None), world.machine())
    return code


def entry(world, name="1a"):
    return next(one for one in world.members.entries if one.host == name)


def goes_on(world, times=1):
    for _ in range(times):
        for one in world.members.entries:
            one.index += 50
        assert look(world) == DONE, world.console


def said(world):
    return json.loads(world.objects[WELL])


def report(world):
    return json.loads((world.folder / "root" / REPORT.lstrip("/")).read_text())


def test_a_member_that_is_well_says_so_in_the_bucket_and_nothing_on_the_console(world):
    assert look(world, 2) == DONE
    assert world.console == [] and report(world)["faults"] == {}
    assert (said(world)["id"], said(world)["index"]) == ("1", 0), "nothing is known of its disk yet"
    first = said(world)["seen"]
    assert look(world, 3) == DONE and said(world)["seen"] == first
    assert look(world, 2) == DONE and said(world)["seen"] > first, "after five minutes"


def test_what_it_says_it_has_is_what_was_applied_two_steps_of_its_log_ago(world):
    """The very last may still be on its way to the disk."""
    goes_on(world)
    assert (said(world)["term"], said(world)["index"]) == (0, 0)
    goes_on(world, 2)  # 150, 200, 250
    assert report(world)["floor"] == [3, 150]
    assert look(world, 9) == DONE and report(world)["floor"] == [3, 150], "it stands still"
    assert (said(world)["term"], said(world)["index"]) == (3, 150)
    entry(world).term = 4
    entry(world).behind = 7
    goes_on(world, 3)
    assert report(world)["floor"] == [4, 293]


def test_after_a_reboot_what_was_seen_before_proves_nothing_of_the_disk(world):
    goes_on(world, 2)
    world.host.boot("another-boot")
    world.host.units["etcd.service"] = "active"
    goes_on(world)
    assert report(world)["floor"] == [0, 0]
    goes_on(world, 2)
    assert report(world)["floor"] == [3, 250]


def test_another_self_begins_anew(world):
    goes_on(world, 3)
    entry(world).id = "900"
    goes_on(world)
    assert (report(world)["member"], report(world)["floor"]) == ("900", [0, 0])


def test_who_is_no_member_any_more_says_nothing(world, monkeypatch):
    rows = [{"ID": "3", "name": "1c"}, {"ID": "4", "name": "1d"}]
    answer = json.dumps({"members": rows}).encode()
    monkeypatch.setattr(world.members, "_list", lambda body: (200, answer))
    assert look(world, 2) == FAILED and WELL not in world.objects
    (line,) = world.console
    assert line.endswith(
        "its word is not in the bucket: 1a is no member any more, as the others say"
    )


def refusing(world, times):
    world.refusals += [("PUT", 403, "AccessDenied")] * times


def test_a_bucket_that_refuses_is_told_when_it_begins_every_hour_and_when_it_is_over(world):
    """It is asked at every look, and the console would have nothing else."""
    refusing(world, 70)
    assert look(world) == DONE and world.console == [] and WELL not in world.objects
    assert look(world) == FAILED and len(world.console) == 1
    assert "etcd 1a is not well: its word is not in the bucket: s3 " in world.console[0]
    assert "AccessDenied" in world.console[0]
    assert "AccessDenied" in report(world)["faults"]["unsaid"], "it stands in its state"
    assert look(world, 60) == FAILED and len(world.console) == 1
    assert look(world, 1) == FAILED and len(world.console) == 2, "after an hour"
    world.refusals.clear()
    assert look(world) == DONE and WELL in world.objects
    assert world.console[2:] == ["heiiki-agent: etcd 1a is well again"]


def test_a_bucket_that_refuses_once_is_told_to_nobody(world):
    refusing(world, 1)
    assert look(world) == DONE and WELL not in world.objects
    assert look(world) == DONE and world.console == [] and WELL in world.objects


WRONG = {
    "alarm": ("errors", ("memberID:4 alarm:NOSPACE ", "etcdserver: no leader"),
              "alarm NOSPACE of 1d: nobody's writes are taken until it has room and"),
    "corrupt": ("errors", ("memberID:1 alarm:CORRUPT ",), "alarm CORRUPT of 1a: its data differ"),
    "stranger": ("errors", ("memberID:99 alarm:NEW",), "alarm NEW of member 99: unknown"),
    "quota": ("database", (3500 << 20, 4096 << 20), "its database has 3500 MiB of 4096: compact"),
    "behind": ("behind", BEHIND_ENTRIES + 1, "it is 5001 entries behind the others"),
    "learner": ("learner", True, "it is a learner, which answers nobody"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_at_the_second_look_and_when_it_is_over(world, what):
    name, value, words = WRONG[what]
    whole = getattr(entry(world), name)
    setattr(entry(world), name, value)
    assert look(world) == DONE and world.console == [], "an election is over by the next look"
    assert look(world) == FAILED, "so that the unit has failed"
    (line,) = world.console
    assert line.startswith(f"heiiki-agent: etcd 1a is not well: {words}")
    assert WELL not in world.objects, "so it is not said to be well"
    assert look(world, 3) == FAILED and len(world.console) == 1, "once"
    assert look(world, 60) == FAILED and len(world.console) == 2, "and every hour"
    setattr(entry(world), name, whole)
    assert look(world) == DONE
    assert world.console[2:] == ["heiiki-agent: etcd 1a is well again"] and WELL in world.objects


def test_at_the_limits_nothing_is_wrong(world, monkeypatch):
    entry(world).behind, entry(world).database = BEHIND_ENTRIES, (80, 100)
    volume(monkeypatch, f_bavail=100)
    assert look(world, 2) == DONE and world.console == []


def test_a_volume_without_room_is_told(world, monkeypatch):
    volume(monkeypatch, f_bavail=99)
    assert look(world, 2) == FAILED
    assert "its volume has 99 MiB left of 1000" in world.console[0]


@pytest.mark.parametrize(
    ("mount", "system", "tells"),
    [("ro", "rw,errors=remount-ro", False), ("ro", "ro,relatime", True), ("rw", "ro", True)],
)
def test_a_file_system_without_writes_is_told_and_not_what_a_unit_may_not_write(
    world, mount, system, tells
):
    """systemd's ProtectSystem makes every mount of the unit read-only."""
    at = "/var/lib/etcd"
    (world.folder / "root/dev/c").touch()
    world.host.mounts[at] = "/dev/c"
    lines = [
        f"1 0 259:0 / / {mount} - ext4 /dev/a ro",
        f"2 1 259:1 / {at} rw - ext4 /dev/b rw",
        f"3 2 259:2 / {at} {mount},nodev shared:1 - ext4 /dev/c {system}",
    ]
    (world.folder / "root/proc/self/mountinfo").write_text("\n".join(lines) + "\n")
    assert look(world, 2) == (FAILED if tells else DONE)
    assert tells == any("its volume takes no writes" in line for line in world.console)


DEVICE = "/dev/nvme1n1"
AT = "/var/lib/etcd"


@pytest.fixture
def disk(world):
    """The member's volume, as it was mounted at the boot."""
    world.host.plug_volume("vol-0123456789abcdef0")
    found = world.folder / "root" / DEVICE.lstrip("/")
    world.host.mounts[str(world.folder / "root" / AT.lstrip("/"))] = DEVICE
    world.host.lengths[DEVICE] = found.stat().st_size
    world.host._write_mounts()
    return found


def make_larger(disk):
    with disk.open("r+b") as file:
        file.truncate(disk.stat().st_size + (1 << 20))


def test_a_volume_that_grows_while_its_member_runs_is_used_at_the_next_look(world, disk):
    assert look(world, 2) == DONE and world.host.log == []
    make_larger(disk)
    assert look(world) == DONE and world.host.log == [f"grow {DEVICE}"]
    make_larger(disk)
    assert look(world, 3) == DONE and world.host.log == [f"grow {DEVICE}"] * 2
    assert world.console == []


def test_it_is_grown_before_the_look_which_sees_the_room(world, disk, monkeypatch):
    room = {False: SimpleNamespace(f_bavail=0, f_blocks=1000, f_frsize=1 << 20),
            True: SimpleNamespace(f_bavail=1000, f_blocks=2048, f_frsize=1 << 20)}  # fmt: skip
    asked = lambda _: room[f"grow {DEVICE}" in world.host.log]  # noqa: E731
    monkeypatch.setattr("machines.agent.steps.watch_etcd.os.statvfs", asked)
    assert look(world, 2) == FAILED and "has 0 MiB left" in world.console[0]
    make_larger(disk)
    assert look(world) == DONE
    assert world.console[1:] == [
        "heiiki-agent: the file system at /var/lib/etcd has grown to 2.0 GiB",
        "heiiki-agent: etcd 1a is well again",
    ]


def test_one_that_cannot_be_grown_is_told_and_tried_again(world, disk):
    assert look(world) == DONE
    make_larger(disk)
    world.host.fails["resize2fs"] = AgentError("resize2fs ended with 1: no reserved blocks")
    assert look(world, 3) == FAILED
    (line,) = world.console
    assert "not well: its file system cannot be grown with its volume: resize2fs ended" in line
    del world.host.fails["resize2fs"]
    assert look(world) == DONE and world.host.log == [f"grow {DEVICE}"]
    assert world.console[1:] == ["heiiki-agent: etcd 1a is well again"]


def test_one_that_takes_no_writes_is_not_grown(world, disk):
    make_larger(disk)
    info = world.folder / "root/proc/self/mountinfo"
    info.write_text(info.read_text().replace(f"{DEVICE} rw", f"{DEVICE} ro"))
    assert look(world, 2) == FAILED and world.host.log == []
    assert "its volume takes no writes" in world.console[0]
    assert "cannot be grown" not in world.console[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: w.host.units.update({"etcd.service": "failed"}),
         "etcd.service is failed; journalctl -u etcd says why"),
        (lambda w: setattr(w, "livez", 503), "etcd runs and is not alive: it answers 503"),
        (lambda w: setattr(entry(w), "up", False),
         "etcd is alive, and does not answer at its own address"),
        (lambda w: [setattr(entry(w, n), "up", False) for n in ("1c", "1d")],
         "it follows no leader: there is no majority, or no way to it"),
    ],
)  # fmt: skip
def test_one_that_does_not_run_or_answer_or_follow_is_told(world, change, words):
    change(world)
    assert look(world, 2) == FAILED and words in world.console[0], world.console


def test_a_certificate_that_cannot_be_read_is_told_and_ends_no_look(world, monkeypatch):
    def unreadable(*_):
        raise FileNotFoundError(2, "No such file", "/c.crt")

    monkeypatch.setattr("machines.agent.etcd_api.context_of", unreadable)
    assert look(world, 2) == FAILED
    assert "etcd is alive, and does not answer at its own address" in world.console[0]
    world.livez = None
    look(world, 3)
    assert world.host.log == [RESTART]


def test_what_was_seen_stands_in_the_agent_s_state(world, tmp_path):
    entry(world).errors = ("memberID:1 alarm:NOSPACE ",)
    look(world, 2)
    folder = (world.folder / "root" / REPORT.lstrip("/")).parent
    found = status(folder)["etcd"]
    assert found["faults"] == {"alarm-NOSPACE-1": found["faults"]["alarm-NOSPACE-1"]}
    assert found["looked"] == "2026-11-28T00:03:40Z"
    assert status(tmp_path)["etcd"] is None
    (folder / "etcd.json").write_text("{")
    assert status(folder)["etcd"] == "cannot be read"
    assert look(world) == DONE and report(world)["told"] == [], "as at a first look"


RESTART = "restart etcd.service"


def hang(world):
    """Its process was alive, and is no more."""
    assert look(world) == DONE
    world.livez = None


def test_a_process_that_hangs_is_restarted_at_the_third_look(world):
    hang(world)
    look(world, 2)
    assert RESTART not in world.host.log
    assert look(world) == FAILED and world.host.log == [RESTART]
    assert world.console[-1] == "heiiki-agent: etcd 1a hangs and is restarted"
    look(world, 9)
    assert world.host.log == [RESTART], "the new one was never alive: it may read a long log"
    world.livez = 200
    assert look(world) == DONE and world.console[-1].endswith("etcd 1a is well again")


def test_a_look_that_is_answered_begins_the_count_anew(world):
    hang(world)
    look(world, 2)
    world.livez = 200
    look(world)
    world.livez = None
    look(world, 2)
    assert world.host.log == []


def test_one_that_never_was_alive_or_does_not_run_is_left_in_peace(world):
    world.livez = None
    look(world, 9)
    assert world.host.log == [] and "is not alive" in world.console[0]
    world.livez = 200
    look(world)
    world.livez, world.host.units["etcd.service"] = None, "activating"
    look(world, 9)
    assert world.host.log == []


def test_where_a_majority_may_hang_on_it_it_is_not_restarted(world, monkeypatch):
    """One other is down, the second has a leader: who votes with it, if not this one, which is
    silent to its clients alone?"""
    hang(world)
    entry(world, "1c").up = False
    assert look(world, 9) == FAILED and world.host.log == []
    assert "it hangs, and is not restarted: the majority may hang on it" in world.console[-1]
    entry(world, "1d").up = False  # now there is none
    look(world)
    assert world.host.log == [RESTART]


def test_an_only_member_that_hangs_is_restarted(world):
    world.members.entries = [entry(world)]
    world.livez = 200
    only = {"members": {"1a": client_url("1a")}}
    assert look(world, **only) == DONE
    world.livez = None
    look(world, 3, **only)
    assert world.host.log == [RESTART]


def test_it_is_restarted_three_times_in_an_hour_at_most(world):
    for _ in range(5):
        world.livez = 200
        look(world)
        world.livez = None
        look(world, 4)
    assert world.host.log == [RESTART] * 3
    assert any("it was restarted 3 times within an hour" in line for line in world.console)
    look(world, 60)
    assert world.host.log == [RESTART] * 4


def test_who_is_killed_while_it_restarts_has_restarted_it(world, monkeypatch):
    hang(world)
    look(world, 2)
    monkeypatch.setattr(world.host, "_systemctl", _killed_at_restart(world.host._systemctl))
    with pytest.raises(KeyboardInterrupt):
        look(world)
    assert report(world)["silent"] == 0 and len(report(world)["restarts"]) == 1


def _killed_at_restart(real):
    def systemctl(arguments):
        if arguments[0] == "restart":
            raise KeyboardInterrupt
        return real(arguments)

    return systemctl


def test_a_report_of_another_form_or_boot_is_begun_anew():
    assert Report.of(None, "b") == Report.of({"format": 9}, "b") == Report(boot="b")
    assert Report.of({"format": 1, "strange": 1}, "b") == Report(boot="b")
    kept = Report(boot="a", told=["quota"], silent=2, answered="x", restarts=[4.0])
    assert Report.of(kept.document(), "a") == kept
    assert Report.of(kept.document(), "b") == Report(boot="b", told=["quota"])


def test_members_are_named_as_the_plan_does():
    assert set(WATCH["members"]) == set(NAMES)
