"""Amazon Linux 2023: the NodeConfig that nodeadm reads, and the user data around it.

The document carries everything a node must know, so that it joins without any call to EKS. Two
calls to EC2 remain and are closed here or named: the private DNS name (not asked with
`instance_id_node_name`), and the size of an instance type that the image does not know.

It is whole: EKS adds nothing to that of a managed node group whose launch template names its image,
as ours do.

Source: https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/ (awslabs/amazon-eks-ami at
147b13ea, 2026-02-13); https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from machines import checks
from machines.kubelet import (
    IMAGE_DEFAULTS,
    KubeletSettings,
    Taint,
    check_labels,
    check_max_pods,
    check_settings,
    check_taints,
)
from machines.proxy import ProxySettings, proxy_environment
from machines.user_data import (
    Part,
    Script,
    files_part,
    proxy_profile,
    render_multipart,
    script_parts,
)
from machines.yaml_text import to_yaml

STRATEGIES = ("RAID0", "RAID10", "Mount")
DISABLED_MOUNTS = ("Containerd", "PodLogs", "SOCI")


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """How the disks inside an instance are used (RAID10 needs four of them).

    mount_path: None is nodeadm's own, /mnt/k8s-disks.
    disabled_mounts: what stays on the root volume.
    """

    strategy: Literal["RAID0", "RAID10", "Mount"]
    mount_path: str | None = None
    disabled_mounts: tuple[Literal["Containerd", "PodLogs", "SOCI"], ...] = field(default=())


def render_node_config(
    *,
    cluster_name: str,
    api_server_endpoint: str,
    certificate_authority_base64: str,
    service_cidr: str,
    cluster_dns_ips: Sequence[str],
    max_pods: int,
    node_labels: Mapping[str, str],
    node_taints: Sequence[Taint],
    instance_id_node_name: bool,
    proxy: ProxySettings | None = None,
    kubelet: KubeletSettings = IMAGE_DEFAULTS,
    local_storage: LocalStorage | None = None,
    fast_image_pull: bool = False,
) -> str:
    """The whole NodeConfig as YAML.

    instance_id_node_name: nodes are called by instance id, and no call to EC2 is made for their
        names; their role must be mapped to `system:node:{{SessionName}}` (access entry type EC2).
    """
    checks.https_host("api_server_endpoint", api_server_endpoint)
    cluster = {
        "name": checks.cluster_name("cluster_name", cluster_name),
        "apiServerEndpoint": api_server_endpoint,
        "certificateAuthority": checks.certificates(
            "certificate_authority_base64", certificate_authority_base64
        ),
        "cidr": str(checks.network("service_cidr", service_cidr)),
    }
    dns = checks.cluster_dns_ips("cluster_dns_ips", cluster_dns_ips, service_cidr)
    options = _kubelet(max_pods, kubelet, {"clusterDNS": dns})
    if taints := check_taints(node_taints):
        options["config"]["registerWithTaints"] = [
            {"key": t.key, "value": t.value, "effect": t.effect} for t in taints
        ]
    if labels := check_labels(node_labels):
        pairs = ",".join(f"{key}={value}" for key, value in labels.items())
        options["flags"] = [f"--node-labels={pairs}"]
    instance = _instance(proxy, local_storage)
    gates = _feature_gates(instance_id_node_name, fast_image_pull)
    return _document({"cluster": cluster, "kubelet": options, **instance, **gates})


def render_al2023_user_data(
    *,
    node_config: str,
    proxy: ProxySettings | None = None,
    scripts: Sequence[Script] = (),
    further: Sequence[Part] = (),
) -> str:
    """MIME user data: the NodeConfig, the proxy for login shells, and further scripts and parts.

    nodeadm configures the node before cloud-init runs scripts and starts the kubelet after them.
    """
    parts = [Part("application/node.eks.aws", node_config, "node-config.yaml")]
    if proxy is not None:
        parts.append(files_part([proxy_profile(proxy)]))
    return render_multipart([*parts, *script_parts(scripts), *further])


def _kubelet(
    max_pods: int, settings: KubeletSettings, config: Mapping[str, Any]
) -> dict[str, dict[str, Any] | Any]:
    check_settings(settings)
    optional = {
        "podPidsLimit": settings.pod_pids_limit,
        "imageGCHighThresholdPercent": settings.image_gc_high_threshold_percent,
        "imageGCLowThresholdPercent": settings.image_gc_low_threshold_percent,
        "evictionHard": dict(sorted(settings.eviction_hard.items())) or None,
    }
    return {
        "config": {
            "maxPods": check_max_pods(max_pods),
            **config,
            **{key: value for key, value in optional.items() if value is not None},
        },
        # maxPods alone decides how many pods run; the memory kept for the kubelet follows from
        # this expression, and without it from what the instance type could address.
        "maxPodsExpression": str(max_pods),
    }


def _instance(proxy: ProxySettings | None, local_storage: LocalStorage | None) -> dict[str, Any]:
    instance: dict[str, Any] = {}
    if proxy is not None:  # "default": every service, and nodeadm itself
        instance["environment"] = {"default": dict(proxy_environment(proxy))}
    if local_storage is not None:
        instance["localStorage"] = _local_storage(local_storage)
    return {"instance": instance} if instance else {}


def _local_storage(storage: LocalStorage) -> dict[str, Any]:
    if storage.strategy not in STRATEGIES:
        raise checks.fault(
            "local_storage.strategy", storage.strategy, f"must be one of {', '.join(STRATEGIES)}"
        )
    rendered: dict[str, Any] = {"strategy": storage.strategy}
    if storage.mount_path is not None:
        path = checks.one_line("local_storage.mount_path", storage.mount_path)
        if not path.startswith("/"):
            raise checks.fault("local_storage.mount_path", path, "must be an absolute path")
        rendered["mountPath"] = path
    for mount in storage.disabled_mounts:
        if mount not in DISABLED_MOUNTS:
            raise checks.fault(
                "local_storage.disabled_mounts",
                mount,
                f"must be of {', '.join(DISABLED_MOUNTS)}",
            )
    if storage.disabled_mounts:
        rendered["disabledMounts"] = list(storage.disabled_mounts)
    return rendered


def _feature_gates(instance_id_node_name: bool, fast_image_pull: bool) -> dict[str, Any]:
    gates = {"InstanceIdNodeName": instance_id_node_name, "FastImagePull": fast_image_pull}
    chosen = {name: True for name, wanted in gates.items() if wanted}
    return {"featureGates": chosen} if chosen else {}


def _document(spec: Mapping[str, Any]) -> str:
    document = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": dict(spec)}
    return "---\n" + to_yaml(document)
