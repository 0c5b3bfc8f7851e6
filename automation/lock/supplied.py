"""What the lock file records of supplied VPCs, subnets and route tables. They are only read."""

from typing import Any

from automation.aws_calls import asking
from automation.lock.facts import Aws
from spec.cluster import ClusterSpec
from spec.lock import Supplied
from spec.network import ExistingRouteTable, ExistingSubnet, ExistingVpc

_DEFAULT_ROUTES = ("0.0.0.0/0", "::/0")
_TARGETS = (
    "GatewayId", "NatGatewayId", "TransitGatewayId", "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId", "InstanceId", "VpcPeeringConnectionId", "LocalGatewayId",
    "CarrierGatewayId", "CoreNetworkArn", "OdbNetworkArn",
)  # fmt: skip


def read_supplied(aws: Aws, spec: ClusterSpec) -> Supplied:
    """Attributes of everything that the stack file supplies by id; faults for ids not found."""
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
    found_subnets = _found(aws, "subnet", subnets)
    found_tables = _found(aws, "route_table", tables)
    return Supplied.model_validate(
        {
            "vpcs": {v["VpcId"]: _vpc(aws, v) for v in _found(aws, "vpc", vpcs)},
            "subnets": {s["SubnetId"]: _subnet(s, _table_of(aws, s)) for s in found_subnets},
            "routeTables": {t["RouteTableId"]: _route_table(t) for t in found_tables},
        }
    )


def _found(aws: Aws, noun: str, paths: dict[str, str]) -> list[Any]:
    """The resources of these ids, by id; a fault at its YAML path for each that is not there.

    By filter and not by id: asked for by id, AWS answers one unknown id with an error for all.
    """
    if not paths:
        return []
    key = "".join(part.title() for part in noun.split("_"))
    filters = [{"Name": f"{noun.replace('_', '-')}-id", "Values": sorted(paths)}]
    items = aws.paged("ec2", f"describe_{noun}s", f"{key}s", Filters=filters)
    found = {item[f"{key}Id"]: item for item in items}
    for resource_id, path in paths.items():
        if resource_id not in found:
            aws.faults.add(path, f"is not in this account in {aws.region}; correct the id, or take "
                           "the credentials of its account", resource_id)  # fmt: skip
    return [found[resource_id] for resource_id in sorted(found)]


def _vpc(aws: Aws, vpc: Any) -> dict[str, Any]:
    cidrs = [
        block["CidrBlock"]
        for block in vpc.get("CidrBlockAssociationSet", ())
        if block["CidrBlockState"]["State"] in ("associated", "associating")
    ]
    switches = {}
    for name in ("enableDnsSupport", "enableDnsHostnames"):
        with asking("ec2:DescribeVpcAttribute"):
            answer = aws.client("ec2").describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)
        switches[name] = answer[name[0].upper() + name[1:]]["Value"]
    return {
        "cidrs": cidrs or [vpc["CidrBlock"]],
        "dnsSupport": switches["enableDnsSupport"],
        "dnsHostnames": switches["enableDnsHostnames"],
    }


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


def _subnet(subnet: Any, route_table_id: str | None) -> dict[str, Any]:
    return {
        "vpcId": subnet["VpcId"],
        "availabilityZone": subnet["AvailabilityZone"],
        "cidr": subnet["CidrBlock"],
        "routeTableId": route_table_id,
        "tags": _tags(subnet),
        "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
    }


def _route_table(table: Any) -> dict[str, Any]:
    targets = [
        route[member]
        for route in table["Routes"]
        if (route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock"))
        in _DEFAULT_ROUTES
        for member in _TARGETS
        if route.get(member)
    ]
    # The way to the internet itself weighs most, where IPv4 and IPv6 lead to different places.
    targets.sort(key=lambda target: not target.startswith("igw-"))
    return {
        "vpcId": table["VpcId"],
        "tags": _tags(table),
        "defaultRouteTarget": targets[0] if targets else None,
    }


def _tags(resource: Any) -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in sorted(resource.get("Tags", ()), key=lambda t: t["Key"])}
