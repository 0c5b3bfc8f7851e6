"""`heiiki status --live` of a control plane of one's own: ends, members, where its names lead."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from automation import live, own_live
from automation.live import look
from automation.state import State
from tests.automation.conftest import REGION
from tests.automation.test_live import aws

__all__ = ["aws"]  # a fixture

NOW = datetime(2026, 11, 29, tzinfo=UTC)
ENDS = {"kubernetes-ca": 3000, "etcd-peer-1a": 200, "administrator": -3}


def state(days=ENDS, **outputs):
    put_out = {
        "controlPlaneRecord": {"etcd": "create"},
        "apiEndpoints": {"main": "https://api.own.heiiki.internal:6443"},
        "certificatesEnd": {
            name: f"{NOW + timedelta(days=left, hours=1):%Y-%m-%dT%H:%M:%SZ}"
            for name, left in days.items()
        },
        **outputs,
    }
    tags = [{"key": "heiiki:role", "value": "etcd-1a"}]
    rows = [
        ("pulumi:pulumi:Stack", "own", {}, put_out),
        ("pulumi:providers:aws", "aws", {"region": REGION}, {}),
        (live.GROUP, "etcd-1a", {"name": "own-etcd-1a", "tags": tags}, {}),
    ]
    return State.parse(json.dumps({"deployment": {
        "manifest": {"time": "2026-11-22T00:00:00Z"},
        "resources": [
            {"urn": f"urn:pulumi:own::heiiki::{token}::{name}", "type": token, "id": "own-etcd-1a",
             "inputs": inputs, "outputs": outputs}
            for token, name, inputs, outputs in rows
        ],
    }}))  # fmt: skip


def ends(days):
    return [(one.name, one.well, one.said) for one in own_live.certificates(state(days), NOW)]


def test_where_nothing_ends_soon_it_is_told_what_ends_first():
    """The administrator's ends every day, and the next `up` makes another."""
    assert ends(ENDS) == [("etcd-peer-1a", True, "ends first, on 2027-06-17, in 200 days")]


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (89, "ends in 89 days, on 2027-02-26; bring the stack up within validity.renewBeforeDays"),
        (3, "ends in 3 days, on 2026-12-02; "),
        (-2, "has ended, on 2026-11-27; "),
    ],
)
def test_what_ends_soon_is_not_well_and_is_told_with_what_to_do(left, told):
    ((name, well, said),) = ends({**ENDS, "etcd-peer-1a": left})
    assert (name, well) == ("etcd-peer-1a", False) and said.startswith(told)


def test_an_eks_stack_has_none():
    eks = State.parse(json.dumps({"deployment": {"resources": []}}))
    assert [*own_live.certificates(eks, NOW)] == [] and own_live.own_endpoints(eks) == ()


def heard(aws, *rows):
    """rows: keys, and how many minutes ago they were written."""
    told, account = aws
    told["list_objects_v2"] = {"Contents": [
        {"Key": key, "LastModified": NOW - timedelta(minutes=minutes)} for key, minutes in rows
    ]}  # fmt: skip
    with_bucket = state(machinesBucket="own-machines")
    return [(one.name, one.well, one.said) for one in
            own_live.etcd(with_bucket, REGION, account, NOW)]  # fmt: skip


CLAIMS = (
    ("bootstrap/own.json", 0),
    ("bootstrap/own/1a.json", 0),
    ("bootstrap/own/begun/1a.json", 0),
)
WELL = "bootstrap/own/well/1a.json"


