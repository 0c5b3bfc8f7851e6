"""What pods are told and may do, and what controllers ask."""

import json

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from rules.workloads import FLAGS
from tests.policies.analyzer import CONFIG, broken, configured, judge
from tests.policies.told_cases import DEPLOYMENT, DIGEST, OWN_IMAGE, OWN_REGISTRY, workload

ADDON = "aws:eks/addon:Addon"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def told(**more):
    return workload({"name": "app", "image": OWN_IMAGE, **more})


def variables(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


@pytest.mark.parametrize(
    "more",
    [
        {"env": variables(URL="https://x.example/a")},
        {"env": variables(UPSTREAM="postgresql://user:pw@db.example:5432/x")},
        {"args": ["--collector=https://x.example"]},
        {"command": ["curl", "-s", "x.example/a"]},
        {"command": ["sh", "-c", "set -e\nwget x.example/a"]},
        {"args": ["ping", "8.8.8.8"]},
        {"args": ["--endpoint=https://sts.amazonaws.com"]},
    ],
)
def test_a_pod_that_is_told_of_a_host_outside_is_found(more):
    assert broken(DEPLOYMENT, told(**more)) == {"CN-200"}


@pytest.mark.parametrize(
    "more",
    [
        {"env": variables(URL="http://collector.tools.svc:4317", DB="db:5432", NAME="x.example")},
        {"env": variables(URL="https://sts.eu-west-1.amazonaws.com", IP="10.0.0.1")},
        {"env": variables(URL=UNKNOWN_VALUE), "args": [UNKNOWN_VALUE]},
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]},
        {"args": ["--v=2", "--tls-min-version=1.2", "--bind-address=0.0.0.0:8080"]},
        {"args": ["--domain-filter=x.example", "--metrics-addr=:8080"]},
        {"command": ["sh", "-c", "# https://x.example\ntrue"]},
    ],
)
def test_what_stays_inside_or_is_only_a_name_passes(more):
    assert broken(DEPLOYMENT, told(**more)) == set()


def field(name, path):
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


URL = variables(URL="http://$(H):8080")
API = "https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)"


@pytest.mark.parametrize(
    ("more", "inside"),
    [
        ({"env": [field("H", "status.podIP"), *URL]}, True),
        ({"env": [field("H", "status.hostIP"), *URL]}, True),
        ({"env": variables(H="db.apps.svc") + URL}, True),
        ({"env": variables(G="db", H="$(G).apps.svc") + URL}, True),
        ({"env": variables(H="db.svc"), "args": ["--url=http://$(H)/"]}, True),
        ({"env": variables(A=API)}, True),
        ({"env": variables(H="x.example") + URL}, False),
        ({"env": variables(H="x.example"), "args": ["--url=http://$(H)/"]}, False),
        ({"env": variables(G="x.example", H="$(G)") + URL}, False),
        ({"env": variables(H="db.svc") + variables(H="x.example") + URL}, False),
        ({"env": variables(KUBERNETES_SERVICE_HOST="x.example", A=API)}, False),
        ({"env": variables(A=API), "envFrom": [{"configMapRef": {"name": "any"}}]}, False),
        ({"env": [*variables(A=API), {"name": UNKNOWN_VALUE, "value": "x"}]}, False),
        ({"env": [field("H", "metadata.annotations['h']"), *URL]}, False),
        ({"env": variables(H="db.svc", URL="http://$$(H)/")}, False),
        ({"env": URL}, False),
    ],
)
def test_what_kubernetes_fills_in_is_looked_at_where_it_is_known(more, inside):
    assert broken(DEPLOYMENT, told(**more)) == (set() if inside else {"CN-200"})


def test_urls_in_objects_of_others_and_in_annotations_that_act_are_found():
    issuer = "kubernetes:cert-manager.io/v1:ClusterIssuer"
    judged = configured({**CONFIG, "apiGroups": ["cert-manager.io"]})
    asking = {"spec": {"acme": {"server": "https://acme.example/directory"}}}
    assert broken(issuer, asking, servicer=judged) == {"CN-200"}
    assert broken(issuer, {"spec": {"ca": {"secretName": "x.example"}}}, servicer=judged) == set()
    scheme = {"alb.ingress.kubernetes.io/scheme": "internal"}

    def noted(**notes):
        annotations = {**scheme, **{key.replace("__", "/"): value for key, value in notes.items()}}
        return {"metadata": {"annotations": annotations}}

    asked = {"nginx.ingress.kubernetes.io__auth-url": "https://id.example/auth"}
    assert broken(INGRESS, noted(**asked)) == {"CN-200"}
    assert broken(INGRESS, noted(**{"docs__see": "https://docs.example"})) == set()


@pytest.mark.parametrize("namespace", ["kube-system", "apps", None, UNKNOWN_VALUE])
def test_the_node_s_network_is_for_the_system_alone(namespace):
    pod = {"containers": [{"image": OWN_IMAGE}], "hostNetwork": True}
    props = {"metadata": {"namespace": namespace}, "spec": {"template": {"spec": pod}}}
    assert broken(DEPLOYMENT, props) == (set() if namespace == "kube-system" else {"CN-148"})


def controller(name, **more):
    return workload({"image": f"{OWN_REGISTRY}/mirror/{name}{DIGEST}", **more})


