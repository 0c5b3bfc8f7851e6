"""What `heiiki lock` reads of supplied resources. They are only read, never changed.

Ids and CIDRs are as AWS says them: what is unsound of them is for the plan to tell.
"""

from pydantic import Field

from spec.base import Spec
from spec.fields import (
    AllocationId,
    AnyCidr,
    AvailabilityZone,
    Cidr,
    ImageId,
    InternetGatewayId,
    NatGatewayId,
    PrefixListId,
    RouteDestination,
    RouteTableId,
    SubnetId,
    TransitGatewayId,
    VpcId,
    VpnGatewayId,
)
from spec.supplied_identities import (
    PolicyDocument,
    SuppliedHostedZone,
    SuppliedImage,
    SuppliedInstanceProfile,
    SuppliedKey,
    SuppliedLogBucket,
    SuppliedRole,
    SuppliedTargetGroup,
)


class SuppliedSubnet(Spec):
    """What was read of a supplied subnet."""

    vpc_id: VpcId
    availability_zone: AvailabilityZone
    cidr: Cidr
    ipv6_cidrs: tuple[str, ...] = ()
    route_table_id: RouteTableId | None = Field(
        description="The table in force: its own, else the VPC's main one."
    )
    tags: dict[str, str]
    map_public_ip_on_launch: bool
    available_addresses: int | None = Field(
        None,
        ge=0,
        description="IPv4 addresses that were free when the subnet was first read, before machines "
        "of this cluster took any; null where that is not known.",
    )


class SuppliedRoute(Spec):
    """One route of a supplied table."""

    destination: RouteDestination = Field(description="CIDR, IPv6 CIDR or prefix list id.")
    target: str = Field(description="Id or ARN that it leads to; local for the VPC itself.")
    blackhole: bool = Field(False, description="Whether the target is gone or detached.")


class SuppliedRouteTable(Spec):
    """What was read of a supplied route table: every route."""

    vpc_id: VpcId
    tags: dict[str, str]
    main: bool = Field(False, description="Whether it is the VPC's main table.")
    routes: tuple[SuppliedRoute, ...] = ()
    propagating_gateways: tuple[str, ...] = Field(
        (), description="Virtual private gateways that may add routes at any time."
    )


class SuppliedDnsRule(Spec):
    """One rule of a DNS Firewall."""

    action: str = Field(description="ALLOW, ALERT or BLOCK.")
    domains: tuple[str, ...] | None = Field(
        description="Its list; null where AWS shows none, as of its own lists."
    )
    query_type: str | None = Field(None, description="The only kind of query that it is about.")


class SuppliedDnsFirewall(Spec):
    """The DNS Firewall of a VPC: its rules in the order in which they are asked."""

    fail_open: bool
    rules: tuple[SuppliedDnsRule, ...] = ()


class SuppliedWatch(Spec):
    """Who watches a supplied VPC."""

    flow_logs: tuple[str, ...] = Field(
        (), description="Traffic that is recorded and delivered: ALL, ACCEPT or REJECT."
    )
    query_logs: bool = Field(False, description="Whether the resolver's queries are recorded.")
    dns_firewall: SuppliedDnsFirewall | None = Field(
        None, description="null where no rule group is associated with the VPC."
    )


class SuppliedVpc(Spec):
    """What was read of a supplied VPC."""

    cidrs: tuple[Cidr, ...]
    ipv6_cidrs: tuple[str, ...] = ()
    dns_support: bool
    dns_hostnames: bool
    tenancy: str = "default"
    domain_name_servers: tuple[str, ...] = Field(
        ("AmazonProvidedDNS",), description="Of its DHCP options; none without such options."
    )
    internet_gateway_ids: tuple[str, ...] = Field((), description="Internet gateways attached.")
    owner_id: str | None = Field(None, description="Its account, where that is another.")
    watch: SuppliedWatch | None = Field(
        None, description="null of another account's VPC, whose owner alone sees it."
    )


class SuppliedPeering(Spec):
    """A VPC peering connection that a route of a supplied table leads to, or a connection names."""

    peer_vpc_id: str
    made_by: str | None = Field(None, description="Cluster in its tag heiiki:cluster.")
    state: str = "active"
    vpc_ids: tuple[str, ...] = Field((), description="Both sides.")


class SuppliedInternetGateway(Spec):
    """What was read of a supplied internet gateway."""

    vpc_ids: tuple[str, ...] = Field(description="VPCs that it is attached to.")


class SuppliedNatGateway(Spec):
    """What was read of a supplied NAT gateway."""

    vpc_id: str
    subnet_id: str | None
    state: str
    connectivity_type: str


