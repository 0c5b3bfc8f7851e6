"""Every policy that the example stacks render is closed, and would not be without its bounds."""

import json
from pathlib import Path

import pytest

from bench.perimeter import decide, documents
from iam.requests import Closed, Open
from rules.boundary import Boundary

EXAMPLES = Path(__file__).parents[3] / "examples"
DOCUMENTS = list(documents(EXAMPLES))


def test_there_are_documents_of_every_kind():
    kinds = {document.kind for document in DOCUMENTS}
    assert kinds == {"endpoint", "key", "trust"}
    assert {d.example for d in DOCUMENTS} == {p.name for p in EXAMPLES.iterdir() if p.is_dir()}
    assert len(DOCUMENTS) > 50


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: f"{d.example}/{d.name}")
def test_a_rendered_policy_is_closed(document):
    assert decide(document) == Closed()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: f"{d.example}/{d.name}")
def test_a_rendered_policy_is_open_to_anybody_once_it_names_nobody(document):
    policy = json.loads(document.text)
    for statement in policy["Statement"]:
        statement.pop("Condition", None)
        statement["Principal"] = "*"
        if document.name.startswith("VpcEndpoint-s3"):
            statement["Resource"] = "*"
    assert isinstance(decide(document, json.dumps(policy)), Open)


@pytest.mark.parametrize(
    "document",
    [d for d in DOCUMENTS if "aws:PrincipalAccount" in d.text],
    ids=lambda d: f"{d.example}/{d.name}",
)
def test_a_rendered_policy_is_of_its_account_alone(document):
    stranger = Boundary(accounts=frozenset({"999999999998"}))
    assert isinstance(decide(document, boundary=stranger), Open)
