"""One thing as AWS says it is now, and how AWS is asked for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automation.state import Resource

if TYPE_CHECKING:
    from automation.aws_calls import Account


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing as it is now. well: None where that is not known."""

    kind: str
    name: str
    said: str
    well: bool | None


Look = Callable[[Sequence[Resource], str, "Account"], Iterator[Seen]]


def asked(
    account: "Account", region: str, action: str, **arguments: str
) -> Mapping[str, Any] | None:
    """The answer, or None where AWS knows no such thing."""
    from automation.aws_calls import asking

    service, _, operation = action.partition(":")
    client = account.client(service, region)
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation)[1:]
    with asking(action):
        try:
            answer: Mapping[str, Any] = getattr(client, words)(**arguments)
        except client.exceptions.ResourceNotFoundException:
            return None
    return answer


def gone(kind: str, name: str) -> Seen:
    """What is said of what is recorded and is not there."""
    return Seen(kind, name, "is recorded, and AWS has none; heiiki refresh records that", False)
