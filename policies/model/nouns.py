"""What AWS calls the things of a network, and which resource gives each of them a name.

One resource may give several: a VPC comes with a route table, a network ACL and a security group
that nobody declares, a cluster with a security group, an endpoint with a prefix list. Such implied
things have a key of their own: the URN of what they come with, and what they are.
"""

from enum import Enum
from typing import Final, NamedTuple


class Noun(Enum):
    """A kind of thing that properties refer to."""

    VPC = "VPC"
    SUBNET = "subnet"
    ROUTE_TABLE = "route table"
    NETWORK_ACL = "network ACL"
    SECURITY_GROUP = "security group"
    PREFIX_LIST = "prefix list"
    INSTANCE = "instance"
    INTERFACE = "network interface"
    ADDRESS = "Elastic IP"
    LAUNCH_TEMPLATE = "launch template"
    INTERNET_GATEWAY = "internet gateway"
    EGRESS_ONLY_GATEWAY = "egress-only internet gateway"
    CARRIER_GATEWAY = "carrier gateway"
    NAT_GATEWAY = "NAT gateway"
    VPN_GATEWAY = "virtual private gateway"
    VPC_ENDPOINT = "VPC endpoint"
    VPC_PEERING_CONNECTION = "VPC peering connection"
    TRANSIT_GATEWAY = "transit gateway"
    ATTACHMENT = "transit gateway attachment"
    TRANSIT_GATEWAY_TABLE = "transit gateway route table"
    LOAD_BALANCER = "load balancer"
    LISTENER = "listener"
    TARGET_GROUP = "target group"
    CLUSTER = "EKS cluster"
    ROLE = "role"
    INSTANCE_PROFILE = "instance profile"
    POLICY = "policy"
    BUCKET = "bucket"
    KEY = "KMS key"
    QUEUE = "queue"
    REPOSITORY = "repository"
    FILE_SYSTEM = "file system"
    SECRET = "secret"
    TOPIC = "topic"
    DHCP_OPTIONS = "DHCP options"
    RULE_GROUP = "DNS Firewall rule group"
    DOMAIN_LIST = "DNS Firewall domain list"
    RESOLVER_ENDPOINT = "resolver endpoint"
    RESOLVER_RULE = "resolver rule"
    HOSTED_ZONE = "hosted zone"
    PROFILE = "profile of Route 53"
    FIREWALL = "endpoint of Network Firewall"
    DATABASE_SUBNETS = "DB subnet group"
    DATABASE = "DB instance"
    DATABASE_CLUSTER = "DB cluster"
    CACHE_SUBNETS = "cache subnet group"
    REPLICATION_GROUP = "replication group"
    MEMORY_SUBNETS = "MemoryDB subnet group"
    WAREHOUSE_SUBNETS = "Redshift subnet group"
    COPYING_SUBNETS = "DMS subnet group"


MAIN_ROUTE_TABLE: Final = "#main-route-table"
DEFAULT_NETWORK_ACL: Final = "#default-network-acl"
DEFAULT_SECURITY_GROUP: Final = "#default-security-group"
CLUSTER_SECURITY_GROUP: Final = "#cluster-security-group"
ENDPOINT_PREFIX_LIST: Final = "#prefix-list"
DEFAULT_TRANSIT_GATEWAY_TABLE: Final = "#default-route-table"

