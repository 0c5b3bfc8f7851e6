"""Supplied VPCs, subnets and route tables: every attribute that decides where packets may go."""

from typing import Any

from automation.aws_calls import asking
from automation.lock.facts import Aws
from automation.lock.lookup import found, made_by, not_there, tags_of, texts
from automation.lock.supplied_watch import read_watch
from plan.brownfield.gateways import PEERED
from spec.cluster import ClusterSpec
from spec.connections import ExistingConnection, VpcPeeringConnection
from spec.network import ExistingRouteTable, ExistingSubnet, ExistingVpc
from spec.supplied import Supplied, SuppliedSubnet

# Every member of a route that says where it leads: EC2 API reference, Route (read 2026-11-22).
TARGETS = (
    "GatewayId", "NatGatewayId", "TransitGatewayId", "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId", "InstanceId", "VpcPeeringConnectionId", "LocalGatewayId",
    "CarrierGatewayId", "CoreNetworkArn", "OdbNetworkArn", "IpAddress",
)  # fmt: skip
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def read_network(aws: Aws, spec: ClusterSpec, account_id: str, before: Supplied) -> dict[str, Any]:
    """The lock file's keys for VPCs, subnets, route tables, prefix lists and peerings."""
    network = spec.network
    vpcs = {network.vpc.vpc_id: "network.vpc.vpcId"} if isinstance(network.vpc, ExistingVpc) else {}
    subnets = {
        subnet.subnet_id: f"network.subnets.{name}.subnetId"
        for name, subnet in network.subnets.items()
        if isinstance(subnet, ExistingSubnet)
    }
    tables = {
        subnet.route_table_id: f"network.subnets.{name}.routeTableId"
        for name, subnet in network.subnets.items()
        if isinstance(subnet, ExistingSubnet)
    } | {
        table.route_table_id: f"network.routeTables.{name}.routeTableId"
        for name, table in network.route_tables.items()
        if isinstance(table, ExistingRouteTable)
    }
    read_tables = {i: route_table(t) for i, t in found(aws, "route_table", tables).items()}
    routes = [route for table in read_tables.values() for route in table["routes"]]
    own = {table["vpcId"] for table in read_tables.values()} | set(vpcs)
    named = {
        c.target_id: f"network.connections.{name}.targetId"
        for name, c in network.connections.items()
        if isinstance(c, ExistingConnection) and c.target_id.startswith("pcx-")
    }
    return {
        "vpcs": {i: _vpc(aws, v, account_id) for i, v in found(aws, "vpc", vpcs).items()},
        "subnets": {i: _subnet(s, _table_of(aws, s), before.subnets.get(i))
                    for i, s in found(aws, "subnet", subnets).items()},
        "routeTables": read_tables,
        "prefixLists": _prefix_lists(aws, routes),
        "peerings": _peerings(aws, routes, named, own) | _peered(aws, spec, own),
    }  # fmt: skip


def _vpc(aws: Aws, vpc: Any, account_id: str) -> dict[str, Any]:
    cidrs = _associated(vpc.get("CidrBlockAssociationSet", ()), "CidrBlock", "CidrBlockState")
    switches = {}
    for name in ("enableDnsSupport", "enableDnsHostnames"):
        with asking("ec2:DescribeVpcAttribute"):
            answer = aws.client("ec2").describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)
        switches[name] = answer[name[0].upper() + name[1:]]["Value"]
    owned = vpc.get("OwnerId", account_id) == account_id
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
    gateways = aws.paged("ec2", "describe_internet_gateways", "InternetGateways", Filters=attached)
    return {
        "cidrs": cidrs or [vpc["CidrBlock"]],
        "ipv6Cidrs": ipv6_cidrs(vpc),
        "dnsSupport": switches["enableDnsSupport"],
        "dnsHostnames": switches["enableDnsHostnames"],
        "tenancy": vpc.get("InstanceTenancy", "default"),
        "domainNameServers": _name_servers(aws, vpc["DhcpOptionsId"]),
        "internetGatewayIds": texts(g["InternetGatewayId"] for g in gateways),
        "ownerId": None if owned else vpc["OwnerId"],
        "watch": read_watch(aws, vpc["VpcId"]) if owned else None,
    }


def _associated(blocks: Any, key: str, state: str) -> list[str]:
    return [b[key] for b in blocks if b[state]["State"] in ("associated", "associating")]


def ipv6_cidrs(holder: Any) -> list[str]:
    """IPv6 blocks of a VPC or a subnet."""
    blocks = holder.get("Ipv6CidrBlockAssociationSet", ())
    return _associated(blocks, "Ipv6CidrBlock", "Ipv6CidrBlockState")


def _name_servers(aws: Aws, options_id: str) -> list[str]:
    """Of the VPC's DHCP options; AWS writes "default" where it has none.

    Source: EC2 API reference, AssociateDhcpOptions (read 2026-11-22).
    """
    if options_id == "default":
        return []
    filters = [{"Name": "dhcp-options-id", "Values": [options_id]}]
    sets = aws.paged("ec2", "describe_dhcp_options", "DhcpOptions", Filters=filters)
    return [
        value["Value"]
        for options in sets
        for row in options["DhcpConfigurations"]
        if row["Key"] == "domain-name-servers"
        for value in row["Values"]
    ]


