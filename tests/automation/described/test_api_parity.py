"""`prove --live` says of private APIs of API Gateway what `prove --state` says.

The closed design, and everything that opens it, is told to the reader as AWS would tell it, and
read. What somebody has put beside the record, and what a stage serves of an older deployment, only
AWS tells.
"""

import json
from copy import deepcopy
from dataclasses import replace
from functools import partial

import pytest

from automation.described import apis, functions, links
from automation.described.reader import Reading
from automation.described.scope import Scope
from automation.described.tables import KINDS
from proof.prove import prove
from rules.unknowns import UNKNOWN, has_unknown
from tests.automation.described import apis_of_aws, functions_of_aws
from tests.automation.described.parity import HERE, Told, said
from tests.policies.mutations import apis as of_apis
from tests.policies.mutations.mutation import made_with
from tests.policies.mutations.stacks import REGION, stack

# What AWS takes of nobody, and so tells of nobody.
UNREADABLE = (
    f"CN-255 {of_apis.INTEGRATION} type absent",
    f"CN-255 {of_apis.API} body {{",
    f"CN-256 {of_apis.API} policy {{",
)
# Where something is unknown before it is made, AWS knows it afterwards.
MUTATIONS = [
    mutation
    for mutation in (*of_apis.MUTATIONS, *of_apis.FURTHER)
    if not mutation.name.endswith(f" {UNKNOWN}") and mutation.name not in UNREADABLE
]
SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
OWN_KINDS = (*apis.KINDS, *links.KINDS, *(kind for kind in KINDS if kind.token == SERVICE))
TOLD = Told(OWN_KINDS, (apis_of_aws.tell,), apis_of_aws.real_id)


def designed():
    return of_apis.designed(stack("dev", True))


def test_a_closed_design_is_closed_by_what_aws_says(stubbed, monkeypatch):
    after = designed()
    assert len([n for n in after.deployment.nodes.values() if n.resource.type in TOLD.tokens]) > 5
    assert TOLD.same(stubbed, after, monkeypatch, "closed") == set()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name for mutation in MUTATIONS])
def test_what_opens_one_is_found_by_what_aws_says(stubbed, monkeypatch, mutation):
    (opened,) = mutation.change(stack("dev", True))
    assert not any(has_unknown(n.resource.props) for n in opened.deployment.nodes.values())
    if mutation.name.endswith(f"{of_apis.DOMAIN} endpointConfiguration.types EDGE"):
        # What leads to an API from a private name has that one's id, and is called by it.
        opened = opened.lacking(*opened.each(of_apis.MAPPING))
    assert TOLD.same(stubbed, opened, monkeypatch, "open")


@pytest.mark.parametrize(("type_", "named"), [
    (of_apis.AUTHORIZER, "restApi"), (of_apis.PUT, "restApiId"),
])  # fmt: skip
def test_what_is_recorded_of_somebody_elses_api_is_read(stubbed, monkeypatch, type_, named):
    """And nothing else of that."""
    change = made_with(of_apis.apis, type_, named, apis_of_aws.OF_OTHERS)
    (opened,) = change(stack("dev", True))
    assert ("CN-004", opened.first(type_).resource.name) in TOLD.same(
        stubbed, opened, monkeypatch, "open"
    )


def of(stack, name):
    """The id of an API."""
    (node,) = (n for n in stack.each(of_apis.API) if n.resource.name == name)
    return apis_of_aws.real_id(node)


INTERNET = {"type": "HTTP_PROXY", "uri": "https://x.example", "connectionType": "INTERNET"}
ANYBODY = of_apis.written(of_apis.policy())


