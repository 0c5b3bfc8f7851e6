"""What stands in for keys that a plan stops at, so that the rest of a stack file is checked."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from plan.addresses import SLOTS
from plan.cluster import lock_fits
from plan.partitions import is_known
from spec.cluster import ClusterSpec
from spec.lock import Lock

# Nothing is planned without these; every other fault leaves the rest of the plan to be made.
STOPS = ("region", "availabilityZones", "network.vpc.cidr", "boundary.accountId")
_REGION = "us-east-1"  # where neither file names one that is known
_VPC = IPv4Network("198.18.0.0/16")  # for benchmarks (RFC 2544), so that hardly a file names it


@dataclass(frozen=True, slots=True)
class StandIn:
    """A stack file that can be planned, and the lock file where it is of the same place.

    words: a fault that names one of them speaks of what stands in, and not of the file.
    """

    spec: ClusterSpec
    lock: Lock | None
    words: tuple[str, ...]


def stand_in_for(spec: ClusterSpec, lock: Lock | None, faulty: set[str]) -> StandIn:
    """The stack file with sound values for those of STOPS that are faulty."""
    words: list[str] = []
    if "region" in faulty:
        region = _region(spec, lock)
        if region != spec.region:
            foreign = [z for z in spec.availability_zones if z[:-1] != region]
            words += [f"region {region}", *(f"{zone} is not in the lock file" for zone in foreign)]
        spec = spec.model_copy(update={"region": region})
    if "availabilityZones" in faulty:
        spec = spec.model_copy(update={"availability_zones": _zones(spec, lock)})
    if "network.vpc.cidr" in faulty:
        words += [str(_VPC), "leaves out a CIDR that the VPC has"]  # the one that is not known
        vpc = spec.network.vpc.model_copy(update={"cidr": _VPC})
        network = spec.network.model_copy(update={"vpc": vpc})
        spec = spec.model_copy(update={"network": network})
    return StandIn(spec, lock if lock and lock_fits(spec, lock) else None, tuple(words))


def _region(spec: ClusterSpec, lock: Lock | None) -> str:
    """The file's, where it is known; that of its zones; the lock file's."""
    candidates = [spec.region, spec.availability_zones[0][:-1], *([lock.region] if lock else ())]
    return next((region for region in candidates if is_known(region)), _REGION)


def _zones(spec: ClusterSpec, lock: Lock | None) -> tuple[str, ...]:
    """Those that listed subnets lie in; else the lock file's; else the file's, as many as fit."""
    listed = {s.availability_zone: None for s in spec.network.subnets.values()}
    if listed:
        return tuple(listed)
    if lock and lock.region == spec.region:
        return tuple(lock.availability_zones)[: SLOTS - 1]
    return spec.availability_zones[: SLOTS - 1]
