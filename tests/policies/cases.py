"""One compliant resource per type, and for every rule the one change that breaks it.

Absent and unknown say what becomes of the resource when the changed value is left out, or is
unknown in preview: True when the rule must then fail the preview.
"""

import copy
import json
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies import told_cases
from tests.policies.analyzer import ACCOUNT, FOREIGN, NAME, ORGANIZATION, OWN_BUCKET, REGION

Path = tuple[str | int, ...]
ABSENT = object()


def statement(**changes: Any) -> dict[str, Any]:
    """An endpoint policy's plain statement: own principals to own resources."""
    base: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "aws:PrincipalOrgID": ORGANIZATION,
                "aws:ResourceOrgID": ORGANIZATION,
            }
        },
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not ABSENT}


def document(*statements: dict[str, Any]) -> str:
    """A policy document as programs write it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def by_endpoint(**changes: Any) -> dict[str, Any]:
    """A store's statement that lets nobody read who comes through no VPC endpoint."""
    base: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:GetObject*", "ecr:GetDownloadUrlForLayer"],
        "Resource": "arn:aws:s3:::material/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f60718"}},
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not ABSENT}


def trust(principal: Any) -> str:
    """A role's trust policy."""
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def kubeconfig(server: str) -> str:
    """What the kubernetes provider is given."""
    clusters = [{"name": "own", "cluster": {"server": server}}]
    return json.dumps({"apiVersion": "v1", "kind": "Config", "clusters": clusters})


