"""`prove --live` finds the webhooks of recorded builds and pipelines, whoever has made them: by one
of them a host of others starts what runs inside."""

from dataclasses import replace

import pytest

from automation.described import builds, pipelines
from proof.prove import prove
from tests.automation.described import builds_of_aws, pipelines_of_aws
from tests.automation.described.parity import Told, said
from tests.policies.mutations import pipelines as of_pipelines
from tests.policies.mutations.builds import BUILD
from tests.policies.mutations.pipelines import PIPELINE
from tests.policies.mutations.stacks import ACCOUNT, REGION, stack

OF_BUILD = "aws:codebuild/webhook:Webhook"
OF_PIPELINE = "aws:codepipeline/webhook:Webhook"
ARN = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:webhook:"
OTHERS = "of-others"
PAGE = 1


def real_id(node):
    """As the provider calls it: that of a build by its project, that of a pipeline by an ARN."""
    if node.resource.type == OF_BUILD:
        return str(node.resource.props["projectName"])
    if node.resource.type == OF_PIPELINE:
        return f"{ARN}{node.resource.name}"
    return (builds_of_aws if node.resource.type == BUILD else pipelines_of_aws).real_id(node)


def tell(answers, told):
    """All builds and pipelines, one of others of each, and the webhooks of them."""
    builds_of_aws.tell(answers, told)
    pipelines_of_aws.tell(answers, told)
    answers.lists("codebuild", "ListProjects", "projects", OTHERS)
    (own,) = told.each(BUILD)
    hooked = {node.resource.props["projectName"] for node in told.each(OF_BUILD)}
    as_made = builds_of_aws._build(own)
    elsewhere = {key: value for key, value in as_made.items() if key != "vpcConfig"}

    def project(name):
        of = {**elsewhere, "name": name, "arn": f"{real_id(own)}-{name}"}
        hook = {"webhook": {"payloadUrl": "https://x", "filterGroups": []}}
        return {**(of if name == OTHERS else as_made), **(hook if name in hooked else {})}

    answers.says("codebuild", "BatchGetProjects", lambda asked: {
        "projects": [project(name) for name in asked["names"]],
    })  # fmt: skip
    hooks = [{"arn": f"{ARN}a-of-others", "definition": _definition("a-of-others", OTHERS)},
             *({"arn": real_id(node), "definition": _definition(
                 node.resource.name, str(node.resource.props["targetPipeline"]))}
               for node in told.each(OF_PIPELINE))]  # fmt: skip

    def page(asked):
        begin = int(asked.get("NextToken", 0))
        more = {"NextToken": str(begin + PAGE)} if begin + PAGE < len(hooks) else {}
        return {
            "webhooks": [{**hook, "url": "https://x"} for hook in hooks[begin : begin + PAGE]],
            **more,
        }

    answers.says("codepipeline", "ListWebhooks", page)
    known = answers._says["codepipeline", "GetPipeline"]
    (pipeline,) = told.each(PIPELINE)

    def get(asked):
        found = known({"name": pipeline.resource.name})
        return {**found, "pipeline": {**found["pipeline"], "name": asked["name"]}}

    answers.says("codepipeline", "GetPipeline", get)
    names = [{"name": name} for name in (OTHERS, pipeline.resource.name)]
    answers.says("codepipeline", "ListPipelines", lambda _: {"pipelines": names})


def _definition(name, pipeline):
    return {
        "name": name, "targetPipeline": pipeline, "targetAction": "Source",
        "filters": [{"jsonPath": "$.ref"}], "authentication": "UNAUTHENTICATED",
        "authenticationConfiguration": {},
    }  # fmt: skip


TOLD = Told((*pipelines.KINDS, *builds.KINDS), (tell,), real_id)


def closed():
    before = stack("dev", True)
    return before.having(*of_pipelines.pipelines(before))


def hooked(type_, of):
    """The closed design with a webhook. of: a type of which the own one is started, or a name."""
    before = closed()
    name = before.first(of).resource.name if of in (BUILD, PIPELINE) else of
    key = "projectName" if type_ == OF_BUILD else "targetPipeline"
    given = {} if type_ == OF_BUILD else {"name": "door", "targetAction": "Source"}
    return before.having(before.makes(type_, "door", {key: name, **given}))


def test_a_closed_design_is_closed_beside_webhooks_of_others(stubbed, monkeypatch):
    assert TOLD.same(stubbed, closed(), monkeypatch, "closed") == set()


@pytest.mark.parametrize(("type_", "of"), [
    (OF_BUILD, BUILD), (OF_BUILD, OTHERS), (OF_PIPELINE, PIPELINE), (OF_PIPELINE, OTHERS),
])  # fmt: skip
def test_a_recorded_webhook_is_found_whatever_it_starts(stubbed, monkeypatch, type_, of):
    found = TOLD.same(stubbed, hooked(type_, of), monkeypatch, "open")
    assert ("CN-015", "door") in found


@pytest.mark.parametrize(("type_", "of"), [(OF_BUILD, BUILD), (OF_PIPELINE, PIPELINE)])
def test_a_webhook_that_somebody_has_put_beside_the_record_is_found(
    stubbed, monkeypatch, type_, of
):
    opened, before = hooked(type_, of), closed()
    (door,) = opened.each(type_)
    beside = replace(TOLD, tell=(lambda answers, _: tell(answers, opened),))
    deployment, described = beside.read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert described.missing == [] and by_aws.verdict == "open"
    assert said(by_aws) == {("CN-015", real_id(door))}
