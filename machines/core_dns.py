"""CoreDNS: names of the cluster, and for all others the VPC's own resolver and nobody else."""

from machines.manifests import (
    SYSTEM,
    Document,
    account,
    cluster_role,
    cluster_role_binding,
    config_map,
    deployment,
    rule,
    service_account,
)
from machines.self_hosted_cluster import CLUSTER_DOMAIN, SelfHostedCluster

NAME = "coredns"
PORT = 8053  # above 1024, so that it needs no capability


def render_corefile(cluster: SelfHostedCluster) -> str:
    """The resolver by its address: a machine's resolv.conf is somebody else's to change."""
    return f"""\
.:{PORT} {{
    errors
    health 127.0.0.1:8080 {{
        lameduck 5s
    }}
    ready :8181
    kubernetes {CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {{
        pods disabled
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }}
    prometheus 127.0.0.1:9153
    forward . {cluster.vpc_resolver} {{
        max_concurrent 1000
    }}
    cache 30
    loop
    loadbalance
}}
"""


def core_dns_manifests(cluster: SelfHostedCluster, *, replicas: int = 2) -> list[Document]:
    """Its rights, its settings, its pods, and the address that kubelets tell every pod."""
    return [
        service_account(NAME),
        cluster_role(
            f"heiiki:{NAME}",
            [
                rule([""], ["services", "namespaces"], ["list", "watch"]),
                rule(["discovery.k8s.io"], ["endpointslices"], ["list", "watch"]),
            ],
        ),
        cluster_role_binding(f"heiiki:{NAME}", f"heiiki:{NAME}", account(NAME)),
        config_map(NAME, {"Corefile": render_corefile(cluster)}),
        deployment(NAME, replicas, _pod(cluster)),
        _disruption_budget(),
        _service(cluster),
    ]


def _pod(cluster: SelfHostedCluster) -> Document:
    container = {
        "name": NAME,
        "image": cluster.images[NAME],
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": PORT, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": PORT, "protocol": "TCP"},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
        "livenessProbe": {"tcpSocket": {"port": 8181}, "failureThreshold": 5},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
        },
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    return {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "dnsPolicy": "Default",
        "priorityClassName": "system-cluster-critical",
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "tolerations": [
            {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
        ],
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": NAME}}],
    }


def _disruption_budget() -> Document:
    """One at a time; a pod that is not ready answers nobody, and is in no drain's way."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": NAME, "namespace": SYSTEM},
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": {"app.kubernetes.io/name": NAME}},
        },
    }


def _service(cluster: SelfHostedCluster) -> Document:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": SYSTEM},
        "spec": {
            "clusterIP": cluster.cluster_dns_ip,
            "selector": {"app.kubernetes.io/name": NAME},
            "ports": [
                {"name": "dns", "port": 53, "targetPort": PORT, "protocol": "UDP"},
                {"name": "dns-tcp", "port": 53, "targetPort": PORT, "protocol": "TCP"},
            ],
        },
    }
