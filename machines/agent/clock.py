"""The machine's clocks, and the pause before something is tried again."""

from __future__ import annotations

import math
import random
import time
from datetime import datetime, timezone


class Clock:
    """Time goes by itself; tests have another one.

    until: the machine's uptime when the time of this boot is over. Whatever waits, for AWS, for a
    program or for somebody else, waits no longer, so that the machine can still say why.
    """

    until = math.inf

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def uptime(self) -> float:
        """Seconds since the machine was booted, whatever anybody sets the time to."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def pause(attempt: int, *, base: float, most: float) -> float:
    """Exponential back-off with full jitter: machines that failed together do not return so."""
    return random.uniform(0, min(most, base * 2.0 ** min(attempt, 30)))
