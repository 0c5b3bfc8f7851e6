"""How an engine ends that was told to: it hears, it has time, and the time has an end."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from automation.events import Diagnostic, OnEvent

# The first interrupt lets steps under way end; the second makes pulumi give up; then it is killed.
# pulumi-aws waits an hour at the most for one thing of ours, a node group
# (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eks_node_group).
_PATIENCE_SECONDS = (90 * 60, 5 * 60)
_BY_A_PERSON = (
    "interrupted: steps under way are being ended and recorded; this may take minutes",
    "interrupted again: the engine gives up waiting",
    "interrupted a third time: the engine is killed; what it was making is looked up next time",
)
_BY_TIME = (
    "the engine has not ended {minutes} minutes after the interrupt: it is told to give up waiting",
    "the engine has not given up within {minutes} minutes: it is killed; what it was making is "
    "looked up next time",
)


class Ending:
    """The interrupts of one engine, each with its time, after which the next one follows by itself:
    whoever closes a terminal is not there to see that it goes on."""

    def __init__(self, process: "subprocess.Popen[bytes]", on_event: OnEvent) -> None:
        self._process, self._on_event = process, on_event
        self.times = 0
        self._due: float | None = None

    def interrupt(self) -> None:
        """A person has interrupted it."""
        self._tell(_BY_A_PERSON[min(self.times, len(_BY_A_PERSON) - 1)])
        self._next()

    def look(self) -> None:
        """Interrupt it once more where its time is over."""
        if self._due is None or time.monotonic() < self._due:
            return
        minutes = _PATIENCE_SECONDS[self.times - 1] // 60
        self._tell(_BY_TIME[self.times - 1].format(minutes=minutes))
        self._next()

    def see_to_it(self) -> None:
        """Wait until it has ended, whatever happens: nobody else would. Tells nothing, as it may be
        that nobody can be told."""
        while True:
            with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):  # neither ends the wait
                if self._process.poll() is not None:
                    return
                self._next()
                self._process.wait(None if self._due is None else self._due - time.monotonic())

    def _tell(self, message: str) -> None:
        self._on_event(Diagnostic("", "warning", message))

    def _next(self) -> None:
        killed = self.times >= len(_PATIENCE_SECONDS)
        self._process.send_signal(signal.SIGKILL if killed else signal.SIGINT)
        self._due = None if killed else time.monotonic() + _PATIENCE_SECONDS[self.times]
        self.times += 1


@contextmanager
def hearing() -> Iterator[None]:
    """For what is started here to hear interrupts from its first moment on. What a shell starts in
    the background ignores them, and so would its children: an engine listens only when it begins to
    work, and one that was lost before is not sent again. Only a main thread may say so.

    Here they stay ignored, by a handler: those a child has not.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if not ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