@pytest.mark.parametrize("api", ["orders", "reports"])
def test_an_integration_that_somebody_has_put_beside_the_record_is_found(stubbed, monkeypatch, api):
    """Of an API with a recorded body in that, and else by itself."""
    before = designed()
    door = before.makes(of_apis.INTEGRATION, "door", {**INTERNET, "restApi": of(before, api)})
    opened = before.having(door)
    deployment, described = TOLD.read(stubbed, opened, monkeypatch, beside=of_apis.INTEGRATION)
    assert described.missing == []
    by_aws = prove(deployment, opened.boundary)
    name = "reports" if api == "reports" else f"agi-{of(before, api)}-of-door-GET"
    assert by_aws.verdict == "open" and said(by_aws) == {("CN-255", name)}


def test_an_authorizer_that_somebody_has_put_beside_the_record_is_found(stubbed, monkeypatch):
    """And one of nobody's record that asks an own function is no stranger's."""
    before = designed()
    asks = {"restApi": of(before, "reports"), "type": "REQUEST", "authorizerUri": "https://x"}
    (own,) = before.each(of_apis.AUTHORIZER)
    as_aws_has_it = str(own.resource.props["authorizerUri"]).replace(":function/", ":function:")
    own = before.edited(own, {"authorizerUri": as_aws_has_it}, within=True)
    door = before.makes(of_apis.AUTHORIZER, "door", asks)
    opened = functions_of_aws.as_made(before.having(own, door))
    told = Told(
        (*OWN_KINDS, *functions.KINDS), (apis_of_aws.tell, functions_of_aws.tell), real_id_of_all
    )
    deployment, _ = told.read(stubbed, opened, monkeypatch, beside=of_apis.AUTHORIZER)
    assert said(prove(deployment, opened.boundary)) == {("CN-255", "reports")}


def real_id_of_all(node):
    own = node.resource.type in apis_of_aws.TYPES
    return (apis_of_aws if own else functions_of_aws).real_id(node)


def test_a_policy_that_somebody_has_widened_beside_the_record_is_found(stubbed, monkeypatch):
    before = designed()
    (held,) = before.each(of_apis.POLICY)
    opened = before.having(before.edited(held, {"policy": ANYBODY}))
    deployment, described = TOLD.read(stubbed, opened, monkeypatch, beside=of_apis.POLICY)
    assert described.missing == []
    assert said(prove(deployment, opened.boundary)) == {("CN-256", "reports")}


def test_a_policy_that_is_recorded_as_a_resource_is_told_once(stubbed, monkeypatch):
    before = designed()
    deployment, _ = TOLD.read(stubbed, before, monkeypatch)
    told = {type_: {node.resource.name for node in deployment.of_type(type_)
                    if "policy" in node.resource.props}
            for type_ in (of_apis.API, of_apis.POLICY)}  # fmt: skip
    assert told == {of_apis.API: {"orders"}, of_apis.POLICY: {"reports"}}


STRANGE = {"restApiId": "a1b2c3d4e5", "stage": "live"}


@pytest.mark.parametrize("base", ["(none)", "more"])
def test_a_name_that_somebody_has_led_to_another_api_is_found(stubbed, monkeypatch, base):
    """Where it is recorded, and by a path beside that."""
    before = designed()
    (kept,) = before.each(of_apis.MAPPING)
    name = str(kept.resource.props["domainName"])

    def tell(answers, stack):
        apis_of_aws.tell(answers, stack)
        there = {m["basePath"]: m for m in map(apis_of_aws._mapping, stack.each(of_apis.MAPPING))}
        there[base] = {**STRANGE, "basePath": base}
        answers.says("apigateway", "GetBasePathMappings", lambda _: {"items": [*there.values()]})

    deployment, described = replace(TOLD, tell=(tell,)).read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert described.missing == [] and by_aws.verdict == "open"
    told = "orders" if base == "(none)" else f"{name}/{base}/id-of-orders"
    assert said(by_aws) == {("CN-004", told)}


