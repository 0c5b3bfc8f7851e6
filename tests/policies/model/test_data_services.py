"""Databases, caches and brokers stand in the subnets of their groups, behind their own groups."""

import pytest

from model.deployment import Node
from model.network import Interface, Public
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import network, node
from tests.policies.model.views import names

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"})
A = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"})
B = node(t.SUBNET, "b", {"vpcId": "net", "cidrBlock": "10.0.1.0/24"})
GROUP = node(t.GROUP, "group", {"vpcId": "net"})
RDS, CACHE, MSK = "aws:rds/", "aws:elasticache/", "aws:msk/"
SHORE = node(f"{RDS}subnetGroup:SubnetGroup", "shore", {"subnetIds": ["a", "b"]})
OF_CACHES = node(f"{CACHE}subnetGroup:SubnetGroup", "shore-of-caches", {"subnetIds": ["a"]})
BASE = (NET, A, B, GROUP, SHORE, OF_CACHES)
DEFAULT = "net#default-security-group"
DATABASE, CLUSTER = f"{RDS}instance:Instance", f"{RDS}cluster:Cluster"
CLUSTER_INSTANCE = f"{RDS}clusterInstance:ClusterInstance"
CACHES, NODE = f"{CACHE}replicationGroup:ReplicationGroup", f"{CACHE}cluster:Cluster"
BROKERS = f"{MSK}cluster:Cluster"


def of(*nodes: Node, key: str = "it") -> Interface:
    return network(*BASE, *nodes).interfaces[key]


@pytest.mark.parametrize(
    ("type_", "props", "subnets", "groups"),
    [
        (DATABASE, {"dbSubnetGroupName": "shore"}, ["a", "b"], [DEFAULT]),
        (DATABASE, {"dbSubnetGroupName": "shore", "vpcSecurityGroupIds": ["group"]}, ["a", "b"],
         ["group"]),
        (CLUSTER, {"dbSubnetGroupName": "shore"}, ["a", "b"], [DEFAULT]),
        ("aws:docdb/cluster:Cluster", {"dbSubnetGroupName": "shore"}, ["a", "b"], [DEFAULT]),
        ("aws:neptune/cluster:Cluster", {"neptuneSubnetGroupName": "shore",
                                         "vpcSecurityGroupIds": ["group"]}, ["a", "b"], ["group"]),
        (f"{RDS}proxy:Proxy", {"vpcSubnetIds": ["b"], "vpcSecurityGroupIds": ["group"]}, ["b"],
         ["group"]),
        (f"{RDS}proxyEndpoint:ProxyEndpoint", {"vpcSubnetIds": ["b"]}, ["b"], [DEFAULT]),
        (CACHES, {"subnetGroupName": "shore-of-caches", "securityGroupIds": ["group"]}, ["a"],
         ["group"]),
        (NODE, {"subnetGroupName": "shore-of-caches"}, ["a"], [DEFAULT]),
        (f"{CACHE}serverlessCache:ServerlessCache", {"subnetIds": ["a"]}, ["a"], [DEFAULT]),
        (BROKERS, {"brokerNodeGroupInfo": {"clientSubnets": ["a"], "securityGroups": ["group"]}},
         ["a"], ["group"]),
        (f"{MSK}serverlessCluster:ServerlessCluster", {"vpcConfigs": [
            {"subnetIds": ["a"], "securityGroupIds": ["group"]}, {"subnetIds": ["b"]}]},
         ["a", "b"], ["group", DEFAULT]),
        *(
            (f"aws:fsx/{noun[0].lower()}{noun[1:]}:{noun}",
             {"subnetIds": where, "securityGroupIds": ["group"]}, ["a"], ["group"])
            for noun, where in (("LustreFileSystem", "a"), ("OntapFileSystem", ["a"]),
                                ("OpenZfsFileSystem", ["a"]), ("WindowsFileSystem", ["a"]))
        ),
        # What nobody has described, and what AWS puts into its own default VPC.
        (DATABASE, {"dbSubnetGroupName": "theirs"}, ["? theirs"],
         ["? default security group of the VPC of theirs"]),
        (DATABASE, {}, ["? the subnet of 'it'"], None),
        (DATABASE, {"dbSubnetGroupName": "shore-of-caches"}, ["? shore-of-caches"], None),
        (CACHES, {"subnetGroupName": "shore"}, ["? shore"], None),
        (NODE, {"replicationGroupId": "theirs"}, ["? the subnet of 'it'"], None),
    ],
)  # fmt: skip
def test_it_stands_where_its_subnet_group_says(type_, props, subnets, groups):
    found = of(node(type_, "it", props))
    assert names(found.subnets) == subnets
    assert groups is None or names(found.security_groups) == groups
    assert (found.public, found.workload, found.forwards) == (Public.NO, True, False)


