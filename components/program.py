"""The whole stack as a function: used by __main__ and by programs that embed heiiki."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pulumi

from components.cluster import Cluster
from machines.rendered import check_rendered
from plan.check import plan_or_every_fault
from plan.cluster import ClusterPlan
from plan.errors import PlanError
from plan.external_etcd import ExternalEtcd
from plan.issuers import issuer_authorities
from plan.pki.material import Supplied
from plan.self_hosted.cluster import SelfHosted
from plan.self_hosted.needs import own_control_plane
from spec.cluster import ClusterSpec
from spec.errors import Fault
from spec.lock import Lock
from spec.part import PartSpec


def program(
    spec: ClusterSpec,
    lock: Lock,
    *,
    where: str,
    part: PartSpec | None = None,
    secrets: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Plan the whole cluster and declare it, or one part of it; returns the outputs by name.

    where: what the stack file is called in messages. secrets: what is supplied of the PKI, by file
    name (spec.pki.secrets_in).
    Raises PlanError with every fault at once, before any resource is registered.
    """
    plan = check_rendered(plan_or_every_fault(spec, lock, where=where), where=where)
    pulumi.log.info(plan.control_plane.support_notice)
    for warning in plan.warnings:
        pulumi.log.warn(warning)
    today = datetime.now(UTC)
    supplied = _supplied(plan, part, secrets, today, where)
    return Cluster(spec.name, plan, part, supplied=supplied, today=today).outputs


def _supplied(
    plan: ClusterPlan, part: PartSpec | None, secrets: Mapping[str, str], today: datetime,
    where: str,
) -> Supplied:  # fmt: skip
    """What the operator has supplied of the PKI. What opens keys is loaded where there are any."""
    asked = own_control_plane(plan.spec)
    if asked is None or not isinstance(plan.control_plane, SelfHosted):
        return Supplied()
    if part is not None:
        fault = Fault("part", "splits a cluster of EKS; a control plane of your own is one stack")
        raise PlanError([fault], where=where)
    from plan.pki.supplied import read_supplied

    etcd = plan.control_plane.etcd
    return read_supplied(
        asked.pki, plan.control_plane.pki, secrets, today=today,
        etcd=etcd if isinstance(etcd, ExternalEtcd) else None,
        issuers=issuer_authorities(asked.api_server.issuers),
        also_trusted=plan.control_plane.kubeconfig.also_trusted, where=where,
    )  # fmt: skip
