"""The SDK's own analyzer, called in process: unknown values in, diagnostics out, no engine."""

import datetime
from functools import cache
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi_policy import EnforcementLevel

import analyzer as pack
from analyzer import GuardedAnalyzer
from rules.pack import policies
from rules.policy_names import BOUNDARY

MANDATORY, ADVISORY, DISABLED = proto.MANDATORY, proto.ADVISORY, proto.DISABLED

ACCOUNT, FOREIGN = "111122223333", "999988887777"
ORGANIZATION, FOREIGN_ORGANIZATION = "o-a1b2c3d4e5", "o-zzzzzzzzzz"
REGION = "eu-west-1"
OWN_BUCKET = "own-logs"
TODAY = datetime.datetime.now(datetime.UTC).date()
pack._today = lambda: TODAY  # to the end: a run may begin before midnight and end after it
SOON = (TODAY + datetime.timedelta(days=30)).isoformat()
NAME = "to-hq"  # named by the connection below; "stranger" is not

CONFIG: dict[str, Any] = {
    "accounts": [ACCOUNT],
    "organizationId": ORGANIZATION,
    "regions": [REGION],
    "supplied": [{"ids": [OWN_BUCKET], "owner": "log team", "reason": "the log archive"}],
    "connections": [
        {"name": "to-*", "cidrs": ["10.1.0.0/16"], "owner": "net team", "reason": "headquarters"}
    ],
}


def used(*names: str) -> dict[str, Any]:
    """What is declared of packages or API groups that no rule has judged."""
    return {"names": [*names], "owner": "net team", "reason": "judged by hand", "expires": SOON}


WAITING = ("CN-200", "CN-217")  # for Services of the same deployment


class Refused(Exception):
    """What the analyzer answers instead of serving."""


class Context:
    """As much of a gRPC context as the analyzer uses."""

    def abort(self, code: Any, details: str) -> None:
        raise Refused(details)


def own_level(policy: Any) -> int:
    """A policy's own level, as the engine sends it where a configuration says nothing of it."""
    return int(getattr(proto, policy.enforcement_level.name))


def analyzer() -> Any:
    """The pack's analyzer over its policies."""
    servicer = GuardedAnalyzer("pack", "1.0.0", policies(), EnforcementLevel.MANDATORY, {})
    servicer._configure_runtime_settings = lambda: None
    return servicer


def configured(config: dict[str, Any] | None = None, **levels: int) -> Any:
    """The analyzer after the engine's Configure: every policy with its level, one with the config.

    levels: policy name with _ for - to its level, where it differs from the policy's own.
    """
    servicer = analyzer()
    request = proto.ConfigureAnalyzerRequest()
    for policy in policies():
        own = own_level(policy)
        level = levels.get(policy.name.replace("-", "_"), own)
        request.policyConfig[policy.name].enforcementLevel = level
    if config:
        request.policyConfig[BOUNDARY].properties.CopyFrom(struct(config))
    servicer.Configure(request, Context())
    return servicer


@cache
def default_analyzer() -> Any:
    """The pack over the boundary that most tests share."""
    return configured(CONFIG)


def judge(
    typ: str,
    props: dict[str, Any],
    name: str = NAME,
    servicer: Any = None,
    *,
    urn: str = "",
    component: bool = False,
) -> list[Any]:
    """The diagnostics of the pack over one resource, as the engine would send it. What they let
    wait for other objects is told as if none came. component: of the program itself, of which the
    engine names no provider."""
    urn = urn or name
    request = proto.AnalyzeRequest(type=typ, name=name, urn=urn, properties=struct(props))
    if not component:
        request.provider.type = f"pulumi:providers:{typ.partition(':')[0]}"
    asked = servicer or default_analyzer()
    found = list(asked.Analyze(request, None).diagnostics)
    if typ.startswith("kubernetes:"):
        alone = proto.AnalyzerResource(type=typ, name=name, urn=urn, properties=struct(props))
        of_it = asked.AnalyzeStack(proto.AnalyzeStackRequest(resources=[alone]), None)
        found += [d for d in of_it.diagnostics if rule_id(d) in WAITING]
    return found


def broken(
    typ: str, props: dict[str, Any], name: str = NAME, servicer: Any = None, *, urn: str = ""
) -> set[str]:
    """The ids of the rules that fail the preview for this resource."""
    found = judge(typ, props, name, servicer, urn=urn)
    return {rule_id(d) for d in found if d.enforcementLevel == MANDATORY}


def rule_id(diagnostic: Any) -> str:
    """The id a diagnostic's message begins with, behind the title the SDK puts before it."""
    return str(diagnostic.message.partition("\n")[2].split(" ", 1)[0])


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    """A dict as the wire carries it."""
    message = struct_pb2.Struct()
    json_format.ParseDict(values, message)
    return message
