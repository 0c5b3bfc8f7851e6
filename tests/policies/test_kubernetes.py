"""Kubernetes objects in every form a program may declare them."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import CONFIG, broken, configured

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


def test_names_and_addresses_outside_are_found():
    assert broken(f"{CORE}Service", service(type="ExternalName", externalName="x.example")) == {
        "CN-141"
    }
    assert broken(f"{CORE}Service", service(externalIPs=["8.8.8.8"])) == {"CN-141"}


def test_another_group_s_service_is_not_taken_for_one():
    knative = "kubernetes:serving.knative.dev/v1:Service"
    assert broken(knative, service(type="LoadBalancer")) == {"CN-156"}
    judged = configured({**CONFIG, "apiGroups": ["serving.knative.dev"]})
    assert broken(knative, service(type="LoadBalancer"), servicer=judged) == set()


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
    ],
)
def test_a_webhook_with_a_url_is_found(typ, props):
    assert broken(typ, props) == {"CN-143"}


def test_a_policy_of_the_api_server_itself_calls_nobody():
    assert broken(f"{ADMISSION}ValidatingAdmissionPolicy", {"spec": {}}) == set()
    assert broken(CRD, {"spec": {"conversion": {"strategy": "None"}}}) == set()
