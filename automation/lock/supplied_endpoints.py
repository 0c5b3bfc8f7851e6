"""Supplied VPC endpoints and security groups: what they let through, to whom and from where."""

import json
from typing import Any

from automation.lock.facts import Aws
from automation.lock.lookup import chosen, found, texts
from plan.brownfield.uses import security_group_uses
from spec.cluster import ClusterSpec


def read_endpoints(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    """The lock file's keys for supplied endpoints and security groups, those of endpoints too."""
    asked = spec.network.endpoints
    paths = {i: f"network.endpoints.existing.{service}" for service, i in asked.existing.items()}
    there: dict[str, Any] = {}
    if paths:  # all of them: AWS answers an unknown id with an error for all
        rows = aws.paged("ec2", "describe_vpc_endpoints", "VpcEndpoints")
        there = chosen(aws, paths, {row["VpcEndpointId"]: row for row in rows})
    zones = _zones(aws, [s for row in there.values() for s in row.get("SubnetIds", ())])
    endpoints = {i: _endpoint(row, zones) for i, row in there.items()}
    groups = {
        group: f"network.endpoints.existing.{service}"
        for service, i in asked.existing.items()
        if i in endpoints
        for group in endpoints[i]["securityGroupIds"]
    }
    groups |= {use.named: use.path for use in security_group_uses(spec)}
    read = found(aws, "security_group", groups, key="Group", filter_name="group-id")
    return {"endpoints": endpoints, "securityGroups": {i: _group(g) for i, g in read.items()}}


def _zones(aws: Aws, subnet_ids: list[str]) -> dict[str, str]:
    """Subnet id to Availability Zone."""
    if not subnet_ids:
        return {}
    filters = [{"Name": "subnet-id", "Values": sorted(set(subnet_ids))}]
    subnets = aws.paged("ec2", "describe_subnets", "Subnets", Filters=filters)
    return {s["SubnetId"]: s["AvailabilityZone"] for s in subnets}


def _endpoint(row: Any, zones: dict[str, str]) -> dict[str, Any]:
    document = row.get("PolicyDocument")
    return {
        "vpcId": row["VpcId"],
        "serviceName": row["ServiceName"],
        "type": row["VpcEndpointType"],
        "state": row["State"].lower(),
        "privateDns": bool(row.get("PrivateDnsEnabled")),
        "policy": json.loads(document) if document else None,
        "availabilityZones": texts({zones[s] for s in row.get("SubnetIds", ()) if s in zones}),
        "securityGroupIds": texts(g["GroupId"] for g in row.get("Groups", ())),
        "routeTableIds": texts(row.get("RouteTableIds", ())),
    }


def _group(group: Any) -> dict[str, Any]:
    return {
        "vpcId": group.get("VpcId"),
        "ingress": [_rule(p) for p in group["IpPermissions"]],
        "egress": [_rule(p) for p in group["IpPermissionsEgress"]],
    }


def _rule(permission: Any) -> dict[str, Any]:
    first, last = permission.get("FromPort"), permission.get("ToPort")
    return {
        "protocol": permission["IpProtocol"],
        "ports": None if first is None or last is None or first < 0 else [first, last],
        "cidrs": [
            *texts(r["CidrIp"] for r in permission.get("IpRanges", ())),
            *texts(r["CidrIpv6"] for r in permission.get("Ipv6Ranges", ())),
        ],
        "securityGroupIds": texts(g["GroupId"] for g in permission.get("UserIdGroupPairs", ())),
        "prefixListIds": texts(p["PrefixListId"] for p in permission.get("PrefixListIds", ())),
    }
