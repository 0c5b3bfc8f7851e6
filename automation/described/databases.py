"""Databases: RDS and DocumentDB, which answers by the operations of RDS.

Which of both something is, the name of its engine tells.
"""

from typing import Final

from automation.described.calls import Call, Kind

_TAGS: Final = {"tags": "tags(TagList)"}
_DOCUMENTS: Final = "Engine=='docdb'"
_GROUPS: Final = "VpcSecurityGroups[].VpcSecurityGroupId"
# AWS has a group of its own in the default VPC, which nobody asks for by name.
_SUBNET_GROUP: Final = "unless(DBSubnetGroup.DBSubnetGroupName, 'default')"
_OPTIONS: Final = "OptionGroupMemberships[0].OptionGroupName"
_GROUP_OF_OPTIONS: Final = (
    f"{_OPTIONS} && [join(':', ['arn', _here.partition, 'rds', _here.region, _here.account, 'og', "
    f"{_OPTIONS}])] || `[]`"
)

DATABASES: Final = Call(
    "rds", "describe_db_instances", "DBInstances[]",
    ids="[DBInstanceIdentifier, DbiResourceId, DBInstanceArn]",
    within=f"[[DBSubnetGroup.VpcId], {_GROUPS}][]", refers=_GROUP_OF_OPTIONS,
)  # fmt: skip
DATABASE_CLUSTERS: Final = Call(
    "rds", "describe_db_clusters", "DBClusters[]", ids="[DBClusterIdentifier, DBClusterArn]",
    within=_GROUPS,
)  # fmt: skip
DATABASE_SUBNETS: Final = Call(
    "rds", "describe_db_subnet_groups", "DBSubnetGroups[]",
    ids="[DBSubnetGroupName, DBSubnetGroupArn]", within="[VpcId]",
)  # fmt: skip
OPTION_GROUPS: Final = Call(
    "rds", "describe_option_groups", "OptionGroupsList[?!begins(OptionGroupName, 'default:')]",
    ids="[OptionGroupName, OptionGroupArn]", owned=True,
)  # fmt: skip
PROXIES: Final = Call(
    "rds", "describe_db_proxies", "DBProxies[]", ids="[DBProxyName, DBProxyArn]", within="[VpcId]"
)
# Apart from their proxies: an endpoint may lie in another VPC.
PROXY_ENDPOINTS: Final = Call(
    "rds", "describe_db_proxy_endpoints", "DBProxyEndpoints[?!IsDefault]",
    ids="[join('/', [DBProxyName, DBProxyEndpointName]), DBProxyEndpointArn]", within="[VpcId]",
)  # fmt: skip

