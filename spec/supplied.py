"""What `heiiki lock` reads of supplied resources. They are only read, never changed.

Ids and CIDRs are as AWS says them: what is unsound of them is for the plan to tell.
"""

from typing import Any

from pydantic import Field

from spec.base import Spec
from spec.fields import AvailabilityZone, Cidr, PrefixListId, RouteTableId, SubnetId, VpcId


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


class SuppliedRoute(Spec):
    """One route of a supplied table."""

    destination: str = Field(description="CIDR, IPv6 CIDR or prefix list id.")
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


class SuppliedPeering(Spec):
    """A VPC peering connection that a route of a supplied table leads to."""

    peer_vpc_id: str
    made_by: str | None = Field(None, description="Cluster in its tag heiiki:cluster.")


class SuppliedEndpoint(Spec):
    """What was read of a supplied VPC endpoint."""

    vpc_id: VpcId
    service_name: str
    type: str
    state: str
    private_dns: bool
    policy: dict[str, Any] | None = Field(description="Its document; null where AWS says none.")
    availability_zones: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    route_table_ids: tuple[str, ...] = ()


class SuppliedRule(Spec):
    """What a security group lets through: ports are inclusive, all where both are null."""

    protocol: str
    ports: tuple[int, int] | None = None
    cidrs: tuple[str, ...] = ()
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
    policy: dict[str, Any] | None = Field(description="Its document; null where it has none.")


class SuppliedRepository(Spec):
    """What was read of a supplied ECR repository of the own account and region."""

    encryption: str = Field(description="AES256, KMS or KMS_DSSE.")
    tag_mutability: str
    policy: dict[str, Any] | None = Field(description="Its document; null where it has none.")


class Supplied(Spec):
    """Supplied resources by id or ARN."""

    vpcs: dict[VpcId, SuppliedVpc] = Field(default_factory=dict)
    subnets: dict[SubnetId, SuppliedSubnet] = Field(default_factory=dict)
    route_tables: dict[RouteTableId, SuppliedRouteTable] = Field(default_factory=dict)
    prefix_lists: dict[PrefixListId, tuple[str, ...]] = Field(
        default_factory=dict, description="CIDRs of the prefix lists that routes name."
    )
    peerings: dict[str, SuppliedPeering] = Field(default_factory=dict)
    endpoints: dict[str, SuppliedEndpoint] = Field(default_factory=dict)
    security_groups: dict[str, SuppliedSecurityGroup] = Field(default_factory=dict)
    buckets: dict[str, SuppliedBucket] = Field(default_factory=dict)
    repositories: dict[str, SuppliedRepository] = Field(default_factory=dict)
