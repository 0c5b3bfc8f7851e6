"""Warehouses, search domains, what copies databases and caches that last, and what opens them.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

from collections.abc import Iterator
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.data_services import places
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
    cluster_vpc,
    gateway,
    public_subnet,
)
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack

MEMORY: Final = "aws:memorydb/cluster:Cluster"
MEMORY_SUBNETS: Final = "aws:memorydb/subnetGroup:SubnetGroup"
WAREHOUSE: Final = "aws:redshift/cluster:Cluster"
WAREHOUSE_SUBNETS: Final = "aws:redshift/subnetGroup:SubnetGroup"
WORKGROUP: Final = "aws:redshiftserverless/workgroup:Workgroup"
NAMESPACE: Final = "aws:redshiftserverless/namespace:Namespace"
SNAPSHOT_COPY: Final = "aws:redshift/snapshotCopy:SnapshotCopy"
ROLES: Final = "aws:redshift/clusterIamRoles:ClusterIamRoles"
SEARCH: Final = "aws:opensearch/domain:Domain"
SEARCH_POLICY: Final = "aws:opensearch/domainPolicy:DomainPolicy"
COPYING: Final = "aws:dms/replicationInstance:ReplicationInstance"
COPYING_SUBNETS: Final = "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup"
SERVERLESS_COPYING: Final = "aws:dms/replicationConfig:ReplicationConfig"
BROKER: Final = "aws:mq/broker:Broker"
TASK: Final = "aws:dms/replicationTask:ReplicationTask"
ENDPOINT: Final = "aws:dms/endpoint:Endpoint"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/loader"
_TOPIC: Final = f"arn:aws:sns:{REGION}"
_SECRET: Final = f"arn:aws:secretsmanager:{REGION}:{FOREIGN}:secret"
_STRANGERS_ROLE: Final = f"arn:aws:iam::{FOREIGN}:role/x"


def warehouses(stack: Stack, subnets: list[Of] | None = None) -> list[Node]:
    """Warehouses of both kinds, a cache that lasts and a copy of a database, closed."""
    shore = subnets or places(stack)
    group = stack.makes(GROUP, "stock", {"vpcId": Of(cluster_vpc(stack))})
    behind = {"vpcSecurityGroupIds": [Of(group)]}
    own = {"replicationSubnetGroupId": "copying", "subnetIds": shore}
    in_memory = stack.makes(MEMORY_SUBNETS, "memory", {"subnetIds": shore})
    of_stock = stack.makes(WAREHOUSE_SUBNETS, "stock", {"subnetIds": shore})
    of_copies = stack.makes(COPYING_SUBNETS, "copying", own)
    namespace = stack.makes(NAMESPACE, "marts", {"namespaceName": "marts"})
    instance = stack.makes(COPYING, "copying", {
        "replicationSubnetGroupId": Of(of_copies), "engineVersion": "3.5.4", **behind,
    })  # fmt: skip
    before = stack.makes(ENDPOINT, "before", {"serverName": "db.corp.internal"})
    after = stack.makes(ENDPOINT, "after", {"serverName": "10.0.0.9"})
    ends = {
        "sourceEndpointArn": Of(before, "arn"),
        "targetEndpointArn": Of(after, "arn"),
    }
    return [
        group, in_memory, of_stock, of_copies, namespace, instance, before, after,
        stack.makes(MEMORY, "memory", {
            "aclName": "readers", "subnetGroupName": Of(in_memory), "securityGroupIds": [Of(group)],
        }),
        stack.makes(WAREHOUSE, "stock", {
            "clusterSubnetGroupName": Of(of_stock), "enhancedVpcRouting": True, **behind,
        }),
        stack.makes(BROKER, "queueing", {
            "engineType": "ActiveMQ", "subnetIds": shore, "securityGroups": [Of(group)],
        }),
        stack.makes(WORKGROUP, "marts", {
            "namespaceName": "marts", "subnetIds": shore, "securityGroupIds": [Of(group)],
            "enhancedVpcRouting": True,
        }),
        stack.makes(TASK, "copying", {
            "replicationInstanceArn": Of(instance, "arn"), **ends,
        }),
        stack.makes(SERVERLESS_COPYING, "copies", {
            "computeConfig": {"replicationSubnetGroupId": Of(of_copies), **behind}, **ends,
        }),
    ]  # fmt: skip


def search(stack: Stack) -> list[Node]:
    """A search domain of a VPC, by which all that it sends leaves, too. The provider cannot ask for
    that; AWS tells of it."""
    group = stack.makes(GROUP, "search", {"vpcId": Of(cluster_vpc(stack))})
    options = {"subnetIds": places(stack), "securityGroupIds": [Of(group)], "egressEnabled": True}
    return [group, stack.makes(SEARCH, "search", {"vpcOptions": options})]


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(search if type_ == SEARCH else warehouses, type_, path, value)


def _beside(type_: str, props: dict[str, Any]) -> Change:
    """All of them, and one more that opens."""

    def change(stack: Stack) -> Iterator[Stack]:
        nodes = search(stack) if type_ == SEARCH_POLICY else warehouses(stack)
        yield stack.having(*nodes).having(stack.makes(type_, "door", props))

    return change


def _on_the_shore(stack: Stack) -> list[Node]:
    """A warehouse in a subnet whose route leads to an internet gateway, with a public address."""
    door = gateway(stack)
    subnet, *rest = public_subnet(stack, door)
    nodes = warehouses(stack, [Of(subnet)])
    everything = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": EVERYWHERE}
    out = stack.makes(EGRESS, "stock", {"securityGroupId": Of(nodes[0]), **everything})
    kept = [node for node in nodes if node.resource.type != WAREHOUSE]
    (one,) = (node for node in nodes if node.resource.type == WAREHOUSE)
    return [door, subnet, *rest, out, *kept, edited(stack, one, "publiclyAccessible", True)]


_STRANGER: Final = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": '
    f'"arn:aws:iam::{FOREIGN}:root"}}, "Action": "es:*", "Resource": "*"}}]}}'
)
MUTATIONS = (
    opens(
        "a warehouse with a public address, on a subnet that leads out",
        "CN-010 CN-030 CN-032 CN-050 CN-100 reach", build(_on_the_shore),
    ),
    opens(
        "a warehouse that loads past the VPC", "CN-230",
        _opened(WAREHOUSE, "enhancedVpcRouting", ABSENT),
    ),
    opens(
        "a database that is copied to a host of the internet", "CN-242",
        _opened(ENDPOINT, "serverName", "db.example.com"),
    ),
    opens(
        "a copy of a database by way of a public address", "CN-050",
        _opened(COPYING, "publiclyAccessible", True),
    ),
)  # fmt: skip
# What is opened, of which type, by which input, and by which rule that is found.
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-004", MEMORY, "subnetGroupName", "of-others"),
    ("CN-016", MEMORY, "subnetGroupName", ABSENT),
    ("CN-051", MEMORY, "networkType", "dual_stack"),
    ("CN-230", MEMORY, "multiRegionClusterName", "everywhere"),
    ("CN-004", MEMORY, "snsTopicArn", f"{_TOPIC}:{ACCOUNT}:of-others"),
    ("CN-136", MEMORY, "snsTopicArn", f"{_TOPIC}:{FOREIGN}:x"),
    ("CN-004", WAREHOUSE, "clusterSubnetGroupName", "of-others"),
    ("CN-016", WAREHOUSE, "clusterSubnetGroupName", ABSENT),
    ("CN-050", WAREHOUSE, "publiclyAccessible", True),
    ("CN-050", WAREHOUSE, "publiclyAccessible", UNKNOWN),
    ("CN-050", WAREHOUSE, "elasticIp", "198.51.100.7"),
    ("CN-230", WAREHOUSE, "enhancedVpcRouting", False),
    ("CN-230", WAREHOUSE, "enhancedVpcRouting", UNKNOWN),
    ("CN-230", WAREHOUSE, "iamRoles", [_ROLE]),
    ("CN-230", WAREHOUSE, "iamRoles", UNKNOWN),
    ("CN-230", WAREHOUSE, "defaultIamRoleArn", _ROLE),
    ("CN-230", NAMESPACE, "iamRoles", [_ROLE]),
    ("CN-230", NAMESPACE, "defaultIamRoleArn", _ROLE),
    ("CN-016", BROKER, "subnetIds", ABSENT),
    ("CN-050", BROKER, "publiclyAccessible", True),
    ("CN-230", BROKER, "dataReplicationMode", "CRDR"),
    ("CN-230", BROKER, "resourceShareArns", ["x"]),
    ("CN-016", WORKGROUP, "subnetIds", ABSENT),
    ("CN-050", WORKGROUP, "publiclyAccessible", True),
    ("CN-230", WORKGROUP, "enhancedVpcRouting", ABSENT),
    ("CN-004", COPYING, "replicationSubnetGroupId", "of-others"),
    ("CN-016", COPYING, "replicationSubnetGroupId", ABSENT),
    ("CN-050", COPYING, "publiclyAccessible", UNKNOWN),
    ("CN-051", COPYING, "networkType", "DUAL"),
    ("CN-230", COPYING, "engineVersion", "3.4.6"),
    ("CN-230", COPYING, "engineVersion", UNKNOWN),
    ("CN-230", COPYING, "dnsNameServers", "10.0.0.2,8.8.8.8"),
    ("CN-016", SERVERLESS_COPYING, "computeConfig.replicationSubnetGroupId", ABSENT),
    ("CN-230", SERVERLESS_COPYING, "computeConfig.dnsNameServers", "8.8.8.8"),
    ("CN-004", TASK, "targetEndpointArn", f"arn:aws:dms:{REGION}:{ACCOUNT}:endpoint:x"),
    ("CN-242", ENDPOINT, "serverName", "8.8.8.8"),
    ("CN-242", ENDPOINT, "kafkaSettings.broker", "b-1.example.com:9096,b-2.corp.internal:9096"),
    ("CN-242", ENDPOINT, "elasticsearchSettings.endpointUri", "https://search.example.com"),
    ("CN-242", ENDPOINT, "redisSettings.serverName", "cache.example.com"),
    ("CN-136", ENDPOINT, "secretsManagerArn", f"{_SECRET}:x"),
    ("CN-136", ENDPOINT, "secretsManagerAccessRoleArn", _STRANGERS_ROLE),
    ("CN-136", ENDPOINT, "mysqlSettings.serviceAccessRoleArn", _STRANGERS_ROLE),
    ("CN-136", ENDPOINT, "postgresSettings.serviceAccessRoleArn", _STRANGERS_ROLE),
    ("CN-136", COPYING, "kerberosAuthenticationSettings.keyCacheSecretId", f"{_SECRET}:x"),
    ("CN-136", COPYING, "kerberosAuthenticationSettings.keyCacheSecretIamArn", _STRANGERS_ROLE),
    ("CN-242", ENDPOINT, "extraConnectionAttributes", "a=b;url=https://example.com/x"),
    ("CN-051", SEARCH, "ipAddressType", "dualstack"),
    ("CN-131", SEARCH, "accessPolicies", _STRANGER),
    ("CN-136", SEARCH, "advancedSecurityOptions.masterUserOptions.masterUserArn", _STRANGERS_ROLE),
    (
        "CN-136",
        SEARCH,
        "identityCenterOptions.identityCenterInstanceArn",
        f"arn:aws:sso::{FOREIGN}:instance/ssoins-0123456789abcdef",
    ),
    (
        "CN-136",
        SEARCH,
        "logPublishingOptions",
        [{"cloudwatchLogGroupArn": f"arn:aws:logs:{REGION}:{FOREIGN}:log-group:x"}],
    ),
    ("CN-230", SEARCH, "vpcOptions.egressEnabled", ABSENT),
    ("CN-230", SEARCH, "vpcOptions.egressEnabled", False),
    ("CN-230", SEARCH, "cognitoOptions.enabled", True),
)
FURTHER: Final = (
    *each_opens(_FURTHER, _opened, also="perimeter"),
    opens(
        "a search domain with a public endpoint", "CN-050 CN-230",
        _opened(SEARCH, "vpcOptions", ABSENT),
    ),
    opens(
        "a policy of a search domain for strangers", "CN-131",
        _beside(SEARCH_POLICY, {"domainName": "search", "accessPolicies": _STRANGER}),
        also="perimeter",
    ),
    opens(
        "snapshots that are copied to another region", "CN-230",
        _beside(SNAPSHOT_COPY, {"clusterIdentifier": "stock", "destinationRegion": "us-east-1"}),
    ),
    opens(
        "roles that a warehouse is given apart", "CN-230",
        _beside(ROLES, {"clusterIdentifier": "stock", "iamRoleArns": [_ROLE]}),
    ),
)  # fmt: skip
