"""No closed stack is flagged: 200 of them, no two of one shape.

Each stack file is drawn by its number and declared by the project's own program. What any program
may make beside that network and leave it closed is added in four ways to each, and each is proved,
by turns before any id is known and with all of them.
"""

from collections import Counter

import pytest

from tests.policies.mutations.beside import BESIDE
from tests.policies.mutations.runs import proved
from tests.policies.mutations.variants import COUNT, FILES, keys_of, shape, variants

PARTS = 10
shapes: dict[int, list[frozenset[tuple[str, int]]]] = {}  # by the seed of the stack file
beside: Counter[tuple[str, bool]] = Counter()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_closed_variant_is_proved_closed(part):
    for seed in range(part, FILES, PARTS):
        bastion = "bastion" in keys_of(seed)["network"].get("connections", ())
        made = variants(seed)
        shapes[seed] = [frozenset(shape(variant.stack).items()) for variant in made]
        beside.update((name, v.stack.known) for v in made for name in v.beside)
        for variant in made:
            stack = variant.stack
            answered = bastion or "dual stack" in variant.beside  # people come in, or sign for IPv6
            word = "open, answered for" if answered else "closed"
            run = proved(f"variant {seed}", stack)
            assert stack.boundary.faults == ()
            assert run.counted == [], (variant.beside, stack.known, keys_of(seed))
            assert run.proof.complete is True
            assert run.proof.verdict == word, (variant.beside, stack.known)
            assert run.proof.resources > 80 and run.proof.interfaces > 4
            assert len(run.asked) > 8


def test_no_two_variants_are_of_one_shape():
    """Texts do not count, nor what is known; runs after the proofs, which make the stacks."""
    for seed in set(range(FILES)) - set(shapes):
        made = variants(seed)
        shapes[seed] = [frozenset(shape(variant.stack).items()) for variant in made]
        beside.update((name, v.stack.known) for v in made for name in v.beside)
    every = [found for listed in shapes.values() for found in listed]
    assert len(every) == len(set(every)) == COUNT >= 200
    assert min(beside[name, known] for name in BESIDE for known in (True, False)) >= 5, beside


def test_variants_are_of_every_shape():
    """What is said to be drawn is: each way in, region, kind of pool and store, often enough."""
    found = Counter()
    for seed in range(FILES):
        keys = keys_of(seed)
        network = keys["network"]
        found.update([keys["region"], *network.get("connections", ())])
        found.update(pool["kind"] for pool in keys["nodePools"].values())
        found.update(key for key in ("carryIn", "boundary", "tags") if key in keys)
        found.update(key for key in ("dns", "endpoints", "flowLogs") if key in network)
        found.update([f"{len(keys['availabilityZones'])} zones"])
    ways = {"bastion", "peer", "office", "own", "direct"}
    places = {"ap-northeast-1", "eu-central-1", "us-gov-west-1", "cn-north-1"}
    asked = {"carryIn", "boundary", "tags", "endpoints", "flowLogs", "dns"}
    zones = {"2 zones", "3 zones"}
    wanted = ways | places | asked | zones | {"selfManaged", "managed"}
    assert {key for key, count in found.items() if count >= 5} >= wanted, found
