"""kube-proxy's configuration: services by nftables, health and metrics on loopback.

It runs without privileges beyond those of its own network: what it would set of the kernel's is
left as the machine has it.
"""

from typing import Any

from machines.self_hosted_cluster import SelfHostedCluster
from machines.yaml_text import to_yaml

FOLDER = "/var/lib/kube-proxy"
CONFIGURATION, KUBECONFIG = f"{FOLDER}/config.yaml", f"{FOLDER}/kubeconfig"
HEALTH_PORT, METRICS_PORT = 10256, 10249
NO_MACHINE = "192.0.2.0/24"  # set aside for documentation; RFC 5737
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def kube_proxy_configuration(cluster: SelfHostedCluster) -> dict[str, Any]:
    """The KubeProxyConfiguration. Zeros of conntrack leave the kernel's own values."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": cluster.pod_cidr,
        "clientConnection": {"kubeconfig": KUBECONFIG},
        "healthzBindAddress": f"127.0.0.1:{HEALTH_PORT}",
        "metricsBindAddress": f"127.0.0.1:{METRICS_PORT}",
        "enableProfiling": False,
        "detectLocalMode": "ClusterCIDR",
        "nodePortAddresses": [NO_MACHINE],  # so there is no port of services on nodes
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
    }


def kube_proxy_data(cluster: SelfHostedCluster) -> dict[str, str]:
    """What its ConfigMap holds: the API server by the endpoint's name, since services are what it
    makes, and its own account's token."""
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "own",
                "cluster": {
                    "server": cluster.api_server,
                    "certificate-authority": f"{SERVICE_ACCOUNT}/ca.crt",
                },
            }
        ],
        "contexts": [{"name": "own", "context": {"cluster": "own", "user": "kube-proxy"}}],
        "current-context": "own",
        "users": [{"name": "kube-proxy", "user": {"tokenFile": f"{SERVICE_ACCOUNT}/token"}}],
    }
    return {
        "config.yaml": to_yaml(kube_proxy_configuration(cluster)),
        "kubeconfig": to_yaml(kubeconfig),
    }
