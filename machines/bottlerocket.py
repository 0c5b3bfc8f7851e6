"""Bottlerocket: the TOML settings that a node reads at its first boot.

Unlike other systems it would call out by default: anonymous metrics to the internet, EKS for the
address of the cluster's DNS, EC2 for the node's name. Each is answered here.

They are whole: EKS adds nothing to those of a managed node group whose launch template names its
image, as ours do.

Source: https://bottlerocket.dev/en/os/1.57.x/api/settings/ (read 2026-04-14).
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from machines.proxy import ProxySettings
from machines.toml_text import to_toml
from machines.user_data import check_user_data

TIME_SERVERS = ("169.254.169.123",)  # Amazon Time Sync: link-local, no security group filters it
LOCKDOWN_MODES = ("integrity", "confidentiality", "none")
_BUNDLE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class HostContainer:
    """A container beside the cluster's: `control` (Session Manager) or `admin` (SSH, root).

    source: its image; None is the image's own, in a registry of AWS, which the endpoint policy
        must then let through.
    """

    enabled: bool = False
    source: str | None = None


DISABLED = HostContainer()


@dataclass(frozen=True, slots=True)
class UpdateRepository:
    """Where updates are fetched when somebody asks for them; URLs inside the network."""

    metadata_base_url: str
    targets_base_url: str


@dataclass(frozen=True, slots=True)
class HostSettings:
    """What does not concern Kubernetes; the defaults are the closed ones.

    control_container: needs the SSM endpoints when enabled.
    update_repository: None: nodes are replaced rather than updated, and nothing is fetched.
    certificate_bundles: name to PEM certificates which the host and its registries' clients trust.
    kernel_lockdown: "none" for the nvidia variants, whose modules the others refuse.
    """

    control_container: HostContainer = DISABLED
    admin_container: HostContainer = DISABLED
    update_repository: UpdateRepository | None = None
    certificate_bundles: Mapping[str, str] | None = None
    time_servers: tuple[str, ...] = TIME_SERVERS
    kernel_lockdown: Literal["integrity", "confidentiality", "none"] = "integrity"


CLOSED_HOST = HostSettings()


def render_bottlerocket_user_data(
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
    host: HostSettings = CLOSED_HOST,
) -> str:
    """The whole of a node's settings as TOML.

    instance_id_node_name: as in `machines.nodeadm.render_node_config`.
    """
    checks.https_host("api_server_endpoint", api_server_endpoint)
    kubernetes: dict[str, Any] = {
        "cluster-name": checks.cluster_name("cluster_name", cluster_name),
        "api-server": api_server_endpoint,
        "cluster-certificate": checks.certificates(
            "certificate_authority_base64", certificate_authority_base64
        ),
        **_kubernetes(cluster_dns_ips, service_cidr, max_pods, instance_id_node_name, kubelet),
    }
    if labels := check_labels(node_labels):
        kubernetes["node-labels"] = labels
    if taints := check_taints(node_taints):
        kubernetes["node-taints"] = {
            key: [f"{taint.value}:{taint.effect}" for taint in taints if taint.key == key]
            for key in dict.fromkeys(taint.key for taint in taints)
        }
    return _document(kubernetes, proxy, host)


def _kubernetes(
    cluster_dns_ips: Sequence[str],
    service_cidr: str,
    max_pods: int,
    instance_id_node_name: bool,
    kubelet: KubeletSettings,
) -> dict[str, Any]:
    check_settings(kubelet)
    dns = checks.cluster_dns_ips("cluster_dns_ips", cluster_dns_ips, service_cidr)
    optional = {
        "pod-pids-limit": kubelet.pod_pids_limit,
        "image-gc-high-threshold-percent": kubelet.image_gc_high_threshold_percent,
        "image-gc-low-threshold-percent": kubelet.image_gc_low_threshold_percent,
        "eviction-hard": dict(sorted(kubelet.eviction_hard.items())) or None,
    }
    return {
        "cluster-dns-ip": dns[0] if len(dns) == 1 else dns,
        "max-pods": check_max_pods(max_pods),
        "hostname-override-source": "instance-id" if instance_id_node_name else "private-dns-name",
        **{key: value for key, value in optional.items() if value is not None},
    }


def _document(kubernetes: dict[str, Any], proxy: ProxySettings | None, host: HostSettings) -> str:
    settings: dict[str, Any] = {"kubernetes": kubernetes, **_host(host)}
    if proxy is not None:  # Bottlerocket knows one proxy, for everything
        settings["network"] = {"https-proxy": proxy.https_proxy, "no-proxy": list(proxy.no_proxy)}
    return check_user_data(to_toml({"settings": settings}))


def _host(host: HostSettings) -> dict[str, Any]:
    if host.kernel_lockdown not in LOCKDOWN_MODES:
        raise checks.fault(
            "kernel_lockdown", host.kernel_lockdown, f"must be one of {', '.join(LOCKDOWN_MODES)}"
        )
    if not host.time_servers:
        raise ValueError("time_servers must name at least one server, such as 169.254.169.123")
    settings: dict[str, Any] = {
        "host-containers": {
            "admin": _host_container("admin_container", host.admin_container),
            "control": _host_container("control_container", host.control_container),
        },
        "kernel": {"lockdown": host.kernel_lockdown},
        "metrics": {"send-metrics": False},
        "ntp": {"time-servers": [checks.host_name("time_servers", s) for s in host.time_servers]},
    }
    if repository := host.update_repository:
        settings["updates"] = {
            "metadata-base-url": _https_url("metadata_base_url", repository.metadata_base_url),
            "targets-base-url": _https_url("targets_base_url", repository.targets_base_url),
        }
    if host.certificate_bundles:
        settings["pki"] = {
            name: _certificate_bundle(name, pem)
            for name, pem in sorted(host.certificate_bundles.items())
        }
    return settings


def _host_container(field: str, container: HostContainer) -> dict[str, Any]:
    settings: dict[str, Any] = {"enabled": container.enabled}
    if container.source is not None:
        settings["source"] = checks.one_line(f"{field}.source", container.source)
    return settings


def _https_url(field: str, url: str) -> str:
    origin = "/".join(checks.one_line(field, url).split("/")[:3])
    checks.https_host(field, origin)
    return url


def _certificate_bundle(name: str, pem: str) -> dict[str, Any]:
    if not _BUNDLE_NAME.fullmatch(name):
        raise checks.fault(
            "certificate_bundles", name, "must be a name of lower-case letters, digits and '-'"
        )
    checks.pem_certificates(f"certificate_bundles[{name}]", pem)
    return {"data": base64.b64encode(pem.encode()).decode(), "trusted": True}
