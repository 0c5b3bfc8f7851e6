"""Warehouses, search domains, copies of databases, caches that last and brokers, as AWS tells.

Written by hand from the API references of Redshift, OpenSearch Service, DMS, MemoryDB and MQ (read
2026-11-29), apart from the tables of the reader.
"""

from collections.abc import Iterator
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import at
from tests.automation.described.answers import Answers, Item
from tests.automation.described.data_services_of_aws import ANOTHER_VPC, OTHERS, World
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack
from tests.policies.mutations.warehouses import (
    BROKER,
    COPYING,
    COPYING_SUBNETS,
    ENDPOINT,
    MEMORY,
    MEMORY_SUBNETS,
    NAMESPACE,
    ROLES,
    SEARCH,
    SEARCH_POLICY,
    SERVERLESS_COPYING,
    SNAPSHOT_COPY,
    WAREHOUSE,
    WAREHOUSE_SUBNETS,
    WORKGROUP,
)

TYPES: Final = (
    MEMORY, MEMORY_SUBNETS, WAREHOUSE, WAREHOUSE_SUBNETS, ROLES, SNAPSHOT_COPY, SEARCH,
    SEARCH_POLICY, COPYING, COPYING_SUBNETS, ENDPOINT, SERVERLESS_COPYING, WORKGROUP, NAMESPACE,
    BROKER,
)  # fmt: skip
_KERBEROS = "kerberosAuthenticationSettings"


def real_id(node: Node) -> str:
    """As the provider calls it: a part of a warehouse as the warehouse, a policy by its domain."""
    if node.resource.type in (ROLES, SNAPSHOT_COPY):
        return "cluster-stock"
    if node.resource.type == SEARCH:
        return _arn("es", f"domain/{node.resource.name}")
    if node.resource.type == SERVERLESS_COPYING:
        return _arn("dms", f"replication-config:{node.resource.name}")
    if node.resource.type == SEARCH_POLICY:
        return f"esd-policy-{node.resource.props['domainName']}"
    return str(node.outputs()["id"])


def tell(answers: Answers, stack: Stack) -> None:
    """All of them, and the subnet groups that others have."""
    for service, operation, member, item in (*_of_others(), *_told(stack)):
        answers.lists(service, operation, member, item)
    names = [{"DomainName": node.resource.name} for node in stack.each(SEARCH)]
    for name in names:
        answers.lists("opensearch", "ListDomainNames", "DomainNames", name)
    brokers = {real_id(node): node for node in stack.each(BROKER)}
    for id_ in brokers:
        summary = {"BrokerId": id_, "DeploymentMode": "SINGLE_INSTANCE", "EngineType": "ACTIVEMQ"}
        answers.lists("mq", "ListBrokers", "BrokerSummaries", summary)
    answers.says("mq", "DescribeBroker", lambda asked: _broker(brokers[asked["BrokerId"]]))


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _of_others() -> Iterator[tuple[str, str, str, Item]]:
    subnet = "subnet-0123456789abcdef0"
    yield "memorydb", "DescribeSubnetGroups", "SubnetGroups", {
        "Name": OTHERS, "VpcId": ANOTHER_VPC, "Subnets": [{"Identifier": subnet}],
    }  # fmt: skip
    shown = {"VpcId": ANOTHER_VPC, "Subnets": [{"SubnetIdentifier": subnet}]}
    yield "redshift", "DescribeClusterSubnetGroups", "ClusterSubnetGroups", {
        "ClusterSubnetGroupName": OTHERS, **shown,
    }  # fmt: skip
    yield "dms", "DescribeReplicationSubnetGroups", "ReplicationSubnetGroups", {
        "ReplicationSubnetGroupIdentifier": OTHERS, **shown,
    }  # fmt: skip


def _told(stack: Stack) -> Iterator[tuple[str, str, str, Item]]:
    world = World(stack)
    for node in stack.each(*TYPES):
        props, id_ = node.resource.props, real_id(node)
        match node.resource.type:
            case kind if kind in (MEMORY_SUBNETS, WAREHOUSE_SUBNETS, COPYING_SUBNETS):
                yield _subnets(world, node, id_)
            case kind if kind == MEMORY:
                group, _, _ = world.of_group(props.get("subnetGroupName"))
                yield "memorydb", "DescribeClusters", "Clusters", {
                    "Name": id_, "ARN": _arn("memorydb", f"cluster/{id_}"), "ACLName": "readers",
                    "SubnetGroupName": group, "NetworkType": props.get("networkType", "ipv4"),
                    "SecurityGroups": [
                        {"SecurityGroupId": one} for one in props["securityGroupIds"]
                    ],
                    **_given(props, {"SnsTopicArn": "snsTopicArn",
                                     "MultiRegionClusterName": "multiRegionClusterName"}),
                }  # fmt: skip
            case kind if kind == WAREHOUSE:
                yield "redshift", "DescribeClusters", "Clusters", _warehouse(stack, world, node)
            case kind if kind == SEARCH:
                yield "opensearch", "DescribeDomains", "DomainStatusList", _domain(stack, node)
            case kind if kind == COPYING:
                yield (
                    "dms",
                    "DescribeReplicationInstances",
                    "ReplicationInstances",
                    _copier(world, node),
                )
            case kind if kind == ENDPOINT:
                yield "dms", "DescribeEndpoints", "Endpoints", _copied(node)
            case kind if kind == SERVERLESS_COPYING:
                yield "dms", "DescribeReplicationConfigs", "ReplicationConfigs", _config(node)
            case kind if kind == WORKGROUP:
                yield "redshift-serverless", "ListWorkgroups", "workgroups", _workgroup(node)
            case kind if kind == NAMESPACE:
                yield "redshift-serverless", "ListNamespaces", "namespaces", _namespace(node)


