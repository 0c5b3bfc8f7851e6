"""The analyzer that asks the policies, and the guard that keeps them mandatory.

The SDK lets a configuration file lower or switch off any policy, in silence. GuardedAnalyzer
refuses such a configuration, and hands the declaration of the boundary to every policy.
"""

import os
from typing import Any

import grpc
import pulumi_policy.policy as sdk
from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Severity

from rules.declaration import (
    DeclarationError,
    file_name,
    find_declaration,
    read_declaration,
)
from rules.exceptions import exception_for
from rules.judge import Verdict
from rules.origins import undeclared
from rules.pack import (
    BOUNDARY,
    BOUNDARY_CLAIM,
    EXCEPTIONS_IN_FORCE,
    STACK_TYPE,
    declared,
    policies,
)
from rules.table import BY_NAME, ORIGIN
from sources.preview import read_preview

_SdkAnalyzer: Any = sdk._PolicyAnalyzerServicer  # `guard` replaces the name in the SDK


def has_a_say(policy_name: str, resource_type: str) -> bool:
    """Whether a policy judges resources of a type. What is no rule of the table always does."""
    rule = BY_NAME.get(policy_name)
    return rule is None or rule.covers(resource_type)


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
        boundary = declared(self._get_policy_config(BOUNDARY) or {})
        levels = {p.name: self._get_enforcement_level(p) for p in self._listed}
        deployment = read_preview(request.resources, self._inputs)
        for resource, what in undeclared(deployment.nodes, boundary):
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
