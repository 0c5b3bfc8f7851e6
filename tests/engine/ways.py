"""What lies at the other end of a way to another network, made through boto3 by nobody's provider,
and what AWS then says of the way itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.engine.aws_side import client
from tests.engine.world import World


@contextmanager
def transit_gateway(world: World, region: str) -> Iterator[str]:
    """The id of a transit gateway, which is deleted behind the test."""
    ec2 = client(world, "ec2", region)
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    yield gateway
    ec2.delete_transit_gateway(TransitGatewayId=gateway)


@contextmanager
def peer_vpc(world: World, region: str, cidr: str) -> Iterator[tuple[str, str]]:
    """The ids of another VPC and of a route table in it, which gets the route back."""
    ec2 = client(world, "ec2", region)
    vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    yield vpc, table
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=vpc)


def attachments(world: World, region: str, gateway: str) -> list[dict[str, Any]]:
    """The VPCs that are attached to a transit gateway."""
    known = client(world, "ec2", region).describe_transit_gateway_vpc_attachments(
        Filters=[{"Name": "transit-gateway-id", "Values": [gateway]}]
    )["TransitGatewayVpcAttachments"]
    return [a for a in known if a["State"] not in ("deleted", "deleting")]


def attach(world: World, region: str, gateway: str, vpc: str, subnet: str) -> None:
    """What the gateway's owner does for a VPC."""
    client(world, "ec2", region).create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[subnet]
    )


def detach(world: World, region: str, gateway: str) -> None:
    """And undoes again."""
    for attachment in attachments(world, region, gateway):
        client(world, "ec2", region).delete_transit_gateway_vpc_attachment(
            TransitGatewayAttachmentId=attachment["TransitGatewayAttachmentId"]
        )


def peerings(world: World, region: str, cluster: str) -> list[dict[str, Any]]:
    """The cluster's peerings that are there."""
    known = client(world, "ec2", region).describe_vpc_peering_connections(
        Filters=[{"Name": "tag:heiiki:cluster", "Values": [cluster]}]
    )["VpcPeeringConnections"]
    return [p for p in known if p["Status"]["Code"] not in ("deleted", "deleting")]


def resolves_names(peering: dict[str, Any]) -> dict[str, bool]:
    """Side to whether it answers the other's questions for its names with private addresses."""
    return {
        side: peering[f"{side}VpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"]
        for side in ("Requester", "Accepter")
    }


def peered_routes(world: World, region: str, table: str) -> list[tuple[str, str]]:
    """Destination and peering of every route of one table but the local one."""
    (found,) = client(world, "ec2", region).describe_route_tables(RouteTableIds=[table])[
        "RouteTables"
    ]
    return [
        (r["DestinationCidrBlock"], r["VpcPeeringConnectionId"])
        for r in found["Routes"]
        if r.get("GatewayId") != "local"
    ]
