"""Attributes of load balancers and of target groups: pairs of a key and a text, read and written
by calls of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.aws.translate.calls import Call
from local.aws.translate.tags import ServiceTags

TAGS: Final = ServiceTags(
    "add_tags",
    "remove_tags",
    "ResourceArns",
    many_owners=True,
    list_operation="describe_tags",
    listed="TagDescriptions[0].Tags",
)


@dataclass(frozen=True)
class Attributes:
    """keys: property to the attribute's key and its default, None where it depends. noun: as in
    describe_<noun>_attributes. owner: the member that names whose they are."""

    noun: str
    owner: str
    keys: Mapping[str, tuple[str, Any]]

    def told(self, call: Call) -> dict[str, str | None]:
        """By property, as AWS tells them: as texts."""
        rows = call.find(f"describe_{self.noun}_attributes", "Attributes", **{self.owner: call.id})
        found = {row["Key"]: row["Value"] for row in rows or ()}
        return {name: found.get(key) for name, (key, _) in self.keys.items()}

    def change(self, call: Call, names: frozenset[str]) -> None:
        """Set what is asked for, and what is no longer asked for to its default."""
        rows = [
            {"Key": self.keys[name][0], "Value": str(value).lower()}
            for name in sorted(names & self.keys.keys())
            if (value := call.inputs.get(name, self.keys[name][1])) is not None
        ]
        if rows:
            operation = f"modify_{self.noun}_attributes"
            call.send(operation, **{self.owner: call.id}, Attributes=rows)

    def first(self, call: Call) -> None:
        """After the creation, which takes none: what differs from the defaults."""
        differing = {
            name
            for name, (_, default) in self.keys.items()
            if call.inputs.get(name) not in (None, default)
        }
        self.change(call, frozenset(differing))
