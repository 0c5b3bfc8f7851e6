"""Renders what follows from a plan, with stand-ins for what AWS tells later.

The endpoint and the certificate authority of a cluster are unknown until it exists, so a fault of
a renderer would come out of the middle of an `up`, half of which is made by then.
"""

import base64
from collections.abc import Callable, Mapping

from machines.access_mappings import access_mappings
from machines.aws_auth import render_aws_auth_manifest
from machines.kubelet import Taint, check_labels, check_taints
from machines.node_user_data import render_node_user_data
from machines.user_data import check_script
from plan.cluster import ClusterPlan
from plan.control_plane import ControlPlane
from plan.errors import Faults, PlanError
from plan.node_pools import NodePool
from plan.self_hosted.cluster import SelfHosted
from plan.self_hosted.roles import pool_role

# Longer than any that EKS gives (an endpoint has about 90 characters, its certificate about 1,500),
# so that what is short enough here is short enough then.
ENDPOINT_CHARACTERS = 128
CERTIFICATE_AUTHORITY_CHARACTERS = 2048


def check_rendered(plan: ClusterPlan, *, where: str) -> ClusterPlan:
    """The plan as it is, or PlanError with every fault of what machines and people would read.

    where: what the stack file is called in the message.
    """
    faults = Faults()
    for pool in plan.node_pools.values():
        _check_pool(pool, plan, faults)
    if isinstance(plan.control_plane, SelfHosted) and not faults.found:
        _note("controlPlane", lambda: _started(plan), faults)
    _check_aws_auth(plan, faults)
    faults.raise_if_any(where=where)
    return plan


def _check_pool(pool: NodePool, plan: ClusterPlan, faults: Faults) -> None:
    """Part by part for the exact key, then the whole, which has a size."""
    path, before = f"nodePools.{pool.name}", len(faults.found)
    taints = [Taint(t.key, t.value, t.effect) for t in pool.taints]
    script = pool.family == "script"
    parts: Mapping[str, Callable[[], object]] = {
        "labels": lambda: check_labels(pool.labels),
        "taints": lambda: check_taints(taints),
        "image.script": lambda: script and check_script("the script", pool.script),
    }
    for key, check in parts.items():
        _note(f"{path}.{key}", check, faults)
    if len(faults.found) == before and isinstance(plan.control_plane, ControlPlane):
        whole = f"{path}.image.script" if script else path
        _note(whole, lambda: _user_data(pool, plan), faults)


def planned_user_data(plan: ClusterPlan) -> dict[str, str]:
    """What machines will read, by pool or role. Of EKS with a placeholder of full size for the
    endpoint and for the certificate authority, which are known only when the cluster is there."""
    if isinstance(plan.control_plane, SelfHosted):
        pools = {pool_role(name): name for name in plan.node_pools}
        return {pools.get(role, role): text for role, text in _started(plan).items()}
    return {name: _user_data(pool, plan) for name, pool in plan.node_pools.items()}


def _started(plan: ClusterPlan) -> dict[str, str]:
    """User data by role. What renders it is loaded where there is any."""
    from machines.self_hosted_bundles import started_from

    return {role: found.user_data for role, found in started_from(plan).items()}


def planned_bundles(plan: ClusterPlan) -> dict[str, dict[str, str]]:
    """What machines of a control plane of our own fetch, by role: each text by its place there, but
    for the agent, which is the same for all."""
    if not isinstance(plan.control_plane, SelfHosted):
        return {}
    from machines.bundle import texts_of
    from machines.self_hosted_bundles import started_from

    return {role: texts_of(found.bundle) for role, found in started_from(plan).items()}


def planned_endpoint(region: str, dns_suffix: str) -> str:
    """In place of the endpoint that EKS gives: of the same form, and longer than any."""
    host = f".gr7.{region}.eks.{dns_suffix}"
    return "https://" + host.rjust(ENDPOINT_CHARACTERS - len("https://"), "A")


def _user_data(pool: NodePool, plan: ClusterPlan) -> str:
    return render_node_user_data(
        pool,
        plan.eks,
        cluster_name=plan.tags.cluster,
        region=plan.spec.region,
        api_server_endpoint=planned_endpoint(plan.partition.region, plan.partition.dns_suffix),
        certificate_authority_base64=planned_certificate_authority(),
    )


def planned_certificate_authority() -> str:
    """In place of the cluster's: base64 of a PEM text, whole bytes of it, so that nothing is
    padded."""
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"
    body = CERTIFICATE_AUTHORITY_CHARACTERS // 4 * 3 - len(begin) - len(end)
    return base64.b64encode(begin + b"A" * body + end).decode()


def _check_aws_auth(plan: ClusterPlan, faults: Faults) -> None:
    if plan.spec.access.authentication_mode != "API_AND_CONFIG_MAP":
        return
    arns = {
        name: principal.principal_arn
        or plan.partition.arn("iam", f"role/{principal.role}", account_id=plan.account_id)
        for name, principal in plan.principals.items()
    }
    roles, users = access_mappings(plan.principals, arns)
    _note("access.principals", lambda: render_aws_auth_manifest(roles=roles, users=users), faults)


def _note(path: str, check: Callable[[], object], faults: Faults) -> None:
    try:
        check()
    except PlanError as error:  # which has paths of its own
        faults.extend(error)
    except ValueError as error:
        faults.add(path, str(error))
