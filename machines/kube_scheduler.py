"""kube-scheduler: its flags, and the static pod that it is."""

from machines.component_kubeconfig import OWN_API_SERVER, component_kubeconfig_file
from machines.flags import Flag, arguments
from machines.host_files import HostFile
from machines.kube_apiserver import ApiServerSwitches, feature_gates
from machines.kube_controller_manager import credential_of, loopback_flags, loopback_probes
from machines.self_hosted_cluster import FOLDER, SelfHostedCluster, authority
from machines.static_pods import Resources, StaticPod, static_pod_file

PORT = 10259
NAME = "kube-scheduler"
KUBECONFIG = f"{FOLDER}/{NAME}.kubeconfig"


def kube_scheduler_flags(switches: ApiServerSwitches) -> tuple[Flag, ...]:
    """All of it: what it decides by is what it has by default."""
    own = loopback_flags(PORT, KUBECONFIG, ("1.4.1", "1.4.2"))
    return (*own, *feature_gates(switches.feature_gates))


def kube_scheduler_files(
    cluster: SelfHostedCluster, switches: ApiServerSwitches
) -> tuple[HostFile, ...]:
    credential = credential_of(NAME, switches)
    pod = StaticPod(
        name=NAME,
        image=cluster.images[NAME],
        command=[NAME, *arguments(kube_scheduler_flags(switches))],
        files=[KUBECONFIG, authority("kubernetes"), *credential.files],
        probes=loopback_probes(PORT),
        resources=Resources("100m", "128Mi"),
    )
    kubeconfig = component_kubeconfig_file(
        KUBECONFIG, server=OWN_API_SERVER, user=f"system:{NAME}", credential=credential
    )
    return kubeconfig, static_pod_file(pod)
