"""A terminal is told what a long command is at, and nothing is told of a short one."""

import io
import time

import pytest

from automation.commands.long_work import long_work
from automation.commands.screen import Screen, _Console

NEVER_SECONDS, BOUND_SECONDS = 3600.0, 60.0


class Looked(io.StringIO):
    """What a terminal shows."""

    def until(self, told: str) -> None:
        ends = time.monotonic() + BOUND_SECONDS
        while told not in self.getvalue():
            assert time.monotonic() < ends, self.getvalue()
            time.sleep(0.005)


@pytest.fixture
def looked():
    return Looked()


def screen_on(looked, terminal: bool) -> Screen:
    shown = Screen(as_json=False, no_color=True)
    shown.err = _Console(file=looked, force_terminal=terminal, no_color=True, highlight=False)
    return shown


def test_each_thing_that_is_begun_after_some_seconds_is_told(looked):
    with long_work(screen_on(looked, True), after_seconds=0.0, again_seconds=NEVER_SECONDS) as at:
        at("asks AWS what it has")
        looked.until("… asks AWS what it has")
        at("judges 40 resources")
        looked.until("… judges 40 resources")
    assert "still" not in looked.getvalue()


def test_what_takes_long_is_told_again(looked):
    with long_work(screen_on(looked, True), after_seconds=0.0, again_seconds=0.01) as at:
        at("judges 40 resources")
        looked.until("… still judges 40 resources")


@pytest.mark.parametrize("terminal", [True, False])
def test_of_what_ends_soon_nothing_is_told_and_nothing_where_nobody_looks(looked, terminal):
    after = NEVER_SECONDS if terminal else 0.0
    with long_work(screen_on(looked, terminal), after_seconds=after) as at:
        at("asks AWS what it has")
    assert looked.getvalue() == ""


def test_what_goes_wrong_ends_it(looked):
    with (
        pytest.raises(ValueError, match="wrong"),
        long_work(screen_on(looked, True), after_seconds=NEVER_SECONDS) as at,
    ):
        at("asks AWS what it has")
        raise ValueError("wrong")
    assert looked.getvalue() == ""
