"""A change that a control plane of our own does not bear is refused by what the stack puts out."""

import shutil

import pytest

from automation.own_steps import refused_steps
from automation.stack_files import find_stack_files, read_lock
from plan.self_hosted_changes import OUTPUT
from plan.upgrades import minor
from tests.scenarios import EXAMPLES, planned


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(EXAMPLES / "self-hosted", tmp_path / "own")
    return tmp_path / "own"


def refusals(folder, outputs):
    return list(refused_steps(find_stack_files(None, folder), lambda: outputs))


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
    def nobody():
        raise AssertionError("asked")

    assert list(refused_steps(find_stack_files(None, EXAMPLES / "dev"), nobody)) == []
