"""What may be asked of the network: the VPC, its subnets and route tables, and its ways out."""

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec, default_kind
from spec.connections import ConnectionSpec
from spec.dns import DnsSpec
from spec.fields import (
    AllocationId,
    AvailabilityZone,
    BucketName,
    InternetGatewayId,
    Name,
    NatGatewayId,
    Once,
    PrivateCidr,
    PrivateCidrs,
    RouteTableId,
    SecurityGroupId,
    SubnetId,
    Text,
    VpcEndpointId,
    VpcId,
)
from spec.flow_logs import FlowLogsSpec

ServiceSuffix = Annotated[
    str,
    Text(
        r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?",
        "must be a service's suffix, such as logs or ecr.api",
    ),
]


Reason = Annotated[str, Text(r"\S[^\n]{2,199}", "must say why, in 3 to 200 characters on one line")]


class CreateVpc(Spec):
    """A VPC of its own, with DNS support and DNS hostnames on."""

    kind: Literal["create"] = "create"
    cidr: PrivateCidr = Field(
        description="IPv4 CIDR of the VPC, /16 to /28. Pods take their addresses from it."
    )
    secondary_cidrs: PrivateCidrs = Field(
        (),
        description="Further CIDRs of the VPC, for more nodes and pods. Nodes may join from a new "
        "one at once; EKS itself knows it within an hour, and until then kubectl logs and exec, "
        "and webhooks, do not reach what lies there.",
    )


class ExistingVpc(Spec):
    """A supplied VPC: nothing of it is changed. `heiiki lock` reads it, the plan checks it."""

    kind: Literal["existing"]
    vpc_id: VpcId = Field(description="Id of the supplied VPC.")
    cidr: PrivateCidr = Field(description="Its primary IPv4 CIDR.")
    secondary_cidrs: PrivateCidrs = Field((), description="Its further CIDRs.")


VpcSpec = Annotated[CreateVpc | ExistingVpc, Field(discriminator="kind"), default_kind("create")]


class CreateRouteTable(Spec):
    """A route table that several subnets share."""

    kind: Literal["create"] = "create"


class ExistingRouteTable(Spec):
    """A supplied route table: subnets that we create are associated, no route is touched."""

    kind: Literal["existing"]
    route_table_id: RouteTableId = Field(description="Id of the supplied route table.")


RouteTableSpec = Annotated[
    CreateRouteTable | ExistingRouteTable, Field(discriminator="kind"), default_kind("create")
]


class CreateSubnet(Spec):
    """A subnet that we create and associate with its route table."""

    kind: Literal["create"] = "create"
    availability_zone: AvailabilityZone = Field(description="Zone that the subnet lies in.")
    cidr: PrivateCidr = Field(description="IPv4 CIDR inside the VPC, /16 to /28, overlapping none.")
    exposure: Literal["isolated", "private", "public"] = Field(
        "isolated",
        description="isolated: no route beyond the VPC and its named connections. "
        "private: default route to a NAT gateway. public: default route to the internet gateway. "
        "The last two need network.egress of that kind.",
    )
    route_table: Name | None = Field(
        None,
        description="Name of a table in network.routeTables. Default: a table of its own.",
    )
    nat_gateway: Name | None = Field(
        None,
        description="For exposure private: name of the NAT gateway. Default: the one in the same "
        "zone, or the only one.",
    )


class ExistingSubnet(Spec):
    """A supplied subnet: neither it nor its route table is changed."""

    kind: Literal["existing"]
    subnet_id: SubnetId = Field(description="Id of the supplied subnet.")
    availability_zone: AvailabilityZone = Field(description="Zone that the subnet lies in.")
    cidr: PrivateCidr = Field(description="Its IPv4 CIDR.")
    route_table_id: RouteTableId = Field(
        description="The route table that it is associated with. It is not changed: routes and "
        "gateway endpoints in it are its owner's to add."
    )
    exposure: Literal["isolated", "private", "public"] = Field(
        "isolated", description="What its route table does; checked against `heiiki lock`."
    )


SubnetSpec = Annotated[
    CreateSubnet | ExistingSubnet, Field(discriminator="kind"), default_kind("create")
]


class NoEgress(Spec):
    """No way to the internet: no internet gateway, no NAT gateway, no default route."""

    kind: Literal["none"] = "none"


class CreateInternetGateway(Spec):
    """An internet gateway of its own, attached to the VPC."""

    kind: Literal["create"] = "create"


class ExistingInternetGateway(Spec):
    """The internet gateway that a supplied VPC has already."""

    kind: Literal["existing"]
    internet_gateway_id: InternetGatewayId = Field(description="Id of the internet gateway.")


InternetGatewaySpec = Annotated[
    CreateInternetGateway | ExistingInternetGateway,
    Field(discriminator="kind"),
    default_kind("create"),
]


class CreateElasticIp(Spec):
    """An Elastic IP of its own."""

    kind: Literal["create"] = "create"


