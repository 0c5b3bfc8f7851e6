"""A proof as programs read it: every finding, what each rule looked at, and the boundary."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any

from evidence.marks import mark_of
from model.deployment import Deployment
from proof.findings import Finding, Proof
from rules.boundary import Boundary, RuleException
from rules.exceptions import boundary_faults, of_nothing
from rules.mappings import MAPPINGS
from rules.model import Rule
from rules.table import BY_ID, RULES, STACK_RULES

EVERY_RULE = tuple(sorted((*RULES, *STACK_RULES), key=lambda rule: rule.id))
_OF_THE_DECLARATION = "critical"  # a fault there, CN-000


def document(proof: Proof, deployment: Deployment, boundary: Boundary) -> dict[str, Any]:
    """All of it, with what other catalogues call the rules' claims."""
    told = {name: getattr(proof, name) for name in ("resources", "interfaces", "policies")}
    return {
        "verdict": proof.verdict,
        "complete": proof.complete,
        "advisories": sum(mark_of(finding) == "advised" for finding in proof.findings),
        "findings": [_finding(finding) for finding in proof.findings],
        **told,
        "rules": _counts(proof, deployment),
        "boundary": _declared(boundary),
        "ofNothing": [
            f"{e.path.rstrip('.')} is for {e.rule} of {' '.join(filter(None, (e.type, e.name)))}, "
            "and nothing here is called so"
            for e in without_cause(deployment, boundary, proof.findings)
        ],
        "elsewhere": {rule: found.by_catalogue() for rule, found in MAPPINGS.items()},
    }


def looked_at(deployment: Deployment) -> dict[Rule, int]:
    """Of each rule, how many resources of this deployment it has something to ask."""
    types = Counter(node.resource.type for node in deployment.made.values())
    return {r: sum(n for type_, n in types.items() if r.covers(type_)) for r in EVERY_RULE}


def without_cause(
    deployment: Deployment, boundary: Boundary, findings: Iterable[Finding]
) -> list[RuleException]:
    """The exceptions that name nothing of a deployment, nor anything that was found."""
    there = [(node.resource.type, node.resource.name) for node in deployment.nodes.values()]
    return list(of_nothing(boundary, [*there, *((f.type, f.resource) for f in findings)]))


def _finding(finding: Finding) -> dict[str, Any]:
    rule = BY_ID.get(finding.rule)
    severity = rule.severity if rule is not None else _OF_THE_DECLARATION
    missing = sorted(finding.missing)
    return {**dataclasses.asdict(finding), "severity": severity, "missing": missing}


def _counts(proof: Proof, deployment: Deployment) -> list[dict[str, Any]]:
    answered = Counter(f.rule for f in proof.findings if f.answered)
    found = Counter(f.rule for f in proof.findings if not f.answered)
    return [
        {
            "rule": rule.id, "severity": rule.severity, "level": rule.level, "lookedAt": looked,
            "found": found[rule.id], "answered": answered[rule.id],
        }
        for rule, looked in looked_at(deployment).items()
    ]  # fmt: skip


def _declared(boundary: Boundary) -> dict[str, Any]:
    """The boundary as it was read, by the keys of the policy file."""
    return {
        "accounts": sorted(boundary.accounts),
        "organizationId": boundary.organization_id,
        "regions": sorted(boundary.regions),
        "services": sorted(boundary.services),
        **{
            key: [{**dataclasses.asdict(u), "expires": u.expires.isoformat()} for u in listed]
            for key, listed in (
                ("packages", boundary.packages), ("apiGroups", boundary.api_groups),
            )
        },
        "registries": sorted(boundary.registries),
        "hosts": sorted(boundary.hosts),
        "cidrs": [str(cidr) for cidr in boundary.ranges],
        "connections": [
            {
                **dataclasses.asdict(c), "cidrs": [str(cidr) for cidr in c.cidrs],
                "accounts": sorted(c.accounts),
            }
            for c in boundary.connections
        ],
        "supplied": [dataclasses.asdict(supply) for supply in boundary.supplied],
        "domains": [dataclasses.asdict(domains) for domains in boundary.domains],
        "factsMaxAgeDays": boundary.facts_max_age_days,
        "exceptions": [
            {
                "rule": e.rule, "name": e.name, "type": e.type, "owner": e.owner,
                "reason": e.reason, "expires": e.expires.isoformat(), "scp": e.scp,
                "only": list(e.only),
            }
            for e in boundary.exceptions
        ],
        "faults": list(boundary_faults(boundary)),
    }  # fmt: skip
