"""Keys of EKS elsewhere are answered; each answer names keys that there are."""

import re

import pytest

from spec.cluster import ClusterSpec
from spec.foreign_keys import _KEYS, answer_to
from tests.spec.stack_files import faults


@pytest.mark.parametrize(
    "key", ["endpointPublicAccess", "endpoint_public_access", "endpoint-public-access"]
)
@pytest.mark.parametrize("place", ["", "controlPlane.", "network."])
def test_a_public_api_is_answered_with_why_there_is_none(place, key):
    assert faults({f"{place}{key}": True}) == [(
        f"{place}{key}",
        "is no key that heiiki knows: the Kubernetes API answers inside the network only, since a "
        "public endpoint would be a way in from the internet; reach it from access.operator or "
        "through network.connections", "true",
    )]  # fmt: skip


@pytest.mark.parametrize("key", _KEYS)
def test_an_answer_is_given_wherever_the_key_stands(key):
    message = f"is no key that heiiki knows: {_KEYS[key]}"
    for place in ("", "access.", "nodePools.workers."):
        assert [m for _, m, _ in faults({f"{place}{key}": {}})] == [message]


def test_a_key_that_is_ours_or_nobodys_is_not_answered():
    assert answer_to("minSize") is None and answer_to("colour") is None
    assert "did you mean" in faults({"controlPlane.serviceCidrs": "x"})[0][1]


def test_answers_name_keys_that_there_are():
    schema = str(ClusterSpec.model_json_schema(by_alias=True))
    named = {part for answer in _KEYS.values()
             for path in re.findall(r"\b[a-z]+(?:[A-Z]\w*|\.[a-z]\w*)+", answer)
             for part in path.split(".")}  # fmt: skip
    assert {"egress", "maxSize", "connections"} <= named
    assert [part for part in sorted(named) if f"'{part}'" not in schema] == []
