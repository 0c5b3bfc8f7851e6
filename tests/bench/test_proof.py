"""The networks that the proof is measured on are closed, of the asked size, and told alike in both
forms; and the work grows with the network, not with the pairs of VPCs in it."""

import datetime
from collections import Counter

import pytest

from bench.deployments import boundary, network
from bench.made import recorded, state
from bench.measure import Figure
from bench.page import written
from bench.proof import Row, growing
from model.build import build_network
from model.deployment import Deployment
from model.network import Network
from proof.findings import Proof
from proof.prove import prove
from proof.reach import POLICED, Reach
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from rules.unknowns import UNKNOWN
from sources.recorded import read_recorded
from sources.state import read_state

FORMS = {"recorded": lambda made: read_recorded(recorded(made)),
         "state": lambda made: read_state(state(made))}  # fmt: skip


def declared() -> Boundary:
    found = parse_boundary(boundary(), datetime.date(2026, 11, 28))
    assert found.faults == ()
    return found


def told(form: str, size: int) -> Deployment:
    return FORMS[form](network(size))


def proved(form: str, size: int) -> Proof:
    return prove(told(form, size), declared())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [200, 1000])
def test_a_network_is_closed_and_as_large_as_it_is_said_to_be(form, size):
    proof = proved(form, size)
    assert [f for f in proof.findings if f.counts] == []
    assert proof.verdict == "closed" and size <= proof.resources <= size + 100
    assert proof.interfaces > size / 5 and proof.policies > size / 8


def test_both_forms_tell_the_same_network_before_and_after_its_ids_are_known():
    before, after = (told(form, 200) for form in FORMS)
    assert before.nodes.keys() == after.nodes.keys()
    unknown = [n for n in before.nodes.values() if UNKNOWN in n.resource.props.values()]
    assert len(unknown) > 100
    assert not any(UNKNOWN in n.resource.props.values() for n in after.nodes.values())
    ids = Counter(node.outputs()["id"] for node in after.nodes.values())
    assert [id_ for id_, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_door_in_the_last_vpc_is_found_from_all_of_them(form):
    """So the measured work is real work: whoever may take a way is told."""
    deployment = told(form, 1000)
    office = parse_boundary({**boundary(), "connections": []}, datetime.date(2026, 11, 28))
    (way,) = [f for f in prove(deployment, office).findings if f.rule == "CN-005"]
    assert "attachment link-office" in way.witness and " more out by " in way.what


def ways(form: str, size: int) -> tuple[int, int]:
    """How many VPCs there are, and how many ways the proof finds out of them."""
    found: Network = build_network(told(form, size))
    reach = Reach(found, POLICED)
    return len(found.vpcs), sum(map(len, reach.map.out.values()))


@pytest.mark.parametrize("form", FORMS)
def test_the_ways_that_are_followed_grow_as_the_network_does(form):
    """Each VPC has an endpoint that all others reach: with these, twice the VPCs have four times
    the ways."""
    small, large = ways(form, 500), ways(form, 2000)
    assert large[0] > 3 * small[0]
    assert large[1] / large[0] <= 1.2 * small[1] / small[0]


def test_growth_is_told_beside_the_smaller_network_of_the_same_form():
    rows = [Row(200, "state", Figure(1.0, 0.5, 50.0)), Row(200, "recorded", Figure(1.0, 0.4, 50.0)),
            Row(1200, "state", Figure(2.0, 1.5, 60.0))]  # fmt: skip
    assert [line[4] for line in growing(rows)] == ["-", "-", "1.00 ms"]


def test_figures_are_written_between_their_own_marks_alone():
    page = "a <!-- x -->old<!-- /x --> b <!-- y -->kept<!-- /y -->"
    assert (
        written(page, "x", "new")
        == "a <!-- x -->\n\nnew\n\n<!-- /x --> b <!-- y -->kept<!-- /y -->"
    )
