"""Whose access to a cluster is that of nodes, and how much of it is too much."""

import json
from typing import Any

import pytest

from model.deployment import Deployment, Node
from rules.administrators import administering_nodes
from rules.model import Resource
from rules.unknowns import UNKNOWN

ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:role"
ROLE = "aws:iam/role:Role"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENTS = "aws:iam/policyAttachment:PolicyAttachment"
EXCLUSIVE = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
MAP = "kubernetes:core/v1:ConfigMap"
POLICIES = "arn:aws:eks::aws:cluster-access-policy"


def node(type_: str, name: str, props: dict[str, Any], **sources: str) -> Node:
    """A resource called by its name; sources: the resources that its inputs come from."""
    urns = {key: frozenset({urn}) for key, urn in sources.items()}
    outputs = {"id": name, "arn": f"{ARN}/{name}"}
    return Node(Resource(type_, name, name, props), urns, lambda: outputs)


def trust(service: str) -> dict[str, Any]:
    said = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [said]})}


PEOPLE = node(ROLE, "people", trust("ssm.amazonaws.com"))
NODES = node(ROLE, "nodes", {**trust("ec2.amazonaws.com"), "managedPolicyArns": [
    "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
]})  # fmt: skip
OPERATOR = node(ROLE, "operator", trust("ec2.amazonaws.com"))


def told(*nodes: Node) -> list[str]:
    return [what for _, what in administering_nodes(Deployment.of(nodes).nodes)]


def given(who: Any, policy: str = "AmazonEKSClusterAdminPolicy", **sources: str) -> Node:
    props = {"principalArn": who, "policyArn": f"{POLICIES}/{policy}"}
    return node(ASSOCIATION, "it", props, **sources)


@pytest.mark.parametrize("policy", [
    "AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy",
    "AmazonEKSPolicyOfNextYear",
])  # fmt: skip
def test_a_policy_by_which_machines_write_is_too_much(policy):
    assert told(NODES, PEOPLE, given(f"{ARN}/people", policy)) == []
    assert told(NODES, PEOPLE, given(f"{ARN}/nodes", policy)) == [
        f"gives the role of nodes {policy}, which lets it write in the cluster"
    ]


@pytest.mark.parametrize("policy", ["AmazonEKSViewPolicy", "AmazonEKSAutoNodePolicy"])
def test_a_policy_that_reads_or_is_for_nodes_is_not(policy):
    assert told(NODES, given(f"{ARN}/nodes", policy)) == []


def test_a_policy_that_nobody_knows_may_be_any():
    unknown = node(ASSOCIATION, "it", {"principalArn": f"{ARN}/nodes", "policyArn": UNKNOWN})
    assert told(NODES, unknown) == [
        "gives the role of nodes a policy that is unknown, which lets it write in the cluster"
    ]


WORKER = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy"
CLASS = {
    "apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "c"},
}  # fmt: skip


def test_a_machine_that_joins_no_cluster_may_be_its_operator_s():
    profile = node(PROFILE, "p", {"role": "operator"})
    assert told(OPERATOR, profile, given(f"{ARN}/operator")) == []


@pytest.mark.parametrize("carries", [
    node(ENTRY, "e", {"principalArn": f"{ARN}/people", "type": "EC2_LINUX"}),
    node(ENTRY, "e", {"principalArn": UNKNOWN, "type": "HYBRID_LINUX"}, principalArn="people"),
    node(ATTACHMENT, "a", {"role": "people", "policyArn": WORKER}),
    node(ATTACHMENT, "a", {"role": UNKNOWN, "policyArn": WORKER}, role="people"),
    node(ATTACHMENTS, "a", {"roles": ["other", "people"], "policyArn": WORKER}),
    node(ATTACHMENTS, "a", {"roles": UNKNOWN, "policyArn": WORKER}, roles="people"),
    node(ATTACHMENTS, "a", {"roles": [UNKNOWN], "policyArn": WORKER}, roles="people"),
    node(EXCLUSIVE, "a", {"roleName": "people", "policyArns": ["arn:of:others", WORKER]}),
    node(EXCLUSIVE, "a", {"roleName": UNKNOWN, "policyArns": [WORKER]}, roleName="people"),
    node(NODE_GROUP, "g", {"nodeRoleArn": f"{ARN}/people"}),
    node(NODE_GROUP, "g", {"nodeRoleArn": f"{ARN}/teams/people"}),
    node("aws:eks/fargateProfile:FargateProfile", "f", {"podExecutionRoleArn": UNKNOWN},
         podExecutionRoleArn="people"),
    node(NODE_CLASS, "c", {**CLASS, "spec": {"role": "people"}}),
])  # fmt: skip
def test_a_role_is_of_nodes_where_something_gives_it_to_them(carries):
    assert told(PEOPLE, given(f"{ARN}/people")) == []
    assert len(told(PEOPLE, carries, given(f"{ARN}/people"))) == 1
    assert len(told(PEOPLE, carries, given(UNKNOWN, principalArn="people"))) == 1
    assert told(PEOPLE, carries, given(UNKNOWN, principalArn="others")) == []


