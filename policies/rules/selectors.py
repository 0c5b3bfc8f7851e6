"""Which pods a selector may select, by the labels that their objects give them."""

from typing import Any, Final

from rules.pods import Pod
from rules.shell_words import words_of
from rules.unknowns import UNKNOWN, at, each, is_set

# Labels that controllers give pods of theirs (Kubernetes, Well-Known Labels; read 2026-11-28).
_GIVEN: Final = words_of(
    "pod-template-hash controller-revision-hash pod-template-generation job-name controller-uid"
)
_GIVEN_BEGINNINGS: Final = tuple(
    f"{group}.kubernetes.io/" for group in ("apps", "batch", "statefulset")
)


def labels_of(pod: Pod) -> Any:
    """The labels of a pod, as the object that holds it gives them."""
    steps = pod.where.removeprefix(pod.item.where).rstrip(".").split(".")
    if any("[" in step for step in steps):
        return UNKNOWN
    return at(pod.item.body, *steps[:-1], "metadata", "labels")


def chooses(selector: Any) -> bool:
    """Whether a selector asks for something that a pod has; one that only leaves pods out selects
    whatever comes along."""
    wanted = (at(each_, "operator") for _, each_ in each(at(selector, "matchExpressions")))
    chosen = any(operator in ("In", "Exists") for operator in wanted)
    return chosen or is_set(at(selector, "matchLabels"))


def may_select(selector: Any, labels: Any) -> bool:
    """Whether a selector may select a pod of these labels."""
    wanted = at(selector, "matchLabels")
    if isinstance(wanted, dict) and not all(_may_be(labels, k, [v]) for k, v in wanted.items()):
        return False
    return all(_may_meet(labels, one) for _, one in each(at(selector, "matchExpressions")))


def _may_meet(labels: Any, wanted: Any) -> bool:
    key, operator = at(wanted, "key"), at(wanted, "operator")
    if not isinstance(key, str):
        return True
    values = [value for _, value in each(at(wanted, "values"))]
    own = at(labels, key)
    match operator:
        case "In":
            return _may_be(labels, key, values)
        case "Exists":
            return own is not None or _is_given(key)
        case "NotIn":
            return own is UNKNOWN or own not in values
        case "DoesNotExist":
            return own is None or own is UNKNOWN
    return True


def _may_be(labels: Any, key: str, values: list[Any]) -> bool:
    own = at(labels, key)
    known = own is not UNKNOWN and UNKNOWN not in values and not _is_given(key)
    return not known or own in values


def _is_given(key: str) -> bool:
    return key in _GIVEN or key.startswith(_GIVEN_BEGINNINGS)
