"""Some mutations and closed variants in previews of the real engine.

It says of each what the proof says on its own, as of all by `python -m bench.through_engine`. The
closed examples live in tests/engine, each as its own program.
"""

from collections.abc import Iterator

import pytest

from tests.policies.analyzer import TODAY
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import Stack
from tests.policies.mutations.variants import variants
from tests.policies.wire.declarations import declared
from tests.policies.wire.engine import Engine
from tests.policies.wire.pack import STACK
from tests.policies.wire.places import first_place
from tests.policies.wire.said import differences, expected
from tests.policies.wire.sent import NOT_SHOWN, facts, sent, shown

pytestmark = pytest.mark.engine

# By which each is found: a type, the declaration, packets, names, requests, what breaks.
SOME = (
    "a resource of another cloud",
    "a declaration with an exception that nobody answers for",
    "a route past a transit gateway's blackhole",
    "a rule group that allows before another blocks",
    "a key granted to a foreign principal",
    "a DNS Firewall that forgets ssm",
)
BY_NAME = {entry.mutation.name: entry for entry in ENTRIES}
SEEDS = (1, 12)  # of stack files: of a region, and beside each the same without any id


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = Engine(tmp_path_factory.mktemp("wire"))
    yield made
    made.close()


def refused(engine: Engine, opened: Stack) -> bool:
    """Whether the preview failed, after the pack has said in it what the proof says."""
    given, opened = declared(opened, TODAY)
    resources, opened = sent(opened, STACK), shown(opened)
    wanted = expected(opened, proved(opened.name, opened).proof)
    previewed = engine.preview(resources, given, facts(opened, STACK, TODAY))
    assert differences(wanted, previewed.said) == [], previewed.text
    assert previewed.registered > len(resources), "the stack itself is one"
    assert (previewed.code != 0) is wanted.refused, previewed.text
    return wanted.refused


@pytest.mark.parametrize("name", SOME)
def test_a_mutation_is_refused_with_what_the_proof_finds(engine, name):
    entry = BY_NAME[name]
    assert refused(engine, first_place(entry, known=SOME.index(name) % 2 == 0))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_closed_variant_passes(engine, seed):
    for variant in variants(seed)[:2]:
        assert not refused(engine, variant.stack)


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_what_the_engine_keeps_for_itself_is_seen_in_a_state_alone(engine, name):
    (entry,) = (entry for entry in ENTRIES if entry.id == name)
    opened = first_place(entry, known=True)
    assert proved(opened.name, opened).proof.verdict == "open", "a state has it"
    assert not refused(engine, opened), "it is shown now: take it off the list, and off the page"
