"""A rotation goes by steps; a leap would leave what runs with signatures that nobody knows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.errors import PlanError
from plan.pki.rotation import KEY_PAIRS, check_step, generations_of
from spec.pki import Generations, RotationSpec, yaml_key
from tests.spec.strategies import FAST

STEPS = [
    {"generation": 1}, {"generation": 1, "alsoTrusted": 2}, {"generation": 2, "alsoTrusted": 1},
    {"generation": 2}, {"generation": 2, "alsoTrusted": 3}, {"generation": 3, "alsoTrusted": 2},
]  # fmt: skip


def of(name: str, asked: dict[str, int]) -> RotationSpec:
    return RotationSpec.model_validate({yaml_key(name): asked})


def refused(name: str, before: dict[str, int], after: dict[str, int]) -> list[tuple[str, str]]:
    try:
        check_step(generations_of(of(name, before)), of(name, after))
    except PlanError as error:
        return [(f.path, f.message) for f in error.faults]
    return []


@pytest.mark.parametrize("name", KEY_PAIRS)
def test_each_step_and_the_way_back_from_it_is_taken(name) -> None:
    for before, after in pairwise(STEPS):
        assert refused(name, before, after) == []
        assert refused(name, after, before) == []
    assert refused(name, STEPS[0], STEPS[0]) == []


@pytest.mark.parametrize("name", KEY_PAIRS)
def test_a_leap_is_refused_with_the_step_that_comes_first(name) -> None:
    path = f"controlPlane.pki.rotation.{yaml_key(name)}"
    ((at, sentence),) = refused(name, STEPS[0], STEPS[3])
    assert at == path
    assert sentence == (
        "is to sign, and nobody trusts it yet; bring up generation 1 with alsoTrusted: 2 first"
    )
    ((at, sentence),) = refused(name, STEPS[1], STEPS[3])
    assert at == path and "write alsoTrusted: 1 until everything is signed anew" in sentence
    assert refused(name, STEPS[0], STEPS[2]) != []
    assert refused(name, STEPS[2], STEPS[5]) != []


def test_a_stack_that_records_nothing_of_a_key_is_not_held_to_it() -> None:
    check_step({}, of("etcd", {"generation": 7}))


@FAST
@given(st.integers(1, 5), st.sampled_from([-1, 0, 1]), st.integers(1, 5), st.sampled_from([-1, 1]))
def test_what_is_taken_never_leaves_a_signature_unknown(old, old_also, new, new_also) -> None:
    def made(generation: int, also: int) -> Generations | None:
        other = generation + also
        if other < 1:
            return None
        asked = {"generation": generation} | ({"alsoTrusted": other} if also else {})
        return Generations.model_validate(asked)

    before, after = made(old, old_also), made(new, new_also)
    if before is None or after is None:
        return
    found = refused("etcd", before.model_dump(by_alias=True), after.model_dump(by_alias=True))
    known_before = after.generation in before.trusted  # by those who have not changed yet
    known_after = before.generation in after.trusted  # by those who have
    assert (found == []) is (known_before and known_after)
