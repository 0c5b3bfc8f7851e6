"""Caches and brokers: ElastiCache and MSK."""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_CACHE: Final = "aws:elasticache/cluster:Cluster"
_REPLICATION_GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_CACHE_SUBNETS: Final = "aws:elasticache/subnetGroup:SubnetGroup"
_SERVERLESS: Final = "aws:elasticache/serverlessCache:ServerlessCache"
_BEHIND: Final = "SecurityGroups[].SecurityGroupId"
CACHES: Final = Call(
    "elasticache", "describe_cache_clusters", "CacheClusters[]",
    ids=f"[{named(_CACHE, 'CacheClusterId')}, ARN]", within=_BEHIND,
)  # fmt: skip
# Where a replication group stands, its nodes tell, and nothing else does.
_NODES: Final = Call(
    "elasticache", "describe_cache_clusters", "CacheClusters[?ReplicationGroupId]",
    ids=f"[{named(_REPLICATION_GROUP, 'ReplicationGroupId')}, ARN]", within=_BEHIND,
)  # fmt: skip
REPLICATION_GROUPS: Final = Call(
    "elasticache", "describe_replication_groups", "ReplicationGroups[]",
    {"ReplicationGroupId": From("ReplicationGroupId")}, of=_NODES, ids="[ARN]",
)  # fmt: skip
CACHE_SUBNETS: Final = Call(
    "elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups[]",
    ids=f"[{named(_CACHE_SUBNETS, 'CacheSubnetGroupName')}, ARN]", within="[VpcId]",
)  # fmt: skip
SERVERLESS_CACHES: Final = Call(
    "elasticache", "describe_serverless_caches", "ServerlessCaches[]",
    ids=f"[{named(_SERVERLESS, 'ServerlessCacheName')}, ARN]",
    within="[SubnetIds, SecurityGroupIds][]",
    more={
        "_default": Call(
            "ec2", "describe_subnets", "Subnets[?DefaultForAz].SubnetId",
            {"SubnetIds": From("SubnetIds")}, none=("InvalidSubnetID.NotFound",),
            when="SubnetIds",
        ),
    },
)  # fmt: skip
BROKERS: Final = Call(
    "kafka", "list_clusters_v2", "ClusterInfoList[]", ids="[ClusterArn]",
    within="[Provisioned.BrokerNodeGroupInfo.[ClientSubnets, SecurityGroups][], "
    "Serverless.VpcConfigs[].[SubnetIds, SecurityGroupIds][][]][]",
)  # fmt: skip

_LOGS: Final = (
    "LogDeliveryConfigurations[].{destinationType: DestinationType, logFormat: LogFormat, "
    "logType: LogType, destination: DestinationDetails.CloudWatchLogsDetails.LogGroup "
    "|| DestinationDetails.KinesisFirehoseDetails.DeliveryStream}"
)
_CONNECTIVITY: Final = (
    "ConnectivityInfo.{networkType: NetworkType, publicAccess: PublicAccess.{type: Type}, "
    "vpcConnectivity: VpcConnectivity.{clientAuthentication: ClientAuthentication.{"
    "tls: Tls.Enabled, sasl: Sasl.{iam: Iam.Enabled, scram: Scram.Enabled}}}}"
)
_LOGGED: Final = (
    "LoggingInfo.{brokerLogs: BrokerLogs.{"
    "cloudwatchLogs: CloudWatchLogs.{enabled: Enabled, logGroup: LogGroup}, "
    "firehose: Firehose.{enabled: Enabled, deliveryStream: DeliveryStream}, "
    "s3: S3.{enabled: Enabled, bucket: Bucket, prefix: Prefix}}}"
)

