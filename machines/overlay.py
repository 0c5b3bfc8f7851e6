"""Pods' network: a wire of its own for each pod, and flannel's VXLAN between machines.

Chosen among what can be had as a Go module and needs no program in the kernel:

- VXLAN, since nodes lie in several subnets: routes between hosts (flannel's host-gw) reach only
  within one, and routes in the VPC's tables would need a machine that may write them. It is one
  UDP port, which the firewall's table names.
- flannel, which keeps what it knows in nodes' own objects, so that no worker speaks to etcd.
- `ptp` in place of a bridge, and nftables: every packet of a pod is routed, so services reach pods
  of the same node without br_netfilter, and pods cannot speak to each other beneath IP.
- containerd writes the settings of pods' network from a template, once the node has been given its
  addresses: no pod writes what the runtime runs, and flannel's own plugin is not needed.

It keeps no NetworkPolicies; docs/self-hosted/cis.md says so.
"""

import json
from typing import Any

from machines.host_files import HostFile
from machines.manifests import (
    Document,
    account,
    cluster_role,
    cluster_role_binding,
    config_map,
    daemon_set,
    rule,
    service_account,
)
from machines.self_hosted_cluster import API_PORT, SelfHostedCluster

VXLAN_PORT = 8472
NAME = "flannel"
CNI_TEMPLATE = "/etc/containerd/pods-network.conflist.template"
CNI_PLUGINS = ("host-local", "loopback", "ptp")  # programs in /opt/cni/bin
VXLAN_BYTES = 50  # around every packet
HEALTH_PORT = 8081


def cni_template_file(cluster: SelfHostedCluster) -> HostFile:
    """What the kubelet is told to be the node's addresses, containerd puts where the braces are."""
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": "{{.PodCIDR}}"}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": "/run/heiiki/pods-addresses",
    }
    plugin = {
        "type": "ptp",
        "ipMasq": False,  # flannel does, and not between pods
        "mtu": cluster.machine_mtu - VXLAN_BYTES,
        "ipam": addresses,
    }
    document = {"cniVersion": "1.0.0", "name": "heiiki", "plugins": [plugin]}
    return HostFile(CNI_TEMPLATE, json.dumps(document, indent=2) + "\n")


def flannel_network(cluster: SelfHostedCluster) -> dict[str, Any]:
    return {
        "Network": cluster.pod_cidr,
        "EnableNFTables": True,
        "Backend": {"Type": "vxlan", "VNI": 1, "Port": VXLAN_PORT},
    }


def flannel_manifests(cluster: SelfHostedCluster) -> list[Document]:
    """Its rights, its settings, and a pod on every node."""
    network = json.dumps(flannel_network(cluster), indent=2) + "\n"
    return [
        service_account(NAME),
        cluster_role(
            f"heiiki:{NAME}",
            [
                rule([""], ["pods"], ["get"]),
                rule([""], ["nodes"], ["get", "list", "watch"]),
                rule([""], ["nodes/status"], ["patch"]),
            ],
        ),
        cluster_role_binding(f"heiiki:{NAME}", f"heiiki:{NAME}", account(NAME)),
        config_map(NAME, {"net-conf.json": network}),
        daemon_set(NAME, _pod(cluster)),
    ]


def host_environment(cluster: SelfHostedCluster) -> list[Document]:
    """The API server by the endpoint's name: services are not there yet when these pods start."""
    return [
        {"name": "KUBERNETES_SERVICE_HOST", "value": cluster.api_server_name},
        {"name": "KUBERNETES_SERVICE_PORT", "value": str(API_PORT)},
    ]


def _pod(cluster: SelfHostedCluster) -> Document:
    def own(field: str) -> Document:
        return {"fieldRef": {"fieldPath": field}}

    probe = {"host": "127.0.0.1", "port": HEALTH_PORT}
    container = {
        "name": NAME,
        "image": cluster.images[NAME],
        "imagePullPolicy": "IfNotPresent",
        "command": ["/opt/bin/flanneld"],
        "args": ["--ip-masq", "--kube-subnet-mgr", "--healthz-ip=127.0.0.1",
                 f"--healthz-port={HEALTH_PORT}"],
        "env": [
            *host_environment(cluster),
            {"name": "POD_NAME", "valueFrom": own("metadata.name")},
            {"name": "POD_NAMESPACE", "valueFrom": own("metadata.namespace")},
        ],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "livenessProbe": {"httpGet": {"path": "/healthz", **probe}, "initialDelaySeconds": 10},
        "readinessProbe": {"httpGet": {"path": "/healthz", **probe}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]},
            "readOnlyRootFilesystem": True,
            "runAsUser": 0,
        },
        "volumeMounts": [
            {"name": "run", "mountPath": "/run/flannel"},
            {"name": "network", "mountPath": "/etc/kube-flannel", "readOnly": True},
        ],
    }  # fmt: skip
    volumes = [
        {"name": "run", "hostPath": {"path": "/run/flannel", "type": "DirectoryOrCreate"}},
        {"name": "network", "configMap": {"name": NAME}},
    ]
    return host_pod(NAME, container, volumes)


def host_pod(name: str, container: Document, volumes: list[Document]) -> Document:
    """In the machine's own network, on every node whatever its taints."""
    return {
        "serviceAccountName": name,
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "hostNetwork": True,
        "priorityClassName": "system-node-critical",
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "tolerations": [{"operator": "Exists"}],
        "containers": [container],
        "volumes": volumes,
    }
