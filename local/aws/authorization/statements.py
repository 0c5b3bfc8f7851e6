"""Whether a statement of a policy concerns what a call asks for. Pure; IAM's own rules.

Where that cannot be told here, the answer is a Doubt with its reason, and never a guess. Sources,
read 2026-11-29: IAM's user guide, reference_policies_elements and _condition_operators: a negated
operator holds where the key is missing, a plain one does not, ...IfExists does, Null asks that.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

Statement = Mapping[str, Any]


class Doubt(str):
    """Why something cannot be told: neither true nor false."""


Truth = bool | Doubt
ELEMENTS = frozenset({"Sid", "Effect", "Principal", "Action", "NotAction", "Resource",
                      "NotResource", "Condition"})  # fmt: skip
_OPERATOR = re.compile(r"(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?")


@dataclass(frozen=True, slots=True)
class Asked:
    """One action on one resource, of a call that may ask for several.

    resource: its ARN, or "*" for actions that have none; None: not known here. keys: condition keys
    in lower case, of which an empty one is known to be missing; families: those that end in a name,
    such as aws:resourcetag/, with all their names. policy: the resource's own, delegates: whether
    it has to hand the decision to IAM, as a key's and a role's do and a bucket's need not.
    """

    action: str
    resource: str | None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    families: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policy: Mapping[str, Any] | None = None
    delegates: bool = False
    by_service: bool = False  # for the caller, so that it passes no endpoint

    def values(self, key: str) -> tuple[str, ...] | Doubt:
        name = key.lower()
        if name in self.keys:
            return self.keys[name]
        for prefix, pairs in self.families.items():
            if name.startswith(prefix):
                wanted = name.removeprefix(prefix)
                return tuple(value for tag, value in pairs.items() if tag.lower() == wanted)
        return Doubt(f"the condition key {key} is not known here")


def every(truths: Iterable[Truth]) -> Truth:
    """False is surer than a doubt."""
    found = list(truths)
    if any(one is False for one in found):
        return False
    return next((one for one in found if isinstance(one, Doubt)), True)


def some(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    if any(one is True for one in found):
        return True
    return next((one for one in found if isinstance(one, Doubt)), False)


def negated(truth: Truth) -> Truth:
    return truth if isinstance(truth, Doubt) else not truth


def statements_of(policy: Mapping[str, Any]) -> list[Statement]:
    return listed(policy.get("Statement", []))


def concerns(statement: Statement, asked: Asked) -> Truth:
    """Apart from its principal, which only policies of resources and endpoints have."""
    conditions = statement.get("Condition", {})
    return every(
        (
            _known(statement),
            _of_action(statement, asked),
            _of_resource(statement, asked),
            *(_holds(operator, key, wanted, asked)
              for operator, block in conditions.items() for key, wanted in block.items()),
        )
    )  # fmt: skip


def _known(statement: Statement) -> Truth:
    other = sorted(set(statement) - ELEMENTS)
    return Doubt(f"the element {other[0]} is not known here") if other else True


def _of_action(statement: Statement, asked: Asked) -> Truth:
    for element, named in (("Action", True), ("NotAction", False)):
        if element in statement:
            patterns = [one.lower() for one in listed(statement[element])]
            return any(matches(one, asked.action.lower()) for one in patterns) is named
    return Doubt("a statement without an action is not known here")


def _of_resource(statement: Statement, asked: Asked) -> Truth:
    for element, named in (("Resource", True), ("NotResource", False)):
        if element in statement:
            if asked.resource is None:
                return Doubt(f"what {asked.action} is about is not known here")
            return _one_of(statement[element], asked.resource, matches, named)
    return True  # a repository's policy and a role's trust have none


def _one_of(
    wanted: Any, value: str, match: Callable[[str, str], bool], named: bool = True
) -> Truth:
    found = some(
        Doubt(f"the variable in {one} is not known here") if "${" in one else match(one, value)
        for one in listed(wanted)
    )
    return found if named else negated(found)


def _holds(operator: str, key: str, wanted: Any, asked: Asked) -> Truth:
    values = asked.values(key)
    if isinstance(values, Doubt):
        return values
    if operator == "Null":
        return (not values) == (str(listed(wanted)[0]).lower() == "true")
    found = _OPERATOR.fullmatch(operator)
    quantifier, name, if_exists = found.groups() if found else (None, operator, None)
    if name not in OPERATORS:
        return Doubt(f"the operator {operator} is not known here")
    match, named = OPERATORS[name]
    texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in listed(wanted)]
    if not values:
        return bool(if_exists) or quantifier == "ForAllValues" or not (named or quantifier)
    each = [_one_of(texts, value, match, named) for value in values]
    of_all = quantifier == "ForAllValues" or not (named or quantifier)
    return every(each) if of_all else some(each)


def _arn_like(pattern: str, value: str) -> bool:
    """Part by part: a wildcard spans no colon of the first five."""
    parts, those = pattern.split(":", 5), value.split(":", 5)
    if len(parts) != len(those):
        return False
    return all(matches(one, other) for one, other in zip(parts, those, strict=True))


def _in_network(network: str, value: str) -> bool:
    return ip_address(value) in ip_network(network)


def _equal(wanted: str, value: str) -> bool:
    return wanted == value


def _equal_but_for_case(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = [re.escape(part).replace(r"\?", ".") for part in pattern.split("*")]
    return re.compile(".*".join(parts), re.DOTALL)


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


# How a value is compared, and whether the operator holds where one is found.
OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_equal, True),
    "StringNotEquals": (_equal, False),
    "StringEqualsIgnoreCase": (_equal_but_for_case, True),
    "StringNotEqualsIgnoreCase": (_equal_but_for_case, False),
    "StringLike": (matches, True),
    "StringNotLike": (matches, False),
    "ArnEquals": (_arn_like, True),
    "ArnLike": (_arn_like, True),
    "ArnNotEquals": (_arn_like, False),
    "ArnNotLike": (_arn_like, False),
    "Bool": (_equal_but_for_case, True),
    "IpAddress": (_in_network, True),
    "NotIpAddress": (_in_network, False),
}
