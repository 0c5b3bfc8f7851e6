"""A kubelet of a self-hosted cluster: its configuration, its unit, and how it comes in.

It comes in by who its machine is: the first time with a token of IAM, which the API server's
authenticator maps to `system:node:<private DNS name>`; what it then asks for, a certificate of that
same name, is approved because it asks for itself. That certificate it renews on its own, so AWS's
STS may be away later. What it serves with, it asks for as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from machines import checks
from machines.component_kubeconfig import OWN_API_SERVER, render_kubeconfig
from machines.flags import CIPHER_SUITES, Flag, arguments
from machines.host_files import HostFile
from machines.kubelet import (
    IMAGE_DEFAULTS,
    KubeletSettings,
    Taint,
    check_labels,
    check_max_pods,
    check_settings,
    check_taints,
)
from machines.self_hosted_cluster import CLUSTER_DOMAIN, FOLDER, SelfHostedCluster, authority
from machines.static_pods import MANIFESTS
from machines.yaml_text import to_yaml

Role = Literal["controller", "worker"]
CONFIGURATION = f"{FOLDER}/kubelet.yaml"
JOIN_KUBECONFIG = f"{FOLDER}/kubelet-join.kubeconfig"
KUBECONFIG = "/var/lib/kubelet/kubeconfig"  # the kubelet's own to write, once it has joined
CREDENTIAL_PROVIDERS = f"{FOLDER}/credential-providers.yaml"
BINARIES = "/opt/heiiki/bin"
ECR_PROVIDER = "ecr-credential-provider"
PAUSE_IMAGE = f"{FOLDER}/pause-image"
AWAIT_CONTROLLERS = f"{FOLDER}/await-controllers"
_PAUSE_IMAGE_PROGRAM = Path(__file__).parent / "pause_image_program.py"
_AWAIT_PROGRAM = Path(__file__).parent / "await_controllers_program.py"
CONTROL_PLANE_TAINT = Taint("node-role.kubernetes.io/control-plane", "", "NoSchedule")
POD_PIDS_LIMIT = 4096
EVICTION = {
    "memory.available": "200Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
    "pid.available": "10%",
}
# What a kubelet that protects the kernel's settings wants to find, and what routes pods' packets.
SYSCTL = {
    "kernel.keys.root_maxbytes": "25000000",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "net.ipv4.ip_forward": "1",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
}


SYSCTL_FILE = "/etc/sysctl.d/60-heiiki-kubernetes.conf"


@dataclass(frozen=True, slots=True)
class KubeletHost:
    """What the machine lets a kubelet do; the defaults are a machine's, the others a namespace's.

    resolv_conf: of the machine's resolver, and not of a cache on its loopback.
    """

    resolv_conf: str = "/etc/resolv.conf"
    cgroup_v1: bool = False
    local_storage_isolation: bool = True
    protect_kernel_defaults: bool = True


@dataclass(frozen=True, slots=True)
class SelfHostedKubelet:
    """One role's kubelets."""

    role: Role
    max_pods: int = 110
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Taint] = ()
    settings: KubeletSettings = IMAGE_DEFAULTS
    host: KubeletHost = field(default_factory=KubeletHost)


def kubelet_flags(kubelet: SelfHostedKubelet, *, ecr: bool) -> tuple[Flag, ...]:
    """What is no part of its configuration file. Its name is its machine's: none is given."""
    flags = [
        Flag("config", CONFIGURATION, "all else"),
        Flag("kubeconfig", KUBECONFIG, "what it writes once it has joined", ("4.1.5", "4.1.6")),
        Flag("bootstrap-kubeconfig", JOIN_KUBECONFIG, "who its machine is"),
        Flag("cert-dir", "/var/lib/kubelet/pki", "what it asked for"),
        Flag("cloud-provider", "external", "what AWS knows, the cloud controller says"),
    ]
    if ecr:
        flags += [
            Flag("image-credential-provider-config", CREDENTIAL_PROVIDERS, "who pulls"),
            Flag("image-credential-provider-bin-dir", BINARIES, "by which program"),
        ]
    if labels := check_labels(kubelet.labels):
        listed = ",".join(f"{key}={value}" for key, value in labels.items())
        flags.append(Flag("node-labels", listed, "asked of the pool"))
    return tuple(flags)