_ONLY_PRINCIPAL = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
_ONLY_RESOURCE = {"StringEquals": {"aws:ResourceOrgID": ORGANIZATION}}
_OWN_PRINCIPAL = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
_OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/x"
_OWN_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
_FOREIGN_ROLE = f"arn:aws:iam::{FOREIGN}:role/x"
_FOREIGN_KEY = f"arn:aws:kms:{REGION}:{FOREIGN}:key/1"
OWN_ISSUER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/A"
_OWN_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
_FOREIGN_QUEUE = f"arn:aws:sqs:{REGION}:{FOREIGN}:q"
_OWN_LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x"
_METADATA = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
_SERVICE = f"com.amazonaws.{REGION}"
_TYPE = "aws:ec2/"

ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
DEFAULTS = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
SERVICE = "kubernetes:core/v1:Service"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
WEBHOOK = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
ROLE = "aws:iam/role:Role"
KEY = "aws:kms/key:Key"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
RESOLVER_RULE = "aws:route53/resolverRule:ResolverRule"
FIREWALL_RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
FIREWALL_ASSOCIATION = (
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
)

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
IMAGES = "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess"
SNAPSHOTS = "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
ZONE = "aws:route53/zone:Zone"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
ADDON = "aws:eks/addon:Addon"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
TRANSIT_PEERING = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
SHARE_PRINCIPAL = "aws:ram/principalAssociation:PrincipalAssociation"
PROVIDER = "pulumi:providers:aws"
TRAIL = "aws:cloudtrail/trail:Trail"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
LISTENER = "aws:lb/listener:Listener"
PARAMETER = "aws:ssm/parameter:Parameter"
BALANCED = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
LATTICE = "aws:vpclattice/resourceConfiguration:ResourceConfiguration"
LATTICE_TARGET = "aws:vpclattice/targetGroupAttachment:TargetGroupAttachment"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
KUBERNETES_PROVIDER = "pulumi:providers:kubernetes"
HOSTED = "aws:directconnect/hostedConnection:HostedConnection"
SHARE_LIST = "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive"
FUNCTION = "aws:lambda/function:Function"
EVENT_SOURCE = "aws:lambda/eventSourceMapping:EventSourceMapping"
PERMISSION = "aws:lambda/permission:Permission"
LAYER_PERMISSION = "aws:lambda/layerVersionPermission:LayerVersionPermission"
TABLE = "aws:dynamodb/table:Table"
EXPORT = "aws:dynamodb/tableExport:TableExport"
ACCESS_POINT = "aws:s3/accessPoint:AccessPoint"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
# Every property is known and closed; the name is one that the boundary's connection names.
COMPLIANT: dict[str, dict[str, Any]] = {
    "aws:ec2/natGateway:NatGateway": {"connectivityType": "private", "subnetId": "subnet-1"},
    "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions": {
        "internetGatewayBlockMode": "block-bidirectional"
    },
    PEERING: {"vpcId": "vpc-1", "peerVpcId": "vpc-2", "peerOwnerId": ACCOUNT},
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": {"vpcId": "vpc-1"},
    "aws:ec2transitgateway/transitGateway:TransitGateway": {
        "autoAcceptSharedAttachments": "disable"
    },
    "aws:ec2transitgateway/route:Route": {
        "destinationCidrBlock": "10.1.0.0/24",
        "transitGatewayAttachmentId": "tgw-attach-1",
    },
    "aws:ec2/vpnGateway:VpnGateway": {"vpcId": "vpc-1"},
    "aws:ram/resourceShare:ResourceShare": {"name": "share"},
    ROUTE: {"destinationCidrBlock": "10.1.0.0/16", "vpcPeeringConnectionId": "pcx-1"},
    ROUTE_TABLE: {
        "vpcId": "vpc-1",
        "routes": [
            {"cidrBlock": "10.0.0.0/16", "gatewayId": "local"},
            {"cidrBlock": "10.1.2.0/24", "transitGatewayId": "tgw-1", "natGatewayId": ""},
        ],
    },
    SUBNET: {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "mapPublicIpOnLaunch": False},
    VPC: {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "enableDnsSupport": True},
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": {
        "domainNameServers": ["AmazonProvidedDNS", "10.0.0.2"],
        "ntpServers": ["169.254.169.123"],
    },
    INSTANCE: {
        "ami": "ami-0a1b",
        "associatePublicIpAddress": False,
        "metadataOptions": _METADATA,
        "rootBlockDevice": {"encrypted": True},
        "ebsBlockDevices": [{"deviceName": "/dev/sdb", "encrypted": True}],
    },
    TEMPLATE: {
        "imageId": "ami-0a1b",
        "networkInterfaces": [{"associatePublicIpAddress": "false", "securityGroups": ["sg-1"]}],
        "metadataOptions": {**_METADATA, "instanceMetadataTags": "disabled"},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}],
    },
    INTERFACE: {"subnetId": "subnet-1", "ipv6AddressCount": 0},
    DEFAULTS: _METADATA,
    "aws:ebs/volume:Volume": {"encrypted": True},
    "aws:ebs/encryptionByDefault:EncryptionByDefault": {"enabled": True},
    "aws:autoscaling/group:Group": {"launchTemplate": {"id": "lt-1"}, "launchConfiguration": ""},
    CLUSTER: {
        "vpcConfig": {
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
            "controlPlaneEgressMode": "CUSTOMER_ROUTED",
        },
        "enabledClusterLogTypes": [
            "api",
            "audit",
            "authenticator",
            "controllerManager",
            "scheduler",
        ],
        "deletionProtection": True,
        "version": "1.35",
        "upgradePolicy": {"supportType": "STANDARD"},
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "accessConfig": {
            "authenticationMode": "API",
            "bootstrapClusterCreatorAdminPermissions": False,
        },
    },
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
        "url": f"https://oidc.eks.{REGION}.amazonaws.com/id/ABCDEF0123456789"
    },
    "aws:eks/accessEntry:AccessEntry": {"principalArn": f"arn:aws:iam::{ACCOUNT}:role/admin"},
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
        "targetRoleArn": f"arn:aws:iam::{ACCOUNT}:role/target"
    },
    NODE_GROUP: {"launchTemplate": {"id": "lt-1"}, "amiType": "AL2023_x86_64_STANDARD"},
    ENDPOINT: {
        "vpcEndpointType": "Interface",
        "serviceName": f"{_SERVICE}.sts",
        "privateDnsEnabled": True,
        "securityGroupIds": ["sg-1"],
        "policy": document(statement(Action="sts:AssumeRole")),
    },
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": {"policy": document(statement())},
    GROUP: {
        "egress": [
            {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]},
            {"protocol": "-1", "securityGroups": ["sg-2"], "cidrBlocks": []},
        ],
        "ingress": [
            {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}
        ],
    },
    GROUP_RULE: {"type": "egress", "protocol": "tcp", "cidrBlocks": ["10.0.0.0/16"]},
    EGRESS_RULE: {"ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/16"},
    INGRESS_RULE: {"ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/16"},
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId": "vpc-1", "ingress": []},
    PREFIX_LIST: {
        "addressFamily": "IPv4",
        "entries": [{"cidr": "10.1.0.0/16", "description": "hq"}, {"cidr": "10.2.0.0/16"}],
    },
    PREFIX_LIST_ENTRY: {"cidr": "10.1.0.0/16", "prefixListId": "pl-1"},
    ADDON: {
        "addonName": "coredns",
        "configurationValues": '{"replicaCount": 2}',
        "serviceAccountRoleArn": _OWN_ROLE,
        "podIdentityAssociations": [{"roleArn": _OWN_ROLE, "serviceAccount": "aws-node"}],
    },
    "aws:eks/fargateProfile:FargateProfile": {"podExecutionRoleArn": _OWN_ROLE},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    },
    "aws:networkfirewall/firewallPolicy:FirewallPolicy": {
        "firewallPolicy": {
            "statefulRuleGroupReferences": [
                {"resourceArn": f"arn:aws:network-firewall:{REGION}:aws-managed:rulegroup/x"}
            ]
        }
    },
    "aws:autoscaling/lifecycleHook:LifecycleHook": {"notificationTargetArn": _OWN_QUEUE},
    "aws:ssm/parameter:Parameter": {"keyId": _OWN_KEY, "value": _FOREIGN_ROLE},
    "aws:ebs/defaultKmsKey:DefaultKmsKey": {"keyArn": _OWN_KEY},
    "aws:ec2/tag:Tag": {"resourceId": "vpc-1", "value": _FOREIGN_ROLE},
    BALANCER: {
        "internal": True,
        "ipAddressType": "ipv4",
        "subnetMappings": [{"subnetId": "subnet-1", "privateIpv4Address": "10.0.0.9"}],
    },
    CLASSIC: {"internal": True, "availabilityZones": []},
    "aws:route53/resolverEndpoint:ResolverEndpoint": {"direction": "OUTBOUND"},
    RESOLVER_RULE: {
        "ruleType": "FORWARD",
        "domainName": "corp.example",
        "targetIps": [{"ip": "10.1.0.53", "port": 53}],
    },
    "aws:route53/resolverFirewallConfig:ResolverFirewallConfig": {"firewallFailOpen": "DISABLED"},
    FIREWALL_ASSOCIATION: {"mutationProtection": "ENABLED"},
    FIREWALL_RULE: {"action": "BLOCK", "blockResponse": "NXDOMAIN"},
    ROLE: {"assumeRolePolicy": trust({"Service": "ec2.amazonaws.com"})},
    BUCKET_POLICY: {"policy": document(by_endpoint(), statement(Principal=_OWN_PRINCIPAL))},
    REPOSITORY_POLICY: {
        "policy": document(
            by_endpoint(Resource=ABSENT),
            statement(Principal=_OWN_PRINCIPAL, Resource=ABSENT, Condition=ABSENT),
        )
    },
    KEY: {"policy": document(statement(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))},
    "aws:kms/grant:Grant": {"granteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/x"},
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": {"destinationArn": _OWN_QUEUE},
    "aws:ec2/flowLog:FlowLog": {
        "logDestination": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x",
        "vpcId": "vpc-1",
    },
    "aws:s3/bucketNotification:BucketNotification": {"queues": [{"queueArn": _OWN_QUEUE}]},
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": {
        "rules": [{"destination": {"account": ACCOUNT}}]
    },
    "aws:sns/topicSubscription:TopicSubscription": {"protocol": "sqs", "endpoint": _OWN_QUEUE},
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": {
        "replicationConfiguration": {
            "rules": [{"destinations": [{"registryId": ACCOUNT, "region": REGION}]}]
        }
    },
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {
        "upstreamRegistryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    },
    "aws:cloudwatch/logGroup:LogGroup": {"region": REGION},
    "random:index/randomId:RandomId": {"byteLength": 4},
    SERVICE: {
        "metadata": {
            "annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}
        },
        "spec": {"type": "LoadBalancer"},
    },
    INGRESS: {"metadata": {"annotations": {"alb.ingress.kubernetes.io/scheme": "internal"}}},
    "kubernetes:gateway.networking.k8s.io/v1:Gateway": {
        "spec": {
            "infrastructure": {"annotations": {"alb.ingress.kubernetes.io/scheme": "internal"}}
        }
    },
    FUNCTION: {
        "role": _OWN_ROLE,
        "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        "environment": {"variables": {"DB_HOST": "db.corp.internal", "TABLE": "orders"}},
        "imageUri": told_cases.OWN_IMAGE,
        "imageConfig": {"commands": ["main.handle"]},
        "deadLetterConfig": {"targetArn": _OWN_QUEUE},
    },
    EVENT_SOURCE: {
        "selfManagedEventSource": {
            "endpoints": {"KAFKA_BOOTSTRAP_SERVERS": "b1.corp.internal:9092,b2.corp.internal:9092"}
        },
        "sourceAccessConfigurations": [{"type": "VPC_SUBNET", "uri": "subnet:subnet-1"}],
    },
    PERMISSION: {"principal": "s3.amazonaws.com", "sourceAccount": ACCOUNT},
    LAYER_PERMISSION: {"principal": "*", "organizationId": ORGANIZATION},
    TABLE: {
        "replicas": [{"regionName": REGION}],
        "importTable": {"s3BucketSource": {"bucket": OWN_BUCKET, "bucketOwner": ACCOUNT}},
    },
    EXPORT: {"s3Bucket": OWN_BUCKET, "s3BucketOwner": ACCOUNT},
    ACCESS_POINT: {
        "bucket": OWN_BUCKET,
        "bucketAccountId": ACCOUNT,
        "vpcConfiguration": {"vpcId": "vpc-1"},
        "publicAccessBlockConfiguration": {"blockPublicPolicy": True},
    },
    BLOCK: dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    ),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": {
        "blockPublicAcls": "true",
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    },
    IMAGES: {"state": "block-new-sharing"},
    SNAPSHOTS: {"state": "block-all-sharing"},
    BUCKET: {
        "acl": "private",
        "grants": [
            {"type": "Group", "uri": "http://acs.amazonaws.com/groups/s3/LogDelivery", "id": ""}
        ],
        "replicationConfiguration": {"rules": [{"destination": {"accountId": ACCOUNT}}]},
    },
    OBJECT: {"acl": "bucket-owner-full-control", "websiteRedirect": ""},
    ZONE: {"vpcs": [{"vpcId": "vpc-1"}]},
    "kubernetes:v1:List": {
        "apiVersion": "v1",
        "kind": "List",
        "items": [{"apiVersion": "v1", "kind": "Namespace"}],
    },
    NODE_CLASS: {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "spec": {"associatePublicIPAddress": False},
    },
    CONFIG_MAP: {
        "metadata": {"name": "coredns"},
        "data": {"Corefile": ".:53 {\n  forward . /etc/resolv.conf\n}\n"},
    },
    TRANSIT_PEERING: {"peerAccountId": ACCOUNT, "peerRegion": REGION},
    SHARE_PRINCIPAL: {"principal": ACCOUNT},
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": {
        "principalArn": f"arn:aws:iam::{ACCOUNT}:root"
    },
    "aws:ec2/vpcEndpointService:VpcEndpointService": {"allowedPrincipals": [_OWN_ROLE]},
    "aws:ec2/networkInterfacePermission:NetworkInterfacePermission": {"awsAccountId": ACCOUNT},
    PROVIDER: {
        "region": REGION,
        "assumeRoles": json.dumps([{"roleArn": _OWN_ROLE}]),
        "allowedAccountIds": json.dumps([ACCOUNT]),
        "endpoints": json.dumps([{"sts": f"https://sts.{REGION}.amazonaws.com"}]),
        "httpsProxy": "http://10.0.0.9:3128",
    },
    TRAIL: {"s3BucketName": OWN_BUCKET, "cloudWatchLogsGroupArn": _OWN_LOG_GROUP},
    ALARM: {"alarmActions": [f"arn:aws:sns:{REGION}:{ACCOUNT}:x"]},
    TARGET: {"arn": _OWN_QUEUE, "ecsTarget": {"networkConfiguration": {"subnets": ["subnet-1"]}}},
    BALANCED: {"targetGroupArn": "x", "targetId": "10.0.0.9"},
    LATTICE: {"resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.0.9"}}},
    LATTICE_TARGET: {"target": {"id": "10.0.0.9", "port": 443}},
    KUBERNETES_PROVIDER: {"kubeconfig": kubeconfig("https://10.0.0.9:6443")},
    HOSTED: {"ownerAccountId": ACCOUNT, "vlan": 7},
    SHARE_LIST: {"principals": [ACCOUNT]},
    OWNERSHIP: {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
    LOGGING: {"bucket": "x", "targetPrefix": "x"},
    PARAMETER: {"name": "/own/ca.crt", "type": "String", "value": "of a certificate"},
    LISTENER: {"defaultActions": [{"type": "forward", "targetGroupArn": "x"}]},
    WEBHOOK: {"webhooks": [{"clientConfig": {"service": {"name": "hook"}}}]},
}


