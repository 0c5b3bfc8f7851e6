"""What a pool asks of its kubelets, checked as Kubernetes checks it, for every operating system.

A kubelet that is given a label it may not set does not start, and the node never joins; so those
labels are refused here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from machines.checks import fault, whole_number

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
EFFECTS: tuple[Effect, ...] = ("NoSchedule", "PreferNoSchedule", "NoExecute")
MAX_PODS = 1000  # far above what any instance type can address

_DNS_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_PREFIX = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_QUANTITY = re.compile(r"\d{1,3}(?:\.\d+)?%|\d+(?:\.\d+)?(?:[KMGT]i?|k)?")
_SIGNALS = frozenset(
    {
        "memory.available",
        "nodefs.available",
        "nodefs.inodesFree",
        "imagefs.available",
        "imagefs.inodesFree",
        "containerfs.available",
        "containerfs.inodesFree",
        "pid.available",
    }
)
# What a kubelet may set of the names that belong to Kubernetes.
# Source: kubernetes/kubernetes staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go
_SETTABLE = frozenset(
    {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    }
)
_SETTABLE_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")


@dataclass(frozen=True, slots=True)
class Taint:
    """A taint that a node carries from its first moment."""

    key: str
    value: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class KubeletSettings:
    """Limits of a node; None and an empty mapping leave what the image sets.

    pod_pids_limit: processes per pod.
    image_gc_*: per cent of the disk at which images are collected, and until which.
    eviction_hard: signal to threshold, e.g. {"memory.available": "5%"}; name every signal that
        matters, since one that is not named may be off.
    """

    pod_pids_limit: int | None = None
    image_gc_high_threshold_percent: int | None = None
    image_gc_low_threshold_percent: int | None = None
    eviction_hard: Mapping[str, str] = field(default_factory=dict)


IMAGE_DEFAULTS = KubeletSettings()


def check_max_pods(max_pods: int) -> int:
    return whole_number("max_pods", max_pods, 1, MAX_PODS)


def check_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Sorted by key, so that their order in a file changes nothing on a machine."""
    for key, value in labels.items():
        _check_key("node_labels", key)
        if value and not _NAME.fullmatch(value):
            raise fault(f"node_labels[{key}]", value, f"must be a label value: {_SHAPE}, or empty")
        if _belongs_to_kubernetes(key):
            raise fault(
                "node_labels",
                key,
                "is a label that a kubelet may not set on itself, so it would not start; use a "
                "prefix of your own or node.kubernetes.io/, or label the node from inside",
            )
    return dict(sorted(labels.items()))


def check_taints(taints: Sequence[Taint]) -> tuple[Taint, ...]:
    """Sorted by key and effect."""
    seen: set[tuple[str, str]] = set()
    for taint in taints:
        _check_key("node_taints", taint.key)
        where = f"node_taints[{taint.key}]"
        if taint.value and not _NAME.fullmatch(taint.value):
            raise fault(where, taint.value, f"must have a value of {_SHAPE}, or empty")
        if taint.effect not in EFFECTS:
            raise fault(where, taint.effect, f"must have an effect of {', '.join(EFFECTS)}")
        if (taint.key, taint.effect) in seen:
            raise fault(where, taint.effect, "stands twice with the same effect; keep one")
        seen.add((taint.key, taint.effect))
    return tuple(sorted(taints, key=lambda t: (t.key, t.effect)))


def check_settings(settings: KubeletSettings) -> KubeletSettings:
    low, high = settings.image_gc_low_threshold_percent, settings.image_gc_high_threshold_percent
    if settings.pod_pids_limit is not None:
        whole_number("pod_pids_limit", settings.pod_pids_limit, 1, 4_194_304)  # Linux PID_MAX_LIMIT
    for name, percent in (("low", low), ("high", high)):
        if percent is not None:
            whole_number(f"image_gc_{name}_threshold_percent", percent, 0, 100)
    # A kubelet with low >= high does not start; what is not given is its default, 80 and 85.
    if (80 if low is None else low) >= (85 if high is None else high):
        raise fault(
            "image_gc_low_threshold_percent",
            80 if low is None else low,
            f"must be below the high threshold, {85 if high is None else high}",
        )
    for signal, threshold in settings.eviction_hard.items():
        if signal not in _SIGNALS:
            raise fault("eviction_hard", signal, f"must be one of {', '.join(sorted(_SIGNALS))}")
        if not _QUANTITY.fullmatch(threshold):
            raise fault(f"eviction_hard[{signal}]", threshold, "must be such as 5% or 500Mi")
    return settings


_SHAPE = "at most 63 letters, digits, '-', '_', '.', with a letter or digit at both ends"


def _check_key(where: str, key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if slash and not (_PREFIX.fullmatch(prefix) and len(prefix) <= 253):
        raise fault(where, key, "must have a DNS name before '/', such as example.com/tier")
    if not _NAME.fullmatch(name):
        raise fault(where, key, f"must be a key such as example.com/tier: {_SHAPE}")


def _belongs_to_kubernetes(key: str) -> bool:
    prefix, slash, _ = key.partition("/")
    if not slash or key in _SETTABLE or _within(prefix, _SETTABLE_PREFIXES):
        return False
    return _within(prefix, ("kubernetes.io", "k8s.io"))


def _within(name: str, domains: tuple[str, ...]) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)
