"""The order of steps, the journal between agents, the console, and the end that is told."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from machines.agent.__main__ import main, status
from machines.agent.errors import AgentError, Refused
from machines.agent.journal import Entry, Journal
from machines.agent.run import BUSY, DONE, FAILED, REFUSED, alone, run
from machines.agent.steps.step import Step
from machines.agent_program import agent_program
from tests.machines.agent.imds import serving_imds
from tests.machines.agent.interpreter import interpreter
from tests.machines.agent.world import configured

WAIT = {"step": "wait-for", "command": ["true"]}
GROUP = {"group": "dev-etcd-1a", "hook": "boot"}


class Told(Step):
    """Does what the test says, one thing a try."""

    def __init__(self, name, *does, done=False):
        super().__init__(name, {})
        self.does, self.is_done, self.tries = list(does), done, 0

    def done(self, machine):
        return self.is_done

    def run(self, machine):
        self.tries += 1
        does = self.does.pop(0) if len(self.does) > 1 else self.does[0]
        if isinstance(does, BaseException):
            raise does


def boot(world, *steps, **head):
    configuration = configured(WAIT, **{"deadlineSeconds": 30, **head})
    object.__setattr__(configuration, "steps", steps)
    return run(configuration, world.machine())


def shown(world):
    return status(world.folder / "state")


def test_each_step_tells_its_begin_and_its_end(world):
    assert boot(world, Told("a", None), Told("b", None)) == DONE
    assert world.console == [
        "heiiki-agent: a begins", "heiiki-agent: a done in 0.0 s",
        "heiiki-agent: b begins", "heiiki-agent: b done in 0.0 s",
        "heiiki-agent: every step is done",
    ]  # fmt: skip


def test_what_is_so_already_is_not_done(world):
    step = Told("a", None, done=True)
    assert boot(world, step) == DONE and step.tries == 0


def test_a_step_that_fails_is_tried_until_it_works(world):
    step = Told("a", AgentError("not yet"), AgentError("not yet"), AgentError("nearly"), None)
    assert boot(world, step) == DONE and step.tries == 4
    assert [line for line in world.console if "again" in line] == [
        "heiiki-agent: a is tried again: not yet", "heiiki-agent: a is tried again: nearly",
    ]  # fmt: skip
    entry = world.machine().journal.record.steps["a"]
    assert (entry.state, entry.attempts, entry.error) == ("done", 4, "")


def test_a_step_that_fails_for_too_long_says_which_and_why_and_tells_the_group(world):
    after = Told("b", None)
    assert boot(world, Told("a", AgentError("the disk is not here")), after) == FAILED
    assert world.console[-2].startswith("heiiki-agent: a failed after ")
    assert world.console[-2].endswith(" s: the disk is not here")
    assert world.console[-1] == "heiiki-agent: gave up; the group was told ABANDON"
    assert world.told == ["ABANDON"] and after.tries == 0
    found = shown(world)
    assert (found["result"], found["told"]) == ("failed", "ABANDON")
    assert [(s["name"], s["state"], s["error"]) for s in found["steps"]] == [
        ("a", "failed", "the disk is not here"), ("b", "waiting", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("writes", [0, 1, 4])
def test_on_a_full_disk_the_step_and_the_reason_are_told_and_in_the_end_the_group(
    world, monkeypatch, writes
):
    """The journal is what cannot be written then; begun anew by systemd until the time is over."""
    kept = [Journal._write]

    def full(self):
        if len(kept) > writes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        kept.append(kept[0])
        kept[0](self)

    monkeypatch.setattr(Journal, "_write", full)
    a, b = Told("a", None), Told("b", None)
    assert boot(world, a, b, deadlineSeconds=600) == FAILED
    at = "b" if writes == 4 else "a"
    reason = f"heiiki-agent: {at} failed: what is done cannot be written down: No space left on "
    assert world.console[-1] == f"{reason}device" and world.told == []
    world.clock.seconds += 601
    assert boot(world, a, b, deadlineSeconds=600) == FAILED
    assert world.console[-2].endswith("cannot be written down: No space left on device")
    assert world.console[-1] == "heiiki-agent: gave up; the group was told ABANDON"
    assert world.told == ["ABANDON"]


def test_what_another_try_will_not_mend_is_not_tried_again(world):
    step = Told("a", Refused("another member's volume"))
    assert boot(world, step) == REFUSED and step.tries == 1
    assert world.told == ["ABANDON"]


def test_a_group_is_told_of_a_failure_once(world):
    assert boot(world, Told("a", Refused("no"))) == REFUSED
    world.asked.clear()
    assert boot(world, Told("a", Refused("no"))) == REFUSED
    assert world.asked == [] and world.told == ["ABANDON"]


def test_the_next_agent_has_its_own_time(world):
    assert boot(world, Told("a", AgentError("no"))) == FAILED
    step = Told("a", AgentError("no"), AgentError("no"), None)
    assert boot(world, step) == DONE and step.tries == 3


def test_a_killed_agents_time_goes_on(world):
    """Else one that is killed again and again would never give up."""
    machine, configuration = world.machine(), configured(WAIT, deadlineSeconds=30)
    boot_id = (world.folder / "root/proc/sys/kernel/random/boot_id").read_text().strip()
    machine.journal.start(configuration.digest, boot_id, world.clock.uptime(), ["a"])
    world.clock.seconds += 31
    step = Told("a", AgentError("no"))
    assert boot(world, step) == FAILED and step.tries == 1


def test_the_first_stage_s_time_is_part_of_the_boot_s(world):
    """AWS's own clock, which ends two minutes later, began with the machine."""
    configuration = configured(WAIT, deadlineSeconds=300, signal=GROUP)
    began = world.clock.seconds - 290
    step = Told("a", AgentError("no"))
    object.__setattr__(configuration, "steps", (step,))
    assert run(configuration, world.machine(), began) == FAILED
    assert world.clock.seconds < began + 330 and world.told == ["ABANDON"]


