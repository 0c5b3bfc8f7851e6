"""One fault does not hide another: what is left without the faulty keys is checked as well."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.leftover import without, written_path
from spec.stack_file import parse_stack_file
from tests.spec.stack_files import GONE, WHERE, changed, stack, text_of

POOL = "nodePools.workers"


def told(changes):
    """The paths of the faults, those that come to light without them, and whether a rest stands."""
    with pytest.raises(SpecError) as caught:
        stack(changes)
    error = caught.value
    assert all(fault.message in str(error) for fault in (*error.faults, *error.more))
    return [f.path for f in error.faults], [f.path for f in error.more], error.rest is not None


@pytest.mark.parametrize(
    ("changes", "first", "more", "rest"),
    [
        # zones are compared with the region only when each of them is sound
        ({"availabilityZones": ["ap-northeast-1a", "us-east-1b", 3], "tags": 3},
         ["availabilityZones.2", "tags"], ["availabilityZones"], True),
        # a required key that has an example takes it, and so does a pool
        ({"name": GONE, f"{POOL}.minSize": 4}, ["name", POOL], [], True),
        ({f"{POOL}.maxSize": "three", f"{POOL}.rootVolume": {"sizeGib": 20, "iops": 10001}},
         [f"{POOL}.maxSize", f"{POOL}.rootVolume"], [], True),
        # a check of several keys waits for each; one that lies above a fault may follow from it
        ({f"{POOL}.labels": 3, f"{POOL}.minSize": 5000}, [f"{POOL}.minSize", f"{POOL}.labels"], [],
         True),
        ({f"{POOL}.image": {"kind": "custom", "imageId": "ami-0123456789abcdef0",
                            "family": "script", "rootDevice": 3}},
         [f"{POOL}.image.rootDevice"], [f"{POOL}.image"], True),
        ({"tags": 3}, ["tags"], [], True),
    ],
)  # fmt: skip
def test_all_faults_are_told_and_the_rest_stands(changes, first, more, rest):
    assert told(changes) == (first, more, rest)


ZONES = ["us-east-1b", "us-east-1d"]


@pytest.mark.parametrize(
    ("changes", "first", "region", "zones"),
    [
        ({"region": GONE, "availabilityZones": ZONES}, ["region"], "us-east-1", ZONES),
        ({"region": "Tokyo", "availabilityZones": ZONES}, ["region"], "us-east-1", ZONES),
        ({"availabilityZones": 3}, ["availabilityZones"], "ap-northeast-1", ["1a", "1c"]),
        ({"region": "eu-west-1", "availabilityZones": ["eu-west-1b"] * 2}, ["availabilityZones"],
         "eu-west-1", ["eu-west-1b", "eu-west-1a", "eu-west-1c"]),
        ({"region": "eu-west-1"}, ["availabilityZones"], "eu-west-1", ["1a", "1c"]),
        ({"region": 3, "availabilityZones": "x"}, ["region", "availabilityZones"],
         "ap-northeast-1", ["1a", "1c"]),
        ({"availabilityZones": ["ap-northeast-1a", 3, "ap-northeast-1d"]}, ["availabilityZones.1"],
         "ap-northeast-1", ["1a", "1d"]),
        ({"availabilityZones": {"secure": "v1:x"}, "region": "us-east-1"}, ["availabilityZones"],
         "us-east-1", ["1a", "1c"]),
    ],
)  # fmt: skip
def test_others_stand_in_for_a_faulty_region_or_zones(changes, first, region, zones):
    with pytest.raises(SpecError) as caught:
        stack({**changes, f"{POOL}.minSize": 2, "tags": 3})
    error = caught.value
    assert [f.path for f in error.faults] == [*first, "tags"] and not error.more
    assert isinstance(error.rest, ClusterSpec)
    assert error.rest.region == region and error.rest.node_pools["workers"].min_size == 2
    assert list(error.rest.availability_zones) == [
        zone if "-" in zone else region[:-1] + zone for zone in zones
    ]


@pytest.mark.parametrize(
    ("artifacts", "path"),
    [
        (None, "controlPlane.artifacts"),
        ({"binaries": {}}, "controlPlane.artifacts.bucket"),  # another key's kind is called bucket
        ({"bucket": "No_Bucket"}, "controlPlane.artifacts.bucket"),
    ],
)
def test_faulty_artifacts_hide_nothing_of_a_control_plane_of_our_own(artifacts, path):
    asked = {"kind": "selfHosted", "etcd": {"members": 5}, "artifacts": artifacts}
    asked = {key: value for key, value in asked.items() if value is not None}
    with pytest.raises(SpecError) as caught:
        stack({"controlPlane": asked, f"{POOL}.custom": {"units": {"a.service": {"content": ""}}}})
    error = caught.value
    assert [f.path for f in error.faults] == [path] and not error.more
    assert isinstance(error.rest, ClusterSpec)
    assert error.rest.control_plane.etcd.members == 5


def test_artifacts_of_no_use_go_and_what_is_left_is_checked():
    with pytest.raises(SpecError) as caught:
        stack({"controlPlane": {"artifacts": {}}, "tags": {"a": "b"}})
    error = caught.value
    assert [f.path for f in error.faults] == ["controlPlane.artifacts"] and not error.more
    assert isinstance(error.rest, ClusterSpec) and error.rest.control_plane.kind == "eks"


def test_of_a_list_the_faulty_items_go_alone_and_the_others_keep_their_places():
    far = {"kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0",
           "onPremisesCidrs": ["8.8.8.0/24", "10.1.0.0/16", 3, "10.2.0.0/16"]}  # fmt: skip
    path = "network.connections.dc"
    with pytest.raises(SpecError) as caught:
        stack({path: far})
    error = caught.value
    assert [f.path for f in error.faults] == [f"{path}.onPremisesCidrs.{i}" for i in (0, 2)]
    assert isinstance(error.rest, ClusterSpec)
    kept = error.rest.network.connections["dc"].on_premises_cidrs
    assert [str(cidr) for cidr in kept] == ["10.1.0.0/16", "10.2.0.0/16"]
    assert error.written(f"{path}.onPremisesCidrs.1") == f"{path}.onPremisesCidrs.3"
    assert error.written("tags") == "tags"


def test_a_later_fault_behind_an_item_that_went_is_told_in_its_own_place():
    taints = [3, {"key": "a", "effect": "NoSchedule"}, {"key": "b", "effect": "NoSchedule", "x": 1}]
    assert told({f"{POOL}.taints": taints})[0] == [f"{POOL}.taints.0", f"{POOL}.taints.2.x"]


def test_what_is_left_is_what_stands_there():
    with pytest.raises(SpecError) as caught:
        stack({"tags": 3, f"{POOL}.minSize": 2, f"{POOL}.maxSize": "x"})
    rest = caught.value.rest
    assert isinstance(rest, ClusterSpec)
    assert rest.node_pools["workers"].min_size == 2 and rest.tags == {}


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just({}))


@given(
    st.dictionaries(
        st.sampled_from(["name", "region", "tags", "network.vpc", f"{POOL}.image", POOL, "x.y.z",
                         f"{POOL}.taints", "network.subnets.a", "network.connections.dc"]),
        st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2)
                     | st.dictionaries(st.sampled_from(["kind", "cidr"]), inner), max_leaves=4),
        min_size=1,
    )
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_every_fault_is_told_once_and_the_end_is_reached(changes):
    try:
        keys = changed(changes)
    except (AttributeError, TypeError):
        return  # one path leads through the value of another
    try:
        parse_stack_file(text_of(keys), where=WHERE)
    except SpecError as error:
        assert error.faults
        told_of = [(f.path, f.message) for f in (*error.faults, *error.more)]
        assert len(told_of) == len(set(told_of))


class TestWithout:
    def test_a_key_goes_and_the_rest_stays(self):
        assert without({"a": {"b": 1, "c": 2}}, [("a", "b")], no_example) == {"a": {"c": 2}}

    def test_an_item_goes_and_those_behind_it_know_their_places(self):
        document = {"a": [{"b": 1}, 2, 3, 4], "c": 2}
        once = without(document, [("a", 0, "d"), ("a", 0, "e"), ("a", 2)], no_example)
        assert once == {"a": [2, 4], "c": 2}
        assert written_path(once, ("a", 1, "x")) == ["a", 3, "x"]
        twice = without(once, [("a", 0)], no_example)
        assert twice == {"a": [4], "c": 2} and written_path(twice, ("a", 0)) == ["a", 3]
        assert written_path(twice, ("a", 7)) == ["a", 7] and written_path(twice, ("c",)) == ["c"]
        assert document == {"a": [{"b": 1}, 2, 3, 4], "c": 2}

    def test_a_missing_key_takes_the_entry_that_lacks_it(self):
        assert without({"a": {"b": {"c": 1}}}, [("a", "b", "d")], no_example) == {"a": {}}

    def test_of_a_document_that_lacks_a_key_itself_nothing_is_left(self):
        assert without({"a": 1}, [("d",)], no_example) is None
        assert without({"a": 1}, [()], no_example) is None

    def test_an_example_stands_in(self):
        assert without({"a": {"b": 1}}, [("a", "b")], lambda _: 7) == {"a": {"b": 7}}
        assert without({}, [("b",)], lambda _: 7) == {"b": 7}

    def test_two_faults_below_one_entry_take_it_once(self):
        paths = [("a", "x", "need"), ("a", "x", "other")]
        assert without({"a": {"x": {}, "y": 1}}, paths, no_example) == {"a": {"y": 1}}


def no_example(path):
    return None
