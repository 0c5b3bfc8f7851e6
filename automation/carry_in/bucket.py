"""Programs in the bucket that machines fetch them from.

A program is called by its SHA-256, and S3 is told it too: an upload that arrives as other bytes is
refused, and what is there says whether it is them. Every call names the bucket's owner, since a
bucket of that name may be somebody else's.
"""

import base64
import hashlib
from pathlib import Path
from typing import Any, Literal

import botocore.exceptions

from automation.aws_calls import Account, asking
from automation.carry_in.needed import Needed, Program
from automation.errors import RefusedError

Found = Literal["there", "absent", "other bytes", "not shown"]


class ProgramBucket:
    """The bucket of one stack."""

    def __init__(self, account: Account, needed: Needed) -> None:
        self._client = account.client("s3", needed.region)
        self._place = {"Bucket": needed.bucket, "ExpectedBucketOwner": needed.account_id}

    def look(self, program: Program) -> Found:
        """What is under the program's key. "not shown": whoever asks may not read, as importers
        of a bucket that is one way may not, or may not list and there is nothing."""
        try:
            head = self._client.head_object(
                **self._place, Key=program.key, ChecksumMode="ENABLED"
            )  # fmt: skip
        except botocore.exceptions.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("404", "NoSuchKey", "NotFound"):
                return "absent"
            if code in ("403", "AccessDenied"):
                return "not shown"
            with asking("s3:GetObject"):
                raise
        known = head.get("ChecksumSHA256")
        if known is None or "-" in known:  # written otherwise, or in parts: read it
            known = self._read(program)
        return "there" if known == _base64(program.sha256) else "other bytes"

    def put(self, program: Program, path: Path, *, replace: bool) -> bool:
        """Whether it was written; False where something is there already that is not shown.

        replace: whatever is there, as when it is other bytes.
        """
        more: dict[str, Any] = {} if replace else {"IfNoneMatch": "*"}
        try:
            with path.open("rb") as content, asking("s3:PutObject"):
                try:
                    self._client.put_object(
                        **self._place, Key=program.key, Body=content, **more,
                        ChecksumSHA256=_base64(program.sha256),
                    )  # fmt: skip
                except botocore.exceptions.ClientError as error:
                    if error.response.get("Error", {}).get("Code") != "PreconditionFailed":
                        raise
                    return False
        except OSError as error:
            raise RefusedError(
                f"{path} cannot be read: {error.strerror}", advice="Mend it, or take it away."
            ) from None
        return True

    def _read(self, program: Program) -> str:
        digest = hashlib.sha256()
        with asking("s3:GetObject"):
            body = self._client.get_object(**self._place, Key=program.key)["Body"]
            for chunk in body.iter_chunks(1 << 20):
                digest.update(chunk)
        return _base64(digest.hexdigest())


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
