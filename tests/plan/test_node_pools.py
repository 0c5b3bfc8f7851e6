"""Node pools: images, pods per node, volumes, labels, floors, zones."""

from dataclasses import replace

import pytest

from plan.instance_types import instance_type, max_pods
from plan.node_pools import HIGHLY_AVAILABLE_NODES, SMALLEST_MEMORY_MIB, Volume
from tests.plan.samples import LISTED, lock_keys, locked, plan, refused

POOL = "nodePools.workers"
HA = {"profile": "highlyAvailable"}
CUSTOM = {"kind": "custom", "imageId": "ami-0fffffffffffffff0", "family": "al2023"}


def pool(changes=None):
    return plan(changes).node_pools["workers"]


@pytest.mark.parametrize(
    ("kind", "pods"),
    [  # eni-max-pods of awslabs/amazon-eks-ami
        ("t3.micro", 4), ("t3.medium", 17), ("m7i.large", 29), ("m6i.4xlarge", 110),
        ("m6i.8xlarge", 234), ("m6i.16xlarge", 250),
    ],
)  # fmt: skip
def test_pods_per_node_are_what_the_type_can_address(kind, pods):
    assert max_pods(instance_type(kind, {}, path="x")) == pods
    assert pool({f"{POOL}.instanceType": kind}).max_pods == pods


def test_another_cni_is_not_bound_by_addresses_of_the_vpc():
    changes = {"addOns.vpcCni": False, f"{POOL}.instanceType": "t3.micro"}
    assert pool(changes).max_pods == 110
    assert pool({**changes, f"{POOL}.maxPods": 100}).max_pods == 100


def test_more_pods_than_addresses_are_refused():
    assert pool({f"{POOL}.instanceType": "t3.medium", f"{POOL}.maxPods": 17}).max_pods == 17
    assert refused({f"{POOL}.instanceType": "t3.medium", f"{POOL}.maxPods": 18}) == [
        (f"{POOL}.maxPods", "t3.medium takes 17 pods; write at most 17", "18")
    ]


def test_an_unknown_type_is_refused_with_its_family():
    ((path, message, value),) = refused({f"{POOL}.instanceType": "m7i.huge"})
    assert (path, value) == (f"{POOL}.instanceType", "'m7i.huge'")
    assert message.startswith("is no known instance type; known: m7i.")
    assert refused({f"{POOL}.instanceType": "zz9.large"})[0][1] == (
        "is no known instance type; known: m7i.large, m7g.large; of a newer one the lock file "
        "tells, once it is written anew"
    )


def test_a_mac_is_no_node_whatever_the_lock_file_says():
    """`heiiki lock` would never find an image for one."""
    keys = lock_keys()
    keys["instanceTypes"]["mac2.metal"] = keys["instanceTypes"]["m7g.large"]
    assert refused({f"{POOL}.instanceType": "mac2.metal"}, locked(keys)) == [
        (f"{POOL}.instanceType", "is a Mac (arm64_mac), on which no Linux boots; choose another "
         "type, such as m7i.large", "'mac2.metal'")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "family", "architecture"),
    [("m7i.large", "al2023", "x86_64"), ("m7g.large", "al2023", "arm64"),
     ("m7i.large", "bottlerocket", "x86_64"), ("m7g.large", "bottlerocket", "arm64")],
)  # fmt: skip
def test_the_image_is_pinned_by_family_version_and_architecture(kind, family, architecture):
    image = {"kind": "optimized", "family": family}
    found = pool({f"{POOL}.instanceType": kind, f"{POOL}.image": image})
    assert found.image_id == lock_keys()["images"][f"{family}/1.35/{architecture}"]
    assert (found.family, found.architecture) == (family, architecture)


def test_an_image_that_the_lock_lacks_is_refused():
    keys = lock_keys()
    del keys["images"]["al2023/1.35/arm64"]
    assert refused({f"{POOL}.instanceType": "m7g.large"}, locked(keys)) == [
        (f"{POOL}.image", "the lock file has no image al2023/1.35/arm64; run heiiki lock", None)
    ]


def test_a_custom_image_needs_no_lock_of_either_architecture():
    keys = lock_keys()
    keys["images"] = {"al2023/x86_64": "ami-0123456789abcdef0"}
    for kind in ("m7i.large", "m7g.large"):
        found = plan({f"{POOL}.instanceType": kind, f"{POOL}.image": CUSTOM}, locked(keys))
        assert found.node_pools["workers"].image_id == "ami-0fffffffffffffff0"


def test_a_managed_group_cannot_join_by_a_script():
    image = {**CUSTOM, "family": "script", "script": "#!/bin/sh\n"}
    assert pool({f"{POOL}.image": image}).script == "#!/bin/sh\n"
    assert pool().script == ""
    assert refused({f"{POOL}.kind": "managed", f"{POOL}.image": image}) == [
        (f"{POOL}.image.family", "a managed node group joins by nodeadm or Bottlerocket; use kind "
         "selfManaged", "'script'"),
    ]  # fmt: skip


