"""Objects of buckets that a stack has recorded, as far as a listing tells of them: what they hold
nobody reads, since whoever may read one of a bucket may mostly read all.

An ETag changes with what an object holds, though not with what is said of it (S3 API reference,
Object; read 2026-11-30), and a version never changes: so what is recorded of them holds for as long
as these are the recorded ones. Keys are listed in the order of their bytes, so that which is asked
for comes first of all that begin like it (S3 user guide, Listing object keys; read 2026-11-30).
"""

from typing import Final

from pulumi.runtime.rpc import UNKNOWN

from automation.described.calls import Call, From, Kind
from automation.described.identities import BUCKETS

OBJECTS: Final = Call(
    "s3", "list_object_versions", "Versions[?IsLatest]",
    {"Bucket": From("Name"), "Prefix": From("_key"), "MaxKeys": 1},
    of=BUCKETS, every=True, by_key=True, first=True, ids="[join('/', [_of.Name, Key])]", owned=True,
    more={
        "_ownership": Call(
            "s3", "get_bucket_ownership_controls", "OwnershipControls.Rules[]",
            {"Bucket": From("_of.Name")}, none=("OwnershipControlsNotFoundError",),
        ),
    },
)  # fmt: skip
# Where the bucket's owner alone counts, no ACL does (S3 user guide, Object Ownership; read
# 2026-11-30). Elsewhere another one may be put at any time, and no listing tells of it.
_ACL: Final = f"_ownership[?ObjectOwnership=='BucketOwnerEnforced'] && 'private' || '{UNKNOWN}'"

_SILENT: Final = (
    "bucketKeyEnabled", "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage",
    "contentType", "etag", "forceDestroy", "metadata", "objectLock*", "serverSideEncryption",
    "sourceHash", "storageClass", "tags",
)  # fmt: skip

KINDS: Final = tuple(
    Kind(
        token, OBJECTS, "join('/', [_of.Name, Key])",
        {"bucket": "_of.Name", "key": "Key", "acl": _ACL},
        {"etag": "split(ETag, '\"') | [0]", "versionId": "unless(VersionId, 'null')"},
        key=("bucket", "key"), restates=True, chosen={"acl": "`true`"}, fixed=("bucket",),
        kept=("content", "contentBase64", "source"), while_=("etag",),
        held={"kmsKeyId": "versionId", "websiteRedirect": "versionId"}, silent=(*_SILENT, *more),
    )
    for token, more in (
        ("aws:s3/bucketObject:BucketObject", ()),
        ("aws:s3/bucketObjectv2:BucketObjectv2", ("checksumAlgorithm", "overrideProvider")),
    )
)  # fmt: skip
