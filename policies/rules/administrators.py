"""Nodes that administer their cluster: whoever is on one of them is its administrator.

A node's role needs no more in the cluster than its access entry's type gives it. What more it is
given by an access policy, by a group or by the ConfigMap aws-auth, every program has that gets the
machine's credentials. An operator's machine, which joins no cluster, may be made an administrator.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from model.deployment import Node
from rules.kubernetes_objects import objects, of_kind
from rules.model import Resource
from rules.rbac import ADMINISTRATOR, GROUP
from rules.safe_yaml import YamlFault, document
from rules.unknowns import UNKNOWN, at, each, is_set

ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
_ROLE: Final = "aws:iam/role:Role"
_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"
# What attaches managed policies to roles: the input that names the roles, and the policies.
_ATTACHING: Final = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "aws:iam/policyAttachment:PolicyAttachment": ("roles", "policyArn"),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": (
        "roleName",
        "policyArns",
    ),
}
# What gives a role to nodes and to what else runs pods, by the input that names it.
_CARRIED: Final = {
    "aws:eks/nodeGroup:NodeGroup": "nodeRoleArn",
    "aws:eks/fargateProfile:FargateProfile": "podExecutionRoleArn",
}
# AWS's policies for nodes, whoever makes the machines (EKS User Guide, node IAM role).
_FOR_NODES: Final = ("/AmazonEKSWorkerNodePolicy", "/AmazonEKSWorkerNodeMinimalPolicy")
_NODES_GROUP: Final = "system:nodes"
# Access policies that let nobody write, and those that are for nodes (EKS User Guide, access
# policy permissions; read 2026-11-29). Any other one, known or new, lets its holder make pods, and
# by them whatever there is.
_HARMLESS: Final = frozenset(
    {"AmazonEKSViewPolicy", "AmazonEKSAutoNodePolicy", "AmazonEKSHybridPolicy"}
)
_POLICY: Final = re.compile(r"arn:[a-z-]+:eks::aws:cluster-access-policy/(\w+)")
_MASTERS: Final = "system:masters"
_NAME: Final = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/(?:.*/)?([\w+=,.@-]+)")
_SHOWN: Final = re.compile(r"[\w:.-]{1,63}")


class _Carried(NamedTuple):
    """The roles that nodes carry: their URNs, and the names and ARNs that they go by."""

    urns: frozenset[str]
    called: frozenset[str]

    def has(self, node: Node, key: str) -> bool:
        """Whether an input of a resource names one of them."""
        value = node.resource.props.get(key)
        return self.named(value) or bool(
            value is UNKNOWN and self.urns & node.sources.get(key, frozenset())
        )

    def named(self, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        of_arn = _NAME.fullmatch(value)
        return value in self.called or (of_arn is not None and of_arn[1] in self.called)


def administering_nodes(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """What makes the role of nodes an administrator of a cluster."""
    given = [node for node in nodes.values() if node.resource.type in (ENTRY, ASSOCIATION)]
    declared = [node for node in nodes.values() if node.resource.type.startswith("kubernetes:")]
    if not given and not declared:
        return
    carried = _carried(nodes, declared)
    groups = frozenset(_administering_groups(declared))
    for node in given:
        if carried.has(node, "principalArn"):
            yield from ((node.resource, what) for what in _gives(node, groups))
    for node in declared:
        for where, mapped in _maps(node):
            for index, arn, member in mapped:
                found = sorted(group for group in member if group in groups | {_MASTERS})
                if found and carried.named(arn):
                    what = f"maps the role of nodes to {_shown(found[0])}"
                    yield node.resource, f"{where}{index} {what}, which administers the cluster"


def _gives(node: Node, groups: frozenset[str]) -> Iterator[str]:
    if node.resource.type == ASSOCIATION:
        arn = node.resource.props.get("policyArn")
        policy = _POLICY.fullmatch(arn) if isinstance(arn, str) else None
        if policy is None or policy[1] not in _HARMLESS:
            known = policy[1] if policy else "a policy that is unknown"
            yield f"gives the role of nodes {known}, which lets it write in the cluster"
        return
    for index, group in each(node.resource.props.get("kubernetesGroups")):
        if isinstance(group, str) and group in groups:
            yield (
                f"kubernetesGroups{index} puts the role of nodes into {_shown(group)}, which "
                "administers the cluster"
            )


def _carried(nodes: Mapping[str, Node], declared: list[Node]) -> _Carried:
    """The roles of what joins clusters: as node groups and profiles name them, as access entries
    and aws-auth let them in, as AWS's own policies for nodes are attached to them."""
    urns: set[str] = set()
    named: set[str] = set()
    for node in nodes.values():
        key = _naming(node)
        if key is not None:
            urns |= node.sources.get(key, frozenset())
            for _, name in each(node.resource.props.get(key)):
                named |= set(_names(name))
    for node in declared:
        named |= set(_of_node_classes(node))
        for _, mapped in _maps(node):
            named |= {n for _, arn, member in mapped if _NODES_GROUP in member for n in _names(arn)}
    for profile in (node for node in nodes.values() if node.resource.type == _PROFILE):
        if named.intersection(_called(profile)):
            urns |= profile.sources.get("role", frozenset())
            named |= set(_names(profile.resource.props.get("role")))
    carrying = [
        role
        for role in nodes.values()
        if role.resource.type == _ROLE
        and (role.resource.urn in urns or named.intersection(_called(role)) or _attached(role))
    ]
    of_roles = {name for role in carrying for name in _called(role)}
    return _Carried(frozenset(r.resource.urn for r in carrying), frozenset(named | of_roles))


