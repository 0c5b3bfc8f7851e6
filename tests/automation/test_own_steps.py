"""A change that a control plane of our own does not bear is refused by what the stack puts out."""

import shutil

import pytest
import yaml

from automation.own_steps import VOLUME, VOLUMES, lost_members, refused_steps
from automation.results import Preview, ResourceChange
from automation.stack import Stack
from automation.stack_files import find_stack_files, read_lock
from automation.state import Resource, State
from plan.self_hosted.changes import OUTPUT
from plan.upgrades import minor
from tests.automation.test_member_machines import GROUP, NAMES, REGION, Groups
from tests.automation.test_member_machines import _machine as machine
from tests.scenarios import EXAMPLES, ROOT, planned


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EXAMPLES / "self-hosted", tmp_path / "own")
    return tmp_path / "own"


def nobody():
    raise AssertionError("asked")


def recorded():
    """The provider's region, and a group of each member."""
    aws = Resource("urn", "pulumi:providers:aws", "aws", "1", {"region": REGION}, {})
    roles = {**{name: name for name in NAMES}, "controller": "controller", "workers": "worker"}
    groups = [
        Resource("urn", GROUP, name, name, {
            "name": f"own-{name}", "tags": [{"key": "heiiki:role", "value": role}]}, {})
        for name, role in roles.items()
    ]  # fmt: skip
    return State((aws, *groups), (), "")


def machines(**versions):
    """Of each group, by its name: those of its machines. The next is 2."""
    groups = Groups()
    asked = {**{name: "2" for name in NAMES}, "controller": "22", "workers": "22", **versions}
    for name, each in asked.items():
        groups.machines[f"own-{name}"] = [
            {**machine("i-1", version), "InstanceId": f"i-{name}"} for version in each
        ]
    return groups


def refusals(folder, outputs, state=nobody, account=nobody):
    return list(refused_steps(find_stack_files(None, folder), lambda: outputs, state, account))


def test_what_is_up_may_stay_and_a_first_stack_has_nothing_to_break(folder):
    record = planned("self-hosted").control_plane.record
    assert refusals(folder, {OUTPUT: record}) == []
    assert refusals(folder, {}) == []


def test_another_way_to_encrypt_is_refused(folder):
    record = {**planned("self-hosted").control_plane.record, "encryption": "localKeys"}
    (refusal,) = refusals(folder, {OUTPUT: record})
    assert "controlPlane.encryption.kind: is fixed for the cluster's life" in str(refusal.details)
    assert refusal.kind == "refused" and refusal.exit_code == 1


@pytest.mark.parametrize(
    ("minors", "why", "step"),
    [(+1, "goes back from", +1), (-2, "leaps from", -1)],
)
def test_a_version_that_what_is_up_does_not_go_to_is_refused(folder, minors, why, step):
    """Whatever the last lock file said: this one may come from anywhere."""
    pinned = minor(read_lock(find_stack_files(None, folder)).kubernetes_version)
    record = planned("self-hosted").control_plane.record
    up = {**record, "kubernetesVersion": f"1.{pinned + minors}"}
    (refusal,) = refusals(folder, {OUTPUT: up})
    told = str(refusal.details)
    assert f"controlPlane.version: {why} 1.{pinned + minors} to 1.{pinned}" in told
    assert f"the lock file of 1.{pinned + step}" in told
    earlier = {name: value for name, value in record.items() if name != "kubernetesVersion"}
    for fine in ({**record, "kubernetesVersion": f"1.{pinned - 1}"}, record, earlier):
        assert refusals(folder, {OUTPUT: fine}) == []


MEMBERS = {"1a": "vol-1", "1c": "vol-2", "1d": "vol-3"}


def lost(folder, made, outputs=None, type_token=VOLUME, operation="create"):
    changes = tuple(
        ResourceChange(f"urn:{name}", type_token, name, operation) for name in made
    )  # fmt: skip
    preview = Preview("preview", "own", {}, changes, (), 1.0)
    told = {VOLUMES: MEMBERS, **(outputs or {})}
    return list(lost_members(find_stack_files(None, folder), preview, lambda: told))


def test_most_members_data_are_not_replaced_by_empty_volumes_without_a_word(folder):
    (refusal,) = lost(folder, ["etcd-1a", "etcd-1d"])
    assert refusal.message == ("2 of 3 volumes of etcd are gone, and with them most of its data")
    assert refusal.details == (
        "etcd-1a (Volume) vol-1 is not there; up would make an empty one",
        "etcd-1d (Volume) vol-3 is not there; up would make an empty one",
    )
    assert "snapshots.md, Beginning again" in refusal.advice
    page = (ROOT / "docs/self-hosted/snapshots.md").read_text(encoding="utf-8")
    assert "\n## Beginning again\n" in page
    assert len(lost(folder, ["etcd-1a", "etcd-1c", "etcd-1d"])) == 1
    assert len(lost(folder, ["etcd-1a"], {VOLUMES: {"1a": "vol-1"}})) == 1, "the only one"


def test_one_of_three_comes_back_and_a_first_or_a_new_member_has_lost_nothing(folder):
    assert lost(folder, ["etcd-1c"]) == [], "the others tell it what it had"
    assert lost(folder, ["etcd-1a", "etcd-1c", "etcd-1d"], {VOLUMES: {}}) == [], "the first up"
    assert lost(folder, ["etcd-1a", "etcd-1c", "etcd-1d"], {VOLUMES: None}) == []
    added = ["etcd-1a-2", "etcd-1c-2", "data"]
    assert lost(folder, added) == [], "five instead of three, and a volume of something else"
    others = (("aws:ec2/networkInterface:NetworkInterface", "create"), (VOLUME, "update"))
    for type_token, operation in others:
        assert lost(folder, ["etcd-1a", "etcd-1c"], None, type_token, operation) == []


