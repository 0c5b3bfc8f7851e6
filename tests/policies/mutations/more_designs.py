"""Closed networks as others draw them: what stands beside a cluster, and older ways to write it."""

import json
from collections.abc import Mapping
from typing import Any

from model.deployment import Node
from tests.policies.mutations.beside import far_vpc
from tests.policies.mutations.data_services import (
    BROKERS,
    CACHES,
    CLUSTER,
    DATABASE,
    GRAPHS,
    OPTIONS,
    data_services,
)
from tests.policies.mutations.keepers import keepers
from tests.policies.mutations.mutation import edited
from tests.policies.mutations.names import RESOLVER, RULE, ZONE
from tests.policies.mutations.parts import (
    GROUP,
    KEY,
    cluster_subnets,
    cluster_vpc,
    connection,
)
from tests.policies.mutations.stacks import ACCOUNT, REGION, Of, Stack
from tests.policies.mutations.warehouses import BROKER, COPYING, MEMORY, WAREHOUSE, warehouses

EFS, QUEUE = "aws:efs/", "aws:sqs/queue:Queue"
ENDPOINT, MACHINE = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/instance:Instance"
HEADQUARTERS = "10.99.0.0/24"
_OWN = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}}


def _group(stack: Stack, name: str) -> Node:
    return stack.makes(GROUP, name, {"vpcId": Of(cluster_vpc(stack))})


def _subnets(stack: Stack) -> list[Of]:
    return [Of(subnet) for subnet in cluster_subnets(stack)][:2]


def _older(**statement: Any) -> str:
    """A policy of the version that many examples still have."""
    whole = {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}
    return json.dumps({"Version": "2008-10-17", "Id": "x", "Statement": [whole]})


