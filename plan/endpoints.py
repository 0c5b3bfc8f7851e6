"""The set of VPC endpoints, computed from what the enabled features call."""

from dataclasses import dataclass
from typing import Any, Literal

from plan.carry_in import own_buckets
from plan.endpoint_policies import Boundary, endpoint_policy
from plan.errors import Faults
from plan.features import Feature, has_package_buckets, iam_prefix, is_gateway_service
from plan.partitions import Partition
from plan.self_hosted.needs import own_control_plane, written_buckets
from plan.subnets import SubnetLayout, machine_subnets
from spec.cluster import ClusterSpec
from spec.lock import Lock

_ALWAYS = "nodes"  # the feature that no key switches off
# How to do without a feature that is not switched off by false.
_WITHOUT = {"nodeReady": "write {kind: none}", "operator": "leave it out"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One VPC endpoint, with the reason for it.

    endpoint_id: set for a supplied one, which is not changed. subnets: one per zone, for Interface.
    route_tables: for Gateway. policy: None only where AWS takes none. prefix_list_id: of a supplied
    gateway endpoint, whose addresses nobody else would tell.
    """

    name: str  # logical name: "ecr-api"
    service: str  # suffix: "ecr.api"
    service_name: str
    type: Literal["Interface", "Gateway"]
    why: str
    callers: tuple[str, ...]
    subnets: tuple[str, ...]
    route_tables: tuple[str, ...]
    policy: dict[str, Any] | None
    endpoint_id: str | None
    prefix_list_id: str | None


def plan_endpoints(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, features: tuple[Feature, ...],
    partition: Partition, faults: Faults,
) -> dict[str, Endpoint]:  # fmt: skip
    """Endpoints by service suffix. Faults: a service that the lock lacks, a zone without it."""
    callers = _callers(spec, features)
    subnets, tables = _one_per_zone(spec, layout), _gateway_tables(spec, layout)
    found = {}
    if spec.network.endpoints.package_repositories and not has_package_buckets(partition):
        faults.add("network.endpoints.packageRepositories", "names buckets that are known in no "
                   f"table of partition {partition.name}; mirror packages into a bucket of your "
                   "own, in network.endpoints.buckets")  # fmt: skip
    for service in spec.network.endpoints.existing:
        if service not in callers:
            message = "is called by nothing that is enabled; leave it out, or add the service to "
            message += "network.endpoints.additional with the reason for it"
            faults.add(f"network.endpoints.existing.{service}", message)
    for service in callers:
        known = lock.endpoint_services.get(service)
        if known is None:
            faults.add(_path(spec, features, service), "the lock file has no endpoint service "
                       f"{service}; run heiiki lock")  # fmt: skip
            continue
        why, who = callers[service]
        gateway = is_gateway_service(service)
        kind: Literal["Interface", "Gateway"] = "Gateway" if gateway else "Interface"
        if not known.service_name.endswith(f".{spec.region}.{service}"):
            faults.add(_path(spec, features, service), f"has {known.service_name} in the lock "
                       f"file, not {service} of {spec.region}; run heiiki lock")  # fmt: skip
        if known.type != kind:
            faults.add(_path(spec, features, service), f"the lock file has {service} as an "
                       f"endpoint of type {known.type}, and the plan needs {kind}; run heiiki "
                       "lock")  # fmt: skip
        if not gateway:
            _check_zones(spec, service, known.availability_zones, subnets, faults)
        found[service] = Endpoint(
            name=service.replace(".", "-"),
            service=service,
            service_name=known.service_name,
            type=kind,
            why=why,
            callers=who,
            subnets=() if gateway else tuple(subnets.values()),
            route_tables=tables if gateway else (),
            policy=_policy(service, spec, lock, features, partition)
            if known.policy_supported
            else None,
            endpoint_id=(supplied := spec.network.endpoints.existing.get(service)),
            prefix_list_id=known.prefix_list_id if supplied else None,
        )
        if gateway and supplied and known.prefix_list_id is None:
            faults.add(f"network.endpoints.existing.{service}", "has no prefix list in the lock "
                       "file, so no rule could let nodes reach it; run heiiki lock")  # fmt: skip
        if not known.policy_supported and service not in spec.network.endpoints.existing:
            _refuse_unpoliced(spec, features, service, faults)
    return found


def _callers(
    spec: ClusterSpec, features: tuple[Feature, ...]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Service suffix to (why, callers), over all features and what was asked in addition."""
    whys: dict[str, list[str]] = {}
    who: dict[str, list[str]] = {}
    for feature in features:
        for service in feature.calls:
            whys.setdefault(service, []).append(feature.why)
            who.setdefault(service, []).extend(feature.callers)
    for service, why in spec.network.endpoints.additional.items():
        whys.setdefault(service, []).append(why)
        who.setdefault(service, []).append("node")
    return {s: ("; ".join(whys[s]), tuple(dict.fromkeys(who[s]))) for s in whys}


def _policy(
    service: str, spec: ClusterSpec, lock: Lock, features: tuple[Feature, ...], partition: Partition
) -> dict[str, Any]:
    actions = {action for feature in features for action in feature.calls.get(service, ())}
    if service in spec.network.endpoints.additional:
        actions.add(f"{iam_prefix(service)}:*")
    return endpoint_policy(
        service,
        tuple(sorted(actions)),
        boundary=Boundary(spec.boundary, lock.account_id),
        partition=partition,
        account_id=lock.account_id,
        buckets=own_buckets(spec, lock.account_id),
        written=written_buckets(spec, lock.account_id),
        eks_images=own_control_plane(spec) is None,
        package_repositories=spec.network.endpoints.package_repositories,
    )


def _one_per_zone(spec: ClusterSpec, layout: SubnetLayout) -> dict[str, str]:
    """Zone to subnet: every zone with machines gets an interface, AWS takes one per zone."""
    zones: dict[str, str] = {}
    for name in machine_subnets(spec, layout):
        zones.setdefault(layout.subnets[name].availability_zone, name)
    return zones


def _gateway_tables(spec: ClusterSpec, layout: SubnetLayout) -> tuple[str, ...]:
    """Tables of everything that reads from S3; supplied tables are their owner's to change."""
    tables = layout.tables_of(machine_subnets(spec, layout))
    return tuple(t for t in tables if layout.route_tables[t].route_table_id is None)


def _check_zones(
    spec: ClusterSpec,
    service: str,
    offered: tuple[str, ...],
    subnets: dict[str, str],
    faults: Faults,
) -> None:
    missing = [zone for zone in subnets if zone not in offered]
    if missing and service not in spec.network.endpoints.existing:
        instead = f"use zones among {', '.join(offered)}"
        if not offered:
            instead = "the lock file knows of no zone that has one; run heiiki lock"
        faults.add("availabilityZones", f"{service} has no endpoint in {', '.join(missing)}; "
                   f"{instead}")  # fmt: skip


def _refuse_unpoliced(
    spec: ClusterSpec, features: tuple[Feature, ...], service: str, faults: Faults
) -> None:
    """One fault for each key that asks for the service: all of them must go without it."""
    what = f"{service} takes no endpoint policy, so it would let everybody's credentials through"
    supply = "supply the endpoint in network.endpoints.existing"
    asking = [feature for feature in features if service in feature.calls]
    if service in spec.network.endpoints.additional:
        key = f"network.endpoints.additional.{service}"
        faults.add(key, f"{what}; do without it, or {supply}")
    if any(feature.name == _ALWAYS for feature in asking):
        asking = [feature for feature in asking if feature.name == _ALWAYS]
    for feature in asking:
        without = f"{_WITHOUT.get(feature.name, 'write false')}, or "
        way_out = supply if feature.name == _ALWAYS else without + supply
        for key in feature.keys:
            faults.add(key, f"{feature.why}; {what}; {way_out}")


def _path(spec: ClusterSpec, features: tuple[Feature, ...], service: str) -> str:
    """The first key that asks for the service."""
    if service in spec.network.endpoints.additional:
        return f"network.endpoints.additional.{service}"
    return next(feature.keys[0] for feature in features if service in feature.calls)
