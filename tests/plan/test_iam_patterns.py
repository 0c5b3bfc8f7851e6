"""IAM's patterns, against a matcher that is written out by hand."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from plan import iam_patterns
from plan.brownfield.policies import lets
from plan.brownfield.principals import does
from plan.iam_patterns import any_covers, covers, covers_action
from tests.spec.strategies import FAST

ALPHABET = "ab*?[]!-A\n.:"


def by_hand(pattern: str, text: str) -> bool:
    """Character by character: a star takes none, or one more of the text."""
    if not pattern:
        return not text
    first, rest = pattern[0], pattern[1:]
    if first == "*":
        return by_hand(rest, text) or (bool(text) and by_hand(pattern, text[1:]))
    return bool(text) and first in ("?", text[0]) and by_hand(rest, text[1:])


@FAST
@given(st.text(ALPHABET, max_size=6), st.text(ALPHABET, max_size=6))
def test_a_pattern_stands_for_what_a_matcher_by_hand_says(pattern, text):
    assert covers(pattern, text) is by_hand(pattern, text)
    assert covers_action(pattern, text) is by_hand(pattern.lower(), text.lower())


@FAST
@given(st.text(ALPHABET, max_size=8))
def test_stars_for_any_part_of_a_text_stand_for_it(text):
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            assert covers(f"{text[:start].replace('*', '?')}*{text[end:].replace('*', '?')}", text)
    assert covers(text.replace("*", "?"), text) and any_covers(("x", "*"), text)


def test_brackets_are_no_class_and_case_counts_in_resources_alone():
    assert fnmatchcase("s3:getobject", "s3:[g]etobject")  # which is how it was matched
    statement = {"Action": "S3:GetO*", "Resource": "arn:aws:s3:::Logs/*"}
    assert lets(statement, "s3:getobject", "arn:aws:s3:::Logs/a")
    assert not lets(statement, "s3:GetObject", "arn:aws:s3:::logs/a")
    for brackets in ({"Action": "s3:[G]etObject"}, {"Resource": "arn:aws:s3:::[L]ogs/*"}):
        assert not lets({**statement, **brackets}, "s3:GetObject", "arn:aws:s3:::Logs/a")
    assert does({"Action": "STS:Assume*"}, "sts:AssumeRole")
    assert not does({"Action": "sts:[Aa]ssumeRole"}, "sts:AssumeRole")
    assert does({"NotAction": "sts:[a]ssumerole"}, "sts:AssumeRole")


def test_a_long_row_of_stars_is_matched_at_once():
    assert not covers("*" * 60 + "x", "a" * 5000)


def test_the_plan_matches_nothing_as_file_names_are():
    files = list(Path(iam_patterns.__file__).parent.glob("*.py"))
    assert len(files) > 50
    assert not [f.name for f in files if re.search(r"\bfnmatch", f.read_text(encoding="utf-8"))]
