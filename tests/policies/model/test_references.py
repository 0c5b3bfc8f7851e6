"""What a property refers to: by its id, by its sources, or nothing that anybody described."""

import pytest

from model.deployment import Deployment, Node
from model.network import Hole
from model.nouns import Noun
from model.references import References
from rules.unknowns import UNKNOWN
from tests.policies.model.deployments import node

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
GROUP, TABLE = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/routeTable:RouteTable"
ENDPOINT, INSTANCE = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/instance:Instance"
CLUSTER, ASSOCIATION = (
    "aws:eks/cluster:Cluster",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
)
DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
DEFAULT_ACL = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"


def references(*nodes: Node) -> References:
    return References(Deployment.of(nodes))


def of(path: str, noun: Noun, wanting: Node, *others: Node) -> object:
    return references(wanting, *others).one(wanting, path, noun)


def vpc(name: str = "net") -> Node:
    return node(
        VPC,
        name,
        {"cidrBlock": "10.0.0.0/16"},
        id=f"vpc-{name}",
        defaultRouteTableId=f"rtb-{name}",
        mainRouteTableId=f"rtb-{name}",
        defaultNetworkAclId=f"acl-{name}",
        defaultSecurityGroupId=f"sg-{name}",
    )


def test_an_id_is_that_of_the_resource_that_has_it():
    subnet = node(SUBNET, "a", {"vpcId": "vpc-net"})
    assert of("vpcId", Noun.VPC, subnet, vpc()) == "net"
    assert of("vpcId", Noun.VPC, subnet, vpc("other")) == Hole("vpc-net")
    assert of("vpcId", Noun.SUBNET, subnet, vpc()) == Hole("vpc-net")  # of another noun
    assert of("vpcId", Noun.VPC, node(SUBNET, "a"), vpc()) is None


@pytest.mark.parametrize(
    ("noun", "id_", "key"),
    [
        (Noun.ROUTE_TABLE, "rtb-net", "net#main-route-table"),
        (Noun.NETWORK_ACL, "acl-net", "net#default-network-acl"),
        (Noun.SECURITY_GROUP, "sg-net", "net#default-security-group"),
    ],
)
def test_what_comes_with_a_vpc_has_a_key_of_its_own(noun, id_, key):
    assert of("x", noun, node(ASSOCIATION, "a", {"x": id_}), vpc()) == key
    assert of("x", noun, node(ASSOCIATION, "a", {"x": UNKNOWN}, {"x": ["net"]}), vpc()) == key


def test_what_comes_with_a_cluster_or_an_endpoint_has_one_too():
    cluster = node(CLUSTER, "k", {"name": "dev"}, vpcConfig={"clusterSecurityGroupId": "sg-1"})
    endpoint = node(ENDPOINT, "s3", prefixListId="pl-1", networkInterfaceIds=["eni-1", "eni-2"])
    for value, sources in (("sg-1", {}), (UNKNOWN, {"x": ["k"]})):
        asking = node(ASSOCIATION, "a", {"x": value}, sources)
        assert of("x", Noun.SECURITY_GROUP, asking, cluster) == "k#cluster-security-group"
    for value, sources in (("pl-1", {}), (UNKNOWN, {"x": ["s3"]})):
        asking = node(ASSOCIATION, "a", {"x": value}, sources)
        assert of("x", Noun.PREFIX_LIST, asking, endpoint) == "s3#prefix-list"
    assert of("x", Noun.INTERFACE, node(ASSOCIATION, "a", {"x": "eni-2"}), endpoint) == "s3"


def test_a_cluster_is_found_by_the_name_that_it_asks_for():
    cluster = node(CLUSTER, "k", {"name": "dev"}, id=UNKNOWN)
    assert of("clusterName", Noun.CLUSTER, node("x", "n", {"clusterName": "dev"}), cluster) == "k"


def test_an_unknown_id_comes_from_the_only_source_of_the_wanted_noun():
    asking = node(SUBNET, "a", {"vpcId": UNKNOWN}, {"vpcId": ["net", "g", "elsewhere"]})
    assert of("vpcId", Noun.VPC, asking, vpc(), node(GROUP, "g")) == "net"


def test_an_unknown_id_of_no_such_source_is_a_hole_that_says_so():
    asking = node(SUBNET, "a", {"vpcId": UNKNOWN}, {"vpcId": ["g"]})
    found = of("vpcId", Noun.VPC, asking, vpc(), node(GROUP, "g"))
    assert found == Hole("vpcId of Subnet 'a' is unknown, and comes from no VPC that is described")


def test_an_unknown_id_of_two_sources_is_a_hole_that_says_so():
    asking = node(SUBNET, "a", {"vpcId": UNKNOWN}, {"vpcId": ["net", "other"]})
    found = of("vpcId", Noun.VPC, asking, vpc(), vpc("other"))
    assert found == Hole("vpcId of Subnet 'a' is unknown, and may be any of 2 (VPC)")
    both = references(asking, vpc(), vpc("other")).candidates(asking, "vpcId", Noun.VPC)
    assert both == ("net", "other")


