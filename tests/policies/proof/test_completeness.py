"""What would break: each endpoint, action, name, rule and grant of the examples taken away in turn.

The features that are named are held against the plan's own reasons for each endpoint, which it
reads from a table of its own; and a program that is none of ours is found out as well.
"""

import json
from typing import Any

import pytest

from model.deployment import Node
from proof.findings import COMPLETENESS, Finding
from proof.prove import prove_whole
from rules.endpoints import service_named
from rules.features import FEATURES
from tests.policies.mutations.completeness import NETWORK_ACL
from tests.policies.mutations.parts import EGRESS, ENDPOINT, INGRESS, SUBNET
from tests.policies.mutations.stacks import CLOSED, OWN, Of, Stack, stack
from tests.scenarios import planned

DOMAINS = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
# What the pack calls what the plan gives as a reason.
REASONS = {
    "nodes look up their own name and interfaces, and pull images": {
        "node name", "image pulls", "own images",
    },
    "nodes tell their Auto Scaling group that they are Ready": {"lifecycle hook"},
    "the VPC CNI gives pods addresses of the VPC": {"VPC CNI"},
    "the Pod Identity agent trades a pod's token for its role's credentials": {"Pod Identity"},
    "the EBS CSI driver makes, attaches and snapshots volumes": {"EBS CSI driver"},
    "people reach machines through Session Manager, without SSH or a bastion": {"Session Manager"},
    "the operator carries images in and reads packages": {"image pushes", "own objects"},
}  # fmt: skip
# The same of a control plane of one's own; that of the operator is above.
OWN_REASONS = {
    "machines fetch what they run and their keys, and tell their Auto Scaling group that they are "
    "ready": {"own objects", "parameters", "lifecycle hook"},
    "members of etcd take over the volume and the interface that outlive their machines, settle "
    "who starts first, and keep snapshots": {
        "kept volume", "kept address", "written objects", "listed objects",
    },
    "machines pull images": {"carried images"},
    "the authenticator hands the tokens of machines and people to STS, and asks for the names of "
    "machines": {"IAM authentication"},
    "the cloud controller tells nodes where they lie, and removes those whose machines are gone": {
        "cloud controller",
    },
    "the KMS plugin wraps the keys by which the API server encrypts Secrets": {"KMS plugin"},
}  # fmt: skip
every_example = pytest.mark.parametrize("scenario", CLOSED)


def broken(changed: Stack) -> list[Finding]:
    found = prove_whole(changed.deployment, changed.boundary).findings
    return [f for f in found if f.claim == COMPLETENESS and not f.answered]


def features(found: list[Finding]) -> set[str]:
    return {feature for finding in found for feature in finding.features}


def service_of(node: Node) -> str:
    named = service_named(node.resource.props["serviceName"])
    assert named is not None
    return named.name


def callers(service: str, among: set[str]) -> set[str]:
    """The features of these that call a service, by the pack's table."""
    return {f for f in among if any(call.service == service for call in FEATURES[f].calls)}


def in_use(scenario: str) -> set[str]:
    from model.build import build_model

    return {use.feature for use in build_model(stack(scenario, True).deployment).uses}


@every_example
@pytest.mark.parametrize("known", [True, False])
def test_without_an_endpoint_exactly_the_plans_reasons_for_it_are_named(scenario, known):
    whole, plan = stack(scenario, known), planned(scenario)
    endpoints = list(whole.each(ENDPOINT))
    assert {service_of(node) for node in endpoints} == set(plan.endpoints) and len(endpoints) > 5
    for node in endpoints:
        service = service_of(node)
        named = features(broken(whole.lacking(node)))
        wanted = set(plan.endpoints[service].why.split("; "))
        told = {reason for reason, called in REASONS.items() if called & named}
        # The operator reads objects where a bucket is carried in; parts has none.
        unused = {"the operator carries images in and reads packages"} if (
            service == "s3" and "own objects" not in in_use(scenario)
        ) else set()  # fmt: skip
        assert told == wanted - unused, service
        assert named == callers(service, in_use(scenario)), service


def test_an_endpoint_of_another_region_is_none_for_the_calls_of_this_one():
    """It is written so in a lock file by hand; its names are that region's."""
    whole = stack("dev", True)
    (node,) = (n for n in whole.each(ENDPOINT) if service_of(n) == "ecr.api")
    elsewhere = whole.having(whole.edited(node, {"serviceName": "com.amazonaws.us-east-1.ecr.api"}))
    assert features(broken(elsewhere)) == features(broken(whole.lacking(node))) != set()


@pytest.mark.parametrize("lets_in", [False, True])
def test_an_endpoint_that_stands_apart_is_asked_apart(lets_in):
    """In subnets of its own, whose ACL lets everything out: what stops the calls of this one stops
    those of no other."""
    whole = stack("dev", True)
    everything = {"protocol": "-1", "fromPort": 0, "toPort": 0, "action": "allow",
                  "cidrBlock": "0.0.0.0/0", "ruleNo": 100}  # fmt: skip
    near = [node for node in whole.each(SUBNET) if node.resource.name.startswith("nodes-")]
    apart = [
        whole.makes(SUBNET, f"apart-{i}", {**node.resource.props, "cidrBlock": f"10.0.24{i}.0/26"})
        for i, node in enumerate(near)
    ]
    acl = whole.makes(NETWORK_ACL, "apart", {
        "vpcId": near[0].resource.props["vpcId"], "subnetIds": [Of(subnet) for subnet in apart],
        "egress": [everything], "ingress": [everything] if lets_in else [],
    })  # fmt: skip
    *_, node = (
        n for n in whole.each(ENDPOINT) if n.resource.props["vpcEndpointType"] == "Interface"
    )
    moved = whole.edited(node, {"subnetIds": [Of(subnet) for subnet in apart]})
    found = broken(whole.having(*apart, acl, moved))
    assert len(apart) == 2 and {f.rule for f in found} == (set() if lets_in else {"CN-193"})
    called = callers(service_of(node), in_use("dev"))
    assert called and features(found) == (set() if lets_in else called)


