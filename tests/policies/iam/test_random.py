"""Random policies: the evaluator against a second one, and the solver against every request."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam.evaluate import Answer, evaluate
from iam.perimeter import endpoint_reaches_outside, resource_admits_outside
from iam.requests import Closed, Open, Undecided
from rules.boundary import Boundary
from rules.documents import parse_document
from tests.policies.iam.oracle import allowed
from tests.policies.iam.strategies import ORGANIZATION, OWN, documents
from tests.policies.iam.universe import as_facts, beyond_endpoint, foreign_caller, requests

BOUNDARY = Boundary(accounts=frozenset({OWN}), organization_id=ORGANIZATION)
MEANT = {Answer.YES: True, Answer.NO: False}
SLOW = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@SLOW
@given(documents(), st.integers(0, 9))
def test_two_evaluators_agree_on_every_request(document, seed):
    statements = parse_document(document)
    for request, plain in requests(document, seed):
        answer, expected = evaluate(statements, request).allowed, allowed(document, plain)
        if answer in MEANT and expected is not None:
            assert MEANT[answer] is expected, (document, request)


def test_the_evaluators_are_seldom_unsure():
    answers = Counter()

    @settings(max_examples=40, database=None, derandomize=True)
    @given(documents())
    def ask(document):
        statements = parse_document(document)
        for request, plain in requests(document, seed=0):
            answers[evaluate(statements, request).allowed] += 1
            answers[allowed(document, plain)] += 1

    ask()
    assert answers[True] > 100 and answers[Answer.YES] > 100
    assert answers[None] + answers[Answer.MAYBE] < sum(answers.values()) / 10, answers


def decided(decision, document, seed, outside):
    """The decision against the whole small world."""
    found = [
        request
        for request, plain in requests(document, seed)
        if outside(request) and allowed(document, plain) is True
    ]
    if isinstance(decision, Open):
        r = decision.request
        account = r.principal.owner.account if r.principal.owner else None
        names = (r.principal.kind, r.principal.name, account)
        what = (r.action, r.resource, r.context, r.principal.session)
        assert allowed(document, as_facts(*names, *what)) is True
        assert outside(r)
    if isinstance(decision, Undecided):
        assert "disagree" not in " ".join(decision.reasons)
    if isinstance(decision, Closed):
        assert found == []
    return type(decision)


@SLOW
@given(documents(), st.integers(0, 9))
def test_a_closed_endpoint_lets_nothing_of_the_world_through(document, seed):
    decided(endpoint_reaches_outside(document, BOUNDARY), document, seed, beyond_endpoint)


@SLOW
@given(documents(), st.integers(0, 9))
def test_a_closed_resource_admits_nobody_of_the_world(document, seed):
    decided(resource_admits_outside(document, BOUNDARY, "any"), document, seed, foreign_caller)


def test_most_policies_are_decided():
    kinds = Counter()

    @settings(max_examples=100, database=None, derandomize=True)
    @given(documents())
    def ask(document):
        kinds[type(endpoint_reaches_outside(document, BOUNDARY))] += 1

    ask()
    assert kinds[Closed] > 10 and kinds[Open] > 10
    assert kinds[Undecided] < sum(kinds.values()) / 20, kinds