def flags(name):
    return [f"{flag}={wanted}" for flag, _, wanted in FLAGS[name]]


@pytest.mark.parametrize("name", FLAGS)
def test_a_controller_needs_each_of_its_flags(name):
    given = flags(name)
    assert broken(DEPLOYMENT, controller(name, args=given)) == set()
    assert broken(DEPLOYMENT, controller(name, command=["/bin/x", *given])) == set()
    for index in range(len(given)):
        without = given[:index] + given[index + 1 :]
        assert broken(DEPLOYMENT, controller(name, args=without)) == {"CN-203"}
        wrong = "true" if given[index].endswith("false") else "false"
        turned = [*given, f"{given[index].partition('=')[0]}={wrong}"]
        assert broken(DEPLOYMENT, controller(name, args=turned)) == {"CN-203"}, "the last counts"


def test_karpenter_is_known_by_its_image_and_by_its_label_and_told_by_a_variable():
    isolated = {"env": variables(ISOLATED_VPC="true")}
    assert broken(DEPLOYMENT, controller("karpenter/controller", **isolated)) == set()
    own = told(name="controller")
    labelled = {"metadata": {"labels": {"app.kubernetes.io/name": "karpenter"}}, **own}
    assert broken(DEPLOYMENT, own) == set()
    assert broken(DEPLOYMENT, labelled) == {"CN-203"}


def add_on(values, name="vpc-cni"):
    return {"addonName": name, "configurationValues": values}


OFF = {"ENABLE_SUBNET_DISCOVERY": "false"}


@pytest.mark.parametrize(
    ("env", "closed"),
    [
        (OFF, True),
        ({"ENABLE_SUBNET_DISCOVERY": False}, True),
        ({**OFF, "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false", "WARM_ENI_TARGET": "1"}, True),
        ({}, False),
        ({"ENABLE_SUBNET_DISCOVERY": "true"}, False),
        ({**OFF, "ENABLE_V6_EGRESS": "true"}, False),
        ({**OFF, "AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"}, False),
    ],
)
def test_settings_of_the_vpc_cni(env, closed):
    wanted = set() if closed else {"CN-204"}
    assert broken(ADDON, add_on(json.dumps({"env": env}))) == wanted
    container = {"name": "aws-node", "image": OWN_IMAGE, "env": variables(**env)}
    assert broken("kubernetes:apps/v1:DaemonSet", workload(container)) == wanted
    sidecar = {**container, "name": "aws-eks-nodeagent"}
    assert broken("kubernetes:apps/v1:DaemonSet", workload(sidecar)) == set()


@pytest.mark.parametrize("values", [None, "", "{: [", UNKNOWN_VALUE, "[]", "env: 1"])
def test_settings_of_the_vpc_cni_that_are_not_there_or_cannot_be_read(values):
    assert broken(ADDON, add_on(values)) == {"CN-204"}


@pytest.mark.parametrize(
    ("address", "inside"),
    [("10.0.0.9", True), ("8.8.8.8", False), ("169.254.169.254", False), ("", False)],
)
def test_endpoints_have_addresses_inside(address, inside):
    wanted = set() if inside else {"CN-149"}
    endpoints = {"subsets": [{"addresses": [{"ip": address}]}]}
    assert broken("kubernetes:core/v1:Endpoints", endpoints) == wanted
    slices = {"endpoints": [{"addresses": [address]}]}
    assert broken("kubernetes:discovery.k8s.io/v1:EndpointSlice", slices) == wanted


@pytest.mark.parametrize(
    ("peer", "inside"),
    [
        ({"ipBlock": {"cidr": "10.0.0.0/16"}}, True),
        ({"podSelector": {}}, True),
        ({"ipBlock": {"cidr": "169.254.170.23/32"}}, True),
        ({"ipBlock": {"cidr": "169.254.169.254/32"}}, False),
        ({"ipBlock": {"cidr": "169.254.0.0/16"}}, False),
        ({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}, False),
        ({"ipBlock": UNKNOWN_VALUE}, False),
    ],
)
def test_a_policy_lets_pods_at_addresses_inside(peer, inside):
    props = {"spec": {"egress": [{"to": [{"podSelector": {}}, peer]}]}}
    wanted = set() if inside else {"CN-149"}
    assert broken("kubernetes:networking.k8s.io/v1:NetworkPolicy", props) == wanted


def test_a_proxy_of_pods_is_told_by_its_host_alone():
    env = variables(http_proxy="http://user:hunter2@proxy.example:3128", no_proxy="*")
    (found,) = judge(DEPLOYMENT, told(env=env))
    assert "sets http_proxy to proxy.example, which is a host outside the boundary." in (
        found.message
    )
    assert "hunter2" not in found.message
    near = variables(HTTPS_PROXY="http://proxy.internal:3128", NO_PROXY="10.0.0.0/8")
    (found,) = judge(DEPLOYMENT, told(env=near))
    assert "has NO_PROXY lack 169.254.170.23, kubernetes.default.svc." in found.message


def test_declared_hosts_are_inside():
    env = variables(A="https://git.corp.example/x", B="https://a.inside.example")
    judged = configured({**CONFIG, "hosts": ["git.corp.example", ".inside.example"]})
    assert broken(DEPLOYMENT, told(env=env), servicer=judged) == set()
    assert broken(DEPLOYMENT, told(env=env)) == {"CN-200"}
