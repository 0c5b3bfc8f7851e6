"""etcd's members: where they lie, what they are called for ever, and what is too little."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.etcd import plan_etcd
from plan.names import GROUP_NAME_MAX
from plan.self_hosted.places import MEMBER_TAG, ROLE_TAG, check_pool_names
from plan.volumes import Volume
from spec.errors import parse
from spec.etcd import CreateEtcd
from spec.lock import OfferedInstanceType
from tests.plan.self_hosted.scopes import HIGHLY_AVAILABLE, Told, etcd, scope_of
from tests.spec.strategies import FAST

ZONES = st.sampled_from(("acd", "ac", "cad", "ad"))


def lying(found):
    return {name: member.availability_zone[-2:] for name, member in found.members.items()}


def test_three_members_lie_in_three_zones():
    found, told = etcd()
    assert told.refused == [] and told.warnings == []
    assert lying(found) == {"1a": "1a", "1c": "1c", "1d": "1d"}
    assert found.endpoints == tuple(
        f"https://{name}.etcd.test.heiiki.internal:2379" for name in ("1a", "1c", "1d")
    )
    assert (found.version, found.architecture, found.refreshed) == ("3.6.16", "x86_64", False)
    assert found.data_volume == Volume("/dev/sdf", "gp3", 50, 3000, 125)
    assert found.readiness.capacity_timeout_seconds > found.readiness.heartbeat_timeout_seconds


def test_names_are_pinned_because_data_hang_on_them():
    member = etcd()[0].members["1a"]
    assert (member.role, member.subnet, member.fqdn, member.group_name, member.peer_url) == (
        "etcd-1a", "nodes-1a", "1a.etcd.test.heiiki.internal", "test-ap-northeast-1-etcd-1a",
        "https://1a.etcd.test.heiiki.internal:2380",
    )  # fmt: skip
    assert member.kept_tags == {
        "Name": "test-etcd-1a", "heiiki:cluster": "test", MEMBER_TAG: "1a",
    }  # fmt: skip
    assert member.machine_tags == {
        "Name": "test-etcd-1a", "heiiki:cluster": "test", ROLE_TAG: "etcd-1a",
    }  # fmt: skip


def test_a_second_member_of_a_zone_has_a_number():
    found, told = etcd({"members": 5})
    assert lying(found) == {"1a": "1a", "1c": "1c", "1d": "1d", "1a-2": "1a", "1c-2": "1c"}
    assert told.refused == [] and told.warnings == [], "without a zone three of five are left"


@FAST
@given(ZONES, st.sampled_from((1, 3, 5)))
def test_more_members_move_none_and_neither_does_a_zone_more(zones, count):
    fewer = etcd({"members": count}, scope_of(zones))[0].members
    more = etcd({"members": count + 2}, scope_of(zones))[0].members
    assert {name: more[name] for name in fewer} == fewer
    wider = etcd({"members": count}, scope_of(f"{zones}b", first=zones))[0].members
    assert wider == fewer


@FAST
@given(
    st.from_regex(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?", fullmatch=True),
    st.sampled_from((1, 3, 5, 7)), ZONES,
)  # fmt: skip
def test_names_fit_and_differ(cluster, count, zones):
    scope = scope_of(zones, {"name": cluster})
    members = etcd({"members": count}, scope)[0].members.values()
    for attribute in ("role", "fqdn", "group_name"):
        assert len({getattr(member, attribute) for member in members}) == count
    assert all(len(member.group_name) <= GROUP_NAME_MAX for member in members)
    assert all(len(label) <= 63 for m in members for label in m.fqdn.split("."))


TWO_OF_THREE = (
    "etcd.subnets: 2 of 3 members lie in ap-northeast-1a, and without them there is no majority of "
    "2: when that zone fails, nothing is written and the API stops; spread them over three zones "
    "or more"
)


@pytest.mark.parametrize(
    ("asked", "zones", "said"),
    [
        ({}, "ac", TWO_OF_THREE),
        ({"members": 1}, "acd", "etcd.members: one member survives no failure; 3 do"),
        ({"instanceType": "m6i.large", "dataVolume": {"kind": "io2", "iops": 100}}, "acd",
         "etcd.dataVolume.iops: 100 are few: every write waits for the disks of most members, and "
         "under load etcd wants 500"),
        ({"instanceType": "t3.medium"}, "acd",
         "etcd.instanceType: t3.medium has 2 vCPU and 4096 MiB; etcd wants 2 and 8192"),
    ],
)  # fmt: skip
def test_what_is_too_little_is_said_and_refused_where_it_must_stand(asked, zones, said):
    _, told = etcd(asked, scope_of(zones))
    assert (told.warnings, told.refused) == ([said], [])
    _, told = etcd(asked, scope_of(zones, HIGHLY_AVAILABLE))
    assert (told.warnings, told.refused) == ([], [f"{said} (profile highlyAvailable)"])


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"subnets": ["nodes-1a"]},
         ["etcd.subnets: are 1 for 3 members; name one for each, one twice where two lie in it"]),
        ({"subnets": ["nodes-1a", "nodes-1c", "nodes-1b"]},
         ["etcd.subnets: is no subnet; known: nodes-1a, nodes-1c, nodes-1d, control-plane-1a, "
          "control-plane-1c, control-plane-1d"]),
        ({"version": "3.5.32"},
         ["etcd.version: does not know the flags that heiiki writes; write 3.6.0 or a later one"]),
        ({"instanceType": "m7i.huge"}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(asked, refused):
    _, told = etcd(asked)
    if refused is None:
        assert len(told.refused) == 1
        assert told.refused[0].startswith(
            "etcd.instanceType: is no known instance type; known: m7i"
        )
    else:
        assert told.refused == refused


def test_a_type_with_one_interface_cannot_take_the_members():
    limits = {"architecture": "x86_64", "vcpus": 4, "memoryMib": 16384, "networkInterfaces": 1,
              "ipv4AddressesPerInterface": 10}  # fmt: skip
    offered = {"z9.large": {"availabilityZones": [], "limits": limits}}
    scope = replace(
        scope_of(),
        offered={n: OfferedInstanceType.model_validate(o) for n, o in offered.items()},
    )
    assert etcd({"instanceType": "z9.large"}, scope)[1].refused == [
        "etcd.instanceType: takes 1 network interface, and a member has one more that outlives its "
        "machine; choose a larger type"
    ]


def test_named_subnets_stand_in_their_order():
    found, told = etcd({"subnets": ["nodes-1d", "nodes-1a", "nodes-1d"], "rollout":
                        {"kind": "atOnce"}})  # fmt: skip
    assert lying(found) == {"1d": "1d", "1a": "1a", "1d-2": "1d"}
    assert found.refreshed and len(told.warnings) == 1


def test_a_cluster_without_subnets_for_nodes_has_no_members():
    scope = scope_of()
    told = Told()
    empty = replace(scope, layout=replace(scope.layout, nodes=()))
    found = plan_etcd(parse(CreateEtcd, {}, where="x"), empty, "etcd", told.faults, told.warnings)
    assert found.members == {}


def test_pools_are_not_called_as_machines_of_the_control_plane():
    told = Told()
    check_pool_names(
        ["workers", "etcd-1a", "controller", "etcd"], told.faults, on_controllers=False
    )
    assert [fault.path for fault in told.faults.found] == [
        "nodePools.etcd-1a", "nodePools.controller",
    ]  # fmt: skip
