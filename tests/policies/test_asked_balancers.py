"""What objects ask of load balancers is judged as what load balancers say of themselves."""

import json

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import MANDATORY, broken
from tests.policies.test_origins import found, node, supplied, whole

SERVICE = "kubernetes:core/v1:Service"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
BALANCER = "kubernetes:gateway.k8s.aws/v1beta1:LoadBalancerConfiguration"
LISTENER_RULE = "kubernetes:gateway.k8s.aws/v1beta1:ListenerRuleConfiguration"
CLASS = "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"
OF_SERVICE = "service.beta.kubernetes.io/aws-load-balancer-"
OF_INGRESS = "alb.ingress.kubernetes.io/"


def service(key, value):
    notes = {f"{OF_SERVICE}scheme": "internal", f"{OF_SERVICE}{key}": value}
    return SERVICE, {"metadata": {"annotations": notes}, "spec": {"type": "LoadBalancer"}}


def ingress(key, value):
    notes = {f"{OF_INGRESS}scheme": "internal", f"{OF_INGRESS}{key}": value}
    return INGRESS, {"metadata": {"annotations": notes}}


def gateway(key, value):
    notes = {f"{OF_INGRESS}scheme": "internal", f"{OF_INGRESS}{key}": value}
    return GATEWAY, {"spec": {"infrastructure": {"annotations": notes}}}


def configured(typ, **spec):
    return typ, {"spec": {"scheme": "internal", **spec}}


def actions(**action):
    return LISTENER_RULE, {"spec": {"actions": [{"type": "forward"}, action]}}


POOL = json.dumps({"userPoolARN": "arn:aws:cognito-idp:eu-west-1:999988887777:userpool/x"})
OUTSIDE = {"issuer": "https://x.example", "jwksEndpoint": "https://x.example/keys"}
INSIDE = {"issuer": "https://login.internal"}


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        (service("ip-address-type", "dualstack"), {"CN-111"}),
        (service("ip-address-type", UNKNOWN_VALUE), {"CN-111"}),
        (ingress("ip-address-type", "dualstack-without-public-ipv4"), {"CN-111"}),
        (gateway("ip-address-type", "dualstack"), {"CN-111"}),
        (configured(BALANCER, ipAddressType="dualstack"), {"CN-111"}),
        (configured(CLASS, ipAddressType="dualstack"), {"CN-111"}),
        (configured(BALANCER, loadBalancerSubnets=[{"ipv6Allocation": "2001:db8::7"}]), {"CN-111"}),
        (service("eip-allocations", "eipalloc-1"), {"CN-112"}),
        (service("eip-allocations", UNKNOWN_VALUE), {"CN-112"}),
        (ingress("frontend-nlb-eip-allocations", "eipalloc-1"), {"CN-112"}),
        (configured(BALANCER, loadBalancerSubnets=[{"eipAllocation": "x"}]), {"CN-112"}),
        (ingress("customer-owned-ipv4-pool", "ipv4pool-coip-1"), {"CN-042"}),
        (configured(BALANCER, customerOwnedIpv4Pool="ipv4pool-coip-1"), {"CN-042"}),
        (ingress("frontend-nlb-scheme", "internet-facing"), {"CN-142"}),
        (ingress("frontend-nlb-scheme", UNKNOWN_VALUE), {"CN-142"}),
        (ingress("auth-type", "cognito"), {"CN-178"}),
        (ingress("auth-type", "oidc"), {"CN-178"}),
        (ingress("auth-type", UNKNOWN_VALUE), {"CN-178"}),
        (ingress("auth-idp-cognito", POOL), {"CN-136", "CN-178"}),
        (service("x", "y"), set()),
        (ingress("auth-idp-oidc", json.dumps(INSIDE)), {"CN-178"}),
        (ingress("auth-idp-oidc", json.dumps(OUTSIDE)), {"CN-178", "CN-200"}),
        (ingress("jwt-validation", json.dumps(OUTSIDE)), {"CN-178", "CN-200"}),
        (ingress("actions.x", '{"type": "authenticate-cognito"}'), {"CN-178"}),
        (ingress("actions.x", '[{"Type": "forward"}, {"Type": "new"}]'), {"CN-178"}),
        (ingress("actions.x", "{: ["), {"CN-178"}),
        (ingress("actions.x", UNKNOWN_VALUE), {"CN-178"}),
        (configured(CLASS, authenticationConfiguration={"type": "cognito"}), {"CN-178"}),
        (actions(type="authenticate-cognito"), {"CN-178"}),
        (actions(type="of-next-year"), {"CN-178"}),
        (actions(type="forward", authenticateCognitoConfig={"userPoolDomain": "x"}), {"CN-178"}),
        (actions(type="jwt-validation", jwtValidationConfig=OUTSIDE), {"CN-178", "CN-200"}),
        (
            actions(type="authenticate-oidc", authenticateOIDCConfig=OUTSIDE),
            {"CN-178", "CN-200"},
        ),
        (actions(type=UNKNOWN_VALUE), {"CN-178"}),
        ((LISTENER_RULE, {"spec": UNKNOWN_VALUE}), {"CN-178"}),
        ((LISTENER_RULE, {"spec": {"actions": [UNKNOWN_VALUE]}}), {"CN-178"}),
        ((BALANCER, {"spec": UNKNOWN_VALUE}), {"CN-142"}),
    ],
)
def test_what_an_object_asks_of_a_load_balancer_is_found(given, rules):
    assert broken(*given) == rules
    typ, props = given
    _, version, kind = typ.split(":")
    listed = {"items": [{"apiVersion": version.removeprefix("core/"), "kind": kind, **props}]}
    assert broken("kubernetes:core/v1:List", listed) == rules


