"""Supplied gateways and addresses: whether they live, where they are attached, who has them."""

from typing import Any

from automation.lock.facts import Aws
from automation.lock.lookup import chosen, found, made_by, tags_of, texts
from spec.cluster import ClusterSpec
from spec.connections import (
    CreateVpnGateway,
    ExistingConnection,
    ExistingVpnGateway,
    TransitGatewayConnection,
    VirtualPrivateGatewayConnection,
)
from spec.network import (
    ExistingElasticIp,
    ExistingInternetGateway,
    ExistingNatGateway,
    ExistingVpc,
    NatEgress,
    NoEgress,
)


def read_gateways(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    """The lock file's keys for gateways of every kind, and for Elastic IPs."""
    return {
        "internetGateways": _internet_gateways(aws, spec),
        **_nat_gateways_and_addresses(aws, spec),
        "transitGateways": _transit_gateways(aws, spec),
        "vpnGateways": _vpn_gateways(aws, spec),
    }


def _internet_gateways(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    egress, paths = spec.network.egress, {}
    if not isinstance(egress, NoEgress):
        gateway = egress.internet_gateway
        if isinstance(gateway, ExistingInternetGateway):
            path = "network.egress.internetGateway.internetGatewayId"
            paths[gateway.internet_gateway_id] = path
    return {
        i: {"vpcIds": texts(a["VpcId"] for a in row.get("Attachments", ()))}
        for i, row in found(aws, "internet_gateway", paths).items()
    }


def _nat_gateways_and_addresses(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    egress = spec.network.egress
    asked = egress.nat_gateways if isinstance(egress, NatEgress) else {}
    gateways, addresses = {}, {}
    for name, nat in asked.items():
        path = f"network.egress.natGateways.{name}"
        if isinstance(nat, ExistingNatGateway):
            gateways[nat.nat_gateway_id] = f"{path}.natGatewayId"
        elif isinstance(nat.elastic_ip, ExistingElasticIp):
            addresses[nat.elastic_ip.allocation_id] = f"{path}.elasticIp.allocationId"
    there = _nat_gateways(aws, gateways)
    ips = _addresses(aws, addresses)
    users = _users(aws, [i for i, ip in ips.items() if ip.get("AssociationId")])
    return {
        "natGateways": {i: _nat_gateway(row) for i, row in there.items()},
        "elasticIps": {i: _elastic_ip(ip, users.get(i)) for i, ip in ips.items()},
    }


def _nat_gateways(aws: Aws, paths: dict[str, str]) -> dict[str, Any]:
    if not paths:
        return {}
    rows = aws.paged("ec2", "describe_nat_gateways", "NatGateways",
                     Filter=[{"Name": "nat-gateway-id", "Values": sorted(paths)}])  # fmt: skip
    return chosen(aws, paths, {row["NatGatewayId"]: row for row in rows})


def _addresses(aws: Aws, paths: dict[str, str]) -> dict[str, Any]:
    if not paths:
        return {}
    rows = aws.paged("ec2", "describe_addresses", "Addresses",
                     Filters=[{"Name": "allocation-id", "Values": sorted(paths)}])  # fmt: skip
    return chosen(aws, paths, {row["AllocationId"]: row for row in rows})


def _nat_gateway(row: Any) -> dict[str, Any]:
    return {
        "vpcId": row["VpcId"],
        "subnetId": row.get("SubnetId"),
        "state": row["State"],
        "connectivityType": row.get("ConnectivityType", "public"),
    }


def _users(aws: Aws, allocation_ids: list[str]) -> dict[str, Any]:
    """NAT gateways by the allocation id of an address that they have."""
    if not allocation_ids:
        return {}
    rows = aws.paged("ec2", "describe_nat_gateways", "NatGateways")
    return {
        address["AllocationId"]: row
        for row in rows
        for address in row.get("NatGatewayAddresses", ())
        if address.get("AllocationId") in allocation_ids and row["State"] != "deleted"
    }


def _elastic_ip(row: Any, user: Any) -> dict[str, Any]:
    holders = (row.get("InstanceId"), row.get("NetworkInterfaceId"), row.get("AssociationId"))
    return {
        "domain": row["Domain"],
        "associatedWith": user["NatGatewayId"] if user else next(filter(None, holders), None),
        "madeBy": tags_of(user).get("heiiki:cluster") if user else None,
    }


def _transit_gateways(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    paths = {}
    for name, connection in spec.network.connections.items():
        path = f"network.connections.{name}"
        if isinstance(connection, TransitGatewayConnection):
            paths[connection.transit_gateway_id] = f"{path}.transitGatewayId"
        elif isinstance(connection, ExistingConnection) and connection.target_id[:3] == "tgw":
            paths[connection.target_id] = f"{path}.targetId"
    there = found(aws, "transit_gateway", paths)
    return {
        i: {"state": row["State"], "attachments": _attachments(aws, spec, i)}
        for i, row in there.items()
    }


def _attachments(aws: Aws, spec: ClusterSpec, gateway_id: str) -> dict[str, str]:
    """Of the supplied VPC only, and not the cluster's own; one that was taken away stays in sight
    for a while."""
    vpc = spec.network.vpc
    if not isinstance(vpc, ExistingVpc):
        return {}
    filters = [{"Name": "transit-gateway-id", "Values": [gateway_id]},
               {"Name": "vpc-id", "Values": [vpc.vpc_id]}]  # fmt: skip
    rows = aws.paged("ec2", "describe_transit_gateway_vpc_attachments",
                     "TransitGatewayVpcAttachments", Filters=filters)  # fmt: skip
    alive = [row for row in rows if row["State"] not in ("deleted", "deleting", "failed")
             and not made_by(row, spec.name)]  # fmt: skip
    return {row["VpcId"]: row["State"] for row in alive}


def _vpn_gateways(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    paths = {
        c.gateway.vpn_gateway_id: f"network.connections.{name}.gateway.vpnGatewayId"
        for name, c in spec.network.connections.items()
        if isinstance(c, VirtualPrivateGatewayConnection)
        and isinstance(c.gateway, ExistingVpnGateway)
    }
    return {
        i: {
            "state": row["State"],
            "vpcIds": texts(a["VpcId"] for a in row.get("VpcAttachments", ())
                            if a["State"] == "attached"),
        }
        for i, row in {**found(aws, "vpn_gateway", paths), **_attached(aws, spec)}.items()
    }  # fmt: skip


def _attached(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    """Those of others that the supplied VPC has, where one more is asked for."""
    vpc = spec.network.vpc
    asked = [c for c in spec.network.connections.values()
             if isinstance(c, VirtualPrivateGatewayConnection)
             and isinstance(c.gateway, CreateVpnGateway)]  # fmt: skip
    if not (asked and isinstance(vpc, ExistingVpc)):
        return {}
    rows = aws.paged("ec2", "describe_vpn_gateways", "VpnGateways",
                     Filters=[{"Name": "attachment.vpc-id", "Values": [vpc.vpc_id]}])  # fmt: skip
    return {row["VpnGatewayId"]: row for row in rows if not made_by(row, spec.name)}