def files(stack: Stack) -> Stack:
    """A file system for pods, reached by mount targets alone, as AWS's own policy has it."""
    group = _group(stack, "files")
    system = stack.makes(f"{EFS}fileSystem:FileSystem", "files", {"encrypted": True})
    policy = _older(
        Principal={"AWS": "*"},
        Condition={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
    )
    of = {"fileSystemId": Of(system)}
    targets = [
        stack.makes(
            f"{EFS}mountTarget:MountTarget",
            f"files-{number}",
            {**of, "subnetId": subnet, "securityGroups": [Of(group)]},
        )
        for number, subnet in enumerate(_subnets(stack))
    ]
    return stack.having(
        group, system, *targets,
        stack.makes(f"{EFS}fileSystemPolicy:FileSystemPolicy", "files", {**of, "policy": policy}),
        stack.makes(f"{EFS}accessPoint:AccessPoint", "files", of),
    )  # fmt: skip


def databases(stack: Stack) -> Stack:
    """Databases, caches and brokers in private subnets, with all that opens none of them."""
    made = data_services(stack)
    (cluster,) = (node for node in made if node.resource.type == CLUSTER)
    logs = [{"destination": "slow", "destinationType": "cloudwatch-logs", "logFormat": "json"}]
    quiet = [{"optionName": "MARIADB_AUDIT_PLUGIN", "optionSettings": []}]
    of_them = {
        "storageEncrypted": True, "publiclyAccessible": False, "enableHttpEndpoint": False,
        "iamDatabaseAuthenticationEnabled": True, "enabledCloudwatchLogsExports": ["audit"],
    }  # fmt: skip
    nothing = {
        "publicAccess": {"type": "DISABLED"},
        "networkType": "IPV4",
        "vpcConnectivity": {"clientAuthentication": {"tls": False, "sasl": {"iam": False}}},
    }
    brokers = {
        "brokerNodeGroupInfo.connectivityInfo": nothing,
        "openMonitoring": {"prometheus": {"jmxExporter": {"enabledInBroker": True}}},
    }
    changed = {
        CLUSTER: {**of_them, "iamRoles": [f"arn:aws:iam::{ACCOUNT}:role/aurora"]},
        DATABASE: {
            "identifier": "database-of-ours",
            "publiclyAccessible": False,
            "optionGroupName": "default:postgres-17",
        },
        OPTIONS: {"options": quiet},
        GRAPHS: {"iamRoles": [f"arn:aws:iam::{ACCOUNT}:role/loader"]},
        CACHES: {"logDeliveryConfigurations": logs, "networkType": "ipv4"},
        BROKERS: brokers,
    }
    found = [_with(stack, node, changed.get(node.resource.type, {})) for node in made]
    return stack.having(
        *found,
        stack.makes(DATABASE, "replica", {"replicateSourceDb": "database-of-ours"}),
        stack.makes("aws:rds/parameterGroup:ParameterGroup", "data", {"family": "postgres17"}),
        stack.makes("aws:rds/proxyTarget:ProxyTarget", "data", {
            "dbProxyName": "proxy", "dbClusterIdentifier": Of(cluster),
        }),
        stack.makes("aws:rds/proxyEndpoint:ProxyEndpoint", "readers", {
            "dbProxyName": "proxy", "vpcSubnetIds": _subnets(stack),
        }),
        stack.makes("aws:elasticache/cluster:Cluster", "node", {
            "replicationGroupId": Of(next(n for n in found if n.resource.type == CACHES)),
        }),
        stack.makes("aws:elasticache/user:User", "app", {"accessString": "on ~* +@read"}),
        stack.makes("aws:msk/configuration:Configuration", "brokers", {
            "serverProperties": "auto.create.topics.enable=false",
        }),
        stack.makes("aws:msk/serverlessCluster:ServerlessCluster", "brokers", {
            "vpcConfigs": [{"subnetIds": _subnets(stack)}],
        }),
    )  # fmt: skip


def stock(stack: Stack) -> Stack:
    """Warehouses, a cache that lasts and copies of databases, with all that opens none of them."""
    own = {"userName": "app", "accessString": "on ~* +@read"}
    made = warehouses(stack)
    changed = {
        WAREHOUSE: {"publiclyAccessible": False, "iamRoles": [], "elasticIp": ""},
        COPYING: {"publiclyAccessible": False, "networkType": "IPV4", "dnsNameServers": "10.0.0.2"},
        MEMORY: {"networkType": "ipv4", "aclName": "readers"},
        BROKER: {"publiclyAccessible": False, "dataReplicationMode": "NONE"},
    }
    found = [_with(stack, node, changed.get(node.resource.type, {})) for node in made]
    return stack.having(
        *found,
        stack.makes("aws:memorydb/user:User", "app", own),
        stack.makes("aws:memorydb/acl:Acl", "readers", {"userNames": ["app"]}),
        stack.makes(
            "aws:redshift/parameterGroup:ParameterGroup", "stock", {"family": "redshift-1"}
        ),
        stack.makes("aws:dms/s3Endpoint:S3Endpoint", "lake", {"bucketName": "lake"}),
    )


def _with(stack: Stack, node: Node, given: Mapping[str, Any]) -> Node:
    for path, value in given.items():
        node = edited(stack, node, path, value)
    return node


def _front(stack: Stack, package: str) -> Stack:
    group, subnets = _group(stack, "front"), _subnets(stack)
    balancer = stack.makes(
        f"aws:{package}/loadBalancer:LoadBalancer",
        "front",
        {"internal": True, "loadBalancerType": "network", "subnets": subnets,
         "securityGroups": [Of(group)]},
    )  # fmt: skip
    own = {"port": 443, "protocol": "TCP", "targetType": "ip", "vpcId": Of(cluster_vpc(stack))}
    targets = stack.makes(f"aws:{package}/targetGroup:TargetGroup", "front", own)
    of = {"targetGroupArn": Of(targets, "arn")}
    to_them = {"loadBalancerArn": Of(balancer, "arn"), "port": 443, "protocol": "TCP",
               "defaultActions": [{"type": "forward", **of}]}  # fmt: skip
    address = str(cluster_subnets(stack)[0].resource.props["cidrBlock"]).rpartition(".")[0] + ".9"
    return stack.having(
        group,
        balancer,
        targets,
        stack.makes(f"aws:{package}/listener:Listener", "front", to_them),
        stack.makes(
            f"aws:{package}/targetGroupAttachment:TargetGroupAttachment",
            "front",
            {**of, "targetId": address, "port": 443},
        ),
    )


def front(stack: Stack) -> Stack:
    """An internal Network Load Balancer with a target in the network."""
    return _front(stack, "lb")


def front_by_another_name(stack: Stack) -> Stack:
    """The same as programs write it that use `aws.alb`."""
    return _front(stack, "alb")


def resolvers(stack: Stack) -> Stack:
    """Headquarters asks the VPC for its names, and is asked for its own, by names that lie
    behind a connection."""
    group, places = _group(stack, "dns"), [{"subnetId": subnet} for subnet in _subnets(stack)]
    shared = {"ipAddresses": places, "securityGroupIds": [Of(group)]}
    asked = stack.makes(RESOLVER, "dns-in", {"direction": "INBOUND", **shared})
    asking = stack.makes(RESOLVER, "to-headquarters", {"direction": "OUTBOUND", **shared})
    rule = stack.makes(RULE, "to-headquarters", {
        "ruleType": "FORWARD", "domainName": "hq.corp", "resolverEndpointId": Of(asking),
        "targetIps": [{"ip": "10.99.0.10", "port": 53}],
    })  # fmt: skip
    joint = stack.makes(
        "aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
        "to-headquarters",
        {"resolverRuleId": Of(rule), "vpcId": Of(cluster_vpc(stack))},
    )
    named = connection("to-headquarters", HEADQUARTERS)
    found = stack.having(group, asked, asking, rule, joint)
    return found.declaring(connections=(*stack.boundary.connections, named))


def tables(stack: Stack) -> Stack:
    """DynamoDB by a gateway endpoint, whose policy is of the older version."""
    props = {
        "vpcId": Of(cluster_vpc(stack)), "vpcEndpointType": "Gateway",
        "serviceName": f"com.amazonaws.{REGION}.dynamodb",
        "policy": _older(Principal="*", Action="dynamodb:*", Condition=_OWN),
    }  # fmt: skip
    return stack.having(stack.makes(ENDPOINT, "tables", props))


def older_policies(stack: Stack) -> Stack:
    """Queues and keys of the own account, as consoles and guides have written them for years."""
    own = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trails = f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    trail = {"Service": "cloudtrail.amazonaws.com"}
    bucket = {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::own"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    notified = _older(
        Principal={"Service": "s3.amazonaws.com"}, Action="sqs:SendMessage", Condition=bucket
    )
    dead = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:x",
                       "maxReceiveCount": 3})  # fmt: skip
    return stack.having(
        stack.makes(QUEUE, "own", {"policy": _older(Principal=own), "redrivePolicy": dead}),
        stack.makes(QUEUE, "notified", {"policy": notified}),
        *(
            stack.makes(KEY, f"trails-{number}", {
                "policy": _older(
                    Principal=trail, Action="kms:GenerateDataKey*", Condition=condition
                ),
            })
            for number, condition in enumerate((context, {"ArnLike": {"aws:SourceArn": trails}}))
        ),
    )  # fmt: skip


