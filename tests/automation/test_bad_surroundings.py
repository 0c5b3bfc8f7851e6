"""Files, folders, disks and engines that are not what they should be: a sentence each."""

import errno
import json
import os
import re
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from automation import (
    AutomationError,
    EngineMissingError,
    InterruptedOperationError,
    NoStackError,
    Stack,
)
from automation.commands.app import app
from automation.commands.screen import Screen
from automation.engine import engine_of_last_change
from automation.state import State
from components.asked import read_asked
from spec.errors import SpecError
from tests.automation.events import PASSED, step

GOOD = {"events": PASSED}
BAD_FILES = [b"- a\n", b"\xff\xfe", b"x: [", b"config:\n  heiiki:name: 5\n"]


@pytest.fixture
def heiiki(project, engine, monkeypatch):
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments):
        named = [] if "--file" in arguments or arguments[0] == "diff" else ["--file", str(project)]
        ended = CliRunner().invoke(app, [*arguments, *named])
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended

    return run


def test_no_variable_shows_secrets_or_changes_what_is_done(heiiki, engine, monkeypatch):
    """Each flag of the engine has a variable, PULUMI_OPTION_<FLAG>."""
    kept = {"PULUMI_OPTION_REFRESH": "false", "PULUMI_OPTION_COLOR": "never", "PULUMI_HOME": "/h"}
    left_out = {f"PULUMI_OPTION_{flag}": "true" for flag in ("SHOW_SECRETS", "CONFIG", "TARGET")}
    left_out |= {"PULUMI_CONTINUE_ON_ERROR": "true", "PULUMI_RUN_PROGRAM": "true"}
    for name, value in {**kept, **left_out}.items():
        monkeypatch.setenv(name, value)
    engine.says(preview=GOOD)
    assert heiiki("preview").exit_code == 0
    assert kept.items() <= engine.told().items()
    assert not left_out.keys() & engine.told().keys()


@pytest.mark.parametrize("text", BAD_FILES)
@pytest.mark.parametrize("operation", ["refresh", "destroy"])
def test_a_faulty_stack_file_does_not_hinder_what_works_on_the_record(
    heiiki, engine, project, text, operation
):
    """The engine is given the copy that the last operation has made."""
    engine.says(preview=GOOD, up=GOOD, refresh=GOOD, destroy=GOOD)
    sound = (project / "Pulumi.dev.yaml").read_bytes()
    assert heiiki("up", "--yes").exit_code == 0
    (project / "Pulumi.dev.yaml").write_bytes(text)
    ended = heiiki(operation, *(["--yes"] if operation == "destroy" else []))
    assert ended.exit_code == 0, ended.output
    (call,) = engine.calls(operation)
    assert Path(call[call.index("--config-file") + 1]).read_bytes() == sound


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"- a\n", "must be a mapping that begins with config:"),
        (b"\xff\xfe", "is no UTF-8 text at byte 0"),
        (b"x: [", "is no YAML"),
    ],
)
def test_where_there_is_no_copy_yet_the_fault_is_told(heiiki, project, text, told):
    (project / "Pulumi.dev.yaml").write_bytes(text)
    ended = heiiki("refresh")
    assert ended.exit_code == 1 and told in ended.stderr


def test_a_killed_run_is_settled_in_the_region_of_the_copy(engine, stack, project, monkeypatch):
    engine.says(preview=GOOD, up=GOOD, refresh=GOOD)
    stack().up()
    (project / "Pulumi.dev.yaml").write_bytes(b"- a\n")
    driven = stack()
    with driven._run.opened(judged=False) as workspace:
        assert driven._run._region(workspace) == "ap-northeast-1"


@pytest.mark.parametrize("what", ["nested", "folder"])
def test_policy_settings_that_are_none_are_told(heiiki, engine, project, what):
    settings = project / "heiiki.dev.policy.json"
    if what == "nested":
        settings.write_text("[" * 100_000)
    else:
        settings.mkdir()
    engine.says(preview=GOOD)
    ended = heiiki("preview")
    assert ended.exit_code == 1
    told = {"nested": "is nested too deeply", "folder": "is a directory; a file is needed here"}
    assert "heiiki.dev.policy.json is not valid" in ended.stderr and told[what] in ended.stderr
    assert not engine.file.with_suffix(".preview").exists()


def test_a_home_that_is_no_folder_is_named(heiiki, engine, monkeypatch):
    engine.says(preview=GOOD)
    monkeypatch.setenv("HEIIKI_HOME", "/dev/null")
    ended = heiiki("preview")
    assert ended.exit_code == 3
    assert ended.stderr.splitlines() == [
        "heiiki cannot write to /dev/null/stacks/dev: Not a directory",
        "Make room there, or name another folder in HEIIKI_HOME; it needs some megabytes and must "
        "be yours.",
    ]


