"""What is measured of judging is what `heiiki validate` does, of every example."""

from bench import judging
from bench.judging import EXAMPLES, judge, rows
from tests.scenarios import planned


def test_it_is_the_plan_that_is_made():
    assert judge("dev") == planned("dev")


def test_each_example_has_a_row_and_the_first_run_does_not_count(monkeypatch):
    times = iter([0.0, 9.0, 10.0, 10.5, 11.0, 11.7] * len(EXAMPLES))
    monkeypatch.setattr(judging.time, "process_time", lambda: next(times))
    assert list(rows(2)) == [(example, "600 ms") for example in EXAMPLES]
