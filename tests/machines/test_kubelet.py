"""Labels, taints and limits: taken as Kubernetes takes them, refused by name."""

from typing import Any

import pytest
from hypothesis import given

from machines.kubelet import (
    KubeletSettings,
    Taint,
    check_labels,
    check_max_pods,
    check_settings,
    check_taints,
)
from tests.machines.strategies import HOSTILE, LABEL_KEYS, LABEL_VALUES, LABELS


@given(labels=LABELS)
def test_labels_that_kubernetes_takes_are_taken_in_the_order_of_their_keys(
    labels: dict[str, str],
) -> None:
    assert list(check_labels(labels).items()) == sorted(labels.items())


@given(value=HOSTILE)
def test_a_label_is_taken_as_it_is_or_refused_by_its_key(value: str) -> None:
    for labels in ({value: "x"}, {"tier": value}):
        try:
            assert check_labels(labels) == labels
        except ValueError as error:
            assert str(error).startswith(("node_labels must", "node_labels[tier] must"))
        else:
            assert set(value) <= set(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./"
            )


@given(key=LABEL_KEYS, value=LABEL_VALUES)
def test_taints_that_kubernetes_takes_are_taken(key: str, value: str) -> None:
    assert check_taints([Taint(key, value, "NoExecute")]) == (Taint(key, value, "NoExecute"),)


@pytest.mark.parametrize(
    "key",
    [
        "node-role.kubernetes.io/worker",
        "kubernetes.io/role",
        "k8s.io/x",
        "node-restriction.kubernetes.io/x",
        "xnode.kubernetes.io/x",
    ],
)
def test_a_label_that_would_keep_the_kubelet_from_starting_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="a kubelet may not set on itself"):
        check_labels({key: "x"})


@pytest.mark.parametrize(
    "key",
    [
        "node.kubernetes.io/pool",
        "x.kubelet.kubernetes.io/a",
        "topology.kubernetes.io/zone",
        "mykubernetes.io/a",
        "eks.amazonaws.com/nodegroup",
        "role",
    ],
)
def test_a_label_that_a_kubelet_may_set_is_taken(key: str) -> None:
    assert check_labels({key: "x"}) == {key: "x"}


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"a" * 64: "x"}, "node_labels must be a key such as example.com/tier"),
        ({f"{'a' * 254}/b": "x"}, "node_labels must have a DNS name before '/'"),
        ({"/b": "x"}, "node_labels must have a DNS name before '/'"),
        ({"A.example/b": "x"}, "node_labels must have a DNS name before '/'"),
        ({"example.com/": "x"}, "node_labels must be a key"),
        ({"tier": "a" * 64}, r"node_labels\[tier\] must be a label value"),
        ({"tier": "$(id)"}, r"node_labels\[tier\] must be a label value.*got '\$\(id\)'"),
    ],
)
def test_a_label_out_of_shape_is_refused_with_its_key(
    labels: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_labels(labels)


@pytest.mark.parametrize(
    ("taint", "sentence"),
    [
        (Taint("a b", "", "NoSchedule"), "node_taints must be a key"),
        (Taint("a", "b c", "NoSchedule"), r"node_taints\[a\] must have a value of"),
        (Taint("a", "b", "Never"), r"node_taints\[a\] must have an effect of NoSchedule, "),  # type: ignore[arg-type]
    ],
)
def test_a_taint_out_of_shape_is_refused_with_its_key(taint: Taint, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_taints([taint])


def test_one_key_with_two_effects_are_two_taints_and_twice_the_same_is_refused() -> None:
    two = (Taint("a", "x", "NoSchedule"), Taint("a", "y", "NoExecute"))
    assert check_taints(two) == (two[1], two[0])
    with pytest.raises(ValueError, match=r"node_taints\[a\] stands twice"):
        check_taints([two[0], Taint("a", "z", "NoSchedule")])


@pytest.mark.parametrize("pods", [0, -1, 1001, True])
def test_a_number_of_pods_that_no_node_has_is_refused(pods: int) -> None:
    with pytest.raises(ValueError, match="max_pods must be a whole number from 1 to 1000"):
        check_max_pods(pods)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"pod_pids_limit": 0}, "pod_pids_limit must be"),
        ({"image_gc_high_threshold_percent": 101}, "image_gc_high_threshold_percent must be"),
        ({"image_gc_low_threshold_percent": 85}, "must be below the high threshold, 85; got '85'"),
        ({"image_gc_high_threshold_percent": 80}, "must be below the high threshold, 80"),
        ({"eviction_hard": {"memory": "5%"}}, "eviction_hard must be one of containerfs.avail"),
        (
            {"eviction_hard": {"memory.available": "5 %"}},
            r"eviction_hard\[memory.available\] must be such as 5% or 500Mi",
        ),
    ],
)
def test_limits_that_would_keep_the_kubelet_from_starting_are_refused(
    settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_settings(KubeletSettings(**settings))


def test_limits_that_are_sound_are_taken() -> None:
    settings = KubeletSettings(1024, 70, 60, {"memory.available": "500Mi", "pid.available": "1.5%"})
    assert check_settings(settings) == settings
