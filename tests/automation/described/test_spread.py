"""What a program says in one resource and AWS tells as several things: told by the recorded name,
as far as it is there, and what nobody has recorded by itself."""

import json
from typing import Any

import pytest

from automation.described.identities import ATTACHED, INLINE_POLICY, ROLES
from automation.described.network import ROUTE_TABLES, SECURITY_GROUP_RULES, SECURITY_GROUPS
from automation.described.paths import at
from automation.described.records import Records
from automation.described.resources import Described, resources_of
from automation.described.scope import Grade, Thing
from automation.described.spread import STANDS_FOR, WRITTEN_IN
from automation.described.tables import KINDS, is_unread
from automation.state import Resource

HERE = {"region": "eu-central-1", "account": "123456789012", "partition": "aws"}
GROUP, PEER, TABLE = "sg-0a1b2c3d", "sg-0e1f2a3b", "rtb-0a1b2c3d"
OF_GROUP = "aws:ec2/securityGroup:SecurityGroup"
OF_OLD = "aws:ec2/securityGroupRule:SecurityGroupRule"
OF_TABLE = "aws:ec2/routeTable:RouteTable"
OF_ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
POLICY = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
ARNS = [f"arn:aws:iam::123456789012:policy/{name}" for name in "ab"]


def record(type_: str, id_: str, /, **inputs: Any) -> Resource:
    urn = f"urn:pulumi:s::p::{type_}::web"
    return Resource(urn, type_, "web", id_, inputs, inputs, {})


def thing(item: dict[str, Any], of: Thing | None = None) -> Thing:
    whole = {**item, "_here": HERE, **({} if of is None else {"_of": of.item})}
    return Thing(whole, frozenset(), frozenset(), of, Grade.MADE)


def rule(number: int, egress: bool = False, **source: Any) -> dict[str, Any]:
    return {
        "SecurityGroupRuleId": f"sgr-{number}", "GroupId": GROUP, "IsEgress": egress,
        "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **source,
    }  # fmt: skip


def of_group(records: list[Resource], *rules: dict[str, Any]) -> Described:
    group = thing({"GroupId": GROUP, "GroupName": "web", "VpcId": "vpc-0a1b2c3d"})
    found = {
        SECURITY_GROUPS: [group],
        SECURITY_GROUP_RULES: [thing(one, group) for one in rules],
    }
    return resources_of(found, Records(records))


def names(told: Described) -> set[str]:
    return {resource["name"] for resource in told.resources}


def inputs(told: Described, type_: str) -> dict[str, Any]:
    (found,) = (r["inputs"] for r in told.resources if r["type"] == type_)
    return dict(found)


HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443}


def test_rules_in_a_group_are_told_in_it_as_far_as_they_are_there():
    listed = [
        {**HTTPS, "cidrBlocks": ["10.0.0.0/8", "192.0.2.0/24"], "description": "web"},
        {**HTTPS, "securityGroups": [PEER], "self": True},
        {**HTTPS, "fromPort": 80, "cidrBlocks": ["10.0.0.0/8"]},
    ]
    told = of_group(
        [record(OF_GROUP, GROUP, ingress=listed, egress=[])],
        rule(1, CidrIpv4="10.0.0.0/8", Description="changed"),
        rule(2, ReferencedGroupInfo={"GroupId": GROUP}),
        rule(3, CidrIpv4="0.0.0.0/0"),
        rule(4, egress=True, CidrIpv4="10.0.0.0/8"),
    )
    assert told.missing == [] and names(told) == {"web", "sgr-3", "sgr-4"}
    found = inputs(told, OF_GROUP)
    assert found["egress"] == []
    assert found["ingress"] == [
        {**HTTPS, "cidrBlocks": ["10.0.0.0/8"], "description": "web"},
        {**HTTPS, "securityGroups": [], "self": True},
    ]


@pytest.mark.parametrize(("protocol", "by_aws"), [
    ("-1", "-1"), ("all", "-1"), ("ALL", "-1"), ("6", "tcp"), ("TCP", "tcp"), (17, "udp"),
])  # fmt: skip
def test_a_rule_is_the_same_by_every_name_of_its_protocol(protocol, by_aws):
    ports = {"FromPort": -1, "ToPort": -1} if by_aws == "-1" else {}
    own = {"protocol": protocol, "fromPort": 0, "toPort": 0} if ports else {**HTTPS}
    listed = [{**own, "protocol": protocol, "cidrBlocks": ["10.0.0.0/8"]}]
    there = rule(1, egress=True, CidrIpv4="10.0.0.0/8", **{"IpProtocol": by_aws, **ports})
    told = of_group([record(OF_GROUP, GROUP, egress=listed)], there)
    assert names(told) == {"web"} and inputs(told, OF_GROUP)["egress"] == listed


