"""What no table reads is unknown, or taken as it is recorded, and never a reason to call closed
what its record opens.

A type may be left unread where a rule refuses it whatever it says, or where it opens nothing but by
naming something of others. Whether that holds, everything that opens a network by such a type
shows.
"""

import json
from dataclasses import replace

import pytest

from automation.described.live import as_text
from automation.described.records import OTHER_NAMES, Records
from automation.described.resources import resources_of
from automation.described.spread import STANDS_FOR
from automation.described.tables import KINDS, is_unread
from automation.state import Resource
from model.deployment import Deployment, Node
from proof.prove import prove
from rules.known_types import HARMLESS_TYPES
from rules.unknowns import has_unknown
from sources.recorded import read_recorded
from tests.automation.described.parity import said
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Stack, stack

READ = {kind.token for kind in KINDS} | OTHER_NAMES.keys() | STANDS_FOR.keys()
AS_RECORDED = {t for t in HARMLESS_TYPES - READ if not is_unread(t)}
BEFORE = stack("dev", True)
RULE = "aws:cloudwatch/eventRule:EventRule"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"


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


def recorded(node: Node) -> Resource:
    of, sources = node.resource, {k: sorted(s) for k, s in node.sources.items()}
    outputs = dict(node.outputs())
    return Resource(of.urn, of.type, of.name, str(outputs.get("id")), of.props, outputs, sources)


def live(opened: Stack) -> Deployment:
    """With what is told of things that no table reads, as a reading has it."""
    records = [recorded(node) for node in unread(opened)]
    told = resources_of({}, Records(records))
    assert told.missing == [] and len(told.resources) == len(records)
    read = read_recorded(json.loads(as_text(told.resources))).nodes
    around = {u: n for u, n in opened.deployment.nodes.items() if u not in read}
    return Deployment({**around, **read})


def naming(type_: str, **props: object) -> Stack:
    """The deployment with one thing more."""
    made = BEFORE.makes(type_, "door", props)
    return replace(BEFORE.having(made), touched=frozenset({"door"}))


def test_there_are_such_mutations():
    assert len(MUTATIONS) > 30


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_opens_a_network_is_not_closed_for_being_unread(name):
    opened = MUTATIONS[name]
    by_aws, by_state = (
        prove(live(opened), opened.boundary),
        prove(opened.deployment, opened.boundary),
    )
    assert by_aws.verdict in ("open", "undecided")
    touched = unread(opened)
    if all(n.resource.type in AS_RECORDED and not has_unknown(n.resource.props) for n in touched):
        assert said(by_aws) == said(by_state) and by_aws.verdict == by_state.verdict


@pytest.mark.parametrize("type_", sorted(AS_RECORDED))
def test_what_opens_nothing_by_itself_is_told_as_it_is_recorded(type_):
    """With a role of strangers as open as its state says; with an own one nothing is said of it."""
    found: set[tuple[str, str]] = {("CN-136", "door")}
    for account, counts in ((FOREIGN, found), (ACCOUNT, set())):
        opened = naming(type_, roleArn=f"arn:aws:iam::{account}:role/x", name="door")
        by_aws = prove(live(opened), opened.boundary)
        assert {one for one in said(by_aws) if one[0] == "CN-136"} == counts
        assert said(by_aws) == said(prove(opened.deployment, opened.boundary))


def test_what_was_seen_of_it_counts_as_well():
    """A channel that somebody has turned elsewhere, and a refresh has written down."""
    topic = f"arn:aws:sns:{REGION}:{FOREIGN}:x"
    opened = naming(CHANNEL, snsTopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:x")
    (door,) = unread(opened)
    seen = replace(door, outputs=lambda: {**door.outputs(), "snsTopicArn": topic}, of_state=True)
    nodes = {**opened.deployment.nodes, door.resource.urn: seen}
    turned = replace(opened, deployment=Deployment(nodes))
    by_aws, by_state = (
        prove(live(turned), turned.boundary),
        prove(turned.deployment, turned.boundary),
    )
    assert said(by_aws) == said(by_state) >= {("CN-136", "door")}
    assert ("CN-136", "door") not in said(prove(opened.deployment, opened.boundary))
