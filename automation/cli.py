"""The entry of the `heiiki` command: what ends it, from its first moment on.

Reading the rooms that judge takes half a second and more. Nothing of them is imported before an
interrupt has its answer: one line, and the exit code of every other interrupt.
"""

import atexit
import gc
import json
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

INTERRUPTED = 130
_KEPT_TO_START = 200_000  # objects: of what the rooms make when they are read, nothing is garbage
_SAID = "interrupted; nothing was under way"
_OUTPUTS = (1, 2)  # the descriptors of stdout and stderr
_AGAIN_SECONDS = 0.01


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused, 2 usage, 3 engine or AWS failed."""
    _listen()
    gc.set_threshold(_KEPT_TO_START)
    atexit.register(gc.freeze)  # nor is there any to look for when the process ends
    try:
        from automation.commands.app import run

        run()
    except KeyboardInterrupt:
        _say_interrupted()
        sys.exit(INTERRUPTED)


def _listen() -> None:
    """A command that is told to end, or whose terminal is closed, must end the engine first, as it
    does on Ctrl-C. What nohup has switched off stays off."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _have_it_raised_again_where_python_drops_it()
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    terminals = [output for output in _OUTPUTS if os.isatty(output)]

    def hang_up(number: int, frame: FrameType | None) -> None:
        # Once: shell and kernel both tell of a closed terminal, and a second interrupt would make
        # the engine give up what is under way.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for output in terminals:
            if not os.isatty(output):  # gone: whatever is written there fails
                os.dup2(os.open(os.devnull, os.O_WRONLY), output)
        raise KeyboardInterrupt

    signal.signal(signal.SIGHUP, hang_up)


def _have_it_raised_again_where_python_drops_it() -> None:
    """Python drops an exception that is raised in a weak reference's callback, of which each import
    has one, or in `__del__`: a command that was told to end would go on. It is raised again a
    moment later, when that is done."""
    tell = sys.unraisablehook
    signal.signal(signal.SIGALRM, signal.default_int_handler)

    def dropped(what: "sys.UnraisableHookArgs") -> None:
        if issubclass(what.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
        else:
            tell(what)

    sys.unraisablehook = dropped


def _say_interrupted() -> None:
    """As AutomationError tells it, which is not imported yet."""
    told = {"kind": "interrupted", "message": _SAID, "details": [], "advice": ""}
    with suppress(OSError):
        if "--json" in sys.argv:
            print(json.dumps({"error": told}, indent=2), flush=True)
        else:
            print(_SAID, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
