"""Every file of a role's machine, apart from keys, certificates and programs."""

from dataclasses import dataclass, field

from machines.authenticator import authenticator_files
from machines.cloud_controller import cloud_configuration_file
from machines.cluster_manifests import applying_files, cluster_manifest_files
from machines.containerd import containerd_files
from machines.encryption import CONFIGURATION as ENCRYPTION
from machines.encryption import SECRETS, render_kms_encryption
from machines.etcd import environment
from machines.host_files import HostFile
from machines.kms_plugin import kms_plugin_file
from machines.kube_apiserver import ApiServerSettings, kube_apiserver_files
from machines.kube_controller_manager import kube_controller_manager_files
from machines.kube_scheduler import kube_scheduler_files
from machines.overlay import cni_template_file
from machines.self_hosted_cluster import (
    FOLDER,
    SelfHostedCluster,
    authority,
    certificate,
    check_self_hosted_cluster,
)
from machines.self_hosted_kubelet import SelfHostedKubelet, kubelet_files

ETCD_ENVIRONMENT = f"{FOLDER}/etcd.env"


@dataclass(frozen=True, slots=True)
class Controller:
    """What a controller has beyond the cluster's own values.

    authenticator: of `machines.authenticator.render_authenticator`.
    kms_keys: name -> ARN, the one that writes first; empty where secrets are encrypted with a
        local key, whose document comes through the secret store. None in place of an ARN: the
        plugin's own file comes through the store, since the key is not there yet.
    more_encrypted: resources that KMS encrypts beside Secrets.
    """

    partition: str
    authenticator: str
    kms_keys: dict[str, str | None] = field(default_factory=dict)
    more_encrypted: tuple[str, ...] = ()
    api_server: ApiServerSettings = field(default_factory=ApiServerSettings)
    kubelet: SelfHostedKubelet = field(default_factory=lambda: SelfHostedKubelet("controller"))
    restrict_oom_score_adj: bool = False


def controller_files(cluster: SelfHostedCluster, controller: Controller) -> tuple[HostFile, ...]:
    """By path; the manifests of static pods are among them."""
    check_self_hosted_cluster(cluster)
    switches = controller.api_server.switches
    files = [
        *kube_apiserver_files(cluster, controller.api_server),
        *kube_controller_manager_files(cluster, switches),
        *kube_scheduler_files(cluster, switches),
        *_encryption(cluster, controller),
        *cluster_manifest_files(cluster, switches),
        *applying_files(),
        cloud_configuration_file(cluster),
        HostFile(ETCD_ENVIRONMENT, _etcd_environment(cluster)),
        *_node_files(cluster, controller.kubelet, controller.restrict_oom_score_adj),
    ]
    if switches.webhook:
        files += authenticator_files(
            cluster, partition=controller.partition, configuration=controller.authenticator
        )
    return _by_path(files)


def worker_files(
    cluster: SelfHostedCluster, kubelet: SelfHostedKubelet, *, restrict_oom_score_adj: bool = False
) -> tuple[HostFile, ...]:
    """By path."""
    check_self_hosted_cluster(cluster)
    return _by_path(_node_files(cluster, kubelet, restrict_oom_score_adj))


def _node_files(
    cluster: SelfHostedCluster, kubelet: SelfHostedKubelet, restrict_oom_score_adj: bool
) -> list[HostFile]:
    return [
        *kubelet_files(cluster, kubelet),
        *containerd_files(
            registry=cluster.registry,
            pause_image=cluster.images["pause"],
            restrict_oom_score_adj=restrict_oom_score_adj,
        ),
        cni_template_file(cluster),
    ]


def _encryption(cluster: SelfHostedCluster, controller: Controller) -> list[HostFile]:
    kind, keys = controller.api_server.switches.encryption, controller.kms_keys
    if (kind == "kms") != bool(keys):
        raise ValueError(
            f"kms_keys must name {'a key' if kind == 'kms' else 'none'}: encryption is {kind}"
        )
    if kind != "kms":
        return []
    plugins = [
        kms_plugin_file(cluster, name=name, key_arn=arn, number=number)
        for number, (name, arn) in enumerate(keys.items())
        if arn is not None
    ]
    resources = tuple(dict.fromkeys((SECRETS, *controller.more_encrypted)))
    text = render_kms_encryption(list(keys), resources=resources)
    return [HostFile(ENCRYPTION, text), *plugins]


def _etcd_environment(cluster: SelfHostedCluster) -> str:
    """For the agent and for whoever looks: how a controller reaches etcd."""
    crt, key = certificate("kube-apiserver-etcd-client")
    endpoints = ",".join(cluster.etcd_endpoints)
    return environment(
        {
            "ETCD_ENDPOINTS": endpoints,
            "ETCDCTL_ENDPOINTS": endpoints,
            "ETCDCTL_CACERT": authority("etcd"),
            "ETCDCTL_CERT": crt,
            "ETCDCTL_KEY": key,
        }
    )


def _by_path(files: list[HostFile]) -> tuple[HostFile, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
