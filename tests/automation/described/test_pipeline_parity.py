"""`prove --live` says of pipelines and connections what `prove --state` says.

The closed design with them, and everything that opens it, is told to the reader as AWS would tell
it, and read; the network around it is as it is recorded.
"""

from dataclasses import replace
from functools import partial

import pytest

from automation.described import builds, pipelines
from automation.described.paths import at
from automation.described.reader import Reading
from automation.described.scope import Scope
from model.deployment import Node
from proof.prove import prove
from rules.unknowns import UNKNOWN, has_unknown
from tests.automation.described import builds_of_aws, pipelines_of_aws
from tests.automation.described.answers import Answers
from tests.automation.described.parity import HERE, Told, said
from tests.automation.described.pipelines_of_aws import OLDER, SERVICES
from tests.policies.mutations import pipelines as of_pipelines
from tests.policies.mutations.builds import BUILD
from tests.policies.mutations.mutation import edited
from tests.policies.mutations.pipelines import CONNECTION, PIPELINE
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack, stack

# Where something is unknown before it is made, AWS knows it afterwards.
MUTATIONS = [
    mutation
    for mutation in (*of_pipelines.MUTATIONS, *of_pipelines.FURTHER)
    if not mutation.name.endswith(f" {UNKNOWN}")
]


def real_id(node: Node) -> str:
    of = builds_of_aws if node.resource.type == BUILD else pipelines_of_aws
    return of.real_id(node)


TOLD = Told((*pipelines.KINDS, *builds.KINDS), (pipelines_of_aws.tell, builds_of_aws.tell), real_id)


def closed() -> Stack:
    before = stack("dev", True)
    return before.having(*of_pipelines.pipelines(before))


def test_every_mutation_that_is_known_is_asked():
    known = {"provider", "configuration"}  # of which one value each is unknown
    assert len(MUTATIONS) == len(of_pipelines.MUTATIONS) + len(of_pipelines.FURTHER) - len(known)


def test_a_closed_pipeline_is_closed_by_what_aws_says(stubbed, monkeypatch):
    after = closed()
    assert {n.resource.type for n in after.each(*TOLD.tokens)} == {PIPELINE, BUILD}
    assert TOLD.same(stubbed, after, monkeypatch, "closed") == set()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name for mutation in MUTATIONS])
def test_what_opens_one_is_found_by_what_aws_says(stubbed, monkeypatch, mutation):
    (opened,) = mutation.change(stack("dev", True))
    assert not any(has_unknown(n.resource.props) for n in opened.deployment.nodes.values())
    assert TOLD.same(stubbed, opened, monkeypatch, "open")


def found(stubbed, monkeypatch, told: Stack) -> set[tuple[str, str]]:
    """What is found where AWS has what is told, and recorded is the closed design."""
    recorded = closed()
    beside = replace(TOLD, tell=tuple(
        lambda answers, _, tell=tell: tell(answers, told) for tell in TOLD.tell
    ))  # fmt: skip
    deployment, described = beside.read(stubbed, recorded, monkeypatch)
    assert described.missing == []
    return said(prove(deployment, recorded.boundary))


ADDED = {
    "a build of others": (
        "CN-004", of_pipelines.action("Test", "CodeBuild", ProjectName="of-others")),
    "a function of others": (
        "CN-004", of_pipelines.action("Invoke", "Lambda", FunctionName="of-others")),
    "a source outside": (
        "CN-258", of_pipelines.action("Source", "CodeStarSourceConnection")),
    "an action in another region": (
        "CN-258", {**of_pipelines.action("Approval", "Manual"), "region": "us-east-1"}),
}  # fmt: skip


@pytest.mark.parametrize("name", ADDED)
def test_an_action_that_somebody_added_to_a_recorded_pipeline_is_found(stubbed, monkeypatch, name):
    rule, action = ADDED[name]
    recorded = closed()
    (pipeline,) = recorded.each(PIPELINE)
    added = recorded.having(edited(recorded, pipeline, "stages.1.actions.1", action))
    assert found(stubbed, monkeypatch, recorded) == set()
    assert found(stubbed, monkeypatch, added) == {(rule, "pipeline")}


def test_a_condition_that_somebody_added_to_a_stage_is_found(stubbed, monkeypatch):
    """One that asks a clock opens nothing, and one that runs something might."""
    recorded = closed()
    (pipeline,) = recorded.each(PIPELINE)
    for when in ("beforeEntry", "onSuccess", "onFailure"):
        for provider, counts in (("DeploymentWindow", set()), ("LambdaInvoke", {"CN-258"})):
            rule = {"name": "x", "ruleTypeId": {"category": "Rule", "provider": provider}}
            path = f"stages.0.{when}.condition.rules"
            added = recorded.having(edited(recorded, pipeline, path, [rule]))
            assert {rule for rule, _ in found(stubbed, monkeypatch, added)} == counts


