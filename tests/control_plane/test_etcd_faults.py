"""Faults of one member and of its disk, on three real ones: what etcd does, what its machine's
agent sees and tells, what the others notice, and how it comes back."""

import base64
import json
import os
import shutil
import signal
import subprocess
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from machines.agent.errors import AgentError, Told
from machines.agent.etcd_log import End, Log, read_log
from machines.agent.well import Well
from machines.etcd_watch import CONFIGURATION
from tests.control_plane.machine import Members, etcd_members, wait_for
from tests.control_plane.test_etcd import (
    Agent,
    entering,
    header,
    ids,
    leader,
    lose,
    post,
    put,
    value,
)
from tests.machines.self_hosted import ETCD
from tests.tools.capabilities import may_grow_ext4
from tests.tools.kubernetes import STOP_SECONDS

pytestmark = pytest.mark.tools
WATCH = f"files{CONFIGURATION}"
NAMES = ETCD.members
MIB = 1 << 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    with etcd_members(tmp_path_factory.mktemp("etcd-faults")) as found:
        yield found


@pytest.fixture
def agents(cluster: Members, monkeypatch: pytest.MonkeyPatch) -> dict[str, Agent]:
    """A disk of this machine may be nearly full, and is none of a member's."""
    monkeypatch.setattr("machines.agent.etcd_health.FREE_PART", 0.001)
    return {name: Agent(cluster, name) for name in NAMES}


def data(cluster: Members, name: str) -> Path:
    return cluster.machine.root / name / "var/lib/etcd/data"


def log_of(cluster: Members, name: str) -> str:
    return (cluster.machine.root / f"run-{name}" / "etcd.log").read_text(errors="replace")


def look(agent: Agent) -> bool:
    """Whether its member is well, as its timer asks."""
    step = agent.steps(WATCH)["watch-etcd"]
    try:
        step.run(agent.machine())
    except Told:
        return False
    return True


def told(agent: Agent, words: str) -> None:
    """By one of the next looks: others see the same a moment later, and are asked for a while."""

    def said() -> bool:
        look(agent)
        return bool(agent.said) and words in agent.said[-1]

    wait_for(agent.cluster.machine.root, said)


def put_large(cluster: Members, key: str, name: str = "1a") -> None:
    coded = base64.b64encode(os.urandom(MIB)).decode()
    post(cluster, "kv/put", {"key": base64.b64encode(key.encode()).decode(), "value": coded}, name)


def same_everywhere(cluster: Members) -> None:
    """As etcd itself compares its members."""
    for name in NAMES:  # whoever answers this has caught up
        post(cluster, "kv/range", {"key": "AA=="}, name)

    def same() -> bool:  # not while one of them still compacts what the others have compacted
        revision = int(header(cluster)["revision"])
        hashes = {n: post(cluster, "maintenance/hash", {"revision": revision}, n) for n in NAMES}
        return len({one["hash"] for one in hashes.values()}) == 1

    wait_for(cluster.machine.root, same)


def compact(cluster: Members) -> None:
    """All that is no more; an answer that was lost has done it."""
    asked = {"revision": header(cluster)["revision"], "physical": True}
    try:
        post(cluster, "kv/compaction", asked, "1a")
    except urllib.error.HTTPError as error:
        assert "has been compacted" in error.read().decode()


def taken_in_anew(cluster: Members, agent: Agent) -> None:
    agent.do("join-etcd")
    cluster.start(agent.name, ETCD_INITIAL_CLUSTER_STATE="existing")
    agent.do("settle-etcd")


