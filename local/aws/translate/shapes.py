"""Pulumi values to API members and back, by the rules of botocore's own service models.

to_api also judges: unknown members, types, enums, patterns, lengths and ranges, each fault with the
property's path as the program wrote it.
"""

import base64
import binascii
import datetime
import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.model import Shape, StructureShape

from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Path, Value, path_text


class ApiMap(dict[str, Any]):
    """A map of the API: its keys are the user's (labels, tags), not member names."""


@dataclass
class Translation:
    """One request in the making. `renames` are dotted property paths to member names."""

    renames: Mapping[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def fault(self, path: Path, reason: str) -> None:
        self.failures.append(Failure(path_text(path), reason))

    def to_api(self, value: Value, shape: Shape, path: Path) -> Any:
        """UNKNOWN stays UNKNOWN; structures leave out what is unknown."""
        if value is UNKNOWN:
            return UNKNOWN
        convert = getattr(self, f"_{shape.type_name}", self._scalar)
        return convert(value, shape, path)

    def _structure(self, value: Value, shape: StructureShape, path: Path) -> Any:
        if isinstance(value, list) and len(value) == 1:
            return self.to_api(value[0], shape, path)
        if not isinstance(value, Mapping):
            if list(shape.members) == ["Value"]:  # EC2's AttributeBooleanValue and the like
                return {"Value": self.to_api(value, shape.members["Value"], path)}
            return self.fault(path, f"{_shown(value)} is not an object")
        answer: dict[str, Any] = {}
        for key, item in value.items():
            if item is None or key.startswith("__"):
                continue
            member = self._member(key, shape, (*path, key))
            if member:
                answer[member] = self.to_api(item, shape.members[member], (*path, key))
        self._require(answer, shape, path)
        return answer

    def _member(self, key: str, shape: StructureShape, path: Path) -> str:
        dotted = ".".join(step for step in path[1:] if isinstance(step, str))
        member = self.renames.get(dotted) or find_member(shape, key)
        if not member:
            known = [camel(name) for name in shape.members]
            self.fault(path, f'there is no property "{key}" here{suggest(key, known)}')
        return member

    def _require(self, answer: Mapping[str, Any], shape: StructureShape, path: Path) -> None:
        tokens = {n for n, m in shape.members.items() if m.metadata.get("idempotencyToken")}
        for member in shape.required_members:
            if member not in answer and member not in tokens:
                self.fault((*path, camel(member)), "is required and missing")

    def _list(self, value: Value, shape: Any, path: Path) -> Any:
        if isinstance(value, Mapping) and _is_pair(shape.member):
            value = [{"Key": key, "Value": item} for key, item in value.items()]
        items = value if isinstance(value, list) else [value]
        self._range(len(items), shape, path, "entries")
        return [self.to_api(item, shape.member, (*path, i)) for i, item in enumerate(items)]

    def _map(self, value: Value, shape: Any, path: Path) -> Any:
        if not isinstance(value, Mapping):
            return self.fault(path, f"{_shown(value)} is not a map")
        self._range(len(value), shape, path, "entries")
        for key in value:
            self._text(key, shape.key, (*path, key))
        return {k: self.to_api(v, shape.value, (*path, k)) for k, v in value.items()}

    def _boolean(self, value: Value, shape: Shape, path: Path) -> Any:
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        return self.fault(path, f"{_shown(value)} is neither true nor false")

    def _integer(self, value: Value, shape: Shape, path: Path) -> Any:
        if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
            return self.fault(path, f"{_shown(value)} is not a whole number")
        self._range(int(value), shape, path, "")
        return int(value)

    _long = _integer

    def _float(self, value: Value, shape: Shape, path: Path) -> Any:
        try:
            return float(value)
        except (TypeError, ValueError):
            return self.fault(path, f"{_shown(value)} is not a number")

    _double = _float

    def _blob(self, value: Value, shape: Shape, path: Path) -> Any:
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            return str(value).encode()

    def _scalar(self, value: Value, shape: Shape, path: Path) -> Any:
        if isinstance(value, Mapping | list):
            return self.fault(path, f"{_shown(value)} is not a {shape.type_name}")
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        if shape.type_name == "string":
            self._text(text, shape, path)
        return text

    def _text(self, text: str, shape: Any, path: Path) -> None:
        if shape.enum:
            if text not in shape.enum:
                few = "" if len(shape.enum) > 20 else f"; one of {', '.join(shape.enum)}"
                self.fault(path, f'"{text}" is not allowed{suggest(text, shape.enum)}{few}')
            return
        self._range(len(text), shape, path, "characters")
        pattern = shape.metadata.get("pattern", "")
        compiled = compile_pattern(pattern) if pattern else None
        if compiled and not compiled.search(text):
            self.fault(path, f'"{text}" does not match {pattern}')

    def _range(self, size: int, shape: Shape, path: Path, unit: str) -> None:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if (low is not None and size < low) or (high is not None and size > high):
            bounds = f"at least {low}" if high is None else f"{low or 0} to {high}"
            self.fault(path, f"{size} {unit}".strip() + f" where {bounds} are allowed")


@functools.cache
def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """The service's pattern as Python's, or None where Python cannot express it.

    Services match the whole text unless the pattern has an anchor of its own. Unicode classes are
    widened (\\p{L} to any word character), so that nothing valid is refused.
    """
    widened = re.sub(r"\\p\{(?:L|IsAlphabetic|N|M|IsDigit)\}", r"\\w", pattern)
    widened = re.sub(r"\\p\{(?:Z|Zs|S|P|C|Print|Graph|Blank)\}", r"\\s\\W", widened)
    widened = widened.replace("\\z", "\\Z").replace("\\P{C}", r"\S\s")
    # What lies beyond 16 bits, written as Java's surrogate pairs.
    widened = widened.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    anchored = widened.startswith(("^", r"\A")) or widened.endswith(("$", r"\Z"))
    try:
        return re.compile(widened if anchored else rf"\A(?:{widened})\Z", re.DOTALL)
    except re.error:
        return None


def normal(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


@functools.cache
def _members_by_normal_name(shape: StructureShape) -> dict[str, str]:
    return {normal(member): member for member in shape.members}


def find_member(shape: StructureShape, key: str, many: bool = False) -> str:
    """The member a property means: the same letters in any case, or "".

    Pulumi writes lists in the plural where some APIs do not (securityGroups, SecurityGroup). With
    `many`, the reverse too: an id finds the member that takes a list of ids.
    """
    members = _members_by_normal_name(shape)
    wanted = normal(key)
    candidates = (wanted, wanted.removesuffix("s"), *((wanted + "s",) if many else ()))
    return next((members[name] for name in candidates if name in members), "")


def _is_pair(shape: Shape) -> bool:
    """A list of such is how most services write a map of tags."""
    return isinstance(shape, StructureShape) and set(shape.members) == {"Key", "Value"}


def find_place(
    shape: StructureShape, name: str, member: str, within: str
) -> tuple[tuple[str, ...], Shape] | None:
    """The path of members that carries a property, and the shape there; None where there is none.

    `member` is the table's exception to the rule ("A.B" is B in the structure A), `within` a
    structure to look into as well.
    """
    holder, dot, inside = member.partition(".")
    outer = shape.members.get(holder)
    if dot and isinstance(outer, StructureShape):
        return (holder, inside), outer.members[inside]
    found = member if member in shape.members else find_member(shape, name)
    if found:
        return (found,), shape.members[found]
    inner = shape.members.get(within)
    if isinstance(inner, StructureShape):
        found = member if member in inner.members else find_member(inner, name)
        if found:
            return (within, found), inner.members[found]
    return None


def camel(name: str) -> str:
    """VpcId → vpcId, DNSName → dnsName, SSEAlgorithm → sseAlgorithm."""
    head = re.match(r"[A-Z]+(?![a-z])|[A-Z]", name)
    return name if not head else head.group().lower() + name[head.end() :]


def from_api(value: Any, renames: Mapping[str, str], path: str = "") -> Value:
    """API members to Pulumi values; `renames` are dotted API paths to keys. Nulls are left out."""
    if isinstance(value, ApiMap):
        return {key: from_api(item, {}, "") for key, item in value.items() if item is not None}
    if isinstance(value, Mapping):
        answer = {}
        for member, item in value.items():
            dotted = f"{path}.{member}" if path else member
            if item is not None:
                answer[renames.get(dotted) or camel(member)] = from_api(item, renames, dotted)
        return answer
    if isinstance(value, list):
        if value and all(isinstance(i, Mapping) and i.keys() == {"Key", "Value"} for i in value):
            return {item["Key"]: item["Value"] for item in value}
        return [from_api(item, renames, path) for item in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def mark_maps(value: Any, shape: Shape | None) -> Any:
    """The answer with its maps as ApiMap, so that from_api leaves their keys alone."""
    if shape is None or not _holds_map(shape):
        return value
    if isinstance(value, Mapping) and shape.type_name == "map":
        return ApiMap(value)
    if isinstance(value, Mapping) and isinstance(shape, StructureShape):
        return {k: mark_maps(v, shape.members.get(k)) for k, v in value.items()}
    if isinstance(value, list):
        return [mark_maps(item, getattr(shape, "member", None)) for item in value]
    return value


@functools.cache
def _holds_map(shape: Shape, depth: int = 0) -> bool:
    if shape.type_name == "map" or depth > 12:
        return shape.type_name == "map"
    if isinstance(shape, StructureShape):
        return any(_holds_map(member, depth + 1) for member in shape.members.values())
    member = getattr(shape, "member", None)
    return member is not None and _holds_map(member, depth + 1)


def suggest(word: str, known: Any) -> str:
    close = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _shown(value: Value) -> str:
    kinds: dict[type, str] = {dict: "an object", list: "a list"}
    return kinds.get(type(value)) or f'"{value}"'
