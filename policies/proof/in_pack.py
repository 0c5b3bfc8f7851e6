"""The proof as the pack tells it: each fault once, and no silence where the proof itself fails."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from model.deployment import Deployment
from proof.admitting import SAME_FAULT
from proof.findings import Finding
from proof.prove import prove_whole
from rules.boundary import Boundary
from rules.failing import where_it_failed
from rules.table import UNDECIDED_WAY

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Told:
    """What has been said before: the rules that each resource breaks, by URN, and the ids that
    nobody answers for."""

    refused: Mapping[str, set[str]]
    missing: Set[str] = frozenset()

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is one of these faults again; then it fails the preview already.

        A way that is open is no repetition: it shows what the faults on it lead to.
        """
        if finding.answered:
            return False
        if finding.claim == "perimeter":
            return bool(SAME_FAULT & self.refused.get(finding.urn, set()))
        return not finding.decided and bool(self.missing & finding.missing)


def proved(deployment: Deployment, boundary: Boundary, told: Told) -> Iterator[Finding]:
    """What only the whole deployment tells. A proof that fails is a finding, and no pass."""
    try:
        found = prove_whole(deployment, boundary).findings
    except Exception as error:
        yield _failed(deployment, error)
        return
    yield from (finding for finding in found if not told.covers(finding))


def sentence(finding: Finding) -> str:
    """What the operator reads: which rule, which resource, what, by which way, and what instead."""
    noun = finding.type.rsplit(":", 1)[-1]
    start = f"{finding.rule} {noun} '{finding.resource}' {finding.what}"
    shown = f"{start}: {finding.witness}." if finding.witness else f"{start}."
    if finding.answered:
        return f"{shown} Answered for by {finding.answered}."
    return f"{shown} {finding.instead}"


def _failed(deployment: Deployment, error: Exception) -> Finding:
    urn = next((n.resource.urn for n in deployment.of_type(STACK_TYPE)), "")
    return Finding(
        "reach", UNDECIDED_WAY.id, urn.rsplit("::", 1)[-1], STACK_TYPE,
        f"could not be proved, so nothing is known of it: {where_it_failed(error)}",
        instead="Install requirements.txt where the pack runs; if it says the same, the proof is "
        "at fault.",
        decided=False, urn=urn,
    )  # fmt: skip