@pytest.mark.parametrize("cut", [
    {"events": PASSED[:-1], "cut": True},
    {"events": [*PASSED[:2], '{"sequence": 2, "resOutp'], "cut": True},
    {"events": [], "cut": True},
])  # fmt: skip
def test_a_log_that_is_cut_short_is_told_as_that(engine, stack, cut):
    engine.says(preview=cut, up=GOOD)
    with pytest.raises(AutomationError, match=r"log .*preview\.events is cut short"):
        stack().up()
    assert not engine.calls("up")
    engine.says(preview=GOOD, up=cut)
    with pytest.raises(AutomationError, match="What it has done is recorded all the same"):
        stack().up()


def test_a_full_disk_is_told_as_that(engine, stack, monkeypatch):
    write = Path.write_bytes

    def full(path, data):
        if path.name == "probe":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    engine.says(preview={"events": PASSED[:1], "cut": True})
    with pytest.raises(AutomationError) as raised:
        stack().preview()
    assert raised.value.kind == "unwritable"
    assert raised.value.message.endswith(
        "stacks/dev: No space left on device; the log of preview is cut short"
    )


@pytest.mark.parametrize("operation", ["refresh", "unlock", "outputs"])
def test_a_stack_that_is_not_there_is_told_as_that(engine, stack, operation):
    gone = {"exit": 255, "stderr": "error: no stack named 'organization/heiiki/dev' found"}
    engine.says(stack_ls={"stdout": "[]"}, stack_output=gone, cancel=gone)
    with pytest.raises(NoStackError, match="dev does not exist yet; heiiki up makes it") as raised:
        getattr(stack(), operation)()
    assert "`pulumi whoami -v` says where" in raised.value.advice
    assert not engine.calls(operation) and not engine.calls("cancel")


def test_of_a_stack_that_is_not_there_nothing_is_recorded_and_that_takes_one_call(engine, stack):
    engine.says(stack_export={"exit": 255, "stderr": "error: no stack named 'dev' found"})
    assert stack().state() == State.empty()
    engine.says(stack_export={"exit": 255, "stderr": "error: the bucket is not there"})
    with pytest.raises(AutomationError, match="pulumi stack failed"):
        stack().state()
    assert len(engine.calls("stack export")) == 2 and not engine.calls("stack ls")


def test_of_a_stack_that_is_not_there_nothing_is_destroyed_and_that_is_well(engine, stack):
    engine.says(stack_ls={"stdout": "[]"})
    done = stack().destroy(approve=lambda count: pytest.fail("nothing to ask about"))
    assert (done.operation, done.stack, done.changes) == ("destroy", "dev", ())
    assert not engine.calls("destroy") and not engine.calls("stack export")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("#!/bin/sh\necho v2.0.0\n", "is of version v2.0.0, which does not do"),
        ("#!/bin/sh\necho v4.0.0\n", "is of version v4.0.0, which does not do"),
        ("#!/bin/sh\necho v3.228.9\n", "is of version v3.228.9, which does not do"),
        ("#!/bin/sh\n", "does not tell its version, so it is no pulumi\n  it said nothing"),
        ("#!/bin/sh\necho hello\n", "does not tell its version, so it is no pulumi\n  hello"),
        ("no program", "cannot be run: Exec format error"),
    ],
)
def test_an_engine_that_does_not_serve_is_told_with_those_that_do(project, tmp_path, program, told):
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(program)
    pulumi.chmod(0o755)
    environment = {"PATH": str(tmp_path), "HEIIKI_HOME": str(tmp_path / "home")}
    with pytest.raises(EngineMissingError, match=re.escape(told)) as raised:
        Stack("dev", project=project, environment=environment).preview()
    assert raised.value.advice == "Use a pulumi of version 3.229 or later, below 4.0."


def test_the_version_is_asked_once(engine, stack):
    engine.says(preview=GOOD, up=GOOD)
    stack().up()
    stack().up()
    assert len(engine.calls("version")) == 1


def test_an_answer_that_is_no_json_is_told(engine, stack):
    engine.says(stack_ls={"stdout": ""})
    with pytest.raises(AutomationError) as raised:
        stack().preview()
    assert str(raised.value).startswith("pulumi stack ls answered no JSON\n  it said nothing\n")


@pytest.mark.parametrize("note", ["abc", "", None])
def test_a_note_of_the_engine_that_is_none_is_taken_for_none(engine, stack, tmp_path, note):
    engine.says(preview=GOOD, up=GOOD)
    folder = tmp_path / "home" / "stacks" / "dev"
    folder.mkdir(parents=True)
    if note is not None:
        (folder / "engine.pid").write_text(note)
    assert engine_of_last_change(folder) == 0
    stack().up()
    assert engine_of_last_change(folder) > 0


