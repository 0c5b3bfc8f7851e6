"""A change that a control plane of our own does not bear is refused by what the stack puts out."""

import shutil

import pytest

from automation.own_steps import refused_steps
from automation.stack_files import find_stack_files, read_lock
from automation.state import Resource, State
from plan.self_hosted_changes import OUTPUT
from plan.upgrades import minor
from tests.automation.test_member_machines import GROUP, NAMES, REGION, Groups
from tests.scenarios import EXAMPLES, planned


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EXAMPLES / "self-hosted", tmp_path / "own")
    return tmp_path / "own"


def nobody():
    raise AssertionError("asked")


def recorded():
    """The provider's region, and a group of each member."""
    aws = Resource("urn", "pulumi:providers:aws", "aws", "1", {"region": REGION}, {})
    groups = [
        Resource("urn", GROUP, name, name, {
            "name": f"own-{name}", "tags": [{"key": "heiiki:role", "value": name}]}, {})
        for name in NAMES
    ]  # fmt: skip
    return State((aws, *groups), (), "")


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
    assert refusals(folder, {OUTPUT: others}) == [], "members read nothing of the other ones"
