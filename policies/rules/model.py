"""What a rule is, what it judges and what it says. Nothing here knows the policy SDK."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # a preview waits for the table of rules, and judges later
    from rules.boundary import Boundary

SeverityName = Literal["critical", "high", "medium", "low"]
WhenUnknown = Literal["violates", "deferred", "counts as set"]
Level = Literal["mandatory", "advisory"]


# Tokens under which the provider registers the same thing once more (`aws.alb` beside `aws.lb`).
SAME_TYPES: Mapping[str, str] = {
    f"aws:alb/{name}": f"aws:lb/{name}"
    for name in (
        "listener:Listener",
        "listenerCertificate:ListenerCertificate",
        "listenerRule:ListenerRule",
        "targetGroup:TargetGroup",
        "targetGroupAttachment:TargetGroupAttachment",
    )
}


def same_type(token: str) -> str:
    """The one token of a type that has several."""
    return SAME_TYPES.get(token, token)


@dataclass(frozen=True)
class Resource:
    """One resource as it is about to be created; props are plain, unknown values are UNKNOWN.

    type: the one token of its type, whichever of several its program uses. component: of the
    program itself, made by no provider: what it holds is registered one by one.
    """

    type: str
    name: str
    urn: str
    props: Mapping[str, Any]
    component: bool = False

    def __post_init__(self) -> None:
        if self.type in SAME_TYPES:
            object.__setattr__(self, "type", SAME_TYPES[self.type])

    @property
    def noun(self) -> str:
        """The last part of the type token: RouteTable of aws:ec2/routeTable:RouteTable."""
        return self.type.rsplit(":", 1)[-1]


# Yields what is wrong, as the end of the sentence "RouteTable 'main' …".
Check = Callable[[Resource, "Boundary"], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """One row of the rule table.

    types: type tokens; one that ends in * covers every token with that beginning.
    unknown: violates; deferred (passes in preview, judged on `up` before creation, when the
        value is known); counts as set (the value itself does not matter).
    decides: False where what it finds is that a fact is missing.
    level: of an advisory rule what it finds is told as a warning, and opens and stops nothing.
    """

    id: str
    name: str
    title: str
    severity: SeverityName
    types: tuple[str, ...]
    invariant: int
    reason: str
    remedy: str
    source: str
    unknown: WhenUnknown = "violates"
    decides: bool = True
    level: Level = "mandatory"

    def covers(self, resource_type: str) -> bool:
        """Whether the rule has anything to say about this type."""
        return resource_type in self.types or resource_type.startswith(self._beginnings)

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(t[:-1] for t in self.types if t.endswith("*"))
