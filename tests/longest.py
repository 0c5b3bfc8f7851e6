"""The files that take longest, which are begun first: one that is begun last keeps one processor
busy and leaves the others idle. Seconds of one of four processes on two processors, measured with
`--durations=0`; how exact they are does not matter.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SECONDS = {
    "local/cluster/test_cluster.py": 430,
    "engine/test_life.py": 280,
    "engine/test_changes.py": 185,
    "local/cluster/test_on_controllers.py": 140,
    "engine/test_kill.py": 130,
    "policies/proof/test_brute.py": 125,
    "policies/mutations/test_mutations.py": 110,
    "policies/proof/namespaces/test_namespaces.py": 95,
    "engine/test_parts.py": 85,
    "engine/test_make.py": 85,
    "policies/test_engine.py": 75,
    "policies/mutations/test_answered.py": 70,
    "local/machines/test_machines.py": 60,
}
_PLACES = {TESTS / name: place for place, name in enumerate(SECONDS)}


def longest_first(items: list[pytest.Item]) -> None:
    """Puts them in front; everything else stays in its order."""
    items.sort(key=lambda item: _PLACES.get(item.path, len(_PLACES)))
