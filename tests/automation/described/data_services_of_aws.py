"""Databases, caches and brokers of a deployment as AWS tells of them.

Written by hand from the API references of RDS, ElastiCache and MSK (read 2026-11-29), apart from
the tables of the reader.
"""

from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from model.nouns import DEFAULT_GROUP
from rules.unknowns import at
from tests.automation.described.answers import Answers, Item
from tests.policies.mutations.data_services import (
    BROKERS,
    CACHE_SUBNETS,
    CACHES,
    CLUSTER,
    CLUSTER_INSTANCE,
    DATABASE,
    DOCUMENTS,
    GRAPHS,
    GRAPHS_INSTANCE,
    GRAPHS_SUBNETS,
    OPTIONS,
    PROXY,
    SERVERLESS,
    SUBNET_GROUP,
)
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

PROXY_ENDPOINT = "aws:rds/proxyEndpoint:ProxyEndpoint"
DOCUMENTS_INSTANCE = "aws:docdb/clusterInstance:ClusterInstance"
CACHE = "aws:elasticache/cluster:Cluster"
SERVERLESS_BROKERS = "aws:msk/serverlessCluster:ServerlessCluster"
OTHERS, ANOTHER_VPC = "of-others", "vpc-0123456789abcdef0"
DEFAULT = {"group": "default", "vpc": "vpc-0fedcba9876543210", "behind": "sg-0fedcba9876543210"}
DEFAULT_SUBNET = "subnet-0fedcba9876543210"
TYPES = (
    SUBNET_GROUP, DATABASE, CLUSTER, CLUSTER_INSTANCE, DOCUMENTS, DOCUMENTS_INSTANCE,
    GRAPHS_SUBNETS, GRAPHS, GRAPHS_INSTANCE, OPTIONS, PROXY, PROXY_ENDPOINT, CACHE_SUBNETS, CACHES,
    CACHE, SERVERLESS, BROKERS, SERVERLESS_BROKERS,
)  # fmt: skip
ENGINES = {
    DOCUMENTS: "docdb", DOCUMENTS_INSTANCE: "docdb", GRAPHS: "neptune", GRAPHS_INSTANCE: "neptune",
}  # fmt: skip


def tell(answers: Answers, stack: Stack) -> None:
    """All of them, and the subnet group and option group that others have."""
    of_others = {
        "VpcId": ANOTHER_VPC,
        "Subnets": [{"SubnetIdentifier": "subnet-0123456789abcdef0"}],
    }
    answers.lists("rds", "DescribeDBSubnetGroups", "DBSubnetGroups",
                  {"DBSubnetGroupName": OTHERS, **of_others})  # fmt: skip
    answers.lists("elasticache", "DescribeCacheSubnetGroups", "CacheSubnetGroups",
                  {"CacheSubnetGroupName": OTHERS, **of_others})  # fmt: skip
    answers.lists("rds", "DescribeOptionGroups", "OptionGroupsList", {
        "OptionGroupName": OTHERS, "OptionGroupArn": _arn("rds", f"og:{OTHERS}"), "Options": [],
    })  # fmt: skip
    # What a serverless cache stands in that names no subnets.
    answers.says("ec2", "DescribeSubnets", lambda asked: {
        "Subnets": [
            {"SubnetId": subnet, "DefaultForAz": subnet == DEFAULT_SUBNET}
            for subnet in asked["SubnetIds"]
        ],
    })  # fmt: skip
    for node in stack.each(*TYPES):
        for service, operation, member, item in _of(World(stack), node):
            answers.lists(service, operation, member, item)


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def id_of(node: Node) -> str:
    return str(node.outputs()["id"])