@pytest.mark.parametrize(
    ("package", "named"),
    [
        (RDS, "dbSubnetGroupName"),
        ("aws:docdb/", "dbSubnetGroupName"),
        ("aws:neptune/", "neptuneSubnetGroupName"),
    ],
)
def test_an_instance_of_a_cluster_stands_where_its_cluster_does(package, named):
    stands = {named: "shore", "vpcSecurityGroupIds": ["group"]}
    cluster = node(f"{package}cluster:Cluster", "core", stands)
    type_ = f"{package}clusterInstance:ClusterInstance"
    found = of(cluster, node(type_, "it", {"clusterIdentifier": "core"}))
    assert (names(found.subnets), names(found.security_groups)) == (["a", "b"], ["group"])
    theirs = of(node(type_, "it", {"clusterIdentifier": "theirs"}))
    assert names(theirs.subnets) == ["? the subnet of 'it'"]
    assert names(theirs.security_groups) == ["? the groups of theirs"]


def test_a_replica_without_a_subnet_group_stands_where_its_source_does():
    first = node(DATABASE, "first", {"dbSubnetGroupName": "shore", "identifier": "db"})
    assert names(of(first, node(DATABASE, "it", {"replicateSourceDb": "db"})).subnets) == ["a", "b"]
    apart = node(DATABASE, "it", {"replicateSourceDb": "arn:aws:rds:us-east-1:1:db:x"})
    assert names(of(first, apart).subnets) == ["? the subnet of 'it'"]
    circle = node(DATABASE, "it", {"replicateSourceDb": "it", "identifier": "it"})
    assert names(of(circle).subnets) == ["? the subnet of 'it'"]


def test_a_node_of_a_replication_group_is_the_group_s_own():
    group = node(CACHES, "caches", {"subnetGroupName": "shore-of-caches"})
    member = node(NODE, "it", {"replicationGroupId": "caches"})
    found = network(*BASE, group, member).interfaces
    assert "it" not in found and names(found["caches"].subnets) == ["a"]


def test_what_is_unknown_comes_from_the_one_group_that_is_a_source():
    sources = {"dbSubnetGroupName": ["shore"]}
    known = of(node(DATABASE, "it", {"dbSubnetGroupName": UNKNOWN}, sources))
    assert names(known.subnets) == ["a", "b"]
    (hole,) = names(of(node(DATABASE, "it", {"dbSubnetGroupName": UNKNOWN})).subnets)
    assert "is unknown, and comes from no DB subnet group" in hole


@pytest.mark.parametrize(
    ("type_", "props", "public"),
    [
        (DATABASE, {"publiclyAccessible": True}, Public.YES),
        (DATABASE, {"publiclyAccessible": UNKNOWN}, Public.UNKNOWN),
        (DATABASE, {"publiclyAccessible": False}, Public.NO),
        (CLUSTER, {"publiclyAccessible": "true"}, Public.YES),
        (CLUSTER_INSTANCE, {"publiclyAccessible": True}, Public.YES),
        (BROKERS, {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}, Public.YES),
        (BROKERS, {"publicAccess": UNKNOWN}, Public.UNKNOWN),
        (BROKERS, {"publicAccess": {"type": "DISABLED"}}, Public.NO),
    ],
)
def test_it_is_public_where_it_says_so(type_, props, public):
    shown = {"brokerNodeGroupInfo": {"connectivityInfo": props}} if type_ == BROKERS else props
    assert of(node(type_, "it", shown)).public is public