@pytest.mark.parametrize("known", [True, False])
def test_without_an_endpoint_of_a_control_plane_who_calls_it_is_named(known):
    """And nobody whom the plan does not name as a reason for it."""
    whole, used, seen = stack(OWN, known), in_use(OWN), set()
    for node in whole.each(ENDPOINT):
        service, named = service_of(node), features(broken(whole.lacking(node)))
        assert named == callers(service, used), service
        why = planned(OWN).endpoints[service].why
        told = {reason for reason, called in OWN_REASONS.items() if called & named}
        assert {reason for reason in told if reason in why}, service
        seen |= named
    assert seen == used >= set().union(*OWN_REASONS.values())


@every_example
def test_without_an_action_the_features_that_call_it_are_named(scenario):
    whole, used = stack(scenario, True), in_use(scenario)
    asked = 0
    for node in whole.each(ENDPOINT):
        document = json.loads(node.resource.props["policy"])
        actions = {a for s in document["Statement"] for a in _list(s["Action"])}
        for action in sorted(actions):
            wanted = {
                feature for feature in used
                if any(action in c.actions and c.service == service_of(node)
                       for c in FEATURES[feature].calls)
            }  # fmt: skip
            found = broken(whole.having(whole.edited(node, {"policy": _less(document, action)})))
            assert features(found) == wanted, (service_of(node), action)
            assert {f.rule for f in found} <= {"CN-192"}
            assert all(action in f.witness for f in found)
            asked += 1
    assert asked > 25


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _less(document: dict[str, Any], action: str) -> str:
    kept = []
    for statement in document["Statement"]:
        left = [a for a in _list(statement["Action"]) if a != action]
        kept.append({**statement, "Action": left or "s3:GetBucketAcl"})
    return json.dumps({**document, "Statement": kept})


@every_example
def test_without_a_name_the_features_that_ask_for_it_are_named(scenario):
    whole = stack(scenario, True)
    (allowed,) = (n for n in whole.each(DOMAINS) if n.resource.props["domains"] != ["*"])
    listed, missed = allowed.resource.props["domains"], set()
    for name in listed:
        less = whole.edited(allowed, {"domains": [n for n in listed if n != name]})
        found = broken(whole.having(less))
        assert {f.rule for f in found} <= {"CN-194"} and all(name in f.what for f in found)
        missed |= features(found)
    assert missed == in_use(scenario)


@every_example
def test_without_a_rule_of_a_security_group_what_passes_by_it_alone_is_named(scenario):
    whole, stopped = stack(scenario, True), {}
    for node in (*whole.each(EGRESS), *whole.each(INGRESS)):
        found = broken(whole.lacking(node))
        assert {f.rule for f in found} <= {"CN-193"}
        if found:
            stopped[node.resource.name] = features(found)
    used = in_use(scenario)
    assert {"node-to-endpoint-aws", "endpoint-from-node-aws"} < set(stopped)
    assert any(name.startswith("node-to-s3") for name in stopped)
    of_nodes = stopped["node-to-endpoint-aws"]
    assert of_nodes == stopped["endpoint-from-node-aws"]
    assert {"node name", "image pulls", "VPC CNI", "Pod Identity"} <= of_nodes <= used
    operator = [name for name in stopped if name.startswith("operator")]
    assert bool(operator) is ("image pushes" in used)


@every_example
def test_without_a_grant_the_features_of_its_role_are_named(scenario):
    whole = stack(scenario, True)
    wanted = {
        "AmazonEC2ContainerRegistryPullOnly": {"image pulls", "own images"},
        "AmazonEKSWorkerNodePolicy": {"node name", "Pod Identity"},
        "AmazonEKS_CNI_Policy": {"VPC CNI"},
        "AmazonEKSClusterPolicy": set(),
    }
    asked = 0
    for node in whole.each(ATTACHMENT):
        policy = str(node.resource.props["policyArn"]).rsplit("/", 1)[-1]
        if policy in wanted:
            found = broken(whole.lacking(node))
            assert features(found) == wanted[policy] & in_use(scenario), node.resource.name
            assert {f.rule for f in found} <= {"CN-195"}
            asked += 1
    assert asked >= 4


@every_example
def test_what_stops_a_call_is_named_with_the_calls_and_a_way_out(scenario):
    whole = stack(scenario, True)
    (node,) = (n for n in whole.each(ENDPOINT) if service_of(n) == "ec2")
    (finding,) = broken(whole.lacking(node))
    assert finding.what.startswith("has no endpoint for ec2; then nodes do not learn their own")
    assert "(VPC CNI of vpc-cni)" in finding.what and "ec2:DescribeInstances" in finding.witness
    assert finding.instead.startswith("Make an interface endpoint for ec2 of ap-northeast-1 in ap-")
    proof = prove_whole(whole.lacking(node).deployment, whole.boundary)
    assert proof.complete is False and proof.verdict in ("closed", "open, answered for")


def test_every_feature_has_calls_a_source_and_what_breaks():
    for name, feature in FEATURES.items():
        assert feature.calls and feature.source.startswith("https://"), name
        assert feature.breaks[0].islower() and not feature.breaks.endswith("."), name
        for call in feature.calls:
            prefixes = {action.split(":")[0] for action in call.actions}
            assert len(prefixes) <= 1, name
