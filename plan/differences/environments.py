"""What two environments of one program differ in: what is asked, and what follows from it.

Pure, and the same from both sides: exchanging the environments exchanges left and right.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plan.cluster import ClusterPlan
from plan.differences.neutral import Neutral
from plan.differences.plan_rows import plan_rows
from plan.differences.rows import Row, Value
from spec.shown import NOT_SHOWN, shown_value

_DIGEST_CHARACTERS = 16
_NOTHING = ("", None)
Asked = Any  # a leaf or a branch of the stack file as JSON


@dataclass(frozen=True, slots=True)
class AskedDifference:
    """A key that the two stack files answer differently, defaults applied. None: not there.

    of_nature: only a name, an id, a place or an address, which no two environments share.
    """

    path: str
    left: Asked
    right: Asked
    of_nature: bool


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """One thing that follows differently. None on a side: it is not there.

    property: None where the thing as a whole is on one side only; then that side tells what it is.
    A tuple is what a set has and the other side's lacks.
    """

    noun: str
    name: str
    property: str | None
    left: Value | None
    right: Value | None


@dataclass(frozen=True, slots=True)
class Differences:
    """All of them. images_compared: image ids of different regions tell nothing."""

    asked: tuple[AskedDifference, ...]
    follows: tuple[PlanDifference, ...]
    images_compared: bool

    @property
    def count(self) -> int:
        """How many there are beside those that lie in the nature of two environments."""
        return len(self.follows) + sum(not difference.of_nature for difference in self.asked)


def differences(left: ClusterPlan, right: ClusterPlan) -> Differences:
    """Compare two plans, names of environments left aside."""
    same_region = left.spec.region == right.spec.region
    both = (_neutral(left, same_region), _neutral(right, same_region))
    return Differences(_asked(left, right, both), _follows(left, right, both), same_region)


def _neutral(plan: ClusterPlan, same_region: bool) -> Neutral:
    return Neutral(plan.spec, plan.partition, plan.account_id, same_region=same_region)


def _asked(
    left: ClusterPlan, right: ClusterPlan, both: tuple[Neutral, Neutral]
) -> tuple[AskedDifference, ...]:
    found: list[AskedDifference] = []
    documents = [plan.spec.model_dump(mode="json", by_alias=True) for plan in (left, right)]
    _compare_keys("", documents[0], documents[1], both, (left.spec.name, right.spec.name), found)
    return tuple(found)


def _compare_keys(
    path: str, left: Asked, right: Asked, both: tuple[Neutral, Neutral],
    names: tuple[str, str], found: list[AskedDifference],
) -> None:  # fmt: skip
    if isinstance(left, dict) and isinstance(right, dict):
        for key, a, b in _paired(left, right, both):
            _compare_keys(f"{path}.{key}" if path else key, a, b, both, names, found)
    elif left != right:
        neutral = [_neutral_value(v, n, name) for v, n, name in zip((left, right), both, names,
                                                                   strict=True)]  # fmt: skip
        of_nature = neutral[0] == neutral[1]
        found.append(AskedDifference(path, _shown(left, path), _shown(right, path), of_nature))


def _shown(value: Asked, path: str) -> Asked:
    """The value; of a text of several lines only its digest, and nothing that may be a secret.
    In a branch that is on one side only, what is empty tells nothing."""
    if isinstance(value, dict):
        return {key: _shown(inner, f"{path}.{key}") for key, inner in value.items()
                if inner not in (None, [], {})}  # fmt: skip
    if isinstance(value, list):
        return [_shown(item, path) for item in value]
    if isinstance(value, str) and "\n" in value:
        digest = hashlib.sha256(value.encode()).hexdigest()[:_DIGEST_CHARACTERS]
        return f"{len(value.splitlines())} lines, SHA-256 {digest}…"
    if isinstance(value, bool):
        return value  # a switch is no secret, whatever it is called
    if value is not None and shown_value(value, [path]) == NOT_SHOWN:
        return NOT_SHOWN
    return value


def _neutral_value(value: Asked, neutral: Neutral, name: str) -> Asked:
    if isinstance(value, str):
        return "<cluster>" if value == name else neutral(value)
    if isinstance(value, list):
        return [_neutral_value(item, neutral, name) for item in value]
    if isinstance(value, dict):
        return {neutral(k): _neutral_value(v, neutral, name) for k, v in value.items()}
    return value


def _follows(
    left: ClusterPlan, right: ClusterPlan, both: tuple[Neutral, Neutral]
) -> tuple[PlanDifference, ...]:
    rows = plan_rows(left), plan_rows(right)
    return tuple(
        difference
        for noun in rows[0]
        for name, a, b in _paired(rows[0][noun], rows[1][noun], both)
        for difference in _compare_rows(noun, name, a, b, both)
    )


def _compare_rows(
    noun: str, name: str, left: Row | None, right: Row | None, both: tuple[Neutral, Neutral]
) -> list[PlanDifference]:
    if left is None or right is None:
        told = left.told if left else None, right.told if right else None
        return [PlanDifference(noun, name, None, *told)]
    pairs = _paired(left.properties, right.properties, both)
    sides = ((prop, _extras(a, b, both)) for prop, a, b in pairs)
    return [PlanDifference(noun, name, p, *side) for p, side in sides if side != (None, None)]


def _extras(
    left: Value | None, right: Value | None, both: tuple[Neutral, Neutral]
) -> tuple[Value | None, Value | None]:
    """What each side has: of sets what the other lacks. (None, None) where they are the same."""
    if isinstance(left, str) and isinstance(right, str):
        return (None, None) if both[0](left) == both[1](right) else (left, right)
    sides = [_as_set(value, neutral) for value, neutral in zip((left, right), both, strict=True)]
    counts = [Counter(neutral for neutral, _ in side) for side in sides]
    only = [_beyond(side, other) for side, other in zip(sides, reversed(counts), strict=True)]
    if not any(only):
        return None, None
    return (None if left is None else only[0]), (None if right is None else only[1])


def _as_set(value: Value | None, neutral: Neutral) -> list[tuple[str, str]]:
    texts = (value,) if isinstance(value, str) else value or ()
    return sorted((neutral(text), text) for text in texts)


def _beyond(side: list[tuple[str, str]], other: Counter[str]) -> tuple[str, ...]:
    left_over, found = Counter(other), []
    for neutral, text in side:
        if left_over[neutral]:
            left_over[neutral] -= 1
        else:
            found.append(text)
    return tuple(found)


def _paired(
    left: Mapping[str, Any], right: Mapping[str, Any], both: tuple[Neutral, Neutral]
) -> list[tuple[str, Any, Any]]:
    """Name, left and right of what has the same neutral name. The name told is the real one, unless
    the sides call it differently. Sorted, so that neither side comes first."""
    a, b = _by_neutral(left, both[0]), _by_neutral(right, both[1])
    found = []
    for key in sorted({*a, *b}):
        names = {side[key][0] for side in (a, b) if key in side}
        told = names.pop() if len(names) == 1 else key
        found.append((told, a.get(key, _NOTHING)[1], b.get(key, _NOTHING)[1]))
    return found


def _by_neutral(named: Mapping[str, Any], neutral: Neutral) -> dict[str, tuple[str, Any]]:
    """By neutral name; names that come to the same are numbered, and none is lost."""
    found: dict[str, tuple[str, Any]] = {}
    seen: Counter[str] = Counter()
    for name, value in named.items():
        key = neutral(name)
        seen[key] += 1
        found[key if seen[key] == 1 else f"{key} ({seen[key]})"] = (name, value)
    return found
