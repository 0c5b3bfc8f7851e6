"""Moments of time in policies, and the first at which a request can still be made.

Source: IAM User Guide, Date condition operators; W3C, Date and Time Formats (read 2026-11-28).
"""

import datetime
import re
from decimal import Decimal
from typing import Final

# The keys that say when a request is made; every request carries both.
NOW: Final = ("aws:currenttime", "aws:epochtime")
_DATE: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?"
)
_SECONDS: Final = re.compile(r"\d{1,11}")


def seconds_of(text: str) -> Decimal | None:
    """Seconds since 1970 of a date in ISO 8601, or of such seconds; None when it is neither."""
    if _SECONDS.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text) is None:
        return None
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    since = when - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return Decimal(since.days * 86400 + since.seconds) + Decimal(since.microseconds) / 10**6


# No request is made before this was written: what a policy allowed until then, it allows no more.
# A constant, and no clock, so that a deployment has one proof.
FIRST_REQUEST: Final = Decimal(1793491200)  # 2026-11-01T00:00:00Z


def is_over(text: str) -> bool:
    """Whether a moment lies before every request that can still be made."""
    seconds = seconds_of(text)
    return seconds is not None and seconds < FIRST_REQUEST
