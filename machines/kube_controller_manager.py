"""kube-controller-manager: its flags, and the static pod that it is.

It signs what kubelets ask for and nothing else: it is given the key of their authority alone, by
the two signers that name kubelets, so no request can make a user of the cluster.
"""

from machines.component_kubeconfig import (
    OWN_API_SERVER,
    Credential,
    FromCertificate,
    FromTokenFile,
    component_kubeconfig_file,
)
from machines.flags import CIPHER_SUITES, Flag, arguments
from machines.host_files import HostFile
from machines.kube_apiserver import ApiServerSwitches, feature_gates, service_account_keys
from machines.self_hosted_cluster import (
    FOLDER,
    NODE_PREFIX,
    PKI,
    SelfHostedCluster,
    authority,
)
from machines.static_pods import Probe, Probes, Resources, StaticPod, static_pod_file

PORT = 10257
NAME = "kube-controller-manager"
KUBECONFIG = f"{FOLDER}/{NAME}.kubeconfig"
KUBELET_AUTHORITY_KEY = f"{PKI}/kubelet-ca.key"


def kube_controller_manager_flags(
    cluster: SelfHostedCluster, switches: ApiServerSwitches
) -> tuple[Flag, ...]:
    """The one table: what the pod's command, the docs and the benchmark's tests all read."""
    controllers = "*,bootstrap-signer-controller,token-cleaner-controller"
    return (
        *loopback_flags(PORT, KUBECONFIG, ("1.3.2", "1.3.7")),
        Flag("authentication-tolerate-lookup-failure", "true",
             "in a cluster's first seconds it has no right to look yet, and would end for that"),
        Flag("controllers", controllers if switches.bootstrap_tokens else "*",
             "all that are on by default, and those of bootstrap tokens where there are any"),
        Flag("use-service-account-credentials", "true",
             "each controller has the rights of its own", ("1.3.3",)),
        Flag("service-account-private-key-file", service_account_keys()[1], "signs tokens",
             ("1.3.4",)),
        Flag("root-ca-file", authority("kubernetes"),
             "pods know the API server by it", ("1.3.5",)),
        Flag("terminated-pod-gc-threshold", "1000", "pods that ended do not fill etcd",
             ("1.3.1",)),
        *feature_gates({**switches.feature_gates, "RotateKubeletServerCertificate": True},
                       "kubelets' serving certificates are asked for", ("1.3.6",)),
        *_signing(),
        *_network(cluster),
    )  # fmt: skip


def loopback_flags(port: int, kubeconfig: str, items: tuple[str, str]) -> tuple[Flag, ...]:
    """What controller manager and scheduler have in common; items: of profiling, of binding."""
    profiling, binding = items
    return (
        Flag("kubeconfig", kubeconfig, "to the API server of the same machine"),
        Flag("authentication-kubeconfig", kubeconfig, "who asks for its metrics"),
        Flag("authorization-kubeconfig", kubeconfig, "and whether they may"),
        Flag("bind-address", "127.0.0.1", "asked from its own machine alone", (binding,)),
        Flag("secure-port", str(port), "its own"),
        Flag("tls-min-version", "VersionTLS12", "nothing older"),
        Flag("tls-cipher-suites", ",".join(CIPHER_SUITES), "strong ones alone"),
        Flag("profiling", "false", "tells of the inside, and costs time", (profiling,)),
        Flag("leader-elect", "true", "of those on all controllers, one works"),
    )


def _signing() -> tuple[Flag, ...]:
    crt = authority("kubelet-signing")  # one certificate: of a file with two it ends at once
    return (
        Flag("cluster-signing-kubelet-client-cert-file", crt, "who a kubelet is"),
        Flag("cluster-signing-kubelet-client-key-file", KUBELET_AUTHORITY_KEY, "its key"),
        Flag("cluster-signing-kubelet-serving-cert-file", crt, "what a kubelet shows"),
        Flag("cluster-signing-kubelet-serving-key-file", KUBELET_AUTHORITY_KEY, "its key"),
        Flag("cluster-signing-duration", "720h0m0s", "30 days; kubelets renew on their own"),
    )


def _network(cluster: SelfHostedCluster) -> tuple[Flag, ...]:
    return (
        Flag("cluster-name", cluster.name, "as in the tags of what is made for it"),
        Flag("cluster-cidr", cluster.pod_cidr, "pods' addresses"),
        Flag("service-cluster-ip-range", cluster.service_cidr, "services' addresses"),
        Flag("allocate-node-cidrs", "true", "each node has a part of them"),
        Flag("node-cidr-mask-size", str(NODE_PREFIX), "of this size"),
        Flag("cloud-provider", "external", "what AWS knows, the cloud controller says"),
        Flag("configure-cloud-routes", "false",
             "no machine of ours may write a route of the VPC"),
    )  # fmt: skip


def credential_of(name: str, switches: ApiServerSwitches) -> Credential:
    """What a component presents."""
    if switches.client_certificates:
        return FromCertificate(name)
    return FromTokenFile(f"{PKI}/{name}.token")


def kube_controller_manager_files(
    cluster: SelfHostedCluster, switches: ApiServerSwitches
) -> tuple[HostFile, ...]:
    credential = credential_of(NAME, switches)
    flags = kube_controller_manager_flags(cluster, switches)
    read = [f.value for f in flags if f.value.startswith(f"{FOLDER}/")]
    pod = StaticPod(
        name=NAME,
        image=cluster.images[NAME],
        command=[NAME, *arguments(flags)],
        files=list(dict.fromkeys([*read, *credential.files])),
        probes=loopback_probes(PORT),
        resources=Resources("200m", "256Mi"),
    )
    kubeconfig = component_kubeconfig_file(
        KUBECONFIG, server=OWN_API_SERVER, user=f"system:{NAME}", credential=credential
    )
    return kubeconfig, static_pod_file(pod)


def loopback_probes(port: int) -> Probes:
    probe = Probe("/healthz", port, failures=8)
    return Probes(Probe("/healthz", port, failures=30), probe, probe)
