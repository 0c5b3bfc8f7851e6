"""Buckets and what is set on them by resources of their own."""

from collections.abc import Mapping
from typing import Any, Final

from local.aws.resources.forms import NAMING, REQUIRED
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import own_tags, pairs

MISSING: Final = (
    "404",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
)
# Objects in one DeleteObjects call (S3 API reference).
OBJECTS_PER_CALL: Final = 1000


class BucketTags:
    """S3 takes all tags of a bucket at once, in a call of their own."""

    def on_create(self, tags: Mapping[str, str]) -> Mapping[str, Any]:
        return {}

    def change(self, call: Call, olds: Mapping[str, str], news: Mapping[str, str]) -> None:
        if news:
            call.send("put_bucket_tagging", Bucket=call.id, Tagging={"TagSet": pairs(news)})
        else:
            call.send("delete_bucket_tagging", Bucket=call.id)

    def read(self, call: Call, described: Mapping[str, Any]) -> Mapping[str, str]:
        return own_tags(call.find("get_bucket_tagging", "TagSet", Bucket=call.id), "Key", "Value")


def _create(call: Call) -> str:
    name = str(call.inputs["bucket"])
    request: dict[str, Any] = {"Bucket": name}
    if call.region != "us-east-1":  # the one region that S3 does not want named
        request["CreateBucketConfiguration"] = {"LocationConstraint": call.region}
    if call.inputs.get("objectLockEnabled"):
        request["ObjectLockEnabledForBucket"] = True
    call.send("create_bucket", **request)
    return name


def _read(call: Call) -> Mapping[str, Any] | None:
    if call.find("head_bucket", "@", Bucket=call.id) is None:
        return None
    suffix = call.clients.dns_suffix(call.region)
    return {
        "Bucket": call.id,
        "DomainName": f"{call.id}.s3.{suffix}",
        "RegionalDomainName": f"{call.id}.s3.{call.region}.{suffix}",
    }


def _delete(call: Call) -> None:
    if call.inputs.get("forceDestroy"):
        pages = call.client().get_paginator("list_object_versions").paginate(Bucket=call.id)
        for page in pages:
            rows = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects = [{"Key": row["Key"], "VersionId": row["VersionId"]} for row in rows]
            for start in range(0, len(objects), OBJECTS_PER_CALL):
                batch = objects[start : start + OBJECTS_PER_CALL]
                call.send("delete_objects", Bucket=call.id, Delete={"Objects": batch})
    call.send("delete_bucket", Bucket=call.id)


BUCKET = Resource(
    token="aws:s3/bucket:Bucket",
    service="s3",
    create=_create,
    shape="create_bucket",
    id_member="Bucket",
    read=_read,
    delete=_delete,
    missing=MISSING,
    tags=BucketTags(),
    auto_name="bucket",
    lower_case_name=True,
    parse_id=lambda call: {"bucket": call.id},
    properties={
        "bucket": Property(replaces=True),
        "bucketPrefix": Property(local=True, replaces=True),
        "forceDestroy": Property(local=True, default=False),
        "objectLockEnabled": Property(hooked=True, unread=True, replaces=True),
    },
    computed={
        "arn": lambda call, found: f"arn:{call.partition}:s3:::{call.id}",
        "bucketDomainName": "DomainName",
        "bucketRegion": lambda call, found: call.region,
        "bucketRegionalDomainName": "RegionalDomainName",
    },
)


