"""Scalars of YAML that are no text, as they stand in the file."""


class Written:
    """A key that is no text, or a value that readers of YAML understand differently.

    No model takes one, so it is a fault wherever it stands. why: what to say of a value. Equal to
    its text, since that is how Pulumi passes a key on.
    """

    __slots__ = ("text", "why")

    def __init__(self, text: str, why: str = "") -> None:
        self.text, self.why = text, why

    def __repr__(self) -> str:  # what pydantic puts into the path of a fault
        return self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return self.text == (other.text if isinstance(other, Written) else other)


class WrittenNumber(float):
    """A number with a point, which may have lost a zero on its way: 1.30 is 1.3."""

    text: str
