"""No closed stack is flagged: 200 deployments of 100 stack files of every shape.

Each stack file is drawn by its number, declared by the project's own program, and proved before any
id is known and with all of them.
"""

from collections import Counter

import pytest

from tests.policies.mutations.runs import proved
from tests.policies.mutations.variants import keys_of, variants

FILES, PARTS = 100, 20


@pytest.mark.parametrize("part", range(PARTS))
def test_a_closed_variant_is_proved_closed(part):
    for seed in range(part, FILES, PARTS):
        bastion = "bastion" in keys_of(seed)["network"].get("connections", ())
        word = "open, answered for" if bastion else "closed"  # people come in by it alone
        for stack in variants(seed):
            run = proved(f"variant {seed}", stack)
            assert stack.boundary.faults == ()
            assert run.proof.complete is True
            assert run.counted == [], (seed, stack.known, keys_of(seed))
            assert run.proof.verdict == word, (seed, stack.known)
            assert run.proof.resources > 80 and run.proof.interfaces > 4
            assert len(run.asked) > 8


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
    ways = {"bastion", "peer", "office", "own", "direct"}
    places = {"ap-northeast-1", "eu-central-1", "us-gov-west-1", "cn-north-1"}
    asked = {"carryIn", "boundary", "tags", "endpoints", "flowLogs", "dns"}
    wanted = ways | places | asked | {"selfManaged", "managed"}
    assert {key for key, count in found.items() if count >= 5} >= wanted, found