class Waits(Told):
    """For somebody who never comes."""

    def run(self, machine):
        machine.wait(900, lambda: False, lambda: "nobody came", poll=10)


def test_no_step_waits_longer_than_the_boot_may_take(world):
    """A wait's own time is for what it waits for; what is left of the boot's may be less."""
    began = world.clock.seconds
    assert boot(world, Waits("a"), deadlineSeconds=300) == FAILED
    assert world.clock.seconds < began + 330
    said = ": nobody came (waited until the boot's time was over)"
    assert world.console[-2].endswith(said), world.console
    assert world.told == ["ABANDON"]


def test_a_defect_shows_its_place_and_not_its_words(world):
    assert boot(world, Told("a", KeyError("value-that-may-be-secret"))) == FAILED
    reason = world.console[-2]
    assert "KeyError at test_run.py:" in reason
    assert "value-that" not in reason + (world.folder / "state/journal.json").read_text()


def test_an_unreadable_journal_is_begun_anew_and_told(world):
    (world.folder / "state").mkdir()
    (world.folder / "state/journal.json").write_text('{"format": 1, "ste')
    assert boot(world, Told("a", None)) == DONE
    assert "the journal cannot be read" in world.console[0]


def test_another_configuration_begins_anew(world):
    first = Told("a", None)
    assert boot(world, first) == DONE
    assert boot(world, Told("a", None), role="etcd-1c") == DONE
    assert world.console.count("heiiki-agent: a begins") == 2


def test_another_boot_looks_at_everything_again_and_keeps_its_notes(world):
    assert boot(world, Told("a", None)) == DONE
    journal = world.machine().journal
    journal.note("a", "volume", "vol-1")
    world.host.boot("another-boot")
    again = Told("a", None)
    assert boot(world, again) == DONE and again.tries == 1
    assert world.machine().journal.noted("a", "volume") == "vol-1"


def test_a_machine_without_a_console_boots_all_the_same(world):
    (world.folder / "console").mkdir()
    assert boot(world, Told("a", None)) == DONE


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "{}", '{"format": 2, "steps": {}}', '{"format": 1}',
     '{"format": 1, "steps": {"a": {"unknown": 1}}}', '{"format": 1, "steps": {"a": []}}',
     '{"format": 1, "steps": {"a": {"state": "odd"}}}', '{"format": 1, "steps": {}, "odd": 1}'],
)  # fmt: skip
def test_a_journal_of_another_form_is_unreadable_and_no_traceback(tmp_path, content):
    (tmp_path / "journal.json").write_text(content)
    journal = Journal(tmp_path)
    assert journal.unreadable and journal.record.steps == {}


def test_a_journal_cut_off_at_any_byte_is_old_new_or_unreadable(tmp_path):
    """A kill cannot cut it; a disk may."""
    journal = Journal(tmp_path)
    journal.start("c", "b", 1.0, ["a", "b"])
    journal.running("a", "2026-11-28T00:00:00Z")
    whole = journal.path.read_bytes()
    for end in range(len(whole) - 1):
        journal.path.write_bytes(whole[:end])
        assert Journal(tmp_path).unreadable
    journal.path.write_bytes(whole)
    assert Journal(tmp_path).record == journal.record


def test_a_note_that_is_known_is_not_written_again(tmp_path):
    journal = Journal(tmp_path)
    journal.start("c", "b", 1.0, ["a"])
    journal.note("a", "k", 1)
    before = journal.path.stat().st_ino
    journal.note("a", "k", 1)
    assert journal.path.stat().st_ino == before
    assert journal.noted("a", "k") == 1 and journal.noted("none", "k") is None
    journal.note("a", "k", None)
    assert Journal(tmp_path).record.steps["a"] == Entry(notes={"k": None})


def test_one_agent_runs_at_a_time(tmp_path):
    with alone(tmp_path) as first:
        assert first and shown_running(tmp_path)
        with alone(tmp_path) as second:
            assert not second
    assert not shown_running(tmp_path)
    with alone(tmp_path) as third:
        assert third


def shown_running(folder):
    return status(folder)["running"]