def _given(props: Any, names: dict[str, str]) -> Item:
    return {name: props[key] for name, key in names.items() if key in props}


def _subnets(world: World, node: Node, id_: str) -> tuple[str, str, str, Item]:
    subnets = node.resource.props["subnetIds"]
    vpc = world.vpc(subnets)
    if node.resource.type == MEMORY_SUBNETS:
        listed = [{"Identifier": subnet} for subnet in subnets]
        return "memorydb", "DescribeSubnetGroups", "SubnetGroups", {
            "Name": id_, "ARN": _arn("memorydb", f"subnetgroup/{id_}"), "VpcId": vpc,
            "Subnets": listed,
        }  # fmt: skip
    shown = {"VpcId": vpc, "Subnets": [{"SubnetIdentifier": subnet} for subnet in subnets]}
    if node.resource.type == WAREHOUSE_SUBNETS:
        item = {"ClusterSubnetGroupName": id_, **shown}
        return "redshift", "DescribeClusterSubnetGroups", "ClusterSubnetGroups", item
    item = {"ReplicationSubnetGroupIdentifier": id_, **shown}
    return "dms", "DescribeReplicationSubnetGroups", "ReplicationSubnetGroups", item


def _behind(props: Any) -> list[Item]:
    return [{"VpcSecurityGroupId": one, "Status": "active"} for one in props["vpcSecurityGroupIds"]]


def _warehouse(stack: Stack, world: World, node: Node) -> Item:
    props, id_ = node.resource.props, str(node.outputs()["id"])
    group, vpc, _ = world.of_group(props.get("clusterSubnetGroupName"))
    apart = [role for other in stack.each(ROLES) for role in other.resource.props["iamRoleArns"]]
    roles = [{"IamRoleArn": role} for role in (*props.get("iamRoles", ()), *apart)]
    copies = [other.resource.props["destinationRegion"] for other in stack.each(SNAPSHOT_COPY)]
    return {
        "ClusterIdentifier": id_, "ClusterSubnetGroupName": group, "VpcId": vpc,
        "VpcSecurityGroups": _behind(props), "IamRoles": roles,
        "PubliclyAccessible": props.get("publiclyAccessible", False),
        "EnhancedVpcRouting": props.get("enhancedVpcRouting", False),
        **_given(props, {"DefaultIamRoleArn": "defaultIamRoleArn"}),
        **({"ElasticIpStatus": {"ElasticIp": props["elasticIp"]}} if "elasticIp" in props else {}),
        **({"ClusterSnapshotCopyStatus": {"DestinationRegion": copies[0]}} if copies else {}),
    }  # fmt: skip


def _domain(stack: Stack, node: Node) -> Item:
    props, name = node.resource.props, node.resource.name
    where = props.get("vpcOptions")
    policies = [other.resource.props["accessPolicies"] for other in stack.each(SEARCH_POLICY)]
    options = {} if where is None else {
        "VPCOptions": {
            "VPCId": World(stack).vpc(where["subnetIds"]), "SubnetIds": where["subnetIds"],
            "SecurityGroupIds": where["securityGroupIds"],
            "EgressEnabled": where.get("egressEnabled", False),
        }
    }  # fmt: skip
    center = at(props, "identityCenterOptions", "identityCenterInstanceArn")
    written = enumerate(props.get("logPublishingOptions", ()))
    logs = {
        f"LOGS_{number}": {"CloudWatchLogsLogGroupArn": one["cloudwatchLogGroupArn"]}
        for number, one in written
    }
    return {
        "AdvancedSecurityOptions": {"Enabled": "advancedSecurityOptions" in props},
        "LogPublishingOptions": logs,
        **({"IdentityCenterOptions": {"IdentityCenterInstanceARN": center}} if center else {}),
        "DomainId": f"{ACCOUNT}/{name}", "DomainName": name, "ARN": real_id(node),
        "AccessPolicies": props.get("accessPolicies", policies[0] if policies else ""),
        "IPAddressType": props.get("ipAddressType", "ipv4"), **options,
        "CognitoOptions": {"Enabled": bool(at(props, "cognitoOptions", "enabled"))},
        "ClusterConfig": {"InstanceType": "r7g.large.search"},
    }  # fmt: skip