KINDS: Final = (
    Kind(
        _CACHE_SUBNETS, CACHE_SUBNETS, "CacheSubnetGroupName",
        {
            "name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription",
            "subnetIds": "Subnets[].SubnetIdentifier",
        },
        {"arn": "ARN", "vpcId": "VpcId"}, silent=("tags",),
    ),
    # A node of a replication group is told with it.
    Kind(
        _CACHE, CACHES, "CacheClusterId",
        {
            "clusterId": "CacheClusterId", "replicationGroupId": "ReplicationGroupId",
            "engine": "Engine", "engineVersion": "EngineVersion", "networkType": "NetworkType",
            "subnetGroupName": "unless(CacheSubnetGroupName, 'default')",
            "securityGroupIds": _BEHIND, "logDeliveryConfigurations": _LOGS,
            "notificationTopicArn": "NotificationConfiguration.TopicArn",
            "preferredOutpostArn": "PreferredOutpostArn",
            "transitEncryptionEnabled": "TransitEncryptionEnabled",
        },
        {"arn": "ARN"}, where="!ReplicationGroupId", or_recorded=True,
        fixed=("snapshotArns", "snapshotName"), silent=(
            "applyImmediately", "autoMinorVersionUpgrade", "availabilityZone", "azMode",
            "finalSnapshotIdentifier", "ipDiscovery", "maintenanceWindow", "nodeType",
            "numCacheNodes", "outpostMode", "parameterGroupName", "port",
            "preferredAvailabilityZones", "snapshotRetentionLimit", "snapshotWindow", "tags",
        ),
    ),
    Kind(
        _REPLICATION_GROUP, REPLICATION_GROUPS,
        "ReplicationGroupId",
        {
            "replicationGroupId": "ReplicationGroupId", "description": "Description",
            "subnetGroupName": "unless(_of.CacheSubnetGroupName, 'default')",
            "securityGroupIds": "_of.SecurityGroups[].SecurityGroupId",
            "notificationTopicArn": "_of.NotificationConfiguration.TopicArn",
            "engine": "Engine", "networkType": "NetworkType", "kmsKeyId": "KmsKeyId",
            "globalReplicationGroupId": "GlobalReplicationGroupInfo.GlobalReplicationGroupId",
            "logDeliveryConfigurations": _LOGS, "userGroupIds": "UserGroupIds",
            "atRestEncryptionEnabled": "AtRestEncryptionEnabled",
            "transitEncryptionEnabled": "TransitEncryptionEnabled",
            "transitEncryptionMode": "TransitEncryptionMode",
        },
        {"arn": "ARN"}, fixed=("nodeGroupConfigurations", "snapshotArns", "snapshotName"),
        silent=(
            "applyImmediately", "authToken", "authTokenUpdateStrategy", "authTokenWo",
            "authTokenWoVersion", "autoMinorVersionUpgrade", "automaticFailoverEnabled",
            "clusterMode", "dataTieringEnabled", "durability", "engineVersion",
            "finalSnapshotIdentifier", "ipDiscovery", "maintenanceWindow", "multiAzEnabled",
            "nodeType", "numCacheClusters", "numNodeGroups",
            "parameterGroupName", "port", "preferredCacheClusterAzs", "replicasPerNodeGroup",
            "securityGroupNames", "snapshotRetentionLimit", "snapshotWindow", "tags",
        ),
    ),
    Kind(
        _SERVERLESS, SERVERLESS_CACHES,
        "ServerlessCacheName",
        {
            "name": "ServerlessCacheName", "engine": "Engine", "description": "Description",
            "subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds",
            "networkType": "NetworkType", "kmsKeyId": "KmsKeyId", "userGroupId": "UserGroupId",
        },
        # Where none is asked for, AWS takes those of the default VPC.
        chosen={"subnetIds": "_default && length(_default)==length(SubnetIds)"},
        outputs={"arn": "ARN"}, fixed=("snapshotArnsToRestores",), silent=(
            "cacheUsageLimits", "dailySnapshotTime", "majorEngineVersion",
            "snapshotRetentionLimit", "tags",
        ),
    ),
    Kind(
        "aws:msk/cluster:Cluster", BROKERS, "ClusterArn",
        {
            "clusterName": "ClusterName",
            "brokerNodeGroupInfo": "Provisioned.BrokerNodeGroupInfo.{clientSubnets: ClientSubnets, "
            "securityGroups: SecurityGroups, instanceType: InstanceType, "
            f"connectivityInfo: {_CONNECTIVITY}}}",
            "loggingInfo": f"Provisioned.{_LOGGED}",
            "encryptionInfo": "Provisioned.EncryptionInfo.{encryptionAtRestKmsKeyArn: "
            "EncryptionAtRest.DataVolumeKMSKeyId, encryptionInTransit: EncryptionInTransit.{"
            "clientBroker: ClientBroker, inCluster: InCluster}}",
            "clientAuthentication": "Provisioned.ClientAuthentication.{"
            "unauthenticated: Unauthenticated.Enabled, "
            "tls: Tls.{certificateAuthorityArns: CertificateAuthorityArnList}, "
            "sasl: Sasl.{iam: Iam.Enabled, scram: Scram.Enabled}}",
            "configurationInfo": "Provisioned.CurrentBrokerSoftwareInfo.{arn: ConfigurationArn, "
            "revision: ConfigurationRevision}",
            "kafkaVersion": "Provisioned.CurrentBrokerSoftwareInfo.KafkaVersion", "tags": "Tags",
        },
        {"arn": "ClusterArn"}, where="ClusterType=='PROVISIONED'",
        silent=(
            "enhancedMonitoring", "numberOfBrokerNodes", "openMonitoring", "rebalancing",
            "storageMode",
        ),
    ),
    Kind(
        "aws:msk/serverlessCluster:ServerlessCluster", BROKERS, "ClusterArn",
        {
            "clusterName": "ClusterName", "tags": "Tags",
            "vpcConfigs": "Serverless.VpcConfigs[].{subnetIds: SubnetIds, "
            "securityGroupIds: SecurityGroupIds}",
            "clientAuthentication": "Serverless.ClientAuthentication.{sasl: Sasl.{iam: "
            "Iam.{enabled: Enabled}}}",
        },
        {"arn": "ClusterArn"}, where="ClusterType=='SERVERLESS'",
    ),
)  # fmt: skip