class SuppliedElasticIp(Spec):
    """What was read of a supplied Elastic IP."""

    domain: str
    associated_with: str | None = Field(None, description="Who has it now.")
    made_by: str | None = Field(None, description="Cluster in that one's tag heiiki:cluster.")


class SuppliedTransitGateway(Spec):
    """What was read of a supplied transit gateway."""

    state: str
    attachments: dict[str, str] = Field(
        default_factory=dict,
        description="State of the attachment by id of the supplied VPC, but for the cluster's own.",
    )


class SuppliedVpnGateway(Spec):
    """What was read of a supplied virtual private gateway."""

    state: str
    vpc_ids: tuple[str, ...] = Field(description="VPCs that it is attached to.")


class SuppliedEndpoint(Spec):
    """What was read of a supplied VPC endpoint."""

    vpc_id: VpcId
    service_name: str
    type: str
    state: str
    private_dns: bool
    policy: PolicyDocument | None = Field(description="Its document; null where AWS says none.")
    availability_zones: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    route_table_ids: tuple[str, ...] = ()


class SuppliedRule(Spec):
    """What a security group lets through: ports are inclusive, all where both are null."""

    protocol: str
    ports: tuple[int, int] | None = None
    cidrs: tuple[AnyCidr, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    prefix_list_ids: tuple[str, ...] = ()


class SuppliedSecurityGroup(Spec):
    """What was read of a supplied security group."""

    vpc_id: str | None
    ingress: tuple[SuppliedRule, ...] = ()
    egress: tuple[SuppliedRule, ...] = ()


class SuppliedBucket(Spec):
    """What was read of a supplied S3 bucket of the own account."""

    region: str
    public_access_blocked: bool = Field(description="Whether all four blocks are on.")
    encryption: str | None = Field(description="By default: AES256, aws:kms or aws:kms:dsse.")
    versioned: bool
    policy: PolicyDocument | None = Field(description="Its document; null where it has none.")


class SuppliedRepository(Spec):
    """What was read of a supplied ECR repository of the own account and region."""

    encryption: str = Field(description="AES256, KMS or KMS_DSSE.")
    tag_mutability: str
    policy: PolicyDocument | None = Field(description="Its document; null where it has none.")


class Supplied(Spec):
    """Supplied resources by id or ARN."""

    vpcs: dict[VpcId, SuppliedVpc] = Field(default_factory=dict)
    subnets: dict[SubnetId, SuppliedSubnet] = Field(default_factory=dict)
    route_tables: dict[RouteTableId, SuppliedRouteTable] = Field(default_factory=dict)
    prefix_lists: dict[PrefixListId, tuple[AnyCidr, ...]] = Field(
        default_factory=dict, description="CIDRs of the prefix lists that routes name."
    )
    peerings: dict[str, SuppliedPeering] = Field(default_factory=dict)
    endpoints: dict[str, SuppliedEndpoint] = Field(default_factory=dict)
    security_groups: dict[str, SuppliedSecurityGroup] = Field(default_factory=dict)
    internet_gateways: dict[InternetGatewayId, SuppliedInternetGateway] = Field(
        default_factory=dict
    )
    nat_gateways: dict[NatGatewayId, SuppliedNatGateway] = Field(default_factory=dict)
    elastic_ips: dict[AllocationId, SuppliedElasticIp] = Field(default_factory=dict)
    transit_gateways: dict[TransitGatewayId, SuppliedTransitGateway] = Field(default_factory=dict)
    vpn_gateways: dict[VpnGatewayId, SuppliedVpnGateway] = Field(default_factory=dict)
    roles: dict[str, SuppliedRole] = Field(default_factory=dict, description="By ARN.")
    instance_profiles: dict[str, SuppliedInstanceProfile] = Field(
        default_factory=dict, description="By ARN."
    )
    keys: dict[str, SuppliedKey] = Field(default_factory=dict, description="By ARN.")
    images: dict[ImageId, SuppliedImage] = Field(default_factory=dict)
    key_pairs: tuple[str, ...] = Field((), description="Names of those that are there.")
    target_groups: dict[str, SuppliedTargetGroup] = Field(
        default_factory=dict, description="By ARN."
    )
    hosted_zones: dict[str, SuppliedHostedZone] = Field(default_factory=dict)
    log_buckets: dict[str, SuppliedLogBucket] = Field(default_factory=dict, description="By ARN.")
    buckets: dict[str, SuppliedBucket] = Field(default_factory=dict)
    repositories: dict[str, SuppliedRepository] = Field(default_factory=dict)
