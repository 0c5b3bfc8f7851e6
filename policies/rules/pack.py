"""The rules as policies of the Pulumi SDK, and the guard that keeps them mandatory.

The SDK lets a configuration file lower or switch off any policy, in silence. GuardedAnalyzer
refuses such a configuration, and hands the declaration of the boundary to every policy.
"""

import datetime
import os
from functools import cache, partial
from typing import Any

import grpc
import pulumi_policy.policy as sdk
from google.protobuf import json_format
from pulumi.runtime import proto
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
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from rules.boundary import Boundary, parse_boundary
from rules.declaration import (
    DeclarationError,
    file_name,
    find_declaration,
    read_declaration,
)
from rules.exceptions import boundary_faults, exception_for
from rules.judge import Verdict, judge, judge_rule
from rules.model import Resource, Rule
from rules.origins import Node, undeclared
from rules.schema import SCHEMA
from rules.table import BY_NAME, ORIGIN, RULES
from rules.unknowns import plain

_SdkAnalyzer: Any = sdk._PolicyAnalyzerServicer  # `guard` replaces the name in the SDK
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


def has_a_say(policy_name: str, resource_type: str) -> bool:
    """Whether a policy judges resources of a type. What is no rule of the table always does."""
    rule = BY_NAME.get(policy_name)
    return rule is None or rule.covers(resource_type)


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(args.resource_type, args.name, args.urn, plain(args.props))


def _boundary(args: ResourceValidationArgs) -> Boundary:
    return _declared(plain(args.get_config()))


def _declared(config: Any) -> Boundary:
    return parse_boundary(config, datetime.datetime.now(datetime.UTC).date())


def _properties(sent: Any) -> dict[str, Any]:
    """A plain copy of a resource's properties as the engine sends them."""
    values = deserialize_properties(json_format.MessageToDict(sent))
    return dict(plain(unknown_checking_proxy(values)))


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


def missing_declaration(name: str) -> str:
    """What to do where nothing is declared."""
    return (
        f"CN-000 {name} is missing beside the stack file, so nothing is declared as inside and "
        'nothing was judged. Write it, at least {"boundary": {"accounts": ["<account id>"]}} '
        "(heiiki boundary proposes the whole of it), or give another file as --policy-pack-config."
    )


def configuration_faults(levels: dict[str, str], with_properties: set[str]) -> list[str]:
    """Why a configuration would weaken the pack; empty when it would not.

    levels: policy name (or `all`) to mandatory, advisory, remediate or disabled.
    with_properties: the names that are given anything besides a level.
    """
    known = {policy.name for policy in policies()} | {"all"}
    faults = [f"there is no policy {name}" for name in sorted(set(levels) - known)]
    lowered = sorted(
        f"{name} ({level})"
        for name, level in levels.items()
        if name in known - {EXCEPTIONS_IN_FORCE} and level != "mandatory"
    )
    if lowered:
        listed = ", ".join(lowered[:3]) + (" and others" if len(lowered) > 3 else "")
        faults.append(
            f"every rule stays mandatory, but the configuration lowers {listed}; "
            "name the resource and the rule under boundary.exceptions instead"
        )
    if levels.get(EXCEPTIONS_IN_FORCE) == "disabled":
        faults.append(f"{EXCEPTIONS_IN_FORCE} stays on, so that exceptions are seen")
    for name in sorted(with_properties - {BOUNDARY}):
        faults.append(f"{name} takes no properties; write them under {BOUNDARY}")
    return faults