@pytest.mark.parametrize("url", ["bogus://name:word@x", "https://x"])
def test_a_place_for_state_that_is_none_is_told_without_its_password(engine, project, url):
    refused = "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"
    engine.says(stack_ls={"stderr": refused, "exit": 255})
    environment = {**engine.environment, "PULUMI_BACKEND_URL": url}
    with pytest.raises(AutomationError) as raised:
        Stack("dev", project=project, environment=environment).preview()
    assert raised.value.message == {
        "bogus://name:word@x":
            "PULUMI_BACKEND_URL names no place that the engine knows: bogus://…",
        "https://x": "the Pulumi service that PULUMI_BACKEND_URL names wants a token",
    }[url]  # fmt: skip


def test_a_path_that_is_too_long_is_told_shortly(heiiki):
    ended = heiiki("validate", "--file", "x" * 5000)
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"{'x' * 80}… cannot be looked at: File name too long")


@pytest.mark.parametrize(
    ("what", "told"),
    [("folder", "is a directory; a file is needed here"), ("pipe", "is no ordinary file")],
)
def test_a_lock_file_that_is_no_file_is_not_called_missing(heiiki, project, what, told):
    lock_file = project / "heiiki.dev.lock.yaml"
    lock_file.unlink()
    lock_file.mkdir() if what == "folder" else os.mkfifo(lock_file)
    ended = heiiki("validate")
    assert ended.exit_code == 1
    assert told in ended.stderr and "missing" not in ended.stderr


@pytest.mark.parametrize("what", ["loop", "folder"])
def test_a_stack_file_that_is_no_file_is_not_said_not_to_exist(heiiki, project, what):
    path = project / "Pulumi.dev.yaml"
    path.unlink()
    path.symlink_to(path) if what == "loop" else path.mkdir()
    ended = heiiki("validate", "--file", str(path) if what == "loop" else str(project))
    assert ended.exit_code == 1 and "does not exist" not in ended.stderr
    told = {"loop": "leads nowhere: Too many levels of symbolic links",
            "folder": "is no ordinary file"}  # fmt: skip
    assert told[what] in ended.stderr


@pytest.mark.parametrize("what", ["no text", "folder"])
def test_the_program_tells_of_a_lock_file_that_cannot_be_read(project, what):
    """As under plain `pulumi preview`, where nothing was checked before."""
    lock_file = project / "heiiki.dev.lock.yaml"
    lock_file.unlink()
    lock_file.write_bytes(b"\xff") if what == "no text" else lock_file.mkdir()
    config = {
        "heiiki:name": "dev", "heiiki:region": "ap-northeast-1",
        "heiiki:availabilityZones": json.dumps(["ap-northeast-1a", "ap-northeast-1c"]),
        "heiiki:nodePools": json.dumps({"w": {"instanceType": "m7i.large", "maxSize": 3}}),
    }  # fmt: skip
    with pytest.raises(SpecError) as raised:
        read_asked(config, stack="dev", directory=project)
    (fault,) = raised.value.faults
    told = {"no text": "is no UTF-8 text at byte 0", "folder": "is a directory"}[what]
    assert raised.value.where == "heiiki.dev.lock.yaml" and fault.message.startswith(told)


def test_an_interrupt_at_a_question_is_an_interrupt(monkeypatch):
    def interrupted(*_, **__):
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", interrupted)
    shown = Screen(as_json=False, no_color=True)
    shown.err = type(shown.err)(force_terminal=True, file=sys.stderr)
    with pytest.raises(InterruptedOperationError, match="nothing was changed") as raised:
        shown.ask("Do this?", yes=False)
    assert raised.value.exit_code == 130


def test_an_interrupt_elsewhere_ends_with_130(heiiki, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("automation.commands.validate.read_plan", interrupted)
    ended = heiiki("validate")
    assert ended.exit_code == 130 and ended.stderr == "interrupted; nothing was under way\n"


def test_diff_does_not_advise_options_that_it_has_not(heiiki):
    ended = heiiki("diff", "dev", "nowhere")
    assert ended.exit_code == 2 and "does not exist" in ended.stderr
    assert "--stack" not in ended.stderr and "--file" not in ended.stderr


def test_a_pack_that_judged_nothing_is_not_blamed_on_the_engines_version(engine, stack):
    engine.says(preview={"events": [step("cluster")]})
    with pytest.raises(AutomationError, match="judged nothing") as raised:
        stack().up()
    assert "3.229" not in str(raised.value)
