"""What AWS itself says there is, asked through boto3; shares nothing with the providers."""

from functools import cache
from typing import Any

import boto3

from tests.engine.world import World


def client(world: World, service: str, region: str) -> Any:
    """A boto3 client of the world's embedded AWS."""
    return _client(service, region, world.aws_endpoint_url)


@cache
def _client(service: str, region: str, endpoint_url: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )


def name_of(thing: dict[str, Any]) -> str:
    """The Name tag, or nothing."""
    tags = {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}
    return tags.get("Name", "")


def inventory(world: World, region: str, cluster: str) -> dict[str, list[str]]:
    """Everything of one cluster by noun, each by a name that does not depend on the run.

    A thing that was made twice stands twice; a thing without the cluster's tag where it should
    have one is not of the cluster and is found by `local.leftovers` after a destroy.
    """
    ec2, iam = client(world, "ec2", region), client(world, "iam", region)
    owned = [{"Name": "tag:heiiki:cluster", "Values": [cluster]}]
    reservations = ec2.describe_instances(Filters=owned)["Reservations"]
    running = [i for r in reservations for i in r["Instances"] if i["State"]["Name"] == "running"]
    found = {
        "vpcs": ec2.describe_vpcs(Filters=owned)["Vpcs"],
        "subnets": ec2.describe_subnets(Filters=owned)["Subnets"],
        "route tables": ec2.describe_route_tables(Filters=owned)["RouteTables"],
        "security groups": ec2.describe_security_groups(Filters=owned)["SecurityGroups"],
        "endpoints": ec2.describe_vpc_endpoints(Filters=owned)["VpcEndpoints"],
        "peerings": [
            p for p in ec2.describe_vpc_peering_connections(Filters=owned)["VpcPeeringConnections"]
            if p["Status"]["Code"] not in ("deleted", "rejected")
        ],
        "internet gateways": ec2.describe_internet_gateways(Filters=owned)["InternetGateways"],
        "nat gateways": [
            n for n in ec2.describe_nat_gateways(Filters=owned)["NatGateways"]
            if n["State"] != "deleted"
        ],
        "elastic ips": ec2.describe_addresses(Filters=owned)["Addresses"],
        "launch templates": ec2.describe_launch_templates(Filters=owned)["LaunchTemplates"],
        "flow logs": ec2.describe_flow_logs(Filters=owned)["FlowLogs"],
        "machines": running,
    }  # fmt: skip
    named = {noun: sorted(name_of(thing) for thing in things) for noun, things in found.items()}
    named["roles"] = sorted(
        r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"].startswith(f"{cluster}-")
    )
    named["log groups"] = sorted(
        g["logGroupName"]
        for g in client(world, "logs", region).describe_log_groups()["logGroups"]
        if f"/{cluster}/" in g["logGroupName"]
    )
    named |= _eks(world, region, cluster) | _dns(world, region, cluster)
    named["auto scaling groups"] = sorted(
        max(
            (t["Key"] == "heiiki:pool", t["Value"])
            for t in g["Tags"]
            if t["Key"] in ("heiiki:pool", "heiiki:role")
        )[1]
        for g in client(world, "autoscaling", region).describe_auto_scaling_groups()[
            "AutoScalingGroups"
        ]
    )
    return named


def _eks(world: World, region: str, cluster: str) -> dict[str, list[str]]:
    eks = client(world, "eks", region)
    clusters = [name for name in eks.list_clusters()["clusters"] if name == cluster]
    if not clusters:
        return {"clusters": []}
    return {
        "clusters": clusters,
        "add-ons": sorted(eks.list_addons(clusterName=cluster)["addons"]),
        "access entries": sorted(eks.list_access_entries(clusterName=cluster)["accessEntries"]),
        "node groups": sorted(
            name.rsplit("-", 1)[0]
            for name in eks.list_nodegroups(clusterName=cluster)["nodegroups"]
        ),
    }


def _dns(world: World, region: str, cluster: str) -> dict[str, list[str]]:
    resolver = client(world, "route53resolver", region)
    groups = resolver.list_firewall_rule_groups()["FirewallRuleGroups"]
    return {
        "dns firewalls": sorted(g["Name"] for g in groups if g["Name"].startswith(f"{cluster}-")),
        "query logs": sorted(
            c["Name"]
            for c in resolver.list_resolver_query_log_configs()["ResolverQueryLogConfigs"]
            if c["Name"].startswith(f"{cluster}-")
        ),
    }


def routes_out(world: World, region: str, cluster: str) -> dict[str, list[str]]:
    """Route table name to what leads beyond the VPC: "destination target"."""
    ec2 = client(world, "ec2", region)
    owned = [{"Name": "tag:heiiki:cluster", "Values": [cluster]}]
    targets = ("GatewayId", "NatGatewayId", "VpcPeeringConnectionId", "TransitGatewayId")
    return {
        name_of(table): sorted(
            f"{route.get('DestinationCidrBlock') or route.get('DestinationPrefixListId')} "
            f"{next(route[t] for t in targets if route.get(t)).split('-')[0]}"
            for route in table["Routes"]
            if route.get("GatewayId") != "local"
        )
        for table in ec2.describe_route_tables(Filters=owned)["RouteTables"]
    }


def inbound_addresses(world: World, region: str) -> dict[str, list[str]]:
    """Inbound endpoint's name to the addresses at which it listens."""
    resolver = client(world, "route53resolver", region)
    return {
        endpoint["Name"]: sorted(
            row["Ip"]
            for row in resolver.list_resolver_endpoint_ip_addresses(
                ResolverEndpointId=endpoint["Id"]
            )["IpAddresses"]
        )
        for endpoint in resolver.list_resolver_endpoints()["ResolverEndpoints"]
        if endpoint["Direction"] == "INBOUND"
    }
