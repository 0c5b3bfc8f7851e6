"""The ways to other networks: bastion VPC, peering, transit gateway, virtual private gateway."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.connections import Connection
from plan.tags import Tags
from spec.connections import (
    BastionVpcConnection,
    CreateVpnGateway,
    ExistingConnection,
    ExistingVpnGateway,
    TransitGatewayConnection,
    VirtualPrivateGatewayConnection,
    VpcPeeringConnection,
)


class BastionVpc(pulumi.ComponentResource):
    """A VPC of one public subnet for the bastion; only it has an internet gateway.

    Its main route table and default security group hold nothing, as the cluster VPC's.

    Outputs:
        vpc_id, route_table_id.
        subnet_id: known only when the subnet has its way to the internet.
    """

    vpc_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    route_table_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        spec: BastionVpcConnection,
        *,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:BastionVpc", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(spec.vpc_cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=tags.named(f"{name}-vpc"),
            opts=child,
        )
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[],
            tags=tags.named(f"{name}-default-unused"), opts=child,
        )  # fmt: skip
        aws.ec2.DefaultRouteTable(
            f"{name}-main", default_route_table_id=vpc.default_route_table_id, routes=[],
            tags=tags.named(f"{name}-main-unused"), opts=child,
        )  # fmt: skip
        gateway = aws.ec2.InternetGateway(name, vpc_id=vpc.id, tags=tags.named(name), opts=child)
        subnet = aws.ec2.Subnet(
            f"{name}-public",
            vpc_id=vpc.id,
            cidr_block=str(spec.subnet_cidr),
            availability_zone=spec.availability_zone,
            map_public_ip_on_launch=False,  # the bastion has an Elastic IP of its own
            tags=tags.named(f"{name}-public"),
            opts=child,
        )
        table = aws.ec2.RouteTable(
            f"{name}-public", vpc_id=vpc.id, tags=tags.named(f"{name}-public"), opts=child
        )
        association = aws.ec2.RouteTableAssociation(
            f"{name}-public", subnet_id=subnet.id, route_table_id=table.id, opts=child
        )
        way_out = aws.ec2.Route(
            f"{name}-public-internet",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=child,
        )
        self.vpc_id, self.route_table_id = vpc.id, table.id
        # An Elastic IP is bound only where an internet gateway is attached, and it is detached only
        # when none is: so the machine waits for the way out, and goes before it.
        both = pulumi.Output.all(association.subnet_id, way_out.route_table_id)
        self.subnet_id = both.apply(lambda ids: str(ids[0]))
        self.register_outputs({"vpcId": self.vpc_id, "subnetId": self.subnet_id})


class Connections(pulumi.ComponentResource):
    """Everything that the connections need but the routes of our own tables.

    Outputs:
        target_ids: by name, what a route leads to; known only when the way is open.
        bastions: by name, the bastion VPCs that were made.
    """

    target_ids: dict[str, pulumi.Output[str]]
    bastions: dict[str, BastionVpc]

    def __init__(
        self,
        name: str,
        connections: Mapping[str, Connection],
        *,
        vpc_id: pulumi.Input[str],
        subnet_ids: Mapping[str, pulumi.Input[str]],
        account_id: str,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:Connections", name, None, opts)
        self._vpc_id, self._subnet_ids, self._tags = vpc_id, subnet_ids, tags
        self._account_id = account_id
        self.target_ids, self.bastions = {}, {}
        for connection in connections.values():
            self.target_ids[connection.name] = self._target(connection)
        self.register_outputs({"targetIds": self.target_ids})

    def _target(self, connection: Connection) -> pulumi.Output[str]:
        match connection.spec:
            case BastionVpcConnection() as spec:
                bastion = BastionVpc(
                    connection.name, spec, tags=self._tags, opts=pulumi.ResourceOptions(parent=self)
                )
                self.bastions[connection.name] = bastion
                tables = {connection.name: bastion.route_table_id}
                return self._peered(connection, bastion.vpc_id, None, None, tables)
            case VpcPeeringConnection() as spec:
                tables = {
                    f"{connection.name}-{table}": pulumi.Output.from_input(table)
                    for table in spec.peer_route_table_ids
                }
                return self._peered(
                    connection, spec.peer_vpc_id, spec.peer_account_id, spec.peer_region, tables
                )
            case TransitGatewayConnection() as spec:
                return self._transit_gateway(connection, spec)
            case ExistingConnection() as spec:
                return pulumi.Output.from_input(spec.target_id)
            case VirtualPrivateGatewayConnection() as spec:
                return self._vpn_gateway(connection.name, spec)

    def _peered(
        self,
        connection: Connection,
        peer_vpc_id: pulumi.Input[str],
        peer_account_id: str | None,
        peer_region: str | None,
        return_tables: Mapping[str, pulumi.Output[str]],
    ) -> pulumi.Output[str]:
        """A peering; accepted, named both ways and routed back where the other side is ours."""
        name, child = connection.name, pulumi.ResourceOptions(parent=self)
        foreign = peer_region is not None or peer_account_id not in (None, self._account_id)
        peering = aws.ec2.VpcPeeringConnection(
            name,
            vpc_id=self._vpc_id,
            peer_vpc_id=peer_vpc_id,
            peer_owner_id=peer_account_id,
            peer_region=peer_region,
            auto_accept=None if foreign else True,
            tags=self._tags.named(f"{name}-peering"),
            opts=child,
        )
        if foreign:
            return peering.id
        options = aws.ec2.PeeringConnectionOptions(
            name,
            vpc_peering_connection_id=peering.id,
            requester={"allow_remote_vpc_dns_resolution": True},
            accepter={"allow_remote_vpc_dns_resolution": True},
            opts=child,
        )
        for table, table_id in return_tables.items():
            for cidr in connection.near_cidrs:
                aws.ec2.Route(
                    f"{table}-to-{str(cidr).replace('/', '-')}",
                    route_table_id=table_id,
                    destination_cidr_block=str(cidr),
                    vpc_peering_connection_id=peering.id,
                    opts=child,
                )
        return options.vpc_peering_connection_id

    def _transit_gateway(
        self, connection: Connection, spec: TransitGatewayConnection
    ) -> pulumi.Output[str]:
        attachment = aws.ec2transitgateway.VpcAttachment(
            connection.name,
            vpc_id=self._vpc_id,
            transit_gateway_id=spec.transit_gateway_id,
            subnet_ids=[self._subnet_ids[s] for s in connection.attachment_subnets],
            dns_support="enable",
            ipv6_support="disable",
            tags=self._tags.named(connection.name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return attachment.transit_gateway_id

    def _vpn_gateway(self, name: str, spec: VirtualPrivateGatewayConnection) -> pulumi.Output[str]:
        if isinstance(spec.gateway, ExistingVpnGateway):
            return pulumi.Output.from_input(spec.gateway.vpn_gateway_id)
        gateway: CreateVpnGateway = spec.gateway
        created = aws.ec2.VpnGateway(
            name,
            vpc_id=self._vpc_id,
            amazon_side_asn=str(gateway.amazon_side_asn),
            tags=self._tags.named(name),
            # Another number is another gateway, and a VPC has one at a time.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return created.id