@pytest.mark.parametrize("kind", [{"domainNameId": "of-others"}, {}])
def test_another_name_that_is_spelled_alike_is_nobodys_here(stubbed, monkeypatch, kind):
    """One that is private may be there more than once, and once as a public one."""
    before = designed()
    (kept,) = before.each(of_apis.MAPPING)
    name = str(kept.resource.props["domainName"])

    def tell(answers, stack):
        apis_of_aws.tell(answers, stack)
        told = answers._says["apigateway", "GetBasePathMappings"]
        strange = {"items": [{**STRANGE, "basePath": "(none)"}]}
        answers.lists("apigateway", "GetDomainNames", "items", {"domainName": name, **kind})
        answers.says("apigateway", "GetBasePathMappings", lambda asked: (
            told(asked) if asked.get("domainNameId") == "id-of-orders" else strange
        ))  # fmt: skip

    assert replace(TOLD, tell=(tell,)).same(stubbed, before, monkeypatch, "closed") == set()


def serving(api, *stages):
    """What is told where an API has these stages."""
    return replace(TOLD, tell=(partial(apis_of_aws.tell, stages={api: stages}),))


def served(stubbed, monkeypatch, **changed):
    """What is found where a stage of the first API serves something else than what is written."""
    before = designed()
    api = of(before, "orders")
    now = apis_of_aws.exported(apis_of_aws.of_aws(before, api))
    told = serving(api, apis_of_aws.stage("old", {**now, **changed}))
    deployment, described = told.read(stubbed, before, monkeypatch)
    assert described.missing == []
    more = deployment.nodes.keys() - before.deployment.nodes.keys()
    return prove(deployment, before.boundary), f"{api}/old", more


def test_an_older_deployment_that_calls_over_the_internet_is_found(stubbed, monkeypatch):
    asked = {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://x.example"}}
    by_aws, name, _ = served(stubbed, monkeypatch, paths={"/x": {"get": asked}})
    assert by_aws.verdict == "open" and said(by_aws) == {("CN-255", name)}


def test_an_older_deployment_that_asks_somebody_elses_function_is_found(stubbed, monkeypatch):
    asks = {"x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": "https://x"}}
    schemes = {"securitySchemes": {"asks": asks}}
    by_aws, name, _ = served(stubbed, monkeypatch, components=schemes)
    assert by_aws.verdict == "open" and said(by_aws) == {("CN-255", name)}


def test_an_older_deployment_that_takes_an_issuers_tokens_is_found(stubbed, monkeypatch):
    asks = {"x-amazon-apigateway-authorizer": {"type": "jwt", "jwtConfiguration": {}}}
    schemes = {"securitySchemes": {"asks": asks}}
    by_aws, name, _ = served(stubbed, monkeypatch, components=schemes)
    assert by_aws.verdict == "open" and said(by_aws) == {("CN-255", name)}


def test_a_policy_of_an_older_deployment_is_found(stubbed, monkeypatch):
    """What has been closed since is served as it was until it is deployed."""
    policy = {"x-amazon-apigateway-policy": json.loads(ANYBODY)}
    by_aws, name, _ = served(stubbed, monkeypatch, **policy)
    assert by_aws.verdict == "open" and said(by_aws) == {("CN-256", name)}


# What a request says, so that SQS takes another queue than the one in the URI.
ANOTHER_QUEUE = [
    {"requestTemplates": {"application/json": "Action=SendMessage&QueueUrl=https://x.example"}},
    {"requestParameters": {"integration.request.header.X-Amz-Target": "'AmazonSQS.SendMessage'"}},
]


@pytest.mark.parametrize("said_now", ANOTHER_QUEUE, ids=lambda said_now: next(iter(said_now)))
@pytest.mark.parametrize("older", [False, True])
def test_a_request_of_a_body_that_somebody_turned_to_another_queue_is_found(
    stubbed, monkeypatch, said_now, older
):
    """Written or served, with all else of the integration as it was."""
    before = designed()
    api = of(before, "reports")
    now = apis_of_aws.of_aws(before, api)
    turned = deepcopy(now)
    (asked,) = (m["methodIntegration"] for resource in turned["_resources"]
                for m in resource.get("resourceMethods", {}).values())  # fmt: skip
    asked.update(said_now)
    serves = apis_of_aws.stage("live", apis_of_aws.exported(turned if older else now))

    def tell(answers, stack):
        apis_of_aws.tell(answers, stack, stages={api: [serves]})
        told = answers._says["apigateway", "GetResources"]
        if not older:
            answers.says("apigateway", "GetResources", lambda asked: (
                {"items": turned["_resources"]} if asked["restApiId"] == api else told(asked)
            ))  # fmt: skip

    deployment, described = replace(TOLD, tell=(tell,)).read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert described.missing == [] and by_aws.verdict == "open"
    assert said(by_aws) == {("CN-255", f"{api}/live" if older else "reports")}


