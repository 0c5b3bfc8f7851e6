"""Interfaces: where they stand, which groups they have, and whether they are public."""

import pytest

from model.deployment import Node
from model.network import Interface, Network, Public
from model.sets import shown
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import names, rules

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"})
A = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"})
B = node(t.SUBNET, "b", {"vpcId": "net", "cidrBlock": "10.0.1.0/24"})
GROUP = node(t.GROUP, "group", {"vpcId": "net"})
BASE = (NET, A, B, GROUP)
DEFAULT = "net#default-security-group"


def only(*nodes: Node, key: str = "it") -> Interface:
    return of(network(*BASE, *nodes), key)


def of(found: Network, key: str = "it") -> Interface:
    return found.interfaces[key]


def instance(**props: object) -> Node:
    return node(t.INSTANCE, "it", {"subnetId": "a", "vpcSecurityGroupIds": ["group"], **props})


def test_an_instance_stands_in_its_subnet_with_its_groups():
    found = only(instance())
    assert names(found.subnets) == ["a"] and names(found.security_groups) == ["group"]
    assert shown(found.addresses) == "10.0.0.0/24"
    assert (found.public, found.workload, found.forwards) == (Public.NO, True, False)


def test_an_instance_that_names_no_group_has_the_vpc_s_default_one():
    assert names(only(instance(vpcSecurityGroupIds=None)).security_groups) == [DEFAULT]
    supplied = only(instance(vpcSecurityGroupIds=None, subnetId="subnet-1"))
    said = ["? default security group of the VPC of subnet-1"]
    assert names(supplied.security_groups) == said
    assert shown(supplied.addresses) == "0.0.0.0/0, ::/0" and names(supplied.subnets) == [
        "? subnet-1"
    ]
    named = only(instance(vpcSecurityGroupIds=None, securityGroups=["web"]))
    assert names(named.security_groups) == ["? the security group named web"]


def test_an_instance_without_a_subnet_stands_somewhere():
    assert names(only(instance(subnetId=None)).subnets) == ["? the subnet of 'it'"]


def test_an_interface_is_public_where_aws_tells_of_a_public_address():
    """A machine may have been launched with one, by a template that says nothing of it any more."""
    for told, public in ({}, Public.NO), ({"publicIp": "198.51.100.7"}, Public.YES):
        card = node(t.INTERFACE, "it", {"subnetId": "a"}, **told)
        assert only(card).public is public


def test_an_address_that_is_given_is_the_only_one():
    assert shown(only(instance(privateIp="10.0.0.9")).addresses) == "10.0.0.9/32"
    assert shown(only(instance(privateIp=UNKNOWN)).addresses) == "10.0.0.0/24"
    card = node(t.INTERFACE, "it", {"subnetId": "a", "privateIps": ["10.0.0.9", "10.0.0.8"]})
    assert shown(only(card).addresses) == "10.0.0.8/31"
    more = {"subnetId": "a", "privateIps": ["10.0.0.9"], "privateIpsCount": 3}
    assert shown(only(node(t.INTERFACE, "it", more)).addresses) == "10.0.0.0/24"


@pytest.mark.parametrize(
    ("asked", "subnet", "expected"),
    [
        (True, False, Public.YES),
        ("true", False, Public.YES),
        (False, True, Public.NO),
        (UNKNOWN, False, Public.UNKNOWN),
        ("maybe", False, Public.UNKNOWN),
        (None, True, Public.YES),
        (None, False, Public.NO),
        (None, None, Public.NO),
        (None, UNKNOWN, Public.UNKNOWN),
    ],
)
def test_a_machine_is_public_as_it_asks_or_else_as_its_subnet_says(asked, subnet, expected):
    place = node(
        t.SUBNET,
        "a",
        {"vpcId": "net", "cidrBlock": "10.0.0.0/24", "mapPublicIpOnLaunch": subnet},
    )
    alone = node(t.INSTANCE, "it", {"subnetId": "a", "associatePublicIpAddress": asked})
    assert network(NET, place, alone).interfaces["it"].public is expected
    card = {"networkInterfaces": [{"associatePublicIpAddress": asked}]}
    pool = node(t.POOL, "pool", {"vpcZoneIdentifiers": ["a"], "launchTemplate": {"id": "lt"}})
    found = network(NET, place, node(t.TEMPLATE, "lt", card), pool)
    assert found.interfaces["pool"].public is expected


