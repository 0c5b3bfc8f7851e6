"""When two values mean the same to AWS, and what differs where they do not."""

import base64
import binascii
import ipaddress
import json
from collections.abc import Mapping
from typing import Any, Final

from local.aws.translate.shapes import normal
from local.aws.translate.table import Kind
from local.provider_values import UNKNOWN, Path, Value

SET_KINDS: Final = ("set", "domains", "rules")


def same(a: Value, b: Value, kind: Kind = "plain") -> bool:
    return a is not UNKNOWN and b is not UNKNOWN and canonical(a, kind) == canonical(b, kind)


def canonical(value: Value, kind: Kind = "plain") -> Any:
    """A form that is equal for equal meaning. Absent, empty list and empty object are one."""
    if kind in ("json", "policy") and isinstance(value, str):
        try:
            document = json.loads(value)
        except ValueError:
            return value
        return policy_form(document) if kind == "policy" else document
    if kind == "base64" and isinstance(value, str):
        return _decoded(value)
    if kind == "cidr" and isinstance(value, str):
        return _network(value)
    if kind == "domains" and isinstance(value, str):
        return value.lower().rstrip(".")
    if kind == "rules" and isinstance(value, list):
        return single_rules(value)
    if isinstance(value, Mapping):
        # Keys in one order: sets are sorted by what their entries look like.
        items = {k: canonical(value[k], kind) for k in sorted(value) if not k.startswith("__")}
        return {k: v for k, v in items.items() if v is not None} or None
    if isinstance(value, list):
        items_ = [canonical(item, kind) for item in value]
        return (sorted(items_, key=repr) if kind in SET_KINDS else items_) or None
    return _scalar(value)


RULE_SOURCES: Final = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups")


def single_rules(blocks: list[Value]) -> Any:
    """Security group blocks as the single rules they stand for, however they are grouped."""
    singles: set[tuple[str, ...]] = set()
    for block in blocks:
        if not isinstance(block, Mapping):
            singles.add((repr(block),))
            continue
        facts = tuple(
            str(block.get(key) or "") for key in ("protocol", "fromPort", "toPort", "description")
        )
        sources = [(key, str(s)) for key in RULE_SOURCES for s in _entries(block.get(key))]
        sources += [("self", "")] if block.get("self") in (True, "true") else []
        singles |= {(*facts, *source) for source in sources}
    return sorted(singles) or None


def _entries(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _scalar(value: Value) -> Any:
    """The SDK writes some booleans and numbers as strings ("true", "80"); "" is absent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return text


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


def policy_form(value: Any, key: str = "") -> Any:
    """An IAM policy document, where one value and a list of one are equal, and order is nothing.

    A principal "*" and {"AWS": "*"} are equal, as are an account id and its root ARN's account.
    """
    if isinstance(value, Mapping):
        one = value.get("Statement")
        whole = {**value, "Statement": [one]} if isinstance(one, Mapping) else value
        return {k: policy_form(whole[k], k) for k in sorted(whole)}
    if key == "Principal" and value == "*":
        return {"AWS": ["*"]}
    if key in ("Version", "Id", "Sid", "Effect"):
        return value
    items = value if isinstance(value, list) else [value]
    return sorted((_policy_item(item) for item in items), key=repr)


def _policy_item(item: Any) -> Any:
    if isinstance(item, Mapping):
        return policy_form(item)
    return _scalar(item) if not isinstance(item, list) else item


def reconcile(user: Value, actual: Value, kind: Kind) -> Value:
    """What the state says of a property that the user set, given what the API says.

    The user's own spelling where both mean the same; the API's where they differ. Keys that the
    API does not tell keep the user's value; keys that the user did not set are left out.
    """
    if same(user, actual, kind):
        return user
    if isinstance(user, Mapping) and isinstance(actual, Mapping):
        named = {normal(k): v for k, v in actual.items()}
        return {
            k: reconcile(v, named[normal(k)], kind) if normal(k) in named else v
            for k, v in user.items()
        }
    if isinstance(user, list) and isinstance(actual, list):
        return user if _covered(user, actual, kind) else actual
    return actual


def _covered(user: list[Value], actual: list[Value], kind: Kind) -> bool:
    """Whether each of the user's entries is one of the actual ones, perhaps with more keys."""
    if len(user) != len(actual):
        return False
    rest = list(actual)
    for item in user:
        if kind in SET_KINDS or isinstance(item, Mapping):
            found = next((r for r in rest if same(reconcile(item, r, kind), item, kind)), None)
        else:
            found = rest[0] if same(rest[0], item, kind) else None
        if found is None:
            return False
        rest.remove(found)
    return True


def differing_paths(old: Value, new: Value, path: Path, kind: Kind) -> list[tuple[Path, str]]:
    """The innermost places that differ, each with ADD, DELETE or UPDATE."""
    if same(old, new, kind):
        return []
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = sorted(k for k in old.keys() | new.keys() if not k.startswith("__"))
        return [
            found
            for k in keys
            for found in differing_paths(old.get(k), new.get(k), (*path, k), kind)
        ]
    if (
        isinstance(old, list)
        and isinstance(new, list)
        and len(old) == len(new)
        and kind not in SET_KINDS
    ):
        return [
            found
            for i, (a, b) in enumerate(zip(old, new, strict=True))
            for found in differing_paths(a, b, (*path, i), kind)
        ]
    return [(path, "ADD" if old is None else "DELETE" if new is None else "UPDATE")]
