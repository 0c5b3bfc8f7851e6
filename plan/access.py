"""Who the Kubernetes API knows: access entries, and the aws-auth ConfigMap beside them."""

from dataclasses import dataclass

from plan.errors import Faults
from plan.iam import ADMINISTRATOR
from plan.partitions import Partition
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingRole
from spec.node_pools import ExistingInstanceProfile

ADMINISTRATOR_POLICY = "AmazonEKSClusterAdminPolicy"


@dataclass(frozen=True, slots=True)
class Principal:
    """One access entry. role: logical name of a role of ours; principal_arn: a supplied one."""

    name: str
    role: str | None
    principal_arn: str | None
    type: str  # "STANDARD" | "EC2_LINUX"
    username: str | None
    groups: tuple[str, ...]
    policy_arn: str | None
    namespaces: tuple[str, ...]

    @property
    def administers_cluster(self) -> bool:
        """Whether it may do everything everywhere."""
        named = self.policy_arn is not None and self.policy_arn.endswith(ADMINISTRATOR_POLICY)
        return named and not self.namespaces


def plan_access(
    spec: ClusterSpec, partition: Partition, account_id: str, faults: Faults
) -> dict[str, Principal]:
    """Access entries by name: nodes, the administrator, and whoever else is asked for.

    A managed node group's entry is made by EKS itself.
    """
    found: dict[str, Principal] = {}
    for name, pool in spec.node_pools.items():
        if pool.kind == "managed":
            continue
        profile = pool.instance_profile
        arn = profile.role_arn if isinstance(profile, ExistingInstanceProfile) else None
        role = None if arn else f"node-{name}"
        found[f"node-{name}"] = Principal(
            f"node-{name}", role, arn, "EC2_LINUX", None, (), None, ()
        )
    found[ADMINISTRATOR] = _administrator(spec, partition, faults)
    for name, principal in spec.access.principals.items():
        path = f"access.principals.{name}"
        if name in found:
            faults.add(
                path, f"is the name of an entry that heiiki makes; known: {', '.join(found)}"
            )
            continue
        if principal.principal_arn.split(":")[4] != account_id:
            faults.add(f"{path}.principalArn", f"lies outside the own account {account_id}",
                       principal.principal_arn)  # fmt: skip
        if principal.namespaces and principal.policy is None:
            faults.add(f"{path}.namespaces", "limits a policy, but policy is missing")
        found[name] = Principal(
            name, None, principal.principal_arn, "STANDARD", principal.username, principal.groups,
            _policy_arn(principal.policy, partition) if principal.policy else None,
            principal.namespaces,
        )  # fmt: skip
    return found


def _administrator(spec: ClusterSpec, partition: Partition, faults: Faults) -> Principal:
    asked = spec.access.administrator
    arn = asked.role_arn if isinstance(asked, ExistingRole) else None
    operator = spec.access.operator
    if arn and operator and operator.instance_profile_arn is None:
        faults.add("access.operator.instanceProfileArn", "is needed: access.administrator is "
                   "supplied, so its owner makes the instance profile that holds it")  # fmt: skip
    return Principal(
        ADMINISTRATOR, None if arn else ADMINISTRATOR, arn, "STANDARD",
        f"{spec.name}:{ADMINISTRATOR}", (), _policy_arn(ADMINISTRATOR_POLICY, partition), (),
    )  # fmt: skip


def _policy_arn(policy: str, partition: Partition) -> str:
    return partition.arn("eks", f"cluster-access-policy/{policy}", account_id="aws")