VPC: Final = "aws:ec2/vpc:Vpc"
DEFAULT_VPC: Final = "aws:ec2/defaultVpc:DefaultVpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET: Final = "aws:ec2/defaultSubnet:DefaultSubnet"
ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
DEFAULT_ROUTE_TABLE: Final = "aws:ec2/defaultRouteTable:DefaultRouteTable"
NETWORK_ACL: Final = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT_ACL: Final = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
INSTANCE: Final = "aws:ec2/instance:Instance"
INTERFACE: Final = "aws:ec2/networkInterface:NetworkInterface"
EIP: Final = "aws:ec2/eip:Eip"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
INTERNET_GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
EGRESS_ONLY_GATEWAY: Final = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
CARRIER_GATEWAY: Final = "aws:ec2/carrierGateway:CarrierGateway"
NAT_GATEWAY: Final = "aws:ec2/natGateway:NatGateway"
VPN_GATEWAY: Final = "aws:ec2/vpnGateway:VpnGateway"
VPN_CONNECTION: Final = "aws:ec2/vpnConnection:VpnConnection"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
PEERING: Final = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
PEERING_ACCEPTER: Final = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
TRANSIT_GATEWAY: Final = "aws:ec2transitgateway/transitGateway:TransitGateway"
TRANSIT_TABLE: Final = "aws:ec2transitgateway/routeTable:RouteTable"
VPC_ATTACHMENT: Final = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
VPC_ATTACHMENT_ACCEPTER: Final = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
PEERING_ATTACHMENT: Final = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
PEERING_ATTACHMENT_ACCEPTER: Final = (
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter"
)
CONNECT: Final = "aws:ec2transitgateway/connect:Connect"
BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
LISTENER: Final = "aws:lb/listener:Listener"
TARGET_GROUP: Final = "aws:lb/targetGroup:TargetGroup"
CLUSTER: Final = "aws:eks/cluster:Cluster"
FIREWALL: Final = "aws:networkfirewall/firewall:Firewall"
# DocumentDB and Neptune keep clusters and subnet groups where RDS does, under one set of names.
DATABASE_SUBNETS: Final = (
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:docdb/subnetGroup:SubnetGroup",
    "aws:neptune/subnetGroup:SubnetGroup",
)
DATABASE: Final = "aws:rds/instance:Instance"
GRAPHS: Final = "aws:neptune/cluster:Cluster"
DATABASE_CLUSTERS: Final = ("aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster", GRAPHS)
CACHE_SUBNETS: Final = "aws:elasticache/subnetGroup:SubnetGroup"
REPLICATION_GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
MEMORY_SUBNETS: Final = "aws:memorydb/subnetGroup:SubnetGroup"
WAREHOUSE_SUBNETS: Final = "aws:redshift/subnetGroup:SubnetGroup"
COPYING_SUBNETS: Final = "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup"


class Giver(NamedTuple):
    """A resource that gives a noun its name. outputs: where the name stands, by path; one that
    ends in .* is for every text below.

    suffix: of the key, where the thing is implied by the resource and not the resource itself.
    """

    noun: Noun
    type: str
    outputs: tuple[str, ...] = ("id", "arn")
    suffix: str = ""


