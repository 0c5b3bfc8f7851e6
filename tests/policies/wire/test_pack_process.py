"""The mutations before the pack as a process, asked over the engine's protocol.

It says of each, rule by rule and word by word, what the proof says on its own: of one in four here,
by turns before any id is known and with all of them. `python -m bench.through_engine --pack` asks
about all of them so, and without --pack by previews of the real engine.
"""

from collections.abc import Iterator

import pytest

from tests.policies.analyzer import TODAY
from tests.policies.mutations.catalogue import CHANNELS, ENTRIES, Entry
from tests.policies.mutations.runs import proved
from tests.policies.mutations.stacks import ANSWERED, CLOSED, OWN, Stack, stack
from tests.policies.wire.declarations import declared
from tests.policies.wire.pack import STACK, Pack, started
from tests.policies.wire.places import first_place
from tests.policies.wire.said import Expected, differences, expected
from tests.policies.wire.sent import NOT_SHOWN, facts, sent, shown

SHARE = 4
SHOWN = [entry for entry in ENTRIES if entry.id not in NOT_SHOWN]
SOME = [
    entry
    for channel in CHANNELS
    for entry in [one for one in SHOWN if one.channel == channel][::SHARE]
]


@pytest.fixture(scope="module")
def pack() -> Iterator[Pack]:
    with started() as process:
        yield process


def judged(pack: Pack, opened: Stack) -> Expected:
    """What is expected, after the pack has said the same."""
    given, opened = declared(opened, TODAY)
    resources, opened = sent(opened, STACK), shown(opened)
    wanted = expected(opened, proved(opened.name, opened).proof)
    said = pack.judge(resources, given, facts(opened, STACK, TODAY))
    assert differences(wanted, said) == []
    assert any(one.mandatory for one in said) is wanted.refused
    return wanted


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("scenario", (*CLOSED, OWN, *ANSWERED))
def test_an_example_passes(pack, scenario, known):
    assert not judged(pack, stack(scenario, known)).refused


@pytest.mark.parametrize("entry", SOME, ids=[entry.id for entry in SOME])
def test_a_mutation_is_refused_with_what_the_proof_finds(pack, entry: Entry):
    wanted = judged(pack, first_place(entry, known=SOME.index(entry) % 2 == 0))
    assert wanted.refused or wanted.waits


def test_some_of_every_channel_are_among_them():
    assert {entry.channel for entry in SOME} == set(CHANNELS)
