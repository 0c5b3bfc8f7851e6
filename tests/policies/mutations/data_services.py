"""Databases, caches and brokers beside the cluster, and what opens them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import ABSENT, Change, build, edited, opens
from tests.policies.mutations.parts import (
    EGRESS,
    EVERYWHERE,
    GROUP,
    cluster_subnets,
    cluster_vpc,
    gateway,
    public_subnet,
)
from tests.policies.mutations.stacks import FOREIGN, REGION, Of, Stack

SUBNET_GROUP: Final = "aws:rds/subnetGroup:SubnetGroup"
DATABASE: Final = "aws:rds/instance:Instance"
CLUSTER: Final = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
OPTIONS: Final = "aws:rds/optionGroup:OptionGroup"
PROXY: Final = "aws:rds/proxy:Proxy"
CACHE_SUBNETS: Final = "aws:elasticache/subnetGroup:SubnetGroup"
CACHES: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVERLESS: Final = "aws:elasticache/serverlessCache:ServerlessCache"
BROKERS: Final = "aws:msk/cluster:Cluster"
NODES: Final = "brokerNodeGroupInfo"
_ELSEWHERE: Final = "arn:aws:rds:us-east-1:123456789012:db:x"
_STREAM: Final = {"destination": "x", "destinationType": "kinesis-firehose"}


def places(stack: Stack) -> list[Of]:
    return [Of(subnet) for subnet in cluster_subnets(stack)][:2]


def data_services(stack: Stack, subnets: list[Of] | None = None) -> list[Node]:
    """A database, a cluster with an instance and a proxy, caches and brokers, closed."""
    shore = subnets or places(stack)
    group = stack.makes(GROUP, "data", {"vpcId": Of(cluster_vpc(stack))})
    of_databases = stack.makes(SUBNET_GROUP, "data", {"subnetIds": shore})
    of_caches = stack.makes(CACHE_SUBNETS, "data", {"subnetIds": shore})
    behind = {"vpcSecurityGroupIds": [Of(group)]}
    stands = {"dbSubnetGroupName": Of(of_databases), **behind}
    cluster = stack.makes(CLUSTER, "aurora", {"engine": "aurora-mysql", **stands})
    return [
        group, of_databases, of_caches, cluster,
        stack.makes(DATABASE, "database", {"engine": "postgres", **stands}),
        stack.makes(CLUSTER_INSTANCE, "aurora-1", {"clusterIdentifier": Of(cluster)}),
        stack.makes(PROXY, "proxy", {"engineFamily": "MYSQL", "vpcSubnetIds": shore, **behind}),
        stack.makes(OPTIONS, "options", {"engineName": "mysql"}),
        stack.makes(CACHES, "caches", {
            "subnetGroupName": Of(of_caches), "securityGroupIds": [Of(group)],
        }),
        stack.makes(SERVERLESS, "serverless", {
            "engine": "valkey", "subnetIds": shore, "securityGroupIds": [Of(group)],
        }),
        stack.makes(BROKERS, "brokers", {
            NODES: {"clientSubnets": shore, "securityGroups": [Of(group)]},
        }),
    ]  # fmt: skip


def _opened(type_: str, path: str, value: Any) -> Change:
    """All of them, and one value of one is another one."""

    def change(stack: Stack) -> Iterator[Stack]:
        nodes = data_services(stack)
        (open_,) = (node for node in nodes if node.resource.type == type_)
        beside = stack.having(*(node for node in nodes if node is not open_))
        yield beside.having(edited(stack, open_, path, value))

    return change


def _on_the_shore(type_: str, given: Mapping[str, Any]) -> Change:
    """In a subnet whose route leads to an internet gateway, with a public address."""

    def make(stack: Stack) -> list[Node]:
        door = gateway(stack)
        subnet, *rest = public_subnet(stack, door)
        nodes = data_services(stack, [Of(subnet)])
        everything = {"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrIpv4": EVERYWHERE}
        out = stack.makes(EGRESS, "data", {"securityGroupId": Of(nodes[0]), **everything})
        kept = [node for node in nodes if node.resource.type != type_]
        (one,) = (node for node in nodes if node.resource.type == type_)
        shown = one
        for path, value in given.items():
            shown = edited(stack, shown, path, value)
        return [door, subnet, *rest, out, *kept, shown]

    return build(make)


def _undescribed(stack: Stack) -> list[Node]:
    """In a subnet group of others, behind a group that lets everything out."""
    group, *rest = data_services(stack)
    everything = {"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrIpv4": EVERYWHERE}
    out = stack.makes(EGRESS, "data", {"securityGroupId": Of(group), **everything})
    (caches,) = (node for node in rest if node.resource.type == CACHES)
    kept = [node for node in rest if node is not caches]
    return [group, out, *kept, edited(stack, caches, "subnetGroupName", "of-others")]


_DOORS: Final = "CN-010 CN-030 CN-032 CN-050 CN-100 reach"
_PUBLIC: Final = f"{NODES}.connectivityInfo"
MUTATIONS = (
    *(
        opens(f"a {what} with a public address", "CN-050", _opened(type_, path, value))
        for what, type_, path, value in (
            ("database", DATABASE, "publiclyAccessible", True),
            ("database cluster", CLUSTER, "publiclyAccessible", "true"),
            ("cluster's instance", CLUSTER_INSTANCE, "publiclyAccessible", True),
            ("broker", BROKERS, f"{_PUBLIC}.publicAccess.type", "SERVICE_PROVIDED_EIPS"),
            ("broker of which nobody knows whether it is one",
             BROKERS, f"{_PUBLIC}.publicAccess", UNKNOWN),
            ("database of which nobody knows whether it is one",
             DATABASE, "publiclyAccessible", UNKNOWN),
        )
    ),
    opens(
        "a database with a public address, on a subnet that leads out",
        _DOORS,
        _on_the_shore(DATABASE, {"publiclyAccessible": True}),
    ),
    opens(
        "brokers with public addresses, on a subnet that leads out",
        _DOORS,
        _on_the_shore(BROKERS, {f"{_PUBLIC}.publicAccess.type": "SERVICE_PROVIDED_EIPS"}),
    ),
    *(
        opens(f"a {what} of both families", "CN-051", _opened(type_, path, value))
        for what, type_, path, value in (
            ("database", DATABASE, "networkType", "DUAL"),
            ("database cluster", CLUSTER, "networkType", "DUAL"),
            ("proxy of databases", PROXY, "endpointNetworkType", "DUAL"),
            ("cache", CACHES, "networkType", "dual_stack"),
            ("serverless cache", SERVERLESS, "networkType", "ipv6"),
            ("broker", BROKERS, f"{_PUBLIC}.networkType", "DUAL"),
        )
    ),
    opens(
        "a database in the default VPC", "CN-016",
        _opened(DATABASE, "dbSubnetGroupName", ABSENT),
    ),
    opens(
        "a cache in the default VPC", "CN-016",
        _opened(CACHES, "subnetGroupName", ABSENT),
    ),
    opens(
        "a serverless cache in the default VPC", "CN-016",
        _opened(SERVERLESS, "subnetIds", ABSENT),
    ),
    opens(
        "a database in a subnet group of others", "CN-004",
        _opened(DATABASE, "dbSubnetGroupName", "of-others"),
    ),
    opens(
        "a cache in a subnet group of others", "CN-004",
        _opened(CACHES, "subnetGroupName", "of-others"),
    ),
    opens(
        "a cache in a subnet group of others, which may send", "CN-004 CN-100 reach",
        build(_undescribed),
    ),
    opens(
        "an instance of a database cluster of others", "reach",
        _opened(CLUSTER_INSTANCE, "clusterIdentifier", "of-others"),
        verdict="undecided",
    ),
    opens(
        "a database with a customer's addresses of an Outpost", "CN-042",
        _opened(DATABASE, "customerOwnedIpEnabled", True),
    ),
    opens(
        "a database that AWS's API asks", "CN-230",
        _opened(CLUSTER, "enableHttpEndpoint", True),
    ),
    opens(
        "a database in a global cluster", "CN-230",
        _opened(CLUSTER, "globalClusterIdentifier", "everywhere"),
    ),
    opens(
        "caches in a global datastore", "CN-230",
        _opened(CACHES, "globalReplicationGroupId", "everywhere"),
    ),
    opens(
        "a replica of a database in another region", "CN-230",
        _opened(DATABASE, "replicateSourceDb", _ELSEWHERE),
    ),
    opens(
        "a replica of a database of another account", "CN-136",
        _opened(DATABASE, "replicateSourceDb", f"arn:aws:rds:{REGION}:{FOREIGN}:db:x"),
    ),
    opens(
        "a replica of a cluster in another region", "CN-230",
        _opened(CLUSTER, "sourceRegion", "us-east-1"),
    ),
    opens(
        "a role of an engine that is not Aurora", "CN-230",
        _opened(CLUSTER, "iamRoles", ["arn:aws:iam::123456789012:role/x"]),
    ),
    opens(
        "logs of caches to a stream", "CN-230",
        _opened(CACHES, "logDeliveryConfigurations", [_STREAM]),
    ),
    opens(
        "brokers for clients of other accounts", "CN-230",
        _opened(BROKERS, f"{_PUBLIC}.vpcConnectivity.clientAuthentication.sasl.iam", True),
    ),
    opens(
        "logs of brokers to a bucket of others", "CN-004",
        _opened(BROKERS, "loggingInfo.brokerLogs.s3.bucket", "of-others"),
    ),
    *(
        opens(f"an option of databases that is {name}", "CN-230",
              _opened(OPTIONS, "options", [{"optionName": name}]))
        for name in ("S3_INTEGRATION", "UTL_MAIL", "SQLSERVER_BACKUP_RESTORE", "OF_NEXT_YEAR")
    ),
    opens(
        "an option group of others", "CN-004", _opened(DATABASE, "optionGroupName", "of-others")
    ),
)  # fmt: skip
