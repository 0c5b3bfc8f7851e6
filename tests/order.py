"""What waits for what: by what a program tells the engine, and by what the engine recorded."""

import json
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.mocks import MockMonitor

POOLS = ("aws:autoscaling/group:Group", "aws:eks/nodeGroup:NodeGroup")
# What a node needs before its first request. It does not ask twice for all of it: one whose role
# is not known yet gives up, and one without the VPC CNI never becomes Ready.
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
NETWORK = (
    ENDPOINT,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
ROUTES = (
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",
)
ENTRY, ADD_ON = "aws:eks/accessEntry:AccessEntry", "aws:eks/addon:Addon"
POLICY_ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
BEFORE_NODES = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")


@dataclass(frozen=True)
class Order:
    """URN to the URNs that are done before it is begun: its dependencies, and its parent, which is
    registered before its children and after its own dependencies. Known of a program alone: which
    are deleted before they are made anew."""

    waits: dict[str, set[str]] = field(default_factory=dict)
    deleted_first: set[str] = field(default_factory=set)  # where it is replaced

    @classmethod
    def of_record(cls, text: str) -> "Order":
        """Of what `pulumi stack export` writes, in the order in which it was made."""
        resources = json.loads(text)["deployment"]["resources"]
        return cls(
            {r["urn"]: {*r.get("dependencies", ()), r.get("parent", "")} - {""} for r in resources}
        )

    def of_types(self, *types: str) -> set[str]:
        """The resources of some types."""
        return {urn for urn in self.waits if type_of(urn) in types}

    def before(self, urn: str) -> set[str]:
        """All that is done before a resource is begun."""
        found: set[str] = set()
        ahead = [urn]
        while ahead:
            for earlier in self.waits.get(ahead.pop(), set()) - found:
                found.add(earlier)
                ahead.append(earlier)
        return found


class OrderMonitor(MockMonitor):
    """Notes what each registration waits for; the SDK's own monitor drops it."""

    def __init__(self, mocks: Any) -> None:
        super().__init__(mocks)
        self.order = Order()

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        self.order.waits[answer.urn] = {*request.dependencies, request.parent} - {""}
        if request.deleteBeforeReplace:
            self.order.deleted_first.add(answer.urn)
        return answer


def type_of(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def missing_before_nodes(order: Order) -> dict[str, list[str]]:
    """Pool to what it needs and does not wait for."""
    found = {}
    for pool in order.of_types(*POOLS):
        missing = needed_by(name_of(pool), order) - order.before(pool)
        found[name_of(pool)] = sorted(shown(urn) for urn in missing)
    return found


def needed_by(pool: str, order: Order) -> set[str]:
    """What the nodes of a pool need of this stack. EKS makes a managed pool's access entry."""
    needed = order.of_types(*NETWORK, *ROUTES)
    needed |= {a for a in order.of_types(ADD_ON) if name_of(a) in BEFORE_NODES}
    needed |= {e for e in order.of_types(ENTRY) if name_of(e) == f"node-{pool}"}
    needed |= {a for a in order.of_types(ATTACHMENT) if name_of(a).startswith(f"node-{pool}-")}
    return needed


def shown(urn: str) -> str:
    return f"{type_of(urn).split(':')[1]} {name_of(urn)}"
