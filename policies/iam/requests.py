"""A request as IAM sees it, and what is decided of a policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["AWS", "Service", "Federated", "Anonymous"]
Outside = Literal[
    "a principal of another account",
    "anybody, without credentials",
    "a service acting for another account",
    "a token that the policy does not name",
    "an identity provider outside the boundary",
    "a resource of another account",
]
NO_RESOURCE = "*"  # what the Resource of an action is that names none


@dataclass(frozen=True)
class Owner:
    """An account, and the organization it is a member of; None when it is of none."""

    account: str
    organization: str | None = None


@dataclass(frozen=True)
class Principal:
    """Who asks. name: the ARN of a user or role, of a service its name, of a token its provider.

    owner: whose principal it is; of a service for whom it acts. session: the ARN of the session.
    """

    kind: Kind
    name: str = ""
    owner: Owner | None = None
    session: str | None = None


@dataclass(frozen=True)
class Request:
    """One call; context holds the keys that it carries, in lower case, as far as they matter."""

    principal: Principal
    action: str
    resource: str = NO_RESOURCE
    resource_owner: Owner | None = None
    through_endpoint: bool = False
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Closed:
    """No request from or to the outside is allowed."""


@dataclass(frozen=True)
class Open:
    """One is allowed: which, what is outside about it, and the statement that lets it."""

    request: Request
    outside: Outside
    statement: str


@dataclass(frozen=True)
class Undecided:
    """Nobody can say: what is missing. It counts as a failure."""

    reasons: tuple[str, ...]


Decision = Closed | Open | Undecided
