"""The stack file of a part: which whole it belongs to, and which third of it is made there."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from spec.base import Spec
from spec.errors import Fault, SpecError, parse
from spec.fields import Text
from spec.shown import shown_path
from spec.stack_file import NAMESPACE, PART_KEY, asked_in_config, asked_in_file

PartName = Literal["network", "cluster", "pools"]
ORDER: tuple[PartName, ...] = get_args(PartName)  # in which the parts are brought up
_STACK = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"

StackName = Annotated[
    str,
    Text(_STACK, "must be the name of a stack: letters, digits, '-', '_' and '.', such as dev"),
]
StackReferenceName = Annotated[
    str,
    Text(
        rf"(?:{_STACK}/{_STACK}/)?{_STACK}",
        "must be the name of a stack, such as dev-network, or organization/project/stack",
    ),
]


class PartSpec(Spec):
    """One part of a cluster whose stack file is another one, and how its sister stacks are called.

    What the cluster is stands in `Pulumi.<of>.yaml` alone, and its facts in that file's lock file.
    """

    of: StackName = Field(description="The whole: this part is one of `Pulumi.<of>.yaml`.")
    name: PartName = Field(description="Which part this stack makes.")
    stacks: dict[PartName, StackReferenceName] = Field(
        default_factory=dict,
        description="Stacks of the other parts, where they are not called `<of>-<part>`; as "
        "organization/project/stack where they lie in another organization or project.",
    )

    @field_validator("stacks")
    @classmethod
    def _others(cls, stacks: dict[PartName, str], info: ValidationInfo) -> dict[PartName, str]:
        own = info.data.get("name")  # absent where it is faulty itself
        if own in stacks:
            raise ValueError(f"names {own}, which is this stack itself; name other parts only")
        return stacks

    @property
    def earlier(self) -> tuple[PartName, ...]:
        """The parts that must be there before this one, in their order."""
        return ORDER[: ORDER.index(self.name)]

    @property
    def later(self) -> tuple[PartName, ...]:
        """The parts that use this one, in their order."""
        return ORDER[ORDER.index(self.name) + 1 :]

    def stack_of(self, part: PartName) -> str:
        """The stack of another part, with organization and project where the file gives them."""
        return self.stacks.get(part, f"{self.of}-{part}")


class PartFile(Spec):
    """The stack file of a part: one key, and none of a whole's."""

    part: PartSpec = Field(description="Whose part this stack makes, and which.")


def part_in_file(text: str, *, where: str) -> PartSpec | None:
    """The part that a Pulumi.<stack>.yaml is the file of; None for one of a whole cluster.

    Raises SpecError with every fault at once.
    """
    if f"{NAMESPACE}:{PART_KEY}" not in text:
        return None  # at the price of a search, since every command asks
    return _part(asked_in_file(text, where=where), where=where)


def part_in_config(config: Mapping[str, str], *, where: str) -> PartSpec | None:
    """The same from Pulumi's configuration: full keys ("heiiki:part") to text or JSON."""
    return _part(asked_in_config(config), where=where)


def whole_is_missing(part: PartSpec) -> Fault:
    """What to say where Pulumi.<of>.yaml does not lie beside the part's file."""
    return Fault(
        f"{PART_KEY}.of",
        f"there is no Pulumi.{part.of}.yaml beside this file; a part is made from the whole's "
        "stack file and lock file",
        repr(part.of),
    )


def _part(asked: Mapping[str, Any], *, where: str) -> PartSpec | None:
    if PART_KEY not in asked:
        return None
    strays = [
        Fault(shown_path([key]), "stands in the file of a part; write it into the whole's")
        for key in asked
        if key != PART_KEY
    ]
    try:
        found = parse(PartFile, {PART_KEY: asked[PART_KEY]}, where=where).part
    except SpecError as error:
        raise SpecError([*error.faults, *strays], where=where, left_out=error.left_out) from None
    if strays:
        raise SpecError(strays, where=where)
    return found
