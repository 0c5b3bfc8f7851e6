"""A control plane of one's own opened by what opens the others: some of all mutations, by turns
with the ids known and before any is. What it alone can be opened by is among them, too.
"""

from collections import Counter

from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.runs import Run, closed, proved
from tests.policies.mutations.stacks import OWN, Stack, stack

STEP = 5  # of the mutations: each proof takes five times that of `dev`
# What is found besides, since its DNS Firewall lets names of its own private zone be asked, which
# another VPC with the same rules asks outside.
MORE = {
    "nothing declared as inside": "CN-145",  # its bundles name images of the own registry
    "the default VPC behind a DNS Firewall": "names",
    "a peering of two own VPCs that nobody answers for": "names",
}
# About the VPC CNI and nodes of EKS, or caught by what user data asks of an endpoint.
NOT_THERE = {
    "an EC2 policy without what the VPC CNI calls",
    "nodes that are called otherwise than their role lets them",
    "no endpoint for autoscaling",
}


def opened(entry: Entry, whole: Stack) -> Stack | None:
    try:
        return next(iter(entry.mutation.change(whole)), None)
    except (LookupError, AssertionError, StopIteration):
        return None


def test_a_mutation_is_caught_in_a_control_plane_of_ones_own():
    fitting: Counter[str] = Counter()
    for number, entry in enumerate(ENTRIES[::STEP]):
        known = number % 2 == 0
        place = opened(entry, stack(OWN, known))
        if place is None or entry.mutation.name in NOT_THERE:
            continue
        fitting[entry.channel] += 1
        _is_caught(entry, proved(OWN, place))
    assert sum(fitting.values()) > 90 and len(fitting) >= 16, fitting


def _is_caught(entry: Entry, run: Run) -> None:
    mutation, name = entry.mutation, entry.mutation.name
    also = mutation.also | set(MORE.get(name, "").split())
    assert closed(OWN, run.stack.known).counted == []
    if mutation.verdict == "closed":
        assert (run.broken, run.found) == (mutation.caught, frozenset()), name
        return
    assert run.proof.verdict == mutation.verdict, name
    assert mutation.caught <= run.found <= mutation.caught | also, (name, run.found)