_SUBNETS: Final = {
    "name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription",
    "subnetIds": "Subnets[].SubnetIdentifier",
}  # fmt: skip
_INSTANCE: Final = {
    "identifier": "DBInstanceIdentifier", "engine": "Engine", "instanceClass": "DBInstanceClass",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId", **_TAGS,
}  # fmt: skip
_OF_CLUSTER: Final = {
    **_INSTANCE, "clusterIdentifier": "DBClusterIdentifier", "engineVersion": "EngineVersion",
    "monitoringRoleArn": "MonitoringRoleArn",
    "customIamInstanceProfile": "CustomIamInstanceProfile",
    "publiclyAccessible": "PubliclyAccessible", "dbSubnetGroupName": _SUBNET_GROUP,
}  # fmt: skip
_CLUSTER: Final = {
    "clusterIdentifier": "DBClusterIdentifier", "engine": "Engine",
    "engineVersion": "EngineVersion", "dbSubnetGroupName": "unless(DBSubnetGroup, 'default')",
    "vpcSecurityGroupIds": _GROUPS, "networkType": "NetworkType", "kmsKeyId": "KmsKeyId",
    "storageEncrypted": "StorageEncrypted", "globalClusterIdentifier": "GlobalClusterIdentifier",
    "enabledCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
    "deletionProtection": "DeletionProtection", **_TAGS,
}  # fmt: skip
_DOMAIN: Final = {
    "domain": "DomainMemberships[0].Domain",
    "domainIamRoleName": "DomainMemberships[0].IAMRoleName",
}
KINDS: Final = (
    Kind(
        "aws:rds/subnetGroup:SubnetGroup", DATABASE_SUBNETS, "DBSubnetGroupName", _SUBNETS,
        {"arn": "DBSubnetGroupArn", "vpcId": "VpcId"},
        unless="aws:docdb/subnetGroup:SubnetGroup", silent=("namePrefix", "tags"),
    ),
    Kind(
        "aws:docdb/subnetGroup:SubnetGroup", DATABASE_SUBNETS, "DBSubnetGroupName", _SUBNETS,
        {"arn": "DBSubnetGroupArn"}, restates=True, silent=("namePrefix", "tags"),
    ),
    Kind(
        "aws:rds/instance:Instance", DATABASES, "DbiResourceId",
        {
            **_INSTANCE, **_DOMAIN, "engineVersion": "EngineVersion",
            "dbSubnetGroupName": _SUBNET_GROUP, "vpcSecurityGroupIds": _GROUPS,
            "publiclyAccessible": "PubliclyAccessible", "networkType": "NetworkType",
            "customerOwnedIpEnabled": "CustomerOwnedIpEnabled", "optionGroupName": _OPTIONS,
            "replicateSourceDb": "ReadReplicaSourceDBInstanceIdentifier "
            "|| ReadReplicaSourceDBClusterIdentifier",
            "kmsKeyId": "KmsKeyId", "storageEncrypted": "StorageEncrypted",
            "monitoringRoleArn": "MonitoringRoleArn",
            "masterUserSecretKmsKeyId": "MasterUserSecret.KmsKeyId",
            "customIamInstanceProfile": "CustomIamInstanceProfile",
            "domainAuthSecretArn": "DomainMemberships[0].AuthSecretArn",
            "domainDnsIps": "DomainMemberships[0].DnsIps",
            "domainFqdn": "DomainMemberships[0].FQDN",
            "enabledCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
            "deletionProtection": "DeletionProtection",
            "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
        },
        {"arn": "DBInstanceArn", "identifier": "DBInstanceIdentifier"}, key=("identifier",),
        where=f"!DBClusterIdentifier && !({_DOCUMENTS})",
        fixed=("restoreToPointInTime", "s3Import", "snapshotIdentifier"),
        silent=(
            "allocatedStorage", "allowMajorVersionUpgrade", "applyImmediately",
            "autoMinorVersionUpgrade", "availabilityZone", "backupRetentionPeriod",
            "backupTarget", "backupWindow", "blueGreenUpdate", "caCertIdentifier",
            "characterSetName", "copyTagsToSnapshot", "databaseInsightsMode", "dbName",
            "dedicatedLogVolume", "deleteAutomatedBackups", "domainOu", "engineLifecycleSupport",
            "finalSnapshotIdentifier", "identifierPrefix", "iops", "licenseModel",
            "maintenanceWindow", "manageMasterUserPassword", "maxAllocatedStorage",
            "monitoringInterval", "multiAz", "ncharCharacterSetName", "parameterGroupName",
            "password", "passwordWo", "passwordWoVersion", "performanceInsightsEnabled",
            "performanceInsightsRetentionPeriod", "port", "replicaMode", "skipFinalSnapshot",
            "storageThroughput", "storageType", "timezone", "upgradeStorageConfig", "username",
            "warningEventCategories",
        ),
    ),
    Kind(
        "aws:rds/clusterInstance:ClusterInstance", DATABASES, "DBInstanceIdentifier", _OF_CLUSTER,
        {"arn": "DBInstanceArn"}, where=f"DBClusterIdentifier && !({_DOCUMENTS})",
        silent=(
            "applyImmediately", "autoMinorVersionUpgrade", "availabilityZone", "caCertIdentifier",
            "copyTagsToSnapshot", "dbParameterGroupName", "forceDestroy", "identifierPrefix",
            "monitoringInterval", "performanceInsightsEnabled",
            "performanceInsightsRetentionPeriod", "preferredBackupWindow",
            "preferredMaintenanceWindow", "promotionTier", "warningEventCategories",
        ),
    ),
    Kind(
        "aws:docdb/clusterInstance:ClusterInstance", DATABASES, "DBInstanceIdentifier",
        {**_INSTANCE, "clusterIdentifier": "DBClusterIdentifier"}, {"arn": "DBInstanceArn"},
        where=_DOCUMENTS, silent=(
            "applyImmediately", "autoMinorVersionUpgrade", "availabilityZone", "caCertIdentifier",
            "certificateRotationRestart", "copyTagsToSnapshot", "enablePerformanceInsights",
            "identifierPrefix", "preferredMaintenanceWindow", "promotionTier",
        ),
    ),
    Kind(
        "aws:rds/cluster:Cluster", DATABASE_CLUSTERS, "DBClusterIdentifier",
        {
            **_CLUSTER, **_DOMAIN,
            # A gateway of AWS's own to a cluster is a public address by another name.
            "publiclyAccessible": "PubliclyAccessible || InternetAccessGatewayEnabled",
            "enableHttpEndpoint": "HttpEndpointEnabled", "engineMode": "EngineMode",
            "iamRoles": "AssociatedRoles[].RoleArn",
            "replicationSourceIdentifier": "ReplicationSourceIdentifier",
            "monitoringRoleArn": "MonitoringRoleArn",
            "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
            "masterUserSecretKmsKeyId": "MasterUserSecret.KmsKeyId",
            "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
        },
        {"arn": "DBClusterArn"}, where=f"!({_DOCUMENTS})",
        fixed=("restoreToPointInTime", "s3Import", "snapshotIdentifier", "sourceRegion"),
        silent=(
            "allocatedStorage", "allowMajorVersionUpgrade", "applyImmediately",
            "autoMinorVersionUpgrade", "availabilityZones", "backtrackWindow",
            "backupRetentionPeriod", "caCertificateIdentifier", "clusterIdentifierPrefix",
            "clusterMembers", "clusterScalabilityType", "copyTagsToSnapshot",
            "databaseInsightsMode", "databaseName", "dbClusterInstanceClass",
            "dbClusterParameterGroupName", "dbInstanceParameterGroupName", "dbSystemId",
            "deleteAutomatedBackups", "enableGlobalWriteForwarding", "enableLocalWriteForwarding",
            "engineLifecycleSupport", "finalSnapshotIdentifier", "iops",
            "manageMasterUserPassword", "masterPassword", "masterPasswordWo",
            "masterPasswordWoVersion", "masterUsername", "monitoringInterval",
            "performanceInsightsEnabled", "performanceInsightsRetentionPeriod", "port",
            "preferredBackupWindow", "preferredMaintenanceWindow", "scalingConfiguration",
            "serverlessv2ScalingConfiguration", "skipFinalSnapshot", "storageType",
            "warningEventCategories",
        ),
    ),
    Kind(
        "aws:docdb/cluster:Cluster", DATABASE_CLUSTERS, "DBClusterIdentifier", _CLUSTER,
        {"arn": "DBClusterArn"}, where=_DOCUMENTS,
        fixed=("restoreToPointInTime", "snapshotIdentifier"), silent=(
            "allowMajorVersionUpgrade", "applyImmediately", "availabilityZones",
            "backupRetentionPeriod", "clusterIdentifierPrefix", "clusterMembers",
            "dbClusterParameterGroupName", "finalSnapshotIdentifier", "manageMasterUserPassword",
            "masterPassword", "masterPasswordWo", "masterPasswordWoVersion", "masterUsername",
            "port", "preferredBackupWindow", "preferredMaintenanceWindow",
            "serverlessV2ScalingConfiguration", "skipFinalSnapshot", "storageType",
        ),
    ),
    Kind(
        "aws:rds/optionGroup:OptionGroup", OPTION_GROUPS, "OptionGroupName",
        {
            "name": "OptionGroupName", "engineName": "EngineName",
            "majorEngineVersion": "MajorEngineVersion",
            "optionGroupDescription": "OptionGroupDescription",
            "options": "Options[].{optionName: OptionName, port: Port, version: OptionVersion, "
            "vpcSecurityGroupMemberships: VpcSecurityGroupMemberships[].VpcSecurityGroupId, "
            "optionSettings: OptionSettings[?Value].{name: Name, value: Value}}",
        },
        {"arn": "OptionGroupArn"}, silent=("namePrefix", "skipDestroy", "tags"),
    ),
    Kind(
        "aws:rds/proxy:Proxy", PROXIES, "DBProxyName",
        {
            "name": "DBProxyName", "engineFamily": "EngineFamily", "roleArn": "RoleArn",
            "vpcSubnetIds": "VpcSubnetIds", "vpcSecurityGroupIds": "VpcSecurityGroupIds",
            "auths": "Auth[].{authScheme: AuthScheme, secretArn: SecretArn, iamAuth: IAMAuth}",
            "endpointNetworkType": "EndpointNetworkType", "requireTls": "RequireTLS",
            "targetConnectionNetworkType": "TargetConnectionNetworkType",
        },
        {"arn": "DBProxyArn"},
        silent=("debugLogging", "defaultAuthScheme", "idleClientTimeout", "tags"),
    ),
    Kind(
        "aws:rds/proxyEndpoint:ProxyEndpoint", PROXY_ENDPOINTS,
        "join('/', [DBProxyName, DBProxyEndpointName])",
        {
            "dbProxyEndpointName": "DBProxyEndpointName", "dbProxyName": "DBProxyName",
            "vpcSubnetIds": "VpcSubnetIds", "vpcSecurityGroupIds": "VpcSecurityGroupIds",
            "targetRole": "TargetRole",
        },
        {"arn": "DBProxyEndpointArn"}, silent=("tags",),
    ),
)  # fmt: skip
