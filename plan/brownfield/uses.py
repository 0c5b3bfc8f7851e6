"""Where the stack file names roles, instance profiles, images, key pairs and security groups of
others.

Both `heiiki lock`, which reads them, and the plan, which judges them, go by these lists.
"""

from typing import NamedTuple

from plan.machines import machines_for_people
from plan.self_hosted.needs import machine_images, security_groups
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingRole
from spec.network import ExistingEndpointSecurityGroup
from spec.node_pools import CustomImage, ExistingInstanceProfile

ENDPOINTS_GROUP = "network.endpoints.securityGroup.securityGroupId"


class Use(NamedTuple):
    """One key of the stack file, and what it names: an ARN, an id or a name."""

    path: str
    named: str
    pool: str | None = None  # of a node pool's


def role_uses(spec: ClusterSpec) -> tuple[Use, ...]:
    """Every supplied role, once for each key that names it."""
    uses = []
    if isinstance(spec.control_plane.role, ExistingRole):
        uses.append(Use("controlPlane.role.roleArn", spec.control_plane.role.role_arn))
    if isinstance(spec.access.administrator, ExistingRole):
        uses.append(Use("access.administrator.roleArn", spec.access.administrator.role_arn))
    for name, pool in spec.node_pools.items():
        if isinstance(pool.instance_profile, ExistingInstanceProfile):
            path = f"nodePools.{name}.instanceProfile.roleArn"
            uses.append(Use(path, pool.instance_profile.role_arn, name))
    return tuple(uses)


def profile_uses(spec: ClusterSpec) -> tuple[Use, ...]:
    """Every supplied instance profile, once for each key that names it."""
    uses = []
    operator = spec.access.operator
    if operator is not None and operator.instance_profile_arn is not None:
        uses.append(Use("access.operator.instanceProfileArn", operator.instance_profile_arn))
    for name, pool in spec.node_pools.items():
        if isinstance(pool.instance_profile, ExistingInstanceProfile):
            path = f"nodePools.{name}.instanceProfile.instanceProfileArn"
            uses.append(Use(path, pool.instance_profile.instance_profile_arn, name))
    return tuple(uses)


def image_uses(spec: ClusterSpec) -> tuple[Use, ...]:
    """Every image that is named by id."""
    pools = [
        Use(f"nodePools.{name}.image.imageId", pool.image.image_id, name)
        for name, pool in spec.node_pools.items()
        if isinstance(pool.image, CustomImage)
    ]
    machines = [
        Use(f"{path}.imageId", machine.image_id)
        for path, machine in machines_for_people(spec).items()
        if machine.image_id is not None
    ]
    own = [
        Use(f"{path}.imageId", image.image_id) for path, (_, image) in machine_images(spec).items()
    ]
    return (*pools, *machines, *own)


def key_pair_uses(spec: ClusterSpec) -> tuple[Use, ...]:
    """Every key pair that is named."""
    pools = [
        Use(f"nodePools.{name}.keyName", pool.key_name, name)
        for name, pool in spec.node_pools.items()
        if pool.key_name is not None
    ]
    machines = [
        Use(f"{path}.keyName", machine.key_name)
        for path, machine in machines_for_people(spec).items()
        if machine.key_name is not None
    ]
    return (*pools, *machines)


def security_group_uses(spec: ClusterSpec) -> tuple[Use, ...]:
    """Every security group that is named, that of endpoints last."""
    pools = [
        Use(f"nodePools.{name}.securityGroupIds", group, name)
        for name, pool in spec.node_pools.items()
        for group in pool.security_group_ids
    ]
    own = [Use(path, group) for path, groups in security_groups(spec).items() for group in groups]
    endpoints = spec.network.endpoints.security_group
    if not isinstance(endpoints, ExistingEndpointSecurityGroup):
        return (*pools, *own)
    return (*pools, *own, Use(ENDPOINTS_GROUP, endpoints.security_group_id))
