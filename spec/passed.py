"""How large a stack's configuration is as the engine passes it on to program and policy pack.

All of it is one variable of their environment, PULUMI_CONFIG: JSON whose values that are no text
are JSON themselves. Linux takes 128 KiB of one variable (MAX_ARG_STRLEN, execve(2), read
2026-11-29) and starts no program with a longer one.
"""

import json
from collections.abc import Mapping
from typing import Any

from spec.errors import Fault
from spec.shown import shown_path

MAX_VARIABLE_BYTES = 131_072  # with the variable's name and the byte that ends it
MAX_PASSED_BYTES = MAX_VARIABLE_BYTES - 2_048  # the engine adds keys of its own
# The engine is Go, whose JSON escapes these too (encoding/json, func Marshal).
_ESCAPED_BY_GO = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def passed_bytes(config: Mapping[Any, Any]) -> dict[str, int]:
    """Bytes of each key with its value, as they are passed on. config: full keys to YAML's values;
    what is encrypted is counted as it stands, which is more than what is decrypted."""
    return {
        str(key): len(json.dumps({str(key): _value(value)}).translate(_ESCAPED_BY_GO))
        for key, value in config.items()
    }


def too_large(config: Mapping[Any, Any], namespace: str) -> Fault | None:
    """The fault of a configuration that no program can be started with, at its largest key.

    namespace: whose keys are shown without it.
    """
    sizes = passed_bytes(config)
    total = sum(sizes.values())
    if total <= MAX_PASSED_BYTES:
        return None
    largest = max(sizes, key=lambda key: sizes[key])
    return Fault(
        shown_path((largest.removeprefix(f"{namespace}:"),)),
        f"is the largest key of a configuration of {total} bytes, as the engine passes it on, and "
        f"{MAX_PASSED_BYTES} are safe; write less there: what several scripts share belongs into "
        "the image, and what custom adds into files",
    )


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), default=str)
    return text.translate(_ESCAPED_BY_GO)


def _plain(value: Any) -> Any:
    """The value with keys that are text, as JSON wants them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(child) for key, child in value.items()}
    return [_plain(child) for child in value] if isinstance(value, list) else value