class World:
    """Where things stand that name a subnet group, or none."""

    def __init__(self, stack: Stack) -> None:
        self._by_id = {node.outputs().get("id"): node for node in stack.deployment.nodes.values()}
        self._called = {
            node.resource.props.get("identifier"): node for node in stack.each(DATABASE)
        }
        # Whoever adopts the group that comes with a VPC has its id.
        self._default = {
            node.resource.props["vpcId"]: id_of(node) for node in stack.each(DEFAULT_GROUP)
        }

    def vpc(self, subnets: Any) -> str:
        """The VPC of subnets by their ids."""
        for subnet in subnets or ():
            found = self._by_id.get(subnet)
            if found is not None:
                return str(found.resource.props["vpcId"])
        return ANOTHER_VPC

    def of_group(self, name: str | None) -> tuple[str, str, str]:
        """The name of a subnet group as AWS has it, its VPC and that VPC's default group."""
        if name is None:
            return DEFAULT["group"], DEFAULT["vpc"], DEFAULT["behind"]
        group = self._by_id.get(name)
        vpc = ANOTHER_VPC if group is None else self.vpc(group.resource.props["subnetIds"])
        return name, vpc, self._default.get(vpc, DEFAULT["behind"])

    def cluster(self, node: Node) -> Node | None:
        return self._by_id.get(node.resource.props.get("clusterIdentifier"))

    def place(self, node: Node) -> str | None:
        """The subnet group of a database, or of what it is a replica or an instance of."""
        props = node.resource.props
        if props.get("dbSubnetGroupName") or props.get("neptuneSubnetGroupName"):
            return str(props.get("dbSubnetGroupName") or props["neptuneSubnetGroupName"])
        source = self._called.get(props.get("replicateSourceDb", OTHERS)) or self.cluster(node)
        return None if source is None or source is node else self.place(source)


def _of(world: World, node: Node) -> Iterator[tuple[str, str, str, Item]]:
    props, id_ = node.resource.props, id_of(node)
    match node.resource.type:
        case kind if kind in (SUBNET_GROUP, GRAPHS_SUBNETS):
            yield "rds", "DescribeDBSubnetGroups", "DBSubnetGroups", {
                "DBSubnetGroupName": id_, "DBSubnetGroupArn": _arn("rds", f"subgrp:{id_}"),
                "VpcId": world.vpc(props["subnetIds"]),
                "Subnets": [{"SubnetIdentifier": subnet} for subnet in props["subnetIds"]],
            }  # fmt: skip
        case kind if kind in (DATABASE, CLUSTER_INSTANCE, DOCUMENTS_INSTANCE, GRAPHS_INSTANCE):
            yield "rds", "DescribeDBInstances", "DBInstances", _database(world, node)
        case kind if kind in (CLUSTER, DOCUMENTS, GRAPHS):
            yield "rds", "DescribeDBClusters", "DBClusters", _cluster(world, node)
        case kind if kind == OPTIONS:
            options = [
                {
                    "OptionName": option["optionName"],
                    "OptionSettings": [{"Name": "A", "DefaultValue": "1"}],
                }
                for option in props.get("options", ())
            ]
            yield "rds", "DescribeOptionGroups", "OptionGroupsList", {
                "OptionGroupName": id_, "OptionGroupArn": _arn("rds", f"og:{id_}"),
                "EngineName": "mysql", "Options": options,
            }  # fmt: skip
        case kind if kind == PROXY:
            yield "rds", "DescribeDBProxies", "DBProxies", _proxy(world, node)
        case kind if kind == PROXY_ENDPOINT:
            yield from _proxy_endpoint(world, node)
        case _:
            yield from _cache(world, node)


def _behind(given: Any, otherwise: str) -> list[Item]:
    return [{"VpcSecurityGroupId": group, "Status": "active"} for group in given or [otherwise]]


def _database(world: World, node: Node) -> Item:
    props, id_ = node.resource.props, id_of(node)
    cluster = world.cluster(node)
    group, vpc, default = world.of_group(world.place(node))
    groups = (node if cluster is None else cluster).resource.props.get("vpcSecurityGroupIds")
    named = props.get("identifier", id_)
    told: Item = {
        "DBInstanceIdentifier": named, "DbiResourceId": id_,
        "DBInstanceArn": _arn("rds", f"db:{named}"), "Engine": props.get("engine", "postgres"),
        "DBSubnetGroup": {"DBSubnetGroupName": group, "VpcId": vpc},
        "VpcSecurityGroups": _behind(groups, default),
        "PubliclyAccessible": _true(props.get("publiclyAccessible")),
        "NetworkType": props.get("networkType", "IPV4"),
        "CustomerOwnedIpEnabled": _true(props.get("customerOwnedIpEnabled")),
        "OptionGroupMemberships": [
            {"OptionGroupName": props.get("optionGroupName", "default:postgres-17")}
        ],
        "StorageEncrypted": True, "KmsKeyId": _arn("kms", "key/of-aws"),
    }  # fmt: skip
    if node.resource.type != DATABASE:
        told["DBInstanceIdentifier"] = id_
        told["DBClusterIdentifier"] = props["clusterIdentifier"]
        told["Engine"] = ENGINES.get(node.resource.type, "aurora-mysql")
    if "replicateSourceDb" in props:
        told["ReadReplicaSourceDBInstanceIdentifier"] = props["replicateSourceDb"]
    return told