def _naming(node: Node) -> str | None:
    """The input by which a resource names the role of nodes, if it does."""
    resource = node.resource
    if resource.type == ENTRY:
        kind = resource.props.get("type")
        return "principalArn" if is_set(kind) and kind != "STANDARD" else None
    if resource.type in _ATTACHING:
        roles, policies = _ATTACHING[resource.type]
        attached = (arn for _, arn in each(resource.props.get(policies)))
        return roles if any(map(_for_nodes, attached)) else None
    return _CARRIED.get(resource.type)


def _attached(role: Node) -> bool:
    return any(_for_nodes(arn) for _, arn in each(role.resource.props.get("managedPolicyArns")))


def _for_nodes(arn: Any) -> bool:
    return isinstance(arn, str) and arn.endswith(_FOR_NODES)


def _of_node_classes(node: Node) -> Iterator[str]:
    """The roles and profiles of Karpenter's nodes."""
    for item in objects(node.resource):
        if item.kind == "EC2NodeClass":
            for key in ("role", "instanceProfile"):
                yield from _names(at(item.body, "spec", key))


def _called(role: Node) -> Iterator[str]:
    outputs = role.outputs()
    for value in (
        role.resource.props.get("name"),
        *(outputs.get(k) for k in ("id", "name", "arn")),
    ):
        yield from _names(value)


def _names(value: Any) -> Iterator[str]:
    """A role as it is named: by its ARN, and by the name in it."""
    if isinstance(value, str) and value:
        yield value
        if of_arn := _NAME.fullmatch(value):
            yield of_arn[1]


def _administering_groups(declared: list[Node]) -> Iterator[str]:
    """The groups that a binding makes administrators."""
    for node in declared:
        for _, binding in of_kind(node.resource, "ClusterRoleBinding", GROUP):
            if at(binding, "roleRef", "name") != ADMINISTRATOR:
                continue
            for _, subject in each(at(binding, "subjects")):
                name = at(subject, "name")
                if at(subject, "kind") == "Group" and isinstance(name, str):
                    yield name


def _maps(node: Node) -> Iterator[tuple[str, list[tuple[str, Any, frozenset[str]]]]]:
    """What aws-auth maps roles to: where, the role's ARN and its groups. What cannot be read CN-073
    refuses, and what is unknown in a preview `up` judges before it is made."""
    for where, item in of_kind(node.resource, "ConfigMap", ""):
        text = at(item, "data", "mapRoles")
        if at(item, "metadata", "name") != "aws-auth" or not isinstance(text, str):
            continue
        try:
            listed = list(each(document(text)))
        except YamlFault:
            continue
        yield f"{where}data.mapRoles", [
            (index, entry.get("rolearn"), frozenset(g for _, g in each(entry.get("groups"))
                                                    if isinstance(g, str)))
            for index, entry in listed
            if isinstance(entry, dict)
        ]  # fmt: skip


def _shown(group: str) -> str:
    return group if _SHOWN.fullmatch(group) else "a group"
