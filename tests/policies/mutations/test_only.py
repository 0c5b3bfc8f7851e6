"""Each rule of the table has a mutation that nothing else catches: without it, a door is open."""

from rules.table import BY_ID
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.runs import runs

# Rules that never speak alone, with the reason. A rule that has a mutation of its own may not be
# here.
IMPLIED: dict[str, str] = {
    "CN-007": "a rule refuses the statement too, by its form; the solver shows who gets in",
}


def alone() -> dict[str, list[str]]:
    """Of each rule the mutations that it alone catches, in a stack at least."""
    found: dict[str, list[str]] = {}
    for entry in ENTRIES:
        for rules in {run.rules for run in runs(entry)}:
            if len(rules) == 1:
                found.setdefault(next(iter(rules)), []).append(entry.mutation.name)
    return found


def test_each_rule_has_a_mutation_that_only_it_catches():
    assert set(BY_ID) - set(alone()) == set(IMPLIED)
