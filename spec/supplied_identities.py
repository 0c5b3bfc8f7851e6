"""What `heiiki lock` reads of supplied roles, instance profiles, keys, images and buckets.

Only what is judged: who is let in, and whether the thing can do its work. No secret is among it.
"""

from typing import Any

from pydantic import Field

from spec.base import Spec


class SuppliedRole(Spec):
    """What was read of a supplied role."""

    trust: dict[str, Any] = Field(description="Its trust policy.")
    managed_policy_arns: tuple[str, ...] = ()
    inline_policies: tuple[str, ...] = Field((), description="Names only.")
    administrator_policies: tuple[str, ...] = Field(
        (), description="Of all of these the ones that give everything, or all of IAM."
    )
    permissions_boundary_arn: str | None = None


class SuppliedInstanceProfile(Spec):
    """What was read of a supplied instance profile."""

    role_arns: tuple[str, ...] = Field(description="AWS holds at most one in it.")


class SuppliedKey(Spec):
    """What was read of a supplied KMS key."""

    state: str
    usage: str
    spec: str
    manager: str = Field(description="CUSTOMER, or AWS for its own keys.")
    rotation: bool
    policy: dict[str, Any] | None = Field(
        description="Its document; null of another account's key, which KMS shows to nobody else."
    )


class SuppliedImage(Spec):
    """What was read of a machine image that the stack file names."""

    owner_id: str
    owner_alias: str | None = Field(None, description="amazon for AWS's own.")
    state: str
    architecture: str
    root_device_name: str | None


class SuppliedLogBucket(Spec):
    """What was read of a supplied bucket of the own account."""

    region: str
    policy: dict[str, Any] | None = Field(description="Its document; null where it has none.")
    public_access_blocked: bool = Field(description="All four ways, by the bucket's own block.")
