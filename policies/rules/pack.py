"""The rules as policies of the Pulumi SDK: what the engine is told of them.

Who asks them is the analyzer: the SDK would read each resource and the declaration anew for every
policy, so nothing is judged in the policies themselves.
"""

from typing import Any

import pulumi_policy.policy as sdk
from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationPolicy,
    Severity,
    StackValidationPolicy,
)

from rules.mappings import elsewhere
from rules.model import Rule
from rules.policy_names import BOUNDARY, EXCEPTIONS_IN_FORCE
from rules.schema import SCHEMA
from rules.table import RULES, STACK_RULES

FRAMEWORK = PolicyComplianceFramework(
    name="heiiki closed network",
    version="1",
    reference="docs/policies.md",
    specification="What no resource of a network without the internet may do.",
)


def policies() -> list[sdk.Policy]:
    """Every policy of the pack, in the order of the table."""
    rules = (ResourceValidationPolicy(**_told(rule)) for rule in RULES)
    whole = (StackValidationPolicy(**_told(rule)) for rule in STACK_RULES)
    return [_boundary_policy(), *rules, *whole, _exceptions_policy()]


def _unguarded(rule_id: str) -> Any:
    """A rule asked by the SDK itself: that fails."""

    def validate(args: object, report: ReportViolation) -> None:
        report(f"{rule_id} was not judged: the pack runs without its guard.", None)

    return validate


def _told(rule: Rule) -> dict[str, Any]:
    """What a policy says of its rule."""
    return {
        "name": rule.name,
        "description": rule.title,
        "validate": _unguarded(rule.id),
        "enforcement_level": EnforcementLevel(rule.level),
        "display_name": f"{rule.id} {rule.title}",
        "severity": Severity(rule.severity),
        "framework": FRAMEWORK,
        "tags": [rule.id, f"invariant-{rule.invariant}", *elsewhere(rule.id).ids()],
        "remediation_steps": rule.remedy,
        "url": rule.source,
    }


def _boundary_policy() -> ResourceValidationPolicy:
    return ResourceValidationPolicy(
        name=BOUNDARY,
        description="The declaration of what is inside is sound, and no exception has ended.",
        validate=_unguarded("CN-000"),
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=PolicyConfigSchema(SCHEMA),
        display_name="CN-000 The declared boundary is sound.",
        severity=Severity.CRITICAL,
        framework=FRAMEWORK,
        tags=["CN-000"],
        remediation_steps="Repair heiiki.<stack>.policy.json, or the file given as "
        "--policy-pack-config.",
    )


def _exceptions_policy() -> ResourceValidationPolicy:
    return ResourceValidationPolicy(
        name=EXCEPTIONS_IN_FORCE,
        description="A rule is broken here on purpose, and somebody answers for it.",
        validate=_unguarded(EXCEPTIONS_IN_FORCE),
        enforcement_level=EnforcementLevel.ADVISORY,
        display_name="Exceptions in force",
        severity=Severity.LOW,
        framework=FRAMEWORK,
    )
