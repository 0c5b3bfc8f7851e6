"""What pods of a namespace may send: nothing, but for what NetworkPolicies of it let them."""

import pytest

from rules.namespaces import deaf_namespaces, open_namespaces
from rules.unknowns import UNKNOWN
from tests.policies.model.deployments import node
from tests.policies.told_cases import OWN_IMAGE

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
DENY = {"podSelector": {}, "policyTypes": ["Egress"]}
DNS = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
KUBE_DNS = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
SPACE = node(NAMESPACE, "urn:space", {"metadata": {"name": "apps"}})


def workload(namespace="apps", sources=(), labels=None, name="app", **spec):
    pod = {"containers": [{"image": OWN_IMAGE}], **spec}
    template = {"metadata": {"labels": labels or {}}, "spec": pod}
    props = {"metadata": {"namespace": namespace}, "spec": {"template": template}}
    return node("kubernetes:apps/v1:Deployment", name, props, {"metadata": sources})


def policy(spec, name="policy", namespace="apps", sources=()):
    props = {"metadata": {"namespace": namespace}, "spec": spec}
    return node(POLICY, name, props, {"metadata": sources})


def asked(judge, *nodes):
    return [what for _, what in judge({n.resource.urn: n for n in nodes})]


def found(*nodes):
    return asked(open_namespaces, *nodes)


def test_a_namespace_with_pods_has_a_policy_that_denies_all_egress():
    (told,) = found(SPACE, workload())
    assert told == "namespace apps has pods, and no NetworkPolicy that denies them all egress"
    assert found(SPACE, workload(), policy(DENY)) == []
    assert found(SPACE) == [], "nothing runs in it"
    assert found(workload()) == [], "it is made, and held, elsewhere"
    assert len(found(SPACE, workload(), policy(DENY, namespace="other"))) == 1
    assert found(SPACE, workload("other")) == []
    assert found(SPACE, workload(hostNetwork=True)) == [], "no policy holds such a pod"


@pytest.mark.parametrize(
    ("spec", "held"),
    [
        ({"podSelector": {"matchLabels": {}}, "policyTypes": ["Ingress", "Egress"]}, True),
        ({"policyTypes": ["Egress"], "egress": []}, True),
        ({"podSelector": {}, "egress": [{"to": [KUBE_DNS]}]}, True),
        ({**DENY, "egress": [{"ports": DNS}]}, True),
        ({**DENY, "egress": [{"ports": DNS, "to": [KUBE_DNS]}]}, True),
        ({**DENY, "egress": [{}]}, False),
        ({**DENY, "egress": [{"ports": [{"port": 443}]}]}, False),
        ({**DENY, "egress": [{"ports": [{"port": 53}, {"port": 443}]}]}, False),
        ({**DENY, "egress": [{"ports": [{"port": 53, "endPort": 53}]}]}, True),
        ({**DENY, "egress": [{"ports": [{"port": 53, "endPort": 65535}]}]}, False),
        ({**DENY, "egress": [{"ports": [{"port": 53, "endPort": UNKNOWN}]}]}, False),
        ({**DENY, "egress": [{"to": []}]}, False),
        ({**DENY, "egress": UNKNOWN}, False),
        ({**DENY, "podSelector": {"matchLabels": {"app": "a"}}}, False),
        ({**DENY, "podSelector": UNKNOWN}, False),
        ({"podSelector": {}, "policyTypes": ["Ingress"]}, False),
        ({"podSelector": {}, "policyTypes": UNKNOWN}, False),
        ({"podSelector": {}, "ingress": []}, False),
        ({"podSelector": {}}, False),
    ],
)
def test_what_denies_all_egress(spec, held):
    assert (found(SPACE, workload(), policy(spec)) == []) is held


def test_policies_add_up():
    open_ = policy({**DENY, "egress": [{}]}, "open")
    assert len(found(SPACE, workload(), policy(DENY), open_)) == 1
    some = policy({"podSelector": {"matchLabels": {"a": "b"}}, "egress": [{"to": [KUBE_DNS]}]}, "b")
    assert found(SPACE, workload(), policy(DENY), some) == []


