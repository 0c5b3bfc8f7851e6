"""Supplied endpoints and security groups: what keeps nodes out, or lets strangers in."""

import copy
import json
from typing import Any

import pytest

from tests.plan.brownfield.test_checks import (
    ENDPOINT,
    EXISTING,
    NEW_SUBNETS,
    OTHER_VPC,
    RUN_LOCK,
    TABLE,
    VPC,
    existing_lock,
)
from tests.plan.samples import ACCOUNT, locked, plan, refused, with_endpoint

GROUP, EC2 = "sg-0123456789abcdef0", "vpce-0123456789abcdef0"
S3 = "vpce-0fedcba9876543210"
KEY, S3_KEY = "network.endpoints.existing.ec2", "network.endpoints.existing.s3"
GROUP_KEY = "network.endpoints.securityGroup.securityGroupId"
STACK = EXISTING | {
    "network.endpoints.existing": {"s3": S3, "ec2": EC2},
    "network.endpoints.securityGroup": {"kind": "existing", "securityGroupId": GROUP},
}
LEAST = plan().endpoints["ec2"].policy
OWN = {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def keys(**ec2: Any) -> dict[str, Any]:
    """A lock in which both endpoints and their group are sound, the EC2 one so changed."""
    found = existing_lock()
    found["supplied"]["endpoints"] = {S3: found["supplied"]["endpoints"][ENDPOINT]}
    found["supplied"]["routeTables"][TABLE]["routes"][-1]["target"] = S3
    found["supplied"]["securityGroups"] = {GROUP: {"vpcId": VPC, "ingress": [
        {"protocol": "tcp", "ports": [443, 443], "cidrs": ["10.0.0.0/16"]}]}}  # fmt: skip
    return with_endpoint(found, "ec2", LEAST, **{"securityGroupIds": [GROUP], **ec2})


def test_sound_endpoints_are_taken():
    found = plan(STACK, locked(keys()))
    assert {e.endpoint_id for e in found.endpoints.values()} == {S3, EC2, None}
    assert not any("vpce-" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vpcId": OTHER_VPC}, f"lies in {OTHER_VPC}, not in network.vpc.vpcId {VPC}"),
        ({"serviceName": "com.amazonaws.ap-northeast-1.kms"},
         "is of com.amazonaws.ap-northeast-1.kms, not of com.amazonaws.ap-northeast-1.ec2; give "
         "the endpoint of that service"),
        ({"type": "GatewayLoadBalancer"},
         "is of type GatewayLoadBalancer, and nodes use one of type Interface"),
        ({"state": "pendingacceptance"}, "is pendingacceptance, not available; have its owner mend "
         "it"),
        ({"privateDns": False}, "has private DNS off, so its service's name leads out of the VPC; "
         "have its owner switch it on"),
        ({"securityGroupIds": ["sg-0fedcba9876543210"]},
         f"has security group sg-0fedcba9876543210, not {GROUP} of "
         "network.endpoints.securityGroup, the only one that nodes may speak to; have its "
         "owner add it"),
        ({"policy": None}, "has no policy, so everybody's credentials pass; ask its owner for "
         f"{json.dumps(LEAST, sort_keys=True)}"),
    ],
)  # fmt: skip
def test_an_unsound_endpoint_is_told(change, message):
    assert refused(STACK, locked(keys(**change))) == [(KEY, message, f"'{EC2}'")]


def test_an_endpoint_or_a_group_that_was_not_read_is_told():
    unread = keys()
    unread["supplied"]["endpoints"] = {}
    unread["supplied"]["securityGroups"] = {}
    assert {(path, message) for path, message, _ in refused(STACK, locked(unread))} == {
        (KEY, RUN_LOCK), (S3_KEY, RUN_LOCK), (GROUP_KEY, RUN_LOCK),
    }  # fmt: skip


def test_a_zone_without_an_interface_is_said_and_refused_where_it_counts():
    found = keys(availabilityZones=["ap-northeast-1a"])
    said = (
        "has no interface in ap-northeast-1c, where machines lie, and fails with another zone; "
        "have its owner add a subnet there"
    )
    assert f"{KEY}: {EC2} {said}" in plan(STACK, locked(found)).warnings
    strict = STACK | {"profile": "highlyAvailable"}
    assert (KEY, f"{said} (profile highlyAvailable)", f"'{EC2}'") in refused(strict, locked(found))


