"""The program's Python, started before the engine asks for the program.

The engine asks which plugins a program needs, then starts the policy packs, then the program. From
the first question on it is known which Python runs it, and nearly all that a Python does before a
program's first line is to load the SDK: that goes on beside a pack, for which the engine waits.
"""

import contextlib
import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from local.language_host.children import Child

_SCRIPT = Path(__file__).with_name("waiting.py")
_LARGEST_VARIABLE_BYTES = 131071  # that Linux gives to a process (MAX_ARG_STRLEN, with its end)


class Place(NamedTuple):
    """What a process cannot change once it has started."""

    python: Path
    directory: str


class Ahead:
    """At most one Python waits, for the program that was asked about last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: tuple[Place, Mapping[str, str]] | None = None
        self._waiting: tuple[Place, Child] | None = None

    def asked_about(self, place: Place, environment: Mapping[str, str]) -> None:
        """The program that is to come, if one does."""
        self._asked = place, environment

    def start(self) -> None:
        """What fails here fails again, and is told, where the program is started."""
        with self._lock:
            if self._asked is None:
                return
            place, environment = self._asked
            if self._waiting is not None:
                if self._waiting[0] == place:
                    return
                _end(self._waiting[1])
                self._waiting = None
            with contextlib.suppress(OSError):
                child = Child([place.python, _SCRIPT], place.directory, environment, told=True)
                self._waiting = place, child

    def take(
        self, place: Place, environment: Mapping[str, str], script: Path, arguments: Sequence[str]
    ) -> Child | None:
        """The Python that waits, which is this script from now on.

        None where there is none for this place, or Linux would not start such a program.
        environment: what that of `asked_about` was, and what only the program is told.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is None:
            return None
        its_place, child = waiting
        if its_place == place and _can_be_started(environment):
            what = {
                "script": str(script), "arguments": arguments, "environment": dict(environment)
            }  # fmt: skip
            with contextlib.suppress(BrokenPipeError):  # it has ended: another one tells why
                child.tell(json.dumps(what).encode())
                return child
        _end(child)
        return None


def _end(child: Child) -> None:
    child.stop()
    child.wait()  # its number may be another's from then on


def _can_be_started(environment: Mapping[str, str]) -> bool:
    """What it starts in turn has the same variables."""
    return all(
        len(os.fsencode(f"{name}={value}")) <= _LARGEST_VARIABLE_BYTES
        for name, value in environment.items()
    )
