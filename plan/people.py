"""People are nobody else: no role of machines or services is let in as a person."""

from collections.abc import Mapping

from plan.brownfield.uses import role_uses
from plan.errors import Faults
from plan.iam import ADMINISTRATOR
from plan.names import iam_name
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingRole

_ADMINISTRATOR = "access.administrator.roleArn"


def check_people(spec: ClusterSpec, made: Mapping[str, str], faults: Faults) -> None:
    """Refuse roles that the stack makes or that its machines have, whoever runs the control plane.

    Whoever is on a machine is its role. A person with that role is every one of these machines,
    and every pod on them that reaches the metadata, with all that the person may do. Managed pools
    count too, though EKS makes their entries and the plan has none.

    made: ARNs of the stack's roles by logical name.
    """
    ours = {iam_name(arn): name for name, arn in made.items()}
    uses = [use for use in role_uses(spec) if use.path != _ADMINISTRATOR]
    of_pools = {iam_name(use.named) for use in uses if use.pool is not None}
    asked = spec.access.administrator
    if isinstance(asked, ExistingRole):
        name = iam_name(asked.role_arn)
        if name in of_pools:
            faults.add(_ADMINISTRATOR, "is the role of nodes, and an administrator of the "
                       "cluster must not be every node; give a role of its own",
                       asked.role_arn)  # fmt: skip
        elif name in ours:
            faults.add(_ADMINISTRATOR, f"is the role {ours[name]} of this stack, which is not for "
                       "people; give a role of its own", asked.role_arn)  # fmt: skip
    supplied = {iam_name(use.named): use.path for use in uses}
    for key, principal in spec.access.principals.items():
        path, arn = f"access.principals.{key}.principalArn", principal.principal_arn
        name = iam_name(arn)
        if name in supplied:
            faults.add(path, f"is the role of {supplied[name]}, which machines and services have; "
                       "name a role that people have", arn)  # fmt: skip
        elif ours.get(name) == ADMINISTRATOR:
            faults.add(path, "is the administrator that this stack makes, who is let in already; "
                       "leave it out", arn)  # fmt: skip
        elif name in ours:
            faults.add(path, f"is the role {ours[name]} of this stack, which is not for people; "
                       "name a role that people have", arn)  # fmt: skip
