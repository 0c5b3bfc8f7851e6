"""What `pulumi refresh` has written to a state's outputs alone: it is there, and counts once."""

import datetime
import json
from typing import Any

import pytest

from model.build import build_network
from model.build_routes import TARGETS
from model.deployment import Deployment
from model.network import TargetKind
from model.sets import shown
from proof.prove import prove
from rules.boundary_reader import parse_boundary
from sources.recorded import read_recorded
from sources.state import read_state
from tests.policies.model.deployments import registered
from tests.policies.sources.test_sources import SECRET, VPC, as_state, recorded, resource, state

_DESTINATIONS = ("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId")
_UNSET = (*_DESTINATIONS, "gatewayId", *TARGETS)
_SEPARATE = {
    "aws:ec2/route:Route": lambda r: ("routeTableId", "routes", _seen_route(r)),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": lambda r: (
        "securityGroupId", "ingress", _seen_rule(r)
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": lambda r: (
        "securityGroupId", "egress", _seen_rule(r)
    ),
}  # fmt: skip


def _seen_route(props: dict[str, Any]) -> dict[str, Any]:
    names = {"destinationCidrBlock": "cidrBlock", "destinationIpv6CidrBlock": "ipv6CidrBlock"}
    told = {names.get(k, k): v for k, v in props.items() if names.get(k, k) in _UNSET}
    return {**dict.fromkeys(_UNSET, ""), **told}


_LISTED = {
    "cidrBlocks": "cidrIpv4",
    "ipv6CidrBlocks": "cidrIpv6",
    "prefixListIds": "prefixListId",
    "securityGroups": "referencedSecurityGroupId",
}


def _seen_rule(props: dict[str, Any]) -> dict[str, Any]:
    """As AWS tells of a rule within its group: what is unset is empty."""
    own = props.get("referencedSecurityGroupId") == props["securityGroupId"]
    told = {k: [props[v]] if props.get(v) else [] for k, v in _LISTED.items()}
    return {
        **told, "securityGroups": [] if own else told["securityGroups"], "self": own,
        "protocol": props["ipProtocol"], "fromPort": props.get("fromPort", 0),
        "toPort": props.get("toPort", 0),
    }  # fmt: skip


def refreshed(scenario: str) -> Deployment:
    """An example after `pulumi refresh`: tables and groups have seen what others add to them."""
    found = [r for r in registered(scenario) if not r.type.startswith("heiiki:")]
    seen: dict[tuple[str, str], list[Any]] = {}
    for each in found:
        if each.type in _SEPARATE:
            at, name, item = _SEPARATE[each.type](each.inputs)
            seen.setdefault((each.inputs[at], name), []).append(item)
    assert seen
    local = {**dict.fromkeys(_UNSET, ""), "cidrBlock": "", "gatewayId": "local"}
    resources = []
    for each in found:
        more = {
            name: items
            for (of, name), items in seen.items()
            if of == each.id and each.type.endswith(":RouteTable" if name == "routes" else "Group")
        }
        if each.type == "aws:ec2/routeTable:RouteTable":
            vpcs = (r for r in found if r.type == VPC and r.id == each.inputs["vpcId"])
            block = next(vpcs).inputs["cidrBlock"]
            more["routes"] = [{**local, "cidrBlock": block}, *more.get("routes", ())]
        sources = {key: sorted(urns) for key, urns in each.sources.items()}
        resources.append(
            {
                "urn": each.urn, "type": each.type, "id": each.id, "inputs": each.inputs,
                "outputs": {**each.outputs, **more}, "propertyDependencies": sources,
            }
        )  # fmt: skip
    return read_state(json.loads(json.dumps(state(*resources))))


@pytest.mark.parametrize("scenario", ["dev", "open", "parts", "on-premises", "two-vpc"])
def test_what_a_refresh_has_seen_of_separate_resources_counts_once(scenario):
    before, after = build_network(as_state(scenario)), build_network(refreshed(scenario))
    assert after.security_groups == before.security_groups
    assert after.route_tables.keys() == before.route_tables.keys()
    for key, table in after.route_tables.items():
        routes = {(r.destinations, r.target) for r in table.routes}
        assert routes == {(r.destinations, r.target) for r in before.route_tables[key].routes}
        assert len(table.routes) == len(before.route_tables[key].routes)


EC2, LB = "aws:ec2/", "aws:lb/"
SG_IDS = "vpcSecurityGroupIds"


def seen(type_: str, inputs: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::project::{type_}::it", "type": type_, "id": "it",
        "inputs": {"vpcId": "vpc-net", **inputs}, "outputs": {"vpcId": "vpc-net", **outputs},
    }  # fmt: skip


