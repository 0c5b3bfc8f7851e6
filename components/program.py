"""The whole stack as a function: used by __main__ and by programs that embed heiiki."""

from typing import Any

import pulumi

from components.cluster import Cluster
from machines.rendered import check_rendered
from plan.check import plan_or_every_fault
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.part import PartSpec


def program(
    spec: ClusterSpec, lock: Lock, *, where: str, part: PartSpec | None = None
) -> dict[str, Any]:
    """Plan the whole cluster and declare it, or one part of it; returns the outputs by name.

    where: what the stack file is called in messages.
    Raises PlanError with every fault at once, before any resource is registered.
    """
    plan = check_rendered(plan_or_every_fault(spec, lock, where=where), where=where)
    pulumi.log.info(plan.control_plane.support_notice)
    for warning in plan.warnings:
        pulumi.log.warn(warning)
    return Cluster(spec.name, plan, part).outputs