def test_nodes_may_speak_to_the_supplied_group_only_if_it_is_named():
    changes = STACK | {"network.endpoints.securityGroup": {"kind": "create"}}
    assert refused(changes, locked(keys())) == [
        (KEY, f"has security group {GROUP}, and nodes may speak to that of our own endpoints only; "
         "give it as network.endpoints.securityGroup, kind existing", f"'{EC2}'")
    ]  # fmt: skip


def test_the_s3_endpoint_is_in_every_table_of_machines():
    found = keys()
    found["supplied"]["endpoints"][S3]["routeTableIds"] = ["rtb-0fffffffffffffff0"]
    assert refused(STACK, locked(found)) == [
        (S3_KEY, f"is not in route table {TABLE}, in which machines lie; have its owner add the "
         "table", f"'{S3}'")
    ]  # fmt: skip
    own = {name: {k: v for k, v in s.items() if k != "routeTable"}
           for name, s in NEW_SUBNETS.items()}  # fmt: skip
    messages = refused(STACK | {"network.subnets": own}, locked(keys()))
    assert [m.split(",")[0] for _, m, _ in messages] == [
        "is not in route table n1", "is not in route table n2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "shut"),
    [
        ({"protocol": "-1", "cidrs": ["10.0.0.0/8"]}, False),
        ({"protocol": "tcp", "ports": [0, 65535], "cidrs": ["10.0.0.0/19"]}, False),
        ({"protocol": "tcp", "ports": [443, 443], "cidrs": ["10.0.0.0/20", "::/0"]}, True),
        ({"protocol": "udp", "ports": [443, 443], "cidrs": ["10.0.0.0/16"]}, True),
        ({"protocol": "tcp", "ports": [80, 442], "cidrs": ["10.0.0.0/16"]}, True),
        ({"protocol": "tcp", "cidrs": ["10.0.0.0/16"]}, True),
    ],
)
def test_the_endpoints_group_lets_https_in_from_wherever_machines_lie(rule, shut):
    found = keys()
    found["supplied"]["securityGroups"][GROUP]["ingress"] = [rule]
    if not shut:
        assert plan(STACK, locked(found))
        return
    ((path, message, value),) = refused(STACK, locked(found))
    assert (path, value) == (GROUP_KEY, f"'{GROUP}'")
    assert "c 10.0.16.0/20, so no node reaches an endpoint; have its owner add a rule" in message
    found["supplied"]["securityGroups"][GROUP]["ingress"].append(
        {"protocol": "tcp", "ports": [443, 443], "securityGroupIds": ["sg-01234567"]}
    )
    assert any("see that nodes carry one" in w for w in plan(STACK, locked(found)).warnings)


def test_groups_that_let_everybody_in_or_out_are_told():
    pool = {"workers": {"instanceType": "m7i.large", "maxSize": 3,
                        "securityGroupIds": ["sg-0fedcba9876543210"]}}  # fmt: skip
    found = keys()
    groups = found["supplied"]["securityGroups"]
    every = {"protocol": "-1", "cidrs": ["10.0.0.0/8", "0.0.0.0/0", "::/0"]}
    mend = "; have its owner name networks or groups"

    def told() -> list[str]:
        warnings = plan(STACK | {"nodePools": pool}, locked(found)).warnings
        return [w for w in warnings if w.endswith(mend)]

    groups["sg-0fedcba9876543210"] = {
        **groups[GROUP],
        "egress": [{**every, "cidrs": ["10.0.0.0/8"]}],
    }
    assert told() == []
    groups["sg-0fedcba9876543210"] |= {"ingress": [every], "egress": [every]}
    groups[GROUP] |= {"ingress": [every], "egress": [every]}
    key = "nodePools.workers.securityGroupIds: sg-0fedcba9876543210"
    assert told() == [
        f"{key} lets in whoever a route leads here (0.0.0.0/0, ::/0){mend}",
        f"{key} lets out to wherever a route leads (0.0.0.0/0, ::/0){mend}",
        f"{GROUP_KEY}: {GROUP} lets in whoever a route leads here (0.0.0.0/0, ::/0){mend}",
    ]