def test_a_machine_in_a_supplied_subnet_may_be_public_unless_it_refuses():
    assert only(instance(subnetId="subnet-1")).public is Public.UNKNOWN
    assert only(instance(subnetId="subnet-1", associatePublicIpAddress=False)).public is Public.NO


def test_a_default_subnet_gives_public_addresses():
    place = node(t.DEFAULT_SUBNET, "d", cidrBlock="172.31.0.0/20")
    assert only(place, instance(subnetId="d")).public is Public.YES


@pytest.mark.parametrize(
    ("props", "sources"),
    [
        ({"instance": "it"}, {}),
        ({"networkInterface": "card"}, {}),
        ({"instance": UNKNOWN}, {"instance": ["it"]}),
    ],
)
def test_an_elastic_ip_makes_public(props, sources):
    card = node(t.INTERFACE, "card", {"subnetId": "a"})
    found = network(*BASE, instance(), card, node(t.EIP, "ip", props, sources))
    key = "card" if "networkInterface" in props else "it"
    assert {k for k, i in found.interfaces.items() if i.public is Public.YES} == {key}


def test_an_elastic_ip_may_be_associated_later():
    association = {"allocationId": "ip", "instanceId": "it"}
    later = node(t.EIP_ASSOCIATION, "as", association)
    assert only(instance(), node(t.EIP, "ip"), later).public is Public.YES
    card = node(t.INTERFACE, "card", {"subnetId": "a"})
    later = node(t.EIP_ASSOCIATION, "as", {"networkInterfaceId": "card"})
    assert only(card, later, key="card").public is Public.YES


def test_an_elastic_ip_of_one_of_two_machines_makes_each_maybe_public():
    other = node(t.INSTANCE, "other", {"subnetId": "a"})
    either = node(t.EIP, "ip", {"instance": UNKNOWN}, {"instance": ["it", "other"]})
    found = network(*BASE, instance(), other, either)
    assert {i.public for i in found.interfaces.values()} == {Public.UNKNOWN}


@pytest.mark.parametrize(
    "card",
    [
        {"networkInterfaces": [{"networkInterfaceId": "card", "deviceIndex": 0}]},
        {"primaryNetworkInterface": {"networkInterfaceId": "card"}},
    ],
)
def test_an_instance_with_an_interface_of_its_own_making_is_that_interface(card):
    interface = node(t.INTERFACE, "card", {"subnetId": "a", "securityGroups": ["group"]})
    machine = node(t.INSTANCE, "it", card)
    found = network(*BASE, interface, machine, node(t.EIP, "ip", {"instance": "it"}))
    assert list(found.interfaces) == ["card"]
    assert of(found, "card").public is Public.YES


def test_whoever_turns_the_check_off_forwards():
    assert only(instance(sourceDestCheck=False)).forwards
    assert only(instance(sourceDestCheck=UNKNOWN)).forwards
    assert not only(instance(sourceDestCheck=True)).forwards
    assert only(node(t.INTERFACE, "it", {"subnetId": "a", "sourceDestCheck": "false"})).forwards


def test_a_group_may_be_attached_later():
    more = node(t.GROUP, "more", {"vpcId": "net"})
    props = {"networkInterfaceId": "it", "securityGroupId": "more"}
    by_id = node(t.GROUP_ATTACHMENT, "g", props)
    card = node(t.INTERFACE, "it", {"subnetId": "a", "securityGroups": ["group"]})
    assert names(only(card, more, by_id).security_groups) == ["group", "more"]
    unknown = {"networkInterfaceId": UNKNOWN, "securityGroupId": "more"}
    of_machine = node(t.GROUP_ATTACHMENT, "g", unknown, {"networkInterfaceId": ["it"]})
    assert names(only(instance(), more, of_machine).security_groups) == ["group", "more"]


