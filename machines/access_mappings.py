"""Who of the plan stands in aws-auth, and how."""

from collections.abc import Mapping

from machines.aws_auth import RoleMapping, UserMapping, node_role_mapping
from plan.access import Principal


def access_mappings(
    principals: Mapping[str, Principal], arns: Mapping[str, str]
) -> tuple[list[RoleMapping], list[UserMapping]]:
    """Roles and users for `machines.aws_auth`. arns: of every principal, by its name.

    Who has an EKS access policy and no group is left out: aws-auth knows groups alone, and their
    access entry does the job.
    """
    roles: list[RoleMapping] = []
    users: list[UserMapping] = []
    for name, principal in principals.items():
        arn = arns[name]
        if principal.type == "EC2_LINUX":
            roles.append(node_role_mapping(role_arn=arn, instance_id_node_name=False))
            continue
        # A username of one's own for everybody, so that the audit log tells people apart.
        username = principal.username or name
        groups = ("system:masters",) if principal.administers_cluster else principal.groups
        if not groups:
            continue
        if ":user/" in arn:
            users.append(UserMapping(arn, username, groups))
        else:
            roles.append(RoleMapping(arn, username, groups))
    return roles, users