def test_groups_of_another_vpc_are_told():
    pool = {"workers": {"instanceType": "m7i.large", "maxSize": 3,
                        "securityGroupIds": ["sg-0fedcba9876543210"]}}  # fmt: skip
    found = keys()
    group = found["supplied"]["securityGroups"][GROUP]
    found["supplied"]["securityGroups"]["sg-0fedcba9876543210"] = group | {"vpcId": OTHER_VPC}
    assert refused(STACK | {"nodePools": pool}, locked(found)) == [
        ("nodePools.workers.securityGroupIds",
         f"lies in {OTHER_VPC}, not in network.vpc.vpcId {VPC}", "'sg-0fedcba9876543210'")
    ]  # fmt: skip


def statements(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(listed)}


def deny(**condition: Any) -> dict[str, Any]:
    return {**EVERYTHING, "Effect": "Deny", "Condition": {"StringNotEquals": condition}}


HELD = {**EVERYTHING, "Condition": {"StringEquals": OWN}}
CLOSED = [
    statements(HELD),
    {"Statement": HELD},
    statements(EVERYTHING, *(deny(**{k: v}) for k, v in OWN.items())),
    statements({**EVERYTHING, "Resource": f"arn:aws:ec2:ap-northeast-1:{ACCOUNT}:*",
                "Condition": {"StringEquals": {"aws:PrincipalAccount": [ACCOUNT]}}}, HELD),
]  # fmt: skip
OPEN = [
    statements(EVERYTHING),
    statements(HELD, {**EVERYTHING, "Sid": "Door"}),
    statements({**EVERYTHING, "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}),
    statements({**EVERYTHING, "Condition": {"StringEqualsIfExists": OWN}}),
    statements({**EVERYTHING, "Condition": {"StringLike": {k: "*" for k in OWN}}}),
    statements({**EVERYTHING, "Condition": {"StringEquals": {**OWN, "aws:PrincipalAccount": [
        ACCOUNT, "999999999999"]}}}),
    statements({**HELD, "NotPrincipal": "*"}),
    statements(EVERYTHING, deny(**OWN)),
    statements(EVERYTHING, deny(**{"aws:PrincipalAccount": ACCOUNT})),
    statements(EVERYTHING, *(
        {**deny(**{k: v}), "Condition": {"StringNotEquals": {k: v}, "Bool": {
            "aws:PrincipalIsAWSService": "false"}}} for k, v in OWN.items())),
]  # fmt: skip


@pytest.mark.parametrize("policy", CLOSED)
def test_a_policy_that_holds_both_sides_is_taken(policy):
    assert plan(STACK, locked(keys(policy=policy)))


@pytest.mark.parametrize("policy", OPEN)
def test_a_policy_that_lets_strangers_through_is_refused_with_the_least_that_serves(policy):
    ((path, message, _),) = refused(STACK, locked(keys(policy=policy)))
    name = "Door" if "Door" in str(policy) else "statement 0"
    assert (path, message) == (
        KEY, f"has a policy whose {name} is held to our own principals and resources by no "
        f"condition that is understood; ask its owner for {json.dumps(LEAST, sort_keys=True)}",
    )  # fmt: skip


def test_a_policy_that_lacks_a_call_is_refused():
    less = copy.deepcopy(LEAST)
    less["Statement"][0]["Action"].remove("ec2:DescribeInstances")
    ((_, message, _),) = refused(STACK, locked(keys(policy=less)))
    assert message.startswith(
        "has a policy that does not allow ec2:DescribeInstances; ask its owner for {"
    )
    found = keys()
    found["supplied"]["endpoints"][S3]["policy"]["Statement"][0]["Resource"] = "arn:aws:s3:::x/*"
    messages = [m for _, m, _ in refused(STACK, locked(found))]
    assert any("does not allow s3:GetObject on arn:aws:s3:::prod-" in m for m in messages)


def test_what_a_statement_leaves_out_is_told_once_as_open():
    """NotAction may hold every call that is needed; that it is open is fault enough."""
    negated = {k: v for k, v in HELD.items() if k != "Action"} | {"NotAction": "iam:*"}
    ((_, message, _),) = refused(STACK, locked(keys(policy=statements(negated))))
    assert message.startswith("has a policy whose statement 0 is held to our own principals")


def test_the_policy_of_a_service_that_takes_none_is_not_judged():
    found = keys(policy=None)
    found["endpointServices"]["ec2"]["policySupported"] = False
    assert plan(STACK, locked(found)).endpoints["ec2"].policy is None
