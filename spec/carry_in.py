"""What is carried into the network: by whom, into which buckets and repositories, who reads it."""

from typing import Annotated, Literal

from pydantic import Field

from spec.base import Spec, default_kind
from spec.fields import BucketName, Name, NewBucketName, PrincipalArn, Text, WholeNumber

# ECR API reference, CreateRepository (read 2026-11-29).
_REPOSITORY_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
RepositoryName = Annotated[
    str,
    Text(
        rf"(?=.{{2,256}}$){_REPOSITORY_PART}(?:/{_REPOSITORY_PART})*",
        "must be an ECR repository's name, such as platform/base: lower-case letters, digits and "
        "between them single . and /, one or two _, and any number of -",
    ),
]


class _Bucket(Spec):
    node_pools: tuple[Name, ...] = Field(
        (), description="Pools whose nodes may read it, as the nodes' own role."
    )
    operator: bool = Field(False, description="Whether the operator's machine may read it.")


class CreateBucket(_Bucket):
    """A bucket of its own: versioned, encrypted with the cluster's key, public to nobody."""

    kind: Literal["create"] = "create"
    name: NewBucketName | None = Field(
        None, description="Its name. Default: `<cluster>-<account>-<region>-<name>`."
    )
    old_version_days: WholeNumber = Field(
        90, ge=1, le=3650, description="How long versions are kept that newer ones replaced."
    )


class ExistingBucket(_Bucket):
    """A supplied bucket: nothing of it is changed. `heiiki lock` reads it, the plan checks it."""

    kind: Literal["existing"]
    bucket_name: BucketName = Field(description="Name of the supplied bucket.")


BucketSpec = Annotated[
    CreateBucket | ExistingBucket, Field(discriminator="kind"), default_kind("create")
]


class CreateRepository(Spec):
    """An ECR repository of its own, encrypted with the cluster's key. Nodes pull from it."""

    kind: Literal["create"] = "create"
    name: RepositoryName | None = Field(
        None, description="Its name. Default: `<cluster>/<name>`. Fixed for its life."
    )
    image_tag_mutability: Literal["IMMUTABLE", "MUTABLE"] = Field(
        "IMMUTABLE", description="Whether a tag may be moved to another image."
    )
    scan_on_push: bool = Field(
        True, description="Let ECR look for known weaknesses in what is pushed."
    )


class ExistingRepository(Spec):
    """A supplied repository: nothing of it is changed. `heiiki lock` reads it, the plan checks."""

    kind: Literal["existing"]
    repository_name: RepositoryName = Field(description="Name of the supplied repository.")


RepositorySpec = Annotated[
    CreateRepository | ExistingRepository, Field(discriminator="kind"), default_kind("create")
]


class CarryInSpec(Spec):
    """Buckets and repositories through which material and images come into the network."""

    importer_arns: tuple[PrincipalArn, ...] = Field(
        min_length=1,
        description="Existing roles and users of the own account that carry in. They write from "
        "wherever they are. Each once; no wildcard, no session, not the account's root.",
    )
    buckets: dict[Name, BucketSpec] = Field(
        default_factory=dict, description="Buckets for material of every kind, by name."
    )
    repositories: dict[Name, RepositorySpec] = Field(
        default_factory=dict, description="ECR repositories for images, by name."
    )
    through_endpoints_only: bool = Field(
        True,
        description="Contents are read through VPC endpoints only, whoever reads: those of a "
        "supplied VPC, else those of the own account.",
    )
    one_way: bool = Field(
        True,
        description="Nobody but the importers writes, and importers read no contents back.",
    )
