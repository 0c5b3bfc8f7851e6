"""Databases, caches and brokers, opened by every type and input; its own rule finds each."""

import pytest

from tests.policies.mutations.data_services import FURTHER, data_services
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import stack


@pytest.mark.parametrize("known", [True, False])
def test_they_are_closed_until_somebody_opens_one(known):
    before = stack("dev", known)
    run = proved("dev", before.having(*data_services(before)))
    assert run.counted == [] and run.proof.verdict == "closed"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mutation", FURTHER, ids=[mutation.name for mutation in FURTHER])
def test_what_opens_one_is_found(mutation: Mutation, known: bool):
    (opened,) = mutation.change(stack("dev", known))
    run = proved("dev", opened)
    assert run.found == mutation.caught
    assert run.proof.verdict == "open"
    about = {finding.resource for finding in run.counted if finding.claim == "rule"}
    assert about and about <= run.stack.touched