def test_volumes_lie_where_the_image_looks_for_them():
    size = {f"{POOL}.rootVolume": {"sizeGib": 77}}
    assert pool(size).volumes == (Volume("/dev/xvda", "gp3", 77, 3000, 125),)
    ubuntu = {f"{POOL}.image": {**CUSTOM, "rootDevice": "/dev/sda1"}}
    assert pool({**size, **ubuntu}).volumes == (Volume("/dev/sda1", "gp3", 77, 3000, 125),)
    bottlerocket = {f"{POOL}.image": {"kind": "optimized", "family": "bottlerocket"}}
    assert pool({**size, **bottlerocket}).volumes == (
        Volume("/dev/xvda", "gp3", 2, 3000, 125), Volume("/dev/xvdb", "gp3", 77, 3000, 125),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "volume"),
    [
        ({"kind": "gp3", "sizeGib": 40, "iops": 4000, "throughputMibps": 500},
         Volume("/dev/xvda", "gp3", 40, 4000, 500)),
        ({"kind": "gp3", "sizeGib": 65536, "iops": 80000, "throughputMibps": 2000},
         Volume("/dev/xvda", "gp3", 65536, 80000, 2000)),
        ({"kind": "gp2", "sizeGib": 40}, Volume("/dev/xvda", "gp2", 40, None, None)),
        ({"kind": "io1", "sizeGib": 40, "iops": 2000}, Volume("/dev/xvda", "io1", 40, 2000, None)),
        ({"kind": "io2", "sizeGib": 65536, "iops": 256000},
         Volume("/dev/xvda", "io2", 65536, 256000, None)),
    ],
    ids=["gp3", "gp3 at its most", "gp2", "io1", "io2"],
)  # fmt: skip
def test_a_volume_has_what_its_type_lets_choose(asked, volume):
    assert pool({f"{POOL}.rootVolume": asked}).volumes == (volume,)
    bottlerocket = {f"{POOL}.image": {"kind": "optimized", "family": "bottlerocket"}}
    system, data = pool({f"{POOL}.rootVolume": asked, **bottlerocket}).volumes
    assert system == Volume("/dev/xvda", "gp3", 2, 3000, 125), "the system's own is ours to choose"
    assert data == replace(volume, device="/dev/xvdb")


def test_sizes_labels_tags_and_subnets():
    found = pool({f"{POOL}.labels": {"tier": "web"}, f"{POOL}.minSize": 2})
    assert found.desired_size == 2
    assert pool({f"{POOL}.desiredSize": 3}).desired_size == 3
    assert found.labels == {"heiiki/pool": "workers", "tier": "web"}
    assert found.subnets == ("nodes-1a", "nodes-1c")
    assert pool({f"{POOL}.subnets": ["nodes-1c"]}).subnets == ("nodes-1c",)
    assert found.tags == {
        "Name": "test-workers-node", "heiiki:cluster": "test", "heiiki:pool": "workers",
        "kubernetes.io/cluster/test": "owned",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "who"),
    [
        ("kubernetes.io/role", "the kubelet refuses to start with it"),
        ("node-role.kubernetes.io/web", "the kubelet refuses to start with it"),
        ("x.k8s.io/a", "the kubelet refuses to start with it"),
        ("heiiki/pool", "heiiki sets it"),
        (
            "kubernetes.io/hostname",
            "each node has a name of its own there, by which pods are spread",
        ),
    ],
)
def test_labels_that_are_nobody_s_to_choose_are_refused(key, who):
    assert refused({f"{POOL}.labels": {key: "x"}}) == [
        (f"{POOL}.labels.{key}", f"is reserved: {who}; choose another key", "'x'")
    ]


@pytest.mark.parametrize(
    "key",
    ["tier", "example.com/tier", "node.kubernetes.io/tier", "a.kubelet.kubernetes.io/x",
     "topology.kubernetes.io/zone", "notkubernetes.io/x"],
)  # fmt: skip
def test_labels_that_kubelets_take_are_taken(key):
    assert pool({f"{POOL}.labels": {key: "x"}}).labels[key] == "x"


TAINTS = [{"key": f"k{i}", "effect": "NoSchedule"} for i in range(51)]
LONGEST = f"{'a' * 50}.example.com/x"[-63:]


@pytest.mark.parametrize(
    ("where", "asked", "told"),
    [
        ("labels.a", {"labels": {"a": ""}}, "is empty"),
        ("labels.eks.amazonaws.com/x", {"labels": {"eks.amazonaws.com/x": "1"}}, "is reserved"),
        (f"labels.a{LONGEST}", {"labels": {f"a{LONGEST}": "1"}}, "is a key of 64 characters"),
        ("taints.0.key", {"taints": [{"key": f"a{LONGEST}", "effect": "NoSchedule"}]},
         "is a key of 64 characters"),
        ("taints", {"taints": TAINTS}, "are 51, and EKS takes 50"),
    ],
)  # fmt: skip
def test_what_eks_takes_of_no_managed_node_group_is_taken_of_other_pools_alone(where, asked, told):
    changes = {f"{POOL}.{key}": value for key, value in asked.items()}
    assert pool(changes)
    ((path, message, _),) = refused({**changes, f"{POOL}.kind": "managed"})
    assert path == f"{POOL}.{where}"
    assert message.startswith(told) and "managed node group" in message


