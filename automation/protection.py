"""Deletion protection: what must be switched off before a stack can be destroyed, and how.

AWS protects some resources. The engine's record marks them and the key, so that an ordinary
`pulumi up` or `destroy` refuses in its preview, before what hangs on them is deleted.

At AWS it is switched off by a call and not by an `up`: that would run the program, which may no
longer be able to run, and would do whatever else the stack file has come to ask for.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automation.errors import AutomationError, RefusedError
from automation.events import EventLog
from automation.failures import is_an_echo
from automation.state import Resource, State

if TYPE_CHECKING:
    from automation.aws_calls import Account

CLUSTER = "aws:eks/cluster:Cluster"
FIREWALL = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_PROTECTED: tuple[tuple[str, str, Any], ...] = (  # type, the property that protects, its value
    (CLUSTER, "deletionProtection", True),
    (FIREWALL, "mutationProtection", "ENABLED"),
    (BALANCER, "enableDeletionProtection", True),
)
# What the engine says of a resource that its record protects (pkg/resource/deploy, 3.250.0).
_HELD = re.compile(
    r'resource "(urn:[^"]+)"\s.*(?:marked for protection|because it is protected)', re.DOTALL
)
_SWITCH = "controlPlane.deletionProtection"
_POLLS, _POLL_SECONDS = 60, 5.0  # EKS takes seconds to minutes


@dataclass(frozen=True, slots=True)
class Protection:
    """The resources of a stack that AWS or the engine would not let go, and their region."""

    on: tuple[Resource, ...]
    region: str

    @property
    def types(self) -> frozenset[str]:
        """The types that may be protected."""
        return frozenset(type_token for type_token, *_ in _PROTECTED)

    def refusal(self) -> RefusedError:
        """Why the stack is not destroyed, and both ways to do it all the same."""
        return RefusedError(
            "the stack is protected against deletion",
            details=[f"{r.name} ({r.type})" for r in self.on],
            advice=f"Nothing was changed. heiiki destroy --disable-protection switches it off and "
            f"destroys. Or set {_SWITCH}: false in the stack file "
            "and run heiiki up, which asks for exceptions to the rules that demand it.",
        )

    def switch_off(self, account: "Account") -> None:
        """Have AWS let go of each. What is off already, or gone, is left as it is, so that it may
        be called again after it was cut off."""
        for resource in self.on:
            release = _RELEASES.get(resource.type)
            if release is not None:
                release(resource.id, self.region, account)


def protection_of(state: State) -> Protection:
    """What of the recorded resources is protected, at AWS or by a mark in the record."""
    return Protection(
        tuple(r for r in state.resources if r.protect or _is_protected_at_aws(r)),
        state.region or "",
    )


def _is_protected_at_aws(resource: Resource) -> bool:
    return any(
        resource.type == type_token and resource.outputs.get(property_name) == value
        for type_token, property_name, value in _PROTECTED
    )


def held_by_the_record(log: EventLog) -> tuple[str, ...]:
    """The URNs at which a run ended because the record protects them, if it ended for nothing
    else."""
    errors = [d.message for d in log.diagnostics if d.severity == "error"]
    told = [_HELD.search(message) for message in errors if not is_an_echo(message)]
    return tuple(dict.fromkeys(m[1] for m in told if m is not None)) if all(told) else ()


def _release_cluster(name: str, region: str, account: "Account") -> None:
    from automation.aws_calls import asking

    eks = account.client("eks", region)
    with asking("eks:UpdateClusterConfig"):
        try:
            if not eks.describe_cluster(name=name)["cluster"].get("deletionProtection"):
                return
            update = eks.update_cluster_config(name=name, deletionProtection=False)["update"]
        except eks.exceptions.ResourceNotFoundException:
            return
    wanted = {"name": name, "updateId": update["id"]}
    _wait(
        lambda: eks.describe_update(**wanted)["update"]["status"] != "InProgress",
        "eks:DescribeUpdate",
    )


def _release_firewall(association_id: str, region: str, account: "Account") -> None:
    from automation.aws_calls import asking

    resolver = account.client("route53resolver", region)
    key, wanted = "FirewallRuleGroupAssociation", {"FirewallRuleGroupAssociationId": association_id}
    with asking("route53resolver:UpdateFirewallRuleGroupAssociation"):
        try:
            found = resolver.get_firewall_rule_group_association(**wanted)[key]
            if found["MutationProtection"] != "ENABLED":
                return
            resolver.update_firewall_rule_group_association(**wanted, MutationProtection="DISABLED")
        except resolver.exceptions.ResourceNotFoundException:
            return
    _wait(
        lambda: resolver.get_firewall_rule_group_association(**wanted)[key]["Status"] != "UPDATING",
        "route53resolver:GetFirewallRuleGroupAssociation",
    )


def _release_balancer(arn: str, region: str, account: "Account") -> None:
    from automation.aws_calls import asking

    balancers = account.client("elbv2", region)
    off = {"Key": "deletion_protection.enabled", "Value": "false"}
    with asking("elasticloadbalancing:ModifyLoadBalancerAttributes"):
        try:
            balancers.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[off])
        except balancers.exceptions.LoadBalancerNotFoundException:
            return


def _wait(ended: Callable[[], bool], action: str) -> None:
    """Until AWS has done it; what came of it is told by the destroy that follows."""
    from automation.aws_calls import asking

    for _ in range(_POLLS):
        with asking(action):
            if ended():
                return
        time.sleep(_POLL_SECONDS)
    raise AutomationError(
        f"AWS has not switched the protection off after {_POLLS * _POLL_SECONDS:.0f} s",
        advice="Nothing was deleted. Run the command again: it goes on where this one ended.",
    )


_RELEASES: dict[str, Callable[[str, str, "Account"], None]] = {
    CLUSTER: _release_cluster,
    FIREWALL: _release_firewall,
    BALANCER: _release_balancer,
}