def test_a_snapshot_that_the_next_life_begins_with_takes_empty_volumes(folder):
    file = folder / "Pulumi.self-hosted.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    name = f"20261129T070000Z-r48151-{'0' * 64}.db"
    asked = {"snapshot": f"snapshots/self-hosted/self-hosted-1/{name}", "generation": 2}
    document["config"]["heiiki:controlPlane"]["etcd"]["restore"] = asked
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    made = ["etcd-1a", "etcd-1c", "etcd-1d"]
    assert lost(folder, made, {OUTPUT: {"etcd": "create"}}) == []
    (refusal,) = lost(folder, made, {OUTPUT: {"etcd": "create", "etcdGeneration": 2}})
    assert "3 of 3" in refusal.message, "that life has begun, and these are its volumes"


def test_a_preview_and_up_ask_both_and_the_engine_once(folder, monkeypatch):
    asked = []

    def outputs(self, *flags):
        asked.append(flags)
        record = planned("self-hosted").control_plane.record
        return {VOLUMES: MEMBERS, OUTPUT: {**record, "encryption": "localKeys"}}

    monkeypatch.setattr(Stack, "_output_values", outputs)
    changes = tuple(
        ResourceChange(f"urn:{n}", VOLUME, n, "create") for n in ("etcd-1a", "etcd-1c")
    )  # fmt: skip
    preview = Preview("preview", "own", {}, changes, (), 1.0)
    said = [one.message for one in Stack(file=folder)._refused_changes(preview, allowed=True)]
    assert said == [
        "the control plane that is up does not bear this change",
        "2 of 3 volumes of etcd are gone, and with them most of its data",
    ]
    assert len(asked) == 1


def test_of_eks_the_engine_is_not_asked():
    eks = find_stack_files(None, EXAMPLES / "dev")
    assert list(refused_steps(eks, nobody, nobody, nobody)) == []


@pytest.mark.parametrize(
    ("versions", "unwell", "behind"),
    [
        (("2", "2", "2"), "", []),
        (("2", "1", "1"), "", ["etcd-1c: i-etcd-1c is of an earlier template",
                               "etcd-1d: i-etcd-1d is of an earlier template"]),
        (("2", "2", "2"), "etcd-1d", ["etcd-1d: i-etcd-1d is Pending and Healthy"]),
    ],
)  # fmt: skip
def test_etcd_s_authority_is_rotated_on_when_every_member_has_taken_the_step_before(
    folder, versions, unwell, behind
):
    """Else the next machine would show a certificate that the others do not trust yet."""
    groups = Groups()
    for name, version in zip(NAMES, versions, strict=True):
        (machine,) = groups.machines[f"own-{name}"]
        machine["LaunchTemplate"]["Version"] = version
        if name == unwell:
            machine["LifecycleState"] = "Pending"
    record = planned("self-hosted").control_plane.record
    trusted = {**record, "generations": {**record["generations"], "etcd": [1, 2]}}
    found = refusals(folder, {OUTPUT: trusted}, recorded, lambda: groups)
    assert [list(one.details) for one in found] == ([behind] if behind else [])
    assert all("run heiiki roll" in one.advice for one in found)
    others = {**record, "generations": {**record["generations"], "kubelet": [1, 2]}}
    found = refusals(folder, {OUTPUT: others}, recorded, lambda: groups)
    assert found == [], "members read nothing of the other ones"
    files = find_stack_files(None, EXAMPLES / "dev")
    assert list(refused_steps(files, nobody, nobody, nobody)) == []
    assert list(lost_members(files, Preview("preview", "dev", {}, (), (), 1.0), nobody)) == []


@pytest.mark.parametrize(
    ("name", "waited_for"),
    [
        ("kubernetes", ["controller", "workers"]),
        ("kubelet", ["controller", "workers"]),
        ("front-proxy", ["controller"]),
        ("service-account", ["controller"]),
        ("etcd", ["etcd-1a", "controller"]),
    ],
)
def test_the_next_step_waits_for_all_who_read_what_is_rotated(folder, name, waited_for):
    """What is signed by the next one is met by machines that do not trust it yet, and a machine
    that was started before may trust what is dropped alone."""
    record = planned("self-hosted").control_plane.record
    step = {OUTPUT: {**record, "generations": {**record["generations"], name: [1, 2]}}}
    assert refusals(folder, step, recorded, machines) == []
    late = machines(**{"etcd-1a": "1", "controller": "12", "workers": "11"})
    (found,) = refusals(folder, step, recorded, lambda: late)
    told = {
        "etcd-1a": "i-etcd-1a is of an earlier template",
        "controller": "1 of 2 machines are of an earlier template",
        "workers": "2 of 2 machines are of an earlier template",
    }
    assert list(found.details) == [f"{one}: {told[one]}" for one in waited_for]
    assert ("run heiiki roll" in found.advice) is ("etcd-1a" in waited_for)
    assert "heiiki status --live" in found.advice


def test_where_nothing_is_rotated_nobody_is_asked(folder):
    record = planned("self-hosted").control_plane.record
    assert refusals(folder, {OUTPUT: record}) == []
