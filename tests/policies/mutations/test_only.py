"""Each rule of the table has a mutation that nothing else catches: without it, a door is open.

And each feature of a control plane of one's own has one that breaks it and nothing else.
"""

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


# Those of nodes of EKS have tests of their own (tests/policies/proof/test_completeness.py).
OWN_FEATURES = {
    "IAM authentication", "KMS plugin", "carried images", "kept address", "kept volume",
    "lifecycle hook", "listed objects", "load balancer controller", "load balancer targets",
    "own objects", "parameters", "written objects",
}  # fmt: skip


def test_each_feature_of_a_control_plane_has_a_mutation_that_breaks_it_alone():
    alone, made = set(), set()
    for entry in ENTRIES:
        if entry.channel == "Own control planes" and entry.mutation.verdict == "closed":
            for run in runs(entry):
                features = {feature for finding in run.counted for feature in finding.features}
                assert features, entry.id
                alone |= features if len(features) == 1 else set()
            made.add(entry.id)
    assert len(made) > 20 and alone >= OWN_FEATURES
