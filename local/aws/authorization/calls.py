"""A call as a policy sees it: what it asks for, on which resources, with which condition keys.

A row for each operation whose action and resources are known here. A call without one is refused,
whatever its role may: what it is about cannot be told.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.aws.authorization.decisions import Caller
from local.aws.authorization.statements import Asked

Keys = Mapping[str, tuple[str, ...]]
NONE: Keys = {}
ABSENT = (
    # Of organisations, people, federation and services that call in their own name: none is here.
    "aws:principalorgid", "aws:principalorgpaths", "aws:resourceorgid", "aws:resourceorgpaths",
    "aws:vpceorgid", "aws:vpceorgpaths", "aws:sourceorgid", "aws:sourceorgpaths", "aws:username",
    "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:federatedprovider",
    "aws:principalservicename", "aws:principalservicenameslist", "aws:sourcearn",
    "aws:sourceaccount", "aws:sourceidentity", "aws:referer",
)  # fmt: skip
OF_ENDPOINTS = ("aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount", "aws:vpcsourceip",
                "aws:sourceip")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """The endpoint that a call has come through. account: that the endpoint is of."""

    endpoint_id: str
    vpc_id: str
    account: str
    policy: Mapping[str, Any]

    def keys(self) -> Keys:
        return {
            "aws:sourcevpce": (self.endpoint_id,),
            "aws:sourcevpc": (self.vpc_id,),
            "aws:vpceaccount": (self.account,),
        }


@dataclass(frozen=True, slots=True)
class Call:
    """service: as its requests are signed, which is how its actions begin."""

    caller: Caller
    service: str
    operation: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    region: str
    partition: str
    way: Way | None = None

    def arn(self, service: str, resource: str, account: str | None = None) -> str:
        owner = self.caller.account if account is None else account
        return f"arn:{self.partition}:{service}:{self.region}:{owner}:{resource}"

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"

    def asks(
        self, action: str, resource: str | None, *, keys: Keys = NONE,
        tags: Mapping[str, str] | None = None, asks_tags: Mapping[str, str] | None = None,
        account: str | None = None, policy: Mapping[str, Any] | None = None,
        delegates: bool = False,
    ) -> Asked:  # fmt: skip
        """tags: of the resource, asks_tags: of the request; None: not known here, {}: none."""
        families: dict[str, Mapping[str, str]] = {"aws:principaltag/": dict(self.caller.tags)}
        known = {**self._global(account or self.caller.account), **keys}
        if tags is not None:
            families["aws:resourcetag/"] = tags
        if asks_tags is not None:
            families["aws:requesttag/"] = asks_tags
            known["aws:tagkeys"] = tuple(asks_tags)
        return Asked(action, resource, known, families, policy, delegates)

    def _global(self, account: str) -> dict[str, tuple[str, ...]]:
        through = self.way.keys() if self.way is not None else dict.fromkeys(OF_ENDPOINTS[:3], ())
        return {
            **dict.fromkeys(ABSENT, ()),
            "aws:principalarn": (self.caller.role_arn,),
            "aws:principalaccount": (self.caller.account,),
            "aws:principaltype": ("AssumedRole",),
            "aws:principalisawsservice": ("false",),
            "aws:userid": (self.caller.user_id,),
            "aws:requestedregion": (self.region,),
            "aws:resourceaccount": (account,),
            # The loopback address stands for AWS's own, which takes TLS alone, as the front does.
            "aws:securetransport": ("true",),
            "aws:viaawsservice": ("false",),
            "aws:calledvia": (),
            **through,
        }


def by_service(asked: Asked, service: str) -> Asked:
    """What a service asks for the caller, who came to it and not to this one. service: its name."""
    forwarded = {**dict.fromkeys(OF_ENDPOINTS, ()), "aws:viaawsservice": ("true",),
                 "aws:calledvia": (service,)}  # fmt: skip
    return replace(asked, keys={**asked.keys, **forwarded}, by_service=True)


def tags_in(given: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Of a list of Key and Value."""
    return {one["Key"]: one.get("Value") or "" for one in given or ()}


Row = Callable[[Call], Iterable[Asked]]
ROWS: dict[str, Row] = {}


def row(*names: str) -> Callable[[Row], Row]:
    """Enter a function for these calls, each as `service:Operation`."""

    def enter(function: Row) -> Row:
        ROWS.update(dict.fromkeys(names, function))
        return function

    return enter


def looks(call: Call) -> Iterable[Asked]:
    """Of a list, which has no resource: only "*" allows it."""
    yield call.asks(call.name, "*", tags={}, asks_tags={})


# How such calls of a service begin (service authorization reference, read 2026-11-29).
LISTS = {"ec2": "Describe", "autoscaling": "Describe", "elasticloadbalancing": "Describe",
         "iam": "List", "route53": "ListHostedZones", "logs": "DescribeLogGroups"}  # fmt: skip
_LISTED = ("ecr:GetAuthorizationToken", "kms:ListKeys", "kms:ListAliases", "ssm:DescribeParameters",
           "sts:GetCallerIdentity")  # fmt: skip


def asked_by(call: Call) -> list[Asked]:
    """All that has to be allowed, in AWS's order."""
    if call.name in ROWS:
        return list(ROWS[call.name](call))
    begins = LISTS.get(call.service)
    if call.name in _LISTED or (begins is not None and call.operation.startswith(begins)):
        return list(looks(call))
    return [call.asks(call.name, None)]
