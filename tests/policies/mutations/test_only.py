"""Each rule of the table has a mutation that nothing else catches: without it, a door is open."""

from rules.table import BY_ID
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.runs import runs


def alone() -> dict[str, list[str]]:
    """Of each rule the mutations that it alone catches, in a stack at least."""
    found: dict[str, list[str]] = {}
    for entry in ENTRIES:
        for rules in {run.rules for run in runs(entry)}:
            if len(rules) == 1:
                found.setdefault(next(iter(rules)), []).append(entry.mutation.name)
    return found


def test_each_rule_has_a_mutation_that_only_it_catches():
    assert set(BY_ID) - set(alone()) == set()