def _copier(world: World, node: Node) -> Item:
    props, id_ = node.resource.props, real_id(node)
    group, vpc, _ = world.of_group(props.get("replicationSubnetGroupId"))
    return {
        "ReplicationInstanceIdentifier": id_,
        "ReplicationInstanceArn": node.outputs()["arn"],
        "ReplicationSubnetGroup": {"ReplicationSubnetGroupIdentifier": group, "VpcId": vpc},
        "VpcSecurityGroups": _behind(props), "EngineVersion": props["engineVersion"],
        "PubliclyAccessible": props.get("publiclyAccessible", False),
        "NetworkType": props.get("networkType", "IPV4"),
        **_given(props, {"DnsNameServers": "dnsNameServers"}),
        "KerberosAuthenticationSettings": {
            "KeyCacheSecretId": at(props, _KERBEROS, "keyCacheSecretId") or "",
            "KeyCacheSecretIamArn": at(props, _KERBEROS, "keyCacheSecretIamArn") or "",
        },
    }  # fmt: skip


def _copied(node: Node) -> Item:
    props, id_ = node.resource.props, real_id(node)
    broker = at(props, "kafkaSettings", "broker")
    uri = at(props, "elasticsearchSettings", "endpointUri")
    return {
        "EndpointIdentifier": id_, "EndpointArn": node.outputs()["arn"],
        "EndpointType": "SOURCE", "EngineName": "postgres",
        **_given(props, {"ServerName": "serverName",
                         "ExtraConnectionAttributes": "extraConnectionAttributes"}),
        **({"KafkaSettings": {"Broker": broker}} if broker else {}),
        **_settings(props),
        **({"ElasticsearchSettings": {"EndpointUri": uri, "ServiceAccessRoleArn": "",
                                      }} if uri else {}),
    }  # fmt: skip


def _settings(props: Any) -> Item:
    """Those of an engine; of any, by which secret it is opened, too."""
    said = {"SecretsManagerSecretId": props.get("secretsManagerArn"),
            "SecretsManagerAccessRoleArn": props.get("secretsManagerAccessRoleArn")}  # fmt: skip
    found: Item = {"PostgreSQLSettings": {k: v for k, v in said.items() if v}}
    for member, settings in (("MySQLSettings", "mysqlSettings"),
                             ("PostgreSQLSettings", "postgresSettings")):  # fmt: skip
        role = at(props, settings, "serviceAccessRoleArn")
        if role:
            found.setdefault(member, {})["ServiceAccessRoleArn"] = role
    server = at(props, "redisSettings", "serverName")
    return {**found, **({"RedisSettings": {"ServerName": server, "Port": 6379}} if server else {})}


def _config(node: Node) -> Item:
    props, compute = node.resource.props, node.resource.props["computeConfig"]
    return {
        "ReplicationConfigIdentifier": node.resource.name, "ReplicationConfigArn": real_id(node),
        "SourceEndpointArn": props["sourceEndpointArn"],
        "TargetEndpointArn": props["targetEndpointArn"],
        "ComputeConfig": {
            "ReplicationSubnetGroupId": compute.get("replicationSubnetGroupId", "default"),
            "VpcSecurityGroupIds": compute["vpcSecurityGroupIds"],
            **_given(compute, {"DnsNameServers": "dnsNameServers"}),
        },
    }  # fmt: skip


def _workgroup(node: Node) -> Item:
    props, id_ = node.resource.props, real_id(node)
    return {
        "workgroupName": id_, "workgroupArn": _arn("redshift-serverless", f"workgroup/{id_}"),
        "namespaceName": props["namespaceName"], "securityGroupIds": props["securityGroupIds"],
        "publiclyAccessible": props.get("publiclyAccessible", False),
        "enhancedVpcRouting": props.get("enhancedVpcRouting", False),
        **_given(props, {"subnetIds": "subnetIds"}),
    }  # fmt: skip


def _namespace(node: Node) -> Item:
    props, id_ = node.resource.props, real_id(node)
    roles = props.get("iamRoles", ())
    return {
        "namespaceName": id_, "namespaceArn": _arn("redshift-serverless", f"namespace/{id_}"),
        "iamRoles": [f"IamRole(applyStatus=in-sync, iamRoleArn={role})" for role in roles],
        **_given(props, {"defaultIamRoleArn": "defaultIamRoleArn"}),
    }  # fmt: skip


def _broker(node: Node) -> Item:
    props, id_ = node.resource.props, real_id(node)
    return {
        "BrokerId": id_, "BrokerArn": _arn("mq", f"broker:{node.resource.name}:{id_}"),
        "BrokerName": node.resource.name, "EngineType": "ACTIVEMQ",
        "SecurityGroups": props["securityGroups"],
        "PubliclyAccessible": props.get("publiclyAccessible", False),
        "DataReplicationMode": props.get("dataReplicationMode", "NONE"),
        **_given(props, {"SubnetIds": "subnetIds"}),
    }  # fmt: skip
