"""Real kubelets with real pods on local machines, of what is carried in and nothing else.

One small cluster for all tests (cluster.py). Its machines have no way to anything but the embedded
AWS and the registry; each test but the last reads it, and none changes it.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.self_hosted_example import REGISTRY
from local.carry_in.images import carried_images
from local.carry_in.programs import programs
from local.machines import World
from tests.embedded_aws import serving_aws
from tests.local.carry_in.cluster import (
    ADDRESSES,
    WORKERS,
    Cluster,
    answering,
    authorities,
    instances,
    machine_spec,
    node_name,
    reference,
    start_controller,
    start_worker,
    world_spec,
)

pytestmark = [pytest.mark.machines, pytest.mark.tools]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """With a pod on each worker that answers. Nobody but the cluster's own machines did anything
    for it, apart from the manifests, the controller's label and these pods."""
    images, world = carried_images(), World(tmp_path_factory.mktemp("carried") / "world")
    with serving_aws() as url:
        world.up(world_spec(), url, carried=images)
        try:
            made = Cluster(world, reference(images), dict(programs()), authorities())
            for name, instance in instances(url).items():
                world.start(machine_spec(name, instance))
            for name in ADDRESSES:
                assert world.machine(name).wait_for_cloud_init() == []
            start_controller(made)
            for name in WORKERS:
                start_worker(made, name)
            _deliver(made)
            yield made
        finally:
            world.down()


def _deliver(made: Cluster) -> None:
    made.until(lambda: made.kubectl("get", "--raw=/readyz", check=False) == "ok")
    made.kubectl("apply", "--server-side", "--filename=/etc/kubernetes/cluster")
    controller = node_name("controller")
    made.until(lambda: controller in made.kubectl("get", "nodes", "--output=name"))
    made.kubectl("label", "node", controller, "node-role.kubernetes.io/control-plane=")
    for name in WORKERS:
        for document in answering(name, made.cluster.images["agnhost"]):
            made.kubectl("create", "--filename=-", stdin=json.dumps(document))
    made.until(lambda: all(ready(pod) for pod in made.read("pods")["items"]))
    made.until(lambda: all(known(node) for node in made.read("nodes")["items"]))


def known(node: dict) -> bool:
    """Ready, and open to pods, which the cloud controller decides; being Ready is not enough."""
    taints = [taint["key"] for taint in node["spec"].get("taints", [])]
    return ready(node) and not any(key.startswith("node.") for key in taints)


def ready(thing: dict) -> bool:
    conditions = thing["status"].get("conditions", [])
    return ("Ready", "True") in [(c["type"], c["status"]) for c in conditions]


def test_each_machine_is_a_ready_node_that_iam_let_in_and_ec2_knows(cluster: Cluster) -> None:
    nodes = {node["metadata"]["name"]: node for node in cluster.read("nodes")["items"]}
    assert set(nodes) == {node_name(name) for name in ADDRESSES}
    for name, address in ADDRESSES.items():
        node = nodes[node_name(name)]
        assert ready(node)
        told = {one["type"]: one["address"] for one in node["status"]["addresses"]}
        assert told["InternalIP"] == address, "the cloud controller has seen it"
        assert node["spec"]["providerID"].endswith(cluster.machine(name).status().instance_id)
        taints = [taint["key"] for taint in node["spec"].get("taints", [])]
        expected = [] if name in WORKERS else ["node-role.kubernetes.io/control-plane"]
        assert taints == expected
    asked = cluster.read("certificatesigningrequests")["items"]
    joined = {
        csr["spec"]["username"]
        for csr in asked
        if csr["spec"]["signerName"] == "kubernetes.io/kube-apiserver-client-kubelet"
    }
    assert joined == {f"system:node:{name}" for name in nodes}


def test_pods_run_the_images_of_the_own_registry_by_their_digests(cluster: Cluster) -> None:
    pods = cluster.read("pods", "--all-namespaces")["items"]
    ran = {
        (status["image"], status["imageID"])
        for pod in pods
        for status in pod["status"]["containerStatuses"]
    }
    carried = set(cluster.cluster.images.values())
    assert {image_id for _, image_id in ran} <= carried, ran
    of = {name for name, image in cluster.cluster.images.items() if image in dict(ran).values()}
    assert of == {*cluster.cluster.images} - {"kms-plugin", "pause"}, "each of them runs"


def test_who_does_not_say_who_it_is_pulls_nothing(cluster: Cluster) -> None:
    machine, digest = cluster.machine("one"), cluster.cluster.images["pause"].partition("@")[2]
    manifest = f"https://{REGISTRY}/v2/heiiki/pause/manifests/{digest}"
    ask = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    accept = ["--header", "Accept: application/vnd.oci.image.manifest.v1+json"]
    assert machine.run([*ask, *accept, manifest]).stdout == "401"
    login = ["--user", "AWS:123456789012-auth-token"]
    assert machine.run([*ask, *accept, *login, manifest]).stdout == "200"
    assert machine.run([*ask, *login, "--request", "POST", f"https://{REGISTRY}/v2/a/blobs/uploads/"],
                       check=False).stdout != "202"  # fmt: skip


def test_an_image_of_any_registry_comes_from_ours_or_not_at_all(cluster: Cluster) -> None:
    """As containerd is told; by ctr, which is told the same hosts."""
    machine, digest = cluster.machine("two"), cluster.cluster.images["pause"].partition("@")[2]
    hosts = ["--hosts-dir", "/etc/containerd/certs.d", "--user", "AWS:123456789012-auth-token"]
    pull = ["ctr", "--namespace", "tried", "images", "pull", *hosts]
    assert "done" in machine.run([*pull, f"docker.io/heiiki/pause@{digest}"]).stdout
    refused = machine.run([*pull, "docker.io/library/busybox:latest"], check=False)
    assert refused.returncode != 0 and f"host={REGISTRY}" in refused.stderr


@pytest.mark.parametrize(("asks", "answers"), [("one", "two"), ("two", "one")])
def test_a_pod_reaches_the_one_on_another_machine_by_its_service_s_name(
    cluster: Cluster, asks: str, answers: str
) -> None:
    """Over CoreDNS, kube-proxy and flannel, across subnets."""
    pod = cluster.read("pod", asks)
    assert pod["spec"]["nodeName"] == node_name(asks)
    query = f"host=on-{answers}.default.svc.cluster.local&port=80&protocol=http&request=hostname"
    url = f"http://{pod['status']['podIP']}:8080/dial?{query}"
    said = cluster.machine(asks).run(["curl", "--silent", "--max-time", "20", url]).stdout
    assert json.loads(said) == {"responses": [answers]}


def test_the_registry_ends_with_the_world(cluster: Cluster) -> None:
    """The last test: it ends the cluster."""
    assert _registries(cluster.world), "it runs"
    cluster.world.down()
    assert _registries(cluster.world) == []


def _registries(world: World) -> list[str]:
    """Processes that run in the world's folder of its registry."""
    return [
        folder
        for folder in map(_folder, Path("/proc").glob("[0-9]*"))
        if folder.startswith(str(world.folder / "registry"))
    ]


def _folder(process: Path) -> str:
    try:
        return os.readlink(process / "cwd")
    except OSError:  # it has ended
        return ""
