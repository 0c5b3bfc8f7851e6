"""The AWS managed policies, made when an account first looks at its policies.

moto makes all 1582 anew for each account and partition at the first request of any service:
two seconds before the server answers, for policies that nobody may ask for.
"""

import json
from datetime import datetime
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy

from local.aws.extensions.registry import patch


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    """Parsed once per process: name to the arguments of moto's policy."""
    return {
        name: {
            "default_version_id": data.get("DefaultVersionId"),
            "path": data.get("Path"),
            "document": json.dumps(data.get("Document")),
            "create_date": datetime.fromisoformat(data["CreateDate"]),
            "update_date": datetime.fromisoformat(data["UpdateDate"]),
        }
        for name, data in json.loads(aws_managed_policies_data).items()
    }


class _LazyPolicies:
    """A data descriptor in place of the attribute that moto sets in the constructor."""

    def __get__(self, backend: IAMBackend, owner: type[IAMBackend]) -> dict[str, ManagedPolicy]:
        policies: dict[str, ManagedPolicy] | None = backend.__dict__.get("kept_policies")
        if policies is None:
            made = [
                AWSManagedPolicy(  # type: ignore[abstract]  # moto makes it too
                    name, account_id=backend.account_id, region=backend.region_name, **definition
                )
                for name, definition in _definitions().items()
            ]
            policies = backend.__dict__["kept_policies"] = {policy.arn: policy for policy in made}
        return policies

    def __set__(self, backend: IAMBackend, value: dict[str, ManagedPolicy]) -> None:
        """What the constructor sets is empty: moto's own loading is off."""


class _AwsPolicies:
    """Those of the policies that AWS made."""

    def __get__(self, backend: IAMBackend, owner: type[IAMBackend]) -> list[ManagedPolicy]:
        return [p for p in backend.managed_policies.values() if isinstance(p, AWSManagedPolicy)]

    def __set__(self, backend: IAMBackend, value: list[ManagedPolicy]) -> None:
        """As above."""


def install() -> None:
    patch(
        IAMBackend,
        aws_managed_policies=_AwsPolicies(),
        managed_policies=_LazyPolicies(),
        _init_managed_policies=lambda backend: {},
    )
