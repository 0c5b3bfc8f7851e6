"""Roles and their permissions: one set per cluster, least privilege, names others can predict."""

from dataclasses import dataclass
from typing import Any

from plan.carry_in import readable_by_nodes, readable_by_operator
from plan.carry_in_policies import reader_statements
from plan.features import Feature
from plan.log_buckets import flow_logs_to
from plan.names import role_name
from plan.partitions import Partition
from plan.readiness import completion_statement, readiness_of
from plan.self_hosted.needs import own_control_plane
from plan.tags import Tags
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingRole
from spec.node_pools import ExistingInstanceProfile

EKS, POD_IDENTITY, FLOW_LOGS = (
    "eks.amazonaws.com", "pods.eks.amazonaws.com", "vpc-flow-logs.amazonaws.com",
)  # fmt: skip


ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Role:
    """A role. statements become one inline policy; managed_policy_arns are AWS's own."""

    name: str  # logical
    role_name: str  # physical
    description: str
    trust: dict[str, Any]
    managed_policy_arns: tuple[str, ...] = ()
    statements: tuple[dict[str, Any], ...] = ()
    instance_profile: bool = False


def supplied_role_arns(spec: ClusterSpec) -> dict[str, str]:
    """ARNs of supplied roles by the logical name that a created one would have."""
    roles = {"cluster": spec.control_plane.role, ADMINISTRATOR: spec.access.administrator}
    found = {name: role.role_arn for name, role in roles.items() if isinstance(role, ExistingRole)}
    for name, pool in spec.node_pools.items():
        if isinstance(pool.instance_profile, ExistingInstanceProfile):
            found[f"node-{name}"] = pool.instance_profile.role_arn
    return found


def role_arn(role: Role, partition: Partition, account_id: str) -> str:
    """The ARN of a role that the stack makes, known before it exists."""
    return partition.arn("iam", f"role/{role.role_name}", account_id=account_id)


