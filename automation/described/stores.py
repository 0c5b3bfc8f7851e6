"""Tables of DynamoDB, access points of S3 and vaults of Backup: whose, asked from where, copied to
whom."""

from typing import Final

from automation.described.calls import Call, From, Kind, named
from automation.described.identities import BUCKET

_GONE: Final = ("PolicyNotFoundException", "ResourceNotFoundException")
_TABLE_ARN: Final = (
    "join(':', ['arn', _here.partition, 'dynamodb', _here.region, _here.account, "
    "join('/', ['table', name])])"
)
_TABLE_TYPE: Final = "aws:dynamodb/table:Table"
_TABLE: Final = {"TableName": From("name")}

_TABLES: Final = Call(
    "dynamodb",
    "list_tables",
    "TableNames[].{name: @}",
    ids=f"[{named(_TABLE_TYPE, 'name')}, {_TABLE_ARN}]",
    owned=True,
)
TABLES: Final = Call("dynamodb", "describe_table", "[Table]", _TABLE, of=_TABLES)
# The tables whose changes are kept for readers, as a thing of its own that has a policy.
_CHANGES: Final = Call(
    "dynamodb", "describe_table", "[Table][?LatestStreamArn]", _TABLE, of=_TABLES
)
TABLE_POLICY: Final = Call(
    "dynamodb", "get_resource_policy", "[@]", {"ResourceArn": From("TableArn")}, of=TABLES,
    none=_GONE,
)  # fmt: skip
CHANGES_POLICY: Final = Call(
    "dynamodb", "get_resource_policy", "[@]", {"ResourceArn": From("LatestStreamArn")},
    of=_CHANGES, none=_GONE,
)  # fmt: skip
STREAMS: Final = Call(
    "dynamodb", "describe_kinesis_streaming_destination",
    "KinesisDataStreamDestinations[?DestinationStatus!='DISABLED']", _TABLE, of=_TABLES,
)  # fmt: skip
EXPORTS: Final = Call(
    "dynamodb", "describe_export", "[ExportDescription]", {"ExportArn": From("ExportArn")},
    of=Call("dynamodb", "list_exports", "ExportSummaries[]", {"TableArn": From("TableArn")},
            of=TABLES),
    ids="[ExportArn]",
)  # fmt: skip

_POINT: Final = {"AccountId": From("_here.account"), "Name": From("Name")}
# Of an own bucket, or in an own VPC, whoever made it.
ACCESS_POINTS: Final = Call(
    "s3control", "list_access_points", "AccessPointList[]", {"AccountId": From("_here.account")},
    ids="[AccessPointArn, join(':', [_here.account, Name])]",
    within=f"[VpcConfiguration.VpcId, {named(BUCKET, 'Bucket')}]",
    more={
        "_point": Call("s3control", "get_access_point", "[@]", _POINT),
        "_policy": Call("s3control", "get_access_point_policy", "[Policy]", _POINT,
                        none=("NoSuchAccessPointPolicy",)),
    },
)  # fmt: skip

_VAULT: Final = "aws:backup/vault:Vault"
_VAULT_POLICY: Final = "aws:backup/vaultPolicy:VaultPolicy"
VAULTS: Final = Call(
    "backup", "list_backup_vaults", "BackupVaultList[]",
    ids=f"[{named(_VAULT, 'BackupVaultName')}, {named(_VAULT_POLICY, 'BackupVaultName')}, "
    "BackupVaultArn]",
    owned=True, recorded=(_VAULT, _VAULT_POLICY),
)  # fmt: skip
VAULT_POLICY: Final = Call(
    "backup", "get_backup_vault_access_policy", "[@]",
    {"BackupVaultName": From("BackupVaultName")}, of=VAULTS, none=("ResourceNotFoundException",),
)  # fmt: skip

_POLICY_OF_POINT: Final = "aws:s3control/accessPointPolicy:AccessPointPolicy"
_BLOCK: Final = (
    "_point[0].PublicAccessBlockConfiguration.{blockPublicAcls: BlockPublicAcls, "
    "blockPublicPolicy: BlockPublicPolicy, ignorePublicAcls: IgnorePublicAcls, "
    "restrictPublicBuckets: RestrictPublicBuckets}"
)

