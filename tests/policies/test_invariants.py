"""Every demand on a closed network has rules or an answer, and every rule has its demand."""

import os
import re
from pathlib import Path

import pytest

from rules.docs import render as policies
from rules.invariants import CHANNELS, INVARIANTS, Row
from rules.invariants_page import render
from rules.table import BY_ID

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "proof" / "invariants.md"
ROWS = [*INVARIANTS.values(), *CHANNELS.values()]
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")


def test_the_page_is_written_from_the_table():
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(render(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == render(), "run UPDATE_GOLDEN=1 pytest tests/policies"


def test_no_demand_and_no_channel_is_left_out():
    assert list(INVARIANTS) == [*range(1, 52), 56, 58]
    assert list(CHANNELS) == list(range(1, 19))
    assert len({row.claim for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.claim for row in ROWS])
def test_each_has_rules_that_exist_or_an_answer(row: Row):
    assert row.ids or row.answer
    assert set(row.ids) <= set(BY_ID) and len(set(row.ids)) == len(row.ids)
    assert set(re.findall(r"CN-\d{3}", row.answer)) <= set(BY_ID)


@pytest.mark.parametrize("rule", BY_ID.values(), ids=list(BY_ID))
def test_each_rule_stands_in_the_row_that_it_names(rule):
    assert rule.id in INVARIANTS[rule.invariant].ids


def test_answers_lead_to_pages_that_say_it():
    linked = [found for row in ROWS for found in LINK.findall(row.answer)]
    assert len(linked) > 10
    for path, anchor in linked:
        text = (PAGE.parent / path).read_text(encoding="utf-8")
        headings = re.findall(r"(?m)^#+ (.+)$", text)
        anchors = [re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings]
        assert not anchor or anchor in anchors, (path, anchor)


def test_the_page_of_rules_leads_to_the_number_that_it_prints():
    page, rows = policies(), PAGE.read_text(encoding="utf-8")
    for rule in BY_ID.values():
        number = rule.invariant
        assert f"[invariant {number}](proof/invariants.md#invariant-{number})" in page
        assert f'id="invariant-{number}"' in rows
