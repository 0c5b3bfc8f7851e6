"""What no table reads is unknown, and never a reason to call closed what its record opens.

A type may be left unread where a rule refuses it whatever it says. Whether that holds, everything
that opens a network by such a type shows.
"""

import json

import pytest

from automation.described.live import as_text
from automation.described.records import Records
from automation.described.resources import resources_of
from automation.described.tables import AS_RECORDED, KINDS
from automation.state import Resource
from model.deployment import Deployment, Node
from proof.prove import prove
from sources.recorded import read_recorded
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.stacks import Stack, stack

READ = {kind.token for kind in KINDS} | AS_RECORDED
BEFORE = stack("dev", True)


def unread(opened: Stack) -> list[Node]:
    """What a mutation has touched of types that no table reads."""
    return [
        node
        for node in opened.deployment.nodes.values()
        if node.resource.name in opened.touched
        and node.resource.type.startswith("aws:")
        and node.resource.type not in READ
    ]


def opened_by(mutation: Mutation) -> Stack | None:
    try:
        places = list(mutation.change(BEFORE))
    except LookupError:
        return None
    return next((opened for opened in places[:1] if unread(opened)), None)


MUTATIONS = {
    entry.mutation.name: opened
    for entry in ENTRIES
    if entry.mutation.verdict == "open" and (opened := opened_by(entry.mutation)) is not None
}


def test_there_are_such_mutations():
    assert len(MUTATIONS) > 30


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_opens_a_network_is_not_closed_for_being_unread(name):
    opened = MUTATIONS[name]
    records = [
        Resource(
            n.resource.urn, n.resource.type, n.resource.name, str(n.outputs().get("id")),
            n.resource.props, dict(n.outputs()), {k: sorted(s) for k, s in n.sources.items()},
        )
        for n in unread(opened)
    ]  # fmt: skip
    told = resources_of({}, Records(records))
    assert told.missing == [] and len(told.resources) == len(records)
    live = read_recorded(json.loads(as_text(told.resources))).nodes
    around = {u: n for u, n in opened.deployment.nodes.items() if u not in live}
    proof = prove(Deployment({**around, **live}), opened.boundary)
    assert proof.verdict in ("open", "undecided")
