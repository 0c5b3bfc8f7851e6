"""A text that many carry is decided once, and said of each of them."""

import json
from typing import Any

import pytest

import iam.perimeter
from iam.requests import Decision
from iam.world import Question
from proof.prove import prove
from tests.policies.mutations.stacks import FOREIGN, Stack, stack

QUEUE, BUCKET, ROLE = "aws:sqs/queue:Queue", "aws:s3/bucket:Bucket", "aws:iam/role:Role"
BEFORE = stack("dev", True)


def policy(account: str) -> str:
    who = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": who, "Action": "sqs:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def asked(monkeypatch):
    """What was asked, as often as it was."""
    found: list[tuple[str, Question]] = []
    decide = iam.perimeter._decide

    def listening(document: Any, question: Question) -> Decision:
        found.append((document, question))
        return decide(document, question)

    monkeypatch.setattr(iam.perimeter, "_decide", listening)
    return found


def queues(*policies: str) -> Stack:
    made = [BEFORE.makes(QUEUE, f"q{i}", {"policy": text}) for i, text in enumerate(policies)]
    return BEFORE.having(*made)


def test_the_same_text_is_decided_once_and_said_of_each(asked):
    text = policy(FOREIGN)
    opened = queues(text, text, text)
    found = prove(opened.deployment, opened.boundary).findings
    said = {f.resource: (f.what, f.witness) for f in found if f.claim == "perimeter"}
    assert sorted(said) == ["q0", "q1", "q2"] and len(set(said.values())) == 1
    assert [document for document, _ in asked].count(text) == 1


def test_another_text_or_another_question_is_another_answer(asked):
    one, other = policy(FOREIGN), policy("210987654321")
    opened = queues(one, other)
    bucket = BEFORE.makes(BUCKET, "b", {"policy": one})
    role = BEFORE.makes(ROLE, "r", {"assumeRolePolicy": one})
    opened = opened.having(bucket, role)
    found = {f.resource for f in prove(opened.deployment, opened.boundary).findings
             if f.claim == "perimeter"}  # fmt: skip
    assert found >= {"q0", "q1"} and "b" not in found, "a bucket has no actions of SQS"
    subjects = [(q.subject, q.service) for document, q in asked if document == one]
    assert sorted(subjects) == [("resource", "s3"), ("resource", "sqs"), ("trust", "sts")]
    assert [document for document, _ in asked].count(other) == 1


def test_by_another_boundary_it_is_asked_anew(asked):
    opened = queues(policy(FOREIGN))
    for accounts in (frozenset[str](), opened.boundary.accounts | {FOREIGN}):
        within = opened.boundary.__class__(accounts=accounts)
        found = prove(opened.deployment, within).findings
        assert ("q0" in {f.resource for f in found if f.claim == "perimeter"}) is (not accounts)
