"""docs/policies.md is what the rule table says. UPDATE_GOLDEN=1 rewrites it."""

import os
import re
from pathlib import Path

from rules.docs import render
from rules.schema import SCHEMA
from rules.table import RULES, STACK_RULES

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"


def test_the_page_is_written_from_the_table():
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(render(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == render(), "run UPDATE_GOLDEN=1 pytest tests/policies"


def test_the_page_has_every_rule_with_its_remedy_and_every_key():
    page = PAGE.read_text(encoding="utf-8")
    for rule in (*RULES, *STACK_RULES):
        assert f'id="{rule.id.lower()}"' in page and rule.remedy in page and rule.name in page
    for key in SCHEMA:
        assert f"| `{key}` |" in page


def test_names_follow_one_form_and_texts_are_sentences():
    form = r"(aws|kubernetes|pulumi)(-[a-z0-9]+)+-(disallow|enable|configure|require)(-[a-z0-9]+)+"
    whole = r"stack-(disallow|require)(-[a-z0-9]+)+"
    assert all(re.fullmatch(whole, rule.name) for rule in STACK_RULES)
    for rule in RULES:
        assert re.fullmatch(form, rule.name), rule.name
        assert re.fullmatch(r"CN-\d{3}", rule.id)
        assert rule.source.startswith("https://"), rule.id
        for text in (rule.title, rule.reason, rule.remedy):
            assert text.endswith(".") and "  " not in text, f"{rule.id}: {text}"
