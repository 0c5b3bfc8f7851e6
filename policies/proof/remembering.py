"""Policy documents that are written alike are decided once.

An answer follows from the document, the question and the boundary alone. Where each of two hundred
endpoints or buckets carries the same text, and a state is proved as it is asked for and as it was
seen, the solver would be asked for the same again, and a hard one takes half a second.
"""

from collections.abc import Callable
from typing import Any

from iam.requests import Decision

Ask = Callable[[Any], Decision]


class Decisions:
    """What was decided by one boundary."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Decision] = {}

    def asking(self, ask: Ask, *about: str | None) -> Ask:
        """The same question, asked once of each document. about: what else the answer depends on,
        of which no two questions have the same."""

        def asked(document: Any) -> Decision:
            key = (*map(repr, about), repr(document))
            if key not in self._known:
                self._known[key] = ask(document)
            return self._known[key]

        return asked
