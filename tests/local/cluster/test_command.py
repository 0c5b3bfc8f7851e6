"""`python -m local.cluster`: what it says where there is nothing, or too much."""

import fcntl
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from local.aws.booting import BOOTING
from local.cluster.__main__ import _awaited_vpc, main
from local.cluster.at_work import at_work, claim_of
from local.cluster.follower import Follower
from local.cluster.life import Cluster
from local.cluster.records import Reader
from local.environment import Home
from local.machines import MachinesError
from local.machines.__main__ import main as of_machines
from tests.local.machines.traces import wait_until


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEIIKI_HOME", str(tmp_path))
    return tmp_path


def test_where_there_are_no_machines_it_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["timeline"]) == 3
    assert capsys.readouterr().out == f"there are no machines in {home}/cluster/machines/cluster\n"
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "there are no machines any more\n"


def test_a_cluster_is_asked_for_by_whoever_made_one_and_never_overwritten(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["kubectl", "--", "get", "nodes"]) == 1
    assert capsys.readouterr().err == "there is no cluster here; `make cluster` makes one\n"
    (home / "cluster").mkdir()
    (home / "dev").touch()
    assert main(["up"]) == 1
    told = f"{home}/cluster holds a cluster; remove it first: make cluster-down\n"
    assert capsys.readouterr().err == told
    with monkeypatch.context() as other:
        other.setattr("os.geteuid", lambda: 1000)
        assert main(["down"]) == 1
    assert "is root's: remove it as root" in capsys.readouterr().err and (home / "cluster").exists()
    assert main(["down"]) == 0
    assert [path.name for path in home.iterdir()] == ["dev"], "all else is not its own"


def test_two_at_once_are_not_at_work_on_one_cluster(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither does one bring up what another one brings up, nor remove it under its hands."""
    hold = (
        "import sys; from pathlib import Path; from local.cluster.at_work import at_work\n"
        "with at_work(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen([sys.executable, "-c", hold, str(home / "cluster")],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert other.stdin is not None and other.stdout is not None
    with other:
        assert other.stdout.readline() == b"held\n"
        for command in ("up", "down"):
            assert main([command]) == 1
            told = f"process {other.pid} is at work on {home}/cluster; wait until it has ended"
            assert told in capsys.readouterr().err
        other.kill()
    monkeypatch.setattr(Cluster, "_up", lambda *_, **__: None)
    monkeypatch.setattr(Cluster, "timeline", lambda _: "")
    monkeypatch.setattr(Cluster, "milestones", lambda _: "")
    assert main(["up"]) == 0, "the claim has ended with who made it"
    assert main(["down"]) == 0
    assert [*home.iterdir()] == []


def test_what_it_says_of_machines_leads_to_them(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its home is a folder of the usual one, where `local.machines` looks when told."""
    monkeypatch.setattr(Cluster, "_up", lambda *_, **__: None)
    monkeypatch.setattr(Cluster, "timeline", lambda _: "")
    monkeypatch.setattr(Cluster, "milestones", lambda _: "")
    assert main(["up"]) == 0
    line = r"sudo env HEIIKI_HOME=(\S+) .venv/bin/python -m local.machines (--world \S+) status$"
    told = re.findall(line, capsys.readouterr().out, re.MULTILINE)
    ((named, words),) = told
    monkeypatch.setenv("HEIIKI_HOME", named)
    assert of_machines([*words.split(), "status"]) == 3
    where = Cluster(Home(home / "cluster")).world.folder
    assert capsys.readouterr().out == f"there are no machines in {where}\n"
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "env HEIIKI_HOME=.heiiki/cluster .venv/bin/python" in capsys.readouterr().out


def test_a_claim_that_was_removed_meanwhile_is_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened before its holder removed it, and held after: of another file than the next one's."""
    folder, lock, passed = home / "cluster", fcntl.flock, list[int]()

    def late(file: Any, how: int) -> None:
        if not passed:
            claim_of(folder).unlink()
        passed.append(how)
        lock(file, how)

    monkeypatch.setattr("local.cluster.at_work.fcntl.flock", late)
    with at_work(folder):
        assert claim_of(folder).read_text() == str(os.getpid()) and len(passed) == 2
    assert not claim_of(folder).exists()


def test_an_engine_that_outlived_its_command_is_ended_first(home: Path) -> None:
    """Of a command that was killed. What it then wrote would be a cluster that is in the way."""
    (home / "cluster").mkdir()
    writes = ("import os, sys, time\nprint('begun', flush=True)\nwhile True:\n"
              "    os.makedirs(os.environ['HEIIKI_STARTED_FOR'] + '/state', exist_ok=True)\n"
              "    time.sleep(0.01)")  # fmt: skip
    engine = subprocess.Popen(
        [sys.executable, "-c", writes], stdout=subprocess.PIPE,
        env={**os.environ, "HEIIKI_STARTED_FOR": str(home / "cluster")},
    )  # fmt: skip
    reaper = threading.Thread(target=engine.wait)
    try:
        assert engine.stdout is not None and engine.stdout.readline() == b"begun\n"
        reaper.start()
        assert main(["down"]) == 0
        reaper.join(60)
        assert engine.returncode and [*home.iterdir()] == []
    finally:
        engine.kill()
        reaper.join()


def test_who_follows_is_ended_however_deaf_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(home / "follower")
    follower.stop()
    follower.start("--help")  # ends by itself
    wait_until(lambda: not follower.runs())
    assert not follower.runs() and "--region" in follower.words()
    monkeypatch.setattr("local.cluster.follower.STOP_SECONDS", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    with (home / "follower" / "follow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen([sys.executable, "-c", deaf], pass_fds=[lock.fileno()])
        lock.write(str(process.pid))
    assert follower.runs()
    follower.stop()
    assert process.wait() < 0 and not follower.runs()


class TwoVpcs(Reader):
    """machines: of one of them."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def client(self, service: str) -> Any:
        return self

    def put_parameter(self, **asked: Any) -> None:
        self.told = asked

    def vpcs(self) -> list[str]:
        return ["vpc-1", "vpc-2"]

    def has_machines(self, vpc_id: str) -> bool:
        self.asked.append(vpc_id)
        return True


def test_of_several_vpcs_one_is_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MachinesError, match="there are 2 VPCs; name one of vpc-1, vpc-2"):
        _awaited_vpc(TwoVpcs(), None)
    reader = TwoVpcs()
    assert _awaited_vpc(reader, "vpc-2") == "vpc-2" and reader.asked == ["vpc-2"]
    assert reader.told == {"Name": BOOTING, "Value": "vpc-2", "Type": "String", "Overwrite": True}
