"""What `heiiki lock` reads of supplied roles, instance profiles, keys, images and buckets.

Only what is judged: who is let in, and whether the thing can do its work. No secret is among it.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from spec.base import Spec

_ONE_OR_MORE = ("Action", "NotAction", "Resource", "NotResource")
_OTHER_FORM = "is no policy document as AWS gives it: {} has another form; run heiiki lock"


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _texts(value: Any, *more: type) -> bool:
    return all(isinstance(one, (str, *more)) for one in _listed(value))


def _principal(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, dict) and all(_texts(names) for names in value.values())
    )


def _condition(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(block, dict) and all(_texts(v, bool, int, float) for v in block.values())
        for block in value.values()
    )


def _wrong_key(statement: Any) -> str | None:
    """The key of a statement that is not as IAM writes it."""
    if not isinstance(statement, dict):
        return "Statement"
    forms = {
        **dict.fromkeys(("Effect", "Sid"), lambda value: isinstance(value, str)),
        **dict.fromkeys(_ONE_OR_MORE, _texts),
        **dict.fromkeys(("Principal", "NotPrincipal"), _principal),
        "Condition": _condition,
    }
    return next((k for k, sound in forms.items() if k in statement and not sound(statement[k])),
                None)  # fmt: skip


def _of_policy_form(document: dict[str, Any]) -> dict[str, Any]:
    """As IAM's grammar has it, so that whoever judges it need not look at every type again."""
    for statement in _listed(document.get("Statement", [])):
        wrong = _wrong_key(statement)
        if wrong is not None:
            raise ValueError(_OTHER_FORM.format(wrong))
    return document


PolicyDocument = Annotated[dict[str, Any], AfterValidator(_of_policy_form)]


class SuppliedRole(Spec):
    """What was read of a supplied role."""

    trust: PolicyDocument = Field(description="Its trust policy.")
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
    policy: PolicyDocument | None = Field(
        description="Its document; null of another account's key, which KMS shows to nobody else."
    )


class SuppliedImage(Spec):
    """What was read of a machine image that the stack file names."""

    owner_id: str
    owner_alias: str | None = Field(None, description="amazon for AWS's own.")
    state: str
    architecture: str
    root_device_name: str | None


class SuppliedHealthCheck(Spec):
    """How targets are asked for their health."""

    protocol: str | None
    path: str | None


class SuppliedTargetGroup(Spec):
    """What was read of a supplied target group."""

    protocol: str | None
    port: int | None
    target_type: str
    vpc_id: str | None
    health_check: SuppliedHealthCheck


class SuppliedHostedZone(Spec):
    """What was read of a supplied zone of Route 53. vpc_ids: that know its names."""

    name: str
    private: bool
    vpc_ids: tuple[str, ...]


class SuppliedLogBucket(Spec):
    """What was read of a supplied bucket of the own account."""

    region: str
    policy: PolicyDocument | None = Field(description="Its document; null where it has none.")
    public_access_blocked: bool = Field(description="All four ways, by the bucket's own block.")
