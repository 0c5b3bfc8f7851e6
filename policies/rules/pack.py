"""The rules as policies of the Pulumi SDK. How they are asked is the analyzer's matter."""

import datetime
from typing import Any

import pulumi_policy.policy as sdk
from pulumi_policy import (
    EnforcementLevel,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from rules.boundary import Boundary, parse_boundary
from rules.exceptions import boundary_faults
from rules.judge import judge, judge_rule
from rules.model import Resource, Rule
from rules.schema import SCHEMA
from rules.table import ORIGIN, RULES
from rules.unknowns import plain

BOUNDARY = "boundary"
BOUNDARY_CLAIM = "The declaration of what is inside is sound, and no exception has ended."
EXCEPTIONS_IN_FORCE = "exceptions-in-force"
STACK_TYPE = "pulumi:pulumi:Stack"
FRAMEWORK = PolicyComplianceFramework(
    name="heiiki closed network",
    version="1",
    reference="docs/policies.md",
    specification="What no resource of a network without the internet may do.",
)


def policies() -> list[sdk.Policy]:
    """Every policy of the pack, in the order of the table."""
    each = (_rule_policy(rule) for rule in RULES)
    return [_boundary_policy(), *each, _origin_policy(), _exceptions_policy()]


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(args.resource_type, args.name, args.urn, plain(args.props))


def _boundary(args: ResourceValidationArgs) -> Boundary:
    return declared(plain(args.get_config()))


def declared(config: Any) -> Boundary:
    """The boundary that a policy's configuration declares, as of today."""
    return parse_boundary(config, datetime.datetime.now(datetime.UTC).date())


def _rule_policy(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if not rule.covers(args.resource_type):
            return
        for verdict in judge_rule(rule, _resource(args), _boundary(args)):
            if verdict.exception is None:
                report(verdict.message, args.urn)

    return ResourceValidationPolicy(**_told(rule), validate=validate)


def _told(rule: Rule) -> dict[str, Any]:
    """What a policy says of its rule."""
    return {
        "name": rule.name,
        "description": rule.title,
        "enforcement_level": EnforcementLevel.MANDATORY,
        "display_name": f"{rule.id} {rule.title}",
        "severity": Severity(rule.severity),
        "framework": FRAMEWORK,
        "tags": [rule.id, f"invariant-{rule.invariant}", *rule.ids],
        "remediation_steps": rule.remedy,
        "url": rule.source,
    }


def _origin_policy() -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        # The SDK's arguments lack the inputs; GuardedAnalyzer judges in place of this.
        report(f"{ORIGIN.id} was not judged: the pack runs without its guard.", None)

    return StackValidationPolicy(**_told(ORIGIN), validate=validate)


def _boundary_policy() -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        # Once per stack: the stack itself is the first resource of every deployment.
        if args.resource_type == STACK_TYPE:
            for fault in boundary_faults(_boundary(args)):
                report(f"CN-000 boundary.{fault}. Nothing it grants counts until then.", args.urn)

    return ResourceValidationPolicy(
        name=BOUNDARY,
        description=BOUNDARY_CLAIM,
        validate=validate,
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
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        boundary = _boundary(args)
        if not boundary.exceptions:
            return
        for verdict in judge(_resource(args), boundary):
            if verdict.exception is not None:
                report(verdict.message, args.urn)

    return ResourceValidationPolicy(
        name=EXCEPTIONS_IN_FORCE,
        description="A rule is broken here on purpose, and somebody answers for it.",
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        display_name="Exceptions in force",
        severity=Severity.LOW,
        framework=FRAMEWORK,
    )
