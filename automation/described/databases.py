"""Databases: RDS, and DocumentDB and Neptune, which answer by the operations of RDS.

Which of them something is, the name of its engine tells.
"""

from typing import Final

from automation.described.calls import Call, Kind, named

_INSTANCE_TYPE: Final = "aws:rds/instance:Instance"
_MEMBER: Final = "aws:rds/clusterInstance:ClusterInstance"
_GRAPHS_MEMBER: Final = "aws:neptune/clusterInstance:ClusterInstance"
_DOCUMENTS_MEMBER: Final = "aws:docdb/clusterInstance:ClusterInstance"
_CLUSTER_TYPE: Final = "aws:rds/cluster:Cluster"
_DOCUMENTS_TYPE: Final = "aws:docdb/cluster:Cluster"
_GRAPHS_TYPE: Final = "aws:neptune/cluster:Cluster"
_SUBNETS_TYPE: Final = "aws:rds/subnetGroup:SubnetGroup"
_DOCUMENTS_SUBNETS: Final = "aws:docdb/subnetGroup:SubnetGroup"
_GRAPHS_SUBNETS: Final = "aws:neptune/subnetGroup:SubnetGroup"
_OPTIONS_TYPE: Final = "aws:rds/optionGroup:OptionGroup"
_PROXY_TYPE: Final = "aws:rds/proxy:Proxy"
_ENDPOINT_TYPE: Final = "aws:rds/proxyEndpoint:ProxyEndpoint"
_ID, _CLUSTER_ID, _GROUP = "DBInstanceIdentifier", "DBClusterIdentifier", "DBSubnetGroupName"
_ENDPOINT: Final = "join('/', [DBProxyName, DBProxyEndpointName])"
_TAGS: Final = {"tags": "tags(TagList)"}
_DOCUMENTS: Final = "Engine=='docdb'"
_GRAPHS: Final = "Engine=='neptune'"
_RELATIONS: Final = f"!({_DOCUMENTS}) && !({_GRAPHS})"
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
    ids=f"[{named(_INSTANCE_TYPE, 'DbiResourceId')}, {named(_MEMBER, _ID)}, "
    f"{named(_DOCUMENTS_MEMBER, _ID)}, {named(_GRAPHS_MEMBER, _ID)}, DBInstanceArn]",
    within=f"[[DBSubnetGroup.VpcId], {_GROUPS}][]", refers=_GROUP_OF_OPTIONS,
)  # fmt: skip
DATABASE_CLUSTERS: Final = Call(
    "rds", "describe_db_clusters", "DBClusters[]",
    ids=f"[{named(_CLUSTER_TYPE, _CLUSTER_ID)}, {named(_DOCUMENTS_TYPE, _CLUSTER_ID)}, "
    f"{named(_GRAPHS_TYPE, _CLUSTER_ID)}, DBClusterArn]",
    within=_GROUPS,
)  # fmt: skip
DATABASE_SUBNETS: Final = Call(
    "rds", "describe_db_subnet_groups", "DBSubnetGroups[]",
    ids=f"[{named(_SUBNETS_TYPE, _GROUP)}, {named(_DOCUMENTS_SUBNETS, _GROUP)}, "
    f"{named(_GRAPHS_SUBNETS, _GROUP)}, DBSubnetGroupArn]",
    within="[VpcId]",
)  # fmt: skip
OPTION_GROUPS: Final = Call(
    "rds", "describe_option_groups", "OptionGroupsList[?!begins(OptionGroupName, 'default:')]",
    ids=f"[{named(_OPTIONS_TYPE, 'OptionGroupName')}, OptionGroupArn]", owned=True,
)  # fmt: skip
PROXIES: Final = Call(
    "rds",
    "describe_db_proxies",
    "DBProxies[]",
    ids=f"[{named(_PROXY_TYPE, 'DBProxyName')}, DBProxyArn]",
    within="[VpcId]",
)
# Apart from their proxies: an endpoint may lie in another VPC.
PROXY_ENDPOINTS: Final = Call(
    "rds", "describe_db_proxy_endpoints", "DBProxyEndpoints[?!IsDefault]",
    ids=f"[{named(_ENDPOINT_TYPE, _ENDPOINT)}, DBProxyEndpointArn]", within="[VpcId]",
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
        _SUBNETS_TYPE, DATABASE_SUBNETS, "DBSubnetGroupName", _SUBNETS,
        {"arn": "DBSubnetGroupArn", "vpcId": "VpcId"},
        unless=f"{_DOCUMENTS_SUBNETS} {_GRAPHS_SUBNETS}", silent=("namePrefix", "tags"),
    ),
    Kind(
        _DOCUMENTS_SUBNETS, DATABASE_SUBNETS, "DBSubnetGroupName", _SUBNETS,
        {"arn": "DBSubnetGroupArn"}, restates=True, silent=("namePrefix", "tags"),
    ),
    Kind(
        _GRAPHS_SUBNETS, DATABASE_SUBNETS, "DBSubnetGroupName", _SUBNETS,
        {"arn": "DBSubnetGroupArn"}, restates=True, silent=("namePrefix", "tags"),
    ),
    Kind(
        _INSTANCE_TYPE, DATABASES, "DbiResourceId",
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
        where=f"!DBClusterIdentifier && {_RELATIONS}",
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
        _MEMBER, DATABASES, "DBInstanceIdentifier", _OF_CLUSTER,
        {"arn": "DBInstanceArn"}, where=f"DBClusterIdentifier && {_RELATIONS}",
        silent=(
            "applyImmediately", "autoMinorVersionUpgrade", "availabilityZone", "caCertIdentifier",
            "copyTagsToSnapshot", "dbParameterGroupName", "forceDestroy", "identifierPrefix",
            "monitoringInterval", "performanceInsightsEnabled",
            "performanceInsightsRetentionPeriod", "preferredBackupWindow",
            "preferredMaintenanceWindow", "promotionTier", "warningEventCategories",
        ),
    ),
    Kind(
        _DOCUMENTS_MEMBER, DATABASES, "DBInstanceIdentifier",
        {**_INSTANCE, "clusterIdentifier": "DBClusterIdentifier"}, {"arn": "DBInstanceArn"},
        where=_DOCUMENTS, silent=(
            "applyImmediately", "autoMinorVersionUpgrade", "availabilityZone", "caCertIdentifier",
            "certificateRotationRestart", "copyTagsToSnapshot", "enablePerformanceInsights",
            "identifierPrefix", "preferredMaintenanceWindow", "promotionTier",
        ),
    ),
    Kind(
        _CLUSTER_TYPE, DATABASE_CLUSTERS, "DBClusterIdentifier",
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
        {"arn": "DBClusterArn"}, where=_RELATIONS,
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
        _DOCUMENTS_TYPE, DATABASE_CLUSTERS, "DBClusterIdentifier", _CLUSTER,
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
        _GRAPHS_MEMBER, DATABASES, "DBInstanceIdentifier",
        {
            "identifier": "DBInstanceIdentifier", "engine": "Engine",
            "engineVersion": "EngineVersion", "instanceClass": "DBInstanceClass",
            "clusterIdentifier": "DBClusterIdentifier",
            "publiclyAccessible": "PubliclyAccessible", **_TAGS,
        },
        {"arn": "DBInstanceArn"}, where=_GRAPHS, silent=(
            "applyImmediately", "autoMinorVersionUpgrade", "availabilityZone", "identifierPrefix",
            "neptuneParameterGroupName", "neptuneSubnetGroupName", "port", "preferredBackupWindow",
            "preferredMaintenanceWindow", "promotionTier", "skipFinalSnapshot",
        ),
    ),
    Kind(
        _GRAPHS_TYPE, DATABASE_CLUSTERS, "DBClusterIdentifier",
        {
            "clusterIdentifier": "DBClusterIdentifier", "engine": "Engine",
            "engineVersion": "EngineVersion",
            "neptuneSubnetGroupName": "unless(DBSubnetGroup, 'default')",
            "vpcSecurityGroupIds": _GROUPS, "kmsKeyArn": "KmsKeyId",
            "storageEncrypted": "StorageEncrypted", "iamRoles": "AssociatedRoles[].RoleArn",
            "globalClusterIdentifier": "GlobalClusterIdentifier",
            "replicationSourceIdentifier": "ReplicationSourceIdentifier",
            "enableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
            "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
            "deletionProtection": "DeletionProtection", **_TAGS,
        },
        {"arn": "DBClusterArn"}, where=_GRAPHS, fixed=("snapshotIdentifier",), silent=(
            "allowMajorVersionUpgrade", "applyImmediately", "availabilityZones",
            "backupRetentionPeriod", "clusterIdentifierPrefix", "copyTagsToSnapshot",
            "finalSnapshotIdentifier", "neptuneClusterParameterGroupName",
            "neptuneInstanceParameterGroupName", "port", "preferredBackupWindow",
            "preferredMaintenanceWindow", "serverlessV2ScalingConfiguration",
            "skipFinalSnapshot", "storageType",
        ),
    ),
    Kind(
        _OPTIONS_TYPE, OPTION_GROUPS, "OptionGroupName",
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
        _PROXY_TYPE, PROXIES, "DBProxyName",
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
        _ENDPOINT_TYPE, PROXY_ENDPOINTS,
        _ENDPOINT,
        {
            "dbProxyEndpointName": "DBProxyEndpointName", "dbProxyName": "DBProxyName",
            "vpcSubnetIds": "VpcSubnetIds", "vpcSecurityGroupIds": "VpcSecurityGroupIds",
            "targetRole": "TargetRole",
        },
        {"arn": "DBProxyEndpointArn"}, silent=("tags",),
    ),
)  # fmt: skip
