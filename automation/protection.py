"""Deletion protection: what must be switched off before a stack can be destroyed, and how."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automation.errors import RefusedError
from automation.state import Resource, State
from automation.workspace import Edits

# Type, the property that protects, the value that does, and the rule of the pack that demands it.
_PROTECTED: tuple[tuple[str, str, Any, str], ...] = (
    ("aws:eks/cluster:Cluster", "deletionProtection", True,
     "aws-eks-cluster-enable-deletion-protection"),
    ("aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",
     "mutationProtection", "ENABLED",
     "aws-route53-resolver-firewall-association-enable-mutation-protection"),
)  # fmt: skip
_KEY = "heiiki:controlPlane"
_SWITCH = "deletionProtection"


@dataclass(frozen=True, slots=True)
class Protection:
    """The resources of a stack that AWS would not let go."""

    on: tuple[Resource, ...]

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
            f"destroys. Or set {_KEY.removeprefix('heiiki:')}.{_SWITCH}: false in the stack file "
            "and run heiiki up, which asks for exceptions to the rules that demand it.",
        )


def protection_of(state: State) -> Protection:
    """What of the recorded resources is protected."""
    return Protection(
        tuple(
            resource
            for type_token, property_name, value, _ in _PROTECTED
            for resource in state.of_type(type_token)
            if resource.outputs.get(property_name) == value
        )
    )


def without_protection(protection: Protection) -> Edits:
    """Settings for one `up` that switches the protection off and does nothing else.

    The exceptions name the rule, the resource and tomorrow, so that they grant nothing more.
    """

    def edit_config(document: dict[str, Any]) -> None:
        config = document.setdefault("config", {})
        asked: Mapping[str, Any] = config.get(_KEY) or {}
        config[_KEY] = {**asked, _SWITCH: False}

    def edit_policy(settings: dict[str, Any]) -> None:
        tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
        boundary = settings.setdefault("boundary", {})
        boundary.setdefault("exceptions", []).extend(
            {
                "rule": rule,
                "name": resource.name,
                "type": type_token,
                "owner": "heiiki destroy",
                "reason": "the stack is being destroyed",
                "expires": tomorrow.isoformat(),
            }
            for type_token, _, _, rule in _PROTECTED
            for resource in protection.on
            if resource.type == type_token
        )

    return Edits(edit_config, edit_policy)
