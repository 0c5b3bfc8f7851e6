"""What goes wrong outside the stack file, said to the operator: what, where, what to do next."""

from collections.abc import Sequence
from typing import Any


class AutomationError(Exception):
    """The engine, AWS or the machine failed. The text is all that the operator needs.

    kind: a word for programs. exit_code: what the `heiiki` command ends with.
    """

    kind = "failed"
    exit_code = 3

    def __init__(self, message: str, *, advice: str = "", details: Sequence[str] = ()) -> None:
        self.message, self.advice, self.details = message, advice, tuple(details)
        super().__init__(self._text())

    def tell(self, details: Sequence[str]) -> None:
        """Add what has been found out about it since."""
        self.details += tuple(details)
        self.args = (self._text(),)

    def _text(self) -> str:
        lines = (f"  {detail}" for detail in self.details)
        return "\n".join(filter(None, [self.message, *lines, self.advice]))

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "kind": self.kind,
            "message": self.message,
            "details": list(self.details),
            "advice": self.advice,
        }


class EngineMissingError(AutomationError):
    """There is no engine that could be run."""

    kind = "engineMissing"


class StackLockedError(AutomationError):
    """Another operation holds the stack, or one that was killed has left its lock behind.

    holders: host and process id of each, where the engine told them.
    """

    kind = "locked"
    holders: tuple[tuple[str, int], ...] = ()


class CredentialsError(AutomationError):
    """AWS does not know who asks, or does not let it."""

    kind = "credentials"


class UnwritableError(AutomationError):
    """heiiki cannot write to its own folder. reason: the system's word for it."""

    kind = "unwritable"

    def __init__(self, directory: object, reason: str) -> None:
        super().__init__(
            f"heiiki cannot write to {directory}: {reason}",
            advice="Make room there, or name another folder in HEIIKI_HOME; it needs some "
            "megabytes and must be yours.",
        )


class InterruptedOperationError(AutomationError):
    """The person or program that runs heiiki stopped the operation."""

    kind = "interrupted"
    exit_code = 130


class RefusedError(AutomationError):
    """heiiki itself declined: a check failed, and nothing was changed."""

    kind = "refused"
    exit_code = 1


class NoStackError(RefusedError):
    """The operation is about a stack that was never made."""

    kind = "noStack"

    def __init__(self, stack: str) -> None:
        super().__init__(
            f"{stack} does not exist yet; heiiki up makes it",
            advice="`pulumi stack ls` lists the stacks of the place where the state is kept, and "
            "`pulumi whoami -v` says where that is.",
        )


class PolicyRefusedError(RefusedError):
    """The policy pack did not pass, or did not judge everything."""

    kind = "policy"
