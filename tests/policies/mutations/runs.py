"""Mutations applied and proved, each once, whoever asks."""

from dataclasses import dataclass
from functools import cache

from proof.findings import COMPLETENESS, Finding, Proof
from proof.prove import prove
from tests.policies.mutations.catalogue import ENTRIES, Entry
from tests.policies.mutations.remembering import Asked, remembered
from tests.policies.mutations.stacks import CLOSED, OWN, Stack, stack


@dataclass(frozen=True)
class Run:
    """A stack that somebody opened, and what the proof says of it."""

    scenario: str
    stack: Stack
    proof: Proof
    asked: tuple[Asked, ...]

    @property
    def counted(self) -> list[Finding]:
        """What nobody answers for, and what is more than advice: advisory rules open nothing."""
        return [finding for finding in self.proof.findings if finding.counts]

    @property
    def advised(self) -> list[Finding]:
        return [finding for finding in self.proof.findings if finding.level == "advisory"]

    @property
    def found(self) -> frozenset[str]:
        return frozenset(label(f) for f in self.counted if f.claim != COMPLETENESS)

    @property
    def broken(self) -> frozenset[str]:
        """The rules by which something no longer works; most of what opens a network breaks it."""
        return frozenset(f.rule for f in self.counted if f.claim == COMPLETENESS)

    @property
    def rules(self) -> frozenset[str]:
        """The ids of all that the verdict follows from; where that is closed, of what breaks."""
        return frozenset(f.rule for f in self.counted if f.claim != COMPLETENESS) or self.broken


def label(finding: Finding) -> str:
    """By what something is found: a rule's id, or the claim that a witness shows."""
    shown = finding.claim in ("reach", "perimeter", "names")
    return finding.claim if shown else finding.rule


def proved(scenario: str, opened: Stack) -> Run:
    """The proof of a stack."""
    with remembered() as asked:
        proof = prove(opened.deployment, opened.boundary)
    return Run(scenario, opened, proof, tuple(asked))


@cache
def closed(scenario: str, known: bool) -> Run:
    """An example as it is."""
    return proved(scenario, stack(scenario, known))


@cache
def runs(entry: Entry) -> tuple[Run, ...]:
    """A mutation in two of the examples where it fits, and at two places of the first.

    With the ids known and before any is. Which examples goes round, so that all are opened in
    every channel. What fits none of EKS is of a control plane of one's own.
    """
    fitting = [name for name in CLOSED if _places(entry, name, True)] or [OWN]
    turn = ENTRIES.index(entry) % len(fitting) if fitting else 0
    found = []
    for scenario in (fitting[turn:] + fitting[:turn])[:2]:
        for known in (True, False):
            found += [proved(scenario, place) for place in _places(entry, scenario, known)[:1]]
    found += [proved(run.scenario, place) for run in found[:1] for place in _more(entry, run)]
    return tuple(found)


def _places(entry: Entry, scenario: str, known: bool) -> list[Stack]:
    return list(entry.mutation.change(stack(scenario, known)))


def _more(entry: Entry, run: Run) -> list[Stack]:
    return _places(entry, run.scenario, True)[1:2]


def forget() -> None:
    """What was proved. Of all mutations it is millions of objects, and the garbage collector would
    go through them as long as the process lives."""
    runs.cache_clear()
    closed.cache_clear()
