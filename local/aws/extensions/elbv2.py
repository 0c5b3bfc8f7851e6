"""Load balancers: what protects them, and health checks of groups that are not of HTTP."""

from typing import Any, cast

from moto.elbv2.models import ELBv2Backend

from local.aws.extensions.registry import Call, Passed, Refused, extends


def _backend(call: Call) -> ELBv2Backend:
    return cast(ELBv2Backend, call.backend)


@extends(
    "elbv2",
    "DeleteLoadBalancer",
    "moto deletes what deletion protection guards, and its target groups go on naming it",
)
def delete_load_balancer(call: Call) -> dict[str, Any]:
    arn = call.params["LoadBalancerArn"]
    found = _backend(call).load_balancers.get(arn)
    if found is not None and str(found.attrs.get("deletion_protection.enabled")) == "true":
        raise Refused(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    call.moto()
    for group in _backend(call).target_groups.values():
        group.load_balancer_arns = [named for named in group.load_balancer_arns if named != arn]
    return {}


@extends(
    "elbv2",
    "ModifyTargetGroup",
    "moto drops the status codes of an HTTP health check where the group's own protocol is TCP",
)
def modify_target_group(call: Call) -> Passed:
    answer = call.pass_on()
    group: Any = _backend(call).target_groups[call.params["TargetGroupArn"]]
    codes = (call.params.get("Matcher") or {}).get("HttpCode")
    if codes is not None:
        group.matcher = {"HttpCode": codes}
    return answer