def test_the_older_kind_of_rule_is_told_as_what_of_it_is_there():
    said = {**HTTPS, "type": "ingress", "securityGroupId": GROUP}
    old = record(OF_OLD, "sgrule-1", **said, cidrBlocks=["10.0.0.0/8", "192.0.2.0/24"])
    told = of_group([old], rule(1, CidrIpv4="10.0.0.0/8"), rule(2, CidrIpv6="::/0"))
    assert told.missing == [] and names(told) == {"web", GROUP, "sgr-2"}
    assert inputs(told, OF_OLD) == {**said, "cidrBlocks": ["10.0.0.0/8"]}

    of_peer = record(OF_OLD, "sgrule-1", **said, sourceSecurityGroupId=PEER)
    told = of_group([of_peer], rule(1, ReferencedGroupInfo={"GroupId": PEER}))
    assert inputs(told, OF_OLD) == of_peer.inputs and names(told) == {"web", GROUP}


def test_an_older_rule_of_which_nothing_is_there_is_missing():
    """And so is one that lets out, where the same lets in."""
    said = {**HTTPS, "type": "egress", "securityGroupId": GROUP, "cidrBlocks": ["10.0.0.0/8"]}
    old = record(OF_OLD, "sgrule-1", **said)
    told = of_group([old], rule(1, CidrIpv4="10.0.0.0/8"))
    assert told.missing == [old] and names(told) == {GROUP, "sgr-1"}


def test_what_is_a_resource_of_its_own_is_told_as_that():
    own = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    beside = Resource("urn:pulumi:s::p::x::own", own, "own", "sgr-1", {}, {}, {})
    listed = [{**HTTPS, "cidrBlocks": ["10.0.0.0/8"]}]
    told = of_group(
        [record(OF_GROUP, GROUP, ingress=listed), beside], rule(1, CidrIpv4="10.0.0.0/8")
    )
    assert names(told) == {"web", "own"}


def test_routes_in_a_table_are_told_in_it_as_far_as_they_are_there():
    local = {"cidrBlock": "10.0.0.0/16", "gatewayId": "local"}
    listed = [
        {"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0a1b2c3d", "gatewayId": ""},
        {"cidrBlock": "10.1.0.0/16", "transitGatewayId": "tgw-0a1b2c3d"},
        {"cidrBlock": "10.2.0.0/16", "transitGatewayId": "tgw-0a1b2c3d"},
        local,
    ]
    routes = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0a1b2c3d"},
        # Somebody has turned it elsewhere.
        {"DestinationCidrBlock": "10.1.0.0/16", "TransitGatewayId": "tgw-0e1f2a3b"},
        {"DestinationCidrBlock": "192.0.2.0/24", "NatGatewayId": "nat-0a1b2c3d"},
    ]
    item = {"RouteTableId": TABLE, "VpcId": "vpc-0a1b2c3d", "Routes": routes, "Associations": []}
    records = Records([record(OF_TABLE, TABLE, routes=listed)])
    told = resources_of({ROUTE_TABLES: [thing(item)]}, records)
    assert names(told) == {"web", f"{TABLE} 10.1.0.0/16", f"{TABLE} 192.0.2.0/24"}
    assert inputs(told, OF_TABLE)["routes"] == [listed[0], local]


def test_policies_in_a_role_are_told_in_it_as_far_as_they_are_there():
    role = thing({"RoleName": "node", "Arn": "arn:aws:iam::123456789012:role/node"})
    written = [{"name": name, "policy": json.dumps(POLICY, indent=1)} for name in ("own", "gone")]
    policies = [
        {"RoleName": "node", "PolicyName": "own", "PolicyDocument": POLICY},
        {"RoleName": "node", "PolicyName": "by-hand", "PolicyDocument": POLICY},
    ]
    attached = thing({"PolicyArn": ARNS[0]}, role)
    recorded = record(OF_ROLE, "node", inlinePolicies=written, managedPolicyArns=ARNS)
    found = {ROLES: [role], INLINE_POLICY: [*map(thing, policies)], ATTACHED: [attached]}
    told = resources_of(found, Records([recorded]))
    assert names(told) == {"web", "node:by-hand"}
    lists = inputs(told, OF_ROLE)
    assert (lists["inlinePolicies"], lists["managedPolicyArns"]) == ([written[0]], [ARNS[0]])


