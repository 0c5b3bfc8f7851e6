"""Where a log ends, as its files say. Real ones are read in tests/control_plane/test_etcd.py."""

import pytest

from machines.agent.errors import Refused
from machines.agent.etcd_log import End, Log, read_log
from tests.machines.agent.log_files import entry, snapshot, write_segment


def test_no_segment_is_no_log(tmp_path):
    assert read_log(tmp_path) is None
    (tmp_path / "member/wal").mkdir(parents=True)
    (tmp_path / "member/wal/0.tmp").write_bytes(b"")
    assert read_log(tmp_path) is None


@pytest.mark.parametrize(
    ("records", "end"),
    [
        ((), End(0, 0)),
        ((entry(2, 4), entry(2, 5)), End(2, 5)),
        ((entry(2, 4), entry(2, 5), entry(3, 5)), End(3, 5)),  # replaced by a later leader
        ((entry(2, 8), entry(2, 9), entry(4, 6)), End(4, 6)),
        ((entry(2, 4), snapshot(5, 900)), End(5, 900)),  # it was sent all at once
        ((entry(2, 4), snapshot(2, 3)), End(2, 4)),  # it has written one of its own
        ((entry(2, 80), snapshot(5, 70)), End(5, 70)),  # what it had beyond was agreed on by nobody
        ((snapshot(5, 900), entry(6, 901)), End(6, 901)),
        ((entry(1 << 40, 1 << 60, b"x" * 100_000),), End(1 << 40, 1 << 60)),
        *(((entry(2, 7, b"x" * n),), End(2, 7)) for n in range(9)),  # each padding
    ],
)
def test_a_log_ends_at_its_last_entry_whatever_stood_there_before(tmp_path, records, end):
    write_segment(tmp_path, 0, *records, member=17001)
    assert read_log(tmp_path) == Log("17001", end)


def test_a_new_segment_without_an_entry_ends_where_the_one_before_does(tmp_path):
    write_segment(tmp_path, 8, entry(2, 70))
    write_segment(tmp_path, 9, entry(3, 90))
    write_segment(tmp_path, 10)
    assert read_log(tmp_path) == Log("1", End(3, 90))


def test_a_snapshot_in_a_new_segment_takes_nothing_from_the_one_before(tmp_path):
    """etcd cuts a segment where it is full, and tells of a snapshot a moment after it was made."""
    write_segment(tmp_path, 9, entry(3, 89), entry(3, 90))
    write_segment(tmp_path, 10, snapshot(3, 80))
    assert read_log(tmp_path) == Log("1", End(3, 90))
    write_segment(tmp_path, 10, snapshot(4, 70))  # of others, in the place of what it had
    assert read_log(tmp_path) == Log("1", End(4, 70))


@pytest.mark.parametrize("cut", [1, 7, 8, 9, 20])
def test_a_record_that_a_crash_cut_off_is_not_there(tmp_path, cut):
    path = write_segment(tmp_path, 0, entry(2, 4))
    whole = path.read_bytes().rstrip(b"\0")
    path.write_bytes(whole + bytes(-len(whole) % 8) + entry(2, 5)[:-cut])
    assert read_log(tmp_path).end in (End(2, 4), End(2, 5))
    path.write_bytes(whole + bytes(-len(whole) % 8) + entry(2, 5)[:8] + bytes(40))
    assert read_log(tmp_path).end == End(2, 4)


def test_what_says_nothing_of_a_member_is_no_log(tmp_path):
    path = write_segment(tmp_path, 0, entry(2, 4))
    for content in (b"", b"x", bytes(600), b"\xff" * 600):
        path.write_bytes(content)
        with pytest.raises(Refused, match="does not say whose log it is"):
            read_log(tmp_path)


def test_of_two_logs_the_later_term_counts_before_the_index():
    assert End(2, 9) < End(3, 1) < End(3, 2)