def kubelet_configuration(cluster: SelfHostedCluster, kubelet: SelfHostedKubelet) -> dict[str, Any]:
    """The KubeletConfiguration. Items of the benchmark stand in docs/self-hosted/cis.md."""
    settings, host = check_settings(kubelet.settings), kubelet.host
    document: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        **_security(),
        "protectKernelDefaults": host.protect_kernel_defaults,
        "podPidsLimit": settings.pod_pids_limit or POD_PIDS_LIMIT,
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "systemd",
        "failCgroupV1": not host.cgroup_v1,
        "localStorageCapacityIsolation": host.local_storage_isolation,
        "clusterDomain": CLUSTER_DOMAIN,
        "clusterDNS": [cluster.cluster_dns_ip],
        "resolvConf": host.resolv_conf,
        "maxPods": check_max_pods(kubelet.max_pods),
        "registerWithTaints": _taints(kubelet),
        **_limits(settings, host),
    }
    if kubelet.role == "controller":
        document["staticPodPath"] = MANIFESTS
    return document


def _security() -> dict[str, Any]:
    return {
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True, "cacheTTL": "2m0s"},
            "x509": {"clientCAFile": authority("kubernetes")},
        },
        "authorization": {"mode": "Webhook"},
        "readOnlyPort": 0,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": 10248,
        "streamingConnectionIdleTimeout": "5m0s",
        "makeIPTablesUtilChains": True,
        "rotateCertificates": True,
        "serverTLSBootstrap": True,
        "tlsMinVersion": "VersionTLS12",
        "tlsCipherSuites": [s for s in CIPHER_SUITES if s.startswith("TLS_ECDHE") and "GCM" in s],
        "seccompDefault": True,
        "eventRecordQPS": 50,
        "enableProfilingHandler": False,
        "enableDebugFlagsHandler": False,
        "enableSystemLogHandler": False,
    }


def _limits(settings: KubeletSettings, host: KubeletHost) -> dict[str, Any]:
    """Container logs are turned over, or they fill the disk."""
    eviction = dict(settings.eviction_hard) or EVICTION
    if not host.local_storage_isolation:  # nothing is measured then
        eviction = {k: v for k, v in eviction.items() if not k.startswith(("nodefs", "imagefs"))}
    limits: dict[str, Any] = {
        "containerLogMaxSize": "10Mi",
        "containerLogMaxFiles": 5,
        "evictionHard": eviction,
        "systemReserved": {"cpu": "100m", "memory": "200Mi", "pid": "1000"},
        "kubeReserved": {"cpu": "100m", "memory": "200Mi", "pid": "1000"},
        "shutdownGracePeriod": "60s",
        "shutdownGracePeriodCriticalPods": "20s",
        "serializeImagePulls": False,
        "maxParallelImagePulls": 4,
    }
    if settings.image_gc_high_threshold_percent is not None:
        limits["imageGCHighThresholdPercent"] = settings.image_gc_high_threshold_percent
    if settings.image_gc_low_threshold_percent is not None:
        limits["imageGCLowThresholdPercent"] = settings.image_gc_low_threshold_percent
    return limits


def _taints(kubelet: SelfHostedKubelet) -> list[dict[str, str]]:
    own = [CONTROL_PLANE_TAINT] if kubelet.role == "controller" else []
    return [
        {"key": t.key, "value": t.value, "effect": t.effect}
        for t in check_taints([*own, *kubelet.taints])
    ]


