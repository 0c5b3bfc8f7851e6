"""Mutations of what somebody answers for: of `open`, which is open on purpose, and of `existing`,
whose network is another team's. Each turns up beside that, and nobody has answered for it.
"""

from collections import Counter
from functools import cache

import pytest

from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.runs import Run, proved
from tests.policies.mutations.stacks import ANSWERED, Stack, stack

# Where a mutation is found by less than in a closed stack, and why.
LESS = {
    ("open", "Routes: a route for an own prefix list"): "reach",
    ("open", "Routes: a route for an own prefix list with an entry of its own"): "reach",
    ("open", "Routes: a route to a NAT gateway that is not this program's"): "reach",
    ("existing", "Strangers: nothing declared as inside"): "CN-130 CN-131 perimeter",
    ("existing", "User data: a host of AWS without an endpoint"): "CN-211",
}
# Of `open` the subnets lead out already, by a gateway that somebody answers for: the rules say what
# is new. `existing` has no key, and roles that trust services alone; its endpoints are others'.

# What would break is another question: calls of `open` may leave by its gateways, and `existing`
# makes no endpoints.
OPENINGS = [entry for entry in ENTRIES if entry.mutation.verdict != "closed"]

CHANNELS_OF_A_NETWORK = {
    "Gateways and public addresses", "Routes", "IPv6", "Connections", "Transit gateways",
    "Filters", "Machines", "EKS", "Names", "Endpoints", "Stores", "Trusts", "Deliveries", "Fronts",
    "Kubernetes", "Strangers",
}  # fmt: skip
MADE_BY_OTHERS: dict[str, set[str]] = {"open": set(), "existing": {"Routes", "IPv6", "Endpoints"}}
FITTING = {"open": 420, "existing": 240}
THIRD = 3  # of the mutations, before any id is known; all of them with the ids


@cache
def as_it_is(scenario: str, known: bool) -> Run:
    return proved(scenario, stack(scenario, known))


def opened(entry: Entry, closed: Stack) -> Stack | None:
    """The first place where a mutation fits; None where nothing of its kind is there."""
    try:
        return next(iter(entry.mutation.change(closed)), None)
    except LookupError:
        return None


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("scenario", ANSWERED)
def test_somebody_answers_for_all_that_is_found_of_the_example(scenario, known):
    run = as_it_is(scenario, known)
    assert run.counted == [] and len(run.proof.findings) >= 2
    assert all(finding.answered for finding in run.proof.findings)
    assert run.proof.verdict == {"open": "open, answered for", "existing": "closed"}[scenario]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("scenario", ANSWERED)
def test_a_mutation_is_found_beside_what_is_answered_for(scenario, known):
    fitting: Counter[str] = Counter()
    before = as_it_is(scenario, known)
    for entry in OPENINGS if known else OPENINGS[::THIRD]:
        place = opened(entry, before.stack)
        if place is None:
            continue
        fitting[entry.channel] += 1
        _found_besides(entry, proved(scenario, place))
    if known:
        assert CHANNELS_OF_A_NETWORK - set(fitting) == MADE_BY_OTHERS[scenario]
    assert sum(fitting.values()) * (1 if known else THIRD) >= FITTING[scenario]


def _found_besides(entry: Entry, run: Run) -> None:
    mutation = entry.mutation
    less = frozenset(LESS.get((run.scenario, entry.id), "").split())
    # Who answers for a VPC's gateways answers for its names, which need no more to leave.
    covered = frozenset({"names"} if run.scenario == "open" else ()) - run.found
    wanted = mutation.caught - less - covered
    usual = as_it_is(run.scenario, run.stack.known).proof.verdict
    assert run.proof.verdict == (mutation.verdict if wanted else usual), entry.id
    assert wanted <= run.found, (entry.id, wanted - run.found)
    assert not less & run.found, entry.id
    assert run.found <= mutation.caught | mutation.also, (entry.id, run.found - mutation.caught)
    about = {finding.resource for finding in run.counted if finding.claim == "rule"}
    assert not run.stack.touched or about <= run.stack.touched, entry.id