def drifted(type_: str, inputs: dict[str, Any], **outputs: Any) -> Any:
    net = resource("net", inputs={"cidrBlock": "10.0.0.0/16"})
    return build_network(read_state(state(net, seen(type_, inputs, **outputs))))


def key_of(type_: str) -> str:
    return f"urn:pulumi:dev::project::{type_}::it"


WAY = {**dict.fromkeys(_UNSET, ""), "cidrBlock": "0.0.0.0/0", "transitGatewayId": "tgw-9"}


@pytest.mark.parametrize("inputs", [{}, {"routes": []}])
def test_a_route_that_only_a_refresh_has_seen_is_there(inputs):
    type_ = f"{EC2}routeTable:RouteTable"
    (table,) = (
        t for t in drifted(type_, inputs, routes=[WAY]).route_tables.values() if t.name == "it"
    )
    assert [r.target.kind for r in table.routes] == [TargetKind.LOCAL, TargetKind.TRANSIT_GATEWAY]
    (propagating,) = (
        t
        for t in drifted(type_, inputs, propagatingVgws=["vgw-9"]).route_tables.values()
        if t.name == "it"
    )
    assert [r.propagated for r in propagating.routes] == [False, True]
    unknown = drifted(type_, inputs, routes={**SECRET, "ciphertext": "x"})
    assert [t.complete for t in unknown.route_tables.values() if t.name == "it"] == [False]


def test_the_route_of_a_gateway_endpoint_is_told_of_by_itself():
    endpoint = {
        "urn": key_of(f"{EC2}vpcEndpoint:VpcEndpoint"), "type": f"{EC2}vpcEndpoint:VpcEndpoint",
        "id": "vpce-1", "inputs": {"vpcId": "vpc-net", "routeTableIds": ["it"]},
        "outputs": {"prefixListId": "pl-1"},
    }  # fmt: skip
    route = {**WAY, "cidrBlock": "", "transitGatewayId": "", "gatewayId": "vpce-1"}
    table = seen(
        f"{EC2}routeTable:RouteTable", {}, routes=[{**route, "destinationPrefixListId": "pl-1"}]
    )
    net = resource("net", inputs={"cidrBlock": "10.0.0.0/16"})
    found = build_network(read_state(state(net, table, endpoint))).route_tables
    kinds = [r.target.kind for r in found[key_of(f"{EC2}routeTable:RouteTable")].routes]
    assert kinds == [TargetKind.LOCAL, TargetKind.GATEWAY_ENDPOINT]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize("inputs", [{}, {"ingress": [], "egress": []}])
def test_a_rule_that_only_a_refresh_has_seen_is_there(direction, inputs):
    type_ = f"{EC2}securityGroup:SecurityGroup"
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"],
            "securityGroups": [], "self": False}  # fmt: skip
    found = drifted(type_, inputs, **{direction: [rule]}).security_groups[key_of(type_)]
    assert [r.egress for r in found.rules] == [direction == "egress"] and found.complete
    hidden = drifted(type_, inputs, **{direction: {**SECRET, "ciphertext": "x"}})
    assert not hidden.security_groups[key_of(type_)].complete


def entry(action: str, number: int = 100, protocol: object = "-1") -> dict[str, Any]:
    return {"action": action, "ruleNo": number, "protocol": protocol, "cidrBlock": "0.0.0.0/0",
            "fromPort": 0, "toPort": 0}  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "outputs", "left"),
    [
        ({}, [entry("allow")], [True]),
        ({"egress": [entry("deny")]}, [entry("allow", 200)], [True]),
        (
            {"egress": [entry("deny")]},
            [entry("deny", protocol=-1), entry("allow", 200)],
            [False, True],
        ),
        ({"egress": [entry("deny"), entry("allow", 200)]}, None, [False, True]),
        ({"egress": [entry("allow", 200)]}, [entry("deny"), entry("allow", 200)], [True]),
    ],
)
def test_of_entries_all_that_allow_count_and_of_those_that_deny_what_both_tell(
    inputs, outputs, left
):
    type_ = f"{EC2}networkAcl:NetworkAcl"
    found = drifted(type_, inputs, egress=outputs).network_acls[key_of(type_)]
    assert [e.allows for e in found.entries] == left and found.complete
    hidden = drifted(type_, inputs, egress={**SECRET, "ciphertext": "x"})
    assert not hidden.network_acls[key_of(type_)].complete


def test_an_entry_of_a_prefix_list_that_only_a_refresh_has_seen_is_there():
    type_, group = f"{EC2}managedPrefixList:ManagedPrefixList", f"{EC2}securityGroup:SecurityGroup"
    rule = {"protocol": "-1", "fromPort": 0, "toPort": 0, "prefixListIds": ["pl-1"]}
    told = {"cidr": "10.0.0.0/24"}
    made = seen(type_, {"entries": [told]}, entries=[told, {"cidr": "0.0.0.0/0"}])
    net = resource("net", inputs={"cidrBlock": "10.0.0.0/16"})
    by = seen(group, {"egress": [rule]})
    found = build_network(read_state(state(net, {**made, "id": "pl-1"}, by)))
    (allowed,) = found.security_groups[key_of(group)].rules
    assert shown(allowed.traffic.addresses) == "0.0.0.0/0" and allowed.told


