"""docs/proof/mutations.md is what the catalogue says. UPDATE_GOLDEN=1 rewrites it."""

import os
from pathlib import Path

from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.page import render

PAGE = Path(__file__).parents[3] / "docs" / "proof" / "mutations.md"


def test_the_page_is_written_from_the_catalogue():
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(render(), encoding="utf-8")
    written = PAGE.read_text(encoding="utf-8")
    assert written == render(), "run UPDATE_GOLDEN=1 pytest tests/policies/mutations"
    assert all(entry.mutation.name in written for entry in ENTRIES)
