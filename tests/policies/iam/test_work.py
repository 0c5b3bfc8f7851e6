"""However a policy is written, it is decided in few steps, or undecided. Steps are counted, no
seconds: the same policy is the same to every machine."""

import itertools
from typing import Any

import pytest

import iam.perimeter
from iam.perimeter import endpoint_reaches_outside, resource_admits_outside, trust_admits_outside
from iam.requests import Closed, Open, Undecided
from iam.work import STEPS, TooMuch, Work
from rules.boundary import Boundary

ORGANIZATION = "o-a1b2c3d4e5"
BOUNDARY = Boundary(accounts=frozenset({"111122223333"}), organization_id=ORGANIZATION)
TOO_MUCH = f"policy: {TooMuch()}"
# Closes everything; that the solver has to find out, since an allowance says nothing of it.
DENIAL = {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
MAYBE_OWN = {"StringLikeIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}


def policy(*statements: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": c}
            for effect, c in statements
        ],
    }


def sets(count: int) -> dict[str, Any]:
    """Many questions of one set of values, each of which may need a value of its own."""
    allowed = (
        ("Allow", {"ForAnyValue:StringLike": {"aws:TagKeys": [f"k{i}", f"j{i}*"]}, **MAYBE_OWN})
        for i in range(count)
    )
    return policy(*allowed, ("Deny", DENIAL))


def pigeons(count: int) -> dict[str, Any]:
    """No two tags have the same of too few values: easy to see, and hard to prove step by step."""
    holes = [f"h{i}" for i in range(count - 1)]
    pairs = itertools.combinations(range(count), 2)
    apart = (
        ("Deny", {"StringEquals": {f"aws:RequestTag/{i}": hole, f"aws:RequestTag/{k}": hole}})
        for (i, k), hole in itertools.product(pairs, holes)
    )
    somewhere = (
        ("Deny", {"StringNotEquals": {f"aws:RequestTag/{i}": holes}}) for i in range(count)
    )
    return policy(("Allow", MAYBE_OWN), *apart, *somewhere)


def stars(count: int) -> dict[str, Any]:
    """Texts of many wildcards, on a key of its own each."""
    allowed = (
        ("Allow", {"StringLike": {f"aws:RequestTag/{i}": f"*a*{i}*b*c*"}, **MAYBE_OWN})
        for i in range(count)
    )
    return policy(*allowed, ("Deny", DENIAL))


@pytest.fixture
def spent(monkeypatch):
    """How many steps were done for each policy so far."""
    made: list[Work] = []

    class Kept(Work):
        def __init__(self, steps: int) -> None:
            super().__init__(steps)
            self.given = steps
            made.append(self)

    monkeypatch.setattr(iam.perimeter, "Work", Kept)
    return lambda: [work.given - work.left for work in made]


def test_many_questions_of_one_set_of_values_are_few_steps(spent):
    """3,500 letters, which took the solver twenty seconds: every value had texts of its own."""
    assert resource_admits_outside(sets(16), BOUNDARY, "bucket") == Closed()
    (steps,) = spent()
    assert steps < STEPS / 2


@pytest.mark.parametrize("hard", [sets(6), pigeons(5), stars(8)], ids=["sets", "pigeons", "stars"])
def test_what_would_take_too_many_steps_is_undecided_after_those_it_has(hard, spent, monkeypatch):
    assert resource_admits_outside(hard, BOUNDARY, "bucket") == Closed()
    (needed,) = spent()
    for given in (needed // 2, needed // 10):
        monkeypatch.setattr(iam.perimeter, "STEPS", given)
        found = resource_admits_outside(hard, BOUNDARY, "bucket")
        assert isinstance(found, Undecided) and TOO_MUCH in found.reasons
        assert spent()[-1] < 2 * needed, "it goes on no further"


def test_the_solver_ends_where_the_policy_has_no_steps_left(spent):
    """Each pigeon more takes z3 many times as long; a dozen, for ever."""
    found = endpoint_reaches_outside(pigeons(8), BOUNDARY, "s3")
    assert isinstance(found, Undecided) and TOO_MUCH in found.reasons
    assert spent()[0] < 2 * STEPS


def test_a_policy_has_the_same_steps_whatever_was_asked_before(spent):
    """What is remembered of other policies is counted all the same."""
    for _ in range(2):
        assert resource_admits_outside(stars(4), BOUNDARY, "bucket") == Closed()
    first, second = spent()
    assert abs(first - second) < first / 10  # z3's own count may differ


def test_a_request_is_shown_though_no_steps_are_left_to_make_it_plain(monkeypatch):
    for given in (1, 300, 3000, 30_000):
        monkeypatch.setattr(iam.perimeter, "STEPS", given)
        found = trust_admits_outside(opened(), BOUNDARY)
        assert isinstance(found, Open) or TOO_MUCH in found.reasons
    assert isinstance(found, Open)


def opened() -> dict[str, Any]:
    """A trust that is open to who sets a tag, which no plain request has."""
    held = {"StringEquals": {"aws:RequestTag/a": "b"}, "StringLike": {"aws:PrincipalTag/c": "d*"}}
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": held}]}
