"""What only keeps, guards or tells is closed, until it delivers to what nobody answers for."""

import pytest

from rules.known_types import HARMLESS_TYPES
from tests.policies.mutations.keepers import FURTHER, keepers
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import stack


@pytest.mark.parametrize("known", [True, False])
def test_an_account_s_keepers_open_nothing(known):
    before = stack("dev", known)
    after = keepers(before)
    run = proved("dev", after)
    assert run.counted == [] and run.proof.verdict == "closed"
    made = [n.resource.type for urn, n in after.deployment.nodes.items()
            if urn not in before.deployment.nodes]  # fmt: skip
    assert len(HARMLESS_TYPES.intersection(made)) > 20


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mutation", FURTHER, ids=[mutation.name for mutation in FURTHER])
def test_what_opens_one_is_found(mutation: Mutation, known: bool):
    (opened,) = mutation.change(stack("dev", known))
    run = proved("dev", opened)
    assert mutation.caught <= run.found <= mutation.caught | mutation.also
    assert run.proof.verdict == "open"
    assert {f.resource for f in run.counted if f.claim == "rule"} <= run.stack.touched