@dataclass(frozen=True)
class Case:
    """The one change that breaks a rule; without a path, the resource itself does."""

    rule: str
    type: str
    path: Path = ()
    bad: Any = None
    absent: bool = False
    unknown: bool = True
    name: str = NAME

    @property
    def id(self) -> str:
        where = ".".join(str(step) for step in self.path)
        return f"{self.rule} {self.type.rsplit(':', 1)[-1]} {where} {str(self.bad)[:24]}".strip()


_DATABASE = "aws:rds/instance:Instance"
_DATABASE_CLUSTER = "aws:rds/cluster:Cluster"
_OPTION_GROUP = "aws:rds/optionGroup:OptionGroup"
_CACHES = "aws:elasticache/replicationGroup:ReplicationGroup"
_BROKERS = "aws:msk/cluster:Cluster"
_CONNECTIVITY = ("brokerNodeGroupInfo", "connectivityInfo")
_MEMORY = "aws:memorydb/cluster:Cluster"
_WAREHOUSE = "aws:redshift/cluster:Cluster"
_SEARCH = "aws:opensearch/domain:Domain"
_COPYING = "aws:dms/replicationInstance:ReplicationInstance"
_COPIED = "aws:dms/endpoint:Endpoint"
_GRANT = "aws:s3control/accessGrant:AccessGrant"
_TASKS = "aws:ecs/service:Service"
_API = "aws:apigateway/restApi:RestApi"
_ASKED = "aws:apigateway/integration:Integration"
_PIPELINE = "aws:codepipeline/pipeline:Pipeline"
_NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
_PIPE = "aws:pipes/pipe:Pipe"
_BUILD = "aws:codebuild/project:Project"
_FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
_STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"
_TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
_OWN_IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x@sha256:{'0' * 64}"
_CONTAINERS = ("containerDefinitions",)


def calling(what: str) -> str:
    """A state machine of one task."""
    task = {
        "Type": "Task", "Resource": f"arn:aws:states:::{what}", "End": True,
        "Arguments": {"FunctionName": "x"},
    }  # fmt: skip
    return json.dumps({"StartAt": "x", "States": {"x": task}})


def containers(**given: Any) -> str:
    """A task definition's text of one container."""
    return json.dumps([{"name": "x", "image": _OWN_IMAGE, **given}])


COMPLIANT.update(
    {
        _DATABASE: {"dbSubnetGroupName": "own", "publiclyAccessible": False},
        _DATABASE_CLUSTER: {"engine": "aurora-mysql", "dbSubnetGroupName": "own"},
        _OPTION_GROUP: {"options": [{"optionName": "SSL"}]},
        _CACHES: {"subnetGroupName": "own", "networkType": "ipv4"},
        _MEMORY: {"subnetGroupName": "own", "networkType": "ipv4"},
        _WAREHOUSE: {"clusterSubnetGroupName": "own", "enhancedVpcRouting": True},
        _SEARCH: {"vpcOptions": {"subnetIds": ["subnet-1"], "egressEnabled": True}},
        _COPYING: {"replicationSubnetGroupId": "own", "engineVersion": "3.5.4"},
        _COPIED: {"serverName": "db.corp.internal"},
        _TASKS: {"launchType": "FARGATE", "networkConfiguration": {"subnets": ["subnet-1"]}},
        _BUILD: {
            "vpcConfig": {"subnets": ["subnet-1"]}, "source": {"type": "NO_SOURCE"},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {"image": "aws/codebuild/standard:7.0"},
        },
        _API: {"endpointConfiguration": {"types": "PRIVATE"}},
        _ASKED: {"type": "HTTP_PROXY", "connectionType": "VPC_LINK", "connectionId": "a1b2c3"},
        _PIPELINE: {"stages": [{"actions": [
            {"category": "Approval", "owner": "AWS", "provider": "Manual"},
        ]}]},
        _NOTEBOOK: {"directInternetAccess": "Disabled", "subnetId": "subnet-1"},
        _PIPE: {"source": _OWN_QUEUE, "target": _OWN_LOG_GROUP},
        _FIREHOSE: {"destination": "extended_s3"},
        _STATE_MACHINE: {"definition": calling("lambda:invoke")},
        _TASK_DEFINITION: {"containerDefinitions": containers()},
        _GRANT: {"grantee": {
            "granteeType": "IAM", "granteeIdentifier": f"arn:aws:iam::{ACCOUNT}:role/reader",
        }},
        _BROKERS: {"brokerNodeGroupInfo": {"connectivityInfo": {
            "publicAccess": {"type": "DISABLED"}, "networkType": "IPV4",
            "vpcConnectivity": {"clientAuthentication": {"tls": False}},
        }}},
    }
)  # fmt: skip
_VPC_CONFIG = "vpcConfig"
_ANNOTATION = ("metadata", "annotations", "service.beta.kubernetes.io/aws-load-balancer-scheme")

