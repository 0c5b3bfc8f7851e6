"""Values as Pulumi writes them into JSON: what is unknown or secret is marked within the value."""

from collections.abc import Mapping
from typing import Any, Final

from rules.nesting import read_json
from rules.unknowns import UNKNOWN

# Those of pulumi_policy's proxy and deserialize, written here: the proof needs nothing else of the
# SDK, whose import takes half of the time that a proof has. A test holds them against the SDK's.
SENTINELS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
SPECIAL_SIG_KEY: Final = "4dabf18193072939515e22adb298388d"
SPECIAL_SECRET_SIG: Final = "1b47061264138c4ac30d75fd1eb44270"
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
            return read_value(read_json(value["plaintext"]))
        except ValueError:
            return UNKNOWN
    if sig in (SPECIAL_SECRET_SIG, _OUTPUT_SIG):
        return read_value(value["value"]) if "value" in value else UNKNOWN
    return read_properties({k: v for k, v in value.items() if k != SPECIAL_SIG_KEY})
