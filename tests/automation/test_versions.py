"""Which Kubernetes version a lock file pins."""

import pytest

from automation.lock.versions import next_version
from plan.fact_files import load_facts
from spec.errors import SpecError

FACTS = load_facts("kubernetes.yaml")


@pytest.mark.parametrize(
    ("asked", "locked", "upgrade", "pinned"),
    [
        (None, None, False, FACTS["default"]),
        ("1.33", None, False, "1.33"),
        (None, "1.33", False, "1.33"),  # a newer default moves nobody
        ("1.34", "1.33", False, "1.34"),
        (None, "1.33", True, "1.34"),
        ("1.34", "1.33", True, "1.34"),
        (None, None, True, FACTS["default"]),
    ],
)
def test_the_version_moves_only_when_it_is_told_to(asked, locked, upgrade, pinned):
    assert next_version(asked, locked, upgrade=upgrade) == pinned


@pytest.mark.parametrize(
    ("asked", "locked", "upgrade", "told"),
    [
        ("1.35", "1.33", False, "write '1.34', run heiiki lock and heiiki up, then the next"),
        ("1.32", "1.33", False, "would go back from 1.33, which EKS does not"),
        ("1.10", None, False, "is no version that heiiki knows; known: 1.32"),
        ("1.33", "1.33", True, "pins another version than the next, 1.34"),
        (None, sorted(FACTS["standard_support_ends"])[-1], True, "knows no later one"),
    ],
)
def test_a_skip_or_a_step_back_is_refused_with_the_next_step(asked, locked, upgrade, told):
    with pytest.raises(SpecError) as raised:
        next_version(asked, locked, upgrade=upgrade)
    assert told in str(raised.value)
    assert raised.value.faults[0].path == "controlPlane.version"
