"""The proof: what every resource says by itself, where packets and names may go, whom policies
admit, and what would break."""

import re
from collections.abc import Iterator
from dataclasses import replace

from model.build import build_model
from model.deployment import Deployment
from model.seen import as_seen
from proof.admitting import policies_found
from proof.complete import features_found, names_missed
from proof.findings import Finding, Proof, answered_by
from proof.leaving import ways_found
from proof.names import names_found
from proof.remembering import Decisions
from rules.boundary import Boundary
from rules.cluster_names import services
from rules.exceptions import boundary_faults
from rules.judge import judge
from rules.whole import judge_whole

_ABSENT = re.compile(r" is absent, not ")
_VALUE = re.compile(r" is [^,]+, not ")


def prove(deployment: Deployment, boundary: Boundary) -> Proof:
    """Everything that is open or undecided in a deployment, by the declared boundary."""
    decisions = Decisions()
    found = _found(deployment, boundary, decisions)
    seen = as_seen(deployment)
    if seen is None:
        return found
    # Both count: what was seen is there now, and what is asked for is there after the next `up`.
    known = {*found.findings, *map(_of_default, found.findings)}
    more = (
        finding for finding in _found(seen, boundary, decisions).findings
        if finding not in known and _of_default(finding, _VALUE) not in known
    )  # fmt: skip
    return replace(found, findings=(*found.findings, *more))


def _of_default(finding: Finding, value: re.Pattern[str] = _ABSENT) -> Finding:
    """The finding without the value that it tells of: where nothing is asked for, AWS fills in what
    was seen, which is no second finding."""
    return replace(finding, what=value.sub(" is …, not ", finding.what, count=1))


def _found(deployment: Deployment, boundary: Boundary, decisions: Decisions) -> Proof:
    whole, nothing = prove_whole(deployment, boundary, decisions), tuple(_nothing(deployment))
    alone = (*nothing, *_declaration(boundary), *_by_itself(deployment, boundary))
    resources = 0 if nothing else whole.resources
    return Proof((*alone, *whole.findings), resources, whole.interfaces, whole.policies)


def prove_whole(
    deployment: Deployment, boundary: Boundary, decisions: Decisions | None = None
) -> Proof:
    """What only the whole deployment tells, when every resource has been judged by itself.

    decisions: by the same boundary, of another deployment."""
    model = build_model(deployment)
    ways = list(ways_found(deployment, model.network, boundary))
    policies = list(policies_found(deployment, model, boundary, decisions or Decisions()))
    names = names_found(deployment, model, boundary)
    broken = (*features_found(deployment, model, boundary), *names_missed(deployment, boundary))
    findings = (*ways, *(finding for asked in policies for finding in asked), *names, *broken)
    return Proof(findings, len(deployment.made), len(model.network.interfaces), len(policies))


def _nothing(deployment: Deployment) -> Iterator[Finding]:
    """A proof of nothing proves nothing: a stack that was destroyed, or an export of another one,
    is not called closed."""
    if all(node.resource.type.startswith("pulumi:") for node in deployment.made.values()):
        yield Finding(
            "reach", "CN-006", "the deployment", "",
            "holds nothing but its stack and providers, so nothing was proved",
            instead="Ask about a stack that makes something.", decided=False,
        )  # fmt: skip


def _declaration(boundary: Boundary) -> Iterator[Finding]:
    for fault in boundary_faults(boundary):
        mend = "Repair the policy file."
        yield Finding("boundary", "CN-000", "boundary", "", fault, instead=mend)


def _by_itself(deployment: Deployment, boundary: Boundary) -> Iterator[Finding]:
    """What each resource decides alone, and what only the whole of them decides."""
    known = replace(boundary, services_given=services(deployment.made))
    verdicts = [v for node in deployment.made.values() for v in judge(node.resource, known)]
    verdicts += judge_whole(deployment.made, boundary).verdicts
    for verdict in verdicts:
        yield Finding(
            "rule",
            verdict.rule.id,
            verdict.resource.name,
            verdict.resource.type,
            verdict.what,
            instead=verdict.rule.remedy,
            decided=verdict.rule.decides,
            answered=answered_by(verdict.exception),
            urn=verdict.resource.urn,
            level=verdict.rule.level,
        )
