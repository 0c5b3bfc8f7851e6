"""What is seen to be closed without the solver is closed by the solver's word, too."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from bench.perimeter import decide, documents
from iam import perimeter
from iam.perimeter import (
    endpoint_reaches_outside,
    resource_admits_outside,
    trust_admits_outside,
)
from iam.requests import Closed
from rules.boundary import Boundary
from tests.policies.iam.strategies import ORGANIZATION, OWN
from tests.policies.iam.strategies import documents as random_documents

EXAMPLES = Path(__file__).parents[3] / "examples"
BOUNDARY = Boundary(accounts=frozenset({OWN}), organization_id=ORGANIZATION)
FOREIGN = "999988887777"
QUESTIONS = {
    "endpoint": lambda d: endpoint_reaches_outside(d, BOUNDARY, "any", "eu-west-1"),
    "resource": lambda d: resource_admits_outside(d, BOUNDARY, "key"),
    "trust": lambda d: trust_admits_outside(d, BOUNDARY),
}


def both_ways(ask: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The answer, and that of the solver alone."""
    answer = ask()
    with monkeypatch.context() as patch:
        patch.setattr(perimeter, "plainly_closed", lambda statement, question: False)
        return answer, ask()


@pytest.mark.parametrize("d", list(documents(EXAMPLES)), ids=lambda d: f"{d.example}/{d.name}")
def test_a_policy_of_the_examples_is_closed_either_way(d, monkeypatch):
    assert both_ways(lambda: decide(d), monkeypatch) == (Closed(), Closed())


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(document=random_documents())
@pytest.mark.parametrize("subject", QUESTIONS)
def test_a_random_policy_is_decided_alike_either_way(subject, document):
    with pytest.MonkeyPatch.context() as monkeypatch:
        answer, solved = both_ways(lambda: QUESTIONS[subject](document), monkeypatch)
    assert type(answer) is type(solved), document


def statement(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Principal": "*", **parts}


def held(operator: str = "StringEquals", **keys: Any) -> dict[str, Any]:
    return {operator: {key.replace("_", ":"): value for key, value in keys.items()}}


BOUND = {"aws_PrincipalAccount": OWN, "aws_ResourceAccount": OWN}
CLOSED = {
    "both by account": ("endpoint", statement(Condition=held(**BOUND))),
    "both by organization": (
        "endpoint",
        statement(Condition=held(aws_PrincipalOrgID=ORGANIZATION, aws_ResourceOrgID=ORGANIZATION)),
    ),
    "a service at a role": (
        "trust",
        statement(Action="sts:AssumeRole", Principal={"Service": "ec2.amazonaws.com"}),
    ),
    "an own account": ("resource", statement(Principal={"AWS": f"arn:aws:iam::{OWN}:root"})),
    "an own role": ("resource", statement(Principal={"AWS": f"arn:aws:iam::{OWN}:role/r"})),
    "a service for an own account": (
        "resource",
        statement(
            Principal={"Service": "sns.amazonaws.com"}, Condition=held(aws_SourceAccount=OWN)
        ),
    ),
    "logs by their encryption context": (
        "resource",
        statement(
            Principal={"Service": "logs.eu-west-1.amazonaws.com"},
            Condition={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{OWN}:*"}
            },
        ),
    ),
}
# Each is like one of those above, and lets somebody or something else pass.
OPENED = {
    "a foreign account more": (
        "endpoint",
        held(**{**BOUND, "aws_PrincipalAccount": [OWN, FOREIGN]}),
    ),
    "only where the key is there": ("endpoint", held("StringEqualsIfExists", **BOUND)),
    "any of a pattern": ("endpoint", held("StringLike", **{**BOUND, "aws_ResourceAccount": "*"})),
    "for all of none": ("endpoint", held("ForAllValues:StringEquals", **BOUND)),
    "not the own": ("endpoint", held("StringNotEquals", **BOUND)),
    "callers alone": ("endpoint", held(aws_PrincipalAccount=OWN)),
    "resources alone": ("endpoint", held(aws_ResourceAccount=OWN)),
    "a foreign organization": (
        "endpoint",
        held(aws_PrincipalOrgID="o-zzzzzzzzzz", aws_ResourceAccount=OWN),
    ),
}  # fmt: skip
PRINCIPALS = {
    "a foreign account": ("resource", {"AWS": f"arn:aws:iam::{FOREIGN}:root"}, {}),
    "one foreign of two": (
        "trust",
        {"AWS": [f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{FOREIGN}:role/r"]},
        {},
    ),
    "a service for anybody": ("resource", {"Service": "sns.amazonaws.com"}, {}),
    "another service by the context of logs": (
        "resource",
        {"Service": "cloudtrail.amazonaws.com"},
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{OWN}:*"}},
    ),
}


def document(one: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [one]})


@pytest.mark.parametrize("case", CLOSED)
def test_what_is_written_plainly_needs_no_solver(case, monkeypatch):
    subject, one = CLOSED[case]
    monkeypatch.setattr(perimeter, "_solved", None)
    assert QUESTIONS[subject](document(one)) == Closed()


@pytest.mark.parametrize("case", CLOSED)
def test_and_the_solver_says_the_same(case, monkeypatch):
    subject, one = CLOSED[case]
    answer, solved = both_ways(lambda: QUESTIONS[subject](document(one)), monkeypatch)
    assert answer == solved == Closed()


@pytest.mark.parametrize("case", [*OPENED, *PRINCIPALS])
def test_what_only_looks_so_is_open(case, monkeypatch):
    if case in OPENED:
        subject, condition = OPENED[case]
        one = statement(Condition=condition)
    else:
        subject, principal, condition = PRINCIPALS[case]
        action = "sts:AssumeRole" if subject == "trust" else "kms:Decrypt"
        one = statement(Action=action, Principal=principal, Condition=condition)
    answer, solved = both_ways(lambda: QUESTIONS[subject](document(one)), monkeypatch)
    assert type(answer) is type(solved) and answer != Closed(), answer
