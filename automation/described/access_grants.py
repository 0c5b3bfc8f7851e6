"""To whom parts of buckets are granted past the buckets' policies: S3 Access Grants. There is one
instance of them in an account and a region; where that is recorded, every grant of it counts."""

from typing import Final

from automation.described.calls import Call, From, Kind

_INSTANCE: Final = "aws:s3control/accessGrantsInstance:AccessGrantsInstance"
_GRANT: Final = "aws:s3control/accessGrant:AccessGrant"
_POLICY: Final = (
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy"
)
_RECORDED: Final = (_INSTANCE, _GRANT, _POLICY)
_ID: Final = "join(',', [_here.account, AccessGrantId])"
_ACCOUNT: Final = {"AccountId": From("_here.account")}

# Codes of S3 Control's errors: S3 API reference, error responses, read 2026-11-29.
GRANTS: Final = Call(
    "s3control", "list_access_grants", "AccessGrantsList[]", _ACCOUNT,
    ids=f"[{_ID}, AccessGrantArn, '{_INSTANCE}']", owned=True, recorded=_RECORDED,
    none=("AccessGrantsInstanceNotExistsError",),
)  # fmt: skip
POLICY: Final = Call(
    "s3control", "get_access_grants_instance_resource_policy", "[@]", _ACCOUNT,
    ids=f"['{_POLICY}', '{_INSTANCE}']", owned=True, recorded=_RECORDED,
    none=("AccessGrantsInstanceNotExistsError", "AccessGrantsInstanceResourcePolicyNotExists"),
)  # fmt: skip

KINDS: Final = (
    Kind(
        _GRANT, GRANTS, _ID,
        {
            "accountId": "_here.account", "accessGrantsLocationId": "AccessGrantsLocationId",
            "permission": "Permission",
            "grantee":
                "Grantee.{granteeType: GranteeType, granteeIdentifier: GranteeIdentifier}",
            "accessGrantsLocationConfiguration":
                "AccessGrantsLocationConfiguration.{s3SubPrefix: S3SubPrefix}",
        },
        {"arn": "AccessGrantArn", "grantScope": "GrantScope"}, silent=("s3PrefixType", "tags"),
    ),
    Kind(
        _POLICY, POLICY, "_here.account",
        {"accountId": "_here.account", "policy": "Policy"}, where="Policy", single=True,
    ),
)  # fmt: skip