def pool(template: dict[str, object] | None = None, **props: object) -> list[Node]:
    """A pool, with the launch template that it launches from."""
    of_pool = {"vpcZoneIdentifiers": ["a", "b"], "launchTemplate": {"id": "lt"}, **props}
    return [node(t.TEMPLATE, "lt", template or {}, name="lt-name"), node(t.POOL, "it", of_pool)]


def test_a_pool_has_the_groups_of_its_template_in_each_of_its_subnets():
    for template in (
        {"vpcSecurityGroupIds": ["group"]},
        {"networkInterfaces": [{"securityGroups": ["group"]}]},
        {"vpcSecurityGroupIds": ["group"], "networkInterfaces": [{"deviceIndex": 0}]},
    ):
        found = only(*pool(template))
        assert names(found.security_groups) == ["group"]
        assert names(found.subnets) == ["a", "b"] and shown(found.addresses) == "10.0.0.0/23"
    assert names(only(*pool()).security_groups) == [DEFAULT]


@pytest.mark.parametrize(
    "way",
    [
        {"launchTemplate": {"name": "lt-name", "version": "$Latest"}},
        {
            "launchTemplate": None,
            "mixedInstancesPolicy": {
                "launchTemplate": {"launchTemplateSpecification": {"launchTemplateId": "lt"}}
            },
        },
        {
            "launchTemplate": None,
            "mixedInstancesPolicy": {
                "launchTemplate": {"launchTemplateSpecification": {"launchTemplateName": "lt-name"}}
            },
        },
    ],
)
def test_a_template_is_found_however_it_is_named(way):
    assert names(only(*pool({"vpcSecurityGroupIds": ["group"]}, **way)).security_groups) == [
        "group"
    ]


def test_each_template_and_each_card_of_a_pool_is_an_interface():
    override = {"launchTemplateSpecification": {"launchTemplateId": "other"}}
    mixed = {
        "launchTemplateSpecification": {"launchTemplateId": "lt"},
        "overrides": [override, {"instanceType": "m5.large"}],
    }
    made = pool(
        {"vpcSecurityGroupIds": ["group"]},
        launchTemplate=None,
        mixedInstancesPolicy={"launchTemplate": mixed},
    )
    found = network(*BASE, *made, node(t.TEMPLATE, "other"))
    assert names(of(found).security_groups) == ["group"]
    assert names(of(found, "it#interface-1").security_groups) == [DEFAULT]
    cards = {"networkInterfaces": [{"securityGroups": ["group"]}, {"subnetId": "b"}]}
    found = network(*BASE, *pool(cards))
    assert names(of(found, "it#interface-1").subnets) == ["b"]


@pytest.mark.parametrize(
    "made",
    [
        pool(launchTemplate={"id": "lt-9"}),
        pool(launchTemplate={"id": UNKNOWN}),
        pool(launchTemplate=UNKNOWN),
        pool(launchTemplate=None),
        pool({"networkInterfaces": UNKNOWN}),
        pool({"networkInterfaces": [UNKNOWN]}),
        pool(launchTemplate=None, launchConfiguration="lc-1"),
    ],
)
def test_a_template_that_nobody_described_may_have_any_group_and_be_public(made):
    found = only(*made)
    assert names(found.security_groups)[0].startswith("? ")
    assert found.public is Public.UNKNOWN


@pytest.mark.parametrize("version", ["1", 1, "$Default", None])
def test_an_older_version_of_a_template_is_not_what_is_described(version):
    template = node(
        t.TEMPLATE, "lt", {"vpcSecurityGroupIds": ["group"]}, latestVersion=2, defaultVersion=1
    )
    named = {"id": "lt", "version": version}
    of_pool = node(t.POOL, "it", {"vpcZoneIdentifiers": ["a"], "launchTemplate": named})
    assert names(only(template, of_pool).security_groups)[0].startswith("? an older version")
    newest = {"id": "lt", "version": "2"}
    of_pool = node(t.POOL, "it", {"vpcZoneIdentifiers": ["a"], "launchTemplate": newest})
    assert names(only(template, of_pool).security_groups) == ["group"]


