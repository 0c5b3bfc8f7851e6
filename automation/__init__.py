"""Drive a stack from your own program. docs/embedding.md shows how."""

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
