"""`prove --live` says of endpoints of SageMaker what `prove --state` says, and finds one
that somebody has turned to another configuration."""

import datetime
from dataclasses import replace

from automation.described import studios
from proof.prove import prove
from tests.automation.described import studios_of_aws
from tests.automation.described.parity import Told, said
from tests.policies.mutations import studios as of_studios
from tests.policies.mutations.stacks import ACCOUNT, REGION, Of, stack

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
MADE = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)


def real_id(node):
    """As the provider calls it: by its name."""
    own = node.resource.type == ENDPOINT
    return node.resource.name if own else studios_of_aws.real_id(node)


def tell(answers, told, asks=None):
    """Endpoints one at a time, after one of others. asks: which configuration each asks by."""
    studios_of_aws.tell(answers, told)
    endpoints = {node.resource.name: node for node in told.each(ENDPOINT)}

    def named(name):
        arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name}"
        return {"EndpointName": name, "EndpointArn": arn, "EndpointStatus": "InService",
                "CreationTime": MADE, "LastModifiedTime": MADE}  # fmt: skip

    listed = [named(name) for name in ("of-others", *endpoints)]
    answers.says("sagemaker", "ListEndpoints",
                 lambda asked: studios_of_aws._page(asked, listed, "Endpoints"))  # fmt: skip
    answers.says("sagemaker", "DescribeEndpoint", lambda asked: {
        **named(asked["EndpointName"]), "ProductionVariants": [{"VariantName": "x"}],
        "EndpointConfigName": asks
        or endpoints[asked["EndpointName"]].resource.props["endpointConfigName"],
    })  # fmt: skip


TOLD = Told(studios.KINDS, (tell,), real_id)


def served(config=None):
    """The closed design with an endpoint. config: whose name it asks by, in place of its own."""
    before = stack("dev", True)
    before = before.having(*of_studios.studios(before))
    asked = config or Of(before.first(CONFIG), "name")
    return before.having(before.makes(ENDPOINT, "endpoint", {"endpointConfigName": asked}))


def test_a_closed_endpoint_is_closed_by_what_aws_says(stubbed, monkeypatch):
    assert TOLD.same(stubbed, served(), monkeypatch, "closed") == set()


def test_an_endpoint_by_a_configuration_of_others_is_found(stubbed, monkeypatch):
    found = TOLD.same(stubbed, served("of-others"), monkeypatch, "open")
    assert found == {("CN-004", "endpoint")}


def test_an_endpoint_that_somebody_has_turned_to_another_configuration_is_found(
    stubbed, monkeypatch
):
    before = served()
    beside = replace(TOLD, tell=(lambda answers, told: tell(answers, told, "of-others"),))
    deployment, described = beside.read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert described.missing == [] and by_aws.verdict == "open"
    assert said(by_aws) == {("CN-004", "endpoint")}
