"""Databases, caches and brokers beside the cluster, and what opens them.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import (
    ABSENT,
    Change,
    build,
    each_opens,
    edited,
    made_with,
    opens,
)
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
DOCUMENTS: Final = "aws:docdb/cluster:Cluster"
CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
GRAPHS: Final = "aws:neptune/cluster:Cluster"
GRAPHS_INSTANCE: Final = "aws:neptune/clusterInstance:ClusterInstance"
GRAPHS_SUBNETS: Final = "aws:neptune/subnetGroup:SubnetGroup"
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
    """A database, clusters with an instance each, a proxy, caches and brokers, closed."""
    shore = subnets or places(stack)
    group = stack.makes(GROUP, "data", {"vpcId": Of(cluster_vpc(stack))})
    of_databases = stack.makes(SUBNET_GROUP, "data", {"subnetIds": shore})
    of_graphs = stack.makes(GRAPHS_SUBNETS, "data-of-graphs", {"subnetIds": shore})
    of_caches = stack.makes(CACHE_SUBNETS, "data-of-caches", {"subnetIds": shore})
    behind = {"vpcSecurityGroupIds": [Of(group)]}
    stands = {"dbSubnetGroupName": Of(of_databases), **behind}
    documents = stack.makes(DOCUMENTS, "documents", stands)
    cluster = stack.makes(CLUSTER, "aurora", {"engine": "aurora-mysql", **stands})
    graphs = stack.makes(GRAPHS, "graphs", {"neptuneSubnetGroupName": Of(of_graphs), **behind})
    return [
        group, of_databases, of_graphs, of_caches, cluster, documents, graphs,
        stack.makes(GRAPHS_INSTANCE, "graphs-1", {"clusterIdentifier": Of(graphs)}),
        stack.makes("aws:docdb/clusterInstance:ClusterInstance", "documents-1", {
            "clusterIdentifier": Of(documents),
        }),
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
    return made_with(data_services, type_, path, value)


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


def _with_role(stack: Stack) -> Iterator[Stack]:
    """Of a cluster of MySQL, which is not said to call from the VPC."""
    for opened in _opened(CLUSTER, "iamRoles", [_ROLE])(stack):
        cluster = opened.first(CLUSTER)
        yield opened.having(edited(opened, cluster, "engine", "mysql"))


_DOORS: Final = "CN-010 CN-030 CN-032 CN-050 CN-100 reach"
_PUBLIC: Final = f"{NODES}.connectivityInfo"
MUTATIONS = (
    opens(
        "a database with a public address, on a subnet that leads out",
        _DOORS,
        _on_the_shore(DATABASE, {"publiclyAccessible": True}),
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
        "a database that AWS's API asks", "CN-230", _opened(CLUSTER, "enableHttpEndpoint", True),
    ),
)  # fmt: skip
_ROLE: Final = "arn:aws:iam::123456789012:role/x"
# What is opened, of which type, by which input, and by which rule that is found.
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-050", DATABASE, "publiclyAccessible", True),
    ("CN-050", DATABASE, "publiclyAccessible", UNKNOWN),
    ("CN-050", CLUSTER, "publiclyAccessible", "true"),
    ("CN-050", CLUSTER_INSTANCE, "publiclyAccessible", True),
    ("CN-050", GRAPHS_INSTANCE, "publiclyAccessible", True),
    ("CN-050", BROKERS, f"{_PUBLIC}.publicAccess.type", "SERVICE_PROVIDED_EIPS"),
    ("CN-050", BROKERS, f"{_PUBLIC}.publicAccess", UNKNOWN),
    ("CN-051", CLUSTER, "networkType", "DUAL"),
    ("CN-051", DOCUMENTS, "networkType", "DUAL"),
    ("CN-016", DOCUMENTS, "dbSubnetGroupName", ABSENT),
    ("CN-230", DOCUMENTS, "globalClusterIdentifier", "everywhere"),
    ("CN-016", GRAPHS, "neptuneSubnetGroupName", ABSENT),
    ("CN-004", GRAPHS, "neptuneSubnetGroupName", "of-others"),
    ("CN-230", GRAPHS, "globalClusterIdentifier", "everywhere"),
    ("CN-230", GRAPHS, "replicationSourceIdentifier", _ELSEWHERE),
    ("CN-051", PROXY, "endpointNetworkType", "DUAL"),
    ("CN-051", PROXY, "targetConnectionNetworkType", "IPV6"),
    ("CN-051", CACHES, "networkType", "dual_stack"),
    ("CN-051", SERVERLESS, "networkType", "ipv6"),
    ("CN-051", BROKERS, f"{_PUBLIC}.networkType", "DUAL"),
    ("CN-016", CACHES, "subnetGroupName", ABSENT),
    ("CN-016", SERVERLESS, "subnetIds", ABSENT),
    ("CN-042", DATABASE, "customerOwnedIpEnabled", True),
    ("CN-004", DATABASE, "dbSubnetGroupName", "of-others"),
    ("CN-004", CACHES, "subnetGroupName", "of-others"),
    ("CN-004", DATABASE, "optionGroupName", "of-others"),
    ("CN-004", BROKERS, "loggingInfo.brokerLogs.s3.bucket", "of-others"),
    ("CN-004", BROKERS, "loggingInfo.brokerLogs.s3.bucket", UNKNOWN),
    ("CN-004", BROKERS, "loggingInfo.brokerLogs.firehose.deliveryStream", "of-others"),
    ("CN-004", CACHES, "notificationTopicArn", f"arn:aws:sns:{REGION}:123456789012:of-others"),
    ("CN-136", CACHES, "notificationTopicArn", f"arn:aws:sns:{REGION}:{FOREIGN}:x"),
    ("CN-136", DATABASE, "replicateSourceDb", f"arn:aws:rds:{REGION}:{FOREIGN}:db:x"),
    ("CN-230", DATABASE, "replicateSourceDb", _ELSEWHERE),
    ("CN-230", DATABASE, "replicateSourceDb", UNKNOWN),
    ("CN-230", CLUSTER, "replicationSourceIdentifier", _ELSEWHERE),
    ("CN-230", CLUSTER, "sourceRegion", "us-east-1"),
    ("CN-230", CLUSTER, "globalClusterIdentifier", "everywhere"),
    ("CN-230", CLUSTER, "enableHttpEndpoint", UNKNOWN),
    ("CN-230", CACHES, "logDeliveryConfigurations", UNKNOWN),
    ("CN-230", BROKERS, f"{_PUBLIC}.vpcConnectivity", UNKNOWN),
    ("CN-230", OPTIONS, "options", UNKNOWN),
    ("CN-230", OPTIONS, "options", [{"optionName": "UTL_MAIL"}]),
    ("CN-230", OPTIONS, "options", [{"optionName": "SQLSERVER_BACKUP_RESTORE"}]),
    ("CN-230", OPTIONS, "options", [{"optionName": "OF_NEXT_YEAR"}]),
)
FURTHER: Final = (
    *each_opens(_FURTHER, _opened),
    opens("a role of an engine that is not Aurora", "CN-230", _with_role),
    opens(
        "brokers with public addresses, on a subnet that leads out",
        _DOORS,
        _on_the_shore(BROKERS, {f"{_PUBLIC}.publicAccess.type": "SERVICE_PROVIDED_EIPS"}),
    ),
    opens(
        "a database of both families", "CN-051", _opened(DATABASE, "networkType", "DUAL"),
    ),
    opens(
        "a database in the default VPC", "CN-016",
        _opened(DATABASE, "dbSubnetGroupName", ABSENT),
    ),
    opens(
        "caches in a global datastore", "CN-230",
        _opened(CACHES, "globalReplicationGroupId", "everywhere"),
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
        "an option of databases that writes to S3", "CN-230",
        _opened(OPTIONS, "options", [{"optionName": "S3_INTEGRATION"}]),
    ),
)  # fmt: skip