class GuardedAnalyzer(sdk._PolicyAnalyzerServicer):
    """The SDK's analyzer, with a say in how it is configured, and quick about what it judges.

    The SDK reads a resource's properties anew for every policy of a pack, though most policies
    have nothing to say about its type. Therefore each type has an analyzer of the SDK's own, with
    the policies that do.
    """

    def __init__(self, name: str, version: str, listed: list[sdk.Policy], *settings: Any) -> None:
        super().__init__(name, version, listed, *settings)
        self._identity, self._listed, self._settings = (name, version), listed, settings
        self._configuration: Any = proto.ConfigureAnalyzerRequest()
        self._by_type: dict[str, Any] = {}
        self._missing: str | None = None  # what to say where nothing is declared
        self._inputs: dict[str, Any] = {}  # of each AWS resource, by URN, as they came

    def Analyze(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Judge a resource by the policies that have something to say about its type."""
        if self._missing is not None:
            return self._undeclared(request)
        if ORIGIN.covers(request.type):
            self._inputs[request.urn] = request.properties
        analyzer = self._by_type.get(request.type)
        if analyzer is None:
            heard = [p for p in self._listed if has_a_say(p.name, request.type)]
            analyzer = _SdkAnalyzer(*self._identity, heard, *self._settings)
            analyzer.Configure(self._configuration, context)
            self._by_type[request.type] = analyzer
        return analyzer.Analyze(request, context)

    def AnalyzeStack(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Judge where ids come from, when every resource has been judged by itself.

        The engine sends what each resource became and where its inputs come from, not the inputs;
        those are remembered from Analyze.
        """
        response = proto.AnalyzeResponse()
        if self._missing is not None:
            return response  # said at the stack itself
        boundary = _declared(self._get_policy_config(BOUNDARY) or {})
        levels = {p.name: self._get_enforcement_level(p) for p in self._listed}
        nodes = {r.urn: self._node(r) for r in request.resources}
        for resource, what in undeclared(nodes, boundary):
            exception = exception_for(ORIGIN, resource, boundary)
            verdict = Verdict(ORIGIN, resource, what, exception)
            name = ORIGIN.name if exception is None else EXCEPTIONS_IN_FORCE
            report = self._create_report_violation(
                response, name, ORIGIN.title, levels[name], Severity(ORIGIN.severity)
            )
            report(verdict.message, resource.urn)
        return response

    def _undeclared(self, request: Any) -> Any:
        """One fault, at the stack itself, which comes before every other resource: what follows
        from having no declaration would hide it."""
        response = proto.AnalyzeResponse()
        if request.type == STACK_TYPE:
            report = self._create_report_violation(
                response, BOUNDARY, BOUNDARY_CLAIM, EnforcementLevel.MANDATORY, Severity.CRITICAL
            )
            report(str(self._missing), request.urn)
        return response

    def _take_declaration(self, request: Any) -> None:
        """Take the project's own declaration, or remember that there is none."""
        path = find_declaration(os.environ)
        if path is None:
            self._missing = missing_declaration(file_name(os.environ))
            return
        configs = request.policyConfig
        for name, setting in read_declaration(path).items():
            level = setting.level or ("mandatory" if name not in configs else None)
            if level is not None:
                configs[name].enforcementLevel = getattr(proto, level.upper())
            json_format.ParseDict(setting.properties, configs[name].properties)

    def _node(self, sent: Any) -> Node:
        inputs = self._inputs.get(sent.urn)  # of an AWS resource only
        props = {} if inputs is None else _properties(inputs)
        sources = {key: frozenset(d.urns) for key, d in sent.propertyDependencies.items()}
        return Node(
            Resource(sent.type, sent.name, sent.urn, props),
            sources,
            cache(partial(_properties, sent.properties)),
        )

    def Remediate(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing: a rule says what is wrong, and people mend it."""
        return proto.RemediateResponse()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse what would weaken the pack; give every policy the boundary's declaration."""
        self._missing = None
        if not (BOUNDARY in request.policyConfig and request.policyConfig[BOUNDARY].properties):
            try:
                self._take_declaration(request)
            except DeclarationError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        configs = request.policyConfig
        levels = {
            name: self._convert_enforcement_level(configs[name].enforcementLevel).value
            for name in configs
        }
        given = {name for name in configs if len(configs[name].properties)}
        faults = configuration_faults(levels, given)
        if faults:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "; ".join(faults))
        for policy in policies():
            if policy.name not in configs and policy.enforcement_level is not None:
                level = self._map_enforcement_level(policy.enforcement_level)
                configs[policy.name].enforcementLevel = level
            # The SDK gives a policy its own properties only; the boundary belongs to all.
            configs[policy.name].properties.CopyFrom(configs[BOUNDARY].properties)
        self._configuration, self._by_type, self._inputs = request, {}, {}
        return super().Configure(request, context)  # type: ignore[no-untyped-call]


def guard() -> None:
    """Make PolicyPack, which has no setting for it, serve through GuardedAnalyzer."""
    sdk._PolicyAnalyzerServicer = GuardedAnalyzer  # type: ignore[assignment,misc]
