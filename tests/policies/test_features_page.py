"""docs/proof/completeness.md is what the table says. UPDATE_GOLDEN=1 rewrites it."""

import json
import os
from pathlib import Path

from rules.features import ADD_ONS, FEATURES, GRANTS, MANAGED
from rules.features_page import render

PAGE = Path(__file__).parents[2] / "docs" / "proof" / "completeness.md"


def test_the_page_is_written_from_the_table():
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(render(), encoding="utf-8")
    written = PAGE.read_text(encoding="utf-8")
    assert written == render(), "run UPDATE_GOLDEN=1 pytest tests/policies"
    rows = [line for line in written.splitlines() if line.startswith("| [")]
    assert len(rows) == len(FEATURES)
    assert all(line.split(" | ")[1] for line in rows), "each feature is shown by something"


def test_what_shows_a_feature_shows_one_of_the_table():
    named = {feature for features in ADD_ONS.values() for feature in features}
    assert named | set(GRANTS.values()) <= set(FEATURES)


def test_what_aws_managed_policies_are_said_to_give_they_give():
    """Held against the documents that the embedded AWS has of them."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    documents = json.loads(aws_managed_policies_data)
    for name, actions in MANAGED.items():
        statements = documents[name]["Document"]["Statement"]
        given = set()
        for statement in statements:
            assert statement["Effect"] == "Allow", name
            listed = statement["Action"]
            given |= {listed} if isinstance(listed, str) else set(listed)
        assert set(actions) <= given, (name, set(actions) - given)
