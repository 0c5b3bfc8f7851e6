"""Behind a VPC link of API Gateway stands an endpoint service that EC2 does not mark: it is told
with the link, and held against whom its connection names; anything more is somebody else's."""

from dataclasses import replace

import pytest

from automation.described import links, sharing
from automation.described.reader import Reading
from automation.described.scope import Scope
from proof.prove import prove
from tests.automation.described import apis_of_aws
from tests.automation.described.answers import Answers
from tests.automation.described.parity import HERE, said
from tests.automation.described.test_api_parity import SERVICE, TOLD, designed
from tests.policies.mutations.apis import API, INTEGRATION, LINK, OF_API_GATEWAY, PUT
from tests.policies.mutations.parts import connection, supply
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, ORGANIZATION, REGION

OF_OTHERS = "vpce-svc-of-others"
ALLOWED = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"


def balancer(stack):
    return stack.first(LINK).resource.props["targetArn"]


def proved(stubbed, monkeypatch, before, *more, missing=()):
    """more: each adds to what AWS has."""

    def tell(answers, stack):
        apis_of_aws.tell(answers, stack)
        for add in more:
            add(answers)

    deployment, described = replace(TOLD, tell=(tell,)).read(stubbed, before, monkeypatch)
    assert [resource.type for resource in described.missing] == [*missing]
    told = {node.resource.name for node in deployment.of_type(SERVICE)}
    return prove(deployment, before.boundary), told


def has(answers, operation, member, *items):
    """In place of what was told."""
    service = "ec2" if operation.startswith("Describe") else "apigateway"
    answers._items[service, operation, member] = [*items]


def with_service(balancer, *names):
    services = [apis_of_aws.endpoint_service(balancer, name) for name in names]
    return lambda answers: answers.lists(
        "ec2", "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations", *services
    )


def with_links(*links):
    return lambda answers: has(answers, "GetVpcLinks", "items", *links)


def link(stack, id_, status="AVAILABLE"):
    return {"id": id_, "name": "x", "targetArns": [balancer(stack)], "status": status}


def own_link(stack):
    return apis_of_aws.real_id(stack.first(LINK))


def test_the_service_behind_a_link_is_told_with_it(stubbed, monkeypatch):
    by_aws, told = proved(stubbed, monkeypatch, designed())
    assert by_aws.verdict == "closed" and told == set()


def test_whom_it_lets_in_is_held_against_what_the_connection_names(stubbed, monkeypatch):
    """Somebody of the account may let in others by it."""
    by_aws, told = proved(
        stubbed, monkeypatch, designed(),
        lambda answers: apis_of_aws.lets_in(answers, OF_API_GATEWAY, FOREIGN),
    )  # fmt: skip
    assert by_aws.verdict == "open" and told == set()
    (finding,) = (f for f in by_aws.findings if f.counts)
    assert (finding.rule, finding.resource) == ("CN-159", "orders") and FOREIGN in finding.what


@pytest.mark.parametrize("who", [
    "*", "apigateway.amazonaws.com", f"arn:aws:iam::{ACCOUNT}:root",
    f"arn:aws:organizations::{ACCOUNT}:organization/{ORGANIZATION}",
])  # fmt: skip
def test_nobody_but_whom_the_connection_names_is_inside_for_a_link(stubbed, monkeypatch, who):
    """Not the own account either, and not the own organization: API Gateway lets neither in."""
    by_aws, _ = proved(stubbed, monkeypatch, designed(), lambda answers: answers.says(
        "ec2", "DescribeVpcEndpointServicePermissions",
        lambda _: {"AllowedPrincipals": [{"Principal": who}]},
    ))  # fmt: skip
    assert by_aws.verdict == "open" and said(by_aws) == {("CN-159", "orders")}


def test_whom_nobody_names_is_told_once_with_the_account_that_it_is(stubbed, monkeypatch):
    before = designed()
    (*others, named) = before.boundary.connections
    before = before.declaring(connections=(*others, replace(named, accounts=frozenset())))
    by_aws, _ = proved(stubbed, monkeypatch, before)
    (finding,) = (f for f in by_aws.findings if f.counts)
    assert OF_API_GATEWAY in finding.what