GIVERS: Final = (
    Giver(Noun.VPC, VPC),
    Giver(Noun.VPC, DEFAULT_VPC),
    Giver(Noun.SUBNET, SUBNET),
    Giver(Noun.SUBNET, DEFAULT_SUBNET),
    Giver(Noun.ROUTE_TABLE, ROUTE_TABLE),
    Giver(Noun.ROUTE_TABLE, VPC, ("defaultRouteTableId", "mainRouteTableId"), MAIN_ROUTE_TABLE),
    Giver(
        Noun.ROUTE_TABLE, DEFAULT_VPC, ("defaultRouteTableId", "mainRouteTableId"), MAIN_ROUTE_TABLE
    ),
    Giver(Noun.NETWORK_ACL, NETWORK_ACL),
    Giver(Noun.NETWORK_ACL, VPC, ("defaultNetworkAclId",), DEFAULT_NETWORK_ACL),
    Giver(Noun.NETWORK_ACL, DEFAULT_VPC, ("defaultNetworkAclId",), DEFAULT_NETWORK_ACL),
    Giver(Noun.SECURITY_GROUP, SECURITY_GROUP),
    Giver(Noun.SECURITY_GROUP, VPC, ("defaultSecurityGroupId",), DEFAULT_SECURITY_GROUP),
    Giver(Noun.SECURITY_GROUP, DEFAULT_VPC, ("defaultSecurityGroupId",), DEFAULT_SECURITY_GROUP),
    Giver(
        Noun.SECURITY_GROUP, CLUSTER, ("vpcConfig.clusterSecurityGroupId",), CLUSTER_SECURITY_GROUP
    ),
    Giver(Noun.PREFIX_LIST, PREFIX_LIST),
    Giver(Noun.PREFIX_LIST, ENDPOINT, ("prefixListId",), ENDPOINT_PREFIX_LIST),
    Giver(Noun.INSTANCE, INSTANCE),
    Giver(Noun.INTERFACE, INTERFACE),
    Giver(Noun.INTERFACE, INSTANCE, ("primaryNetworkInterfaceId",)),
    Giver(Noun.INTERFACE, ENDPOINT, ("networkInterfaceIds",)),
    Giver(Noun.ADDRESS, EIP, ("id", "allocationId", "publicIp")),
    Giver(Noun.LAUNCH_TEMPLATE, LAUNCH_TEMPLATE, ("id", "name")),
    Giver(Noun.INTERNET_GATEWAY, INTERNET_GATEWAY),
    Giver(Noun.EGRESS_ONLY_GATEWAY, EGRESS_ONLY_GATEWAY),
    Giver(Noun.CARRIER_GATEWAY, CARRIER_GATEWAY),
    Giver(Noun.NAT_GATEWAY, NAT_GATEWAY),
    Giver(Noun.VPN_GATEWAY, VPN_GATEWAY),
    Giver(Noun.VPC_ENDPOINT, ENDPOINT),
    Giver(Noun.VPC_PEERING_CONNECTION, PEERING),
    Giver(Noun.TRANSIT_GATEWAY, TRANSIT_GATEWAY),
    Giver(Noun.ATTACHMENT, VPC_ATTACHMENT),
    Giver(Noun.ATTACHMENT, PEERING_ATTACHMENT),
    Giver(Noun.ATTACHMENT, CONNECT),
    Giver(Noun.ATTACHMENT, VPN_CONNECTION, ("transitGatewayAttachmentId",)),
    Giver(Noun.TRANSIT_GATEWAY_TABLE, TRANSIT_TABLE),
    Giver(
        Noun.TRANSIT_GATEWAY_TABLE,
        TRANSIT_GATEWAY,
        ("associationDefaultRouteTableId", "propagationDefaultRouteTableId"),
        DEFAULT_TRANSIT_GATEWAY_TABLE,
    ),
    *(Giver(Noun.LOAD_BALANCER, type_) for type_ in BALANCERS),
    Giver(Noun.LISTENER, LISTENER),
    Giver(Noun.TARGET_GROUP, TARGET_GROUP),
    Giver(Noun.CLUSTER, CLUSTER, ("id", "name", "arn")),
    Giver(Noun.ROLE, "aws:iam/role:Role", ("id", "name", "arn")),
    Giver(Noun.INSTANCE_PROFILE, "aws:iam/instanceProfile:InstanceProfile", ("id", "name", "arn")),
    Giver(Noun.POLICY, "aws:iam/policy:Policy"),
    Giver(Noun.BUCKET, "aws:s3/bucket:Bucket", ("id", "bucket", "arn")),
    Giver(Noun.BUCKET, "aws:s3/bucketV2:BucketV2", ("id", "bucket", "arn")),
    Giver(Noun.KEY, "aws:kms/key:Key", ("id", "keyId", "arn")),
    Giver(Noun.QUEUE, "aws:sqs/queue:Queue", ("id", "url", "arn")),
    Giver(Noun.TOPIC, "aws:sns/topic:Topic"),
    Giver(Noun.REPOSITORY, "aws:ecr/repository:Repository", ("id", "name", "arn")),
    Giver(Noun.FILE_SYSTEM, "aws:efs/fileSystem:FileSystem"),
    Giver(Noun.SECRET, "aws:secretsmanager/secret:Secret"),
    Giver(Noun.DHCP_OPTIONS, "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"),
    Giver(Noun.RULE_GROUP, "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"),
    Giver(Noun.DOMAIN_LIST, "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"),
    Giver(Noun.RESOLVER_ENDPOINT, "aws:route53/resolverEndpoint:ResolverEndpoint"),
    Giver(Noun.RESOLVER_RULE, "aws:route53/resolverRule:ResolverRule"),
    Giver(Noun.HOSTED_ZONE, "aws:route53/zone:Zone", ("id", "zoneId", "arn")),
    Giver(Noun.PROFILE, "aws:route53/profilesProfile:ProfilesProfile"),
    Giver(Noun.FIREWALL, FIREWALL, ("firewallStatuses.*",)),
    *(Giver(Noun.DATABASE_SUBNETS, type_, ("id", "name", "arn")) for type_ in DATABASE_SUBNETS),
    Giver(Noun.DATABASE, DATABASE, ("id", "identifier", "arn")),
    *(
        Giver(Noun.DATABASE_CLUSTER, type_, ("id", "clusterIdentifier", "arn"))
        for type_ in DATABASE_CLUSTERS
    ),
    Giver(Noun.CACHE_SUBNETS, CACHE_SUBNETS, ("id", "name", "arn")),
    Giver(Noun.REPLICATION_GROUP, REPLICATION_GROUP, ("id", "replicationGroupId", "arn")),
    Giver(Noun.MEMORY_SUBNETS, MEMORY_SUBNETS, ("id", "name", "arn")),
    Giver(Noun.WAREHOUSE_SUBNETS, WAREHOUSE_SUBNETS, ("id", "name", "arn")),
    Giver(Noun.COPYING_SUBNETS, COPYING_SUBNETS, ("id", "replicationSubnetGroupId")),
)


