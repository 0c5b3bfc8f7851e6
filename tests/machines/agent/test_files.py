"""Files are flushed before they take their name, and the name before anybody goes on."""

import os
import stat

import pytest

from machines.agent.errors import AgentError
from machines.agent.files import is_written, make_folder, write_atomically
from machines.agent.journal import Journal
from tests.machines.agent.world import Killed


@pytest.fixture
def disk(monkeypatch):
    """What is done to the disk, in its order; kill_at: the call that is not survived."""
    done, told = [], {}
    replace, fsync = os.replace, os.fsync

    def note(what):
        done.append(what)
        if told.get("kill_at") == what:
            raise Killed(what)

    def syncing(descriptor):
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        note("sync folder" if folder else "sync file")
        fsync(descriptor)

    def replacing(*names):
        note("rename")
        replace(*names)

    monkeypatch.setattr("machines.agent.files.os.fsync", syncing)
    monkeypatch.setattr("machines.agent.files.os.replace", replacing)
    return done, told


def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_anybody_goes_on(tmp_path, disk):
    write_atomically(tmp_path / "a" / "b", [b"x", b"y"], 0o640)
    assert disk[0] == ["sync file", "rename", "sync folder"]
    assert (tmp_path / "a" / "b").read_bytes() == b"xy"


@pytest.mark.parametrize("moment", ["sync file", "rename"])
def test_a_journal_whose_writer_is_killed_is_the_old_one(tmp_path, disk, moment):
    journal = Journal(tmp_path)
    journal.start("c", "b", 1.0, ["a"])
    disk[1]["kill_at"] = moment
    with pytest.raises(Killed):
        journal.running("a", "now")
    found = Journal(tmp_path)
    assert not found.unreadable and found.record.steps["a"].state == "waiting"
    disk[1].clear()
    found.running("a", "now")
    assert Journal(tmp_path).record.steps["a"].state == "running"
    assert [p.name for p in tmp_path.iterdir()] == ["journal.json"]


def test_a_secret_is_never_readable_by_others_while_it_is_written(tmp_path):
    modes = []

    def content():
        yield b"secret"
        modes.extend(stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir())

    old = os.umask(0)
    try:
        write_atomically(tmp_path / "key", content(), 0o644)
    finally:
        os.umask(old)
    assert modes == [0o600] and stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o644


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    def breaking():
        yield b"x"
        raise AgentError("broke off")

    with pytest.raises(AgentError, match="broke off"):
        write_atomically(tmp_path / "a", breaking(), 0o644)
    assert list(tmp_path.iterdir()) == []


def test_owners_are_names_or_numbers(tmp_path):
    path, me = tmp_path / "a", f"{os.getuid()}:{os.getgid()}"
    write_atomically(path, [b"x"], 0o600, me)
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert is_written(path, digest, 0o600, me)
    other = f"{os.getuid() + 1}:{os.getgid()}"
    assert not is_written(path, digest, 0o600, other)
    assert not is_written(path / "below", digest, 0o600)
    with pytest.raises(AgentError, match="the machine has no owner root:nobody-here"):
        is_written(path, digest, 0o600, "root:nobody-here")
    make_folder(tmp_path / "b" / "c", 0o700, me)
    assert stat.S_IMODE((tmp_path / "b" / "c").stat().st_mode) == 0o700
