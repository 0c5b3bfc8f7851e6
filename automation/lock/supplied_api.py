"""Target groups and private zones that endpoints of the API are given."""

from typing import Any

from automation.lock.facts import Aws
from automation.lock.lookup import answer, not_there, texts
from plan.brownfield.api import hosted_zone_uses, target_group_uses
from spec.cluster import ClusterSpec


def read_api(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    """The lock file's keys for both, by ARN and by id."""
    groups = {arn: path for path, arn in target_group_uses(spec).items()}
    zones = {use.named: use.path for use in hosted_zone_uses(spec)}
    return {
        "targetGroups": {
            arn: found
            for arn, path in sorted(groups.items())
            if (found := _target_group(aws, arn, path)) is not None
        },
        "hostedZones": {
            zone: found
            for zone, path in sorted(zones.items())
            if (found := _hosted_zone(aws, zone, path)) is not None
        },
    }


def _target_group(aws: Aws, arn: str, path: str) -> dict[str, Any] | None:
    """By its own call: asked for with others, one that is gone would be an error for all."""
    told = answer(aws, "elbv2", "describe_target_groups", "TargetGroupNotFound",
                  TargetGroupArns=[arn])  # fmt: skip
    if told is None:
        not_there(aws, path, arn)
        return None
    (row,) = told["TargetGroups"]
    return {
        "protocol": row.get("Protocol"),
        "port": row.get("Port"),
        "targetType": row["TargetType"],
        "vpcId": row.get("VpcId"),
        "healthCheck": {
            "protocol": row.get("HealthCheckProtocol"), "path": row.get("HealthCheckPath"),
        },
    }  # fmt: skip


def _hosted_zone(aws: Aws, zone_id: str, path: str) -> dict[str, Any] | None:
    told = answer(aws, "route53", "get_hosted_zone", "NoSuchHostedZone", Id=zone_id)
    if told is None:
        not_there(aws, path, zone_id)
        return None
    return {
        "name": told["HostedZone"]["Name"].rstrip("."),
        "private": told["HostedZone"]["Config"]["PrivateZone"],
        "vpcIds": texts(vpc["VPCId"] for vpc in told.get("VPCs", ())),
    }
