"""docs/proof/mutations.md: every mutation and what catches it."""

from collections.abc import Iterator

from bench.peers import found
from tests.policies.mutations.catalogue import CHANNELS
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.variants import COUNT

CLAIMS = {
    "reach": "[reach](reach.md)",
    "perimeter": "[perimeter](perimeter.md)",
    "names": "[names](names.md)",
    "CN-000": "the declaration",
}
INTRODUCTION = """# Mutations

Every way to open a closed stack that is known here, and what catches it.
`tests/policies/mutations/` applies each of the {count} to two of the example stacks, with the ids
known and before any id is; what only a control plane of one's own has, to `self-hosted`. It
asserts that the verdict is no longer closed, and that what is named
here is found and nothing else but what may come with it. Requests that a finding shows are held
against a second evaluator of policies. Packets are held against a brute force over the stack's
properties, that they end where the finding says, and each hop on their way against the properties
of what it names: that it is there, and leads to the next one. Packets of *any machine* are
followed hop by hop alone; others hold where they end. Names that are surely asked outside are held
against the DNS Firewall's rules as they stand. Each rule has a mutation that it alone catches.
{variants} generated stacks, no two of one shape, are proved closed. And each that fits is applied
to `open`, which is open on purpose, and to `existing`, whose network others make: it is found
beside what somebody answers for there, a dozen of them in previews of the real engine. That the
pack says of each what the proof says, in previews too, stands under
[through the engine](README.md#through-the-engine).

Under *Completeness* nothing is opened: features no longer work, and the verdict stays closed.

*reach*, *perimeter* and *names* are the claims of the proof; numbers are [rules](../policies.md).
Where the proof can say no more than that a fact is missing, the mutation is *undecided*, which
fails as open does.

This page is generated: `UPDATE_GOLDEN=1 pytest tests/policies/mutations/test_page.py`.
"""
HEADER = "| somebody makes, or leaves | caught by | and perhaps |\n|---|---|---|"


def render() -> str:
    """The whole page."""
    count = sum(len(listed) for listed in CHANNELS.values())
    return (
        "\n".join(
            [INTRODUCTION.format(count=count, variants=COUNT), *_sections(), *_newer()]
        ).rstrip()
        + "\n"
    )


def newer() -> dict[str, list[str]]:
    """By channel, the mutations that the other tools have not been shown yet: to ask them takes a
    package index and a quarter of an hour, so nobody who adds one has to."""
    _, recorded = found.read(found.FILE.read_text(encoding="utf-8"))
    shown = {(told.channel, told.name) for told in recorded}
    names = {
        channel: [m.name for m in listed if (channel, m.name) not in shown]
        for channel, listed in CHANNELS.items()
    }
    return {channel: listed for channel, listed in names.items() if listed}


def _newer() -> Iterator[str]:
    waiting = newer()
    count = sum(map(len, waiting.values()))
    yield f"## Not shown to other tools yet: {count}\n"
    if not waiting:
        yield "[peers.md](peers.md) has all of them."
        return
    yield "Newer than [peers.md](peers.md), which `make peers` writes anew:\n"
    yield from (f"- {channel}: {'; '.join(listed)}" for channel, listed in waiting.items())


def _sections() -> Iterator[str]:
    for channel, listed in CHANNELS.items():
        yield f"## {channel}\n\n{HEADER}"
        yield from (_row(mutation) for mutation in listed)
        yield ""


def _row(mutation: Mutation) -> str:
    doubt = " (undecided)" if mutation.verdict == "undecided" else ""
    cells = (mutation.name + doubt, _named(mutation.caught), _named(mutation.also))
    return "| " + " | ".join(cells) + " |"


def _named(labels: frozenset[str]) -> str:
    return ", ".join(
        CLAIMS.get(label) or f"[{label}](../policies.md#{label.lower()})"
        for label in sorted(labels)
    )