def asks(key, operator, *values):
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


A, B = {"app": "a"}, {"app": "b"}


@pytest.mark.parametrize(
    ("selector", "wide"),
    [
        (asks("nobody", "DoesNotExist"), True),
        (asks("app", "NotIn", "a"), True),  # whatever else comes along
        (asks("app", "Exists"), True),
        (asks("app", "In", "a", "b", "c"), True),
        (asks("pod-template-hash", "Exists"), True),
        ({"matchLabels": {"team": "x"}}, True),
        ({"matchLabels": {"app": UNKNOWN}}, True),
        (UNKNOWN, True),
        (asks(UNKNOWN, "Exists"), True),
        ({"matchLabels": A}, False),
        (asks("app", "In", "a"), False),
        (asks("other", "Exists"), False),
        ({"matchLabels": {"team": "x"}, **asks("app", "NotIn", "b")}, False),
        ({"matchLabels": {"team": "x"}, **asks("app", "DoesNotExist")}, False),
    ],
)
def test_a_policy_lets_every_pod_send_that_it_may_select(selector, wide):
    """Nobody has to write `podSelector: {}` for it."""
    pods = [workload(labels={"team": "x", **own}, name=own["app"]) for own in (A, B)]
    open_ = policy({"podSelector": selector, "policyTypes": ["Egress"], "egress": [{}]}, "open")
    assert len(found(SPACE, *pods, policy(DENY), open_)) == wide
    assert len(found(SPACE, *pods, open_)) == 1, "it is none that surely holds them all"


def test_of_pods_whose_labels_are_unknown_any_may_be_selected():
    open_ = policy({"podSelector": {"matchLabels": A}, "egress": [{}]}, "open")
    pods = workload(labels=UNKNOWN), workload(labels={"app": UNKNOWN})
    assert [len(found(SPACE, pod, policy(DENY), open_)) for pod in pods] == [1, 1]
    assert found(SPACE, workload(labels=B), policy(DENY), open_) == []
    bare = {"metadata": {"namespace": "apps", "labels": A}, "spec": {"containers": [{}]}}
    pod = node("kubernetes:core/v1:Pod", "bare", bare)
    assert len(found(SPACE, pod, policy(DENY), open_)) == 1


def test_a_namespace_whose_name_is_unknown_is_found_by_where_its_name_comes_from():
    unnamed = node(NAMESPACE, "urn:space", {"metadata": {"name": UNKNOWN}})
    inside = {"namespace": UNKNOWN, "sources": ["urn:space"]}
    assert found(unnamed, workload(**inside)) == [
        "has pods, and no NetworkPolicy that denies them all egress"
    ]
    assert found(unnamed, workload(**inside), policy(DENY, **inside)) == []
    assert found(unnamed, workload(namespace=UNKNOWN)) == []


@pytest.mark.parametrize(
    ("rules", "asks"),
    [
        ([], False),
        ([{"ports": DNS}], True),
        ([{"ports": [{"port": "dns"}], "to": [KUBE_DNS]}], True),
        ([{"to": [KUBE_DNS]}], True),
        ([{"ports": [{"port": 1, "endPort": 1024}], "to": [KUBE_DNS]}], True),
        ([{"ports": [{"protocol": "UDP"}], "to": [KUBE_DNS]}], True),
        ([{"ports": [{"port": UNKNOWN}], "to": [KUBE_DNS]}], True),
        ([{"ports": [{"port": 443}], "to": [KUBE_DNS]}], False),
        ([{"ports": [{"port": 80, "endPort": 443}], "to": [KUBE_DNS]}], False),
    ],
)
def test_pods_that_are_held_may_ask_for_names(rules, asks):
    nodes = (SPACE, workload(), policy(DENY), policy({"egress": rules, "podSelector": {}}, "more"))
    assert found(*nodes) == []
    told = [] if asks else ["lets none of its pods ask for a name"]
    assert asked(deaf_namespaces, *nodes) == told
    assert asked(deaf_namespaces, SPACE, workload()) == [], "nobody holds them"