def _true(value: Any) -> bool:
    return value in (True, "true")


def _cluster(world: World, node: Node) -> Item:
    props, id_ = node.resource.props, id_of(node)
    group, _, default = world.of_group(world.place(node))
    aurora = ENGINES.get(node.resource.type, props.get("engine", "aurora-mysql"))
    told: Item = {
        "DBClusterIdentifier": id_, "DBClusterArn": _arn("rds", f"cluster:{id_}"),
        "Engine": aurora, "DBSubnetGroup": group, "NetworkType": props.get("networkType", "IPV4"),
        "VpcSecurityGroups": _behind(props.get("vpcSecurityGroupIds"), default),
        "PubliclyAccessible": _true(props.get("publiclyAccessible")),
        "HttpEndpointEnabled": _true(props.get("enableHttpEndpoint")),
        "AssociatedRoles": [{"RoleArn": role} for role in props.get("iamRoles", ())],
    }  # fmt: skip
    for name, key in (
        ("ReplicationSourceIdentifier", "replicationSourceIdentifier"),
        ("GlobalClusterIdentifier", "globalClusterIdentifier"),
    ):
        if key in props:
            told[name] = props[key]
    return told


def _proxy(world: World, node: Node) -> Item:
    props, id_ = node.resource.props, id_of(node)
    return {
        "DBProxyName": id_, "DBProxyArn": _arn("rds", f"db-proxy:{id_}"),
        "EngineFamily": props["engineFamily"], "VpcId": world.vpc(props["vpcSubnetIds"]),
        "VpcSubnetIds": props["vpcSubnetIds"], "VpcSecurityGroupIds": props["vpcSecurityGroupIds"],
        "EndpointNetworkType": props.get("endpointNetworkType", "IPV4"),
        "TargetConnectionNetworkType": props.get("targetConnectionNetworkType", "IPV4"),
        "Auth": [],
    }  # fmt: skip


def _proxy_endpoint(world: World, node: Node) -> Iterator[tuple[str, str, str, Item]]:
    """With the one that every proxy has of itself."""
    props = node.resource.props
    vpc = world.vpc(props["vpcSubnetIds"])
    own = {
        "DBProxyEndpointName": "readers", "DBProxyName": "proxy-proxy", "VpcId": vpc,
        "VpcSubnetIds": props["vpcSubnetIds"], "IsDefault": False,
        "DBProxyEndpointArn": _arn("rds", "db-proxy-endpoint:readers"),
    }  # fmt: skip
    implied = {**own, "DBProxyEndpointName": "default", "IsDefault": True}
    for item in (own, implied):
        yield "rds", "DescribeDBProxyEndpoints", "DBProxyEndpoints", item


def _cache(world: World, node: Node) -> Iterator[tuple[str, str, str, Item]]:
    props, id_ = node.resource.props, id_of(node)
    match node.resource.type:
        case kind if kind == CACHE_SUBNETS:
            yield "elasticache", "DescribeCacheSubnetGroups", "CacheSubnetGroups", {
                "CacheSubnetGroupName": id_, "ARN": _arn("elasticache", f"subnetgroup:{id_}"),
                "VpcId": world.vpc(props["subnetIds"]),
                "Subnets": [{"SubnetIdentifier": subnet} for subnet in props["subnetIds"]],
            }  # fmt: skip
        case kind if kind == CACHES:
            yield from _replication_group(world, node)
        case kind if kind == SERVERLESS:
            subnets = props.get("subnetIds", [DEFAULT_SUBNET])
            yield "elasticache", "DescribeServerlessCaches", "ServerlessCaches", {
                "ServerlessCacheName": id_, "ARN": _arn("elasticache", f"serverlesscache:{id_}"),
                "Engine": props["engine"], "SubnetIds": subnets,
                "SecurityGroupIds": props.get("securityGroupIds", []),
                **({"NetworkType": props["networkType"]} if "networkType" in props else {}),
            }  # fmt: skip
        case kind if kind in (BROKERS, SERVERLESS_BROKERS):
            yield "kafka", "ListClustersV2", "ClusterInfoList", _brokers(node)


