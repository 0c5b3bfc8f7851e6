"""Condition operators: what each compares, and what it says of a key that is absent.

Source: IAM User Guide, Condition operators; Single-valued and multivalued context keys
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html; read 2026-11-28).
"""

import ipaddress
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from iam.patterns import Unreadable
from rules.moments import seconds_of

Family = Literal["string", "arn", "number", "date", "boolean", "binary", "address"]
Set = Literal["one", "all", "any"]

# name: family, comparison, negated
_OPERATORS: dict[str, tuple[Family, str, bool]] = {
    "stringequals": ("string", "equals", False),
    "stringnotequals": ("string", "equals", True),
    "stringequalsignorecase": ("string", "equals ignoring case", False),
    "stringnotequalsignorecase": ("string", "equals ignoring case", True),
    "stringlike": ("string", "like", False),
    "stringnotlike": ("string", "like", True),
    "arnequals": ("arn", "like", False),
    "arnlike": ("arn", "like", False),
    "arnnotequals": ("arn", "like", True),
    "arnnotlike": ("arn", "like", True),
    "numericequals": ("number", "==", False),
    "numericnotequals": ("number", "==", True),
    "numericlessthan": ("number", "<", False),
    "numericlessthanequals": ("number", "<=", False),
    "numericgreaterthan": ("number", ">", False),
    "numericgreaterthanequals": ("number", ">=", False),
    "dateequals": ("date", "==", False),
    "datenotequals": ("date", "==", True),
    "datelessthan": ("date", "<", False),
    "datelessthanequals": ("date", "<=", False),
    "dategreaterthan": ("date", ">", False),
    "dategreaterthanequals": ("date", ">=", False),
    "bool": ("boolean", "equals", False),
    "binaryequals": ("binary", "equals", False),
    "ipaddress": ("address", "in", False),
    "notipaddress": ("address", "in", True),
}
_SETS: dict[str, Set] = {"forallvalues:": "all", "foranyvalue:": "any"}


@dataclass(frozen=True)
class Operator:
    """An operator taken apart. `null` stands alone: its family and comparison mean nothing."""

    of: Set
    family: Family
    comparison: str
    negated: bool
    if_exists: bool
    null: bool = False

    @property
    def when_absent(self) -> bool:
        """What it says of a request without the key."""
        if self.of == "all" or self.if_exists:
            return True
        return self.negated and self.of == "one"


def parse_operator(name: str) -> Operator | None:
    """The operator of this lower-case name; None when AWS knows none."""
    of: Set = "one"
    for prefix, which in _SETS.items():
        if name.startswith(prefix):
            name, of = name.removeprefix(prefix), which
    if name == "null" and of == "one":
        return Operator("one", "string", "equals", False, False, null=True)
    bare = name.removesuffix("ifexists")
    known = _OPERATORS.get(bare)
    return Operator(of, *known, if_exists=bare != name) if known else None


def number(text: str) -> Decimal:
    """A number of a policy or a request. Raises Unreadable."""
    if re.fullmatch(r"[+-]?\d{1,30}(\.\d{1,30})?", text) is None:
        raise Unreadable("a value is not a number")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unreadable("a value is not a number") from None


def moment(text: str) -> Decimal:
    """Seconds since 1970 of a date in ISO 8601, or of such seconds. Raises Unreadable."""
    seconds = seconds_of(text)
    if seconds is None:
        raise Unreadable("a value is not a date")
    return seconds


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network(text: str) -> Network:
    """An address or a CIDR block. Raises Unreadable."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Unreadable("a value is not an address or a CIDR block") from None


def truth_of(text: str) -> bool:
    """The Boolean that a text means. Raises Unreadable."""
    if text.lower() not in ("true", "false"):
        raise Unreadable("a value is neither true nor false")
    return text.lower() == "true"
