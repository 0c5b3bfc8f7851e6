"""The analyzer that asks the rules, and the guard that keeps their levels.

The SDK lets a configuration file lower or switch off any policy, in silence. GuardedAnalyzer
refuses such a configuration, and judges every resource by the declared boundary.
"""

import contextlib
import datetime
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import grpc
import pulumi_policy.policy as sdk
from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from rules.configuration import configuration_faults, raised
from rules.declaration import (
    DeclarationError,
    file_name,
    find_declaration,
    find_facts,
    read_declaration,
)
from rules.failing import where_it_failed
from rules.pack import policies
from rules.policy_names import ADVISORY, BOUNDARY, EXCEPTIONS_IN_FORCE

if TYPE_CHECKING:  # loaded where it is needed: see judging.py
    import judging
    from model.deployment import Node

STACK_TYPE = "pulumi:pulumi:Stack"


def missing_declaration(name: str) -> str:
    """What to do where nothing is declared."""
    return (
        f"CN-000 {name} is missing beside the stack file, so nothing is declared as inside and "
        'nothing was judged. Write it, at least {"boundary": {"accounts": ["<account id>"]}} '
        "(heiiki boundary proposes the whole of it; of a program that is not heiiki's, heiiki "
        "boundary --state with what pulumi stack export wrote), or give another file as "
        "--policy-pack-config. With pulumi -C, or by the Automation API, name the folder that it "
        "lies in as HEIIKI_STACK_DIR."
    )


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


class RuleFaultError(RuntimeError):
    """The pack is at fault: nothing was judged, and the engine stops."""


def _without_words(asked: Callable[..., Any]) -> Callable[..., Any]:
    """A fault of the pack without its own words, which may quote a value: the engine shows them."""

    @wraps(asked)
    def judged(*given: Any) -> Any:
        try:
            return asked(*given)
        except Exception as error:
            at = where_it_failed(error)
        raise RuleFaultError(f"the pack is at fault, and nothing was judged: {at}")

    return judged


def _load_what_judges() -> None:
    """What fails here is found again, and told, by whoever asks for it next."""
    with contextlib.suppress(Exception):
        import judging  # noqa: F401