def test_an_instance_takes_from_its_template_what_it_does_not_say():
    card = {"networkInterfaces": [{"securityGroups": ["group"], "associatePublicIpAddress": True}]}
    bare = node(t.INSTANCE, "it", {"subnetId": "a", "launchTemplate": {"id": "lt"}})
    found = only(node(t.TEMPLATE, "lt", card), bare)
    assert names(found.security_groups) == ["group"] and found.public is Public.YES
    refuses = node(
        t.INSTANCE,
        "it",
        {"subnetId": "a", "launchTemplate": {"id": "lt"}, "associatePublicIpAddress": False},
    )
    assert only(node(t.TEMPLATE, "lt", card), refuses).public is Public.NO


CLUSTER = node(
    t.CLUSTER,
    "k",
    {"name": "dev", "vpcConfig": {"subnetIds": ["a", "b"], "securityGroupIds": ["group"]}},
)
OWN = "k#cluster-security-group"


def test_a_control_plane_has_the_cluster_s_group_beside_what_it_is_given():
    found = only(CLUSTER, key="k")
    assert names(found.security_groups) == [OWN, "group"] and found.public is Public.NO
    assert names(found.subnets) == ["a", "b"]


def test_a_node_group_has_the_cluster_s_group_unless_its_template_names_others():
    props = {"clusterName": "dev", "subnetIds": ["a"]}
    assert names(only(CLUSTER, node(t.NODE_GROUP, "it", props)).security_groups) == [OWN]
    templated = node(t.NODE_GROUP, "it", {**props, "launchTemplate": {"id": "lt"}})
    bare = node(t.TEMPLATE, "lt")
    assert names(only(CLUSTER, bare, templated).security_groups) == [OWN]
    own = node(t.TEMPLATE, "lt", {"vpcSecurityGroupIds": ["group"]})
    assert names(only(CLUSTER, own, templated).security_groups) == ["group"]
    ssh = node(t.NODE_GROUP, "it", {**props, "remoteAccess": {"sourceSecurityGroupIds": ["sg-1"]}})
    assert names(only(CLUSTER, ssh).security_groups)[1].startswith("? the group that EKS makes")
    elsewhere = node(t.NODE_GROUP, "it", {"clusterName": "other", "subnetIds": ["a"]})
    assert names(only(elsewhere).security_groups) == ["? the security group of EKS cluster other"]


def test_a_fargate_profile_has_the_cluster_s_group():
    profile = node(t.FARGATE, "it", {"clusterName": "dev", "subnetIds": ["a"]})
    found = only(CLUSTER, profile)
    assert names(found.security_groups) == [OWN] and found.public is Public.NO


@pytest.mark.parametrize(
    ("internal", "expected"),
    [
        (True, Public.NO),
        ("true", Public.NO),
        (False, Public.YES),
        (None, Public.YES),
        (UNKNOWN, Public.UNKNOWN),
    ],
)
@pytest.mark.parametrize("type_", [t.BALANCER, t.CLASSIC])
def test_a_load_balancer_faces_the_internet_unless_it_is_internal(type_, internal, expected):
    found = only(node(type_, "it", {"internal": internal, "subnets": ["a"]}))
    assert found.public is expected and not found.workload


def test_a_load_balancer_with_an_address_is_public():
    mapping = [{"subnetId": "a", "allocationId": "eipalloc-1"}]
    found = only(node(t.BALANCER, "it", {"internal": True, "subnetMappings": mapping}))
    assert found.public is Public.YES and names(found.subnets) == ["a"]


def test_a_load_balancer_is_filtered_as_its_kind_is():
    def groups(type_: str, **props: object) -> list[str]:
        return names(only(node(type_, "it", {"subnets": ["a"], **props})).security_groups)

    assert groups(t.BALANCER, securityGroups=["group"]) == ["group"]
    assert groups(t.BALANCER) == groups(t.CLASSIC) == [DEFAULT]
    assert groups(t.BALANCER, loadBalancerType="network") == ["it#no-security-group"]
    bare = node(t.BALANCER, "it", {"subnets": ["a"], "loadBalancerType": "network"})
    stand_in = network(*BASE, bare).security_groups["it#no-security-group"]
    assert rules(stand_in) == {"in all from 0.0.0.0/0, ::/0", "out all to 0.0.0.0/0, ::/0"}


