"""What may go wrong on a machine, as the operator reads it. No message holds a secret."""

from __future__ import annotations

SHOWN_CHARACTERS = 300


class AgentError(Exception):
    """A step did not succeed; the same again may."""


class Refused(AgentError):
    """What was found must not be touched: the same again would find the same."""


class Told(AgentError):
    """What is wrong is on the console already."""


class Unreachable(AgentError):
    """Nobody answered, or the answer broke off."""


class AwsError(AgentError):
    """AWS answered with an error."""

    def __init__(self, call: str, status: int, code: str, message: str) -> None:
        super().__init__(f"{call}: {code} ({status}): {short(message)}")
        self.status, self.code = status, code


def short(text: str) -> str:
    """One line of it, as long as a console shows."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"
