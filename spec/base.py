"""What every model of the stack file shares."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


class Spec(BaseModel):
    """Frozen; keys are camelCase in YAML and snake_case in Python; an unknown key is a fault."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,  # a model is built when it is first asked, with those that stand in it
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        hide_input_in_errors=True,  # a fault's value is printed by spec.errors, redacted
    )


def default_kind(kind: str) -> BeforeValidator:
    """For a union whose models are told apart by `kind`: what is meant where none is written.

    The keys still decide nothing: one that belongs to another kind is a fault.
    """

    def filled(value: Any) -> Any:
        if isinstance(value, Mapping) and "kind" not in value:
            return {"kind": kind, **value}
        return value

    return BeforeValidator(filled)
