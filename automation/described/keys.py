"""Keys of KMS with who may use them, by policies and by grants: only what is recorded."""

from typing import Final

from automation.described.calls import Call, From, Kind

KEY: Final = "aws:kms/key:Key"
_EXTERNAL: Final = "aws:kms/externalKey:ExternalKey"
_REPLICA: Final = "aws:kms/replicaKey:ReplicaKey"
_POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"

KEYS: Final = Call(
    "kms", "list_keys", "Keys[]", ids="[KeyId, KeyArn]", owned=True,
    more={
        "_key": Call("kms", "describe_key", "[KeyMetadata]", {"KeyId": From("KeyId")}),
        "_policy": Call("kms", "get_key_policy", "[Policy]",
                        {"KeyId": From("KeyId"), "PolicyName": "default"}),
        "_rotation": Call("kms", "get_key_rotation_status", "[KeyRotationEnabled]",
                          {"KeyId": From("KeyId")}, none=("UnsupportedOperationException",)),
    },
)  # fmt: skip
ALIASES: Final = Call("kms", "list_aliases", "Aliases[]", ids="[AliasName]", owned=True)
# A grant works without any policy that shows it, so those of recorded keys are found, too.
GRANTS: Final = Call(
    "kms", "list_grants", "Grants[]", {"KeyId": From("KeyId")}, of=KEYS, ids="[GrantId]"
)

_IS_REPLICA: Final = "_key[0].MultiRegionConfiguration.MultiRegionKeyType=='REPLICA'"
_IS_EXTERNAL: Final = "_key[0].Origin=='EXTERNAL'"
_OF_KEY: Final = {"policy": "_policy[0]", "description": "_key[0].Description"}
_OUTPUTS: Final = {"arn": "KeyArn", "keyId": "KeyId"}
_APART: Final = {"policy": (_POLICY, "KeyId")}
_SILENT: Final = ("bypassPolicyLockoutSafetyCheck", "deletionWindowInDays", "tags")

KINDS: Final = (
    Kind(
        KEY, KEYS, "KeyId",
        {
            **_OF_KEY, "enableKeyRotation": "_rotation[0]", "isEnabled": "_key[0].Enabled",
            "keyUsage": "_key[0].KeyUsage", "multiRegion": "_key[0].MultiRegion",
            "customerMasterKeySpec": "_key[0].KeySpec",
            "xksKeyId": "_key[0].XksKeyConfiguration.Id",
            "customKeyStoreId": "_key[0].CustomKeyStoreId",
        },
        _OUTPUTS, where=f"!({_IS_REPLICA}) && !({_IS_EXTERNAL})", or_recorded=True, apart=_APART,
        silent=(*_SILENT, "rotationPeriodInDays"),
    ),
    Kind(
        _EXTERNAL, KEYS, "KeyId",
        {
            **_OF_KEY, "enabled": "_key[0].Enabled", "keyUsage": "_key[0].KeyUsage",
            "keySpec": "_key[0].KeySpec", "multiRegion": "_key[0].MultiRegion",
        },
        _OUTPUTS, where=f"!({_IS_REPLICA}) && {_IS_EXTERNAL}", unless=KEY, apart=_APART,
        silent=(*_SILENT, "keyMaterialBase64", "validTo"),
    ),
    Kind(
        _REPLICA, KEYS, "KeyId",
        {
            **_OF_KEY, "enabled": "_key[0].Enabled",
            "primaryKeyArn": "_key[0].MultiRegionConfiguration.PrimaryKey.Arn",
        },
        _OUTPUTS, where=_IS_REPLICA, unless=KEY, apart=_APART, silent=_SILENT,
    ),
    Kind(
        _POLICY, KEYS, "KeyId", {"keyId": "KeyId", "policy": "_policy[0]"}, restates=True,
        where="_policy", silent=("bypassPolicyLockoutSafetyCheck",),
    ),
    # What AWS's services grant themselves, for the things of the account that they keep under a
    # key, names no principal of an account.
    Kind(
        "aws:kms/grant:Grant", GRANTS, "join(':', [_of.KeyId, GrantId])",
        {
            "keyId": "_of.KeyId", "name": "Name", "granteePrincipal": "GranteePrincipal",
            "retiringPrincipal": "RetiringPrincipal", "operations": "Operations",
        },
        {"grantId": "GrantId"}, key=("keyId", "name", "granteePrincipal"),
        where="begins(GranteePrincipal, 'arn:')", or_recorded=True,
        silent=("constraints", "grantCreationTokens", "retireOnDelete"),
    ),
    Kind(
        "aws:kms/alias:Alias", ALIASES, "AliasName",
        {"name": "AliasName", "targetKeyId": "TargetKeyId"}, {"arn": "AliasArn"},
        silent=("namePrefix",),
    ),
)  # fmt: skip
