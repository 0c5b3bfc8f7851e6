"""The buckets and repositories through which material and images come in, and who reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plan.brownfield.uses import role_uses
from plan.carry_in_policies import bucket_policy, repository_policy
from plan.errors import Faults
from plan.log_buckets import plan_flow_log_bucket
from plan.names import bucket_name, iam_name
from plan.partitions import Partition
from plan.self_hosted.needs import read_buckets
from spec.carry_in import CreateBucket, CreateRepository, ExistingBucket, ExistingRepository
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingKey
from spec.fields import NO_BUCKET_ENDS_SO

BUCKETS, REPOSITORIES = "carryIn.buckets", "carryIn.repositories"
IMPORTERS = "carryIn.importerArns"
FLOW_LOGS = "network.flowLogs.destination.bucket"


@dataclass(frozen=True, slots=True)
class CarriedBucket:
    """One bucket. policy: what is made, or what the owner of a supplied one must have in theirs."""

    name: str  # logical
    bucket_name: str  # physical, so that policies and the DNS allow-list can name it
    supplied: bool
    readers: tuple[str, ...]  # logical names of roles
    policy: dict[str, Any]
    old_version_days: int  # of a created one


@dataclass(frozen=True, slots=True)
class CarriedRepository:
    """One repository. policy: as of a bucket. url: what images of it are called by."""

    name: str  # logical
    repository_name: str
    url: str
    supplied: bool
    policy: dict[str, Any]
    tag_mutability: str | None
    scan_on_push: bool | None


def bucket_names(spec: ClusterSpec, account_id: str) -> dict[str, str]:
    """Physical names of the buckets by logical name, created ones and supplied ones.

    A name is known in every account, so that it holds the own one's id and is nobody else's by
    chance.
    """
    if spec.carry_in is None:
        return {}
    return {
        name: bucket.bucket_name
        if isinstance(bucket, ExistingBucket)
        else bucket.name or bucket_name(spec.name, spec.region, account_id, name)
        for name, bucket in spec.carry_in.buckets.items()
    }


def own_buckets(spec: ClusterSpec, account_id: str) -> tuple[str, ...]:
    """Names of all buckets of the own account that machines read through the S3 endpoint."""
    carried = bucket_names(spec, account_id).values()
    booted = read_buckets(spec, account_id)
    return tuple(dict.fromkeys((*spec.network.endpoints.buckets, *carried, *booted)))


def readable_by_nodes(spec: ClusterSpec, account_id: str, pool: str) -> list[str]:
    """Names of the buckets that a pool's nodes may read."""
    names = bucket_names(spec, account_id)
    asked = spec.carry_in.buckets if spec.carry_in else {}
    return [names[name] for name, bucket in asked.items() if pool in bucket.node_pools]


def readable_by_operator(spec: ClusterSpec, account_id: str) -> list[str]:
    """Names of the buckets that the operator's machine may read."""
    names = bucket_names(spec, account_id)
    asked = spec.carry_in.buckets if spec.carry_in else {}
    return [names[name] for name, bucket in asked.items() if bucket.operator]


def plan_buckets(
    spec: ClusterSpec, partition: Partition, account_id: str
) -> dict[str, CarriedBucket]:
    """Buckets by logical name. What is unsound of them is told by check_carry_in."""
    asked = spec.carry_in
    if asked is None:
        return {}
    names = bucket_names(spec, account_id)
    return {
        name: CarriedBucket(
            name=name,
            bucket_name=names[name],
            supplied=isinstance(bucket, ExistingBucket),
            readers=(
                *(f"node-{pool}" for pool in bucket.node_pools),
                *(("administrator",) if bucket.operator else ()),
            ),
            policy=bucket_policy(names[name], asked, spec, partition, account_id),
            old_version_days=bucket.old_version_days if isinstance(bucket, CreateBucket) else 0,
        )
        for name, bucket in asked.buckets.items()
    }


def plan_repositories(
    spec: ClusterSpec, partition: Partition, account_id: str
) -> dict[str, CarriedRepository]:
    """Repositories by logical name, all with the same policy, since it names none."""
    asked = spec.carry_in
    if asked is None:
        return {}
    registry = f"{account_id}.dkr.ecr.{spec.region}.{partition.dns_suffix}"
    policy = repository_policy(asked, spec, partition, account_id)
    found = {}
    for name, repository in asked.repositories.items():
        created = repository if isinstance(repository, CreateRepository) else None
        physical = repository_name(spec, name)
        found[name] = CarriedRepository(
            name=name,
            repository_name=physical,
            url=f"{registry}/{physical}",
            supplied=created is None,
            policy=policy,
            tag_mutability=created.image_tag_mutability if created else None,
            scan_on_push=created.scan_on_push if created else None,
        )
    return found