class ExistingElasticIp(Spec):
    """A supplied Elastic IP, for a source address that others know."""

    kind: Literal["existing"]
    allocation_id: AllocationId = Field(description="Allocation id of the Elastic IP.")


ElasticIpSpec = Annotated[
    CreateElasticIp | ExistingElasticIp, Field(discriminator="kind"), default_kind("create")
]


class CreateNatGateway(Spec):
    """A NAT gateway in a public subnet."""

    kind: Literal["create"] = "create"
    subnet: Name = Field(description="Name of the public subnet that it lies in.")
    elastic_ip: ElasticIpSpec = Field(
        default_factory=CreateElasticIp, description="Its public address."
    )


class ExistingNatGateway(Spec):
    """A supplied NAT gateway."""

    kind: Literal["existing"]
    nat_gateway_id: NatGatewayId = Field(description="Id of the NAT gateway.")


NatGatewaySpec = Annotated[
    CreateNatGateway | ExistingNatGateway, Field(discriminator="kind"), default_kind("create")
]


class NatEgress(Spec):
    """Private subnets reach the internet through NAT gateways; public subnets directly. Nodes in
    public subnets have public addresses; nothing from the internet may open a connection to them.
    """

    kind: Literal["nat"]
    internet_gateway: InternetGatewaySpec = Field(
        default_factory=CreateInternetGateway, description="The VPC's internet gateway."
    )
    nat_gateways: dict[Name, NatGatewaySpec] = Field(
        min_length=1, description="NAT gateways by name: one for all zones, or one per zone."
    )


class InternetGatewayEgress(Spec):
    """Public subnets reach the internet directly, without a NAT gateway. Nodes in them have public
    addresses; nothing from the internet may open a connection to them. A subnet must be public.
    """

    kind: Literal["internetGateway"]
    internet_gateway: InternetGatewaySpec = Field(
        default_factory=CreateInternetGateway, description="The VPC's internet gateway."
    )


EgressSpec = Annotated[
    NoEgress | NatEgress | InternetGatewayEgress, Field(discriminator="kind"), default_kind("none")
]


class CreateEndpointSecurityGroup(Spec):
    """One security group for every interface endpoint."""

    kind: Literal["create"] = "create"


class ExistingEndpointSecurityGroup(Spec):
    """A supplied security group; its owner lets 443 in from nodes and the operator."""

    kind: Literal["existing"]
    security_group_id: SecurityGroupId = Field(description="Id of the security group.")


EndpointSecurityGroupSpec = Annotated[
    CreateEndpointSecurityGroup | ExistingEndpointSecurityGroup,
    Field(discriminator="kind"),
    default_kind("create"),
]


class EndpointsSpec(Spec):
    """VPC endpoints beyond the set that follows from the enabled features."""

    security_group: EndpointSecurityGroupSpec = Field(
        default_factory=CreateEndpointSecurityGroup,
        description="The security group of the interface endpoints.",
    )
    additional: dict[ServiceSuffix, Reason] = Field(
        default_factory=dict,
        description="Further AWS services by suffix, such as logs, each with the reason for it.",
    )
    existing: dict[ServiceSuffix, VpcEndpointId] = Field(
        default_factory=dict,
        description="Supplied endpoints by service suffix; they are used and not changed.",
    )
    package_repositories: tuple[Literal["al2023"], ...] = Field(
        (), description="Operating-system package buckets that the S3 endpoint lets nodes read."
    )
    buckets: Annotated[tuple[BucketName, ...], Once] = Field(
        (), description="Further buckets of the own account that nodes may read."
    )


class NetworkSpec(Spec):
    """The VPC and everything that decides where its packets may go."""

    vpc: VpcSpec = Field(
        default_factory=lambda: CreateVpc(cidr=IPv4Network("10.0.0.0/16")),
        description="The cluster's VPC, created or supplied.",
    )
    egress: EgressSpec = Field(
        default_factory=NoEgress,
        description="The way out to the internet. none is a closed network.",
    )
    route_tables: dict[Name, RouteTableSpec] = Field(
        default_factory=dict, description="Route tables that several subnets share, by name."
    )
    subnets: dict[Name, SubnetSpec] = Field(
        default_factory=dict,
        description="Subnets by name. Default: per zone one isolated subnet for nodes and pods "
        "and a /28 for the control plane's interfaces.",
    )
    connections: dict[Name, ConnectionSpec] = Field(
        default_factory=dict,
        description="Named ways to other networks: bastion VPC, peering, transit gateway, "
        "virtual private gateway.",
    )
    endpoints: EndpointsSpec = Field(
        default_factory=EndpointsSpec, description="VPC endpoints to AWS services."
    )
    dns: DnsSpec = Field(default_factory=DnsSpec, description="Names: who may resolve which.")
    flow_logs: FlowLogsSpec = Field(default_factory=FlowLogsSpec, description="VPC flow logs.")
