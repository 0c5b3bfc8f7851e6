"""Bucket policies are not held by moto, but by local/aws/authorization, against roles' sessions.

moto reads the actions of a bucket's policy and not its conditions. So a Deny that holds for plain
HTTP, for strangers or for other ways than an endpoint would shut everybody out.
"""

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from local.aws.extensions.registry import patch


def _neutral(self: FakeBucket, action: str, resource: str) -> Any:
    return PermissionResult.NEUTRAL


def install() -> None:
    patch(FakeBucket, get_permission=_neutral)
