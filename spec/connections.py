"""The named ways between the cluster's VPC and other networks."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from spec.base import Spec, default_kind
from spec.fields import (
    AccountId,
    AvailabilityZone,
    Cidrs,
    ImageId,
    InstanceType,
    KeyName,
    Name,
    Once,
    PrivateCidr,
    PrivateCidrs,
    Region,
    RouteTableId,
    Text,
    TransitGatewayId,
    VpcId,
    VpnGatewayId,
    WholeNumber,
)


class MachineSpec(Spec):
    """An EC2 instance for people: a bastion or an operator's machine."""

    instance_type: InstanceType = Field("t3.small", description="EC2 instance type.")
    image_id: ImageId | None = Field(
        None,
        description="Machine image, best one that carries kubectl. Default: Amazon Linux 2023 "
        "from the lock file.",
    )
    key_name: KeyName | None = Field(
        None, description="Existing EC2 key pair for SSH. Default: none, Session Manager only."
    )
    root_volume_gib: WholeNumber = Field(
        8, ge=8, le=16384, description="Encrypted root volume, GiB."
    )


class _Connection(Spec):
    subnets: tuple[Name, ...] = Field(
        (),
        description="Subnets whose route tables lead to the other side. Default: the operator's "
        "subnet or, without one, the control plane's subnets. A warning tells where nodes lie in "
        "one of them, since every pod then has routes to the other side.",
    )


class BastionVpcConnection(_Connection):
    """A VPC of its own with a bastion, peered: nothing passes a peering to the internet."""

    kind: Literal["bastionVpc"]
    vpc_cidr: PrivateCidr = Field(description="CIDR of the bastion VPC.")
    subnet_cidr: PrivateCidr = Field(description="CIDR of its one public subnet.")
    availability_zone: AvailabilityZone = Field(description="Zone of the public subnet.")
    allowed_cidrs: Cidrs = Field(
        min_length=1,
        description="Who may open SSH to the bastion: your own addresses, such as 203.0.113.7/32.",
    )
    machine: MachineSpec = Field(default_factory=MachineSpec, description="The bastion itself.")


class VpcPeeringConnection(_Connection):
    """A peering with a supplied VPC. Its owner accepts, and routes back, where it is not ours."""

    kind: Literal["vpcPeering"]
    peer_vpc_id: VpcId = Field(description="Id of the other VPC.")
    peer_cidrs: PrivateCidrs = Field(
        min_length=1, description="The part of the other VPC that may talk to us."
    )
    peer_account_id: AccountId | None = Field(
        None, description="Its account, where it is not the cluster's own."
    )
    peer_region: Region | None = Field(
        None, description="Its region, where it is not the cluster's own."
    )
    peer_route_table_ids: Annotated[tuple[RouteTableId, ...], Once] = Field(
        (), description="Route tables of the other side that get the route back; same account only."
    )


class TransitGatewayConnection(_Connection):
    """An attachment to a supplied transit gateway."""

    kind: Literal["transitGateway"]
    transit_gateway_id: TransitGatewayId = Field(description="Id of the transit gateway.")
    on_premises_cidrs: PrivateCidrs = Field(
        min_length=1, description="What lies behind it and may talk to us."
    )


class CreateVpnGateway(Spec):
    """A virtual private gateway of its own, for Direct Connect or a VPN."""

    kind: Literal["create"] = "create"
    amazon_side_asn: WholeNumber = Field(
        64512,
        description="Private autonomous system number of AWS's side: 64512 to 65534, or "
        "4200000000 to 4294967294.",
    )

    @field_validator("amazon_side_asn")
    @classmethod
    def _is_private(cls, number: int) -> int:
        if not (64512 <= number <= 65534 or 4200000000 <= number <= 4294967294):  # RFC 6996
            raise ValueError(
                "is no private number; write one of 64512 to 65534, or 4200000000 to 4294967294"
            )
        return number


class ExistingVpnGateway(Spec):
    """A supplied virtual private gateway, attached to the VPC by its owner."""

    kind: Literal["existing"]
    vpn_gateway_id: VpnGatewayId = Field(description="Id of the virtual private gateway.")


VpnGatewaySpec = Annotated[
    CreateVpnGateway | ExistingVpnGateway, Field(discriminator="kind"), default_kind("create")
]


class VirtualPrivateGatewayConnection(_Connection):
    """A virtual private gateway for Direct Connect or a VPN, with static routes only."""

    kind: Literal["virtualPrivateGateway"]
    gateway: VpnGatewaySpec = Field(
        default_factory=CreateVpnGateway, description="The gateway, created or supplied."
    )
    on_premises_cidrs: PrivateCidrs = Field(
        min_length=1, description="What lies behind it and may talk to us."
    )


class ExistingConnection(_Connection):
    """A way that a supplied VPC has already: nothing is made but routes in our own tables."""

    kind: Literal["existing"]
    target_id: Annotated[
        str,
        Text(
            r"(?:tgw|pcx)-(?:[0-9a-f]{8}|[0-9a-f]{17})",
            "must be the id of a transit gateway or a VPC peering connection, such as "
            "tgw-0123456789abcdef0 or pcx-0123456789abcdef0",
        ),
    ] = Field(description="Id of the transit gateway or the VPC peering connection.")
    cidrs: PrivateCidrs = Field(min_length=1, description="What lies behind it and may talk to us.")


ConnectionSpec = Annotated[
    BastionVpcConnection
    | ExistingConnection
    | VpcPeeringConnection
    | TransitGatewayConnection
    | VirtualPrivateGatewayConnection,
    Field(discriminator="kind"),
]