def test_an_older_deployment_that_is_closed_is_told_and_closed(stubbed, monkeypatch):
    asked = {"x-amazon-apigateway-integration": {
        "type": "aws", "uri": f"arn:aws:apigateway:{REGION}:sqs:path/123456789012/older",
    }}  # fmt: skip
    by_aws, name, more = served(stubbed, monkeypatch, paths={"/x": {"get": asked}})
    assert by_aws.verdict == "closed"
    stage = f"ags-{name.replace('/', '-')}"
    assert sorted(urn.rsplit("::", 1)[1] for urn in more) == [stage, name]


def test_a_policy_that_no_export_tells_of_is_unknown(stubbed, monkeypatch):
    by_aws, name, _ = served(stubbed, monkeypatch, **{"x-amazon-apigateway-policy": None})
    assert by_aws.verdict == "undecided" and said(by_aws) == {("CN-256", name)}


def test_what_aws_refuses_to_export_is_unknown(stubbed, monkeypatch):
    before = designed()
    api = of(before, "orders")
    deployment, _ = serving(api, apis_of_aws.stage("of-yaml")).read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert by_aws.verdict == "undecided"
    assert said(by_aws) >= {("CN-255", f"{api}/of-yaml"), ("CN-256", f"{api}/of-yaml")}
    assert {resource for _, resource in said(by_aws)} == {f"{api}/of-yaml"}


@pytest.mark.parametrize("name", ["live", "other"])
def test_a_canary_that_somebody_has_put_beside_the_record_is_found(stubbed, monkeypatch, name):
    """At the recorded stage, and at another one."""
    before = designed()
    api = of(before, "orders")
    now = apis_of_aws.exported(apis_of_aws.of_aws(before, api))
    canary = {"deploymentId": "d2", "percentTraffic": 0.5, "useStageCache": False}
    told = serving(api, apis_of_aws.stage(name, now, canarySettings=canary))
    deployment, described = told.read(stubbed, before, monkeypatch)
    by_aws = prove(deployment, before.boundary)
    assert described.missing == [] and by_aws.verdict == "open"
    assert said(by_aws) == {("CN-255", "orders" if name == "live" else f"ags-{api}-other")}


def test_a_canary_of_which_nothing_is_said_is_none(stubbed, monkeypatch):
    before = designed()
    api = of(before, "orders")
    now = apis_of_aws.exported(apis_of_aws.of_aws(before, api))
    told = serving(api, apis_of_aws.stage("live", now, canarySettings={}, accessLogSettings={}))
    assert told.same(stubbed, before, monkeypatch, "closed") == set()


def test_more_apis_than_an_answer_holds_are_read(stubbed, monkeypatch):
    names = [f"api{number}" for number in range(1200)]

    def answer(operation, asked):
        if operation != "GetRestApis":
            return {"items": [], "item": []}
        begin, most = int(asked.get("position", 0)), asked["limit"]
        assert most <= 500  # AWS takes no more
        more = {"position": str(begin + most)} if begin + most < len(names) else {}
        return {"items": [{"id": name} for name in names[begin : begin + most]], **more}

    monkeypatch.setattr(stubbed.client("apigateway", REGION), "_make_api_call", answer)
    scope = Scope.of(types=[of_apis.API])
    found = Reading(stubbed, REGION, HERE).run([apis.APIS], scope)
    assert [thing.item["id"] for thing in found[apis.APIS]] == names