def _with_bucket(call: Call, found: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Bucket": call.inputs["bucket"]}


BUCKET_POLICY = Resource(
    token="aws:s3/bucketPolicy:BucketPolicy",
    service="s3",
    create="put_bucket_policy",
    identity=("bucket",),
    describe="get_bucket_policy",
    described="@",
    enrich=_with_bucket,
    updates=(Update("put_bucket_policy", ("policy",)),),
    delete="delete_bucket_policy",
    missing=MISSING,
    properties={"bucket": NAMING, "policy": Property(required=True, kind="policy")},
)

PUBLIC_ACCESS: Final = (
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
)

BUCKET_PUBLIC_ACCESS_BLOCK = Resource(
    token="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    service="s3",
    create="put_public_access_block",
    within="PublicAccessBlockConfiguration",
    identity=("bucket",),
    describe="get_public_access_block",
    described="PublicAccessBlockConfiguration",
    enrich=_with_bucket,
    updates=(Update("put_public_access_block", PUBLIC_ACCESS, always=PUBLIC_ACCESS),),
    delete="delete_public_access_block",
    missing=MISSING,
    properties={
        "bucket": NAMING,
        "skipDestroy": Property(local=True),
        **{name: Property(default=False) for name in PUBLIC_ACCESS},
    },
)


def _suspend(call: Call) -> None:
    """Versioning cannot be taken back, only suspended."""
    status = {"Status": "Suspended"}
    bucket = call.inputs["bucket"]
    if call.find("head_bucket", "@", Bucket=bucket) is not None:
        call.send("put_bucket_versioning", Bucket=bucket, VersioningConfiguration=status)


def _read_versioning(call: Call) -> Mapping[str, Any] | None:
    bucket = call.inputs["bucket"]
    found = call.find("get_bucket_versioning", "@", Bucket=bucket)
    if not found or (
        found.get("Status") == "Suspended" and not call.inputs.get("versioningConfiguration")
    ):
        return None
    return {"Bucket": bucket, "VersioningConfiguration": found}


BUCKET_VERSIONING = Resource(
    token="aws:s3/bucketVersioning:BucketVersioning",
    service="s3",
    create="put_bucket_versioning",
    identity=("bucket",),
    read=_read_versioning,
    updates=(Update("put_bucket_versioning", ("versioningConfiguration", "mfa")),),
    delete=_suspend,
    missing=MISSING,
    properties={
        "bucket": NAMING,
        "versioningConfiguration": REQUIRED,
        "mfa": Property(unread=True),
        "expectedBucketOwner": Property(unread=True, replaces=True),
    },
)

BUCKET_ENCRYPTION = Resource(
    token="aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    service="s3",
    create="put_bucket_encryption",
    within="ServerSideEncryptionConfiguration",
    identity=("bucket",),
    describe="get_bucket_encryption",
    described="ServerSideEncryptionConfiguration",
    enrich=_with_bucket,
    updates=(Update("put_bucket_encryption", ("rules",)),),
    delete="delete_bucket_encryption",
    missing=MISSING,
    properties={
        "bucket": NAMING,
        "rules": Property(
            required=True,
            kind="set",
            renames={
                "applyServerSideEncryptionByDefault.kmsMasterKeyId": "KMSMasterKeyID",
            },
        ),
        "expectedBucketOwner": Property(unread=True, replaces=True),
    },
)

BUCKET_OWNERSHIP = Resource(
    token="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    service="s3",
    create="put_bucket_ownership_controls",
    within="OwnershipControls",
    identity=("bucket",),
    describe="get_bucket_ownership_controls",
    described="OwnershipControls",
    enrich=_with_bucket,
    updates=(Update("put_bucket_ownership_controls", ("rule",)),),
    delete="delete_bucket_ownership_controls",
    missing=MISSING,
    properties={
        "bucket": NAMING,
        "rule": Property(required=True, member="Rules", read="Rules[0]"),
    },
)

BUCKET_LIFECYCLE = Resource(
    token="aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    service="s3",
    create="put_bucket_lifecycle_configuration",
    within="LifecycleConfiguration",
    identity=("bucket",),
    describe="get_bucket_lifecycle_configuration",
    described="@",
    enrich=_with_bucket,
    updates=(Update("put_bucket_lifecycle_configuration", ("rules",)),),
    delete="delete_bucket_lifecycle",
    missing=MISSING,
    properties={
        "bucket": NAMING,
        "rules": Property(required=True, renames={"id": "ID"}),
        "expectedBucketOwner": Property(unread=True, replaces=True),
    },
)

TABLE = (
    BUCKET,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS_BLOCK,
    BUCKET_VERSIONING,
    BUCKET_ENCRYPTION,
    BUCKET_OWNERSHIP,
    BUCKET_LIFECYCLE,
)
