"""State machines of Step Functions: what they call, and where they hand what they were given.

They run in AWS's own network, by their role: what they call is called past every endpoint. So each
task calls something of a kind that a rule has judged, of an own account, and by a name that is
written down; a name that is filled in as it runs may be anybody's. Whether what is called is made
here, CN-004 asks (named_by_type.py).

Step Functions developer guide: integrate-optimized, call-https-apis (any URL), connect-parameters,
concepts-access-cross-acct-resources (Credentials). Read 2026-11-30.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from rules.boundary import Boundary
from rules.identities import parse_arn
from rules.model import Check, Resource
from rules.nesting import read_json, too_deep
from rules.unknowns import ACCOUNT, UNKNOWN, at, is_set, listed, says

MACHINE: Final = "aws:sfn/stateMachine:StateMachine"
_INTEGRATION: Final = re.compile(r"arn:[a-z-]+:states:::([a-z0-9-]+):([A-Za-z0-9:]+)(?:\..+)?")
# Of each integration what names the thing that it calls; None: it calls nothing of anybody.
_CALLS: Final[dict[str, tuple[str, ...]]] = {
    "lambda:invoke": ("FunctionName",),
    "sqs:sendMessage": ("QueueUrl",),
    "sns:publish": ("TopicArn",),
    "states:startExecution": ("StateMachineArn",),
    "batch:submitJob": ("JobDefinition", "JobQueue"),
    "ecs:runTask": ("TaskDefinition", "Cluster"),
    "dynamodb:getItem": ("TableName",),
    "dynamodb:putItem": ("TableName",),
    "dynamodb:updateItem": ("TableName",),
    "dynamodb:deleteItem": ("TableName",),
    "s3:getObject": ("Bucket",),
    "s3:putObject": ("Bucket",),
    "s3:listObjectsV2": ("Bucket",),
}
_KEEPING: Final = ("QueueUrl", "TableName")  # what keeps what it gets
_QUEUE: Final = re.compile(r"https://[a-z0-9.-]+/(\d{12})/[\w.-]+")
_FILLED: Final = re.compile(r"\{%.*%\}", re.DOTALL)  # in JSONata
_NAME: Final = re.compile(r"[\w.:/@-]+")
_PUBLIC: Final = ("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp")
_SHOWN: Final = re.compile(r"[a-z0-9-]+(?::[A-Za-z0-9]+){1,2}")


class Called(NamedTuple):
    """What a state calls. where: the state; key: of its arguments; name: as it is written, None
    where it is filled in as it runs, or left out."""

    where: str
    key: str
    name: str | None


def states(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]] | None:
    """Every state of a definition, at any depth; None where it cannot be read."""
    value = resource.props.get("definition")
    try:
        read = read_json(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return _within(read, "") if isinstance(read, dict) else None


def _within(machine: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    given = at(machine, "States")
    for index, (_, state) in enumerate(given.items() if isinstance(given, dict) else ()):
        if not isinstance(state, dict):
            continue
        where = f"{path}state {index + 1}"
        yield where, state
        for number, branch in enumerate(state.get("Branches") or ()):
            yield from _within(branch, f"{where}, branch {number + 1}, ")
        for key in ("ItemProcessor", "Iterator"):
            yield from _within(state.get(key), f"{where}, items, ")


def _called(where: str, state: Mapping[str, Any]) -> Iterator[Called]:
    """What a state calls or writes to by a name of its own."""
    for part in (state, state.get("ItemReader"), state.get("ResultWriter")):
        resource = at(part, "Resource")
        match = _INTEGRATION.fullmatch(resource) if isinstance(resource, str) else None
        arguments = at(part, "Arguments") or at(part, "Parameters")
        for key in _CALLS.get(f"{match[1]}:{match[2]}", ()) if match else ():
            name = at(arguments, key)
            known = isinstance(name, str) and not _FILLED.search(name)
            yield Called(where, key, name if known and _NAME.fullmatch(name) else None)
        if match is None and isinstance(resource, str):
            yield Called(where, "Resource", resource)


def named(resource: Resource) -> Iterator[tuple[str, str]]:
    """What a state machine calls, where that may send on what it gets or is a program."""
    for where, state in states(resource) or ():
        for called in _called(where, state):
            if called.name is not None and called.key not in _KEEPING and not _activity(called):
                yield f"definition: {called.where} {called.key}", called.name


def _activity(called: Called) -> bool:
    """Whether it is done by whoever of the account asks for work."""
    arn = parse_arn(called.name)
    return arn is not None and arn.resource.startswith("activity:")


def _calls(resource: Resource, boundary: Boundary) -> Iterator[str]:
    found = states(resource)
    if found is None:
        given = resource.props.get("definition")
        if given is not UNKNOWN and not (isinstance(given, str) and too_deep(given)):  # CN-270
            yield "definition is none that can be read"
        return
    for where, state in found:
        yield from (f"definition: {where} {fault}" for fault in _of_state(state))
        for called in _called(where, state):
            fault = _foreign(called, boundary)
            if fault:
                yield f"definition: {where} {fault}"
        role = at(state, "Credentials", "RoleArn")
        arn = parse_arn(role)
        if is_set(at(state, "Credentials")) and (arn is None or not _own(arn.account, boundary)):
            yield f"definition: {where} acts by a role that is none of an own account"


def _of_state(state: Mapping[str, Any]) -> Iterator[str]:
    """What no own account makes any better: kinds of calls, public addresses, telephones."""
    for part in (state, state.get("ItemReader"), state.get("ResultWriter")):
        resource = at(part, "Resource")
        if resource is None:
            continue
        match = _INTEGRATION.fullmatch(resource) if isinstance(resource, str) else None
        if match is None and parse_arn(resource) is None:
            yield "calls what is no ARN"
        if match is None:
            continue
        called = f"{match[1]}:{match[2]}"
        arguments = at(part, "Arguments") or at(part, "Parameters")
        if match[1] == "http":
            yield "calls a URL, from AWS's own network"
        elif called not in _CALLS:
            shown = called if _SHOWN.fullmatch(called) else "something"
            yield f"calls {shown}, which no rule here has judged"
        public = at(arguments, *_PUBLIC)
        if is_set(public) and public != "DISABLED":
            yield "starts a task with a public address, or may"
        if called == "sns:publish" and not is_set(at(arguments, "TopicArn")):
            yield "sends to what is no topic"


def _foreign(called: Called, boundary: Boundary) -> str | None:
    """Why what a state calls is not known to be of an own account."""
    if called.name is None:
        return f"has {called.key} that is filled in as it runs, or is left out"
    queue = _QUEUE.fullmatch(called.name)
    arn = parse_arn(called.name)
    account = queue[1] if queue else arn.account if arn is not None else None
    if called.key == "QueueUrl" and queue is None:
        return "has QueueUrl that names no account"
    if account and not _own(account, boundary):
        return f"has {called.key} of account {says(account, ACCOUNT)}, which is none of its own"
    return None


def _own(account: str, boundary: Boundary) -> bool:
    return listed(account, boundary.accounts)


CHECKS: dict[str, Check] = {"CN-253": _calls}
