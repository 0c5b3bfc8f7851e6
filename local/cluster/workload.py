"""What runs in the cluster while something is done to it, and how it fares."""

import json
from collections.abc import Iterable
from typing import Any

from local.cluster.life import Cluster, Progress, is_ready, listed
from local.cluster.signed_by import names
from local.machines import MachinesError

NAME = "asking"
EVERYWHERE = "--all-namespaces"
KINDS = ("daemonsets", "deployments")
# Which trust it is that a cluster tells its programs: of pods, and of extension API servers.
POD_BUNDLE = "kube-root-ca.crt"
SERVER_BUNDLE = ("--namespace=kube-system", "extension-apiserver-authentication")


def deployment(image: str, replicas: int) -> dict[str, Any]:
    """Pods that ask the API each second, with the token and the authority that they are given."""
    labels = {"app": NAME}
    spread = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
              "whenUnsatisfiable": "ScheduleAnyway",
              "labelSelector": {"matchLabels": labels}}  # fmt: skip
    # A pod of a node that is gone is not waited for.
    soon = [{"key": f"node.kubernetes.io/{why}", "operator": "Exists", "effect": "NoExecute",
             "tolerationSeconds": 10} for why in ("not-ready", "unreachable")]  # fmt: skip
    container = {"name": "agnhost", "image": image,
                 "args": ["inclusterclient", "--poll-interval=1"]}  # fmt: skip
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": NAME},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"topologySpreadConstraints": [spread], "tolerations": soon,
                         "containers": [container]},
            },
        },
    }  # fmt: skip


def start(cluster: Cluster, image: str, progress: Progress) -> None:
    """A pod on each worker. Those of `make cluster`, which nothing makes anew, go."""
    cluster.kubectl("delete", "pod", "one", "two", "--ignore-not-found", "--wait=false")
    document = deployment(image, len(cluster.machines("worker")))
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps(listed([document])))
    cluster.wait("a pod on each worker asks the API", lambda: deaf(cluster), progress)


def restart_all(cluster: Cluster, progress: Progress) -> None:
    """As people are told to (docs/self-hosted/pki.md)."""
    namespaces = [one["metadata"]["name"] for one in cluster.read("namespaces")["items"]]
    for namespace in namespaces:
        for kind in KINDS:
            if cluster.read(kind, f"--namespace={namespace}")["items"]:
                cluster.kubectl("rollout", "restart", kind, f"--namespace={namespace}")
    cluster.wait("every pod was started anew", lambda: waiting(cluster), progress)


def waiting(cluster: Cluster) -> list[str]:
    """What of all that nodes run is not there yet, in its latest form."""
    found = []
    for kind in KINDS:
        for one in cluster.read(kind, EVERYWHERE)["items"]:
            if not is_rolled(one):
                found.append(one["metadata"]["name"])
    pods = cluster.read("pods", EVERYWHERE)["items"]
    return found + [p["metadata"]["name"] for p in pods if not is_ready(p)]


def is_rolled(one: dict[str, Any]) -> bool:
    """Whether all pods of a DaemonSet or a Deployment are of its latest form, and serve."""
    status, generation = one.get("status", {}), one["metadata"]["generation"]
    if status.get("observedGeneration", 0) < generation:
        return False
    if one["kind"] == "DaemonSet":
        every = status["desiredNumberScheduled"]
        counts = [status.get(n, 0) for n in ("updatedNumberScheduled", "numberAvailable")]
    else:
        every = one["spec"]["replicas"]
        counts = [status.get(n, 0) for n in ("updatedReplicas", "availableReplicas", "replicas")]
    return all(count == every for count in counts)


def deaf(cluster: Cluster) -> list[str]:
    """Pods that were not answered well the last time that they asked."""
    pods = cluster.read("pods", f"--selector=app={NAME}")["items"]
    found = [] if len(pods) == len(cluster.machines("worker")) else [f"{len(pods)} pods"]
    for pod in (one["metadata"]["name"] for one in pods):
        said = cluster.kubectl("logs", "--tail=3", pod)
        if "calling /healthz" not in said or "status=failed" in said:
            found.append(f"{pod}: {said.strip().splitlines()[-1:]}")
    return found


def mute(cluster: Cluster) -> list[str]:
    """Nodes whose pods' logs are not had, and pods in which no command runs."""
    found, seen = [], set()
    for pod in cluster.read("pods", "--namespace=kube-system")["items"]:
        node = pod["spec"].get("nodeName", "")
        if node in seen:
            continue
        seen.add(node)
        try:
            cluster.kubectl("logs", "--namespace=kube-system", "--tail=1", pod["metadata"]["name"])
        except MachinesError as error:
            found.append(f"{node}: {str(error).strip().splitlines()[-1]}")
    nodes = {node["metadata"]["name"] for node in cluster.read("nodes")["items"]}
    found += [f"{node} has no pods" for node in nodes - seen]
    for pod in cluster.read("pods", f"--selector=app={NAME}")["items"]:
        cluster.kubectl("exec", pod["metadata"]["name"], "--", "/agnhost", "help")
    return found


def forget_bundle(cluster: Cluster) -> None:
    """API servers add to it what they trust and take nothing away; where it is not there, they
    write it anew (docs/self-hosted/pki.md)."""
    cluster.kubectl("delete", "configmap", *SERVER_BUNDLE)


def bundles_with(cluster: Cluster, former: Iterable[str]) -> list[str]:
    """Which of them name one of these authorities, or are not there."""
    found, dropped = [], set(former)
    maps = cluster.read("configmaps", EVERYWHERE)["items"]
    told = {f"{m['metadata']['namespace']}/{m['metadata']['name']}": m["data"] for m in maps
            if m["metadata"]["name"] in (POD_BUNDLE, SERVER_BUNDLE[1])}  # fmt: skip
    if f"kube-system/{SERVER_BUNDLE[1]}" not in told:
        found.append(f"there is no {SERVER_BUNDLE[1]}")
    for place, data in told.items():
        known = {n for text in data.values() if "BEGIN CERTIFICATE" in text
                 for n in names(text.encode())}  # fmt: skip
        found += [f"{place} has {name}" for name in sorted(known & dropped)]
    if not any(place.endswith(POD_BUNDLE) for place in told):
        found.append(f"there is no {POD_BUNDLE}")
    return found
