"""`heiiki snapshots`, against the embedded AWS."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from automation.aws_calls import Account
from automation.commands.app import app
from automation.errors import RefusedError
from automation.snapshots import snapshots_of
from machines.agent.snapshots import snapshot_key
from tests.plan.own import own, planned
from tests.plan.samples import plan
from tests.plan.test_etcd_snapshots import restoring

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


class Listed(Account):
    """A bucket's list, without AWS."""

    def __init__(self, *keys):
        object.__setattr__(self, "rows", [{"Key": key, "Size": 100} for key in keys])

    def paged(self, service, region, action, key, **arguments):
        assert (service, action, key) == ("s3", "list_objects_v2", "Contents")
        assert arguments["Bucket"] == own().bucket.name and arguments["ExpectedBucketOwner"]
        return [row for row in self.rows if row["Key"].startswith(arguments["Prefix"])]


def key(minutes, generation=1, revision=5):
    prefix = f"snapshots/test/test-{generation}"
    return snapshot_key(prefix, NOW - timedelta(minutes=minutes), revision, "a" * 64)


def test_the_newest_comes_first_and_what_is_none_is_left_out():
    keys = [key(200), key(20), key(80), "snapshots/test/test-1/notes.txt", "snapshots/other/x"]
    found = snapshots_of(planned(), Listed(*keys), NOW)
    assert [one.key for one in found.found] == [key(20), key(80), key(200)]
    assert (found.trouble, found.bucket) == ("", own().bucket.name)
    assert (found.found[0].revision, found.found[0].size_bytes) == (5, 100)


@pytest.mark.parametrize(
    ("keys", "changes", "told"),
    [
        ([key(120)], None, ""),
        ([key(121)], None, "the newest is 121 minutes old, and one is due every 60; members say"),
        ([], None, "there is no snapshot of generation 1; members say"),
        ([key(5)], restoring(), "there is no snapshot of generation 2; members say"),
        ([key(5, 2), key(90)], restoring(), ""),
        ([], {"controlPlane.etcd": {"snapshots": {"kind": "none", "reason": "Others do."}}}, ""),
    ],
)
def test_old_ones_and_none_are_told(keys, changes, told):
    found = snapshots_of(planned(changes), Listed(*keys), NOW)
    assert found.trouble.startswith(told) and bool(found.trouble) == bool(told)


def test_eks_s_etcd_has_none():
    with pytest.raises(RefusedError, match="this stack has no etcd of its own"):
        snapshots_of(plan(), Listed(), NOW)


def test_the_command_ends_with_1_where_nobody_should_rely_on_them(monkeypatch):
    young = key(0).replace("20261129T120000Z", datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
    monkeypatch.setattr("automation.commands.snapshots.read_plan", lambda files: planned())
    monkeypatch.setattr("automation.identity.identity_refusal", lambda *_: None)
    for keys, code in (((young,), 0), ((), 1)):
        monkeypatch.setattr("automation.aws_calls.account_of", lambda _, keys=keys: Listed(*keys))
        ended = CliRunner().invoke(app, ["snapshots", "-s", "dev"])
        assert ended.exit_code == code, ended.output
        assert f"{len(keys)} in {own().bucket.name}" in ended.stdout
        ended = CliRunner().invoke(app, ["snapshots", "-s", "dev", "--json"])
        said = json.loads(ended.stdout)
        assert ended.exit_code == code and [row["key"] for row in said["snapshots"]] == list(keys)
        assert bool(said["trouble"]) == bool(code)
