"""Where a mutation is applied, to be shown to a pack."""

from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.stacks import CLOSED, OWN, Stack, stack


def first_place(entry: Entry, known: bool) -> Stack:
    """The opened stack, at the first place where it fits; which example goes round."""
    turn = ENTRIES.index(entry) % len(CLOSED)
    for scenario in (*CLOSED[turn:], *CLOSED[:turn], OWN):
        for place in entry.mutation.change(stack(scenario, known)):
            return place
    raise LookupError(f"{entry.id} fits nowhere")
