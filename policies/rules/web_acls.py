"""Web ACLs: they only narrow what load balancers answer, but for what they ask payment for.

WAF developer guide, monetize action (read 2026-11-29): who is asked pays by a network of payments,
with which WAF settles over the internet. Rules of a group, and a whole web ACL, of somebody else
may ask as well, so somebody has to answer for those (CN-004, named_by_type.py).
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.nesting import read_json
from rules.unknowns import UNKNOWN, each, is_set

ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
_REFERRING: Final = (
    "aws:wafv2/webAcl:WebAcl",
    "aws:wafv2/webAclRule:WebAclRule",
    "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation",
)
_REFERENCES: Final = ("rulegroupreference", "rulegroupreferencestatement")
_TEXTS: Final = ("ruleJson", "rulesJson")
_HOLDERS: Final = ("action", "rules", *_TEXTS)


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


def named(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The input, the path and the ARN, or UNKNOWN, of each group of rules, and of a web ACL that
    answers in front of something."""
    if resource.type == ASSOCIATION and is_set(resource.props.get("webAclArn")):
        yield "webAclArn", "webAclArn", resource.props["webAclArn"]
    if resource.type in _REFERRING:
        for key, value in resource.props.items():
            known = _read(value) if key in _TEXTS else value
            for path, arn in _groups({key: known}, ""):
                yield key, path, arn


def _read(text: Any) -> Any:
    """What a text of JSON says; WAF takes no other."""
    try:
        return read_json(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _groups(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The groups that rules refer to, as programs write them and as AWS does."""
    if isinstance(value, list):
        for index, item in each(value):
            yield from _groups(item, f"{path}{index}")
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        where = f"{path}.{key}".removeprefix(".")
        if key.lower() in _REFERENCES and isinstance(item, dict):
            arns = (arn for name, arn in item.items() if name.lower() == "arn" and is_set(arn))
            yield from ((f"{where}.arn", arn) for arn in arns)
        else:
            yield from _groups(item, where)


CHECKS: dict[str, Check] = {"CN-243": _paid}