@pytest.mark.parametrize(
    ("rows", "well", "told"),
    [
        ([(WELL, 4)], True, "said 4 minutes ago that it is well, at 2026-11-28 23:56 UTC"),
        ([(WELL, 12)], True, "said 12 minutes ago that it is well, at 2026-11-28 23:48 UTC"),
        ([(WELL, 13)], False, "said 13 minutes ago that it is well, at 2026-11-28 23:47 UTC, and "
                              "not since; the console of its machine says why, and journalctl -u "
                              "heiiki-etcd-watch there"),
        ([(WELL, 900), ("bootstrap/own-2/well/1a.json", 2)], True, "said 2 minutes ago that it is"),
        ([(WELL, -3)], True, "said 0 minutes ago"),  # this machine's clock is behind
        ([("bootstrap/own/well/1c.json", 1)], False, "has not said that it is well yet; "),
        ([], False, "has not said that it is well yet; "),
    ],
)  # fmt: skip
def test_when_a_member_was_last_well_is_told_by_its_word_in_the_bucket(aws, rows, well, told):
    ((name, is_well, said),) = heard(aws, *CLAIMS, *rows)
    assert (name, is_well) == ("1a", well) and said.startswith(told)


def test_a_member_on_a_controller_is_no_other_case(aws):
    told, account = aws
    told["list_objects_v2"] = {"Contents": [{"Key": WELL, "LastModified": NOW}]}
    found = state(machinesBucket="own-machines")
    for resource in found.of_type(live.GROUP):
        resource.inputs["tags"][0]["value"] = "controller-1a"
    (one,) = own_live.etcd(found, REGION, account, NOW)
    assert (one.name, one.well) == ("1a", True)


@pytest.mark.parametrize(("version", "well"), [("1", False), ("2", True)])
def test_a_member_that_waits_for_roll_is_told_of(aws, version, well):
    told, account = aws
    machine = {"InstanceId": "i-1", "LifecycleState": "InService", "HealthStatus": "Healthy",
               "LaunchTemplate": {"Version": version}}  # fmt: skip
    told["describe_auto_scaling_groups"] = {"AutoScalingGroups": [
        {"AutoScalingGroupName": "own-etcd-1a", "DesiredCapacity": 1, "Instances": [machine],
         "LaunchTemplate": {"Version": "2"}},
    ]}  # fmt: skip
    seen = look(state({"kubernetes-ca": 9000}), account)
    members = [(one.name, one.said) for one in seen if one.kind == "member"]
    said = ("i-1 was started from an earlier template, with the certificates of then; heiiki roll "
            "replaces it")  # fmt: skip
    assert members == ([] if well else [("etcd-1a", said)])
    assert ("pool", "etcd-1a") in {(one.kind, one.name) for one in seen}


def test_every_name_of_the_api_is_looked_at_from_here(aws, monkeypatch):
    """And why nobody answers: there is no record, or nothing leads there."""
    told, account = aws
    told["describe_auto_scaling_groups"] = {"AutoScalingGroups": []}
    endpoints = {"main": "https://api.own.heiiki.internal:6443", "people": "https://k8s.example"}
    monkeypatch.setattr(live, "_addresses", lambda host: ["10.0.0.7"] if "own" in host else [])
    seen = look(state(apiEndpoints=endpoints), account)
    found = {one.name: one.said for one in seen if one.kind == "API"}
    assert found["api.own.heiiki.internal"].startswith("its name resolves to 10.0.0.7, and it does")
    assert found["k8s.example"].startswith("its name does not resolve here: ask a resolver of the")


def test_what_may_not_be_read_is_said_and_the_rest_stays(aws):
    told, account = aws
    told["describe_auto_scaling_groups"] = "AccessDeniedException"
    seen = look(state({"kubernetes-ca": 9000}), account)
    unread = [one.kind for one in seen if one.said.startswith("not known: AWS does not allow")]
    assert unread == ["pool", "member"]
    told["describe_auto_scaling_groups"] = {"AutoScalingGroups": []}
    told["list_objects_v2"] = "AccessDenied"
    seen = look(state(machinesBucket="own-machines"), account)
    assert ("etcd", None) in {(one.kind, one.well) for one in seen}
    assert {"certificate", "API"} <= {one.kind for one in seen}
