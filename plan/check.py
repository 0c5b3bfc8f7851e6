"""Every fault of a stack file and its lock file at once, though one check waits for another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from string import ascii_lowercase

from plan.cluster import MACHINE_IMAGE, ClusterPlan, plan_cluster
from plan.errors import PlanError
from plan.instance_offers import wanted_types
from plan.stand_ins import STOPS, stand_in_for
from spec.cluster import SUPPLIED, ClusterSpec
from spec.errors import Fault, SpecError, joined
from spec.lock import Lock, OfferedInstanceType
from spec.paths import Paths

# A fault that names one of these cannot be told from the stack file alone.
_RUN_LOCK, _NO_ACCOUNT = "heiiki lock", "000000000000"


def plan_or_every_fault(
    asked: ClusterSpec | SpecError, lock: Lock | SpecError, *, where: str
) -> ClusterPlan:
    """The plan, or SpecError with the faults of both files and what else follows from them.

    asked, lock: what was read of each file, or what is wrong with it. Where the stack file has
    faults, the plan of what is left of it is checked too; without a lock file, or with that of
    another place, all that the stack file alone decides. where: what the stack file is called in
    the message.
    """
    known = lock if isinstance(lock, Lock) else None
    if isinstance(asked, ClusterSpec):
        if known is not None:
            try:
                return plan_cluster(asked, known, where=where)
            except PlanError:
                pass  # found once more below, with what it hides
        found = _plan_faults(asked, known)
        errors: list[SpecError] = [PlanError(found, where=where)] if found else []
    else:
        told = [fault.path for fault in asked.faults]
        rest = asked.rest if isinstance(asked.rest, ClusterSpec) else None
        found = _plan_faults(rest, known, told, asked.written) if rest else []
        errors = [
            SpecError(
                asked.faults, where=where, more=[*asked.more, *found], rest=rest,
                left_out=asked.left_out, more_left_out=asked.more_left_out,
            )
        ]  # fmt: skip
    raise joined([*errors, *([lock] if isinstance(lock, SpecError) else ())])


def _plan_faults(
    spec: ClusterSpec, lock: Lock | None, told: Sequence[str] = (),
    written: Callable[[str], str] = str,
) -> list[Fault]:  # fmt: skip
    """Every fault of the plan, and those that come to light when others stand in for what it
    stops at. told: paths of faults that are known already; what leads through them may follow
    from them. written: turns a path of what is left into one of the file."""
    found: list[Fault] = []
    tried: set[str] | None = None
    while tried != (faulty := _stops([*told, *(fault.path for fault in found)])):
        tried = faulty
        trial = stand_in_for(spec, lock, faulty)
        # With the lock file of another place, what the stack file alone decides is told as well.
        for used in (lock,) if trial.lock else (lock, None) if lock else (None,):
            words = (*trial.words, *SUPPLIED.values())
            words = words if used else (*words, _RUN_LOCK, _NO_ACCOUNT)
            at = Paths([*told, *(fault.path for fault in found)])
            faults = [
                replace(fault, path=written(fault.path))
                for fault in _faults_of(trial.spec, used or _nothing_known(trial.spec))
            ]
            found += [
                fault
                for fault in faults
                if not any(word in fault.message for word in words) and not at.touch(fault.path)
            ]
    return found


def _stops(paths: Sequence[str]) -> set[str]:
    told = Paths(paths)
    return {key for key in STOPS if told.touch(key)}


def _faults_of(spec: ClusterSpec, lock: Lock) -> Sequence[Fault]:
    try:
        plan_cluster(spec, lock)
    except PlanError as error:
        return error.faults
    return ()


def _nothing_known(spec: ClusterSpec) -> Lock:
    """A lock file that fits the stack file and knows nothing else."""
    everywhere = (*spec.availability_zones, *(f"{spec.region}{a}" for a in ascii_lowercase))
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