@pytest.mark.parametrize("others", [
    node(ENTRY, "e", {"principalArn": f"{ARN}/people", "type": "STANDARD"}),
    node(ENTRY, "e", {"principalArn": f"{ARN}/people"}),
    node(ATTACHMENT, "a", {"role": "people", "policyArn": f"{POLICIES}/AmazonEKSClusterPolicy"}),
    node(ATTACHMENTS, "a", {"roles": ["people"], "policyArn": f"{POLICIES}/AmazonEKSVPCPolicy"}),
    node(EXCLUSIVE, "a", {"roleName": "people", "policyArns": []}),
])  # fmt: skip
def test_a_role_of_people_is_none_of_nodes(others):
    assert told(PEOPLE, others, given(f"{ARN}/people")) == []


@pytest.mark.parametrize("role", [{"role": "people"}, {"role": UNKNOWN}])
def test_the_profile_of_a_node_class_leads_to_its_role(role):
    profile = node(PROFILE, "p", role, role="people")
    nodes = node(NODE_CLASS, "c", {**CLASS, "spec": {"instanceProfile": "p"}})
    assert told(PEOPLE, profile, given(f"{ARN}/people")) == []
    assert len(told(PEOPLE, profile, nodes, given(f"{ARN}/people"))) == 1


def test_a_supplied_role_of_nodes_is_known_by_what_names_it():
    group = node(NODE_GROUP, "g", {"nodeRoleArn": f"{ARN}/theirs"})
    assert len(told(group, given(f"{ARN}/theirs"))) == 1
    assert told(group, given(f"{ARN}/others")) == []


def binding(role: str, **subject: Any) -> Node:
    body = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"}, "subjects": [subject], "roleRef": {"name": role},
    }  # fmt: skip
    return node("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", "b", body)


def test_a_group_of_machines_that_a_binding_makes_administrators_is_too_much():
    entry = node(ENTRY, "e", {"principalArn": f"{ARN}/nodes", "kubernetesGroups": ["team"]})
    assert told(NODES, entry) == []
    assert told(NODES, entry, binding("view", kind="Group", name="team")) == []
    assert told(NODES, entry, binding("cluster-admin", kind="User", name="team")) == []
    assert told(NODES, entry, binding("cluster-admin", kind="Group", name="team")) == [
        "kubernetesGroups[0] puts the role of nodes into team, which administers the cluster"
    ]


def mapped(arn: str, group: str, name: str = "aws-auth") -> Node:
    text = f"- rolearn: {arn}\n  username: x\n  groups: [{group}]\n"
    where = {"name": name, "namespace": "kube-system"}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": where, "data": {"mapRoles": text}}
    return node(MAP, "m", body)


def test_aws_auth_maps_no_role_of_machines_to_administrators():
    assert told(NODES, PEOPLE, mapped(f"{ARN}/people", "system:masters")) == []
    assert told(NODES, mapped(f"{ARN}/nodes", "system:nodes")) == []
    both = mapped(f"{ARN}/people", "system:nodes, system:masters")
    assert len(told(PEOPLE, both)) == 1, "nodes by the map itself"
    assert told(NODES, mapped(f"{ARN}/nodes", "system:masters", name="other")) == []
    assert told(NODES, mapped(f"{ARN}/nodes", "system:masters")) == [
        "data.mapRoles[0] maps the role of nodes to system:masters, which administers the cluster"
    ]
