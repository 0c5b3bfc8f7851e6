"""ARNs of supplied resources must be of the stack's partition, account and region."""

from plan.brownfield.api import target_group_uses
from plan.errors import Faults
from plan.partitions import Partition
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingKey, ExistingRole
from spec.node_pools import ExistingInstanceProfile


def check_supplied_arns(
    spec: ClusterSpec, partition: Partition, account_id: str, faults: Faults
) -> None:
    """Note every ARN that AWS would refuse only when half of the stack stands.

    A key may be another account's, whose owner then grants its use; roles and instance profiles
    that AWS services take on may not.
    """
    arns: dict[str, str] = {}
    key = spec.control_plane.encryption_key
    if isinstance(key, ExistingKey):
        path = "controlPlane.encryptionKey.keyArn"
        region = key.key_arn.split(":")[3]
        if region != spec.region:
            message = f"is a key of {region}; a key serves its own region {spec.region} only"
            faults.add(path, message, key.key_arn)
        _check_partition(path, key.key_arn, partition, faults)
    if isinstance(spec.control_plane.role, ExistingRole):
        arns["controlPlane.role.roleArn"] = spec.control_plane.role.role_arn
    if isinstance(spec.access.administrator, ExistingRole):
        arns["access.administrator.roleArn"] = spec.access.administrator.role_arn
    operator = spec.access.operator
    if operator is not None and operator.instance_profile_arn is not None:
        arns["access.operator.instanceProfileArn"] = operator.instance_profile_arn
    for name, pool in spec.node_pools.items():
        if isinstance(pool.instance_profile, ExistingInstanceProfile):
            path = f"nodePools.{name}.instanceProfile"
            arns[f"{path}.instanceProfileArn"] = pool.instance_profile.instance_profile_arn
            arns[f"{path}.roleArn"] = pool.instance_profile.role_arn
    for index, arn in enumerate(spec.carry_in.importer_arns if spec.carry_in else ()):
        arns[f"carryIn.importerArns.{index}"] = arn
    for name, principal in spec.access.principals.items():
        arns[f"access.principals.{name}.principalArn"] = principal.principal_arn
    if spec.access.deployer_arn is not None:
        arns["access.deployerArn"] = spec.access.deployer_arn
    for path, arn in target_group_uses(spec).items():
        region = arn.split(":")[3]
        if region != spec.region:
            faults.add(path, f"is a target group of {region}; machines of {spec.region} are put "
                       "into one of their own region only", arn)  # fmt: skip
        arns[path] = arn
    for path, arn in arns.items():
        _check_partition(path, arn, partition, faults)
        if arn.split(":")[4] != account_id:
            faults.add(path, f"lies outside the own account {account_id}", arn)


def _check_partition(path: str, arn: str, partition: Partition, faults: Faults) -> None:
    found = arn.split(":")[1]
    if found != partition.name:
        message = f"is of partition {found}; region {partition.region} is of {partition.name}"
        faults.add(path, message, arn)
