"""Web ACLs: they only narrow what load balancers answer, but for what they ask payment for.

WAF developer guide, monetize action (read 2026-11-29): who is asked pays by a network of payments,
with which WAF settles over the internet.
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, is_set

_HOLDERS: Final = ("action", "rules", "ruleJson", "rulesJson")


def _paid(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if is_set(resource.props.get("monetizationConfig")):
        yield "sets monetizationConfig, by which WAF settles payments outside"
    for key in _HOLDERS:
        value = resource.props.get(key)
        if value is UNKNOWN:
            yield f"{key} is unknown in preview, and may ask for payment"
        elif _asks(value):
            yield f"{key} asks for payment, which WAF settles outside"


def _asks(value: Any) -> bool:
    if isinstance(value, dict):
        # An action may say nothing more than that it is this one.
        return any((str(key).lower() == "monetize" and (v == {} or is_set(v))) or _asks(v)
                   for key, v in value.items())  # fmt: skip
    if isinstance(value, list):
        return any(map(_asks, value))
    return isinstance(value, str) and '"monetize"' in value.lower()


CHECKS: dict[str, Check] = {"CN-243": _paid}
