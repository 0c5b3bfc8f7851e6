"""What calls of Elastic Load Balancing ask for: load balancers, target groups and listeners.

Actions, resources and condition keys: service authorization reference, Elastic Load Balancing V2
(read 2026-11-29). Of classic load balancers nothing is known here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.elbv2.models import elbv2_backends

from local.aws.authorization.calls import Call, row, tags_in
from local.aws.authorization.statements import Asked

BALANCERS, CLASSIC_NAME = "elasticloadbalancing", "LoadBalancerName"
# What is made with which kind of name, and by which member others are named.
_MADE = {"CreateLoadBalancer": "loadbalancer", "CreateTargetGroup": "targetgroup"}
_NAMED = ("LoadBalancerArn", "TargetGroupArn", "ListenerArn")


@row(*(f"elasticloadbalancing:{operation}" for operation in _MADE))
def _balancing(call: Call) -> Iterator[Asked]:
    """Its tags are set by a call of their own, which tells what made it."""
    if CLASSIC_NAME in call.params:
        yield call.asks(call.name, None)
        return
    tags = tags_in(call.params.get("Tags"))
    kind = _MADE[call.operation]
    place = f"{kind}/net" if call.params.get("Type") == "network" else kind
    arn = call.arn(BALANCERS, f"{place}/{call.params['Name']}/*")
    yield call.asks(call.name, arn, tags={}, asks_tags=tags)
    yield from _tagged(call, arn, {}, tags)


@row(*(f"elasticloadbalancing:{operation}" for operation in (
    "CreateListener", "DeleteListener", "DeleteLoadBalancer", "DeleteTargetGroup",
    "DeregisterTargets", "ModifyListener", "ModifyLoadBalancerAttributes", "ModifyTargetGroup",
    "ModifyTargetGroupAttributes", "RegisterTargets", "SetSecurityGroups")))  # fmt: skip
def _balanced(call: Call) -> Iterator[Asked]:
    """A listener is made on its load balancer, whatever group it leads to."""
    if CLASSIC_NAME in call.params:
        yield call.asks(call.name, None)
        return
    tags = tags_in(call.params.get("Tags"))
    for member in _NAMED:
        if arn := call.params.get(member):
            yield call.asks(call.name, arn, tags=_tags_of(call, arn), asks_tags=tags)
    if call.operation == "CreateListener":
        place = call.params["LoadBalancerArn"].replace(":loadbalancer/", ":listener/")
        yield from _tagged(call, f"{place}/*", {}, tags)


@row("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags")
def _tagging_balancers(call: Call) -> Iterator[Asked]:
    if "LoadBalancerNames" in call.params:  # classic
        yield call.asks(call.name, None)
        return
    tags = tags_in(call.params.get("Tags"))
    for arn in call.params["ResourceArns"]:
        yield call.asks(call.name, arn, tags=_tags_of(call, arn), asks_tags=tags,
                        keys={f"{BALANCERS}:createaction": ()})  # fmt: skip


def _tagged(
    call: Call, arn: str, tags: Mapping[str, str], asked: Mapping[str, str]
) -> Iterator[Asked]:
    if asked:
        yield call.asks(f"{BALANCERS}:AddTags", arn, tags=tags, asks_tags=asked,
                        keys={f"{BALANCERS}:createaction": (call.operation,)})  # fmt: skip


def _tags_of(call: Call, arn: str) -> Mapping[str, str]:
    backend: Any = elbv2_backends[call.caller.account][call.region]
    return dict(backend.tagging_service.get_tag_dict_for_resource(arn))
