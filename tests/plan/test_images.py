"""Which image of AWS a pool boots: the one that has the drivers of its accelerators."""

import csv
import re

import pytest

from plan.fact_files import FOLDER, load_facts
from plan.images import accelerator_of
from plan.instance_types import instance_type
from tests.plan.samples import lock_keys, locked, plan, refused

POOL = "nodePools.workers"
BOTTLEROCKET = {f"{POOL}.image": {"kind": "optimized", "family": "bottlerocket"}}


@pytest.mark.parametrize(
    ("kind", "more", "key"),
    [
        ("g5.xlarge", {}, "al2023/1.35/x86_64/nvidia"),
        ("g5g.xlarge", {}, "al2023/1.35/arm64/nvidia"),
        ("p5.48xlarge", {}, "al2023/1.35/x86_64/nvidia"),
        ("inf2.xlarge", {}, "al2023/1.35/x86_64/neuron"),
        ("trn1.2xlarge", {}, "al2023/1.35/x86_64/neuron"),
        ("g5.xlarge", BOTTLEROCKET, "bottlerocket/1.35/x86_64/nvidia"),
        ("m7i.large", {}, "al2023/1.35/x86_64"),
    ],
)
def test_an_accelerated_type_boots_the_image_with_its_drivers(kind, more, key):
    keys, changes = lock_keys(), {f"{POOL}.instanceType": kind, **more}
    keys["images"][key] = "ami-0123456789abcdef0"
    assert plan(changes, locked(keys)).node_pools["workers"].image_id == "ami-0123456789abcdef0"
    del keys["images"][key]
    assert (f"{POOL}.image", f"the lock file has no image {key}; run heiiki lock", None) in refused(
        changes, locked(keys)
    )


def test_a_family_without_an_image_for_the_type_is_refused():
    assert refused({f"{POOL}.instanceType": "inf2.xlarge", **BOTTLEROCKET}) == [
        (f"{POOL}.image.family", "AWS makes no bottlerocket image with the drivers of inf2.xlarge "
         "(neuron); write al2023, or an image of your own", "'bottlerocket'")
    ]  # fmt: skip


def test_an_image_of_ones_own_is_ones_own_for_these_types_too():
    image = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "bottlerocket"}
    found = plan({f"{POOL}.instanceType": "g5.xlarge", f"{POOL}.image": image})
    assert found.node_pools["workers"].image_id == "ami-0123456789abcdef0"
    assert found.node_pools["workers"].accelerator == "nvidia"


def test_every_accelerated_family_is_one_of_the_table_and_has_its_variant():
    with (FOLDER / "instance_types.csv").open(encoding="utf-8", newline="") as file:
        names = [row[0] for row in csv.reader(line for line in file if line[0] != "#")][1:]
    families = load_facts("accelerators.yaml")["families"]
    assert {f for known in families.values() for f in known} <= {n.split(".")[0] for n in names}
    forms = {"nvidia": r"^(g[4-9]|gr[6-9]|p[3-9])", "neuron": r"^(inf|trn)"}
    for variant, form in forms.items():
        found = [n for n in names if re.match(form, n)]
        assert found
        for name in found:
            if name.startswith("g4ad"):  # AMD's
                continue
            assert accelerator_of(instance_type(name, {}, path="x")) == variant, name


def test_that_session_manager_does_not_reach_bottlerocket_is_said():
    asked = {"access.sessionManager": True, **BOTTLEROCKET}
    warning = (
        f"{POOL}.image.family: Session Manager does not reach these nodes, since Bottlerocket's "
        "control container stays off; look at them with kubectl debug, or take family al2023"
    )
    assert warning in plan(asked).warnings
    for other in ({"access.sessionManager": True}, BOTTLEROCKET):
        assert warning not in plan(other).warnings
