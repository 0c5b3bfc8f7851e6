"""Who the Kubernetes API knows: access entries, and the aws-auth ConfigMap beside them."""

from dataclasses import dataclass

from plan.errors import Faults
from plan.iam import ADMINISTRATOR
from plan.names import iam_name
from plan.partitions import Partition
from plan.self_hosted.needs import own_control_plane
from spec.access import PrincipalSpec
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingRole
from spec.node_pools import ExistingInstanceProfile

ADMINISTRATOR_POLICY = "AmazonEKSClusterAdminPolicy"
OF_NODES = "node-"  # how the entries of pools begin


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
    def logical_name(self) -> str:
        """What the entry is called in the stack: by the IAM name where that is supplied.

        EKS has one entry per name of IAM. One that is called by a key would be made anew under
        another key beside itself, which EKS refuses. Nodes' entries go by their pools.
        """
        if self.principal_arn is None or self.name == ADMINISTRATOR or self.type != "STANDARD":
            return self.name
        kind, name = iam_name(self.principal_arn)
        return f"{kind}-{name}"

    @property
    def administers_cluster(self) -> bool:
        """Whether it may do everything everywhere."""
        named = self.policy_arn is not None and self.policy_arn.endswith(ADMINISTRATOR_POLICY)
        return named and not self.namespaces


def plan_access(spec: ClusterSpec, partition: Partition, faults: Faults) -> dict[str, Principal]:
    """Access entries by name: nodes, the administrator, and whoever else is asked for.

    A managed node group's entry is made by EKS itself.
    """
    if spec.access.apply_config_map and spec.access.authentication_mode == "API":
        faults.add("access.applyConfigMap", "applies aws-auth, which authenticationMode API does "
                   "not read; write API_AND_CONFIG_MAP, or leave it out", True)  # fmt: skip
    _check_shared_roles(spec, faults)
    found: dict[str, Principal] = {}
    for name, pool in spec.node_pools.items():
        if pool.kind == "managed":
            continue
        profile = pool.instance_profile
        arn = profile.role_arn if isinstance(profile, ExistingInstanceProfile) else None
        if arn is not None and arn in (entry.principal_arn for entry in found.values()):
            continue  # pools that share a role share its entry; EKS takes one per role
        entry = f"{OF_NODES}{name}"
        role = None if arn else entry
        found[entry] = Principal(entry, role, arn, "EC2_LINUX", None, (), None, ())
    found[ADMINISTRATOR] = _administrator(spec, partition, faults)
    for name, principal in spec.access.principals.items():
        path = f"access.principals.{name}"
        if name in found:
            faults.add(
                path, f"is the name of an entry that heiiki makes; known: {', '.join(found)}"
            )
            continue
        if name.startswith(OF_NODES):  # by which plan/parts.py knows what comes with the pools
            faults.add(path, f"begins with {OF_NODES}, as the entries of pools do; choose another "
                       "name", name)  # fmt: skip
        twin = next((e.name for e in found.values() if _is_same(e, principal.principal_arn)), None)
        if twin is not None:
            faults.add(f"{path}.principalArn", f"has the entry {twin} already, and EKS takes one; "
                       "keep one", principal.principal_arn)  # fmt: skip
        if principal.namespaces and principal.policy is None:
            faults.add(f"{path}.namespaces", "limits a policy, but policy is missing; write it too")
        if own_control_plane(spec) is None:  # else plan/self_hosted/keys.py says what there is
            _check_groups(path, principal, faults)
        found[name] = Principal(
            name, None, principal.principal_arn, "STANDARD", principal.username, principal.groups,
            _policy_arn(principal.policy, partition) if principal.policy else None,
            principal.namespaces,
        )  # fmt: skip
    return found


def _check_groups(path: str, principal: PrincipalSpec, faults: Faults) -> None:
    """EKS: "The kubernetes group name system:masters is invalid, it cannot start with system:"
    (terraform-aws-modules/terraform-aws-eks issue 2915, read 2026-11-29). What no access entry has
    at all, spec/access.py refuses."""
    for i, group in enumerate(principal.groups):
        if group.startswith("system:"):
            faults.add(f"{path}.groups.{i}", "is a group of Kubernetes' own, which EKS takes in no "
                       f"access entry; for an administrator write policy: {ADMINISTRATOR_POLICY}, "
                       "else a group of your own", group)  # fmt: skip


def _administrator(spec: ClusterSpec, partition: Partition, faults: Faults) -> Principal:
    asked = spec.access.administrator
    arn = asked.role_arn if isinstance(asked, ExistingRole) else None
    operator = spec.access.operator
    if operator and operator.instance_profile_arn and arn is None:
        faults.add("access.operator.instanceProfileArn", "is for a supplied access.administrator; "
                   "leave it out, heiiki makes the profile of the role that it makes",
                   operator.instance_profile_arn)  # fmt: skip
    if arn and operator and operator.instance_profile_arn is None:
        faults.add("access.operator.instanceProfileArn", "is needed: access.administrator is "
                   "supplied, so its owner makes the instance profile that holds it")  # fmt: skip
    return Principal(
        ADMINISTRATOR, None if arn else ADMINISTRATOR, arn, "STANDARD",
        f"{ADMINISTRATOR}:{spec.name}", (), _policy_arn(ADMINISTRATOR_POLICY, partition), (),
    )  # fmt: skip


def _check_shared_roles(spec: ClusterSpec, faults: Faults) -> None:
    """EKS makes no entry for a managed pool's role that has one, so that a pool of the other kind
    would take the entry of both away when it goes."""
    own = dict[tuple[str, str], str]()
    supplied = {name: pool.instance_profile.role_arn for name, pool in spec.node_pools.items()
                if isinstance(pool.instance_profile, ExistingInstanceProfile)}  # fmt: skip
    for name, arn in supplied.items():
        if spec.node_pools[name].kind == "selfManaged":
            own.setdefault(iam_name(arn), name)
    for name, arn in supplied.items():
        if spec.node_pools[name].kind == "managed" and iam_name(arn) in own:
            faults.add(f"nodePools.{name}.instanceProfile.roleArn",
                       f"is the role of nodePools.{own[iam_name(arn)]} too, which is selfManaged: "
                       "the access entry of both would go with that pool; give each kind a role of "
                       "its own", arn)  # fmt: skip


def _is_same(entry: Principal, arn: str) -> bool:
    """Whether EKS has them as one. Roles of nodes and of ours are judged in plan/people.py."""
    of_a_person = entry.type == "STANDARD" and entry.principal_arn is not None
    return of_a_person and iam_name(entry.principal_arn or "") == iam_name(arn)


def _policy_arn(policy: str, partition: Partition) -> str:
    return partition.arn("eks", f"cluster-access-policy/{policy}", account_id="aws")
