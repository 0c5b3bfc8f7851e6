"""Drive a stack from your own program. docs/embedding.md shows how."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automation.errors import (
        AutomationError,
        CredentialsError,
        EngineMissingError,
        InterruptedOperationError,
        NoStackError,
        PolicyRefusedError,
        RefusedError,
        StackLockedError,
    )
    from automation.events import (
        Diagnostic,
        Event,
        OperationStarted,
        PolicyViolation,
        ResourceDone,
        ResourceFailed,
        ResourceStarted,
        Summary,
    )
    from automation.results import (
        Output,
        Preview,
        PropertyChange,
        Refusal,
        ResourceChange,
        Result,
        Rollout,
        Updated,
        Verdict,
    )
    from automation.stack import Stack

__all__ = [
    "AutomationError",
    "CredentialsError",
    "Diagnostic",
    "EngineMissingError",
    "Event",
    "InterruptedOperationError",
    "NoStackError",
    "OperationStarted",
    "Output",
    "PolicyRefusedError",
    "PolicyViolation",
    "Preview",
    "PropertyChange",
    "Refusal",
    "RefusedError",
    "ResourceChange",
    "ResourceDone",
    "ResourceFailed",
    "ResourceStarted",
    "Result",
    "Rollout",
    "Stack",
    "StackLockedError",
    "Summary",
    "Updated",
    "Verdict",
]
_HOMES = ("errors", "events", "results", "stack")

if not TYPE_CHECKING:  # which knows every name

    def __getattr__(name: str) -> Any:
        """When it is asked for: the command must be able to end before all of it is read."""
        if name in __all__:
            homes = (import_module(f"automation.{home}") for home in _HOMES)
            return next(getattr(home, name) for home in homes if hasattr(home, name))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