def test_what_eks_takes_of_a_managed_node_group_is_taken():
    assert len(LONGEST) == 63
    found = pool({
        f"{POOL}.kind": "managed",
        f"{POOL}.labels": {LONGEST: "1", "eks.amazonaws.com.example/x": "1"},
        f"{POOL}.taints": [{"key": LONGEST, "effect": "NoSchedule"}, *TAINTS[:49]],
    })  # fmt: skip
    assert found.labels[LONGEST] == "1"


def test_floors_are_refused_with_profile_highly_available():
    assert refused({**HA, f"{POOL}.instanceType": "t3.small"}) == [
        (f"{POOL}.instanceType", "t3.small has 2048 MiB; the cluster's own pods want 4096 MiB "
         "(profile highlyAvailable)", None),
        (f"{POOL}.minSize", "a pool of 1 survives no failure; 2 do (profile highlyAvailable)",
         None),
    ]  # fmt: skip
    assert refused({**HA, f"{POOL}.minSize": 2, f"{POOL}.subnets": ["nodes-1a"]}) == [
        ("nodePools", "all nodes lie in ap-northeast-1a, and none is left when that zone fails; "
         "name subnets of two zones (profile highlyAvailable)", None),
    ]  # fmt: skip
    assert plan({**HA, f"{POOL}.minSize": 2}).warnings == ()


def test_floors_are_only_said_with_profile_development():
    changes = {f"{POOL}.instanceType": "t3.small", f"{POOL}.subnets": ["nodes-1a"]}
    assert plan(changes).warnings == (
        f"{POOL}.instanceType: t3.small has 2048 MiB; the cluster's own pods want 4096 MiB",
        f"{POOL}.minSize: a pool of 1 survives no failure; 2 do",
        "nodePools: all nodes lie in ap-northeast-1a, and none is left when that zone fails; name "
        "subnets of two zones",
    )
    assert instance_type("t3.medium", {}, path="x").memory_mib == SMALLEST_MEMORY_MIB
    assert plan({f"{POOL}.minSize": HIGHLY_AVAILABLE_NODES}).warnings == ()


AUTOSCALER = {"addOns.clusterAutoscaler": True}


def test_an_autoscaled_pool_lies_in_one_zone():
    assert refused(AUTOSCALER) == [
        (f"{POOL}.subnets", "must lie in one zone: the Cluster Autoscaler cannot choose one, so a "
         "pool over several is filled in the wrong one; make a pool for each of ap-northeast-1a, "
         "ap-northeast-1c", None),
    ]  # fmt: skip
    assert pool({**AUTOSCALER, f"{POOL}.subnets": ["nodes-1c"]}).subnets == ("nodes-1c",)


def test_a_pool_of_fixed_size_may_span_zones_beside_the_autoscaler():
    assert len(pool({**AUTOSCALER, f"{POOL}.minSize": 3}).subnets) == 2


def test_two_subnets_of_one_zone_are_one_zone():
    changes = {
        **AUTOSCALER, f"{POOL}.subnets": ["a", "a2"],
        "network.subnets": {**LISTED["network.subnets"],
                            "a2": {**LISTED["network.subnets"]["a"], "cidr": "10.0.64.0/20"}},
    }  # fmt: skip
    assert pool(changes).subnets == ("a", "a2")


PUBLIC_A, PUBLIC_C = ({**s, "exposure": "public"} for s in LISTED["network.subnets"].values())
FRONT = {**PUBLIC_A, "cidr": "10.0.32.0/20"}
OPEN = {"network.egress": {"kind": "internetGateway"}}


def public_addresses(changes):
    made = plan(changes)
    return made.node_pools["workers"].public_addresses, {
        name: subnet.public_addresses for name, subnet in made.layout.subnets.items()
    }


def test_nodes_have_public_addresses_where_they_reach_the_internet_themselves_and_nowhere_else():
    both = {"network.subnets": {"a": PUBLIC_A, "c": PUBLIC_C}}
    assert public_addresses({**OPEN, **both}) == (True, {"a": True, "c": True})
    beside = {"network.subnets": {**LISTED["network.subnets"], "front": FRONT}}
    nowhere = {"a": False, "c": False, "front": False}
    assert public_addresses({**OPEN, **beside}) == (False, nowhere)
    chosen = {**OPEN, **beside, f"{POOL}.subnets": ["front"]}
    assert public_addresses(chosen) == (True, {"a": False, "c": False, "front": True})
    assert public_addresses(LISTED) == (False, {"a": False, "c": False})


def test_a_pool_lies_in_public_subnets_or_in_others():
    mixed = {"network.subnets": {**LISTED["network.subnets"], "front": FRONT}}
    assert refused({**OPEN, **mixed, f"{POOL}.subnets": ["a", "front"]}) == [
        (f"{POOL}.subnets", "mix public ones (front) with others, and all nodes of a pool have a "
         "public address or none has; make a pool for each kind", None),
    ]  # fmt: skip
