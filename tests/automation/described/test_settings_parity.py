"""`prove --live` says of deliveries, grants, registries, firewalls and settings of an account what
`prove --state` says, as test_parity.py shows it of data services and functions."""

import pytest

from automation.aws_calls import Account, account_of
from automation.described.tables import KINDS
from proof.prove import prove
from rules.unknowns import has_unknown
from tests.automation.described import settings_of_aws
from tests.automation.described.parity import Told, said
from tests.automation.described.settings_of_aws import as_made
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.designs import DESIGNS as EVERY_DESIGN
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import Stack, stack

TOKENS = {settings_of_aws.KEY, *settings_of_aws.TYPES}
TOLD = Told(
    [kind for kind in KINDS if kind.token in TOKENS],
    (settings_of_aws.tell,),
    settings_of_aws.real_id,
)
DESIGNS = ("a hub with a firewall", "central logs", "events", "keys by services")
BEFORE = stack("dev", True)


def opened_by(mutation: Mutation) -> Stack | None:
    """The first place that a mutation opens, if it is about what is told here. Where something is
    unknown before it is made, AWS knows it afterwards."""
    try:
        places = list(mutation.change(BEFORE))
    except LookupError:
        return None
    for opened in places[:1]:
        touched = [n for n in opened.deployment.nodes.values() if n.resource.name in opened.touched]
        types = {node.resource.type for node in touched}
        if types & set(settings_of_aws.TYPES) and not any(
            has_unknown(node.resource.props) for node in touched
        ):
            return opened
    return None


MUTATIONS = {
    entry.mutation.name: opened
    for entry in ENTRIES
    if entry.mutation.verdict == "open" and (opened := opened_by(entry.mutation)) is not None
}


@pytest.fixture(scope="module")
def account() -> Account:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    return account_of({**keys, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})


def test_there_is_a_mutation_of_every_type_that_only_these_show():
    touched = {
        node.resource.type
        for opened in MUTATIONS.values()
        for node in opened.deployment.nodes.values()
        if node.resource.name in opened.touched
    }
    shown_elsewhere = {settings_of_aws.EXTERNAL, settings_of_aws.REPLICA, settings_of_aws.FIREWALL}
    assert len(MUTATIONS) > 40
    assert set(settings_of_aws.TYPES) - touched == shown_elsewhere


@pytest.mark.parametrize("name", DESIGNS)
def test_a_closed_design_is_closed_by_what_aws_says(account, monkeypatch, name):
    after = as_made(EVERY_DESIGN[name](BEFORE))
    deployment, described = TOLD.read(account, after, monkeypatch)
    assert described.missing == []
    assert deployment.nodes.keys() == after.deployment.nodes.keys()
    by_state, by_aws = proved("dev", after).proof, prove(deployment, after.boundary)
    assert said(by_aws) == said(by_state) == set(), [f for f in by_aws.findings if f.counts]
    assert by_aws.verdict == by_state.verdict == "closed"
    assert by_aws.interfaces == by_state.interfaces


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_opens_one_is_found_by_what_aws_says(account, monkeypatch, name):
    opened = as_made(MUTATIONS[name])
    deployment, described = TOLD.read(account, opened, monkeypatch)
    assert described.missing == []
    assert deployment.nodes.keys() == opened.deployment.nodes.keys()
    by_state, by_aws = proved("dev", opened).proof, prove(deployment, opened.boundary)
    assert by_state.verdict == by_aws.verdict == "open"
    assert said(by_aws) == said(by_state)
