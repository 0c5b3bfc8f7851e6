"""Resolve a stack's lock file: one pass over AWS, every fault of the stack file at once."""

import os
from collections.abc import Callable, Mapping

from automation.aws_calls import account_of
from automation.lock.facts import Aws
from automation.lock.instance_types import offered_types
from automation.lock.supplied import read_supplied
from automation.lock.versions import next_version
from plan.errors import Faults, PlanError
from plan.partitions import partition_of
from plan.self_hosted.needs import own_control_plane
from plan.subnets import plan_subnets
from plan.tags import Tags
from spec.cluster import ClusterSpec
from spec.errors import parse
from spec.lock import Lock
from spec.supplied import Supplied


def resolve_lock(
    spec: ClusterSpec,
    old: Lock | None,
    *,
    upgrade: bool = False,
    where: str = "the stack file",
    progress: Callable[[str], None] = lambda _: None,
    environment: Mapping[str, str] = os.environ,
) -> Lock:
    """Ask AWS for everything that the plan needs. Reads only.

    old: the present lock file, which the Kubernetes version moves on from. where: what the stack
    file is called in messages. progress: hears what is asked for next. environment: where the
    credentials are looked for.
    Raises SpecError with every fault of the stack file, AutomationError when AWS does not answer.
    """
    partition = partition_of(spec.region)
    locked = old.kubernetes_version if old is not None and old.region == spec.region else None
    version = next_version(spec.control_plane.version, locked, upgrade=upgrade, where=where)
    faults = Faults()
    aws = Aws(account_of(environment), spec.region, faults, progress)
    account_id, account_partition = aws.account()
    if spec.boundary.account_id not in (None, account_id):
        message = f"differs from your credentials' account {account_id}; correct one of the two"
        faults.add("boundary.accountId", message, spec.boundary.account_id)
    elif old is not None and old.account_id != account_id and spec.boundary.account_id is None:
        message = (
            f"the lock file was written for account {old.account_id}, and your credentials "
            f"are for {account_id}; take others, or remove the lock file to change accounts"
        )
        faults.add("boundary.accountId", message)
    if account_partition != partition.name:
        message = f"lies in partition {partition.name}, your credentials in {account_partition}"
        faults.add("region", f"{message}; take credentials of {partition.name}", spec.region)
    faults.raise_if_any(where=where)  # nothing below can be right in another account
    instance_types = offered_types(aws, spec)
    content = {
        "region": spec.region,
        "partition": partition.name,
        "accountId": account_id,
        "kubernetesVersion": version,
        "availabilityZones": aws.zone_ids(spec.availability_zones),
        "controlPlaneZones": _control_plane_zones(spec, old, faults),
        "images": aws.images(spec, version, instance_types),
        "instanceTypes": instance_types,
        "endpointServices": aws.endpoint_services(spec),
        "addOns": {} if own_control_plane(spec) else aws.add_ons(version),
        "supplied": read_supplied(aws, spec, account_id, _supplied_before(spec, old)),
    }
    faults.raise_if_any(where=where)
    return parse(Lock, content, where="what AWS answered")


def _supplied_before(spec: ClusterSpec, old: Lock | None) -> Supplied | None:
    return old.supplied if old is not None and old.region == spec.region else None


def _control_plane_zones(spec: ClusterSpec, old: Lock | None, faults: Faults) -> tuple[str, ...]:
    """Where the control plane lies: as the present lock file says, since EKS never moves it to
    other zones (EKS user guide, network-reqs, read 2026-11-22); at first, where the plan puts it.
    """
    if old is not None and old.region == spec.region and old.control_plane_zones:
        return old.control_plane_zones
    try:
        layout = plan_subnets(spec, Tags(spec.name, spec.tags))
    except PlanError as error:
        faults.extend(error)
        return ()
    zones = {
        layout.subnets[n].availability_zone for n in layout.control_plane if n in layout.subnets
    }
    return tuple(zone for zone in spec.availability_zones if zone in zones)
