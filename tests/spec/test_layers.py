"""One fault does not hide another: what is left without the faulty keys is checked as well."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.leftover import without
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
         ["availabilityZones.2", "tags"], [], False),
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


def test_without_a_region_or_zones_nothing_is_left_to_check():
    assert told({"region": GONE}) == (["region"], [], False)
    assert told({"availabilityZones": 3, "tags": 3}) == (["availabilityZones", "tags"], [], False)


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

    def test_an_item_takes_its_list(self):
        assert without({"a": [{"b": 1}], "c": 2}, [("a", 0, "b")], no_example) == {"c": 2}

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
