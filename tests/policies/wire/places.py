"""Where a mutation is applied, to be shown to a pack."""

from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.stacks import CLOSED, OWN, Stack, stack


def first_place(entry: Entry, known: bool) -> Stack:
    """The opened stack, at the first place where it fits; which example goes round.

    With the ids known in any case where others made some of it: a facts file tells them.
    """
    turn = ENTRIES.index(entry) % len(CLOSED)
    for scenario in (*CLOSED[turn:], *CLOSED[:turn], OWN):
        for place in entry.mutation.change(stack(scenario, known)):
            described = len(place.deployment.made) < len(place.deployment.nodes)
            return first_place(entry, True) if described and not known else place
    raise LookupError(f"{entry.id} fits nowhere")
