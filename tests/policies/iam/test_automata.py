"""The samples of a text say everything that can be said of one, and nothing that cannot."""

import itertools

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from iam.automata import Atom, Part, _Search, _searched, samples
from iam.patterns import Unreadable, components, covers, covers_arn, parse_pattern, splits
from iam.perimeter import endpoint_reaches_outside, resource_admits_outside
from iam.requests import Undecided
from rules.boundary import Boundary

SHORT = (Part("abA:", 0, 4),)
TEXTS = ["".join(t) for n in range(5) for t in itertools.product("abA:", repeat=n)]
GLOBS = st.text("abA:*?", max_size=4)


def glob(text, ignore_case=False):
    return Atom(parse_pattern(text, wildcards=True), ignore_case)


@given(st.lists(st.builds(glob, GLOBS, st.booleans()), max_size=4, unique=True), st.integers(1, 3))
def test_samples_are_complete_and_true(atoms, most):
    found = samples(SHORT, tuple(atoms), most)
    by_matches = {}
    for text in TEXTS:
        matches = tuple(covers(a.pattern, text, a.ignore_case) for a in atoms)
        by_matches.setdefault(matches, set()).add(text)
    assert {s.matches for s in found} == set(by_matches)
    for matches, texts in by_matches.items():
        chosen = [s.text for s in found if s.matches == matches]
        assert set(chosen) <= texts and len(set(chosen)) == len(chosen)
        assert len(chosen) == min(most, len(texts))


@given(st.lists(GLOBS, max_size=3, unique=True))
def test_characters_that_nobody_waits_for_are_there_as_well(patterns):
    atoms = tuple(glob(p) for p in patterns)
    found = {s.matches for s in samples((Part("", 0, None, excluded=True),), atoms, 1)}
    seen = {tuple(covers(a.pattern, t) for a in atoms) for t in [*TEXTS, "z", "zz", "zbz", "azz"]}
    assert seen <= found


@settings(max_examples=40)
@given(st.lists(GLOBS, min_size=1, max_size=3, unique=True))
def test_z3_knows_no_text_that_the_samples_miss(patterns):
    atoms = tuple(glob(p) for p in patterns)
    found = {s.matches for s in samples((Part("", 0, None, excluded=True),), atoms, 1)}
    text = z3.String("text")
    for matches in set(itertools.product((True, False), repeat=len(atoms))) - found:
        solver = z3.Solver()
        solver.set("rlimit", 2_000_000)
        for pattern, wanted in zip(patterns, matches, strict=True):
            solver.add(z3.InRe(text, expression(pattern)) == wanted)
        assert solver.check() != z3.sat, (patterns, matches)


def expression(pattern):
    """A glob as z3's own theory of texts has it."""
    char = z3.AllChar(z3.ReSort(z3.StringSort()))
    wild = {"*": z3.Star(char), "?": char}
    parts = [z3.Re(""), *(wild[c] if c in wild else z3.Re(c) for c in pattern)]
    return z3.Concat(*parts) if len(parts) > 1 else parts[0]


@given(st.text("a:*?", max_size=6), st.sampled_from(TEXTS))
def test_a_pattern_falls_into_segments_as_its_texts_do(pattern, text):
    tokens, given_text = parse_pattern(pattern, wildcards=True), text.split(":", 2)
    if len(given_text) == 3:
        ways = splits(tokens, 3)
        laid = any(all(covers(p, t) for p, t in zip(way, given_text, strict=True)) for way in ways)
        assert laid is covers(tokens, text)


def test_a_component_keeps_its_wildcards_to_itself():
    pattern = parse_pattern("arn:aws:sns:*:1:t", wildcards=True)
    assert len(components(pattern)) == 6
    assert covers_arn(pattern, "arn:aws:sns:eu-west-1:1:t")
    assert not covers_arn(pattern, "arn:aws:sns:eu-west-1:2:1:t")
    assert covers(pattern, "arn:aws:sns:eu-west-1:2:1:t")


@pytest.mark.parametrize("text", ["${aws:username", "${}", "${ }", "${aws:username,'x'}"])
def test_a_variable_of_no_known_form_is_not_read(text):
    with pytest.raises(Unreadable):
        parse_pattern(text, wildcards=True)


def test_too_much_is_not_read_by_halves():
    with pytest.raises(Unreadable, match="too many wildcards"):
        splits(parse_pattern("*a*b*c*d*e*f*g*h*", wildcards=True), 6)
    many = tuple(glob(f"*{a}*{b}*") for a, b in itertools.permutations("abcdef", 2))
    with pytest.raises(Unreadable, match="too many patterns"):
        samples((Part("", 0, None, excluded=True),), many, 3)


OWN = "123456789012"
BOUNDARY = Boundary(accounts=frozenset({OWN}))
WILDCARDS = 20


def wild(number, start):
    """A text of many wildcards, another one for each number."""
    letters = [chr(ord("a") + (number * 7 + i * i) % 13) for i in range(WILDCARDS)]
    return start + "*" + "*".join(letters) + "*"


def test_a_text_is_compared_with_many_wildcards_without_going_back():
    """Tried place by place, the second would take longer than anybody waits."""
    pattern = parse_pattern("*a" * WILDCARDS + "*b", wildcards=True)
    assert covers(pattern, "xa" * WILDCARDS + "b")
    assert not covers(pattern, "a" * 200)


@pytest.mark.parametrize("answer", [endpoint_reaches_outside, resource_admits_outside])
def test_a_policy_of_many_wildcards_is_undecided_after_few_looks(answer, monkeypatch):
    """25 statements whose texts cannot all be compared: none is looked into for each of them."""
    looks, look = [0], _Search.run

    def counted(search):
        looks[0] += 1
        return look(search)

    monkeypatch.setattr(_Search, "run", counted)
    _searched.cache_clear()  # others may have looked for the same before
    statements = [
        {
            "Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Resource": wild(n, "arn:aws:s3:::"),
            "Condition": {"StringLike": {"aws:PrincipalArn": wild(n, f"arn:aws:iam::{OWN}:role/")}},
        }
        for n in range(25)
    ]  # fmt: skip
    more = () if answer is endpoint_reaches_outside else ("bucket",)
    decision = answer({"Version": "2012-10-17", "Statement": statements}, BOUNDARY, *more)
    assert isinstance(decision, Undecided), decision
    assert "policy: there are too many patterns to compare" in decision.reasons
    assert 0 < looks[0] <= 25