def document(statements: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def plan_roles(
    spec: ClusterSpec,
    features: tuple[Feature, ...],
    partition: Partition,
    account_id: str,
    tags: Tags,
) -> dict[str, Role]:
    """Roles by logical name; a supplied role or instance profile yields none."""
    roles = _eks_roles(spec, partition, account_id) if own_control_plane(spec) is None else []
    if not isinstance(spec.access.administrator, ExistingRole):
        roles.append(_administrator_role(spec, features, partition, account_id))
    if flow_logs_to(spec) == "logGroup":  # to a bucket, the service writes as itself
        roles.append(_flow_logs_role(spec, partition, account_id))
    roles += _service_account_roles(spec, features, partition, account_id, tags)
    return {role.name: role for role in roles}


def _eks_roles(spec: ClusterSpec, partition: Partition, account_id: str) -> list[Role]:
    """What EKS takes on, and its nodes. Machines of a control plane of ours have roles of theirs
    (plan/self_hosted/roles.py)."""
    roles = []
    if not isinstance(spec.control_plane.role, ExistingRole):
        roles.append(_cluster_role(spec, partition))
    for name, pool in spec.node_pools.items():
        if not isinstance(pool.instance_profile, ExistingInstanceProfile):
            roles.append(_node_role(spec, name, partition, account_id))
    return roles


def _trust(*principals: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": list(principals)},
                 "Action": "sts:AssumeRole", **condition}  # fmt: skip
    return document((statement,))


def _name(spec: ClusterSpec, role: str) -> str:
    return role_name(spec.name, spec.region, role)


def _cluster_role(spec: ClusterSpec, partition: Partition) -> Role:
    return Role(
        "cluster",
        _name(spec, "cluster"),
        f"EKS control plane of {spec.name}",
        _trust(EKS),
        (partition.managed_policy_arn("AmazonEKSClusterPolicy"),),
    )


def node_policies(spec: ClusterSpec) -> tuple[str, ...]:
    """Names of AWS's own policies that nodes need."""
    policies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"]
    if spec.add_ons.vpc_cni and not spec.add_ons.pod_identity:
        policies.append("AmazonEKS_CNI_Policy")
    if spec.access.session_manager:
        policies.append("AmazonSSMManagedInstanceCore")
    return tuple(policies)


def _node_role(spec: ClusterSpec, pool: str, partition: Partition, account_id: str) -> Role:
    asked = spec.node_pools[pool]
    gated = readiness_of(spec, asked) is not None
    return Role(
        f"node-{pool}",
        _name(spec, f"node-{pool}"),
        f"Nodes of pool {pool} of {spec.name}",
        _trust(partition.ec2_principal),
        tuple(partition.managed_policy_arn(p) for p in node_policies(spec)),
        (
            *((completion_statement(spec, pool, partition, account_id),) if gated else ()),
            *reader_statements(readable_by_nodes(spec, account_id, pool), partition, account_id),
        ),
        instance_profile=asked.kind != "managed",  # EKS makes the profile of a managed node group
    )


def _administrator_role(
    spec: ClusterSpec, features: tuple[Feature, ...], partition: Partition, account_id: str
) -> Role:
    """Cluster administrator by access entry; in AWS itself it may only carry images in, and read
    what was carried in for it."""
    account = {"AWS": partition.arn("iam", "root", account_id=account_id)}
    people = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": account}
    calls = next((f.calls for f in features if f.name == "operator"), None)
    if calls is None:
        return Role(ADMINISTRATOR, _name(spec, ADMINISTRATOR), f"Administrators of {spec.name}",
                    document((people,)))  # fmt: skip
    machine = _trust(partition.ec2_principal)["Statement"][0]
    images = sorted(a for a in calls["ecr.api"] if a != "ecr:GetAuthorizationToken")
    repositories = partition.arn("ecr", "repository/*", account_id=account_id, region=spec.region)
    policies = ("AmazonSSMManagedInstanceCore",) if spec.access.session_manager else ()
    return Role(
        ADMINISTRATOR,
        _name(spec, ADMINISTRATOR),
        f"Administrators of {spec.name}",
        document((people, machine)),
        tuple(partition.managed_policy_arn(p) for p in policies),
        (
            {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            {"Effect": "Allow", "Action": images, "Resource": repositories},
            *reader_statements(readable_by_operator(spec, account_id), partition, account_id),
        ),
        instance_profile=True,
    )


def _flow_logs_role(spec: ClusterSpec, partition: Partition, account_id: str) -> Role:
    """What the VPC guide calls the least ("IAM role for publishing flow logs to CloudWatch Logs",
    read 2026-11-29), held to the one group where it can be. logs:CreateLogGroup is left out: the
    group is made first, with its key and its days, and one that was deleted shall not come back
    without them."""
    group = partition.arn(
        "logs",
        f"log-group:/heiiki/{spec.name}/flow-logs*",
        account_id=account_id,
        region=spec.region,
    )
    return Role(
        "flow-logs",
        _name(spec, "flow-logs"),
        f"VPC flow logs of {spec.name}",
        _trust(FLOW_LOGS, Condition={"StringEquals": {"aws:SourceAccount": account_id}}),
        statements=(
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                "Resource": group,
            },
            {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"},
        ),
    )


def _service_account_roles(
    spec: ClusterSpec,
    features: tuple[Feature, ...],
    partition: Partition,
    account_id: str,
    tags: Tags,
) -> list[Role]:
    """Roles for pods, by Pod Identity: no long-lived key, and no rights on the node itself."""
    if not spec.add_ons.pod_identity:
        return []
    by_name = {feature.name: feature for feature in features}
    trust = document(
        (
            {
                "Effect": "Allow",
                "Principal": {"Service": [POD_IDENTITY]},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            },
        )
    )
    managed = {"vpcCni": "AmazonEKS_CNI_Policy", "ebsCsi": "service-role/AmazonEBSCSIDriverPolicy"}
    roles = []
    for feature, role in (
        ("vpcCni", "vpc-cni"),
        ("ebsCsi", "ebs-csi"),
        ("clusterAutoscaler", "cluster-autoscaler"),
    ):
        if feature not in by_name:
            continue
        policy = managed.get(feature)
        arns = (partition.managed_policy_arn(policy),) if policy else ()
        statements = () if policy else _own_statements(by_name[feature], tags)
        roles.append(
            Role(role, _name(spec, role), f"{role} pods of {spec.name}", trust, arns, statements)
        )
    return roles


def _own_statements(feature: Feature, tags: Tags) -> tuple[dict[str, Any], ...]:
    """Reading is free; what changes something is held to resources with the cluster's tag."""
    actions = sorted(action for called in feature.calls.values() for action in called)
    reads = [a for a in actions if a.split(":")[1].startswith(("Describe", "Get", "List"))]
    writes = [a for a in actions if a not in reads]
    held = {"Null": {f"aws:ResourceTag/{tags.cluster_key}": "false"}}
    return (
        {"Effect": "Allow", "Action": reads, "Resource": "*"},
        {"Effect": "Allow", "Action": writes, "Resource": "*", "Condition": held},
    )
