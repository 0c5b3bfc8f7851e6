"""Builds worlds from namespaces and prints what arrived, one line of JSON for each world.

    unshare --net python -m tests.policies.proof.namespaces 17 18 19

It runs in a namespace of its own, so nothing of it outlives it or leaves it.
"""

import json
import sys
from random import Random

from tests.policies.proof.making import make
from tests.policies.proof.namespaces.expected import expected, probes_of
from tests.policies.proof.namespaces.kernel import Spaces
from tests.policies.proof.namespaces.layout import layout_of
from tests.policies.proof.namespaces.probes import Watch, send

ROUNDS, SECONDS = 10, 1.0  # all that should arrive is waited for so long; a machine may be busy


def arrivals(seed: int) -> list[tuple[int, str]]:
    """For one world: (number of the probe, end at which it arrived)."""
    world = make(Random(seed), real=True)
    probes = probes_of(world)
    sure, _ = expected(world, probes)
    spaces = Spaces(layout_of(world))
    try:
        watch = Watch(spaces, probes)
        for _ in range(ROUNDS):
            send(spaces, probes)
            if watch.look(sure, SECONDS):
                break
        send(spaces, probes)  # whatever was late, such as a neighbour's address, is here by now
        watch.look(sure, SECONDS)
        watch.close()
    finally:
        spaces.close()
    return sorted(watch.seen)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(json.dumps({"seed": int(each), "arrived": arrivals(int(each))}), flush=True)