def test_outputs_of_a_program_that_only_runs_are_no_record():
    told = {**recorded(), "type": f"{EC2}securityGroup:SecurityGroup", "outputs": {"egress": [{}]}}
    (group,) = build_network(read_recorded([told])).security_groups.values()
    assert group.rules == ()


@pytest.mark.parametrize("inputs", [{}, {"vpcSecurityGroupIds": ["sg-1"]}])
def test_a_group_that_only_a_refresh_has_seen_of_a_machine_is_its_own(inputs):
    machine = seen(
        f"{EC2}instance:Instance", {"subnetId": "subnet-1", **inputs}, vpcSecurityGroupIds=["sg-2"]
    )
    (found,) = build_network(read_state(state(machine))).interfaces.values()
    assert [of.what for of in found.security_groups] == [*inputs.get(SG_IDS, ()), "sg-2"]


@pytest.mark.parametrize("given", [{}, {"targetGroupArns": ["it"]}])
def test_a_pool_is_a_target_once_also_where_it_was_only_seen_to_be(given):
    group = seen(f"{LB}targetGroup:TargetGroup", {"port": 443, "protocol": "HTTPS"})
    front = seen(f"{LB}loadBalancer:LoadBalancer", {"internal": True, "subnets": ["subnet-1"]})
    send = {"defaultActions": [{"type": "forward", "targetGroupArn": "it"}]}
    listener = {"port": 443, "protocol": "HTTPS", "loadBalancerArn": "front", **send}
    pool = seen("aws:autoscaling/group:Group", {"vpcZoneIdentifiers": ["subnet-1"], **given},
                targetGroupArns=["it"], name="pool")  # fmt: skip
    joined = seen("aws:autoscaling/attachment:Attachment",
                  {"autoscalingGroupName": "pool", "lbTargetGroupArn": "it"})  # fmt: skip
    told = [group, {**front, "id": "front"}, seen(f"{LB}listener:Listener", listener), pool]
    for more in ([], [joined]):
        found = build_network(read_state(state(*told, *more))).forwardings
        assert [sent.key for sent in found] == [key_of(f"{LB}targetGroup:TargetGroup")]


@pytest.mark.parametrize(
    ("type_", "asked", "recorded", "sure"),
    [
        ("networkAcl:NetworkAcl", ["s"], ["s"], True),
        ("networkAcl:NetworkAcl", ["s"], None, True),
        ("networkAcl:NetworkAcl", ["s"], [], False),
        ("networkAcl:NetworkAcl", [], ["s"], False),
        ("defaultNetworkAcl:DefaultNetworkAcl", [], ["s"], True),
    ],
)
def test_a_subnet_that_a_refresh_has_seen_moved_has_an_acl_that_nobody_knows(
    type_, asked, recorded, sure
):
    inputs = {"subnetIds": asked, "defaultNetworkAclId": "acl-0"}
    acl = seen(f"{EC2}{type_}", inputs, subnetIds=recorded)
    net = resource("net", inputs={"cidrBlock": "10.0.0.0/16"},
                   outputs={"defaultNetworkAclId": "acl-0"})  # fmt: skip
    subnet = {**seen(f"{EC2}subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}), "id": "s"}
    (found,) = build_network(read_state(state(net, subnet, acl))).subnets.values()
    assert isinstance(found.network_acl, str) is sure


@pytest.mark.parametrize(("routes", "open_"), [([], False), ([WAY], True)])
def test_a_way_out_that_only_a_refresh_has_seen_is_found(routes, open_):
    table = seen(f"{EC2}routeTable:RouteTable", {}, routes=routes)
    subnet = seen(f"{EC2}subnet:Subnet", {"cidrBlock": "10.0.0.0/24"})
    joined = seen(
        f"{EC2}routeTableAssociation:RouteTableAssociation",
        {"subnetId": "subnet-1", "routeTableId": "it"},
    )
    net = resource("net", inputs={"cidrBlock": "10.0.0.0/16"})
    told = read_state(state(net, {**subnet, "id": "subnet-1"}, table, joined))
    found = prove(told, parse_boundary({}, datetime.date(2026, 11, 28))).findings
    ways = [(f.rule, f.type) for f in found if f.claim == "reach"]
    assert ways == ([("CN-006", f"{EC2}routeTable:RouteTable")] if open_ else [])