def _replication_group(world: World, node: Node) -> Iterator[tuple[str, str, str, Item]]:
    """Where it stands AWS tells of its nodes."""
    props, id_ = node.resource.props, id_of(node)
    group, _, default = world.of_group(props.get("subnetGroupName"))
    logs = [
        {"DestinationType": log["destinationType"], "LogFormat": log.get("logFormat", "json")}
        for log in props.get("logDeliveryConfigurations", ())
    ]
    shared = {"NetworkType": props.get("networkType", "ipv4"), "LogDeliveryConfigurations": logs}
    whole = {
        "ReplicationGroupId": id_, "ARN": _arn("elasticache", f"replicationgroup:{id_}"),
        "MemberClusters": [f"{id_}-001", f"{id_}-002"], **shared,
    }  # fmt: skip
    if "globalReplicationGroupId" in props:
        whole["GlobalReplicationGroupInfo"] = {
            "GlobalReplicationGroupId": props["globalReplicationGroupId"]
        }
    yield "elasticache", "DescribeReplicationGroups", "ReplicationGroups", whole
    for name in ("cluster-node", *whole["MemberClusters"]):
        yield "elasticache", "DescribeCacheClusters", "CacheClusters", {
            "CacheClusterId": name, "ReplicationGroupId": id_, "Engine": "valkey", **shared,
            "ARN": _arn("elasticache", f"cluster:{name}"), "CacheSubnetGroupName": group,
            "SecurityGroups": [
                {"SecurityGroupId": one, "Status": "active"}
                for one in props.get("securityGroupIds") or [default]
            ],
            **_notified(props.get("notificationTopicArn")),
        }  # fmt: skip


def _notified(topic: Any) -> Item:
    return {"NotificationConfiguration": {"TopicArn": topic}} if topic else {}


def _brokers(node: Node) -> Item:
    props, id_ = node.resource.props, id_of(node)
    told: Item = {"ClusterArn": id_, "ClusterName": node.resource.name}
    if node.resource.type == SERVERLESS_BROKERS:
        configs = [{"SubnetIds": c["subnetIds"]} for c in props["vpcConfigs"]]
        return {**told, "ClusterType": "SERVERLESS", "Serverless": {"VpcConfigs": configs}}
    nodes = props["brokerNodeGroupInfo"]
    between = nodes.get("connectivityInfo", {})
    known = at(between, "vpcConnectivity", "clientAuthentication") or {}
    connected = {
        "Tls": {"Enabled": bool(known.get("tls"))},
        "Sasl": {
            "Iam": {"Enabled": bool(at(known, "sasl", "iam"))}, "Scram": {"Enabled": False},
        },
    }  # fmt: skip
    logs = at(props, "loggingInfo", "brokerLogs") or {}
    broker_logs = {
        "S3": {"Enabled": "s3" in logs, **_called("Bucket", at(logs, "s3", "bucket"))},
        "Firehose": {
            "Enabled": "firehose" in logs,
            **_called("DeliveryStream", at(logs, "firehose", "deliveryStream")),
        },
    }
    return {
        **told, "ClusterType": "PROVISIONED",
        "Provisioned": {
            "BrokerNodeGroupInfo": {
                "ClientSubnets": nodes["clientSubnets"], "InstanceType": "kafka.m7g.large",
                "SecurityGroups": nodes["securityGroups"],
                "ConnectivityInfo": {
                    "PublicAccess": {
                        "Type": at(between, "publicAccess", "type") or "DISABLED"
                    },
                    "NetworkType": between.get("networkType", "IPV4"),
                    "VpcConnectivity": {"ClientAuthentication": connected},
                },
            },
            "LoggingInfo": {"BrokerLogs": broker_logs}, "NumberOfBrokerNodes": 3,
        },
    }  # fmt: skip


def _called(name: str, value: Any) -> Item:
    return {name: value} if value else {}
