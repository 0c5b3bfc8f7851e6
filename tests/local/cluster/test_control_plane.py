"""Controllers behind one address, and workers: each machine booted by its own user data."""

import json
from typing import Any

import pytest

from local.machines import MachineHandle, MachinesError
from tests.local.cluster.booted import Booted
from tests.local.cluster.conftest import CONTROLLERS, WORKERS
from tests.local.cluster.stand_in import API_NAME

pytestmark = [pytest.mark.machines, pytest.mark.tools]
NODE = ["write-files", "fetch-binaries", "take-secrets", "start-containerd", "start-kubelet"]


def test_each_machine_did_the_steps_of_its_role(booted: Booted) -> None:
    assert list(booted.steps("controller")) == [
        *NODE, "wait-for-api-server", "apply-manifests", "signal",
    ]  # fmt: skip
    assert list(booted.steps("worker")) == [*NODE, "wait-for-node", "signal"]
    assert len(booted.machines("controller")) == CONTROLLERS
    assert len(booted.machines("worker")) == WORKERS


def test_the_api_is_asked_by_its_name_from_the_operator_s_network(booted: Booted) -> None:
    assert booted.as_administrator("/version")["gitVersion"].startswith("v1.34.")
    answer = booted.kube("/api/v1/nodes", "--output", "/dev/null", "--write-out", "%{http_code}",
                         check=False)  # fmt: skip
    assert answer == "401", "nobody without a name is answered"


def test_every_machine_of_kubernetes_is_a_node_by_who_it_is(booted: Booted) -> None:
    """By IAM: no machine was given a token or a certificate of a node."""
    found = booted.as_administrator("/api/v1/nodes")["items"]
    machines = [*booted.machines("controller"), *booted.machines("worker")]
    names = {node_of(one) for one in machines}
    assert {node["metadata"]["name"] for node in found} == names
    tainted = [node for node in found if any(
        taint["key"] == "node-role.kubernetes.io/control-plane"
        for taint in node["spec"].get("taints", []))]  # fmt: skip
    assert len(tainted) == CONTROLLERS


def test_every_node_is_ready_and_pods_of_the_system_run(booted: Booted) -> None:
    """What controllers deliver, delivered by themselves: from network to DNS."""

    def waiting() -> list[str]:
        nodes = booted.as_administrator("/api/v1/nodes")["items"]
        pods = booted.as_administrator("/api/v1/namespaces/kube-system/pods")["items"]
        return [one["metadata"]["name"] for one in (*nodes, *pods) if not _ready(one)]

    operator = booted.mirror.machine(booted.operator)
    operator.wait_until(lambda: not waiting(), "nodes and pods are not ready", READY_SECONDS)
    pods = booted.as_administrator("/api/v1/namespaces/kube-system/pods")["items"]
    named = {pod["metadata"]["name"].partition("-")[0] for pod in pods}
    assert named == {"aws", "cloud", "coredns", "flannel", "kube"}, waiting()


def _ready(one: dict[str, Any]) -> bool:
    conditions = one.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def test_a_pod_of_each_worker_reaches_the_other_s_by_its_service_s_name(booted: Booted) -> None:
    """Over CoreDNS, kube-proxy and flannel, across subnets."""
    workers = {node_of(one): one for one in booted.machines("worker")}
    names = dict(zip(("one", "two"), workers, strict=True))
    for name, node in names.items():
        for path, document in answering(name, node, booted.made.images["agnhost"]).items():
            booted.create(f"/api/v1/namespaces/default/{path}", document)
    pods = "/api/v1/namespaces/default/pods"
    booted.mirror.machine(booted.operator).wait_until(
        lambda: all(_ready(booted.as_administrator(f"{pods}/{name}")) for name in names),
        "the pods are not ready",
        READY_SECONDS,
    )
    for asks, answers in (("one", "two"), ("two", "one")):
        address = booted.as_administrator(f"{pods}/{asks}")["status"]["podIP"]
        query = (
            f"host=on-{answers}.default.svc.cluster.local&port=80&protocol=http&request=hostname"
        )
        url = f"http://{address}:8080/dial?{query}"
        said = workers[names[asks]].run(["curl", "--silent", "--max-time", "20", url]).stdout
        assert json.loads(said) == {"responses": [answers]}


def test_a_worker_reaches_no_etcd(booted: Booted) -> None:
    worker, address = booted.machine("worker"), "1a.etcd.dev.heiiki.internal"
    assert worker.run(["getent", "hosts", address]).stdout, "it knows the name"
    assert worker.run(["curl", "--silent", "--insecure", f"https://{API_NAME}:6443/readyz"]).stdout
    closed = ["curl", "--silent", "--max-time", "2", f"https://{address}:2379/"]
    assert worker.run(closed, check=False).returncode == 28, "dropped"


def test_the_api_answers_through_the_other_when_a_controller_is_lost(booted: Booted) -> None:
    before = frozenset(booted.made.instances("controller"))
    lost = sorted(before)[0]
    booted.mirror.machine(lost).kill()
    booted.mirror.machine(booted.operator).wait_until(
        lambda: _answers(booted) and _answers(booted) and _answers(booted),
        "the API does not answer through the other",
        60.0,
    )
    booted.made.aws("ec2").terminate_instances(InstanceIds=[lost])
    booted.wait_in_service("controller", but=before)
    assert _answers(booted)


def test_the_api_goes_on_without_a_member_of_etcd(booted: Booted) -> None:
    machine = booted.machine("etcd-1d")
    machine.kill()
    try:
        name, path = "kept-without-a-member", "/api/v1/namespaces/default/configmaps"
        document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
        assert booted.create(path, document)["metadata"]["name"] == name
        assert booted.as_administrator(f"{path}/{name}")["metadata"]["uid"]
    finally:
        machine.power_on()
    machine.wait_until(
        lambda: _member_answers(booted, "1d"),
        "it has not come back by itself, after its machine had lost its power",
        READY_SECONDS,
    )


def _member_answers(booted: Booted, name: str) -> bool:
    try:
        booted.put("asked", "again", member=name, asked_from=name)
    except MachinesError:
        return False
    return True


def _answers(booted: Booted) -> bool:
    try:
        return bool(booted.as_administrator("/version"))
    except MachinesError:
        return False


def node_of(machine: MachineHandle) -> str:
    """As EC2 calls the machine."""
    address = machine.status().private_ip.replace(".", "-")
    return f"ip-{address}.ap-northeast-1.compute.internal"


def answering(name: str, node: str, image: str) -> dict[str, dict[str, Any]]:
    """A pod on this node that says its name and asks others, and the service that leads to it."""
    container = {
        "name": "agnhost", "image": image, "args": ["netexec", "--http-port=8080"],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
    }  # fmt: skip
    meta = {"name": name, "labels": {"app": name}}
    select = {"kubernetes.io/hostname": node}
    return {
        "pods": {"apiVersion": "v1", "kind": "Pod", "metadata": meta,
                 "spec": {"nodeSelector": select, "containers": [container]}},
        "services": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"on-{name}"},
                     "spec": {"selector": {"app": name},
                              "ports": [{"port": 80, "targetPort": 8080}]}},
    }  # fmt: skip