def kubelet_files(cluster: SelfHostedCluster, kubelet: SelfHostedKubelet) -> tuple[HostFile, ...]:
    """A controller's kubelet asks the API server beside it, a worker's the endpoint by its name."""
    if kubelet.role not in ("controller", "worker"):
        raise checks.fault("role", kubelet.role, "must be controller or worker")
    ecr = ".dkr.ecr" in cluster.registry
    server = OWN_API_SERVER if kubelet.role == "controller" else cluster.api_server
    sysctl = "".join(f"{name} = {value}\n" for name, value in SYSCTL.items())
    files = [
        HostFile(CONFIGURATION, to_yaml(kubelet_configuration(cluster, kubelet))),
        HostFile(JOIN_KUBECONFIG, _join_kubeconfig(cluster, server)),
        HostFile(SYSCTL_FILE, sysctl, 0o644),
        HostFile("/etc/systemd/system/kubelet.service", _unit(cluster, kubelet, ecr)),
    ]
    if ecr:
        files.append(HostFile(CREDENTIAL_PROVIDERS, _credential_providers(cluster.registry)))
        files.append(HostFile(PAUSE_IMAGE, _PAUSE_IMAGE_PROGRAM.read_text(encoding="utf-8")))
    if kubelet.role == "worker":
        files.append(HostFile(AWAIT_CONTROLLERS, _AWAIT_PROGRAM.read_text(encoding="utf-8")))
    return tuple(files)


def await_controllers(cluster: SelfHostedCluster) -> list[str]:
    """A worker's command that ends with 0 once no API server is older than its kubelet. Those of
    controllers ask the one beside them, which is of the same version."""
    asks = [cluster.api_server, authority("kubernetes"), KUBECONFIG, f"{BINARIES}/kubelet"]
    return ["/usr/bin/python3", "-I", AWAIT_CONTROLLERS, *asks, *_token(cluster)]


def _token(cluster: SelfHostedCluster) -> list[str]:
    """It is signed on the machine, for this cluster's id, and good for minutes."""
    return [f"{BINARIES}/aws-iam-authenticator", "token", "--cluster-id", cluster.token_cluster_id,
            "--region", cluster.region]  # fmt: skip


def _join_kubeconfig(cluster: SelfHostedCluster, server: str) -> str:
    command, *arguments = _token(cluster)
    run = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": command,
        "args": arguments,
        "env": [{"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"}],
        "interactiveMode": "Never",
        "provideClusterInfo": False,
    }
    return render_kubeconfig(server=server, user="machine", details={"exec": run})


def _credential_providers(registry: str) -> str:
    provider = {
        "name": ECR_PROVIDER,
        "matchImages": [registry],
        "defaultCacheDuration": "12h0m0s",
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
    }
    return to_yaml(
        {
            "apiVersion": "kubelet.config.k8s.io/v1",
            "kind": "CredentialProviderConfig",
            "providers": [provider],
        }
    )


def _unit(cluster: SelfHostedCluster, kubelet: SelfHostedKubelet, ecr: bool) -> str:
    start = " \\\n  ".join([f"{BINARIES}/kubelet", *arguments(kubelet_flags(kubelet, ecr=ecr))])
    pulled = [PAUSE_IMAGE, cluster.images["pause"], f"{BINARIES}/{ECR_PROVIDER}"]
    before = f"ExecStartPre=/usr/bin/python3 -I {' '.join(pulled)}\n" if ecr else ""
    return UNIT.format(sysctl=SYSCTL_FILE, before=before, start=start)


UNIT = """\
[Unit]
Description=Kubernetes' kubelet
After=containerd.service network-online.target
Wants=network-online.target
Requires=containerd.service
StartLimitIntervalSec=0

[Service]
Type=exec
# At the first boot the file was not there yet when systemd read all of them.
ExecStartPre=/usr/sbin/sysctl --quiet --load={sysctl}
{before}ExecStart={start}
Restart=always
RestartSec=2
OOMScoreAdjust=-999
LimitCORE=0
LimitNOFILE=1048576
UMask=0077
LockPersonality=true
RestrictRealtime=true
SystemCallArchitectures=native
Delegate=true

[Install]
WantedBy=multi-user.target
"""
