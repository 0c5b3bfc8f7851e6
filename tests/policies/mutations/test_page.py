"""docs/proof/mutations.md is what the catalogue says. UPDATE_GOLDEN=1 rewrites it."""

import os
from pathlib import Path

from tests.policies.mutations import page
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.page import render

PAGE = Path(__file__).parents[3] / "docs" / "proof" / "mutations.md"


def test_the_page_is_written_from_the_catalogue():
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(render(), encoding="utf-8")
    written = PAGE.read_text(encoding="utf-8")
    assert written == render(), "run UPDATE_GOLDEN=1 pytest tests/policies/mutations"
    assert all(entry.mutation.name in written for entry in ENTRIES)


def test_the_page_names_what_other_tools_have_not_been_shown(monkeypatch):
    asked = page.found.read(page.found.FILE.read_text(encoding="utf-8"))[1]
    last = ENTRIES[-1]
    before = [told for told in asked if told.name != last.mutation.name]
    monkeypatch.setattr(page.found, "read", lambda text: ({}, before))
    assert last.mutation.name in page.newer()[last.channel]
    assert f"; {last.mutation.name}" in (told := render()) or f": {last.mutation.name}" in told
    monkeypatch.setattr(page.found, "read", lambda text: ({}, asked))
    shown = {(told.channel, told.name) for told in asked}
    assert not [n for channel, names in page.newer().items() for n in names
                if (channel, n) in shown]  # fmt: skip
