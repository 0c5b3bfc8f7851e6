"""Objects in buckets, each under a key that the program chooses."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from local.aws.resources.forms import CHOSEN, NAMING
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import own_tags, pairs
from local.provider_answers import Failure, ProviderError
from local.provider_values import Properties

MISSING: Final = ("404", "NoSuchKey", "NoSuchBucket")
CONTENTS: Final = ("content", "contentBase64")
CHECKSUMS: Final = ("Crc32", "Crc32c", "Crc64nvme", "Sha1", "Sha256")
MOST_TAGS: Final = 10  # S3 user guide, Categorizing your objects using tags (read 2026-11-28)


class ObjectTags:
    """S3 takes all tags of an object at once, in a call of their own."""

    def on_create(self, tags: Mapping[str, str]) -> Mapping[str, Any]:
        return {}

    def change(self, call: Call, olds: Mapping[str, str], news: Mapping[str, str]) -> None:
        if news:
            tagging = {"TagSet": pairs(news)}
            call.send("put_object_tagging", **_address(call), Tagging=tagging)
        else:
            call.send("delete_object_tagging", **_address(call))

    def read(self, call: Call, described: Mapping[str, Any]) -> Mapping[str, str]:
        told = call.find("get_object_tagging", "TagSet", **_address(call))
        return own_tags(told, "Key", "Value")


def _address(call: Call) -> dict[str, str]:
    return {"Bucket": call.inputs["bucket"], "Key": call.inputs["key"]}


def _body(call: Call) -> bytes:
    if (text := call.inputs.get("content")) is not None:
        return str(text).encode()
    return base64.b64decode(str(call.inputs.get("contentBase64") or ""))


def _put(call: Call) -> str:
    request, failures = call.request("put_object")
    if failures:
        raise ProviderError(f"{call.what}: {failures[0].property}: {failures[0].reason}")
    if request.get("SSEKMSKeyId"):  # the real provider asks for KMS where a key is named
        request.setdefault("ServerSideEncryption", "aws:kms")
    call.send("put_object", **request, Body=_body(call))
    return f"{call.inputs['bucket']}/{call.inputs['key']}"


def _read(call: Call) -> Mapping[str, Any] | None:
    found = call.find("head_object", "@", **_address(call), ChecksumMode="ENABLED")
    if found is None:
        return None
    return {
        **found,
        **_address(call),
        "ETag": str(found.get("ETag", "")).strip('"'),
        "StorageClass": found.get("StorageClass") or "STANDARD",
    }


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """Anything but tags and what is only kept is another object under the same key."""
    if changed - {"tags", "tagsAll", "forceDestroy"}:
        _put(call)
        if call.tags():  # which a new version does not take over
            call.resource.tags.change(call, {}, call.tags())  # type: ignore[union-attr]


def _delete(call: Call) -> None:
    """Every version, as the real provider does where the bucket keeps them."""
    address = _address(call)
    try:
        told = call.send("list_object_versions", Bucket=address["Bucket"], Prefix=address["Key"])
    except ClientError as error:
        if not call.is_missing(error):
            raise
        return
    for row in (*(told.get("Versions") or ()), *(told.get("DeleteMarkers") or ())):
        if row["Key"] == address["Key"]:
            call.send("delete_object", **address, VersionId=row["VersionId"])


def _check(inputs: Properties) -> Sequence[Failure]:
    given = [name for name in CONTENTS if inputs.get(name) is not None]
    failures = []
    if len(given) > 1:
        failures.append(Failure(given[0], f"conflicts with {given[1]}"))
    encoded = inputs.get("contentBase64")
    if isinstance(encoded, str):
        try:
            base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            failures.append(Failure("contentBase64", "is not base64"))
    tags = inputs.get("tags")
    if isinstance(tags, Mapping) and len(tags) > MOST_TAGS:
        failures.append(Failure("tags", f"are {len(tags)}; an object takes {MOST_TAGS}"))
    return failures


def _names(call: Call) -> Properties:
    """An import says s3://<bucket>/<key> or <bucket>/<key>."""
    bucket, _, key = call.id.removeprefix("s3://").partition("/")
    call.id = f"{bucket}/{key}"
    return {"bucket": bucket, "key": key}


def _checksum(name: str) -> str:
    return f"Checksum{name.upper()}"


OBJECT = Resource(
    token="aws:s3/bucketObjectv2:BucketObjectv2",
    service="s3",
    create=_put,
    shape="put_object",
    identity=("bucket", "key"),
    separator="/",
    parse_id=_names,
    read=_read,
    update=_change,
    delete=_delete,
    missing=MISSING,
    tags=ObjectTags(),
    properties={
        "bucket": NAMING,
        "key": NAMING,
        "content": Property(hooked=True, unread=True),
        "contentBase64": Property(hooked=True, unread=True),
        "sourceHash": Property(local=True),
        "forceDestroy": Property(local=True, default=False),
        "contentType": CHOSEN,
        "contentEncoding": Property(),
        "contentDisposition": Property(),
        "contentLanguage": Property(),
        "cacheControl": Property(),
        "metadata": Property(),
        "storageClass": CHOSEN,
        "checksumAlgorithm": Property(unread=True),
        "serverSideEncryption": CHOSEN,
        "kmsKeyId": Property(member="SSEKMSKeyId", computed=True),
        "bucketKeyEnabled": CHOSEN,
    },
    computed={
        "arn": lambda call, found: f"arn:{call.partition}:s3:::{call.id}",
        "etag": "ETag",
        "versionId": "VersionId",
        **{f"checksum{name}": _checksum(name) for name in CHECKSUMS},
    },
    volatile=("etag", "versionId", *(f"checksum{name}" for name in CHECKSUMS)),
    check=_check,
)

TABLE = (OBJECT,)
