"""Repositories and their policies."""

from collections.abc import Mapping
from typing import Any, Final

from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import ServiceTags

MISSING: Final = ("RepositoryNotFoundException", "RepositoryPolicyNotFoundException")


def _encryption(call: Call) -> Mapping[str, Any]:
    wanted = next(iter(call.inputs.get("encryptionConfigurations") or ()), None)
    if not wanted:
        return {}
    names = ("encryptionType", "kmsKey")
    return {"encryptionConfiguration": {n: wanted[n] for n in names if wanted.get(n)}}


def _told(call: Call, found: Mapping[str, Any]) -> Mapping[str, Any]:
    encryption = found.get("encryptionConfiguration")
    return {"encryptionConfigurations": [encryption] if encryption else []}


def _delete(call: Call) -> None:
    call.send(
        "delete_repository",
        repositoryName=call.inputs["name"],
        force=bool(call.inputs.get("forceDelete")),
    )


REPOSITORY = Resource(
    token="aws:ecr/repository:Repository",
    service="ecr",
    create="create_repository",
    members=_encryption,
    identity=("name",),
    describe="describe_repositories",
    described="repositories[0]",
    enrich=_told,
    updates=(
        Update("put_image_tag_mutability", ("imageTagMutability",)),
        Update("put_image_scanning_configuration", ("imageScanningConfiguration",)),
    ),
    delete=_delete,
    missing=MISSING,
    tags=ServiceTags(
        "tag_resource",
        "untag_resource",
        "resourceArn",
        owner_value=lambda call: str((call.describe() or {})["repositoryArn"]),
        member="tags",
        tags_member="tags",
        keys_member="tagKeys",
        list_operation="list_tags_for_resource",
        listed="tags",
    ),
    auto_name="name",
    lower_case_name=True,
    properties={
        "name": Property(member="repositoryName", replaces=True),
        "imageTagMutability": Property(default="MUTABLE"),
        "imageScanningConfiguration": Property(),
        "encryptionConfigurations": Property(
            hooked=True,
            replaces=True,
            computed=True,
            when_asked=True,
            computed_in=("kmsKey",),
        ),
        "forceDelete": Property(local=True),
    },
    computed={
        "arn": "repositoryArn",
        "registryId": "registryId",
        "repositoryUrl": "repositoryUri",
    },
)

REPOSITORY_POLICY = Resource(
    token="aws:ecr/repositoryPolicy:RepositoryPolicy",
    service="ecr",
    create="set_repository_policy",
    identity=("repository",),
    describe="get_repository_policy",
    described="@",
    updates=(Update("set_repository_policy", ("policy",)),),
    delete="delete_repository_policy",
    missing=MISSING,
    properties={
        "repository": Property(member="repositoryName", required=True, replaces=True),
        "policy": Property(member="policyText", required=True, kind="policy"),
    },
    computed={"registryId": "registryId"},
)

TABLE = (REPOSITORY, REPOSITORY_POLICY)
