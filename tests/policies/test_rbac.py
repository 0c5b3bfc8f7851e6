"""Who may change webhooks and aggregated APIs: what roles give, and whom bindings bind to them."""

import pytest

from rules.rbac import changing
from rules.unknowns import UNKNOWN
from tests.policies.model.deployments import node

ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
GROUP = "admissionregistration.k8s.io"
POD = {"kind": "ServiceAccount", "name": "app", "namespace": "apps"}
ANN = {"kind": "User", "name": "ann@corp.example"}


def rule(*resources, verbs=("create",), groups=(GROUP,), **more):
    return {"apiGroups": list(groups), "resources": list(resources), "verbs": list(verbs), **more}


HOOKS = rule("mutatingwebhookconfigurations")


def role(*rules, name="changer", labels=None, **more):
    meta = {"name": name, "labels": labels or {}}
    return node(ROLE, name, {"metadata": meta, "rules": list(rules), **more})


def binding(*subjects, to="changer", sources=()):
    props = {"roleRef": {"kind": "ClusterRole", "name": to}, "subjects": list(subjects)}
    return node(BINDING, "binding", props, {"roleRef": sources})


def found(*nodes):
    return [(r.name, what) for r, what in changing({n.resource.urn: n for n in nodes})]


def test_a_binding_says_whom_it_lets_change_what():
    (told,) = found(role(HOOKS), binding(POD))
    assert told == (
        "binding",
        "subjects[0] binds ServiceAccount app to a role, which lets it create or change "
        "mutatingwebhookconfigurations",
    )
    assert found(role(HOOKS)) == [], "a role alone gives nobody anything"
    assert found(binding(POD)) == [], "a role of others is theirs to judge"


@pytest.mark.parametrize(
    "rules",
    [
        rule("mutatingwebhookconfigurations"),
        rule("validatingwebhookconfigurations", verbs=["get", "patch"]),
        rule("validatingwebhookconfigurations", verbs=["update"]),
        rule("apiservices", groups=["apiregistration.k8s.io"]),
        rule("customresourcedefinitions", groups=["apiextensions.k8s.io"]),
        rule("*"),
        rule("*", groups=["*"], verbs=["*"]),
        rule("pods", "apiservices", groups=["", "apiregistration.k8s.io"]),
        rule("mutatingwebhookconfigurations", verbs=[UNKNOWN]),
        rule(UNKNOWN),
        UNKNOWN,
        rule("mutatingwebhookconfigurations", verbs=["patch"], resourceNames=[UNKNOWN]),
    ],
)
def test_what_gives_it(rules):
    assert len(found(role(rule("pods", groups=[""]), rules), binding(POD))) == 1


@pytest.mark.parametrize(
    "rules",
    [
        rule("mutatingwebhookconfigurations", verbs=["get", "list", "watch", "delete"]),
        rule("mutatingwebhookconfigurations", groups=["other.example"]),
        rule("apiservices"),
        rule("customresourcedefinitions", groups=["apiextensions.k8s.io"], verbs=["get", "watch"]),
        rule("*", groups=["apps"], verbs=["*"]),
        rule("mutatingwebhookconfigurations", verbs=["update", "create"], resourceNames=["own"]),
        rule(),
    ],
)
def test_what_does_not(rules):
    assert found(role(rules), binding(POD)) == []


@pytest.mark.parametrize(
    ("subject", "own"),
    [
        (POD, False),
        (ANN, False),
        ({"kind": "Group", "name": "system:masters"}, True),
        ({"kind": "User", "name": "system:kube-controller-manager"}, True),
        ({"kind": "Group", "name": "system:authenticated"}, False),
        ({"kind": "Group", "name": "system:serviceaccounts:apps"}, False),
        ({"kind": "User", "name": "system:serviceaccount:apps:app"}, False),
        ({"kind": "User", "name": "system:anonymous"}, False),
        ({"kind": "Group", "name": "system:nodes"}, False),
        ({"kind": "User", "name": "system:node:ip-10-0-0-1.ec2.internal"}, False),
        ({"kind": "User", "name": "system:kube-proxy"}, False),
        ({"kind": "Group", "name": "system:bootstrappers"}, False),
        ({"kind": "Group", "name": "system:bootstrappers:kubeadm:default-node-token"}, False),
        ({"kind": "User", "name": "system:masters"}, False),
        ({"kind": UNKNOWN, "name": "system:masters"}, False),
        ({"kind": ["Group"], "name": ["system:masters"]}, False),
        ({"kind": "ServiceAccount", "name": "system:mine"}, False),
        ({"kind": "User", "name": UNKNOWN}, False),
        (UNKNOWN, False),
    ],
)
def test_whom_it_is_given(subject, own):
    assert len(found(role(HOOKS), binding(subject))) == (0 if own else 1)