def machines(stack: Stack) -> Stack:
    """A machine on an interface that was made before it, under a name of a private zone."""
    group = _group(stack, "machine")
    place = {"subnetId": _subnets(stack)[0], "securityGroups": [Of(group)]}
    interface = stack.makes("aws:ec2/networkInterface:NetworkInterface", "machine", place)
    machine = stack.makes(MACHINE, "machine", {
        "ami": "ami-0a1b2c3d4e5f60718", "instanceType": "m7i.large",
        "primaryNetworkInterface": {"networkInterfaceId": Of(interface)},
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"encrypted": True},
    })  # fmt: skip
    zone = stack.makes(
        ZONE, "machine", {"name": "in.corp", "vpcs": [{"vpcId": Of(cluster_vpc(stack))}]}
    )
    name = stack.makes("aws:route53/record:Record", "machine", {
        "zoneId": Of(zone), "name": "x.in.corp", "type": "A", "records": ["10.64.0.9"],
    })  # fmt: skip
    return stack.having(group, interface, machine, zone, name)


def appliances(stack: Stack) -> Stack:
    """SD-WAN appliances at a transit gateway, by a Connect attachment over a VPC's own."""
    transit = "aws:ec2transitgateway/"
    far, subnet, _, others = far_vpc(stack)
    gateway = stack.makes(f"{transit}transitGateway:TransitGateway", "wan", {
        "defaultRouteTableAssociation": "disable", "defaultRouteTablePropagation": "disable",
    })  # fmt: skip
    attachment = stack.makes(f"{transit}vpcAttachment:VpcAttachment", "wan-far", {
        "transitGatewayId": Of(gateway), "vpcId": Of(far), "subnetIds": [Of(subnet)],
    })  # fmt: skip
    connect = stack.makes(f"{transit}connect:Connect", "wan-connect", {
        "transitGatewayId": Of(gateway), "transportAttachmentId": Of(attachment),
    })  # fmt: skip
    named = connection("wan*", HEADQUARTERS)
    found = stack.having(*others, gateway, attachment, connect)
    return found.declaring(connections=(*stack.boundary.connections, named))


MORE_DESIGNS = {
    "a file system": files,
    "databases, caches and brokers": databases,
    "warehouses and copies of databases": stock,
    "an internal load balancer": front,
    "an internal load balancer by its other name": front_by_another_name,
    "resolvers to headquarters and back": resolvers,
    "keepers and guards of an account": keepers,
    "tables by a gateway endpoint": tables,
    "policies of the older version": older_policies,
    "a machine on an interface of its own": machines,
    "appliances at a transit gateway": appliances,
}