def test_an_attachment_is_told_with_the_roles_that_have_its_policy():
    role = thing({"RoleName": "node", "Arn": "arn:aws:iam::123456789012:role/node"})
    recorded = record(ATTACHMENT, "x", policyArn=ARNS[0], roles=["node", "other"], users=["me"])
    assert {"node", "other"} <= Records([recorded]).ids
    attached = [thing({"PolicyArn": arn}, role) for arn in ARNS]
    told = resources_of({ROLES: [role], ATTACHED: attached}, Records([recorded]))
    assert names(told) == {"web", "node", f"node/{ARNS[1]}"} and told.missing == []
    kept = {"policyArn": ARNS[0], "roles": ["node"], "users": ["me"]}
    assert inputs(told, ATTACHMENT) == kept


@pytest.mark.parametrize("type_", STANDS_FOR)
def test_what_nobody_could_ask_about_is_as_it_is_recorded(type_):
    said = {**HTTPS, "type": "ingress", "securityGroupId": GROUP, "cidrBlocks": ["10.0.0.0/8"],
            "policyArn": ARNS[0], "roles": ["node"]}  # fmt: skip
    silent = {"ec2": "no way", "iam": "no way"}
    told = resources_of({}, Records([record(type_, "x", **said)]), silent)
    assert told.missing == [] and inputs(told, type_) == said


OF_DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
VPC = record("aws:ec2/vpc:Vpc", "vpc-0a1b2c3d")
ITSELF = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": GROUP}], "IpRanges": []}
OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []}


def default_group(records: list[Resource], *ingress: dict[str, Any]) -> dict[str, Any]:
    item = {
        "GroupId": GROUP, "GroupName": "default", "VpcId": VPC.id, "IpPermissions": [*ingress],
        "IpPermissionsEgress": [OUT],
    }  # fmt: skip
    told = resources_of({SECURITY_GROUPS: [thing(item)]}, Records(records))
    (found,) = (r for r in told.resources if r["type"] == OF_DEFAULT)
    return dict(found)


@pytest.mark.parametrize("ingress", [(), (ITSELF,)])
def test_the_group_that_comes_with_a_vpc_is_nobodys_until_somebody_changes_it(ingress):
    """A state has none. Of a VPC that nobody has recorded everything is judged."""
    assert default_group([VPC], *ingress)["described"] is True
    assert "described" not in default_group([], *ingress)
    recorded = record(OF_DEFAULT, GROUP)
    assert default_group([VPC, recorded], *ingress)["name"] == "web"


