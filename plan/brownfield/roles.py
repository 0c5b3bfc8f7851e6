"""What must be true of supplied roles and instance profiles: who is let in, and what they may."""

from dataclasses import dataclass

from plan.brownfield.principals import allowing, does, services, strangers
from plan.brownfield.uses import Use, profile_uses, role_uses
from plan.endpoint_policies import Boundary
from plan.errors import Faults
from plan.iam import EKS, node_policies
from plan.partitions import Partition
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingRole
from spec.lock import Lock
from spec.node_pools import ExistingInstanceProfile
from spec.supplied_identities import SuppliedRole

RUN_LOCK = "was not read; run heiiki lock"
_OF_AWS = ":aws:policy/"
# Policies of AWS's own that allow all of what the first one does, and more.
_WIDER = {
    "AmazonEC2ContainerRegistryPullOnly": (
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonEC2ContainerRegistryFullAccess",
    )
}


@dataclass(frozen=True, slots=True)
class _Duty:
    """What a role is for. services: one of them must be let take it on; none: people do."""

    services: tuple[str, ...]
    policies: tuple[str, ...]
    without: str  # what comes of a missing policy


def check_supplied_roles(
    spec: ClusterSpec, lock: Lock, partition: Partition, faults: Faults, warnings: list[str]
) -> None:
    """Compare what the roles and instance profiles are for with what the lock file says of them."""
    boundary = Boundary(spec.boundary, lock.account_id)
    for use in role_uses(spec):
        if not is_own(use.named, partition, lock.account_id):
            continue  # told of by its ARN
        found = lock.supplied.roles.get(use.named)
        if found is None:
            faults.add(use.path, RUN_LOCK, use.named)
            continue
        duty = _duty(spec, use, partition)
        _check_trust(use, found, duty, boundary, faults)
        _check_policies(use, found, duty, faults, warnings)
        if found.permissions_boundary_arn is not None:
            warnings.append(
                f"{use.path}: {use.named} has the permissions boundary "
                f"{found.permissions_boundary_arn}: what that does not allow, the role may not do"
            )
    _check_profiles(spec, lock, partition, faults)


def is_own(arn: str, partition: Partition, account_id: str) -> bool:
    """Whether an ARN is of the stack's own partition and account."""
    parts = arn.split(":")
    return (parts[1], parts[4]) == (partition.name, account_id)


def _duty(spec: ClusterSpec, use: Use, partition: Partition) -> _Duty:
    # In China both names of the service are in use.
    machine = tuple(dict.fromkeys((partition.ec2_principal, "ec2.amazonaws.com")))
    if use.pool is not None:
        return _Duty(machine, node_policies(spec), "its nodes cannot do their work")
    if use.path.startswith("controlPlane."):
        return _Duty((EKS,), ("AmazonEKSClusterPolicy",), "the control plane cannot do its work")
    if spec.access.operator is None:
        return _Duty((), (), "")
    policies = ("AmazonSSMManagedInstanceCore",) if spec.access.session_manager else ()
    return _Duty(machine, policies, "Session Manager does not reach the operator's machine")


def _check_trust(
    use: Use, found: SuppliedRole, duty: _Duty, boundary: Boundary, faults: Faults
) -> None:
    statements = allowing(found.trust)
    let_in = {name for s in statements if does(s, "sts:AssumeRole") for name in services(s)}
    if duty.services and not let_in & set(duty.services):
        faults.add(use.path, f"has a trust policy that does not let {duty.services[0]} take it on; "
                   "have its owner allow it sts:AssumeRole", use.named)  # fmt: skip
    outside = [name for s in statements for name in strangers(s, boundary)]
    if outside:
        faults.add(use.path, f"has a trust policy that lets {', '.join(dict.fromkeys(outside))} "
                   f"take it on, held to the own account {boundary.account_id} by no condition "
                   "that is understood; have its owner take that out", use.named)  # fmt: skip


def _check_policies(
    use: Use, found: SuppliedRole, duty: _Duty, faults: Faults, warnings: list[str]
) -> None:
    """AWS's own policies go by their names; what a policy of the owner allows, he must see to."""
    attached = {
        arn.rpartition("/")[2] for arn in found.managed_policy_arns if ":aws:policy/" in arn
    }
    lacking = [p for p in duty.policies if not attached & {p, *_WIDER.get(p, ())}]
    own = [arn for arn in found.managed_policy_arns if _OF_AWS not in arn]
    own += found.inline_policies
    if lacking and (own or use.pool is None):
        see = f"see that {', '.join(own)} allows the same" if own else "have its owner attach it"
        warnings.append(f"{use.path}: {use.named} lacks {', '.join(lacking)}, without which "
                        f"{duty.without}; {see}")  # fmt: skip
    elif lacking:
        faults.add(use.path, f"lacks {', '.join(lacking)}, without which {duty.without}; have its "
                   "owner attach it", use.named)  # fmt: skip
    if use.pool is not None and found.administrator_policies:
        warnings.append(
            f"{use.path}: {use.named} gives every node administrator rights by "
            f"{', '.join(found.administrator_policies)}, and so whoever breaks out of a pod; have "
            "its owner take that off"
        )


def _check_profiles(spec: ClusterSpec, lock: Lock, partition: Partition, faults: Faults) -> None:
    for use in profile_uses(spec):
        if not is_own(use.named, partition, lock.account_id):
            continue
        found = lock.supplied.instance_profiles.get(use.named)
        if found is None:
            faults.add(use.path, RUN_LOCK, use.named)
            continue
        key, role = _role_of(spec, use)
        if role is not None and found.role_arns != (role,):
            holds = ", ".join(found.role_arns) or "no role"
            faults.add(use.path, f"holds {holds}, not {role} of {key}; have its owner put that "
                       "role in it, or name the one that it holds", use.named)  # fmt: skip


def _role_of(spec: ClusterSpec, use: Use) -> tuple[str, str | None]:
    """The key that names the profile's role, and the role."""
    if use.pool is not None:
        profile = spec.node_pools[use.pool].instance_profile
        assert isinstance(profile, ExistingInstanceProfile), "profile_uses names no other"
        return f"nodePools.{use.pool}.instanceProfile.roleArn", profile.role_arn
    asked = spec.access.administrator
    return (
        "access.administrator.roleArn",
        asked.role_arn if isinstance(asked, ExistingRole) else None,
    )