_REPLICA: Final = "aws:dynamodb/tableReplica:TableReplica"
_COPIED: Final = "parts(TableArn, Replicas[].join(',', [RegionName, not_null(KMSMasterKeyId, '')]))"

KINDS: Final = (
    Kind(
        _TABLE_TYPE, TABLES, "TableName",
        {
            "name": "TableName", "hashKey": "KeySchema[?KeyType=='HASH'].AttributeName | [0]",
            "replicas": "Replicas[].{regionName: RegionName, kmsKeyArn: KMSMasterKeyId}",
            "globalTableWitness": "GlobalTableWitnesses[0].{regionName: RegionName}",
            "serverSideEncryption": "SSEDescription.{enabled: Status=='ENABLED', "
            "kmsKeyArn: KMSMasterKeyArn}",
            "streamEnabled": "StreamSpecification.StreamEnabled",
            "deletionProtectionEnabled": "DeletionProtectionEnabled",
        },
        {"arn": "TableArn", "streamArn": "LatestStreamArn"},
        apart={"replicas": (_REPLICA, _COPIED)},
        fixed=("importTable", "restoreBackupArn", "restoreSourceName", "restoreSourceTableArn"),
        silent=(
            "attributes", "billingMode", "globalSecondaryIndexes", "localSecondaryIndexes",
            "onDemandThroughput", "pointInTimeRecovery", "rangeKey", "readCapacity",
            "restoreDateTime", "restoreToLatestTime", "streamViewType", "tableClass", "tags",
            "ttl", "warmThroughput", "writeCapacity",
        ),
    ),
    Kind(
        "aws:dynamodb/resourcePolicy:ResourcePolicy", TABLE_POLICY, "_of.TableArn",
        {"resourceArn": "_of.TableArn", "policy": "Policy"}, key=("resourceArn",),
        silent=("confirmRemoveSelfResourceAccess",),
    ),
    Kind(
        "aws:dynamodb/resourcePolicy:ResourcePolicy", CHANGES_POLICY, "_of.LatestStreamArn",
        {"resourceArn": "_of.LatestStreamArn", "policy": "Policy"}, key=("resourceArn",),
        silent=("confirmRemoveSelfResourceAccess",),
    ),
    Kind(
        "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination", STREAMS,
        "join(',', [_of.name, StreamArn])",
        {"tableName": "_of.name", "streamArn": "StreamArn"},
        silent=("approximateCreationDateTimePrecision",),
    ),
    Kind(
        "aws:dynamodb/tableExport:TableExport", EXPORTS, "ExportArn",
        {
            "tableArn": "TableArn", "s3Bucket": "S3Bucket", "s3BucketOwner": "S3BucketOwner",
            "s3SseKmsKeyId": "S3SseKmsKeyId",
        },
        {"arn": "ExportArn"},
        silent=(
            "exportFormat", "exportTime", "exportType", "incrementalExportSpecification",
            "s3Prefix", "s3SseAlgorithm",
        ),
    ),
    Kind(
        "aws:s3/accessPoint:AccessPoint", ACCESS_POINTS, "join(':', [_here.account, Name])",
        {
            "accountId": "_here.account", "name": "Name", "bucket": "Bucket",
            "bucketAccountId": "BucketAccountId", "vpcConfiguration": "VpcConfiguration.{"
            "vpcId: VpcId}", "publicAccessBlockConfiguration": _BLOCK, "policy": "_policy[0]",
        },
        {"arn": "AccessPointArn"}, key=("accountId", "name"), silent=("tags",),
        apart={"policy": (_POLICY_OF_POINT, "AccessPointArn")},
    ),
    Kind(
        _POLICY_OF_POINT, ACCESS_POINTS, "AccessPointArn",
        {"accessPointArn": "AccessPointArn", "policy": "_policy[0]"}, key=("accessPointArn",),
        restates=True, where="_policy",
    ),
    Kind(
        _VAULT_POLICY, VAULT_POLICY, "_of.BackupVaultName",
        {"backupVaultName": "_of.BackupVaultName", "policy": "Policy"},
    ),
)  # fmt: skip
