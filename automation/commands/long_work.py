"""What a command is at, told on a terminal when it takes longer than a few seconds.

Nothing is told of what ends soon, and nothing where nobody looks: a file or a pipe gets the answer.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from automation.commands.screen import Screen

AFTER_SECONDS: Final = 4.0
AGAIN_SECONDS: Final = 30.0

At = Callable[[str], None]


@contextmanager
def long_work(
    shown: Screen, after_seconds: float = AFTER_SECONDS, again_seconds: float = AGAIN_SECONDS
) -> Iterator[At]:
    """Gives what is to be called with each thing that is begun, as "asks AWS what it has"."""
    if not shown.err.is_terminal:
        yield lambda doing: None
        return
    stages = _Stages()
    teller = threading.Thread(
        target=_tell, args=(shown.progress, stages, after_seconds, again_seconds), daemon=True
    )
    teller.start()
    try:
        yield stages.begin
    finally:
        stages.end()
        teller.join()


class _Stages:
    """What is being done, for two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._doing: str | None = None
        self._number = 0
        self.ended = False

    def begin(self, doing: str) -> None:
        with self._changed:
            self._doing, self._number = doing, self._number + 1
            self._changed.notify_all()

    def end(self) -> None:
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def now(self) -> tuple[int, str | None]:
        with self._changed:
            return self._number, self._doing

    def wait(self, seconds: float, number: int | None = None) -> bool:
        """Until all is done, or seconds have passed, or with a number until it is another one's
        turn; whether it goes on."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.ended or number not in (None, self._number), seconds
            )
            return not self.ended


def _tell(tell: At, stages: _Stages, after_seconds: float, again_seconds: float) -> None:
    goes_on, told = stages.wait(after_seconds), -1
    while goes_on:
        number, doing = stages.now()
        if doing is not None:
            tell(doing if number != told else f"still {doing}")
        told = number
        goes_on = stages.wait(again_seconds, number)
