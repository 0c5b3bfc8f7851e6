"""Roles with what they may do, and what keeps data with who may read it: only what is recorded."""

from typing import Final

from automation.described.calls import Call, From, Kind, named

BUCKET: Final = "aws:s3/bucket:Bucket"
_ISSUER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
_ROLE: Final = {"RoleName": From("RoleName")}
_BUCKET: Final = {"Bucket": From("Name")}

ROLES: Final = Call(
    "iam", "list_roles", "Roles[]", ids="[RoleName, Arn]", owned=True,
    more={"_role": Call("iam", "get_role", "[Role]", _ROLE)},
)  # fmt: skip
ATTACHED: Final = Call("iam", "list_attached_role_policies", "AttachedPolicies[]", _ROLE, of=ROLES)
INLINE: Final = Call("iam", "list_role_policies", "PolicyNames[]", _ROLE, of=ROLES)
INLINE_POLICY: Final = Call(
    "iam", "get_role_policy", "[@]",
    {"RoleName": From("_of.RoleName"), "PolicyName": From("_text")}, of=INLINE,
)  # fmt: skip
POLICIES: Final = Call(
    "iam", "list_policies", "Policies[]", {"Scope": "Local"}, ids="[Arn]", owned=True,
    more={
        "_version": Call(
            "iam", "get_policy_version", "[PolicyVersion.Document]",
            {"PolicyArn": From("Arn"), "VersionId": From("DefaultVersionId")},
        ),
    },
)  # fmt: skip
ISSUERS: Final = Call(
    "iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[]", ids="[Arn]",
    owned=True, recorded=(_ISSUER,),
    more={
        "_issuer": Call("iam", "get_open_id_connect_provider", "[@]",
                        {"OpenIDConnectProviderArn": From("Arn")}),
    },
)  # fmt: skip
PROFILES: Final = Call(
    "iam", "list_instance_profiles", "InstanceProfiles[]", ids="[InstanceProfileName, Arn]",
    owned=True,
)  # fmt: skip


def _of_bucket(operation: str, items: str, *none: str) -> Call:
    return Call("s3", operation, items, _BUCKET, of=BUCKETS, none=none)


BUCKETS: Final = Call(
    "s3", "list_buckets", "Buckets[]", ids=f"[Name, {named(BUCKET, 'Name')}]", owned=True
)
BUCKET_POLICY: Final = _of_bucket("get_bucket_policy", "[Policy]", "NoSuchBucketPolicy")
BUCKET_BLOCK: Final = _of_bucket(
    "get_public_access_block", "[PublicAccessBlockConfiguration]",
    "NoSuchPublicAccessBlockConfiguration",
)  # fmt: skip
BUCKET_OWNERSHIP: Final = _of_bucket(
    "get_bucket_ownership_controls", "[OwnershipControls]", "OwnershipControlsNotFoundError"
)
BUCKET_ENCRYPTION: Final = _of_bucket(
    "get_bucket_encryption", "[ServerSideEncryptionConfiguration]",
    "ServerSideEncryptionConfigurationNotFoundError",
)  # fmt: skip
BUCKET_ACL: Final = _of_bucket("get_bucket_acl", "[@]", "AccessControlListNotSupported")
BUCKET_REPLICATION: Final = _of_bucket(
    "get_bucket_replication", "[ReplicationConfiguration]",
    "ReplicationConfigurationNotFoundError",
)  # fmt: skip
BUCKET_WEBSITE: Final = _of_bucket("get_bucket_website", "[@]", "NoSuchWebsiteConfiguration")
BUCKET_LOGGING: Final = _of_bucket("get_bucket_logging", "[LoggingEnabled]")
BUCKET_NOTIFICATIONS: Final = _of_bucket("get_bucket_notification_configuration", "[@]")
PARAMETERS: Final = Call(
    "ssm", "describe_parameters", "Parameters[]", {"MaxResults": 50}, ids="[Name, ARN]", owned=True
)

_GRANT: Final = (
    "{permission: Permission, grantee: Grantee.{type: Type, id: ID, uri: URI, "
    "emailAddress: EmailAddress}}"
)