def test_services_hold_interfaces_that_are_no_workload():
    target = only(node(t.MOUNT_TARGET, "it", {"subnetId": "a", "ipAddress": "10.0.0.5"}))
    assert shown(target.addresses) == "10.0.0.5/32" and names(target.security_groups) == [DEFAULT]
    endpoint = node(
        t.RESOLVER_ENDPOINT,
        "it",
        {
            "direction": "INBOUND",
            "securityGroupIds": ["group"],
            "ipAddresses": [{"subnetId": "a", "ip": "10.0.0.7"}, {"subnetId": "b"}],
        },
    )
    resolver = only(endpoint)
    assert names(resolver.subnets) == ["a", "b"] and shown(resolver.addresses) == "10.0.0.0/23"
    assert not target.workload and not resolver.workload


@pytest.mark.parametrize(
    "given",
    [
        [node(t.INTERFACE, "card", {"subnetId": "a", "attachments": [{"instance": "it"}]})],
        [
            node(t.INTERFACE, "card", {"subnetId": "a"}),
            node(
                "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment",
                "as",
                {"instanceId": "it", "networkInterfaceId": "card", "deviceIndex": 1},
            ),
        ],
    ],
)
def test_the_interfaces_of_one_machine_know_each_other(given):
    found = network(*BASE, instance(), *given)
    assert of(found).instance == of(found, "card").instance == "it"
    lone = network(*BASE, node(t.INTERFACE, "card", {"subnetId": "a"}))
    assert of(lone, "card").instance is None
    cards = {"networkInterfaces": [{"deviceIndex": 0}, {"deviceIndex": 1}]}
    assert {i.instance for i in network(*BASE, *pool(cards)).interfaces.values()} == {"it"}


def function(**where: object) -> Node:
    placed = {"subnetIds": ["a", "b"], "securityGroupIds": ["group"], **where}
    return node(t.FUNCTION, "it", {"vpcConfig": placed})


def test_a_function_stands_in_its_subnets_and_runs_what_it_is_given():
    found = only(function())
    assert names(found.subnets) == ["a", "b"] and names(found.security_groups) == ["group"]
    assert shown(found.addresses) == "10.0.0.0/23"
    assert (found.public, found.workload, found.forwards) == (Public.NO, True, False)
    assert names(only(function(securityGroupIds=[])).security_groups) == [DEFAULT]


@pytest.mark.parametrize(
    ("asked", "six"), [(None, False), (False, False), (True, True), (UNKNOWN, True)]
)
def test_a_function_sends_by_ipv6_where_that_is_asked_for(asked, six):
    both = node(t.SUBNET, "both", {
        "vpcId": "net", "cidrBlock": "10.0.2.0/24", "ipv6CidrBlock": "2600:1f18:100::/64",
    })  # fmt: skip
    found = network(*BASE, both, function(subnetIds=["both"], ipv6AllowedForDualStack=asked))
    wanted = "10.0.2.0/24, 2600:1f18:100::/64" if six else "10.0.2.0/24"
    assert shown(of(found).addresses) == wanted


def test_a_function_without_a_vpc_stands_in_no_subnet_of_it():
    bare = node(t.FUNCTION, "bare", {"vpcConfig": {"subnetIds": []}})
    found = network(*BASE, function(), bare, node(t.FUNCTION, "barer", {}))
    assert [key for key in found.interfaces if key in ("it", "bare", "barer")] == ["it"]


def test_a_function_whose_vpc_nobody_knows_stands_somewhere():
    for where in UNKNOWN, {"subnetIds": UNKNOWN}:
        found = only(node(t.FUNCTION, "it", {"vpcConfig": where}))
        assert [subnet for subnet in found.subnets if not isinstance(subnet, str)]
        assert shown(found.addresses).startswith("0.0.0.0/0")