def test_of_more_services_than_links_each_is_somebody_elses(stubbed, monkeypatch):
    before = designed()
    by_aws, told = proved(
        stubbed, monkeypatch, before, with_service(balancer(before), "of-others")
    )  # fmt: skip
    assert by_aws.verdict == "open" and told == {"vpce-svc-of-a-link", OF_OTHERS}
    assert said(by_aws) == {(rule, name) for rule in ("CN-025", "CN-159") for name in told}


def test_a_service_of_two_load_balancers_is_none_of_a_link(stubbed, monkeypatch):
    before = designed()
    of_two = apis_of_aws.endpoint_service(balancer(before), "of-others")
    of_two["NetworkLoadBalancerArns"].append(balancer(before).replace("orders", "other"))
    by_aws, told = proved(
        stubbed, monkeypatch, before,
        lambda answers: has(answers, "DescribeVpcEndpointServiceConfigurations",
                            "ServiceConfigurations", of_two),
    )  # fmt: skip
    assert by_aws.verdict == "open" and told == {OF_OTHERS}


@pytest.mark.parametrize("status", ["FAILED", "DELETING"])
def test_a_link_that_has_none_stands_for_none(stubbed, monkeypatch, status):
    before = designed()
    broken = link(before, own_link(before), status)
    by_aws, told = proved(stubbed, monkeypatch, before, with_links(broken))
    assert by_aws.verdict == "open" and told == {"vpce-svc-of-a-link"}


def test_a_link_that_is_being_made_has_its_service(stubbed, monkeypatch):
    before = designed()
    by_aws, told = proved(
        stubbed, monkeypatch, before, with_links(link(before, own_link(before), "PENDING"))
    )  # fmt: skip
    assert by_aws.verdict == "closed" and told == set()


def test_a_link_that_somebody_has_put_beside_the_record_is_found(stubbed, monkeypatch):
    """Its service is told with it, and nobody answers for either."""
    before = designed()
    both = [link(before, id_) for id_ in (own_link(before), "of-others")]
    by_aws, told = proved(
        stubbed, monkeypatch, before, with_links(*both),
        with_service(balancer(before), "of-others"),
    )  # fmt: skip
    assert by_aws.verdict == "open" and told == set()
    assert said(by_aws) == {("CN-025", "of-others"), ("CN-159", "of-others")}


def two_links():
    """Both of the record, at one load balancer, each named by a connection."""
    before = designed()
    more = before.makes(LINK, "more", {"targetArn": balancer(before)})
    (*others, named) = before.boundary.connections
    return before.having(more).declaring(connections=(*others, named, replace(named, name="more")))


@pytest.mark.parametrize("names", ["", "a", "ab"])
def test_of_two_links_one_may_have_its_service_before_the_other(stubbed, monkeypatch, names):
    before = two_links()
    services = [apis_of_aws.endpoint_service(balancer(before), name) for name in names]
    by_aws, told = proved(stubbed, monkeypatch, before, lambda answers: has(
        answers, "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations", *services
    ))  # fmt: skip
    assert by_aws.verdict == "closed" and told == set()


@pytest.mark.parametrize("strange", ["a", "b"])
def test_whom_either_of_two_services_lets_in_is_held_against_both_links(
    stubbed, monkeypatch, strange
):
    """Nobody knows which of them is whose."""
    before = two_links()

    def tell(answers):
        services = (apis_of_aws.endpoint_service(balancer(before), name) for name in "ab")
        has(answers, "DescribeVpcEndpointServiceConfigurations", "ServiceConfigurations", *services)
        answers.says("ec2", "DescribeVpcEndpointServicePermissions", lambda asked: {
            "AllowedPrincipals": [{"Principal": f"arn:aws:iam::{account}:root"} for account in (
                FOREIGN if asked["ServiceId"].endswith(strange) else OF_API_GATEWAY,
            )],
        })  # fmt: skip

    by_aws, told = proved(stubbed, monkeypatch, before, tell)
    assert by_aws.verdict == "open" and told == set()
    assert said(by_aws) == {("CN-159", "orders"), ("CN-159", "more")}


def test_the_service_of_a_link_that_is_gone_is_somebody_elses(stubbed, monkeypatch):
    before = designed()
    by_aws, told = proved(stubbed, monkeypatch, before, with_links(), missing=[LINK])
    assert by_aws.verdict == "open" and told == {"vpce-svc-of-a-link"}


