"""Deletion protection: what must be switched off before a stack can be destroyed, and how.

It is switched off at AWS and not by an `up`: that would run the program, which may no longer be
able to run, and would do whatever else the stack file has come to ask for.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automation.errors import AutomationError, RefusedError
from automation.state import Resource, State

if TYPE_CHECKING:
    from automation.aws_calls import Account

CLUSTER = "aws:eks/cluster:Cluster"
FIREWALL = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
_PROTECTED: tuple[tuple[str, str, Any], ...] = (  # type, the property that protects, its value
    (CLUSTER, "deletionProtection", True),
    (FIREWALL, "mutationProtection", "ENABLED"),
)
_SWITCH = "controlPlane.deletionProtection"
_POLLS, _POLL_SECONDS = 60, 5.0  # EKS takes seconds to minutes


@dataclass(frozen=True, slots=True)
class Protection:
    """The resources of a stack that AWS would not let go, and their region."""

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
            release = _release_cluster if resource.type == CLUSTER else _release_firewall
            release(resource.id, self.region, account)


def protection_of(state: State) -> Protection:
    """What of the recorded resources is protected."""
    return Protection(
        tuple(
            resource
            for type_token, property_name, value in _PROTECTED
            for resource in state.of_type(type_token)
            if resource.outputs.get(property_name) == value
        ),
        state.region or "",
    )


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
