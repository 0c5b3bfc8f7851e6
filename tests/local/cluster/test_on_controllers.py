"""The example self-hosted with its members of etcd on its controllers, booted: three machines, and
a worker. What holds of any cluster is asked of the other one (test_cluster.py).

It does not show what `heiiki roll` and a rotation do there (docs/self-hosted/README.md).
"""

from collections.abc import Iterator

import pytest

from local.cluster.life import MARK, is_open
from tests.local.cluster.booted import CLUSTER, MEMBERS, Booted, brought_up

pytestmark = [pytest.mark.engine, pytest.mark.machines, pytest.mark.tools]
READY_SECONDS = 240.0  # nothing is asserted of it
CONTROLLERS = {f"controller-{name}": name for name in MEMBERS}
STEPS = ["write-files", "fetch-binaries", "attach-volume", "attach-interface", "mount",
         "claim-bootstrap", "take-member-secrets", "refuse-old-data", "join-etcd", "start-etcd",
         "wait-for-member", "settle-etcd", "take-secrets", "start-containerd", "start-kubelet",
         "wait-for-api-server", "apply-manifests", "signal"]  # fmt: skip


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """By the time that it is there, every node is Ready."""
    folder = tmp_path_factory.mktemp("on-controllers")
    with brought_up(folder, on_controllers=True, workers=1) as cluster:
        yield Booted(cluster)


def test_each_controller_boots_its_member_first_and_every_node_is_ready(booted: Booted) -> None:
    assert booted.cluster.roles() == [*CONTROLLERS, "worker"]
    outcomes = []
    for role in CONTROLLERS:
        assert list(booted.instances(role).values()) == ["InService"], role
        steps = booted.steps(role)
        assert list(steps) == STEPS
        assert {step["state"] for step in steps.values()} == {"done"}, role
        outcomes.append(steps["claim-bootstrap"]["notes"]["outcome"])
    assert sorted(outcomes) == ["lost", "lost", "won"]
    assert booted.members().keys() == set(MEMBERS)
    nodes = booted.cluster.read("nodes")["items"]
    assert all(is_open(node) for node in nodes)
    assert sorted(MARK in node["metadata"]["labels"] for node in nodes) == [False, True, True, True]
    assert booted.api_addresses() == {
        booted.machine(role).status().private_ip for role in CONTROLLERS
    }


def test_machines_of_both_ask_for_no_more_than_they_may(booted: Booted) -> None:
    assert booted.refused == ()


def test_a_secret_is_unreadable_in_every_member(booted: Booted) -> None:
    booted.cluster.kubectl("create", "secret", "generic", "kept", "--from-literal=a=in-the-clear")
    assert booted.cluster.read("secret", "kept")["data"] == {"a": "aW4tdGhlLWNsZWFy"}
    for name in MEMBERS:
        stored = booted.awaited("/registry/secrets/default/kept", member=name, asked_from=name)
        assert stored.startswith(f"k8s:enc:kms:v2:heiiki-{CLUSTER}:".encode())
        assert b"in-the-clear" not in stored


def test_a_controller_lost_with_its_member_comes_back_as_the_same_and_the_api_goes_on(
    booted: Booted,
) -> None:
    role, ec2 = "controller-1c", booted.aws("ec2")
    filters = [{"Name": "tag:heiiki:etcd-member", "Values": ["1c"]}]
    (volume,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    (interface,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    before, members = frozenset(booted.instances(role)), booted.members()
    booted.machine(role).kill()  # nobody ends it as long as EC2 is not told
    booted.wait_until_it_writes()
    booted.put("kept", "while it was away")  # the others have a majority
    ec2.terminate_instances(InstanceIds=list(before))
    fresh = booted.wait_in_service(role, but=before)
    assert booted.steps(role)["claim-bootstrap"]["notes"]["outcome"] in ("earlier", "lost")
    (now,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    assert now["VolumeId"] == volume["VolumeId"]
    assert [one["InstanceId"] for one in now["Attachments"]] == [fresh]
    (there,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert there["PrivateIpAddress"] == interface["PrivateIpAddress"]
    assert there["Attachment"]["InstanceId"] == fresh
    booted.machine(role).wait_until(
        lambda: booted.get("kept", member="1c", asked_from="1c") == b"while it was away",
        "it has not caught up", READY_SECONDS,
    )  # fmt: skip
    assert booted.members() == members, "the same member, and no other beside it"
    assert booted.cluster.read("secret", "kept")["data"] == {"a": "aW4tdGhlLWNsZWFy"}
    ready = ["curl", "--silent", "--insecure", "https://127.0.0.1:6443/readyz"]
    assert booted.machine(role).run(ready).stdout == "ok", "its API server, which asks its member"
    booted.wait_until_it_writes()
