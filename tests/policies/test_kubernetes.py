"""Kubernetes objects in every form a program may declare them."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from rules.kubernetes_objects import GROUPS
from tests.policies.analyzer import CONFIG, broken, configured, judge, rule_id, used

SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
CORE = "kubernetes:core/v1:"


def service(**spec):
    return {"spec": spec}


def annotated(annotations, **spec):
    return {"metadata": {"annotations": annotations}, "spec": spec}


@pytest.mark.parametrize(
    "props",
    [
        service(type="ClusterIP"),
        service(selector={"app": "x"}),
        annotated({SCHEME: "internal"}, type="LoadBalancer"),
        annotated({INTERNAL: "true"}, type="LoadBalancer"),
    ],
)
def test_services_that_stay_inside_pass(props):
    assert broken(f"{CORE}Service", props) == set()


@pytest.mark.parametrize(
    "props",
    [
        service(type="LoadBalancer"),
        service(type=UNKNOWN_VALUE),
        annotated({INTERNAL: "false"}, type="LoadBalancer"),
        annotated({SCHEME: "internet-facing", INTERNAL: "true"}, type="LoadBalancer"),
        annotated({SCHEME: UNKNOWN_VALUE}, type="LoadBalancer"),
        annotated(UNKNOWN_VALUE, type="LoadBalancer"),
    ],
)
@pytest.mark.parametrize("form", ["Service", "ServicePatch", "ServiceList"])
def test_services_that_may_face_the_internet_are_found(props, form):
    given = {"items": [{}, props]} if form == "ServiceList" else props
    assert broken(f"{CORE}{form}", given) == {"CN-140"}


@pytest.mark.parametrize(
    ("more", "closed"),
    [
        ({"loadBalancerIP": "8.8.8.8"}, False),
        ({"loadBalancerIP": UNKNOWN_VALUE}, False),
        ({"loadBalancerIP": "10.0.0.9"}, True),
        ({"loadBalancerClass": "tailscale"}, False),
        ({"loadBalancerClass": "service.k8s.aws/nlb"}, True),
    ],
)
def test_a_load_balancer_has_an_address_inside_and_is_no_tunnel(more, closed):
    given = annotated({SCHEME: "internal"}, type="LoadBalancer", **more)
    assert broken(f"{CORE}Service", given) == (set() if closed else {"CN-140"})


GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"


@pytest.mark.parametrize(
    ("address", "closed"),
    [
        ({"value": "8.8.8.8"}, False),
        ({"type": "IPAddress", "value": UNKNOWN_VALUE}, False),
        ({"type": "Hostname", "value": "x.example"}, False),
        ({"type": "networking.example/NamedAddress", "value": "front"}, False),
        ({"type": "IPAddress", "value": "10.0.0.9"}, True),
        ({"type": "Hostname", "value": "front.internal"}, True),
        ({"type": "IPAddress"}, True),
    ],
)
def test_a_gateway_asks_for_addresses_inside(address, closed):
    asked = {"infrastructure": {"annotations": {SCHEME: "internal"}}, "addresses": [address]}
    assert broken(GATEWAY, {"spec": asked}) == (set() if closed else {"CN-142"})


@pytest.mark.parametrize(
    ("typ", "key"),
    [
        ("networking.k8s.io/v1:IngressClass", "controller"),
        ("gateway.networking.k8s.io/v1:GatewayClass", "controllerName"),
    ],
)
def test_a_class_is_of_no_tunnel(typ, key):
    for name, found in (("k8s.ngrok.com/ingress-controller", {"CN-142"}), ("x.io/y", set())):
        assert broken(f"kubernetes:{typ}", {"spec": {key: name}}) == found


def test_names_and_addresses_outside_are_found():
    assert broken(f"{CORE}Service", service(type="ExternalName", externalName="x.example")) == {
        "CN-141"
    }
    assert broken(f"{CORE}Service", service(externalIPs=["8.8.8.8"])) == {"CN-141"}


def test_another_group_s_service_is_not_taken_for_one():
    knative = "kubernetes:serving.knative.dev/v1:Service"
    assert broken(knative, service(type="LoadBalancer")) == {"CN-156"}
    judged = configured({**CONFIG, "apiGroups": [used("serving.knative.dev")]})
    assert broken(knative, service(type="LoadBalancer"), servicer=judged) == set()
    ended = {**used("serving.knative.dev"), "expires": "2020-01-31"}
    judged = configured({**CONFIG, "apiGroups": [ended]})
    assert broken(knative, service(type="LoadBalancer"), servicer=judged) == {"CN-156"}


@pytest.mark.parametrize(
    ("typ", "closed", "open_"),
    [
        (
            "kubernetes:extensions/v1beta1:Ingress",
            {"metadata": {"annotations": {"alb.ingress.kubernetes.io/scheme": "internal"}}},
            {"spec": {"ingressClassName": "nginx"}},
        ),
        (
            "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams",
            {"spec": {"scheme": "internal"}},
            {"spec": {"scheme": "internet-facing"}},
        ),
        (
            "kubernetes:gateway.k8s.aws/v1beta1:LoadBalancerConfiguration",
            {"spec": {"scheme": "internal"}},
            {},
        ),
        (
            "kubernetes:gateway.networking.k8s.io/v1:Gateway",
            {"spec": {"infrastructure": {"annotations": {SCHEME: "internal"}}}},
            {"spec": {"gatewayClassName": "x"}},
        ),
    ],
)
def test_entrances_ask_for_the_internal_scheme(typ, closed, open_):
    assert broken(typ, closed) == set()
    assert broken(typ, open_) == {"CN-142"}


ADMISSION = "kubernetes:admissionregistration.k8s.io/v1:"
CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


@pytest.mark.parametrize(
    ("typ", "props"),
    [
        (
            f"{ADMISSION}MutatingWebhookConfiguration",
            {"webhooks": [{}, {"clientConfig": {"url": "https://x.example"}}]},
        ),
        (
            f"{ADMISSION}ValidatingWebhookConfigurationPatch",
            {"webhooks": [{"clientConfig": {"url": UNKNOWN_VALUE}}]},
        ),
        (f"{ADMISSION}MutatingWebhookConfiguration", {"webhooks": UNKNOWN_VALUE}),
        (
            f"{ADMISSION}MutatingWebhookConfigurationList",
            {"items": [{"webhooks": [{"clientConfig": {"url": "https://x.example"}}]}]},
        ),
        (
            CRD,
            {"spec": {"conversion": {"webhook": {"clientConfig": {"url": "https://x.example"}}}}},
        ),
        (CRD, {"spec": {"conversion": {"webhookClientConfig": {"url": "https://x.example"}}}}),
    ],
)
def test_a_webhook_with_a_url_is_found(typ, props):
    assert broken(typ, props) == {"CN-143"}


def test_a_policy_of_the_api_server_itself_calls_nobody():
    assert broken(f"{ADMISSION}ValidatingAdmissionPolicy", {"spec": {}}) == set()
    assert broken(CRD, {"spec": {"conversion": {"strategy": "None"}}}) == set()


OPEN_SERVICE = {"apiVersion": "v1", "kind": "Service", "spec": {"type": "LoadBalancer"}}


@pytest.mark.parametrize(
    ("typ", "props"),
    [
        ("kubernetes:v1:Service", OPEN_SERVICE),
        ("kubernetes:v1:Service", {"spec": {"type": "LoadBalancer"}}),
        ("kubernetes:v1:ServicePatch", OPEN_SERVICE),
        ("kubernetes:core/v1:ConfigMap", OPEN_SERVICE),
        ("kubernetes:core/v1:Service", {**OPEN_SERVICE, "kind": "ConfigMap"}),
        ("kubernetes:apps/v1:Deployment", OPEN_SERVICE),
        ("kubernetes:v1:List", {"apiVersion": "v1", "kind": "List", "items": [OPEN_SERVICE]}),
        ("kubernetes:v1:List", {"items": [{"kind": "List", "items": [OPEN_SERVICE]}]}),
        ("kubernetes:core/v1:ServiceList", {"items": [{"spec": {"type": "LoadBalancer"}}]}),
        ("kubernetes:yaml/v2:ConfigGroup", OPEN_SERVICE),
    ],
)
def test_a_service_in_disguise_is_a_service(typ, props):
    found = broken(typ, props)
    assert found - {"CN-156"} == {"CN-140"}
    assert ("CN-156" in found) is typ.startswith("kubernetes:yaml")


@pytest.mark.parametrize("items", [UNKNOWN_VALUE, [UNKNOWN_VALUE]])
def test_a_service_of_which_nothing_is_known_may_be_any(items):
    assert broken("kubernetes:core/v1:ServiceList", {"items": items}) == {"CN-140", "CN-141"}


@pytest.mark.parametrize(
    ("typ", "props", "rule"),
    [
        ("kubernetes:networking.k8s.io/v1:IngressList", {"items": [{}]}, "CN-142"),
        (
            "kubernetes:v1:List",
            {"items": [{"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"}]},
            "CN-142",
        ),
        (
            "kubernetes:v1:List",
            {
                "items": [
                    {
                        "apiVersion": "admissionregistration.k8s.io/v1",
                        "kind": "MutatingWebhookConfiguration",
                        "webhooks": [{"clientConfig": {"url": "https://x.example"}}],
                    }
                ]
            },
            "CN-143",
        ),
        ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", {}, "CN-158"),
        ("kubernetes:karpenter.k8s.aws/v1beta1:EC2NodeClassList", {"items": [{}]}, "CN-158"),
        ("kubernetes:karpenter.k8s.aws/v1alpha1:AWSNodeTemplate", {"spec": {}}, "CN-158"),
        (
            "kubernetes:v1:ConfigMap",
            {"metadata": {"name": "coredns"}, "data": {"Corefile": "forward . 8.8.8.8"}},
            "CN-157",
        ),
    ],
)
def test_other_kinds_in_disguise_are_what_they_are(typ, props, rule):
    assert broken(typ, props) == {rule}


@pytest.mark.parametrize(
    "api",
    [
        "ec2.services.k8s.aws/v1alpha1:InternetGateway",  # ACK
        "s3.services.k8s.aws/v1alpha1:Bucket",
        "ec2.aws.upbound.io/v1beta1:InternetGateway",  # Crossplane
        "pkg.crossplane.io/v1:Provider",
        "cluster.x-k8s.io/v1beta1:Cluster",  # Cluster API
        "infrastructure.cluster.x-k8s.io/v1beta2:AWSCluster",
        "eks.amazonaws.com/v1:NodeClass",  # Auto Mode
        "externaldns.k8s.io/v1alpha1:DNSEndpoint",
        "argoproj.io/v1alpha1:Application",
        "serving.knative.dev/v1:Service",
    ],
)
def test_a_group_that_nobody_has_judged_is_refused_in_every_form(api):
    version, kind = api.split(":")
    item = {"apiVersion": version, "kind": kind}
    lone = {"kubernetes:" + api: item, "kubernetes:core/v1:Namespace": item}
    for typ, props in {**lone, "kubernetes:v1:List": {"items": [item]}}.items():
        assert broken(typ, props) == {"CN-156"}, typ
    assert broken(f"kubernetes:{api}", {}) == {"CN-156"}


@pytest.mark.parametrize(
    "props",
    [
        {"apiVersion": UNKNOWN_VALUE, "kind": "Namespace"},
        {"apiVersion": "v1", "kind": UNKNOWN_VALUE},
        {"apiVersion": "v1", "kind": "List", "items": [UNKNOWN_VALUE]},
        {"apiVersion": "v1", "kind": "List", "items": UNKNOWN_VALUE},
        {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1"}]},
    ],
)
def test_an_object_that_does_not_say_what_it_is_is_refused(props):
    assert broken("kubernetes:core/v1:Namespace", props) == {"CN-156"}


@pytest.mark.parametrize(
    "typ",
    [
        "kubernetes:helm.sh/v3:Chart",
        "kubernetes:helm.sh/v4:Chart",
        "kubernetes:kustomize/v2:Directory",
        "kubernetes:yaml:ConfigFile",
        "kubernetes:yaml/v2:ConfigGroup",
    ],
)
def test_what_holds_objects_is_judged_by_the_objects(typ):
    assert broken(typ, {"chart": "x"}) == set()


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_a_listed_group_passes(group):
    version = f"{group}/v1" if group else "v1"
    assert broken(f"kubernetes:{version}:Other", {"apiVersion": version, "kind": "Other"}) == set()


@pytest.mark.parametrize("typ", ["networking.k8s.io/v1:Ingress", "core/v1:Service"])
def test_what_faces_the_internet_by_any_prefix_is_told_once(typ):
    usual = {"alb.ingress.kubernetes.io/scheme": "internal"}
    for key, value, told in (
        ("lb.example/scheme", "internet-facing", 1),
        ("lb.example/scheme", "internal", 0),
        ("alb.ingress.kubernetes.io/frontend-nlb-scheme", "internet-facing", 1),
    ):
        found = judge(f"kubernetes:{typ}", annotated({**usual, key: value}, type="ClusterIP"))
        assert [rule_id(diagnostic) for diagnostic in found] == ["CN-142"] * told, key