KINDS: Final = (
    Kind(
        "aws:iam/role:Role", ROLES, "RoleName",
        {
            "name": "RoleName", "path": "Path", "description": "Description",
            "assumeRolePolicy": "json(AssumeRolePolicyDocument)",
            "permissionsBoundary": "_role[0].PermissionsBoundary.PermissionsBoundaryArn",
            "maxSessionDuration": "MaxSessionDuration", "tags": "tags(_role[0].Tags)",
        },
        {"arn": "Arn"},
        silent=("forceDetachPolicies", "inlinePolicies", "managedPolicyArns", "namePrefix"),
    ),
    Kind(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", ATTACHED,
        "join('/', [_of.RoleName, PolicyArn])",
        {"role": "_of.RoleName", "policyArn": "PolicyArn"}, key=("role", "policyArn"),
    ),
    Kind(
        "aws:iam/rolePolicy:RolePolicy", INLINE_POLICY, "join(':', [RoleName, PolicyName])",
        {"role": "RoleName", "name": "PolicyName", "policy": "json(PolicyDocument)"},
        silent=("namePrefix",),
    ),
    Kind(
        "aws:iam/policy:Policy", POLICIES, "Arn",
        {
            "name": "PolicyName", "path": "Path", "description": "Description",
            "policy": "json(_version[0])",
        },
        {"arn": "Arn"}, silent=("delayAfterPolicyCreationInMs", "namePrefix", "tags"),
    ),
    Kind(
        "aws:iam/instanceProfile:InstanceProfile", PROFILES, "InstanceProfileName",
        {"name": "InstanceProfileName", "path": "Path", "role": "Roles[0].RoleName"},
        {"arn": "Arn"}, silent=("namePrefix", "tags"),
    ),
    # AWS leaves out the scheme, which is the same of all.
    Kind(
        _ISSUER, ISSUERS, "Arn",
        {
            "url": "join('', ['https://', _issuer[0].Url])",
            "clientIdLists": "_issuer[0].ClientIDList",
        },
        {"arn": "Arn"}, silent=("tags", "thumbprintLists"),
    ),
    Kind(
        BUCKET, BUCKETS, "Name", {"bucket": "Name"},
        {"arn": "join('', ['arn:', _here.partition, ':s3:::', Name])"},
        silent=(
            "accelerationStatus", "acl", "bucketNamespace", "bucketPrefix", "corsRules",
            "forceDestroy", "grants", "lifecycleRules", "logging",
            "objectLockConfiguration", "objectLockEnabled", "policy", "replicationConfiguration",
            "requestPayer", "tags", "serverSideEncryptionConfiguration", "versioning", "website",
        ),
    ),
    Kind(
        "aws:s3/bucketPolicy:BucketPolicy", BUCKET_POLICY, "_of.Name",
        {"bucket": "_of.Name", "policy": "_text"},
    ),
    Kind(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", BUCKET_BLOCK, "_of.Name",
        {
            "bucket": "_of.Name", "blockPublicAcls": "BlockPublicAcls",
            "blockPublicPolicy": "BlockPublicPolicy", "ignorePublicAcls": "IgnorePublicAcls",
            "restrictPublicBuckets": "RestrictPublicBuckets",
        },
        silent=("skipDestroy",),
    ),
    Kind(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls", BUCKET_OWNERSHIP, "_of.Name",
        {"bucket": "_of.Name", "rule": "{objectOwnership: Rules[0].ObjectOwnership}"},
    ),
    Kind(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        BUCKET_ENCRYPTION, "_of.Name",
        {
            "bucket": "_of.Name",
            "rules": "Rules[].{applyServerSideEncryptionByDefault: "
            "ApplyServerSideEncryptionByDefault.{sseAlgorithm: SSEAlgorithm, "
            "kmsMasterKeyId: KMSMasterKeyID}, bucketKeyEnabled: BucketKeyEnabled}",
        },
        restates=True, silent=("expectedBucketOwner",),
    ),
    Kind(
        "aws:s3/bucketAcl:BucketAcl", BUCKET_ACL, "_of.Name",
        {
            "bucket": "_of.Name",
            "accessControlPolicy": f"{{owner: {{id: Owner.ID}}, grants: Grants[].{_GRANT}}}",
        },
        key=("bucket",), where="others(Grants, Owner.ID)", or_recorded=True,
        silent=("acl", "expectedBucketOwner"),
    ),
    Kind(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig", BUCKET_REPLICATION, "_of.Name",
        {
            "bucket": "_of.Name", "role": "Role",
            "rules": "Rules[].{status: Status, destination: Destination.{bucket: Bucket, "
            "account: Account}}",
        },
        silent=("token",),
    ),
    Kind(
        "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", BUCKET_WEBSITE, "_of.Name",
        {
            "bucket": "_of.Name", "indexDocument": "IndexDocument.{suffix: Suffix}",
            "redirectAllRequestsTo": "RedirectAllRequestsTo.{hostName: HostName}",
        },
        silent=("errorDocument", "expectedBucketOwner", "routingRuleDetails", "routingRules"),
    ),
    Kind(
        "aws:s3/bucketLogging:BucketLogging", BUCKET_LOGGING, "_of.Name",
        {
            "bucket": "_of.Name", "targetBucket": "TargetBucket", "targetPrefix": "TargetPrefix",
            "targetGrants": f"TargetGrants[].{_GRANT}",
        },
        silent=("expectedBucketOwner", "targetObjectKeyFormat"),
    ),
    Kind(
        "aws:s3/bucketNotification:BucketNotification", BUCKET_NOTIFICATIONS, "_of.Name",
        {
            "bucket": "_of.Name", "topics": "TopicConfigurations[].{topicArn: TopicArn}",
            "queues": "QueueConfigurations[].{queueArn: QueueArn}",
            "lambdaFunctions": "LambdaFunctionConfigurations[].{lambdaFunctionArn: "
            "LambdaFunctionArn}",
        },
        where="TopicConfigurations || QueueConfigurations || LambdaFunctionConfigurations",
        or_recorded=True, silent=("eventbridge",),
    ),
    # What parameters hold is not asked for: whoever may ask for one text may ask for all, keys too.
    Kind(
        "aws:ssm/parameter:Parameter", PARAMETERS, "Name",
        {
            "name": "Name", "type": "Type", "keyId": "KeyId", "tier": "Tier",
            "description": "Description",
        },
        {"arn": "ARN", "version": "Version", "type": "Type"},
        silent=(
            "allowedPattern", "arn", "dataType", "overwrite", "tags", "valueWo", "valueWoVersion"
        ),
        kept=("value", "insecureValue"), while_=("version", "type"),
    ),
)  # fmt: skip
