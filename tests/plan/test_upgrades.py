"""Which kubelets a control plane takes, and what another version moves."""

import pytest

from plan.upgrades import Move, oldest_kubelet, upgrade_moves
from tests.plan.samples import ADD_ONS, lock_keys, locked, plan, refused
from tests.spec.stack_files import stack

POOL = "nodePools.workers"
IMAGE = "ami-0fffffffffffffff0"


def own(version):
    image = {"kind": "custom", "imageId": IMAGE, "family": "al2023"}
    return {f"{POOL}.image": image | ({"kubernetesVersion": version} if version else {})}


def lock(version):
    keys = lock_keys()
    keys["images"] = {k.replace("1.35", version): f"{v[:-2]}{version[2:]}"
                      for k, v in keys["images"].items()}  # fmt: skip
    keys["images"]["al2023/x86_64"] = "ami-00000000000009900"
    add_ons = {name: f"v{version}.0-eksbuild.1" for name in ADD_ONS}
    return locked({**keys, "kubernetesVersion": version, "addOns": add_ons})


@pytest.mark.parametrize("version", ["1.32", "1.33", "1.34", "1.35"])
def test_a_kubelet_of_three_minors_behind_or_less_is_taken(version):
    assert oldest_kubelet() == 3
    made = plan(own(version))
    assert made.node_pools["workers"].image_id == IMAGE
    assert not [w for w in made.warnings if "kubernetesVersion" in w]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("1.31", "is 4 minors older than control plane 1.35, and Kubernetes allows 3; boot a newer "
         "image before the control plane moves"),
        ("1.36", "is newer than control plane 1.35, which Kubernetes does not allow; boot an image "
         "of that version or older, or upgrade the control plane first"),
    ],
)  # fmt: skip
def test_an_older_and_a_newer_one_are_refused(version, message):
    path = f"{POOL}.image.kubernetesVersion"
    assert refused(own(version)) == [(path, message, f"'{version}'")]


def test_one_that_nobody_knows_is_told_of():
    assert [w for w in plan(own(None)).warnings if w.startswith(f"{POOL}.image")] == [
        f"{POOL}.image.kubernetesVersion: is not given, so nobody knows whether control plane 1.35 "
        f"takes the kubelet in {IMAGE}; write its minor version, such as '1.35'"
    ]
    assert not [w for w in plan().warnings if "kubernetesVersion" in w], "AWS's own follow it"


def test_the_same_version_moves_nothing():
    assert upgrade_moves(stack(), lock("1.35"), lock("1.35")) == ()


def test_an_upgrade_moves_control_plane_add_ons_and_machines():
    moves = upgrade_moves(stack(), lock("1.34"), lock("1.35"))
    assert moves[0] == Move("control plane", "1.34", "1.35", "in place, and never back")
    assert {m.what for m in moves[1:-1]} == {f"add-on {name}" for name in ADD_ONS}
    assert {(m.before, m.after, m.effect) for m in moves[1:-1]} == {
        ("v1.34.0-eksbuild.1", "v1.35.0-eksbuild.1", "in place")
    }
    assert moves[-1] == Move(
        "pool workers", "kubelet 1.34, ami-00000000000000034",
        "kubelet 1.35, ami-00000000000000035", "replaces its machines, a few at a time",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "effect"),
    [
        ("1.33", "stays, 2 of at most 3 minors behind"),
        ("1.31", "OUT OF STEP: control plane 1.35 does not take it"),
        (None, f"stays; whether it may, nobody can tell: state {POOL}.image.kubernetesVersion"),
    ],
)
def test_an_image_of_ones_own_stays_behind(version, effect):
    *_, pool = upgrade_moves(stack(own(version)), lock("1.34"), lock("1.35"))
    kubelet = f"kubelet {version or 'of unknown version'}, {IMAGE}"
    assert pool == Move("pool workers", kubelet, kubelet, effect)


def test_what_was_not_there_before_is_said_so():
    old = lock("1.34").model_copy(update={"add_ons": {}, "images": {}, "instance_types": {}})
    moves = upgrade_moves(stack({f"{POOL}.instanceType": "m7i.large"}), old, lock("1.35"))
    assert moves[1].before == "none"
    assert moves[-1].before == "kubelet 1.34, no image"
    new_type = stack({f"{POOL}.instanceType": "x99.large"})
    assert (
        upgrade_moves(new_type, old, old.model_copy(update={"kubernetes_version": "1.35"}))[
            -1
        ].effect
        == "stays as it is"
    )
