"""What is unknown of a thing that is there is never passed over for being asked again: nobody asks.

Of everything that opens a network by whom or what it names, the same is told with these names
unknown.
"""

from dataclasses import replace

import pytest

from model.deployment import Deployment, Node
from proof.findings import Proof
from proof.prove import prove
from rules.for_good import passed_over
from rules.unknowns import UNKNOWN
from rules.whole import judge_whole
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.mutation import Mutation, edited
from tests.policies.mutations.schedules import PIPE, schedules
from tests.policies.mutations.stacks import FOREIGN, Stack, stack

BEFORE = stack("dev", True)
WHOSE = {"CN-004", "CN-073", "CN-074", "CN-132", "CN-133", "CN-136", "CN-223", "CN-244"}
GRANT = "aws:kms/grant:Grant"


def hidden(mutation: Mutation) -> tuple[Deployment, Stack] | None:
    """The first place that a mutation opens, with all that it has said of a thing unknown, and from
    nowhere."""
    try:
        opened = next(iter(mutation.change(BEFORE)))
    except (LookupError, StopIteration):
        return None
    nodes = dict(opened.deployment.nodes)
    for urn, node in opened.deployment.nodes.items():
        of, before = node.resource, BEFORE.deployment.nodes.get(urn)
        if of.name in opened.touched and of.type.startswith("aws:"):
            was = {} if before is None else before.resource.props
            props = {k: v if was.get(k) == v else UNKNOWN for k, v in of.props.items()}
            if UNKNOWN in props.values():
                nodes[urn] = replace(node, resource=replace(of, props=props), sources={})
    return (Deployment(nodes), opened) if nodes != dict(opened.deployment.nodes) else None


MUTATIONS = {
    entry.mutation.name: found
    for entry in ENTRIES
    if entry.mutation.verdict == "open"
    and entry.mutation.caught & WHOSE
    and (found := hidden(entry.mutation)) is not None
}


def test_there_is_a_mutation_of_every_such_rule():
    caught = {rule for e in ENTRIES if e.mutation.name in MUTATIONS for rule in e.mutation.caught}
    assert len(MUTATIONS) > 60 and caught >= WHOSE


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_nobody_can_know_of_a_thing_is_not_closed(name):
    deployment, opened = MUTATIONS[name]
    assert prove(deployment, opened.boundary).verdict in ("open", "undecided")


def granted(**props: object) -> Node:
    own = next(BEFORE.each("aws:iam/role:Role")).outputs()["arn"]
    given = {"keyId": "key", "operations": ["Decrypt"], "granteePrincipal": own}
    return BEFORE.makes(GRANT, "door", {**given, **props})


def proof(node: Node) -> Proof:
    return prove(BEFORE.having(node).deployment, BEFORE.boundary)


def test_a_grant_that_is_there_and_tells_not_to_whom_is_undecided():
    found = proof(granted(granteePrincipal=UNKNOWN))
    assert found.verdict == "undecided"
    assert {(f.rule, f.decided) for f in found.findings if f.counts} == {("CN-132", False)}
    assert proof(granted()).verdict == "closed"


def test_before_it_is_there_whoever_makes_it_is_asked_again():
    before = replace(granted(granteePrincipal=UNKNOWN), outputs=lambda: {"id": UNKNOWN})
    assert proof(before).verdict == "closed"
    there = BEFORE.having(granted(granteePrincipal=UNKNOWN)).deployment.made
    rules = {v.rule.id for v in judge_whole(there, BEFORE.boundary, later=True).verdicts}
    assert "CN-132" not in rules
    assert "CN-132" in {v.rule.id for v in judge_whole(there, BEFORE.boundary).verdicts}


@pytest.mark.parametrize(
    "path", ["source", "sourceParameters.selfManagedKafkaParameters.additionalBootstrapServers"]
)
def test_a_pipe_whose_brokers_nobody_can_know_is_undecided(path):
    made = schedules(BEFORE)
    pipe = next(node for node in made if node.resource.type == PIPE)
    hidden = edited(BEFORE, pipe, path, UNKNOWN)
    kept = {key: of for key, of in hidden.sources.items() if key != path.partition(".")[0]}
    hidden = replace(hidden, sources=kept)
    found = prove(BEFORE.having(*made, hidden).deployment, BEFORE.boundary)
    assert found.verdict == "undecided"
    assert {(f.rule, f.decided) for f in found.findings if f.counts} == {("CN-257", False)}


def test_a_secret_that_names_nobody_stays_one():
    made = BEFORE.makes("aws:iam/user:User", "door", {"path": UNKNOWN, "name": UNKNOWN})
    assert list(passed_over({made.resource.urn: made}, BEFORE.boundary, ())) == []
    role = BEFORE.makes("aws:cloudwatch/eventRule:EventRule", "door", {"roleArn": UNKNOWN})
    (found,) = passed_over({role.resource.urn: role}, BEFORE.boundary, ())
    assert (found[0].id, found[0].decides) == ("CN-136", False)
    assert list(passed_over({role.resource.urn: role}, BEFORE.boundary, {role.resource.urn})) == []


def test_what_is_open_already_is_told_once():
    stranger = f"arn:aws:iam::{FOREIGN}:role/x"
    found = proof(granted(granteePrincipal=stranger, retiringPrincipal=UNKNOWN))
    assert found.verdict == "open"
    assert [f.rule for f in found.findings if f.counts] == ["CN-132"]