@pytest.mark.parametrize(
    "given",
    [
        service("ip-address-type", "ipv4"),
        ingress("ip-address-type", "ipv4"),
        configured(BALANCER, ipAddressType="ipv4", loadBalancerSubnets=[{"identifier": "x"}]),
        ingress("frontend-nlb-scheme", "internal"),
        ingress("auth-type", "none"),
        ingress("actions.x", '{"type": "redirect", "redirectConfig": {"port": "443"}}'),
        actions(type="fixed-response", fixedResponseConfig={"statusCode": 404}),
        actions(type="redirect", redirectConfig={"port": 443}),
    ],
)
def test_what_load_balancers_may_be_asked_for_passes(given):
    assert broken(*given) == set()


@pytest.mark.parametrize(
    "logging",
    [
        lambda b: service("access-log-s3-bucket-name", b),
        lambda b: service("attributes", f"access_logs.s3.enabled=true, access_logs.s3.bucket={b}"),
        lambda b: ingress("load-balancer-attributes", f"connection_logs.s3.bucket={b},x=y"),
        lambda b: ingress("frontend-nlb-attributes", f"access_logs.s3.bucket={b}"),
        lambda b: configured(
            BALANCER, loadBalancerAttributes=[{"key": "access_logs.s3.bucket", "value": b}]
        ),
        lambda b: configured(
            CLASS, loadBalancerAttributes=[{"key": "health_check_logs.s3.bucket", "value": b}]
        ),
    ],
)
def test_logs_go_to_buckets_of_this_deployment_or_to_those_that_somebody_answers_for(logging):
    typ, props = logging("archive")
    bucket = node("aws:s3/bucket:Bucket", "archive", {"bucket": "archive"}, id="archive")
    logs = node(typ, "logs", props)
    ((level, said),) = found(logs)
    assert level == MANDATORY and " is another value, not made here" in said
    assert found(logs, bucket) == []
    assert found(logs, supplied=supplied("archive")) == []
    assert len(found(logs, supplied=supplied("archive-2"))) == 1


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (service("attributes", UNKNOWN_VALUE), "metadata"),
        (service("access-log-s3-bucket-name", UNKNOWN_VALUE), "metadata"),
        (
            configured(BALANCER, loadBalancerAttributes=[{"key": "access_logs.s3.bucket",
                                                          "value": UNKNOWN_VALUE}]),
            "spec",
        ),
    ],
)  # fmt: skip
def test_a_bucket_that_is_unknown_comes_from_what_is_made_here(given, key):
    ((level, said),) = found(node(*_named(given)))
    assert level == MANDATORY and f"{key} is unknown in preview and comes from no" in said
    bucket = node("aws:s3/bucket:Bucket", "archive", {})
    assert found(bucket, node(*_named(given), {key: ["archive"]})) == []


def _named(given):
    typ, props = given
    return typ, "logs", props


def test_attributes_without_buckets_name_nothing():
    typ, props = service("attributes", "deletion_protection.enabled=true,access_logs.s3.prefix=x")
    assert found(node(typ, "logs", props)) == []


def test_a_preview_judges_what_objects_of_the_whole_lack():
    """What objects are made of is remembered until the end, when the whole is judged."""
    space = node("kubernetes:core/v1:Namespace", "space", {"metadata": {"name": "apps"}})
    pod = {"metadata": {"namespace": "apps"}, "spec": {"containers": [{"name": "app"}]}}
    told = [said for _, said in whole(space, node("kubernetes:core/v1:Pod", "app", pod))]
    assert any(said.startswith("CN-215 Namespace 'space' ") for said in told)