def test_a_declared_group_and_the_default_one_of_a_source_leave_a_doubt():
    """sg = all(vpc.defaultSecurityGroupId, group.id).apply(…) may be either."""
    asking = node("x", "a", {"g": UNKNOWN}, {"g": ["net", "group"]})
    assert isinstance(of("g", Noun.SECURITY_GROUP, asking, vpc(), node(GROUP, "group")), Hole)


def test_an_input_that_comes_out_again_means_what_it_names():
    subnet = node(SUBNET, "a", {"vpcId": UNKNOWN}, {"vpcId": ["net"]})
    asking = node(GROUP, "g", {"vpcId": UNKNOWN}, {"vpcId": ["a"]})
    assert of("vpcId", Noun.VPC, asking, subnet, vpc()) == "net"
    through = node(GROUP, "g", {"vpcId": UNKNOWN}, {"vpcId": ["a", "net"]})
    assert of("vpcId", Noun.VPC, through, subnet, vpc()) == "net"  # the same by both ways


def test_a_resource_that_takes_over_what_exists_has_its_key():
    for value in ("rtb-net", UNKNOWN):
        sources = {"defaultRouteTableId": ["net"]}
        taken = node(DEFAULT_TABLE, "d", {"defaultRouteTableId": value}, sources, id="rtb-net")
        assert references(vpc(), taken).key(taken) == "net#main-route-table"
        asking = node(ASSOCIATION, "a", {"routeTableId": UNKNOWN}, {"routeTableId": ["d"]})
        found = of("routeTableId", Noun.ROUTE_TABLE, asking, vpc(), taken)
        assert found == "net#main-route-table"
    group = node(DEFAULT_GROUP, "g", {"vpcId": "vpc-net"}, id="sg-net")
    assert references(vpc(), group).key(group) == "net#default-security-group"
    acl = node(DEFAULT_ACL, "n", {"defaultNetworkAclId": "acl-net"}, id="acl-net")
    assert references(vpc(), acl).key(acl) == "net#default-network-acl"


def test_one_that_takes_over_what_is_supplied_keeps_its_own_key():
    taken = node(DEFAULT_TABLE, "d", {"defaultRouteTableId": "rtb-9"}, id="rtb-9")
    assert references(taken).key(taken) == "d"
    asking = node(ASSOCIATION, "a", {"routeTableId": "rtb-9"})
    assert of("routeTableId", Noun.ROUTE_TABLE, asking, taken) == "d"


def groups(*names: str) -> list[Node]:
    return [node(GROUP, name, id=f"sg-{name}") for name in names]


def test_a_list_refers_to_every_source_for_where_more_is_worse():
    asking = node(INSTANCE, "i", {"g": [UNKNOWN, UNKNOWN]}, {"g": ["a", "b"]})
    found = references(asking, *groups("a", "b"))
    assert found.several(asking, "g", Noun.SECURITY_GROUP) == ("a", "b")
    one = node(INSTANCE, "i", {"g": [UNKNOWN]}, {"g": ["a", "b"]})
    both = references(one, *groups("a", "b"))
    assert both.several(one, "g", Noun.SECURITY_GROUP) == ("a", "b")
    whole = node(INSTANCE, "i", {"g": UNKNOWN}, {"g": ["a", "b"]})
    assert references(whole, *groups("a", "b")).several(whole, "g", Noun.SECURITY_GROUP) == (
        "a",
        "b",
    )


def test_known_and_unknown_elements_stand_side_by_side():
    asking = node(INSTANCE, "i", {"g": ["sg-a", UNKNOWN, "sg-foreign"]}, {"g": ["b"]})
    found = references(asking, *groups("a", "b")).several(asking, "g", Noun.SECURITY_GROUP)
    assert found == ("a", "b", Hole("sg-foreign"))


def test_an_element_from_nowhere_is_a_hole_beside_the_others():
    asking = node(INSTANCE, "i", {"g": [UNKNOWN, UNKNOWN]}, {"g": ["a"]})
    first, hole = references(asking, *groups("a")).several(asking, "g", Noun.SECURITY_GROUP)
    assert first == "a" and isinstance(hole, Hole)


def test_where_more_would_be_less_a_list_that_may_be_shorter_is_a_hole():
    for value in ([UNKNOWN], UNKNOWN):
        asking = node(INSTANCE, "i", {"g": value}, {"g": ["a", "b"]})
        (found,) = references(asking, *groups("a", "b")).exactly(asking, "g", Noun.SECURITY_GROUP)
        assert isinstance(found, Hole)
    exact = node(INSTANCE, "i", {"g": [UNKNOWN, UNKNOWN]}, {"g": ["a", "b"]})
    found = references(exact, *groups("a", "b")).exactly(exact, "g", Noun.SECURITY_GROUP)
    assert found == ("a", "b")


def test_a_thing_does_not_refer_to_itself_for_want_of_another():
    asking = node(GROUP, "g", {"x": UNKNOWN}, {"x": ["g"]})
    assert isinstance(of("x", Noun.SECURITY_GROUP, asking), Hole)


def test_what_is_no_text_is_a_hole():
    assert isinstance(of("x", Noun.VPC, node(SUBNET, "a", {"x": 7})), Hole)
