"""Pipelines of CodePipeline, and connections to where sources lie: what they fetch and run.

A pipeline acts by its role from AWS's own network. What its builds, functions and state machines
do, their own rules ask; whose each is, CN-004 (named_by_type.py). A connection is to a host
outside, unless it goes by a host of one's own in a VPC.

CodePipeline user guide: reference-pipeline-structure, action-reference (each action's provider and
its configuration), rule-reference. Developer tools console guide: welcome-connections. Read
2026-11-30.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rules.boundary import Boundary
from rules.buckets import OWN_ACLS
from rules.hosts import outside_host
from rules.machines import shown
from rules.model import Check, Resource
from rules.told_words import hosts_of_variable, proxies_outside
from rules.unknowns import REGION, UNKNOWN, at, each, is_set, listed, says

PIPELINE: Final = "aws:codepipeline/pipeline:Pipeline"
CONNECTIONS: Final = (
    "aws:codeconnections/connection:Connection",
    "aws:codestarconnections/connection:Connection",
)
_NAMES: Final[dict[tuple[str, str], str]] = {  # by category and provider what an action names
    ("Source", "S3"): "S3Bucket",
    ("Source", "CodeCommit"): "",  # which AWS keeps, of the own account and region
    ("Source", "ECR"): "",
    ("Build", "CodeBuild"): "ProjectName",
    ("Test", "CodeBuild"): "ProjectName",
    ("Approval", "Manual"): "NotificationArn",
    ("Deploy", "S3"): "BucketName",
    ("Invoke", "Lambda"): "FunctionName",
    ("Invoke", "StepFunctions"): "StateMachineArn",
}
_ASKING: Final = ("CloudWatchAlarm", "DeploymentWindow", "VariableCheck")  # and calling nothing
_CONDITIONS: Final = ("beforeEntry", "onSuccess", "onFailure")
_VARIABLES: Final = "EnvironmentVariables"
_BESIDE: Final = "environmentVariables"
_ACL: Final = "CannedACL"  # of what is put into a bucket, in place of what the object had
_FILLED: Final = "#{"  # as it runs
_SHOWN: Final = re.compile(r"[A-Za-z0-9]{1,40}")


class _Action(NamedTuple):
    """An action of a stage. where: as messages say it."""

    where: str
    kind: tuple[Any, Any]
    body: Any


def _actions(resource: Resource) -> Iterator[_Action]:
    for index, stage in each(resource.props.get("stages")):
        for number, body in each(UNKNOWN if stage is UNKNOWN else at(stage, "actions")):
            kind = at(body, "category"), at(body, "provider")
            yield _Action(f"stages{index}.actions{number}", kind, body)


def _runs(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.type in CONNECTIONS:
        if not is_set(resource.props.get("hostArn")):
            yield "leads to a host outside: it sets no hostArn, a host of one's own"
        return
    for action in _actions(resource):
        yield from (f"{action.where}{fault}" for fault in _of_action(action, boundary))
    for index, stage in each(resource.props.get("stages")):
        for path in _CONDITIONS:
            for _, rule in each(at(stage, path, "condition", "rules")):
                provider = at(rule, "ruleTypeId", "provider")
                if not listed(provider, _ASKING):
                    said = says(provider, _SHOWN)
                    yield f"stages{index}.{path} asks {said}, which no rule here has judged"
    for index, kept in each(resource.props.get("artifactStores")):
        region = at(kept, "region")
        if _elsewhere(region, boundary):
            said = says(region, REGION)
            yield f"artifactStores{index}.region is {said}, which is not declared"


def _of_action(action: _Action, boundary: Boundary) -> Iterator[str]:
    name = _name_in(action)
    if at(action.body, "owner") != "AWS" or name is None:
        said = says(action.kind[1], _SHOWN)
        yield f".provider is {said}, none of AWS's that a rule here has judged"
        return
    if _elsewhere(at(action.body, "region"), boundary):
        yield f".region is {says(at(action.body, 'region'), REGION)}, which is not declared"
    if _FILLED in str(at(action.body, "configuration", name) or ""):
        yield f".configuration.{name} is filled in as it runs"
    acl = at(action.body, "configuration", _ACL)
    if is_set(acl) and not listed(acl, OWN_ACLS):
        yield f".configuration.{_ACL} is {says(acl)}, which admits others than the owner"
    told = list(_told(action))
    for where, name, value in told:
        for host in hosts_of_variable(name, value):
            fault = outside_host(host, boundary)
            if fault:
                yield f"{where} names {shown(host)}, which {fault}"
    yield from proxies_outside(told, boundary)


def _name_in(action: _Action) -> str | None:
    """In what an action names something; None where no rule has judged its kind."""
    known = all(isinstance(part, str) for part in action.kind)
    return _NAMES.get(action.kind) if known else None


def _elsewhere(region: Any, boundary: Boundary) -> bool:
    return is_set(region) and bool(boundary.regions) and not listed(region, boundary.regions)


def _told(action: _Action) -> Iterator[tuple[str, str, str]]:
    """What a build is told here, in place of what its project says: where, name, value. By a text
    of its configuration, or by a list beside that, which AWS has of any action."""
    text = at(action.body, "configuration", _VARIABLES)
    try:
        read = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        read = None  # AWS takes no other
    beside = at(action.body, _BESIDE)
    for where, variables in ((f".configuration.{_VARIABLES}", read), (f".{_BESIDE}", beside)):
        for _, item in each(variables):
            name, value = at(item, "name"), at(item, "value")
            if isinstance(name, str) and isinstance(value, str):
                yield where, name, value


def named(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The input, the path and the name of what a pipeline fetches, runs and puts there."""
    if resource.type in CONNECTIONS and is_set(resource.props.get("hostArn")):
        yield "hostArn", "hostArn", resource.props["hostArn"]
    if resource.type != PIPELINE:
        return
    for index, kept in each(resource.props.get("artifactStores")):
        yield "artifactStores", f"artifactStores{index}.location", at(kept, "location")
    for action in _actions(resource):
        name = _name_in(action)
        value = at(action.body, "configuration", name) if name else None
        if is_set(value):
            yield "stages", f"{action.where}.configuration.{name}", value


CHECKS: dict[str, Check] = {"CN-258": _runs}