def written(folder, **head):
    """A configuration file of one step."""
    document = {
        "format": 1, "cluster": "dev", "role": "etcd-1a", "region": "ap-northeast-1",
        "dnsSuffix": "amazonaws.com", "console": str(folder / "console"), "steps": [WAIT], **head,
    }  # fmt: skip
    path = folder / "agent.json"
    path.write_text(json.dumps(document))
    return path


def test_the_command_does_the_steps_and_tells_them(tmp_path, capsys):
    state = str(tmp_path / "state")
    assert main(["run", "--config", str(written(tmp_path)), "--state", state]) == DONE
    capsys.readouterr()
    assert main(["status", "--state", state]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["result"], found["running"]) == ("done", False)
    (step,) = found["steps"]
    assert (step["name"], step["state"], step["attempts"]) == ("wait-for", "done", 1)
    assert step["began"] and step["ended"]


def test_the_command_refuses_while_another_agent_runs(tmp_path, capsys):
    with alone(tmp_path / "state"):
        given = ["run", "--config", str(written(tmp_path)), "--state", str(tmp_path / "state")]
        assert main(given) == BUSY
    assert "another agent runs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), ("{", "the configuration is not JSON"), ("{}", "steps: is missing")],
)
def test_a_configuration_that_cannot_be_followed_is_told(
    tmp_path, capsys, monkeypatch, content, words
):
    monkeypatch.setattr("machines.agent.__main__.CONSOLE", tmp_path / "console")
    path = tmp_path / "agent.json"
    if content is not None:
        path.write_text(content)
    assert main(["run", "--config", str(path), "--state", str(tmp_path)]) == FAILED
    said = capsys.readouterr().out
    assert said.startswith("heiiki-agent: cannot begin: ") and words in said
    assert said == (tmp_path / "console").read_text()


def test_help_and_wrong_usage(capsys):
    for arguments, code in ((["--help"], 0), ([], 2), (["go"], 2), (["run"], 2)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == code
    assert "status" in capsys.readouterr().out


@pytest.mark.uncounted
def test_an_agent_that_is_killed_at_any_moment_leaves_a_sound_journal_and_goes_on(tmp_path):
    """The program itself, with SIGKILL, at twenty moments of its life."""
    program = tmp_path / "agent.pyz"
    program.write_bytes(agent_program())
    (tmp_path / "files").mkdir()
    rows = []
    for number in range(40):
        (tmp_path / "files" / str(number)).write_text(f"{number}" * 1000)
        rows.append({"path": str(tmp_path / "out" / str(number)), "source": f"files/{number}",
                     "owner": f"{os.getuid()}:{os.getgid()}"})  # fmt: skip
    steps = [
        {"step": "write-files", "name": f"write-{n}", "files": rows[n * 4 : n * 4 + 4]}
        for n in range(10)
    ]
    config = written(tmp_path, steps=steps)
    command = [interpreter(), "-I", str(program), "run", "--config", str(config)]
    command += ["--state", str(tmp_path / "state")]
    killed = 0
    for moment in range(20):
        agent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.05 + moment * 0.02)
        agent.send_signal(signal.SIGKILL)
        killed += agent.wait() == -signal.SIGKILL
        assert not Journal(tmp_path / "state").unreadable
    assert killed
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = status(tmp_path / "state")
    assert found["result"] == "done" and {s["state"] for s in found["steps"]} == {"done"}
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == sorted(str(n) for n in range(40))
    assert all((out / str(n)).read_text() == f"{n}" * 1000 for n in range(40))


def test_the_program_asks_instance_metadata_and_no_other(tmp_path):
    """A step that needs AWS, and an AWS that is not there: the reason is told, with the step."""
    program = tmp_path / "agent.pyz"
    program.write_bytes(agent_program())
    with serving_imds() as imds:
        config = written(
            tmp_path, metadata=imds.address, endpoints={"ssm": "http://127.0.0.1:1"},
            deadlineSeconds=1, signal={"group": "g", "hook": "h"},
            steps=[{"step": "take-secrets", "parameters": "/heiiki/dev/etcd-1a",
                    "files": [{"name": "a", "path": str(tmp_path / "a")}]}],
        )  # fmt: skip
        document = json.loads(config.read_text())
        document["endpoints"]["autoscaling"] = "http://127.0.0.1:1"
        config.write_text(json.dumps(document))
        ended = subprocess.run(
            [sys.executable, "-c", PATIENCE, str(program), "run", "--config", str(config),
             "--state", str(tmp_path / "state")],
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
    assert ended.returncode == FAILED, ended.stderr
    lines = Path(tmp_path / "console").read_text().splitlines()
    assert "take-secrets failed after " in lines[-2]
    assert lines[-2].endswith("127.0.0.1:1 does not answer: [Errno 111] Connection refused")
    assert lines[-1].startswith("heiiki-agent: gave up; the group could not be told: 127.0.0.1:1")
    assert ("GET", "meta-data/iam/security-credentials/etcd-1a") in imds.asked


PATIENCE = """
import random, runpy, sys
random.uniform = lambda least, most: least  # no pauses
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""
