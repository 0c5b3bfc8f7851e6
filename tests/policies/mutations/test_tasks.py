"""Tasks of ECS, opened by every type and input; each by its own rule."""

import json

import pytest

from rules.tasks import JOB
from tests.policies.analyzer import broken
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import stack
from tests.policies.mutations.tasks import DEFINITION, FURTHER, tasks
from tests.policies.told_cases import OWN_IMAGE


@pytest.mark.parametrize("known", [True, False])
def test_they_are_closed_until_somebody_opens_one(known):
    before = stack("dev", known)
    run = proved("dev", before.having(*tasks(before)))
    assert run.counted == [] and run.proof.verdict == "closed"
    assert run.proof.interfaces == proved("dev", before).proof.interfaces + 3


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mutation", FURTHER, ids=[mutation.name for mutation in FURTHER])
def test_what_opens_one_is_found(mutation: Mutation, known: bool):
    (opened,) = mutation.change(stack("dev", known))
    run = proved("dev", opened)
    assert mutation.caught <= run.found <= mutation.caught | mutation.also
    assert run.proof.verdict == "open"
    about = {finding.resource for finding in run.counted if finding.claim == "rule"}
    assert about and about <= run.stack.touched


OUTSIDE = "https://x.example/i"


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ({}, set()),
        ({"Command": ["serve"], "Environment": [{"Name": "A", "Value": "b"}]}, set()),
        ({"Command": ["curl", OUTSIDE]}, {"CN-251"}),
        ({"Environment": [{"Name": "A", "Value": OUTSIDE}]}, {"CN-251"}),
        ({"LOGCONFIGURATION": {"LogDriver": "splunk", "Options": {"splunk-url": OUTSIDE}}},
         {"CN-251"}),
        ({"Image": "docker.io/x/y"}, {"CN-145", "CN-146"}),  # beside the one in small letters
    ],
)  # fmt: skip
@pytest.mark.parametrize(("type_", "key"), [(DEFINITION, "containerDefinitions"),
                                            (JOB, "containerProperties")])  # fmt: skip
def test_keys_of_a_text_count_in_any_case_as_the_provider_takes_them(type_, key, said, rules):
    body = {"name": "x", "image": OWN_IMAGE, **said}
    text = json.dumps([body] if type_ == DEFINITION else body)
    assert broken(type_, {key: text}) == rules
