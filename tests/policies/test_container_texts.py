"""Texts of containers, as tasks of ECS and jobs of Batch have them."""

import json

import pytest

from rules.tasks import JOB
from tests.policies.analyzer import broken
from tests.policies.mutations.tasks import DEFINITION
from tests.policies.told_cases import OWN_IMAGE

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
