"""Whatever stands where a value should, the rules answer, and never with a fault of their own."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.boundary_reader import parse_boundary
from rules.judge import judge
from rules.model import Resource
from rules.unknowns import UNKNOWN
from tests.policies.cases import CASES, COMPLIANT, changed
from tests.policies.test_boundary import TODAY

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BOUNDARY = parse_boundary({"accounts": ["111122223333"], "regions": ["eu-west-1"]}, TODAY)
KEYS = sorted({str(key) for props in COMPLIANT.values() for key in props})


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CASES), ANY)
def test_any_value_in_the_place_that_matters(case, value):
    resource = Resource(case.type, case.name, "urn", changed(case, value))
    assert all(verdict.message for verdict in judge(resource, BOUNDARY))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CASES), st.dictionaries(st.sampled_from(KEYS), ANY, max_size=6))
def test_any_properties_at_all(case, props):
    resource = Resource(case.type, case.name, "urn", props)
    assert all(verdict.message for verdict in judge(resource, BOUNDARY))


ITEM = st.dictionaries(
    st.sampled_from(["name", "rule", "type", "owner", "reason", "expires", "cidrs", "x"]), ANY
)
CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "accounts": ANY,
        "organizationId": ANY,
        "cidrs": ANY,
        "connections": ANY | st.lists(ITEM, max_size=2),
        "exceptions": ANY | st.lists(ITEM, max_size=2),
        "x": ANY,
    },
)


@settings(max_examples=300, deadline=None)
@given(CONFIG.filter(lambda config: "UNKNOWN" not in repr(config)))
def test_any_declaration(config):
    """A fault in the declaration is a sentence, whatever was written."""
    assert all(": " in fault for fault in parse_boundary(config, TODAY).faults)
