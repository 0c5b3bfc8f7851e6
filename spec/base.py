"""What every model of the stack file shares."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Spec(BaseModel):
    """Frozen; keys are camelCase in YAML and snake_case in Python; an unknown key is a fault."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        hide_input_in_errors=True,  # a fault's value is printed by spec.errors, redacted
    )
