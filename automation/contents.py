"""What lies in the buckets and repositories of a stack: AWS deletes none that holds something.

It says so only in the middle of a destroy, when the cluster is gone. So it is asked beforehand. The
policies of these buckets and repositories let the own account's administrators list and delete
from wherever they are, though not read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automation.errors import AutomationError, CredentialsError, RefusedError
from automation.state import State

if TYPE_CHECKING:
    from automation.aws_calls import Account

_BUCKET, _REPOSITORY = "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository"
_OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
_LISTING = {_BUCKET: "s3:ListBucketVersions", _REPOSITORY: "ecr:ListImages"}
_GONE = ("NoSuchBucket", "RepositoryNotFoundException")
_CLOSED = ("403", "AccessDenied")
Items = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Store:
    """One bucket or repository of a stack.

    account_id: of its owner. All accounts share one space of bucket names, so where ours is gone,
    somebody else may have one of its name, and let us read and delete in it. recorded: keys of
    objects that the stack has made itself, and so deletes itself.
    """

    type: str
    name: str
    client: Any
    account_id: str
    recorded: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{'bucket' if self.type == _BUCKET else 'repository'} {self.name}"

    def contents(self, *, whole: bool) -> list[Items]:
        """What it holds, by as many as one call deletes; of no more than the first, unless whole.

        Nothing where it is gone already.
        """
        from botocore.exceptions import ClientError

        from automation.aws_calls import asking

        with asking(_LISTING[self.type]):
            found: list[Items] = []
            try:
                for items in self._objects() if self.type == _BUCKET else self._images():
                    found.append(items)
                    if not whole:
                        break
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if self.type == _BUCKET and code in _CLOSED:
                    raise self._closed() from None
                if code not in _GONE:
                    raise
            return found

    def _closed(self) -> CredentialsError:
        """S3 says by one answer whose a bucket is and what is missing."""
        action = _LISTING[self.type]
        return CredentialsError(
            f"S3 answers 403 for {self}: it is not of account {self.account_id}, or your "
            f"credentials lack {action} on it",
            advice=f"Ask for {action}. If the bucket was deleted and its name is another's now, "
            "take it off the stack's record: pulumi state delete <its URN>.",
        )

    def empty(self) -> None:
        """Delete all that it holds. May be called again after it was cut off.

        In rounds: ECR keeps the parts of an image of several platforms until that image is gone.
        """
        while pages := self.contents(whole=True):
            kept = [failure for page in pages for failure in self._delete(page)]
            if len(kept) == sum(map(len, pages)):
                raise AutomationError(
                    f"AWS deletes nothing of what is in {self}: {kept[0]}",
                    advice="Run the command again when it is mended: it goes on where it ended.",
                )

    def _delete(self, items: Items) -> list[str]:
        """Delete them, and say of each that AWS has kept why."""
        from automation.aws_calls import asking

        if self.type == _BUCKET:
            with asking("s3:DeleteObjectVersion"):
                wanted = {"Objects": items, "Quiet": True}
                answer = self.client.delete_objects(**self._bucket(), Delete=wanted)
            return [f"{e['Code']}: {e['Message']}" for e in answer.get("Errors", ())]
        with asking("ecr:BatchDeleteImage"):
            answer = self.client.batch_delete_image(**self._repository(), imageIds=items)
        return [f"{f['failureCode']}: {f['failureReason']}" for f in answer["failures"]]

    def _bucket(self) -> dict[str, str]:
        return {"Bucket": self.name, "ExpectedBucketOwner": self.account_id}

    def _repository(self) -> dict[str, str]:
        return {"repositoryName": self.name, "registryId": self.account_id}

    def _objects(self) -> Iterator[Items]:
        listing = self.client.get_paginator("list_object_versions")
        for page in listing.paginate(**self._bucket()):
            listed = (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            rows = [row for row in listed if row["Key"] not in self.recorded]
            if rows:  # 1000 at most, as many as DeleteObjects takes
                yield [{"Key": row["Key"], "VersionId": row["VersionId"]} for row in rows]

    def _images(self) -> Iterator[Items]:
        listing = self.client.get_paginator("list_images")
        for page in listing.paginate(**self._repository(), maxResults=100):
            digests = dict.fromkeys(row["imageDigest"] for row in page["imageIds"])
            if digests:  # 100 at most, as many as BatchDeleteImage takes; one may have many tags
                yield [{"imageDigest": digest} for digest in digests]


def holds_stores(state: State) -> bool:
    """Whether the stack has made a bucket or a repository at all; asks nobody."""
    return any(state.of_type(token) for token in _LISTING)


def filled_stores(state: State, account: "Account") -> tuple[Store, ...]:
    """Those of the stack that hold an object, an old version, a mark of deletion or an image,
    beside what the stack has put there itself."""
    from automation.identity import caller_of

    region = state.region or ""
    account_id, _ = caller_of(account, region)
    keys: dict[str, set[str]] = {}
    for made in state.of_type(_OBJECT):
        keys.setdefault(str(made.outputs.get("bucket")), set()).add(str(made.outputs.get("key")))
    stores = [
        Store(
            token,
            resource.id,
            account.client(_service(token), region),
            account_id,
            frozenset(keys.get(resource.id, ())),
        )
        for token in _LISTING
        for resource in state.of_type(token)
    ]
    return tuple(store for store in stores if store.contents(whole=False))


def _service(token: str) -> str:
    return token.split(":")[1].split("/")[0]


def refusal_to_delete(stores: Sequence[Store]) -> RefusedError:
    """Why the stack is not destroyed, and how to do it all the same."""
    return RefusedError(
        "destroy would delete buckets or repositories that hold something",
        details=[str(store) for store in stores],
        advice="Nothing was changed. Take away what is in them; or, if nobody needs it any more, "
        "heiiki destroy --allow-data-loss (from Python: allow_data_loss=True) deletes all of it, "
        "old versions too.",
    )