CASES: tuple[Case, ...] = (
    Case("CN-001", "aws:newservice/door:Door"),
    Case("CN-002", "gcp:compute/network:Network"),
    Case("CN-002", "pulumi-python:dynamic:Resource"),
    Case("CN-003", "aws:cloudwatch/logGroup:LogGroup", ("region",), "us-east-1"),
    Case(
        "CN-003",
        "aws:secretsmanager/secret:Secret",
        ("replicas",),
        [{"region": "us-east-1"}],
    ),
    Case("CN-010", "aws:ec2/internetGateway:InternetGateway"),
    Case("CN-010", "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"),
    Case("CN-011", "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"),
    Case("CN-012", "aws:ec2/natGateway:NatGateway", ("connectivityType",), "public", absent=True),
    Case("CN-012", "aws:ec2/natGateway:NatGateway", ("allocationId",), "eipalloc-1"),
    Case("CN-012", "aws:ec2/natGatewayEipAssociation:NatGatewayEipAssociation"),
    Case("CN-013", "aws:ec2/carrierGateway:CarrierGateway"),
    Case("CN-013", "aws:ec2/localGatewayRoute:LocalGatewayRoute"),
    Case("CN-014", "aws:ec2/eip:Eip"),
    Case("CN-014", "aws:ec2/eipAssociation:EipAssociation"),
    Case("CN-015", "aws:cloudfront/distribution:Distribution"),
    Case("CN-015", "aws:globalaccelerator/accelerator:Accelerator"),
    Case("CN-015", "aws:apigatewayv2/vpcLink:VpcLink"),
    Case("CN-015", _API, ("endpointConfiguration", "types"), "REGIONAL", absent=True),
    Case("CN-015", "aws:cognito/identityPool:IdentityPool"),
    Case("CN-015", "aws:codepipeline/webhook:Webhook"),
    Case(
        "CN-257",
        _PIPE,
        ("enrichment",),
        f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/x",
        unknown=False,
    ),
    Case("CN-258", _PIPELINE, ("stages", 0, "actions", 0, "provider"), "Commands", absent=True),
    Case("CN-258", "aws:codeconnections/connection:Connection"),
    Case("CN-259", _NOTEBOOK, ("directInternetAccess",), "Enabled", absent=True),
    Case("CN-259", _NOTEBOOK, ("subnetId",), "", absent=True, unknown=False),
    Case("CN-255", _ASKED, ("connectionType",), "INTERNET", absent=True),
    Case("CN-256", _API, ("policy",), document(statement(Condition={})), unknown=False),
    Case("CN-015", "aws:lambda/functionUrl:FunctionUrl"),
    Case("CN-016", "aws:ec2/defaultVpc:DefaultVpc"),
    Case("CN-016", "aws:ec2/defaultSubnet:DefaultSubnet"),
    Case("CN-016", CLASSIC, ("availabilityZones",), [f"{REGION}a"]),
    Case("CN-016", _DATABASE, ("dbSubnetGroupName",), "default", absent=True, unknown=False),
    Case("CN-016", _CACHES, ("subnetGroupName",), "default", absent=True, unknown=False),
    Case("CN-016", _MEMORY, ("subnetGroupName",), "default", absent=True, unknown=False),
    Case("CN-016", _WAREHOUSE, ("clusterSubnetGroupName",), "default", absent=True, unknown=False),
    Case("CN-016", _COPYING, ("replicationSubnetGroupId",), "default", absent=True, unknown=False),
    Case("CN-017", "aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion"),
    Case(
        "CN-018",
        "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions",
        ("internetGatewayBlockMode",),
        "block-ingress",
        absent=True,
    ),
    Case("CN-020", PEERING, name="stranger"),
    Case("CN-021", PEERING, ("peerOwnerId",), FOREIGN),
    Case("CN-022", "aws:ec2transitgateway/vpcAttachment:VpcAttachment", name="stranger"),
    Case(
        "CN-023",
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        ("autoAcceptSharedAttachments",),
        "enable",
    ),
    Case("CN-024", "aws:ec2/vpnGateway:VpnGateway", name="stranger"),
    Case("CN-024", "aws:ec2clientvpn/endpoint:Endpoint", name="stranger"),
    Case("CN-025", "aws:ram/resourceShare:ResourceShare", name="stranger"),
    Case("CN-025", "aws:vpclattice/serviceNetwork:ServiceNetwork", name="stranger"),
    *(
        Case("CN-030", ROUTE, (key,), f"{key}-1")
        for key in (
            "egressOnlyGatewayId",
            "carrierGatewayId",
            "localGatewayId",
            "coreNetworkArn",
            "odbNetworkArn",
        )
    ),
    Case("CN-030", ROUTE, ("gatewayId",), "igw-0a1b", unknown=False),
    Case("CN-030", ROUTE_TABLE, ("routes", 1, "gatewayId"), "igw-0a1b", unknown=False),
    Case("CN-030", ROUTE_TABLE, ("routes", 1, "localGatewayId"), "lgw-0a1b"),
    Case("CN-031", ROUTE, name="stranger"),
    Case("CN-031", ROUTE_TABLE, name="stranger"),
    Case("CN-031", "aws:ec2transitgateway/route:Route", name="stranger"),
    Case("CN-032", ROUTE, ("destinationCidrBlock",), "0.0.0.0/0", absent=True),
    Case("CN-032", ROUTE, ("destinationIpv6CidrBlock",), "::/0"),
    Case("CN-032", ROUTE, ("destinationPrefixListId",), "pl-1"),
    Case("CN-032", ROUTE_TABLE, ("routes", 1, "cidrBlock"), "0.0.0.0/1", absent=True),
    Case(
        "CN-032",
        "aws:ec2transitgateway/route:Route",
        ("destinationCidrBlock",),
        "10.2.0.0/16",
        absent=True,
    ),
    Case("CN-033", ROUTE_TABLE, ("propagatingVgws",), ["vgw-1"]),
    Case("CN-033", "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"),
    Case("CN-040", SUBNET, ("mapPublicIpOnLaunch",), True),
    Case("CN-041", SUBNET, ("assignIpv6AddressOnCreation",), True),
    Case("CN-041", SUBNET, ("ipv6CidrBlock",), "2001:db8::/64"),
    Case("CN-041", SUBNET, ("enableDns64",), True),
    Case("CN-042", SUBNET, ("mapCustomerOwnedIpOnLaunch",), True),
    Case("CN-042", _DATABASE, ("customerOwnedIpEnabled",), True),
    Case("CN-043", VPC, ("assignGeneratedIpv6CidrBlock",), True),
    Case("CN-043", "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"),
    Case("CN-044", VPC, ("enableDnsHostnames",), False, absent=True),
    Case("CN-044", VPC, ("enableDnsSupport",), False),
    Case(
        "CN-045",
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
        ("domainNameServers",),
        ["AmazonProvidedDNS", "8.8.8.8"],
    ),
    Case("CN-050", INSTANCE, ("associatePublicIpAddress",), True, absent=True),
    Case("CN-050", TEMPLATE, ("networkInterfaces",), [{}], absent=True),
    Case(
        "CN-050",
        TEMPLATE,
        ("networkInterfaces", 0, "associatePublicIpAddress"),
        "true",
        absent=True,
    ),
    Case("CN-050", TEMPLATE, ("networkInterfaces", 0, "associateCarrierIpAddress"), "true"),
    Case("CN-050", _DATABASE, ("publiclyAccessible",), True),
    Case("CN-050", _DATABASE_CLUSTER, ("publiclyAccessible",), "true"),
    Case("CN-050", _BROKERS, (*_CONNECTIVITY, "publicAccess", "type"), "SERVICE_PROVIDED_EIPS"),
    Case("CN-050", _WAREHOUSE, ("publiclyAccessible",), True),
    Case("CN-050", _WAREHOUSE, ("elasticIp",), "198.51.100.7"),
    Case("CN-050", _COPYING, ("publiclyAccessible",), True),
    Case("CN-050", _SEARCH, ("vpcOptions", "subnetIds"), [], absent=True),
    Case("CN-051", _SEARCH, ("ipAddressType",), "dualstack"),
    Case("CN-051", _MEMORY, ("networkType",), "dual_stack"),
    Case("CN-051", _DATABASE, ("networkType",), "DUAL"),
    Case("CN-051", _CACHES, ("networkType",), "dual_stack"),
    Case("CN-051", _BROKERS, (*_CONNECTIVITY, "networkType"), "DUAL"),
    Case("CN-230", _DATABASE, ("replicateSourceDb",), f"arn:aws:rds:us-east-1:{ACCOUNT}:db:x"),
    Case("CN-230", _WAREHOUSE, ("enhancedVpcRouting",), False, absent=True),
    Case("CN-050", _TASKS, ("networkConfiguration", "assignPublicIp"), True),
    Case("CN-250", _TASKS, ("launchType",), "EXTERNAL"),
    Case("CN-250", _TASKS, ("platformVersion",), "1.3.0"),
    Case("CN-250", _TASK_DEFINITION, ("requiresCompatibilities",), ["EXTERNAL"]),
    Case("CN-250", TARGET, ("ecsTarget", "launchType"), "EXTERNAL"),
    Case("CN-145", _TASK_DEFINITION, _CONTAINERS, containers(image=f"x@sha256:{'0' * 64}"), True),
    Case("CN-146", _TASK_DEFINITION, _CONTAINERS, containers(image=_OWN_IMAGE[:-72]), True),
    Case("CN-254", _BUILD, ("vpcConfig", "subnets"), [], absent=True),
    Case("CN-254", _BUILD, ("source", "type"), "GITHUB", absent=True),
    Case("CN-254", _BUILD, ("projectVisibility",), "PUBLIC_READ"),
    Case("CN-254", _BUILD, ("badgeEnabled",), True),
    Case("CN-270", TARGET, ("input",), "[" * 65 + "]" * 65, unknown=False),
    Case("CN-252", _FIREHOSE, ("destination",), "splunk", absent=True),
    Case(
        "CN-253",
        _STATE_MACHINE,
        ("definition",),
        calling("http:invoke"),
        absent=True,
        unknown=False,
    ),
    Case(
        "CN-251",
        _TASK_DEFINITION,
        ("volumes",),
        [
            {
                "dockerVolumeConfiguration": {"driverOpts": {"o": "addr=198.51.100.7"}},
            }
        ],
        unknown=False,
    ),
    Case("CN-230", _WAREHOUSE, ("iamRoles",), [f"arn:aws:iam::{ACCOUNT}:role/loader"]),
    Case("CN-230", _SEARCH, ("vpcOptions", "egressEnabled"), False, absent=True),
    Case("CN-230", _COPYING, ("engineVersion",), "3.4.6"),
    Case("CN-230", _COPYING, ("dnsNameServers",), "8.8.8.8"),
    Case("CN-242", _COPIED, ("serverName",), "db.example.com", unknown=False),
    Case("CN-230", _DATABASE_CLUSTER, ("enableHttpEndpoint",), True),
    Case("CN-230", _DATABASE_CLUSTER, ("globalClusterIdentifier",), "x"),
    Case("CN-230", _DATABASE_CLUSTER, ("sourceRegion",), "us-east-1"),
    Case("CN-230", _OPTION_GROUP, ("options", 0, "optionName"), "S3_INTEGRATION", absent=True),
    Case("CN-230", _OPTION_GROUP, ("options", 0, "vpcSecurityGroupMemberships"), ["sg-1"]),
    Case("CN-230", _CACHES, ("globalReplicationGroupId",), "x"),
    Case(
        "CN-230", _CACHES, ("logDeliveryConfigurations",), [{"destinationType": "kinesis-firehose"}]
    ),
    Case(
        "CN-230",
        _BROKERS,
        (*_CONNECTIVITY, "vpcConnectivity", "clientAuthentication"),
        {"tls": True},
    ),
    Case("CN-051", INSTANCE, ("ipv6AddressCount",), 1),
    Case("CN-051", TEMPLATE, ("networkInterfaces", 0, "ipv6Prefixes"), ["2001:db8::/80"]),
    Case("CN-051", INTERFACE, ("ipv6Addresses",), ["2001:db8::1"]),
    *(
        Case(rule, typ, (*block, key), bad, absent=absent)
        for typ, block in (
            (INSTANCE, ("metadataOptions",)),
            (TEMPLATE, ("metadataOptions",)),
            (DEFAULTS, ()),
        )
        for rule, key, bad, absent in (
            ("CN-052", "httpTokens", "optional", True),
            ("CN-053", "httpPutResponseHopLimit", 2, True),
            ("CN-054", "instanceMetadataTags", "enabled", False),
        )
    ),
    Case("CN-055", "aws:ebs/volume:Volume", ("encrypted",), False, absent=True),
    Case("CN-055", INSTANCE, ("rootBlockDevice", "encrypted"), False, absent=True),
    Case("CN-055", INSTANCE, ("ebsBlockDevices", 0, "encrypted"), False, absent=True),
    Case("CN-055", TEMPLATE, ("blockDeviceMappings",), [{"ebs": {}}], absent=True),
    Case(
        "CN-055",
        TEMPLATE,
        ("blockDeviceMappings", 0, "ebs", "encrypted"),
        "false",
        absent=True,
    ),
    Case("CN-056", INSTANCE, ("ami",), "resolve:ssm:/x"),
    Case("CN-056", TEMPLATE, ("imageId",), "resolve:ssm:/x"),
    Case("CN-057", INSTANCE, ("keyName",), "ops"),
    Case("CN-057", TEMPLATE, ("keyName",), "ops"),
    Case("CN-058", "aws:autoscaling/group:Group", ("launchConfiguration",), "lc"),
    Case("CN-060", CLUSTER, (_VPC_CONFIG, "endpointPublicAccess"), True, absent=True),
    Case("CN-061", CLUSTER, (_VPC_CONFIG, "endpointPrivateAccess"), False, absent=True),
    Case("CN-062", CLUSTER, (_VPC_CONFIG, "controlPlaneEgressMode"), "AWS_MANAGED", absent=True),
    Case("CN-063", CLUSTER, ("enabledClusterLogTypes",), ["api"], absent=True),
    Case("CN-064", CLUSTER, ("deletionProtection",), False, absent=True),
    Case("CN-065", CLUSTER, ("version",), "", absent=True, unknown=False),
    Case("CN-066", CLUSTER, ("upgradePolicy", "supportType"), "", absent=True, unknown=False),
    Case(
        "CN-067",
        CLUSTER,
        ("kubernetesNetworkConfig", "serviceIpv4Cidr"),
        "8.8.0.0/16",
        absent=True,
    ),
    Case(
        "CN-068",
        CLUSTER,
        ("accessConfig", "bootstrapClusterCreatorAdminPermissions"),
        True,
        absent=True,
    ),
    Case("CN-069", CLUSTER, ("accessConfig", "authenticationMode"), "CONFIG_MAP", absent=True),
    Case("CN-070", CLUSTER, ("kubernetesNetworkConfig", "ipFamily"), "ipv6"),
    Case("CN-071", "aws:eks/capability:Capability"),
    Case("CN-072", "aws:eks/identityProviderConfig:IdentityProviderConfig"),
    Case(
        "CN-072",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        ("url",),
        f"https://oidc.eks.{REGION}.amazonaws.com.evil.example/id/A",
        absent=True,
    ),
    Case(
        "CN-073",
        "aws:eks/accessEntry:AccessEntry",
        ("principalArn",),
        _FOREIGN_ROLE,
        unknown=False,
    ),
    Case(
        "CN-074",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        ("targetRoleArn",),
        _FOREIGN_ROLE,
        unknown=False,
    ),
    Case("CN-075", NODE_GROUP, ("remoteAccess",), {"ec2SshKey": "ops"}),
    Case("CN-076", NODE_GROUP, ("launchTemplate",), {}, absent=True, unknown=False),
    Case("CN-077", NODE_GROUP, ("amiType",), "AL2_x86_64"),
    Case("CN-080", ENDPOINT, ("serviceNetworkArn",), "arn:aws:vpc-lattice:::x"),
    Case("CN-080", ENDPOINT, ("vpcEndpointType",), "GatewayLoadBalancer"),
    Case("CN-081", ENDPOINT, ("serviceName",), f"com.amazonaws.vpce.{REGION}.vpce-svc-1", True),
    Case("CN-081", ENDPOINT, ("serviceName",), "com.amazonaws.us-east-1.sts", True),
    Case("CN-082", ENDPOINT, ("serviceRegion",), "us-east-1"),
    Case("CN-083", ENDPOINT, ("policy",), "{", absent=True),
    Case(
        "CN-084",
        ENDPOINT,
        ("policy",),
        document(statement(Action=ABSENT, NotAction="sts:GetSessionToken")),
        absent=True,
    ),
    Case(
        "CN-085",
        ENDPOINT,
        ("policy",),
        document(statement(Action="sts:AssumeRole", Condition=_ONLY_RESOURCE)),
        absent=True,
    ),
    Case(
        "CN-086",
        ENDPOINT,
        ("policy",),
        document(statement(Action="sts:AssumeRole", Condition=_ONLY_PRINCIPAL)),
        absent=True,
    ),
    Case("CN-087", ENDPOINT, ("policy",), document(statement(Action="sts:*")), absent=True),
    Case("CN-088", ENDPOINT, ("privateDnsEnabled",), False, absent=True),
    Case("CN-089", ENDPOINT, ("securityGroupIds",), [], absent=True, unknown=False),
    Case("CN-090", ENDPOINT, ("ipAddressType",), "dualstack"),
    Case("CN-100", GROUP, ("egress", 0, "cidrBlocks", 0), "0.0.0.0/0"),
    Case("CN-100", GROUP, ("egress", 0, "ipv6CidrBlocks"), ["::/0"]),
    Case("CN-100", GROUP_RULE, ("cidrBlocks", 0), "128.0.0.0/1"),
    Case("CN-100", EGRESS_RULE, ("cidrIpv4",), "0.0.0.0/0"),
    Case("CN-101", GROUP, ("ingress", 0, "cidrBlocks", 0), "0.0.0.0/0"),
    Case("CN-101", INGRESS_RULE, ("cidrIpv6",), "::/0"),
    Case("CN-102", GROUP, ("egress", 0, "protocol"), "-1"),
    Case("CN-102", GROUP_RULE, ("protocol",), "all"),
    Case("CN-102", EGRESS_RULE, ("ipProtocol",), "-1"),
    Case("CN-104", PREFIX_LIST, ("entries", 1, "cidr"), "198.51.100.0/24", absent=True),
    Case("CN-104", PREFIX_LIST, ("entries",), [{"cidr": "::/0"}]),
    Case("CN-104", PREFIX_LIST_ENTRY, ("cidr",), "0.0.0.0/1", absent=True),
    Case(
        "CN-103",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        ("egress",),
        [{"protocol": "tcp", "self": True}],
    ),
    Case("CN-110", BALANCER, ("internal",), False, absent=True),
    Case("CN-110", "aws:elb/loadBalancer:LoadBalancer", ("internal",), False, absent=True),
    Case("CN-111", BALANCER, ("ipAddressType",), "dualstack"),
    Case("CN-112", BALANCER, ("subnetMappings", 0, "allocationId"), "eipalloc-1"),
    Case("CN-120", "aws:route53/resolverEndpoint:ResolverEndpoint", name="stranger"),
    Case("CN-121", RESOLVER_RULE, name="stranger"),
    Case("CN-121", RESOLVER_RULE, ("domainName",), ".", absent=True),
    Case("CN-121", RESOLVER_RULE, ("targetIps", 0, "ip"), "8.8.8.8", absent=True),
    Case("CN-121", RESOLVER_RULE, ("targetIps",), [], absent=True),
    Case(
        "CN-122",
        "aws:route53/resolverFirewallConfig:ResolverFirewallConfig",
        ("firewallFailOpen",),
        "ENABLED",
    ),
    Case("CN-123", FIREWALL_ASSOCIATION, ("mutationProtection",), "DISABLED", absent=True),
    Case(
        "CN-124",
        FIREWALL_RULE,
        ("firewallDomainRedirectionAction",),
        "TRUST_REDIRECTION_DOMAIN",
    ),
    Case("CN-125", FIREWALL_RULE, ("action",), "ALERT", absent=True),
    Case("CN-125", FIREWALL_RULE, ("blockResponse",), "OVERRIDE", absent=True),
    Case("CN-130", ROLE, ("assumeRolePolicy",), trust({"AWS": _FOREIGN_ROLE}), absent=True),
    Case("CN-130", ROLE, ("assumeRolePolicy",), trust("*"), absent=True),
    Case("CN-131", KEY, ("policy",), document(statement(Condition=_ONLY_RESOURCE))),
    Case(
        "CN-132",
        "aws:kms/grant:Grant",
        ("granteePrincipal",),
        _FOREIGN_ROLE,
        unknown=False,
    ),
    Case(
        "CN-133",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        ("destinationArn",),
        _FOREIGN_QUEUE,
        absent=True,
        unknown=False,
    ),
    Case(
        "CN-133",
        "aws:ec2/flowLog:FlowLog",
        ("logDestination",),
        f"arn:aws:logs:{REGION}:{FOREIGN}:log-group:x",
        absent=True,
        unknown=False,
    ),
    Case(
        "CN-133",
        "aws:s3/bucketNotification:BucketNotification",
        ("queues", 0, "queueArn"),
        _FOREIGN_QUEUE,
        absent=True,
        unknown=False,
    ),
    Case(
        "CN-133",
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        ("rules", 0, "destination", "account"),
        FOREIGN,
        absent=True,
        unknown=False,
    ),
    Case(
        "CN-133",
        "aws:sns/topicSubscription:TopicSubscription",
        ("endpoint",),
        "https://example.com/hook",
        absent=True,
        unknown=False,
    ),
    Case(
        "CN-134",
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        ("replicationConfiguration", "rules", 0, "destinations", 0, "registryId"),
        FOREIGN,
        absent=True,
    ),
    Case(
        "CN-135",
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        ("upstreamRegistryUrl",),
        "public.ecr.aws",
        absent=True,
    ),
    *(
        Case("CN-136", typ, path, bad, unknown=False)
        for typ, path, bad in (
            ("aws:eks/addon:Addon", ("serviceAccountRoleArn",), _FOREIGN_ROLE),
            ("aws:eks/addon:Addon", ("podIdentityAssociations", 0, "roleArn"), _FOREIGN_ROLE),
            ("aws:eks/fargateProfile:FargateProfile", ("podExecutionRoleArn",), _FOREIGN_ROLE),
            (CLUSTER, ("roleArn",), _FOREIGN_ROLE),
            (CLUSTER, ("encryptionConfig",), {"provider": {"keyArn": _FOREIGN_KEY}}),
            (NODE_GROUP, ("nodeRoleArn",), _FOREIGN_ROLE),
            (TEMPLATE, ("iamInstanceProfile",), {"arn": _FOREIGN_ROLE}),
            (TEMPLATE, ("blockDeviceMappings", 0, "ebs", "kmsKeyId"), _FOREIGN_KEY),
            (
                "aws:autoscaling/lifecycleHook:LifecycleHook",
                ("notificationTargetArn",),
                _FOREIGN_QUEUE,
            ),
            ("aws:ssm/parameter:Parameter", ("keyId",), _FOREIGN_KEY),
            (TRAIL, ("cloudWatchLogsGroupArn",), _FOREIGN_QUEUE),
            (ALARM, ("alarmActions", 0), _FOREIGN_QUEUE),
            (
                "aws:autoscaling/group:Group",
                ("initialLifecycleHooks",),
                [{"notificationTargetArn": _FOREIGN_QUEUE}],
            ),
            ("aws:ebs/defaultKmsKey:DefaultKmsKey", ("keyArn",), _FOREIGN_KEY),
            (
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                ("policyArn",),
                f"arn:aws:iam::{FOREIGN}:policy/x",
            ),
            ("aws:cloudwatch/logGroup:LogGroup", ("kmsKeyId",), _FOREIGN_KEY),
            (ROLE, ("permissionsBoundary",), f"arn:aws:iam::{FOREIGN}:policy/x"),
            (ROLE, ("permissionsBoundary",), "arn:aws:iam::*:policy/x"),
        )
    ),
    Case("CN-140", SERVICE, _ANNOTATION, "internet-facing", absent=True),
    Case("CN-141", SERVICE, ("spec", "externalIPs"), ["8.8.8.8"]),
    Case(
        "CN-142",
        INGRESS,
        ("metadata", "annotations", "alb.ingress.kubernetes.io/scheme"),
        "internet-facing",
        absent=True,
    ),
    Case(
        "CN-142",
        "kubernetes:gateway.networking.k8s.io/v1:Gateway",
        ("spec", "infrastructure"),
        {},
        absent=True,
    ),
    Case("CN-143", WEBHOOK, ("webhooks", 0, "clientConfig", "url"), "https://x.example"),
    Case("CN-144", "kubernetes:helm.sh/v3:Release"),
    Case("CN-150", IMAGES, ("state",), "unblocked", absent=True),
    Case("CN-150", SNAPSHOTS, ("state",), "unblocked", absent=True),
    *(Case("CN-151", BLOCK, (key,), False, absent=True) for key in COMPLIANT[BLOCK]),
    Case(
        "CN-151",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        ("blockPublicAcls",),
        False,
        absent=True,
    ),
    Case("CN-152", BUCKET, ("acl",), "public-read"),
    Case(
        "CN-152",
        BUCKET,
        ("grants", 0, "uri"),
        "http://acs.amazonaws.com/groups/global/AllUsers",
        absent=True,
    ),
    Case("CN-152", BUCKET, ("grants", 0, "id"), "a" * 64),
    Case("CN-152", OBJECT, ("acl",), "authenticated-read"),
    Case("CN-153", BUCKET, ("website",), {"indexDocument": "index.html"}),
    Case("CN-153", OBJECT, ("websiteRedirect",), "https://evil.example/"),
    Case(
        "CN-154",
        BUCKET,
        ("replicationConfiguration", "rules", 0, "destination", "accountId"),
        FOREIGN,
        absent=True,
    ),
    Case("CN-155", ZONE, ("vpcs",), [], absent=True, unknown=False),
    Case("CN-155", ZONE, ("delegationSetId",), "N1PA6795SAMPLE"),
    Case("CN-156", "kubernetes:s3.services.k8s.aws/v1alpha1:Bucket"),
    Case("CN-156", "kubernetes:v1:List", ("items", 0, "apiVersion"), "ec2.aws.upbound.io/v1beta1"),
    Case("CN-156", "kubernetes:v1:List", ("items", 0, "kind"), "", absent=True),
    Case("CN-157", ADDON, ("configurationValues",), '{"corefile": ". {\\nforward . 8.8.8.8\\n}"}'),
    Case("CN-157", CONFIG_MAP, ("data", "Corefile"), ".:53 {\n  forward . 8.8.8.8\n}"),
    *(
        Case(rule, NODE_CLASS, ("spec", key), bad)
        for rule, key, bad in (
            ("CN-052", "metadataOptions", {"httpTokens": "optional"}),
            ("CN-053", "metadataOptions", {"httpPutResponseHopLimit": 2}),
            ("CN-055", "blockDeviceMappings", [{"ebs": {}}]),
            ("CN-056", "amiSelectorTerms", [{"alias": "bottlerocket@v1.50.0"}]),
            ("CN-224", "subnetSelectorTerms", [{"tags": {"team": "x"}}]),
            ("CN-224", "securityGroupSelectorTerms", [{"name": "x"}]),
        )
    ),
    Case(
        "CN-168",
        KUBERNETES_PROVIDER,
        ("kubeconfig",),
        kubeconfig("https://api.example"),
        unknown=False,
    ),
    Case(
        "CN-223",
        LATTICE,
        ("resourceConfigurationDefinition", "ipResource", "ipAddress"),
        "198.51.100.7",
        unknown=False,
    ),
    Case("CN-223", LATTICE_TARGET, ("target", "id"), "198.51.100.7", unknown=False),
    Case("CN-159", HOSTED, ("ownerAccountId",), FOREIGN),
    Case("CN-159", SHARE_LIST, ("principals",), [ACCOUNT, FOREIGN]),
    Case("CN-152", OWNERSHIP, ("rule", "objectOwnership"), "BucketOwnerPreferred", absent=True),
    Case("CN-152", LOGGING, ("targetGrants",), [{"grantee": {"id": "a" * 64}}]),
    Case("CN-050", TARGET, ("ecsTarget", "networkConfiguration", "assignPublicIp"), True),
    Case("CN-158", NODE_CLASS, ("spec", "associatePublicIPAddress"), True, absent=True),
    Case("CN-159", TRANSIT_PEERING, ("peerAccountId",), FOREIGN),
    Case("CN-159", SHARE_PRINCIPAL, ("principal",), FOREIGN),
    Case("CN-159", "aws:ram/resourceShare:ResourceShare", ("allowExternalPrincipals",), True),
    Case(
        "CN-159",
        "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple",
        ("principalArn",),
        "*",
    ),
    Case(
        "CN-159",
        "aws:ec2/vpcEndpointService:VpcEndpointService",
        ("allowedPrincipals", 0),
        f"arn:aws:iam::{FOREIGN}:root",
    ),
    Case(
        "CN-159",
        "aws:ec2/networkInterfacePermission:NetworkInterfacePermission",
        ("awsAccountId",),
        FOREIGN,
    ),
    Case(
        "CN-160",
        BUCKET_POLICY,
        ("policy",),
        document(
            by_endpoint(),
            statement(Principal={"Service": "cloudtrail.amazonaws.com"}, Condition={}),
        ),
    ),
    Case("CN-161", ROLE, ("assumeRolePolicy",), trust({"Federated": OWN_ISSUER}), absent=True),
    Case("CN-165", PROVIDER, ("assumeRoles",), json.dumps([{"roleArn": _FOREIGN_ROLE}])),
    Case("CN-165", PROVIDER, ("allowedAccountIds",), json.dumps([FOREIGN])),
    Case("CN-166", PROVIDER, ("endpoints",), json.dumps([{"s3": "https://evil.example"}])),
    Case("CN-166", PROVIDER, ("httpsProxy",), "http://proxy.example:3128"),
    Case("CN-166", PROVIDER, ("pluginDownloadURL",), "https://get.pulumi.com.example/"),
    Case(
        "CN-166",
        PROVIDER,
        ("__internal",),
        json.dumps({"pluginDownloadURL": "https://x.example"}),
    ),
    Case("CN-167", PROVIDER, ("region",), "", absent=True, unknown=False),
    Case(
        "CN-171",
        TARGET,
        ("arn",),
        f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/x/1",
        absent=True,
        unknown=False,
    ),
    Case(
        "CN-229",
        ENDPOINT,
        ("serviceName",),
        f"com.amazonaws.{REGION}.email-smtp",
        absent=True,
    ),
    Case("CN-231", FUNCTION, ("vpcConfig",), {"subnetIds": []}, absent=True),
    Case("CN-231", FUNCTION, ("vpcConfig", "subnetIds"), [], absent=True, unknown=False),
    Case("CN-231", EVENT_SOURCE, ("sourceAccessConfigurations",), [], absent=True),
    Case(
        "CN-232",
        FUNCTION,
        ("environment", "variables", "DB_HOST"),
        "db.example",
        unknown=False,
    ),
    Case(
        "CN-232",
        FUNCTION,
        ("environment",),
        {"variables": {"HTTPS_PROXY": "http://proxy.example:3128"}},
        unknown=False,
    ),
    Case("CN-232", FUNCTION, ("imageConfig", "commands"), ["curl", "x.example"], unknown=False),
    Case(
        "CN-232",
        EVENT_SOURCE,
        ("selfManagedEventSource", "endpoints", "KAFKA_BOOTSTRAP_SERVERS"),
        "b1.corp.internal:9092,b2.example:9092",
        unknown=False,
    ),
    Case("CN-145", FUNCTION, ("imageUri",), f"public.ecr.aws/x/app{told_cases.DIGEST}"),
    Case("CN-233", PERMISSION, ("principal",), "*", absent=True),
    Case("CN-233", LAYER_PERMISSION, ("organizationId",), "o-zzzzzzzzzz", absent=True),
    Case("CN-234", PERMISSION, ("sourceAccount",), FOREIGN, absent=True),
    Case("CN-235", ACCESS_POINT, ("bucketAccountId",), FOREIGN),
    Case("CN-235", TABLE, ("importTable", "s3BucketSource", "bucketOwner"), FOREIGN),
    Case("CN-235", EXPORT, ("s3BucketOwner",), FOREIGN),
    Case("CN-236", ACCESS_POINT, ("vpcConfiguration",), {}, absent=True),
    Case("CN-151", ACCESS_POINT, ("publicAccessBlockConfiguration", "blockPublicPolicy"), False),
    Case("CN-003", TABLE, ("replicas", 0, "regionName"), "us-east-1"),
    Case(
        "CN-175",
        CLUSTER,
        ("remoteNetworkConfig",),
        {"remoteNodeNetworks": {"cidrs": ["8.8.8.0/24"]}},
    ),
    Case("CN-182", PARAMETER, ("value",), "-----BEGIN PRIVATE KEY-----", unknown=False),
    Case("CN-176", CLUSTER, ("computeConfig",), {"enabled": True}),
    Case("CN-244", _GRANT, ("grantee", "granteeIdentifier"), _FOREIGN_ROLE, True, False),
    Case("CN-244", _GRANT, ("grantee", "granteeType"), "DIRECTORY_USER", True, False),
    Case("CN-243", "aws:wafv2/webAcl:WebAcl", ("monetizationConfig",), {"a": "b"}),
    Case("CN-243", "aws:wafv2/webAcl:WebAcl", ("ruleJson",), '[{"Action": {"Monetize": {}}}]'),
    Case("CN-243", "aws:wafv2/webAclRule:WebAclRule", ("action",), {"monetize": {"a": "b"}}),
    Case("CN-243", "aws:wafv2/ruleGroup:RuleGroup", ("rules",), [{"action": {"monetize": {}}}]),
    Case("CN-152", "aws:s3/bucketAcl:BucketAcl", ("acl",), "public-read"),
    Case("CN-152", "aws:s3/bucketAcl:BucketAcl", ("accessControlPolicy",), {"grants": [{}]}),
    Case("CN-153", "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"),
    Case("CN-212", BALANCED, ("targetId",), "198.51.100.7", unknown=False),
    Case(
        "CN-178",
        LISTENER,
        ("defaultActions", 0),
        {"type": "authenticate-oidc", "authenticateOidc": {"issuer": "https://evil.example"}},
    ),
    *(
        Case("CN-180", typ, ("policy",), document(statement(Principal=_OWN_PRINCIPAL)))
        for typ in (BUCKET_POLICY, REPOSITORY_POLICY)
    ),
    *(
        Case(rule, typ, path, bad, absent=absent, unknown=unknown)
        for rule, typ, path, bad, absent, unknown in told_cases.ROWS
    ),
)


COMPLIANT.update(told_cases.COMPLIANT)
for _kind, _more in told_cases.USER_DATA.items():
    COMPLIANT[_kind] = {**COMPLIANT[_kind], **_more}


def changed(case: Case, value: Any) -> dict[str, Any]:
    """The compliant resource of the case with its one value replaced, or left out (ABSENT)."""
    props = copy.deepcopy(COMPLIANT.get(case.type, {}))
    if not case.path:
        return props
    holder: Any = props
    for step in case.path[:-1]:
        holder = holder[step]
    if value is not ABSENT:
        holder[case.path[-1]] = value
    elif case.path[-1] in holder or isinstance(holder, list):
        del holder[case.path[-1]]
    return props


def unknown(case: Case) -> dict[str, Any]:
    """The same with the value unknown in preview."""
    return changed(case, UNKNOWN_VALUE)
