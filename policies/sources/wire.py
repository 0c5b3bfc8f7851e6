"""Values as Pulumi writes them into JSON: what is unknown or secret is marked within the value."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pulumi_policy import proxy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from rules.unknowns import UNKNOWN

SENTINELS: Final = frozenset(
    value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")
)
# How a state marks a value that holds the value itself (a secret, an output, what is shown).
_OUTPUT_SIG: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_REDACTED: Final = "[secret]"


def read_value(value: Any) -> Any:
    """The plain value: UNKNOWN for what is unknown, encrypted or redacted."""
    if isinstance(value, Mapping):
        return _marked(value) if SPECIAL_SIG_KEY in value else read_properties(value)
    if isinstance(value, list | tuple):
        return [read_value(item) for item in value]
    if isinstance(value, str):
        return UNKNOWN if value in SENTINELS or value == _REDACTED else value
    return value


def read_properties(values: Mapping[str, Any]) -> dict[str, Any]:
    """The plain properties of a resource."""
    return {key: read_value(value) for key, value in values.items()}


def _marked(value: Mapping[str, Any]) -> Any:
    sig = value[SPECIAL_SIG_KEY]
    if sig == SPECIAL_SECRET_SIG and isinstance(value.get("plaintext"), str):
        try:
            return read_value(json.loads(value["plaintext"]))
        except ValueError:
            return UNKNOWN
    if sig in (SPECIAL_SECRET_SIG, _OUTPUT_SIG):
        return read_value(value["value"]) if "value" in value else UNKNOWN
    return read_properties({k: v for k, v in value.items() if k != SPECIAL_SIG_KEY})