class GuardedAnalyzer(sdk._PolicyAnalyzerServicer):
    """The SDK's analyzer, with a say in how it is configured, and quick about what it judges.

    The SDK reads a resource's properties and its policy's configuration anew for every policy of a
    pack. Here both are read once, and the rules that have something to say are asked.
    """

    def __init__(self, name: str, version: str, listed: list[sdk.Policy], *settings: Any) -> None:
        super().__init__(name, version, listed, *settings)
        self._by_name = {policy.name: policy for policy in listed}
        self._missing: str | None = None  # what to say where nothing is declared
        self._props: dict[str, Mapping[str, Any]] = {}  # of each resource, by URN, as asked for
        self._refused: dict[str, set[str]] = {}  # by URN, the rules that a resource breaks
        self._facts: list[Node] = []  # what is described of supplied things

    @_without_words
    def Analyze(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Judge a resource by the rules that have something to say about its type."""
        import judging

        response = proto.AnalyzeResponse()
        if self._missing is not None:
            if request.type == STACK_TYPE:
                # Here alone: what follows from having no declaration would hide it.
                self._say(response, BOUNDARY, self._missing, request.urn)
            return response
        boundary = self._boundary()
        if request.type == STACK_TYPE:  # once per stack: no other resource comes before it
            for fault in self._read_facts(boundary):
                self._say(response, BOUNDARY, f"CN-000 {fault}", request.urn)
            for fault in judging.boundary_faults(boundary):
                what = f"CN-000 boundary.{fault}. Nothing it grants counts until then."
                self._say(response, BOUNDARY, what, request.urn)
        # Of every type: where its ids come from (CN-004) is asked of each.
        self._props[request.urn] = props = judging.read_struct(request.properties)
        # The engine knows a provider of all that one makes, also of components from elsewhere.
        component = not request.HasField("provider")
        resource = judging.Resource(request.type, request.name, request.urn, props, component)
        # Which Services there are, is known of the whole.
        found = judging.judge(resource, replace(boundary, services_given=None))
        for verdict in sorted(found, key=lambda v: v.exception is not None):
            self._report(response, verdict)
            if verdict.exception is None:
                self._refused.setdefault(request.urn, set()).add(verdict.rule.id)
        return response

    @_without_words
    def AnalyzeStack(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Judge and prove the whole, when every resource has been judged by itself.

        The engine sends what each resource became and where its inputs come from, not the inputs;
        those are remembered from Analyze.
        """
        import judging

        response = proto.AnalyzeResponse()
        if self._missing is not None:
            return response  # said at the stack itself
        boundary = self._boundary()
        deployment = judging.read_preview(request.resources, self._props).with_described(
            self._facts
        )
        # Whatever a preview passes, an update asks again before it is made.
        whole = judging.judge_whole(deployment.made, boundary, later=True)
        for verdict in whole.verdicts:
            self._report(response, verdict)
        for finding in judging.proved(
            deployment, boundary, judging.Told(self._refused, whole.unanswered)
        ):
            rule = judging.BY_ID[finding.rule]
            name = EXCEPTIONS_IN_FORCE if finding.answered else rule.name
            self._say(response, name, judging.sentence(finding), finding.urn)
        return response

    def _read_facts(self, boundary: "judging.Boundary") -> list[str]:
        """Take what was read of supplied things; what is wrong with it, if it cannot be taken."""
        import judging

        path, self._facts = find_facts(os.environ), []
        if path is None:
            return []
        try:
            self._facts = judging.read_facts_file(path, boundary, _today())
        except judging.SourceError as error:
            return str(error).splitlines()
        return []

    def _boundary(self) -> "judging.Boundary":
        """What is declared as inside, as of today."""
        import judging

        config = self._get_policy_config(BOUNDARY) or {}
        return judging.parse_boundary(config, _today())

    def _report(self, response: Any, verdict: "judging.Verdict") -> None:
        """A broken rule fails, or warns; an exception in force is shown."""
        name = verdict.rule.name if verdict.exception is None else EXCEPTIONS_IN_FORCE
        self._say(response, name, verdict.message, verdict.resource.urn)

    def _say(self, response: Any, policy_name: str, message: str, urn: str) -> None:
        policy = self._by_name[policy_name]
        level = self._get_enforcement_level(policy)
        if level is EnforcementLevel.REMEDIATE:  # nothing is mended: it fails
            level = EnforcementLevel.MANDATORY
        report = self._create_report_violation(
            response, policy.name, policy.description, level, policy.severity
        )
        report(message, urn)

    def _take_declaration(self, request: Any) -> None:
        """Take the project's own declaration, or remember that there is none."""
        path = find_declaration(os.environ)
        if path is None:
            self._missing = missing_declaration(file_name(os.environ))
            return
        configs, settings = request.policyConfig, read_declaration(path)
        for name in raised(settings):
            configs[name].enforcementLevel = proto.MANDATORY
        for name, setting in settings.items():
            level = setting.level
            if level is None and name not in configs:  # else the wire's own, which is advisory
                level = "advisory" if name in ADVISORY else "mandatory"
            if level is not None:
                configs[name].enforcementLevel = getattr(proto, level.upper())
            json_format.ParseDict(setting.properties, configs[name].properties)

    def _look_at_own_declaration(self) -> None:
        """Refuse what is no declaration, where the engine has read one already: of a key that is
        written twice it hands on the last. The file that was named is not told here; as a rule it
        is the project's own."""
        path = find_declaration(os.environ)
        if path is not None:
            read_declaration(path)

    def Remediate(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Nothing: a rule says what is wrong, and people mend it."""
        return proto.RemediateResponse()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Refuse what would weaken the pack."""
        self._missing = None
        try:
            if BOUNDARY in request.policyConfig and request.policyConfig[BOUNDARY].properties:
                self._look_at_own_declaration()
            else:
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
        self._props, self._refused, self._facts = {}, {}, []
        answer = super().Configure(request, context)  # type: ignore[no-untyped-call]
        # With the answer the engine starts the program, which has to read its own modules first.
        threading.Thread(target=_load_what_judges, daemon=True).start()
        return answer


def guard() -> None:
    """Make PolicyPack, which has no setting for it, serve through GuardedAnalyzer."""
    sdk._PolicyAnalyzerServicer = GuardedAnalyzer  # type: ignore[assignment,misc]
