"""What EKS moves one way only is not asked back of it."""

import pytest

from automation import RefusedError
from automation.stack_files import read_lock
from tests.automation.test_losses import CLUSTER, GROUP, previewed, recorded

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
MODE = "accessConfig.authenticationMode"
PINNED = "1.35"  # by the lock file of dev


def cluster_with(mode: str | None, *, on: str = "outputs"):
    known = {"accessConfig": {"authenticationMode": mode}} if mode else {}
    inputs, outputs = (known if on == name else {} for name in ("inputs", "outputs"))
    return recorded((CLUSTER, "control-plane", inputs, outputs))


def changed(operation: str = "update", path: str = MODE):
    kind = "update-replace" if operation == "replace" else "update"
    return previewed((CLUSTER, "control-plane", operation, {path: kind}))


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize("on", ["outputs", "inputs"])
@pytest.mark.parametrize("path", [MODE, "accessConfig"])
def test_a_cluster_without_aws_auth_is_not_asked_to_read_it(engine, stack, allowed, on, path):
    exported = cluster_with("API", on=on)
    engine.says(preview=changed(path=path), up=changed(path=path), stack_export=exported)
    with pytest.raises(RefusedError) as raised:
        stack().up(approve=lambda _: pytest.fail("asked"), allow_data_loss=allowed)
    assert str(raised.value).splitlines() == [
        "EKS would refuse to change how the cluster authenticates",
        "  control-plane (Cluster) has access.authenticationMode: API, which EKS never changes: a "
        "cluster that does not read aws-auth cannot be made to read it later",
        "Nothing was changed. Write access.authenticationMode: API again, and name the roles and "
        "users of aws-auth under access.principals, where access entries give them user name and "
        "groups. Only a new cluster can begin with API_AND_CONFIG_MAP.",
    ]
    assert raised.value.exit_code == 1
    assert engine.calls("preview") and not engine.calls("up")


def test_a_preview_foretells_it(engine, stack):
    engine.says(preview=changed(), stack_export=cluster_with("API"))
    found = stack().preview()
    (foretold,) = found.refusals
    assert foretold.message == "EKS would refuse to change how the cluster authenticates"
    (change,) = found.changes
    assert "never back" in change.effect and "in place" not in change.effect


def test_it_is_foretold_beside_what_would_be_lost(engine, stack):
    lost = ("aws:kms/key:Key", "x", "delete", {})
    both = previewed((CLUSTER, "control-plane", "update", {MODE: "update"}), lost)
    engine.says(preview=both, stack_export=cluster_with("API"))
    said = [refusal.message for refusal in stack().preview().refusals]
    assert said == [
        "EKS would refuse to change how the cluster authenticates",
        "up would replace or delete what holds data or addresses",
    ]


@pytest.mark.parametrize(
    ("recorded_mode", "change"),
    [
        ("API_AND_CONFIG_MAP", changed()),  # to API, which EKS allows
        (None, changed()),
        ("API", changed(path="tags.owner")),
    ],
)
def test_the_way_that_eks_goes_is_gone(engine, stack, recorded_mode, change):
    engine.says(preview=change, up=change, stack_export=cluster_with(recorded_mode))
    assert stack().preview().refusals == ()
    engine.file.with_suffix(".preview").unlink()
    stack().up()
    assert len(engine.calls("up")) == 1


def test_a_cluster_that_is_made_anew_begins_as_it_is_asked(engine, stack):
    anew = changed("replace")
    engine.says(preview=anew, up=anew, stack_export=cluster_with("API"))
    stack().up(allow_data_loss=True)
    assert len(engine.calls("up")) == 1


def cluster_at(version, *, on="outputs"):
    known = {"version": version} if version else {}
    inputs, outputs = (known if on == name else {} for name in ("inputs", "outputs"))
    return recorded((CLUSTER, "control-plane", inputs, outputs))