@pytest.mark.parametrize("alone", [False, True])
def test_a_connection_is_told_once_as_what_it_is_recorded(stubbed, monkeypatch, alone):
    """Whether either service lists both, or each its own, by the ARN that it got once."""

    def tell(answers: Answers, told: Stack) -> None:
        for type_, service in SERVICES.items():
            own = Answers(stubbed, REGION)
            other = OLDER if type_ == CONNECTION else CONNECTION
            pipelines_of_aws.tell(own, told.lacking(*told.each(other)) if alone else told)
            answers.says(
                service, "ListConnections", partial(own._found, service, "ListConnections")
            )

    host = {"name": "x", "hostArn": f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:host/own"}
    before = stack("dev", True)
    door, older = before.makes(CONNECTION, "door", host), before.makes(OLDER, "older", host)
    both = {("CN-004", "door"), ("CN-004", "older")}
    told = replace(TOLD, tell=(tell,))
    for made, counts in (([door, older], both), ([door], {("CN-004", "door")}),
                         ([older], {("CN-004", "older")})):  # fmt: skip
        opened = before.having(*made)
        assert told.same(stubbed, opened, monkeypatch, "open") == counts


def test_nothing_is_asked_where_nothing_of_the_kind_is_recorded(stubbed, monkeypatch):
    """A connection or a pipeline that no stack has is of the account."""
    before = stack("dev", True)
    listed = closed()
    made = listed.having(listed.makes(CONNECTION, "door", {"name": "x", "providerType": "GitHub"}))
    beside = replace(TOLD, tell=(lambda answers, _: pipelines_of_aws.tell(answers, made),))
    deployment, described = beside.read(stubbed, before, monkeypatch)
    assert described.resources == [] and said(prove(deployment, before.boundary)) == set()


def test_every_page_of_a_list_is_read(stubbed, monkeypatch):
    """A pipeline and a connection come after a page of others, or more."""
    before = closed()
    opened = before.having(
        before.makes(CONNECTION, "door", {"name": "x", "providerType": "GitHub"})
    )
    asked = []
    client = stubbed.client("codeconnections", REGION)
    TOLD.same(stubbed, opened, monkeypatch, "open")
    answer = client._make_api_call
    monkeypatch.setattr(client, "_make_api_call", lambda *of: asked.append(of) or answer(*of))
    reading = Reading(stubbed, REGION, HERE)
    run = reading.run([pipelines.CONNECTIONS], Scope(types=frozenset({CONNECTION})))
    assert len(run[pipelines.CONNECTIONS]) == 4 and len(asked) == 2


def test_a_region_of_an_action_is_told_where_it_is_another_one():
    """AWS says it of each, and a program seldom: what a region is declared for is not asked of it.
    What is called a region in a configuration or in a rule is no place of an action."""
    (kind,) = (kind for kind in pipelines.KINDS if kind.token == PIPELINE)
    held = {"region": REGION}
    actions = [{"region": REGION, "configuration": held}, {"region": "us-east-1"}, {}]
    stages = [{"actions": actions}, {}]
    told = {"pipeline": {"stages": stages}, "_here": {"region": REGION}}
    (read, empty) = at(kind.inputs["stages"], told)
    assert [action["region"] for action in read["actions"]] == [None, "us-east-1", None]
    assert read["actions"][0]["configuration"] == held and empty["actions"] == []


def test_artifacts_of_several_regions_are_told_by_region():
    (kind,) = (kind for kind in pipelines.KINDS if kind.token == PIPELINE)
    kept = {"type": "S3", "location": "here", "encryptionKey": {"id": "k", "type": "KMS"}}
    other = {"type": "S3", "location": "there"}
    several = {"pipeline": {"artifactStores": {REGION: kept, "us-east-1": other}}}
    read = at(kind.inputs["artifactStores"], several)
    assert [(one["region"], one["location"]) for one in read] == [
        (REGION, "here"), ("us-east-1", "there"),
    ]  # fmt: skip
    assert read[0]["encryptionKey"] == kept["encryptionKey"] and read[1]["encryptionKey"] is None
    (one,) = at(kind.inputs["artifactStores"], {"pipeline": {"artifactStore": kept}})
    assert one["location"] == "here" and one["region"] is None