def test_a_process_that_hangs_is_started_anew_and_the_others_go_on(
    cluster: Members, agents: dict[str, Agent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped, as by a hypervisor: it takes connections and answers none. systemd and EC2 see
    nothing of it."""
    agent, hung = agents["1d"], cluster.running["1d"]
    wait_for(cluster.machine.root, lambda: look(agent))
    monkeypatch.setattr("machines.agent.steps.watch_etcd.ASK_SECONDS", 1.0)
    hung.send_signal(signal.SIGSTOP)
    leader(cluster, "1a", "1c")
    look(agent), look(agent)
    assert hung.poll() is None and agent.said[-1].startswith("etcd 1d is not well: etcd runs and")
    put(cluster, "while it hangs")
    told(agent, "etcd 1d hangs and is restarted")
    assert hung.returncode == -9
    cluster.wait_until_well("1d")
    monkeypatch.undo()
    wait_for(cluster.machine.root, lambda: look(agent))
    assert agent.said[-1] == "etcd 1d is well again"
    assert value(cluster, "while it hangs", "1d") == "while it hangs"


def test_a_full_quota_is_told_and_ends_by_the_steps_of_the_page(
    cluster: Members, agents: dict[str, Agent]
) -> None:
    """docs/self-hosted/etcd.md, "A full quota"."""
    lose(cluster, "1d", with_disk=False)
    cluster.start("1d", more=[f"--quota-backend-bytes={16 * MIB}"])
    cluster.wait_until_well("1d")
    with pytest.raises(urllib.error.HTTPError) as refused:
        for _ in range(40):
            put_large(cluster, "large")
    assert "mvcc: database space exceeded" in refused.value.read().decode()
    for name, agent in agents.items():
        told(agent, f"etcd {name} is not well: alarm NOSPACE of ")
    told(agents["1d"], "alarm NOSPACE of 1d: nobody's writes are taken")
    told(agents["1d"], "its database has ")
    assert value(cluster, "while it hangs", "1d"), "it still reads"

    compact(cluster)
    for name in NAMES:
        post(cluster, "maintenance/defragment", {}, name)
    own = {"action": "DEACTIVATE", "memberID": ids(cluster)["1d"], "alarm": "NOSPACE"}
    post(cluster, "maintenance/alarm", own, "1a")
    put_large(cluster, "large")
    for name, agent in agents.items():
        wait_for(cluster.machine.root, lambda agent=agent: look(agent))
        assert agent.said[-1] == f"etcd {name} is well again"
    lose(cluster, "1d", with_disk=False)
    cluster.start("1d")
    cluster.wait_until_well("1d")


@contextmanager
def small_volume(folder: Path, at: Path, size_bytes: int) -> Iterator[int]:
    """A file system of ext4 in a file, mounted for whoever enters the namespace of this process;
    it goes with it."""
    image = folder / "volume.img"
    with image.open("wb") as file:
        file.truncate(size_bytes)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    script = 'mount -o loop "$0" "$1" && echo mounted && exec sleep infinity'
    holder = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, image, at],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"mounted\n"
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()


def make_as_long(folder: Path, size_bytes: int) -> None:
    """The volume alone, as EBS makes one larger; what is on it stays as long as it was."""
    image = folder / "volume.img"
    os.truncate(image, size_bytes)
    which = ["losetup", "--noheadings", "--output", "NAME", "--associated", str(image)]
    device = subprocess.run(which, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["losetup", "--set-capacity", device], check=True)


def fill(folder: Path) -> Path:
    """Whatever is left of the volume, to the last block."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (MIB, 4096):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError as error:
                assert error.strerror == "No space left on device"
        os.fsync(file.fileno())
    return ballast


def test_a_volume_without_room_ends_its_own_member_alone_which_comes_back_with_room(
    cluster: Members, agents: dict[str, Agent], tmp_path: Path
) -> None:
    lose(cluster, "1d", with_disk=False)
    folder = data(cluster, "1d")
    with small_volume(tmp_path, folder.parent, 320 * MIB) as holder:
        inside = Path(f"/proc/{holder}/root") / folder.relative_to("/")
        shutil.copytree(folder, inside)
        inside.chmod(0o700)
        enter = entering(holder)
        cluster.start("1d", before=enter)
        cluster.wait_until_well("1d")
        agent = Agent(cluster, "1d", holder=holder)
        wait_for(cluster.machine.root, lambda: look(agent))
        ballast = fill(inside.parent)
        written = 0
        while cluster.running["1d"].poll() is None and written < 100:
            put_large(cluster, f"filled-{written}")
            written += 1
        assert cluster.running["1d"].wait(STOP_SECONDS) != 0
        assert "no space left on device" in log_of(cluster, "1d")
        put(cluster, "while it has no room")
        look(agent), look(agent)
        assert "etcd.service is failed; journalctl -u etcd says why" in agent.said[-1]
        assert "its volume has 0 MiB left of" in agent.said[-1]

        make_as_long(tmp_path, 640 * MIB)
        if may_grow_ext4():
            look(agent)
            assert "has grown to 0.6 GiB" in agent.said[-2]
            assert "its volume has " not in agent.said[-1], "it looks at what it has now"
        else:  # as where a file system is broken: a person makes room
            look(agent), look(agent)
            assert "its file system cannot be grown with its volume" in agent.said[-1]
            make_as_long(tmp_path, 320 * MIB)
            ballast.unlink()
        cluster.start("1d", before=enter)
        cluster.wait_until_well("1d")
        assert value(cluster, "while it has no room", "1d") == "while it has no room"
        same_everywhere(cluster)
        wait_for(cluster.machine.root, lambda: look(agent))
        assert agent.said[-1] == "etcd 1d is well again"
        lose(cluster, "1d", with_disk=False)
        shutil.rmtree(folder)
        shutil.copytree(inside, folder)
        folder.chmod(0o700)
    cluster.start("1d")
    cluster.wait_until_well("1d")


def flip(path: Path, text: bytes) -> None:
    """One bit of each place that has this text: one of them is read."""
    content = bytearray(path.read_bytes())
    place = content.find(text)
    assert place >= 0
    while place >= 0:
        content[place] ^= 1
        place = content.find(text, place)
    path.write_bytes(content)


def test_a_bit_that_flips_on_a_disk_keeps_its_member_from_serving_and_it_is_taken_in_anew(
    cluster: Members, agents: dict[str, Agent]
) -> None:
    put(cluster, "a value that somebody's disk will have otherwise")
    value(cluster, "a value that somebody's disk will have otherwise", "1d")
    lose(cluster, "1d", with_disk=False)
    flip(data(cluster, "1d") / "member/snap/db", b"a value that somebody's disk will")
    cluster.start("1d")
    assert cluster.running["1d"].wait(STOP_SECONDS) != 0
    assert "found data inconsistency with peers" in log_of(cluster, "1d")
    agent = agents["1d"]
    look(agent), look(agent)
    assert "etcd.service is failed; journalctl -u etcd says why" in agent.said[-1]
    put(cluster, "while it is broken")

    before = ids(cluster)["1d"]
    shutil.rmtree(data(cluster, "1d"))  # as the page says
    taken_in_anew(cluster, agent)
    assert ids(cluster)["1d"] != before
    same_everywhere(cluster)


def copied_at_once(cluster: Members, name: str) -> Path:
    """As a snapshot of a volume in use: all of it at one moment."""
    place = cluster.machine.root / "copies" / name
    cluster.running[name].send_signal(signal.SIGSTOP)
    shutil.copytree(data(cluster, name), place)
    cluster.running[name].send_signal(signal.SIGCONT)
    return place


def put_back(cluster: Members, name: str, copy: Path) -> None:
    shutil.rmtree(data(cluster, name), ignore_errors=True)
    shutil.copytree(copy, data(cluster, name))
    data(cluster, name).chmod(0o700)


def floor(agent: Agent) -> Well:
    said = json.loads(agent.objects[f"bootstrap/{ETCD.name}/well/{agent.name}.json"])
    return Well(said["id"], End(said["term"], said["index"]), said["seen"])


def test_members_with_older_copies_of_their_data_are_no_majority_and_are_taken_in_anew(
    cluster: Members, agents: dict[str, Agent]
) -> None:
    """Two of three volumes are put back. etcd notices nothing, which is shown first."""
    old = {name: copied_at_once(cluster, name) for name in ("1a", "1c")}
    for number in range(60):
        put(cluster, f"later-{number}")
    for name, agent in agents.items():
        least = read_log(old.get(name, old["1a"]))

        def is_known(agent: Agent = agent, least: Log | None = least) -> bool:
            put(cluster, "and more")
            assert least is not None
            return look(agent) and floor(agent).end > least.end

        wait_for(cluster.machine.root, is_known)
        assert floor(agent).member == ids(cluster)[name]
    for name in NAMES:
        lose(cluster, name, with_disk=False)
        found = read_log(data(cluster, name))
        assert isinstance(found, Log) and found.member == floor(agents[name]).member
        assert found.end >= floor(agents[name]).end
        assert agents[name].steps()["refuse-old-data"].done(agents[name].machine())
    new = {name: data(cluster, name).rename(old[name].with_name(f"new-{name}")) for name in old}
    for name, copy in old.items():
        put_back(cluster, name, copy)
        cluster.start(name)
    for name in old:
        cluster.wait_until_well(name)
    put(cluster, "acknowledged by those who forgot")
    assert value(cluster, "later-59") is None, "it was acknowledged, and is gone"
    for name, copy in old.items():
        lose(cluster, name, with_disk=False)
        put_back(cluster, name, copy)

    for name in old:
        step = agents[name].steps()["refuse-old-data"]
        step.settings["timeoutSeconds"] = 1
        assert not step.done(agents[name].machine())
        with pytest.raises(AgentError, match="of the others none has a leader, 2 have to answer"):
            step.run(agents[name].machine())
        assert (data(cluster, name) / "member/wal").is_dir(), "it is left as it is"
    put_back(cluster, "1c", new["1c"])
    agents["1c"].do("refuse-old-data")
    for name in ("1c", "1d"):
        cluster.start(name)
    for name in ("1c", "1d"):
        cluster.wait_until_well(name)
    before = ids_by(cluster, "1c")
    agents["1a"].do("refuse-old-data")
    assert "they are moved to data-too-old, and it is taken in anew" in agents["1a"].said[-1]
    taken_in_anew(cluster, agents["1a"])
    assert ids_by(cluster, "1a")["1a"] != before["1a"]
    assert value(cluster, "later-59") == "later-59"
    same_everywhere(cluster)


def ids_by(cluster: Members, name: str) -> dict[str, str]:
    listed = post(cluster, "cluster/member/list", {"linearizable": True}, name)["members"]
    return {one["name"]: one["ID"] for one in listed}