class Adopter(NamedTuple):
    """A resource that takes over what exists already: its key is that of what it takes over.

    input: names what is taken over. of: what that input names; suffix: what of it is taken over.
    """

    noun: Noun
    type: str
    input: str
    of: Noun
    suffix: str = ""


ADOPTERS: Final = (
    Adopter(Noun.ROUTE_TABLE, DEFAULT_ROUTE_TABLE, "defaultRouteTableId", Noun.ROUTE_TABLE),
    Adopter(Noun.NETWORK_ACL, DEFAULT_ACL, "defaultNetworkAclId", Noun.NETWORK_ACL),
    Adopter(Noun.SECURITY_GROUP, DEFAULT_GROUP, "vpcId", Noun.VPC, DEFAULT_SECURITY_GROUP),
    Adopter(
        Noun.VPC_PEERING_CONNECTION,
        PEERING_ACCEPTER,
        "vpcPeeringConnectionId",
        Noun.VPC_PEERING_CONNECTION,
    ),
    Adopter(
        Noun.ATTACHMENT, VPC_ATTACHMENT_ACCEPTER, "transitGatewayAttachmentId", Noun.ATTACHMENT
    ),
    Adopter(
        Noun.ATTACHMENT, PEERING_ATTACHMENT_ACCEPTER, "transitGatewayAttachmentId", Noun.ATTACHMENT
    ),
)

# Inputs that come out again under the same name: whoever reads them there means what they name.
FORWARDED: Final[dict[Noun, tuple[str, ...]]] = {
    Noun.VPC: ("vpcId",),
    Noun.SUBNET: ("subnetId",),
    Noun.ROUTE_TABLE: ("routeTableId",),
    Noun.NETWORK_ACL: ("networkAclId",),
    Noun.SECURITY_GROUP: ("securityGroupId",),
    Noun.INSTANCE: ("instanceId",),
    Noun.INTERFACE: ("networkInterfaceId",),
    Noun.INTERNET_GATEWAY: ("internetGatewayId",),
    Noun.VPN_GATEWAY: ("vpnGatewayId",),
    Noun.VPC_ENDPOINT: ("vpcEndpointId",),
    Noun.VPC_PEERING_CONNECTION: ("vpcPeeringConnectionId",),
    Noun.TRANSIT_GATEWAY: ("transitGatewayId",),
    Noun.ATTACHMENT: ("transitGatewayAttachmentId",),
    Noun.TRANSIT_GATEWAY_TABLE: ("transitGatewayRouteTableId",),
    Noun.LOAD_BALANCER: ("loadBalancerArn",),
    Noun.LISTENER: ("listenerArn",),
    Noun.TARGET_GROUP: ("targetGroupArn",),
    Noun.CLUSTER: ("clusterName",),
    Noun.RULE_GROUP: ("firewallRuleGroupId",),
    Noun.DOMAIN_LIST: ("firewallDomainListId",),
    Noun.RESOLVER_RULE: ("resolverRuleId",),
    Noun.HOSTED_ZONE: ("zoneId",),
    Noun.PROFILE: ("profileId",),
    Noun.DATABASE_SUBNETS: ("dbSubnetGroupName", "neptuneSubnetGroupName"),
    Noun.DATABASE_CLUSTER: ("clusterIdentifier",),
    Noun.CACHE_SUBNETS: ("subnetGroupName",),
    Noun.REPLICATION_GROUP: ("replicationGroupId",),
    Noun.MEMORY_SUBNETS: ("subnetGroupName",),
    Noun.WAREHOUSE_SUBNETS: ("clusterSubnetGroupName",),
    Noun.COPYING_SUBNETS: ("replicationSubnetGroupId",),
}
