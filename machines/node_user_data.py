"""What a node of a pool is told: the one place that knows which image reads what."""

from collections.abc import Mapping
from typing import TypedDict

from machines.bottlerocket import HostSettings, render_bottlerocket_user_data
from machines.custom_ami import render_script_user_data
from machines.kubelet import Taint
from machines.node_ready import node_ready_parts
from machines.nodeadm import render_al2023_user_data, render_node_config
from plan.control_plane import ControlPlane
from plan.node_pools import NodePool


class _Joining(TypedDict):
    """What every image needs, to join the cluster."""

    cluster_name: str
    api_server_endpoint: str
    certificate_authority_base64: str
    service_cidr: str
    cluster_dns_ips: list[str]
    max_pods: int
    node_labels: Mapping[str, str]
    node_taints: list[Taint]


def render_node_user_data(
    pool: NodePool,
    control_plane: ControlPlane,
    *,
    cluster_name: str,
    region: str,
    api_server_endpoint: str,
    certificate_authority_base64: str,
) -> str:
    """The user data of the pool's nodes, in the form that their image reads.

    With endpoint, CA and service CIDR in it a node joins without any call to the EKS API. Node
    names are the private DNS names, which access entries of type EC2_LINUX expect.
    """
    joining = _Joining(
        cluster_name=cluster_name,
        api_server_endpoint=api_server_endpoint,
        certificate_authority_base64=certificate_authority_base64,
        service_cidr=str(control_plane.service_cidr),
        cluster_dns_ips=[str(control_plane.dns_service_ip)],
        max_pods=pool.max_pods,
        node_labels=pool.labels,
        node_taints=[Taint(t.key, t.value, t.effect) for t in pool.taints],
    )
    if pool.family == "script":
        return render_script_user_data(**joining, region=region, script=pool.script)
    if pool.family == "bottlerocket":
        # The modules of the nvidia variants are not signed as the other modes want it.
        host = HostSettings(kernel_lockdown="none" if pool.accelerator == "nvidia" else "integrity")
        return render_bottlerocket_user_data(**joining, instance_id_node_name=False, host=host)
    node_config = render_node_config(**joining, instance_id_node_name=False)
    if pool.readiness is None:
        return render_al2023_user_data(node_config=node_config)
    gate = node_ready_parts(
        cluster_name=cluster_name,
        region=region,
        api_server_endpoint=api_server_endpoint,
        group_name=pool.group_name,
        hook_name=pool.readiness.hook_name,
        timeout_seconds=pool.readiness.timeout_seconds,
    )
    return render_al2023_user_data(node_config=node_config, further=gate)