def test_a_link_that_is_only_looked_up_is_told_by_its_id(stubbed, monkeypatch):
    """Another stack has made it, and by the record nobody knows where it ends: whoever names it as
    what it is called there answers for it."""
    before = designed()
    (looked_up,) = before.each(LINK)
    id_ = own_link(before)
    (asks,) = (n for n in before.each(INTEGRATION) if "connectionId" in n.resource.props)
    supplied = (*before.boundary.supplied, supply(id_))
    after = before.lacking(looked_up).having(before.edited(asks, {"connectionId": id_}))
    after = after.declaring(supplied=supplied)
    has_it = (with_links(link(before, id_)), with_service(balancer(before), "of-a-link"))
    by_aws, told = proved(stubbed, monkeypatch, after, *has_it)
    assert by_aws.verdict == "open" and told == set()
    assert said(by_aws) == {("CN-025", id_), ("CN-159", id_)}
    (*others, named) = after.boundary.connections
    after = after.declaring(connections=(*others, replace(named, name=id_)))
    by_aws, told = proved(stubbed, monkeypatch, after, *has_it)
    assert by_aws.verdict == "closed" and told == set()


@pytest.mark.parametrize("type_", [LINK, API, PUT, INTEGRATION])
def test_links_are_asked_for_wherever_something_may_name_one(stubbed, monkeypatch, type_):
    before = designed()
    answers = Answers(stubbed, REGION)
    apis_of_aws.tell(answers, before)
    answers.answering(["apigateway"], monkeypatch.setattr)
    reading = Reading(stubbed, REGION, HERE)
    (found,) = reading.run([links.LINKS], Scope.of([balancer(before)], types=[type_])).values()
    assert [thing.ids for thing in found] == [{own_link(before)}]


@pytest.mark.parametrize(("type_", "at", "told"), [
    (LINK, SERVICE, {"behind"}), ("aws:x/y:Z", SERVICE, set()), (LINK, "aws:x/y:Z", set()),
])  # fmt: skip
def test_nothing_but_a_service_is_told_with_a_link_and_with_nothing_else(type_, at, told):
    front = {"type": type_, "inputs": {"targetArn": "nlb"}, "outputs": {"id": "front"}}
    behind = {"type": at, "inputs": {"networkLoadBalancerArns": ["nlb"]}, "urn": "behind"}
    assert links.told_with_links([front], [behind], {}) == told
    assert ("allowedPrincipals" in front["inputs"]) is bool(told), "or nothing is said of it"


def test_a_service_that_is_recorded_counts_for_no_link(stubbed, monkeypatch):
    """It stands beside that of the link, and is judged by itself."""
    before = designed()
    props = {"networkLoadBalancerArns": [balancer(before)], "acceptanceRequired": True}
    own = before.makes(SERVICE, "own", props)
    recorded = apis_of_aws.endpoint_service(balancer(before), "own")
    recorded["ServiceId"] = apis_of_aws.real_id(own)
    by_aws, told = proved(
        stubbed, monkeypatch, before.having(own),
        lambda answers: answers.lists("ec2", "DescribeVpcEndpointServiceConfigurations",
                                      "ServiceConfigurations", recorded),
    )  # fmt: skip
    assert told == {"own"}
    assert said(by_aws) == {("CN-025", "own"), ("CN-159", "own")}


@pytest.mark.parametrize(("account", "verdict", "found"), [
    (ACCOUNT, "closed", set()), (FOREIGN, "open", {("CN-159", "partner")}),
])  # fmt: skip
def test_whom_a_resource_of_its_own_lets_in_at_the_service_of_a_link_is_not_the_links(
    stubbed, monkeypatch, account, verdict, found
):
    before, who = designed(), f"arn:aws:iam::{account}:root"
    service = "vpce-svc-of-a-link"
    partner = before.makes(ALLOWED, "partner", {
        "vpcEndpointServiceId": service, "principalArn": who,
    })  # fmt: skip
    after = before.having(partner).declaring(
        connections=(*before.boundary.connections, connection("partner", "10.99.0.0/24")),
        supplied=(*before.boundary.supplied, supply(service)),
    )
    kinds = tuple(kind for kind in sharing.KINDS if kind.token == ALLOWED)
    told = replace(TOLD, kinds=(*TOLD.kinds, *kinds), tell=(apis_of_aws.tell, lambda answers, _: (
        apis_of_aws.lets_in(answers, OF_API_GATEWAY, account)
    )))  # fmt: skip
    assert told.same(stubbed, after, monkeypatch, verdict) == found
