"""The aws-auth ConfigMap: which IAM role or user is who in the cluster.

It can only be applied from where the API server is reachable. Both lists are one string each, so
whoever applies the ConfigMap as a whole replaces the entries of others (managed node groups write
their own); hence the server-side apply, which stops there and names the other writer.

Source: https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from machines.checks import fault, one_line
from machines.yaml_text import to_yaml

MERGE_GUIDANCE = """\
Apply it from inside the network:
  kubectl apply --server-side --field-manager=heiiki -f <this file>
A conflict means that somebody else wrote entries, such as EKS for a managed node group. Read them
(kubectl -n kube-system get configmap aws-auth -o yaml), add them to the stack file, render again,
and only then repeat with --force-conflicts: it replaces both lists by those below.
"""
NODE_GROUPS = ("system:bootstrappers", "system:nodes")
PRIVATE_DNS_NODE_USERNAME = "system:node:{{EC2PrivateDNSName}}"
INSTANCE_ID_NODE_USERNAME = "system:node:{{SessionName}}"  # EC2's session name is the instance id

_ROLE_ARN = re.compile(
    r"(?P<account>arn:aws[a-z-]*:iam::\d{12}):role/(?P<path>(?:[!-.0-~]+/)*)(?P<name>[\w+=,.@-]{1,64})",
    re.ASCII,
)
_USER_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/(?:[!-.0-~]+/)*[\w+=,.@-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RoleMapping:
    """An IAM role and who it is in the cluster; a path in the ARN is removed, as EKS asks."""

    role_arn: str
    username: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserMapping:
    """An IAM user and who that is in the cluster; here the ARN keeps its path."""

    user_arn: str
    username: str
    groups: tuple[str, ...]


def node_role_mapping(*, role_arn: str, instance_id_node_name: bool) -> RoleMapping:
    """The mapping of a pool's role; `instance_id_node_name` as in its user data."""
    username = INSTANCE_ID_NODE_USERNAME if instance_id_node_name else PRIVATE_DNS_NODE_USERNAME
    return RoleMapping(role_arn, username, NODE_GROUPS)


def role_arn_without_path(role_arn: str) -> str:
    """What a session of the role presents itself as: the path is not in it."""
    match = _ROLE_ARN.fullmatch(role_arn)
    if match is None:
        raise fault(
            "role_arn",
            role_arn,
            "must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/admin",
        )
    return f"{match['account']}:role/{match['name']}"


def render_aws_auth_data(
    *, roles: Sequence[RoleMapping], users: Sequence[UserMapping] = ()
) -> dict[str, str]:
    """The ConfigMap's `data`: nodes first, then by ARN, whatever order was given."""
    role_rows = _rows([(role_arn_without_path(m.role_arn), m) for m in roles])
    user_rows = _rows([(_user_arn(m.user_arn), m) for m in users])
    _refuse_duplicates([*role_rows, *user_rows])
    data = {"mapRoles": to_yaml([_entry("rolearn", arn, m) for arn, m in role_rows])}
    if user_rows:
        data["mapUsers"] = to_yaml([_entry("userarn", arn, m) for arn, m in user_rows])
    return data


def render_aws_auth_manifest(
    *, roles: Sequence[RoleMapping], users: Sequence[UserMapping] = ()
) -> str:
    """The whole ConfigMap as a file to hand over, with how to apply it."""
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": render_aws_auth_data(roles=roles, users=users),
    }
    guidance = "".join(f"# {line}\n" for line in MERGE_GUIDANCE.splitlines())
    return guidance + to_yaml(manifest)


Mapping = RoleMapping | UserMapping
Row = tuple[str, Mapping]


def _rows(rows: Sequence[Row]) -> list[Row]:
    for _, mapping in rows:
        _check_identity(mapping)
    return sorted(rows, key=lambda row: (not _is_node(row[1]), row[0]))


def _entry(key: str, arn: str, mapping: Mapping) -> dict[str, object]:
    return {key: arn, "username": mapping.username, "groups": list(mapping.groups)}


def _is_node(mapping: Mapping) -> bool:
    return "system:nodes" in mapping.groups


def _user_arn(user_arn: str) -> str:
    if not _USER_ARN.fullmatch(user_arn):
        raise fault(
            "user_arn",
            user_arn,
            "must be the ARN of an IAM user, such as arn:aws:iam::123456789012:user/anna",
        )
    return user_arn


def _refuse_duplicates(rows: Sequence[Row]) -> None:
    arns: set[str] = set()
    people: dict[str, str] = {}
    for arn, mapping in rows:
        if arn in arns:
            raise fault(
                "role_arn or user_arn", arn, "is mapped twice (paths do not count); keep one"
            )
        arns.add(arn)
        if _is_node(mapping):
            continue
        if mapping.username in people:
            raise fault(
                "username",
                mapping.username,
                f"stands for both {people[mapping.username]} and {arn}, which the audit log could "
                "not tell apart",
            )
        people[mapping.username] = arn


def _check_identity(mapping: Mapping) -> None:
    one_line("username", mapping.username)
    if not mapping.groups:
        raise ValueError(f"groups of {mapping.username!r} must not be empty; name at least one")
    for group in mapping.groups:
        one_line("groups", group)
    if _is_node(mapping) != mapping.username.startswith("system:node:"):
        raise fault(
            "username",
            mapping.username,
            f"and groups {', '.join(mapping.groups)} do not fit: system:node:… is for nodes, in "
            "system:nodes, and for nobody else",
        )
    if not _is_node(mapping) and mapping.username.startswith("system:"):
        raise fault("username", mapping.username, "must not begin with system:, Kubernetes' own")
    if _is_node(mapping) and "system:masters" in mapping.groups:
        raise ValueError(
            f"groups of {mapping.username!r} must not hold system:masters: nodes are "
            "no administrators"
        )
