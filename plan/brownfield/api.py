"""What must be true of target groups and private zones that an endpoint of the API is given."""

from typing import NamedTuple

from plan.brownfield.machines import RUN_LOCK
from plan.controllers import API_SERVER_PORT
from plan.errors import Faults
from plan.self_hosted.needs import own_control_plane
from spec.api_endpoints import CreateRecord, ExistingLoadBalancer, ExistingZone
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.network import ExistingVpc
from spec.supplied_identities import SuppliedHostedZone, SuppliedTargetGroup

READY_PATH = "/readyz"


class ZoneUse(NamedTuple):
    """Where a zone is named, and the name that it gets a record of. outside: asked for from the
    internet."""

    path: str
    named: str
    dns_name: str
    outside: bool


def target_group_uses(spec: ClusterSpec) -> dict[str, str]:
    """ARN by path, of those that controllers are put into."""
    own = own_control_plane(spec)
    return {
        f"controlPlane.endpoints.{name}.loadBalancer.targetGroupArn": (
            endpoint.load_balancer.target_group_arn
        )
        for name, endpoint in (own.endpoints if own else {}).items()
        if isinstance(endpoint.load_balancer, ExistingLoadBalancer)
    }


def hosted_zone_uses(spec: ClusterSpec) -> tuple[ZoneUse, ...]:
    """Zones that a record is added to."""
    own = own_control_plane(spec)
    return tuple(
        ZoneUse(f"controlPlane.endpoints.{name}.record.zone.hostedZoneId",
                endpoint.record.zone.hosted_zone_id, endpoint.dns_name,
                endpoint.faces_the_internet)
        for name, endpoint in (own.endpoints if own else {}).items()
        if isinstance(endpoint.record, CreateRecord)
        and isinstance(endpoint.record.zone, ExistingZone)
    )  # fmt: skip


def check_supplied_api(spec: ClusterSpec, lock: Lock, faults: Faults, warnings: list[str]) -> None:
    """Compare both with the API servers that stand behind them. A VPC that the stack makes has no
    id yet, so what lies in it is compared with a supplied one alone."""
    vpc = spec.network.vpc
    vpc_id = vpc.vpc_id if isinstance(vpc, ExistingVpc) else None
    for path, arn in target_group_uses(spec).items():
        group = lock.supplied.target_groups.get(arn)
        if group is None:
            faults.add(path, RUN_LOCK, arn)
            continue
        _check_targets(path, arn, group, vpc_id, faults, warnings)
    for use in hosted_zone_uses(spec):
        zone = lock.supplied.hosted_zones.get(use.named)
        if zone is None:
            faults.add(use.path, RUN_LOCK, use.named)
            continue
        _check_zone(use, zone, vpc_id, faults, warnings)


def _check_targets(
    path: str, arn: str, group: SuppliedTargetGroup, vpc_id: str | None, faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    if group.target_type != "instance":
        faults.add(path, f"has targets of type {group.target_type}; Auto Scaling puts machines "
                   "into one of type instance alone", arn)  # fmt: skip
    if group.protocol != "TCP" or group.port != API_SERVER_PORT:
        faults.add(path, f"leads to {group.protocol} {group.port}; API servers answer at TCP "
                   f"{API_SERVER_PORT}, and open TLS themselves", arn)  # fmt: skip
    if vpc_id is not None and group.vpc_id != vpc_id:
        faults.add(path, f"lies in {group.vpc_id}, not in network.vpc.vpcId {vpc_id}", arn)
    check = group.health_check
    if (check.protocol, check.path) != ("HTTPS", READY_PATH):
        asked = " ".join(filter(None, (check.protocol, check.path)))
        warnings.append(
            f"{path}: {arn} asks targets for their health by {asked}; an API server that is not "
            f"ready would be sent to all the same: have its owner ask by HTTPS {READY_PATH}"
        )


def _check_zone(
    use: ZoneUse, zone: SuppliedHostedZone, vpc_id: str | None, faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    if zone.private and use.outside:
        faults.add(use.path, f"is a private zone, and who asks for {use.dns_name} from the "
                   "internet finds nothing there; name a public one", use.named)  # fmt: skip
    if not zone.private and not use.outside:
        faults.add(use.path, f"is a public zone: everybody would be told the addresses of "
                   f"{use.dns_name}; name a private one", use.named)  # fmt: skip
    if not f".{use.dns_name}".endswith(f".{zone.name}"):
        faults.add(use.path, f"is the zone {zone.name}, and {use.dns_name} lies outside of it",
                   use.named)  # fmt: skip
    if zone.private and vpc_id is not None and vpc_id not in zone.vpc_ids:
        warnings.append(
            f"{use.path}: {use.named} is not associated with network.vpc.vpcId {vpc_id}, so "
            f"nobody in it finds {use.dns_name}, unless only "
            "others ask for it"
        )