COLLECTOR = "generic-garbage-collector"


@pytest.mark.parametrize(
    ("subject", "own"),
    [
        ({"kind": "ServiceAccount", "namespace": "kube-system", "name": COLLECTOR}, True),
        ({"kind": "User", "name": "system:kube-controller-manager"}, True),
        ({"kind": "ServiceAccount", "namespace": "apps", "name": COLLECTOR}, False),
        ({"kind": "ServiceAccount", "namespace": "kube-system", "name": "other"}, False),
        (POD, False),
        (ANN, False),
        (UNKNOWN, False),
    ],
)
def test_a_role_of_a_controller_is_for_that_controller(subject, own):
    told = found(binding(subject, to=f"system:controller:{COLLECTOR}"))
    assert len(told) == (0 if own else 1)
    assert all("a role of Kubernetes' own controllers, which may let it" in w for _, w in told)


def test_subjects_that_nobody_knows_may_be_anybody():
    ref = {"roleRef": {"name": "changer"}, "subjects": UNKNOWN}
    assert len(found(role(HOOKS), node(BINDING, "binding", ref))) == 1


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (ANN, 0),
        ({"kind": "Group", "name": "platform"}, 0),
        (POD, 1),
        ({"kind": "Group", "name": "system:authenticated"}, 1),
        ({"kind": "Group", "name": UNKNOWN}, 1),
    ],
)
def test_cluster_admin_is_a_door_for_people_and_for_no_program(subject, told):
    assert len(found(binding(subject, to="cluster-admin"))) == told


def test_a_role_that_is_unknown_is_the_one_that_it_comes_from():
    harmless = role(rule("pods", groups=[""]), name="reader")
    assert found(harmless, binding(POD, to=UNKNOWN, sources=["reader"])) == []
    assert len(found(role(HOOKS), binding(POD, to=UNKNOWN, sources=["changer"]))) == 1
    (told,) = found(harmless, binding(POD, to=UNKNOWN))
    assert "a role unknown in preview" in told[1]


def test_a_role_takes_up_others_by_their_labels():
    whole = {"clusterRoleSelectors": [{"matchLabels": {"fold": "yes"}}]}
    outer = role(name="outer", aggregationRule=whole)
    inner = role(HOOKS, labels={"fold": "yes"})
    assert len(found(outer, inner, binding(POD, to="outer"))) == 1
    assert found(outer, role(HOOKS), binding(POD, to="outer")) == []
    any_ = {"clusterRoleSelectors": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}
    assert len(found(role(name="o", aggregationRule=any_), role(HOOKS), binding(POD, to="o"))) == 1


def test_a_role_that_is_folded_into_one_of_kubernetes_own_is_given_to_its_holders():
    label = "rbac.authorization.k8s.io/aggregate-to-edit"
    (told,) = found(role(HOOKS, labels={label: "true"}))
    assert told[0] == "changer" and "is folded into edit, and lets its holders" in told[1]
    assert found(role(HOOKS, labels={label: "false"})) == []
    assert found(role(rule("pods", groups=[""]), labels={label: "true"})) == []


def test_objects_of_a_list_are_told_by_their_place():
    items = [
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": n.resource.noun, **n.resource.props}
        for n in (role(HOOKS), binding(POD))
    ]
    (told,) = found(node("kubernetes:core/v1:List", "all", {"items": items}))
    assert told[0] == "all" and told[1].startswith("items[1] subjects[0] binds")