@pytest.mark.parametrize("more", [
    {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": PEER}]},
    {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    {"IpProtocol": "tcp", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
    {"IpProtocol": "tcp", "PrefixListIds": [{"PrefixListId": "pl-0a1b2c3d"}]},
])  # fmt: skip
def test_a_group_that_comes_with_a_vpc_is_judged_when_somebody_lets_more_in(more):
    for ingress in ((more,), (ITSELF, more)):
        assert "described" not in default_group([VPC], *ingress)


INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
HOME = {"securityGroupId": GROUP, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443,
        "cidrIpv4": "10.0.0.0/8"}  # fmt: skip
OLD = {**HTTPS, "type": "ingress", "securityGroupId": GROUP, "cidrBlocks": ["10.0.0.0/8"]}
# How a program may let it in by a resource of its own.
RECORDED = [record(INGRESS, "sgr-1", **HOME), record(OF_OLD, "sgrule-1", **OLD)]
LETS_IN = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def of_default(
    records: list[Resource], *ranges: str, out: tuple[str, ...] = (), itself: bool = True
) -> Described:
    """The group that comes with a VPC, with these let in and out beside what it comes with.

    itself: whether it still lets in what is in it.
    """

    def listed(cidrs: tuple[str, ...]) -> dict[str, Any]:
        return {**LETS_IN, "IpRanges": [{"CidrIp": cidr} for cidr in cidrs]}

    ingress = [*([ITSELF] if itself else ()), *([listed(ranges)] if ranges else ())]
    group = thing({
        "GroupId": GROUP, "GroupName": "default", "VpcId": VPC.id, "IpPermissions": ingress,
        "IpPermissionsEgress": [OUT, listed(out)] if out else [OUT],
    })  # fmt: skip
    rules = [rule(number, CidrIpv4=cidr) for number, cidr in enumerate(ranges, 1)]
    rules += [rule(number, egress=True, CidrIpv4=cidr) for number, cidr in enumerate(out, 5)]
    found = {SECURITY_GROUPS: [group], SECURITY_GROUP_RULES: [thing(one, group) for one in rules]}
    return resources_of(found, Records(records))


def missing(told: Described) -> list[str]:
    """But for the VPC, which nobody tells here."""
    return [resource.type for resource in told.missing if resource is not VPC]


def groups(told: Described) -> dict[str, Any]:
    (found,) = (resource for resource in told.resources if resource["type"] == OF_DEFAULT)
    return found


@pytest.mark.parametrize("own", RECORDED, ids=lambda own: own.type)
def test_a_rule_of_its_own_in_a_group_that_comes_with_a_vpc_is_no_rule_of_the_groups(own):
    """By the state it is a rule of nobody's group, and so it is here."""
    told = of_default([VPC, own], "10.0.0.0/8")
    assert missing(told) == [] and groups(told)["described"] is True
    assert own.type in {resource["type"] for resource in told.resources}
    let_in = groups(told)["inputs"]["ingress"]
    assert [item["securityGroups"] for item in let_in] == [[GROUP]]
    assert groups(of_default([VPC, own], "10.0.0.0/8", itself=False))["described"] is True
    adopted = record(OF_DEFAULT, GROUP)
    told = of_default([VPC, own, adopted], "10.0.0.0/8")
    assert "described" not in groups(told) and groups(told)["inputs"]["ingress"] == let_in


def test_of_any_other_group_nothing_is_said_that_is_not_recorded_in_it():
    own = record(INGRESS, "sgr-1", **HOME)
    told = of_group([own], rule(1, CidrIpv4="10.0.0.0/8"))
    assert "ingress" not in inputs(told, OF_GROUP)


def test_a_rule_of_its_own_lets_nobody_out_by_a_group_that_comes_with_a_vpc():
    own = record(EGRESS, "sgr-5", **HOME)
    told = of_default([VPC, own, record(OF_DEFAULT, GROUP)], out=("10.0.0.0/8", "10.9.0.0/16"))
    assert missing(told) == [] and own.urn in {resource["urn"] for resource in told.resources}
    out = [item["cidrBlocks"] for item in groups(told)["inputs"]["egress"]]
    assert out == [["0.0.0.0/0"], ["10.9.0.0/16"]]


@pytest.mark.parametrize("own", RECORDED, ids=lambda own: own.type)
def test_what_somebody_has_put_beside_such_a_rule_is_found(own):
    told = of_default([VPC, own], "10.0.0.0/8", "192.0.2.0/24")
    assert "described" not in groups(told)
    (_, item) = groups(told)["inputs"]["ingress"]
    assert item["cidrBlocks"] == ["192.0.2.0/24"]


@pytest.mark.parametrize("own", RECORDED, ids=lambda own: own.type)
def test_such_a_rule_that_is_gone_is_missing(own):
    told = of_default([VPC, own])
    assert missing(told) == [own.type]


def test_rules_of_a_group_that_comes_with_a_vpc_are_told_with_it_where_nobody_records_them():
    told = of_default([], "10.0.0.0/8")
    assert [resource["type"] for resource in told.resources] == [OF_DEFAULT]
    assert len(groups(told)["inputs"]["ingress"]) == 2


def test_an_endpoint_with_the_default_group_alone_names_none():
    (kind,) = (k for k in KINDS if k.token == "aws:ec2/vpcEndpoint:VpcEndpoint")
    default, own = (
        {"GroupId": id_, "GroupName": name} for id_, name in ((GROUP, "default"), (PEER, "own"))
    )
    path = kind.inputs["securityGroupIds"]
    assert at(path, {"Groups": [default]}) == []
    assert at(path, {"Groups": [default, own]}) == [GROUP, PEER]
    assert not at(path, {})


def test_every_such_type_is_read_or_said_to_be_told_so():
    read = {kind.token for kind in KINDS}
    assert read >= WRITTEN_IN.keys() and not read & STANDS_FOR.keys()
    assert all(is_unread(token) for token in STANDS_FOR)