def repository_name(spec: ClusterSpec, name: str) -> str:
    """The physical name of a repository of the stack file."""
    assert spec.carry_in is not None
    repository = spec.carry_in.repositories[name]
    if isinstance(repository, ExistingRepository):
        return repository.repository_name
    return repository.name or f"{spec.name}/{name}"


def check_carry_in(
    spec: ClusterSpec, partition: Partition, account_id: str, made: Mapping[str, str],
    faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """Note what AWS would refuse, and what others have to do.

    made: ARNs of the roles that this stack makes, by logical name.
    """
    asked = spec.carry_in
    if asked is None:
        return
    _check_importers(spec, made, faults)
    if asked.buckets and isinstance(spec.control_plane.encryption_key, ExistingKey):
        warnings.append("carryIn.buckets: the key is supplied, so have its owner let importers "
                        "call kms:GenerateDataKey and kms:Decrypt by way of S3")  # fmt: skip
    if not asked.buckets and not asked.repositories:
        faults.add("carryIn", "names neither a bucket nor a repository; add one to carryIn.buckets "
                   "or carryIn.repositories, or leave carryIn out")  # fmt: skip
    _check_names(spec, partition, account_id, faults)
    for name, bucket in asked.buckets.items():
        for pool in bucket.node_pools:
            if pool not in spec.node_pools:
                known = ", ".join(spec.node_pools)
                message = f"is no pool of this file; write one of {known}"
                faults.add(f"{BUCKETS}.{name}.nodePools", message, pool)
            elif f"node-{pool}" not in made:
                warnings.append(_unable(f"{BUCKETS}.{name}.nodePools", f"pool {pool}"))
        if bucket.operator and spec.access.operator is None:
            faults.add(f"{BUCKETS}.{name}.operator", "lets the operator's machine read, and there "
                       "is none; add access.operator, or write false", True)  # fmt: skip
        elif bucket.operator and "administrator" not in made:
            warnings.append(_unable(f"{BUCKETS}.{name}.operator", "the administrator"))


def _check_importers(spec: ClusterSpec, made: Mapping[str, str], faults: Faults) -> None:
    """Who carries in reads nothing back, so it is nobody inside, and stands there once: whoever
    takes one off the list means that it may no longer. The account's root would be everybody whom
    IAM lets."""
    assert spec.carry_in is not None
    ours = {iam_name(arn) for arn in made.values()}
    supplied = {iam_name(use.named): use.path for use in role_uses(spec)}
    first: dict[tuple[str, str], str] = {}
    for arn in spec.carry_in.importer_arns:
        name = iam_name(arn)
        if name in ours:
            faults.add(IMPORTERS, "is a role that this stack makes for machines and "
                       "people inside; name one that exists already and is used outside",
                       arn)  # fmt: skip
        elif name in supplied:
            faults.add(IMPORTERS, f"is the role of {supplied[name]}, which is used "
                       "inside; name one that is used outside only", arn)  # fmt: skip
        if name in first:
            faults.add(IMPORTERS, f"is named before, as {first[name]}: IAM has a name only once, "
                       "whatever its path and its case; take one of the two out", arn)  # fmt: skip
        first.setdefault(name, arn)


def _unable(path: str, who: str) -> str:
    return (
        f"{path}: the role of {who} is supplied and nothing of it is changed; have its owner let "
        "it call s3:GetObject on the bucket and kms:Decrypt by way of S3"
    )


def _check_names(spec: ClusterSpec, partition: Partition, account_id: str, faults: Faults) -> None:
    """Two keys that stand for one thing: whatever the second says would undo the first."""
    assert spec.carry_in is not None
    logs = plan_flow_log_bucket(spec, partition, account_id)
    taken = {} if logs is None else {logs.name: FLOW_LOGS}
    buckets = bucket_names(spec, account_id)
    repositories = {name: repository_name(spec, name) for name in spec.carry_in.repositories}
    for place, names, first in ((BUCKETS, buckets, taken), (REPOSITORIES, repositories, {})):
        for name, physical in names.items():
            if physical in first:
                message = f"is the name that {first[physical]} has too; choose another"
                faults.add(f"{place}.{name}", message, physical)
            first.setdefault(physical, f"{place}.{name}")
    for name, physical in buckets.items():  # names that are written are checked as they are read
        if physical.endswith(NO_BUCKET_ENDS_SO):
            message = (
                "makes a bucket's name that S3 keeps for others; choose another, or write name"
            )
            faults.add(f"{BUCKETS}.{name}", message, physical)
