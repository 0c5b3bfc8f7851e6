"""What is measured of judging is what `heiiki validate` does, of every example."""

from types import SimpleNamespace

from bench import judging
from bench.judging import EXAMPLES, judge, rows
from tests.scenarios import planned


def test_it_is_the_plan_that_is_made():
    assert judge("dev") == planned("dev")


def test_each_example_has_a_row_and_the_first_run_does_not_count(monkeypatch):
    times = iter([0.0, 9.0, 10.0, 10.5, 11.0, 11.7] * len(EXAMPLES))
    looked: list[None] = []  # for garbage: of a process that has run many tests it takes seconds
    monkeypatch.setattr(judging.time, "process_time", lambda: next(times))
    monkeypatch.setattr(judging, "gc", SimpleNamespace(collect=lambda: looked.append(None)))
    assert list(rows(2)) == [(example, "600 ms") for example in EXAMPLES]
    assert len(looked) == 3 * len(EXAMPLES)
