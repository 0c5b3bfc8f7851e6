"""How IAM matches patterns: * stands for any text, ? for one character, everything else for itself.

So not as file names are matched: brackets are no class of characters (IAM user guide, IAM JSON
policy elements, Resource and Action; read 2026-11-28).
"""

import re
from collections.abc import Iterable
from functools import cache


def covers(pattern: str, text: str) -> bool:
    """Whether the pattern stands for the text, as of resources: letters count as they are written.
    A wildcard in the text is a character like any other."""
    return _compiled(pattern).fullmatch(text) is not None


def covers_action(pattern: str, action: str) -> bool:
    """The same of actions, in which case does not count."""
    return covers(pattern.lower(), action.lower())


def any_covers(patterns: Iterable[str], text: str) -> bool:
    """Whether one of them stands for the text, as of resources."""
    return any(covers(pattern, text) for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    runs = re.sub(r"\*+", "*", pattern)  # several are one, and would be slow
    return re.compile("".join(parts.get(c) or re.escape(c) for c in runs), re.DOTALL)
