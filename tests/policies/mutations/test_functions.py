"""Functions, tables and access points, opened by every type and input; each by its own rule."""

import pytest

from tests.policies.mutations.functions import FURTHER
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import stack


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mutation", FURTHER, ids=[mutation.name for mutation in FURTHER])
def test_what_opens_one_is_found(mutation: Mutation, known: bool):
    (opened,) = mutation.change(stack("dev", known))
    run = proved("dev", opened)
    assert mutation.caught <= run.found <= mutation.caught | mutation.also
    assert run.proof.verdict == mutation.verdict == "open"
    assert {finding.resource for finding in run.counted} <= run.stack.touched
