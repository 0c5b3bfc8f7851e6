"""`prove --live` says of what is shared with others what `prove --state` says: somebody answers for
its being there, and whom it lets in is judged by what AWS tells."""

from datetime import timedelta

import pytest

from automation.described.tables import KINDS
from proof.prove import prove
from rules.boundary import RuleException
from rules.unknowns import has_unknown
from tests.automation.described import sharing_of_aws as of
from tests.automation.described.data_services_of_aws import id_of
from tests.automation.described.parity import Told
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.designs import DESIGNS as EVERY_DESIGN
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.parts import connection, supply
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import FOREIGN, TODAY, Stack, stack

TOLD = Told(
    [kind for kind in KINDS if kind.token in of.TYPES],
    (of.tell,),
    lambda node: of.real_id(node) or id_of(node),
)
DESIGNS = ("shared subnets", "VPC Lattice within", "Direct Connect within", "an endpoint service")
BEFORE = stack("dev", True)


def as_made(opened: Stack) -> Stack:
    """With what AWS would want to be said of each thing."""
    named = [
        opened.edited(node, {k: v for k, v in of.given(node).items()
                             if k not in node.resource.props})
        for node in opened.each(*of.TYPES)
    ]  # fmt: skip
    return opened.having(*named)


def opened_by(mutation: Mutation) -> Stack | None:
    """The first place that a mutation opens by whom something lets in: what a rule refuses by its
    type alone is refused whoever reads it."""
    try:
        places = list(mutation.change(BEFORE))
    except LookupError:
        return None
    for opened in places[:1]:
        touched = [n for n in opened.deployment.nodes.values() if n.resource.name in opened.touched]
        judged = [n for n in touched if n.resource.type in of.TYPES and n.resource.props]
        if judged and not any(has_unknown(node.resource.props) for node in touched):
            return opened
    return None


MUTATIONS = {
    entry.mutation.name: opened
    for entry in ENTRIES
    if entry.mutation.verdict == "open" and (opened := opened_by(entry.mutation)) is not None
}


def test_there_is_a_mutation_of_nearly_every_type():
    touched = {
        node.resource.type
        for opened in MUTATIONS.values()
        for node in opened.deployment.nodes.values()
        if node.resource.name in opened.touched
    }
    assert set(of.TYPES) - touched <= {of.SHARED, of.TRANSIT}, "its resources, and private ones"
    assert len(MUTATIONS) > 12


@pytest.mark.parametrize("name", DESIGNS)
def test_a_closed_design_is_closed_by_what_aws_says(stubbed, monkeypatch, name):
    after = as_made(EVERY_DESIGN[name](BEFORE))
    assert TOLD.same(stubbed, after, monkeypatch, "closed") == set()


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_opens_one_is_found_by_what_aws_says(stubbed, monkeypatch, name):
    opened = as_made(MUTATIONS[name])
    assert TOLD.same(stubbed, opened, monkeypatch, "open")


def test_a_share_whose_principals_are_recorded_as_a_whole_tells_each_of_them_once(
    stubbed, monkeypatch
):
    """By what they are recorded as, and not as associations that nobody has recorded."""
    shared = EVERY_DESIGN["shared subnets"](BEFORE)
    (to,) = shared.each(of.SHARED_WITH)
    listed = {
        "resourceShareArn": to.resource.props["resourceShareArn"],
        "principals": [to.resource.props["principal"]],
    }
    after = shared.lacking(*shared.each(of.SHARED_WITH, of.SHARED))
    after = after.having(after.makes(of.WHOLE, "subnets-whole", listed))
    deployment, described = TOLD.read(stubbed, after, monkeypatch)
    assert described.missing == [] and any(deployment.of_type(of.WHOLE))
    assert deployment.nodes.keys() == after.deployment.nodes.keys()
    assert prove(deployment, after.boundary).verdict == proved("dev", after).proof.verdict


def test_whom_a_resource_of_its_own_lets_in_is_told_with_that_and_not_with_the_service(
    stubbed, monkeypatch
):
    """So whoever answers for that resource answers for the account."""
    offers = as_made(EVERY_DESIGN["an endpoint service"](BEFORE))
    (service,) = offers.each(of.SERVICE)
    name = service.resource.name
    partner = offers.makes(of.ALLOWED, f"{name}-partner", {
        "vpcEndpointServiceId": id_of(service), "principalArn": f"arn:aws:iam::{FOREIGN}:root",
    })  # fmt: skip
    of_it = connection(partner.resource.name, "10.99.0.0/24")
    answers = RuleException("CN-159", of_it.name, None, "net", "agreed", TODAY + timedelta(days=20))
    after = offers.having(partner).declaring(
        connections=(*offers.boundary.connections, of_it),
        exceptions=(*offers.boundary.exceptions, answers),
        supplied=(*offers.boundary.supplied, supply(id_of(service))),
    )
    assert TOLD.same(stubbed, after, monkeypatch, "open, answered for") == set()
    unanswered = after.declaring(exceptions=offers.boundary.exceptions)
    assert TOLD.same(stubbed, unanswered, monkeypatch, "open") == {("CN-159", of_it.name)}
