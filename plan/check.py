"""Every fault of a stack file and its lock file at once, though one check waits for another."""

from string import ascii_lowercase

from plan.cluster import MACHINE_IMAGE, ClusterPlan, plan_cluster
from plan.errors import PlanError
from plan.instance_offers import wanted_types
from spec.cluster import ClusterSpec
from spec.errors import Fault, SpecError, joined
from spec.lock import Lock, OfferedInstanceType

# A fault that names one of these cannot be told from the stack file alone.
_RUN_LOCK, _NO_ACCOUNT = "heiiki lock", "000000000000"


def plan_or_every_fault(
    asked: ClusterSpec | SpecError, lock: Lock | SpecError, *, where: str
) -> ClusterPlan:
    """The plan, or SpecError with the faults of both files and what else follows from them.

    asked, lock: what was read of each file, or what is wrong with it. Where the stack file has
    faults, the plan of what is left of it is checked too; without a lock file, all that the stack
    file alone decides. where: what the stack file is called in the message.
    """
    if isinstance(asked, ClusterSpec) and isinstance(lock, Lock):
        return plan_cluster(asked, lock, where=where)
    rest = asked.rest if isinstance(asked, SpecError) else asked
    known = lock if isinstance(lock, Lock) else None
    found = _plan_faults(rest, known) if isinstance(rest, ClusterSpec) else []
    if isinstance(asked, SpecError):
        new = [f for f in found if not any(_touch(f.path, g.path) for g in asked.faults)]
        asked = SpecError(asked.faults, where=where, more=[*asked.more, *new], rest=asked.rest)
    elif found:
        asked = SpecError(found, where=where)
    raise joined([error for error in (asked, lock) if isinstance(error, SpecError)])


def _plan_faults(spec: ClusterSpec, lock: Lock | None) -> list[Fault]:
    try:
        plan_cluster(spec, lock or _nothing_known(spec))
    except PlanError as error:
        unknown = (_RUN_LOCK, _NO_ACCOUNT) if lock is None else ()
        return [f for f in error.faults if not any(word in f.message for word in unknown)]
    return []


def _nothing_known(spec: ClusterSpec) -> Lock:
    """A lock file that fits the stack file and knows nothing else."""
    everywhere = tuple(f"{spec.region}{letter}" for letter in ascii_lowercase)
    return Lock(
        region=spec.region,
        partition="aws",
        accountId=spec.boundary.account_id or _NO_ACCOUNT,
        kubernetesVersion=spec.control_plane.version or "1.35",
        availabilityZones={zone: zone for zone in spec.availability_zones},
        images={MACHINE_IMAGE: "ami-00000000000000000"},
        instanceTypes={
            name: OfferedInstanceType(availabilityZones=everywhere)
            for name in wanted_types(spec).values()
        },
        endpointServices={},
        addOns={},
    )


def _touch(path: str, other: str) -> bool:
    """Whether one of two paths leads through the other."""
    return f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")