def _table_of(aws: Aws, subnet: Any) -> str | None:
    """The table that routes for the subnet: its own, else the VPC's main one."""
    for name, value in (
        ("association.subnet-id", [subnet["SubnetId"]]),
        ("association.main", ["true"]),
    ):
        filters = [{"Name": name, "Values": value},
                   {"Name": "vpc-id", "Values": [subnet["VpcId"]]}]  # fmt: skip
        tables = aws.paged("ec2", "describe_route_tables", "RouteTables", Filters=filters)
        if tables:
            return str(tables[0]["RouteTableId"])
    return None


def _subnet(
    subnet: Any, route_table_id: str | None, before: SuppliedSubnet | None
) -> dict[str, Any]:
    """before: as it was read before. Free addresses are told of the first reading alone: later on,
    machines of this very cluster are among those that have taken some."""
    free = subnet["AvailableIpAddressCount"] if before is None else before.available_addresses
    return {
        "vpcId": subnet["VpcId"],
        "availabilityZone": subnet["AvailabilityZone"],
        "cidr": subnet["CidrBlock"],
        "ipv6Cidrs": ipv6_cidrs(subnet),
        "routeTableId": route_table_id,
        "tags": tags_of(subnet),
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
        "availableAddresses": free,
    }


def route_table(table: Any) -> dict[str, Any]:
    """Every route of the table; one whose target has no known member is still told, as unknown."""
    routes = [
        {
            "destination": next((route[d] for d in DESTINATIONS if route.get(d)), "unknown"),
            "target": next((route[t] for t in TARGETS if route.get(t)), "unknown"),
            "blackhole": route.get("State") == "blackhole",
        }
        for route in table["Routes"]
    ]
    return {
        "vpcId": table["VpcId"],
        "tags": tags_of(table),
        "main": any(a.get("Main") for a in table.get("Associations", ())),
        "routes": sorted(routes, key=lambda r: (r["target"] != "local", r["destination"])),
        "propagatingGateways": texts(g["GatewayId"] for g in table.get("PropagatingVgws", ())),
    }


def _prefix_lists(aws: Aws, routes: list[dict[str, Any]]) -> dict[str, list[str]]:
    """CIDRs of the lists that routes name; a gateway endpoint's own list is AWS's to keep."""
    named = [r["destination"] for r in routes if not r["target"].startswith("vpce-")]
    ids = {destination for destination in named if destination.startswith("pl-")}
    return {
        list_id: texts(
            entry["Cidr"]
            for entry in aws.paged("ec2", "get_managed_prefix_list_entries", "Entries",
                                   PrefixListId=list_id)
        )
        for list_id in sorted(ids)
    }  # fmt: skip


def _peerings(
    aws: Aws, routes: list[dict[str, Any]], named: dict[str, str], own: set[str]
) -> dict[str, dict[str, Any]]:
    """Who is on the other side of the peerings that routes lead to, and of those `named` by id."""
    ids = sorted({r["target"] for r in routes if r["target"].startswith("pcx-")} | set(named))
    if not ids:
        return {}
    filters = [{"Name": "vpc-peering-connection-id", "Values": ids}]
    rows = aws.paged(
        "ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", Filters=filters
    )
    peerings = {str(p["VpcPeeringConnectionId"]): _peering(p, own) for p in rows}
    for peering_id, path in named.items():
        if peering_id not in peerings:
            not_there(aws, path, peering_id)
    return dict(sorted(peerings.items()))


def _peered(aws: Aws, spec: ClusterSpec, own: set[str]) -> dict[str, dict[str, Any]]:
    """Peerings of others that the supplied VPC has with a VPC which one more is asked for."""
    vpc = spec.network.vpc
    peers = sorted({c.peer_vpc_id for c in spec.network.connections.values()
                    if isinstance(c, VpcPeeringConnection)})  # fmt: skip
    if not (peers and isinstance(vpc, ExistingVpc)):
        return {}
    rows = [
        row
        for ours, theirs in (("requester", "accepter"), ("accepter", "requester"))
        for row in aws.paged(
            "ec2", "describe_vpc_peering_connections", "VpcPeeringConnections",
            Filters=[{"Name": f"{ours}-vpc-info.vpc-id", "Values": [vpc.vpc_id]},
                     {"Name": f"{theirs}-vpc-info.vpc-id", "Values": peers}],
        )
        if row["Status"]["Code"] in PEERED and not made_by(row, spec.name)
    ]  # fmt: skip
    return {str(row["VpcPeeringConnectionId"]): _peering(row, own) for row in rows}


def _peering(row: Any, own: set[str]) -> dict[str, Any]:
    sides = [row["AccepterVpcInfo"]["VpcId"], row["RequesterVpcInfo"]["VpcId"]]
    return {
        "peerVpcId": next((side for side in sides if side not in own), "unknown"),
        "madeBy": tags_of(row).get("heiiki:cluster"),
        "state": row["Status"]["Code"],
        "vpcIds": texts(sides),
    }
