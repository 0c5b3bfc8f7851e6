"""Controllers behind one address, and workers: each machine booted by its own user data."""

import pytest

from local.machines import MachinesError
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
    names = {
        f"ip-{one.status().private_ip.replace('.', '-')}.ap-northeast-1.compute.internal"
        for one in machines
    }
    assert {node["metadata"]["name"] for node in found} == names
    tainted = [node for node in found if any(
        taint["key"] == "node-role.kubernetes.io/control-plane"
        for taint in node["spec"].get("taints", []))]  # fmt: skip
    assert len(tainted) == CONTROLLERS


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
        name = "kept-without-a-member"
        body = f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "{name}"}}}}'
        path = "/api/v1/namespaces/default/configmaps"
        json_type = "Content-Type: application/json"
        made = booted.as_administrator(path, "--header", json_type, "--data", body)
        assert made["metadata"]["name"] == name
        assert booted.as_administrator(f"{path}/{name}")["metadata"]["uid"]
    finally:
        machine.power_on()
    machine.wait_until(
        lambda: "healthy" if booted.get("from-1d", member="1d", asked_from="1d") else False,
        "its machine has not come back by its own",
        120.0,
    )


def _answers(booted: Booted) -> bool:
    try:
        return bool(booted.as_administrator("/version"))
    except MachinesError:
        return False