@pytest.mark.parametrize(
    ("up", "on", "why"),
    [
        ("1.36", "outputs", "goes back from 1.36 to 1.35, and a control plane never goes back"),
        ("1.36", "inputs", "goes back from 1.36 to 1.35, and a control plane never goes back"),
        ("1.33", "outputs", "leaps from 1.33 to 1.35, and a control plane moves one minor at a "
         "time"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("allowed", [False, True])
def test_a_version_that_the_cluster_does_not_go_to_is_refused(engine, stack, up, on, why, allowed):
    moved = changed(path="version")
    engine.says(preview=moved, up=moved, stack_export=cluster_at(up, on=on))
    (foretold,) = stack().preview().refusals
    assert foretold.message == "EKS would refuse the Kubernetes version"
    assert foretold.details == (f"control-plane (Cluster) {why}",)
    assert "heiiki lock --upgrade" in foretold.advice and "repository" in foretold.advice
    engine.file.with_suffix(".preview").unlink()
    with pytest.raises(RefusedError, match="EKS would refuse the Kubernetes version"):
        stack().up(approve=lambda _: pytest.fail("asked"), allow_data_loss=allowed)
    assert not engine.calls("up")


@pytest.mark.parametrize(
    ("up", "change"),
    [
        ("1.34", changed(path="version")),
        (None, changed(path="version")),
        ("1.33", changed(path="tags.owner")),
        ("1.33", changed("replace", path="version")),
    ],
)
def test_a_step_on_and_a_new_cluster_are_let_through(engine, stack, up, change):
    engine.says(preview=change, up=change, stack_export=cluster_at(up))
    stack().up(allow_data_loss=True)
    assert len(engine.calls("up")) == 1


def test_the_lock_file_of_these_tests_says_what_is_asked_for(stack):
    assert read_lock(stack().files).kubernetes_version == PINNED


@pytest.mark.parametrize(
    ("former", "latter", "said"),
    [
        (GROUP, NODE_GROUP, "selfManaged and would be managed"),
        (NODE_GROUP, GROUP, "managed and would be selfManaged"),
    ],
)
@pytest.mark.parametrize("allowed", [False, True])
def test_a_pool_keeps_its_kind_under_its_name(engine, stack, former, latter, said, allowed):
    """EKS made no second entry for the managed group's role: its nodes were cut off at the end."""
    turned = previewed((latter, "workers", "create", {}), (former, "workers", "delete", {}))
    engine.says(preview=turned, up=turned, stack_export=recorded())
    with pytest.raises(RefusedError) as raised:
        stack().up(approve=lambda _: pytest.fail("asked"), allow_data_loss=allowed)
    assert str(raised.value).splitlines() == [
        "a node pool would change its kind under its name, which cuts its nodes off",
        f"  workers is {said}: both are let in by the one access entry of their role, which goes "
        "with the former",
        "Nothing was changed. Write nodePools.<name>.kind back, add a pool of the other kind under "
        "another name (with another role, where the role is supplied), run heiiki up, and remove "
        "this pool afterwards.",
    ]
    assert engine.calls("preview") and not engine.calls("up")
    assert [r.message for r in stack().preview().refusals] == [raised.value.message]


@pytest.mark.parametrize("former", [GROUP, NODE_GROUP])
@pytest.mark.parametrize("latter", [GROUP, NODE_GROUP])
def test_a_pool_of_another_name_may_be_of_another_kind(engine, stack, former, latter):
    moved = previewed((latter, "batch", "create", {}), (former, "workers", "delete", {}))
    engine.says(preview=moved, up=moved, stack_export=recorded())
    stack().up()
    assert len(engine.calls("up")) == 1


@pytest.mark.parametrize("kind", [GROUP, NODE_GROUP])
def test_a_pool_that_is_made_anew_keeps_its_kind(engine, stack, kind):
    anew = previewed((kind, "workers", "replace", {"name": "update-replace"}))
    engine.says(preview=anew, up=anew, stack_export=recorded())
    stack().up()
    assert len(engine.calls("up")) == 1


def test_what_is_left_of_a_change_of_kind_may_go(engine, stack):
    """A run of before may have made the one and been cut off before it removed the other."""
    left = previewed((NODE_GROUP, "workers", "update", {"labels.team": "update"}),
                     (GROUP, "workers", "delete", {}))  # fmt: skip
    engine.says(preview=left, up=left, stack_export=recorded())
    stack().up()
    assert len(engine.calls("up")) == 1
