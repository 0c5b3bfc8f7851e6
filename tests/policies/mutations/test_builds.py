"""Builds of CodeBuild, opened by every type and input; each by its own rule."""

import pytest

from tests.policies.mutations.builds import FURTHER, builds
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import stack


@pytest.mark.parametrize("known", [True, False])
def test_they_are_closed_until_somebody_opens_one(known):
    before = stack("dev", known)
    run = proved("dev", before.having(*builds(before)))
    assert run.counted == [] and run.proof.verdict == "closed"
    assert run.proof.interfaces == proved("dev", before).proof.interfaces + 1


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("mutation", FURTHER, ids=[mutation.name for mutation in FURTHER])
def test_what_opens_one_is_found(mutation: Mutation, known: bool):
    (opened,) = mutation.change(stack("dev", known))
    run = proved("dev", opened)
    assert mutation.caught <= run.found <= mutation.caught | mutation.also
    assert run.proof.verdict == "open"
    about = {finding.resource for finding in run.counted if finding.claim == "rule"}
    assert about and about <= run.stack.touched
