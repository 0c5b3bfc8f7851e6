"""Snapshots of etcd: on unless somebody says why not; and which one a generation begins with."""

import json

import pytest

from machines.agent.snapshots import snapshot_key, snapshot_of
from machines.bundle import texts_of
from machines.self_hosted_bundles import started_from
from plan.errors import PlanError
from plan.self_hosted.changes import check_change, record_of
from spec.errors import SpecError
from tests.plan.own import ARTIFACTS, DIGEST, asked, faults, own, planned
from tests.spec.stack_files import stack

KEY = f"snapshots/test/test-1/20261129T070000Z-r42-{'a' * 64}.db"
WITH_TOOL = {**ARTIFACTS, "binaries": {**ARTIFACTS["binaries"], "etcdutl": DIGEST}}


def restoring(generation=2, snapshot=KEY, **more):
    return {
        "controlPlane.artifacts": WITH_TOOL,
        "controlPlane.etcd": {"restore": {"snapshot": snapshot, "generation": generation}, **more},
    }


def told(changes, file="agent.json"):
    """Steps of the first member's machine, by kind."""
    text = texts_of(started_from(planned(changes))["etcd-1a"].bundle)[file]
    return {step["step"]: step for step in json.loads(text)["steps"]}


def test_members_make_them_every_hour_and_s3_keeps_them_for_a_month():
    found = own()
    assert (found.etcd.snapshots.minutes, found.bucket.snapshot_days) == (60, 30)
    assert found.bucket.snapshot_prefix == "snapshots/"
    step = told(None, "files/etc/etcd/snapshot.json")["snapshot-etcd"]
    assert (step["bucket"], step["prefix"]) == (found.bucket.name, "snapshots/test/test-1")
    assert step["intervalMinutes"] == 60
    assert "heiiki-etcd-snapshot.timer" in told(None)["start-units"]["units"]
    assert "restore-etcd" not in told(None)
    other = {"controlPlane.etcd": {"snapshots": {"intervalMinutes": 15, "retentionDays": 7}}}
    assert (own(other).etcd.snapshots.minutes, own(other).bucket.snapshot_days) == (15, 7)


def test_whoever_wants_none_says_why_and_each_plan_shows_it():
    off = {"controlPlane.etcd": {"snapshots": {"kind": "none", "reason": "A backup of our own."}}}
    found = planned(off)
    assert [text for text in found.warnings if "snapshots" in text] == [
        "controlPlane.etcd.snapshots: nobody makes snapshots of etcd (A backup of our own.); when "
        "the disks of most members are gone, all is gone"
    ]
    assert not any("snapshots" in text for text in planned().warnings)
    assert own(off).bucket.snapshot_days is None
    assert told(off)["start-units"]["units"] == ["etcd.service", "heiiki-etcd-watch.timer"]
    texts = texts_of(started_from(found)["etcd-1a"].bundle)
    assert not any("snapshot" in name for name in texts)
    for reason in ({}, {"reason": ""}, {"reason": "no"}):
        with pytest.raises(SpecError, match=r"snapshots\.(?:none\.)?reason"):
            stack(asked({"controlPlane.etcd": {"snapshots": {"kind": "none", **reason}}}))


def test_a_generation_begins_once_under_a_token_of_its_own_with_its_snapshot():
    steps = told(restoring())
    claim, restore = steps["claim-bootstrap"], steps["restore-etcd"]
    assert (claim["cluster"], claim["token"], claim["snapshot"]) == ("test-2", "test-2", KEY)
    assert (restore["snapshot"], restore["token"]) == (KEY, "test-2")
    assert restore["bumpRevision"] == 1_000_000_000
    assert steps["settle-etcd"]["cluster"] == "test-2"
    assert steps["mount"]["cluster"] == "test", "volumes are the cluster's"
    binaries = {row["path"] for row in steps["fetch-binaries"]["binaries"]}
    assert binaries == {"/opt/heiiki/bin/etcd", "/opt/heiiki/bin/etcdutl"}
    watched = told(restoring(), "files/etc/etcd/snapshot.json")["snapshot-etcd"]
    assert watched["prefix"] == "snapshots/test/test-2"
    first = told(None)
    assert (first["claim-bootstrap"]["cluster"], first["claim-bootstrap"]["token"]) == (
        "test", "test-1"
    )  # fmt: skip
    assert "snapshot" not in first["claim-bootstrap"], "as machines that are up were told"


def test_what_restores_may_be_carried_in_before_and_must_be_there_then():
    assert planned({"controlPlane.artifacts": WITH_TOOL})
    without = {"controlPlane.etcd": restoring()["controlPlane.etcd"]}
    assert faults(without) == [
        "controlPlane.artifacts.binaries: lacks etcdutl, which machines run; carry it in and name "
        "its digest"
    ]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (
            restoring(snapshot=KEY.replace("test", "prod")),
            "controlPlane.etcd.restore.snapshot: is of cluster prod, whose keys, addresses and "
            "machines are others; choose one of test",
        ),
        (
            restoring(2, KEY.replace("test-1", "test-2")),
            "controlPlane.etcd.restore.generation: must be above 2, in which the snapshot was made",
        ),
    ],
)
def test_another_cluster_s_snapshot_or_an_earlier_generation_is_refused(changes, wanted):
    assert faults(changes) == [wanted]


def test_a_name_is_the_same_to_the_stack_file_and_to_machines():
    found = snapshot_of(KEY)
    assert found is not None
    written = snapshot_key("snapshots/test/test-1", found.made, 42, "a" * 64)
    assert written == KEY and stack(asked(restoring())).control_plane.etcd.restore.snapshot == KEY
    for wrong in (KEY.replace("-r42", ""), KEY[:-1], KEY.replace("a" * 64, "a" * 63), "newest"):
        assert snapshot_of(wrong) is None
        with pytest.raises(SpecError, match="must be the whole key of a snapshot"):
            stack(asked(restoring(snapshot=wrong)))


def changed(before, after):
    try:
        check_change(record_of(stack(asked(before)).control_plane, "1.35", "dev"),
                     stack(asked(after)).control_plane, "1.35", "dev", where="test")  # fmt: skip
    except PlanError as error:
        return [f"{fault.path}: {fault.message}" for fault in error.faults]
    return []


OTHER = KEY.replace("r42", "r43")


def test_generations_only_go_on():
    for before, after in ((None, None), (None, restoring()), (restoring(), restoring()),
                          (restoring(), restoring(3, OTHER))):  # fmt: skip
        assert changed(before, after) == []
    same = f"generation 2 with snapshot {KEY}"
    assert changed(restoring(), None) == [
        "controlPlane.etcd.restore: says which life of etcd this is, and there is no way back; "
        f"write {same}, or a later generation"
    ]
    assert len(changed(restoring(3), restoring(2))) == 1
    assert changed(restoring(), restoring(2, OTHER)) == [
        f"controlPlane.etcd.restore.generation: has begun already, as {same}; for another "
        "snapshot write the next one"
    ]
