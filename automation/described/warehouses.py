"""Warehouses, search domains, what copies databases, caches that last and brokers: Redshift,
OpenSearch, DMS, MemoryDB and MQ, and those without servers. Where a stack has recorded nothing of
one of these services, it is not asked."""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_MEMORY: Final = "aws:memorydb/cluster:Cluster"
_MEMORY_SUBNETS: Final = "aws:memorydb/subnetGroup:SubnetGroup"
_WAREHOUSE: Final = "aws:redshift/cluster:Cluster"
_WAREHOUSE_SUBNETS: Final = "aws:redshift/subnetGroup:SubnetGroup"
_ROLES: Final = "aws:redshift/clusterIamRoles:ClusterIamRoles"
_SNAPSHOT_COPY: Final = "aws:redshift/snapshotCopy:SnapshotCopy"
_SEARCH: Final = "aws:opensearch/domain:Domain"
_SEARCH_POLICY: Final = "aws:opensearch/domainPolicy:DomainPolicy"
_COPYING: Final = "aws:dms/replicationInstance:ReplicationInstance"
_COPYING_SUBNETS: Final = "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup"
_COPIED: Final = "aws:dms/endpoint:Endpoint"

_SERVERLESS_COPYING: Final = "aws:dms/replicationConfig:ReplicationConfig"
_WORKGROUP: Final = "aws:redshiftserverless/workgroup:Workgroup"
_NAMESPACE: Final = "aws:redshiftserverless/namespace:Namespace"
_BROKER: Final = "aws:mq/broker:Broker"

_OF_MEMORY: Final = (_MEMORY, _MEMORY_SUBNETS)
_OF_WAREHOUSES: Final = (_WAREHOUSE, _WAREHOUSE_SUBNETS, _ROLES, _SNAPSHOT_COPY)
_OF_SEARCH: Final = (_SEARCH, _SEARCH_POLICY)
_OF_COPIES: Final = (_COPYING, _COPYING_SUBNETS, _COPIED, _SERVERLESS_COPYING)
_OF_SERVERLESS: Final = (_WORKGROUP, _NAMESPACE)
_BEHIND: Final = "VpcSecurityGroups[].VpcSecurityGroupId"
_CLUSTER, _SUBNETS = "ClusterIdentifier", "ClusterSubnetGroupName"
_COPIER, _COPIERS_SUBNETS = "ReplicationInstanceIdentifier", "ReplicationSubnetGroupIdentifier"
_POLICY_ID: Final = "join('', ['esd-policy-', DomainName])"

MEMORY: Final = Call(
    "memorydb", "describe_clusters", "Clusters[]", ids=f"[{named(_MEMORY, 'Name')}, ARN]",
    within="SecurityGroups[].SecurityGroupId", recorded=_OF_MEMORY,
)  # fmt: skip
MEMORY_SUBNETS: Final = Call(
    "memorydb", "describe_subnet_groups", "SubnetGroups[]",
    ids=f"[{named(_MEMORY_SUBNETS, 'Name')}, ARN]", within="[VpcId]", recorded=_OF_MEMORY,
)  # fmt: skip
WAREHOUSES: Final = Call(
    "redshift", "describe_clusters", "Clusters[]",
    ids=f"[{named(_WAREHOUSE, _CLUSTER)}, {named(_ROLES, _CLUSTER)}, "
    f"{named(_SNAPSHOT_COPY, _CLUSTER)}, ClusterNamespaceArn]",
    within="[VpcId]", recorded=_OF_WAREHOUSES,
)  # fmt: skip
WAREHOUSE_SUBNETS: Final = Call(
    "redshift", "describe_cluster_subnet_groups", "ClusterSubnetGroups[]",
    ids=f"[{named(_WAREHOUSE_SUBNETS, _SUBNETS)}]", within="[VpcId]", recorded=_OF_WAREHOUSES,
)  # fmt: skip
_DOMAIN_NAMES: Final = Call("opensearch", "list_domain_names", "DomainNames[]", recorded=_OF_SEARCH)
DOMAINS: Final = Call(
    "opensearch", "describe_domains", "DomainStatusList[]", {"DomainNames": [From("DomainName")]},
    of=_DOMAIN_NAMES, every=True, ids=f"[{named(_SEARCH_POLICY, _POLICY_ID)}, ARN]",
    within="[VPCOptions.VPCId]", recorded=_OF_SEARCH,
)  # fmt: skip
COPIERS: Final = Call(
    "dms", "describe_replication_instances", "ReplicationInstances[]",
    ids=f"[{named(_COPYING, _COPIER)}, ReplicationInstanceArn]",
    within=f"[[ReplicationSubnetGroup.VpcId], {_BEHIND}][]", recorded=_OF_COPIES,
)  # fmt: skip
COPIERS_SUBNETS: Final = Call(
    "dms", "describe_replication_subnet_groups", "ReplicationSubnetGroups[]",
    ids=f"[{named(_COPYING_SUBNETS, _COPIERS_SUBNETS)}]", within="[VpcId]", recorded=_OF_COPIES,
)  # fmt: skip
# Those of S3 are of a type of their own, of which no value opens a way.
COPIED: Final = Call(
    "dms", "describe_endpoints", "Endpoints[?EngineName!='s3']",
    ids=f"[{named(_COPIED, 'EndpointIdentifier')}, EndpointArn]", owned=True, recorded=_OF_COPIES,
)  # fmt: skip
# Of what has no server only the recorded count; any other one is told by its interfaces.
SERVERLESS_COPIERS: Final = Call(
    "dms", "describe_replication_configs", "ReplicationConfigs[]", ids="[ReplicationConfigArn]",
    owned=True, recorded=(_SERVERLESS_COPYING,),
)  # fmt: skip
WORKGROUPS: Final = Call(
    "redshift-serverless", "list_workgroups", "workgroups[]",
    ids=f"[{named(_WORKGROUP, 'workgroupName')}, workgroupArn]",
    owned=True, recorded=_OF_SERVERLESS,
)  # fmt: skip
NAMESPACES: Final = Call(
    "redshift-serverless", "list_namespaces", "namespaces[]",
    ids=f"[{named(_NAMESPACE, 'namespaceName')}, namespaceArn]", owned=True,
    recorded=_OF_SERVERLESS,
)  # fmt: skip
_BROKERS: Final = Call("mq", "list_brokers", "BrokerSummaries[]", recorded=(_BROKER,))
BROKERS: Final = Call(
    "mq", "describe_broker", "[@]", {"BrokerId": From("BrokerId")}, of=_BROKERS, every=True,
    ids="[BrokerId, BrokerArn]", within="[SubnetIds, SecurityGroups][]", recorded=(_BROKER,),
    none=("NotFoundException",),
)  # fmt: skip
# AWS tells a role with what has become of it: IamRole(applyStatus=in-sync, iamRoleArn=arn:…).
_ROLES_OF_NAMESPACE: Final = (
    "iamRoles[].join('', ['arn:', split(split(split(@, 'arn:')[-1], ')')[0], ', apply')[0]])"
)

KINDS: Final = (
    Kind(
        _MEMORY_SUBNETS, MEMORY_SUBNETS, "Name",
        {"name": "Name", "description": "Description", "subnetIds": "Subnets[].Identifier"},
        {"arn": "ARN", "vpcId": "VpcId"}, silent=("namePrefix", "tags"),
    ),
    Kind(
        _MEMORY, MEMORY, "Name",
        {
            "name": "Name", "description": "Description", "aclName": "ACLName", "engine": "Engine",
            "engineVersion": "EngineVersion", "kmsKeyArn": "KmsKeyId",
            "multiRegionClusterName": "MultiRegionClusterName", "networkType": "NetworkType",
            "securityGroupIds": "SecurityGroups[].SecurityGroupId", "snsTopicArn": "SnsTopicArn",
            "subnetGroupName": "unless(SubnetGroupName, 'default')", "tlsEnabled": "TLSEnabled",
        },
        {"arn": "ARN"}, fixed=("snapshotArns", "snapshotName"), silent=(
            "autoMinorVersionUpgrade", "dataTiering", "finalSnapshotName", "ipDiscovery",
            "maintenanceWindow", "namePrefix", "nodeType", "numReplicasPerShard", "numShards",
            "parameterGroupName", "port", "snapshotRetentionLimit", "snapshotWindow", "tags",
        ),
    ),
    Kind(
        _WAREHOUSE_SUBNETS, WAREHOUSE_SUBNETS, _SUBNETS,
        {
            "name": _SUBNETS, "description": "Description",
            "subnetIds": "Subnets[].SubnetIdentifier",
        },
        {"vpcId": "VpcId"}, silent=("tags",),
    ),
    Kind(
        _WAREHOUSE, WAREHOUSES, _CLUSTER,
        {
            "clusterIdentifier": _CLUSTER, "nodeType": "NodeType",
            "clusterSubnetGroupName": f"unless({_SUBNETS}, 'default')",
            "vpcSecurityGroupIds": _BEHIND, "publiclyAccessible": "PubliclyAccessible",
            "elasticIp": "ElasticIpStatus.ElasticIp", "encrypted": "Encrypted",
            "enhancedVpcRouting": "EnhancedVpcRouting", "kmsKeyId": "KmsKeyId",
            "iamRoles": "IamRoles[].IamRoleArn", "defaultIamRoleArn": "DefaultIamRoleArn",
            "masterPasswordSecretKmsKeyId": "MasterPasswordSecretKmsKeyId",
        },
        {"vpcId": "VpcId"},
        apart={"iamRoles": (_ROLES, _CLUSTER), "defaultIamRoleArn": (_ROLES, _CLUSTER)},
        fixed=("snapshotArn", "snapshotClusterIdentifier", "snapshotIdentifier", "ownerAccount"),
        silent=(
            "allowVersionUpgrade", "applyImmediately", "aquaConfigurationStatus",
            "automatedSnapshotRetentionPeriod", "availabilityZone",
            "availabilityZoneRelocationEnabled", "clusterParameterGroupName", "clusterType",
            "clusterVersion", "databaseName", "finalSnapshotIdentifier", "maintenanceTrackName",
            "manageMasterPassword", "manualSnapshotRetentionPeriod", "masterPassword",
            "masterPasswordWo", "masterPasswordWoVersion", "masterUsername", "multiAz",
            "numberOfNodes", "port", "preferredMaintenanceWindow", "skipFinalSnapshot", "tags",
        ),
    ),
    Kind(
        _ROLES, WAREHOUSES, _CLUSTER,
        {
            "clusterIdentifier": _CLUSTER, "iamRoleArns": "IamRoles[].IamRoleArn",
            "defaultIamRoleArn": "DefaultIamRoleArn",
        },
        restates=True,
    ),
    Kind(
        _SNAPSHOT_COPY, WAREHOUSES, _CLUSTER,
        {
            "clusterIdentifier": _CLUSTER,
            "destinationRegion": "ClusterSnapshotCopyStatus.DestinationRegion",
            "snapshotCopyGrantName": "ClusterSnapshotCopyStatus.SnapshotCopyGrantName",
        },
        where="ClusterSnapshotCopyStatus.DestinationRegion",
        silent=("manualSnapshotRetentionPeriod", "retentionPeriod"),
    ),
    Kind(
        _SEARCH, DOMAINS, "ARN",
        {
            "domainName": "DomainName", "engineVersion": "EngineVersion",
            "accessPolicies": "AccessPolicies", "ipAddressType": "IPAddressType",
            "vpcOptions": "VPCOptions.{subnetIds: SubnetIds, securityGroupIds: SecurityGroupIds, "
            "egressEnabled: EgressEnabled}",
            "cognitoOptions": "CognitoOptions.{enabled: Enabled, roleArn: RoleArn, "
            "identityPoolId: IdentityPoolId, userPoolId: UserPoolId}",
            "encryptAtRest": "EncryptionAtRestOptions.{enabled: Enabled, kmsKeyId: KmsKeyId}",
            "identityCenterOptions":
                "IdentityCenterOptions.{identityCenterInstanceArn: IdentityCenterInstanceARN}",
            "logPublishingOptions":
                "LogPublishingOptions.*.{cloudwatchLogGroupArn: CloudWatchLogsLogGroupArn}",
        },
        {"arn": "ARN"}, apart={"accessPolicies": (_SEARCH_POLICY, _POLICY_ID)},
        # Who rules a domain from within AWS tells nobody: that is as it is recorded.
        fixed=("advancedSecurityOptions", "domainEndpointOptions"), silent=(
            "advancedOptions", "aimlOptions", "autoTuneOptions", "clusterConfig",
            "deploymentStrategyOptions", "ebsOptions",
            "nodeToNodeEncryption", "offPeakWindowOptions", "snapshotOptions",
            "softwareUpdateOptions", "tags",
        ),
    ),
    Kind(
        _SEARCH_POLICY, DOMAINS, _POLICY_ID,
        {"domainName": "DomainName", "accessPolicies": "AccessPolicies"}, restates=True,
    ),
    Kind(
        _COPYING_SUBNETS, COPIERS_SUBNETS, _COPIERS_SUBNETS,
        {
            "replicationSubnetGroupId": _COPIERS_SUBNETS,
            "replicationSubnetGroupDescription": "ReplicationSubnetGroupDescription",
            "subnetIds": "Subnets[].SubnetIdentifier",
        },
        {"vpcId": "VpcId"}, silent=("tags",),
    ),
    Kind(
        _COPYING, COPIERS, _COPIER,
        {
            "replicationInstanceId": _COPIER, "engineVersion": "EngineVersion",
            "replicationInstanceClass": "ReplicationInstanceClass",
            "replicationSubnetGroupId":
                f"unless(ReplicationSubnetGroup.{_COPIERS_SUBNETS}, 'default')",
            "vpcSecurityGroupIds": _BEHIND, "publiclyAccessible": "PubliclyAccessible",
            "networkType": "NetworkType", "dnsNameServers": "DnsNameServers",
            "kmsKeyArn": "KmsKeyId",
            "kerberosAuthenticationSettings": "KerberosAuthenticationSettings.{"
            "keyCacheSecretId: KeyCacheSecretId, keyCacheSecretIamArn: KeyCacheSecretIamArn}",
        },
        {"replicationInstanceArn": "ReplicationInstanceArn"}, silent=(
            "allocatedStorage", "allowMajorVersionUpgrade", "applyImmediately",
            "autoMinorVersionUpgrade", "availabilityZone", "multiAz",
            "preferredMaintenanceWindow", "tags",
        ),
    ),
    Kind(
        _COPIED, COPIED, "EndpointIdentifier",
        {
            "endpointId": "EndpointIdentifier", "endpointType": "EndpointType",
            "engineName": "EngineName", "serverName": "ServerName", "port": "Port",
            "databaseName": "DatabaseName", "kmsKeyArn": "KmsKeyId",
            "extraConnectionAttributes": "ExtraConnectionAttributes",
            "certificateArn": "CertificateArn", "serviceAccessRole": "ServiceAccessRoleArn",
            "kafkaSettings": "KafkaSettings.{broker: Broker, sslCaCertificateArn: "
            "SslCaCertificateArn, sslClientCertificateArn: SslClientCertificateArn, "
            "sslClientKeyArn: SslClientKeyArn}",
            "mysqlSettings": "MySQLSettings.{serviceAccessRoleArn: ServiceAccessRoleArn}",
            "postgresSettings": "PostgreSQLSettings.{serviceAccessRoleArn: ServiceAccessRoleArn}",
            "redisSettings":
                "RedisSettings.{serverName: ServerName, sslCaCertificateArn: SslCaCertificateArn}",
            # Each engine has them among settings of its own.
            "secretsManagerArn": "*.SecretsManagerSecretId | [0]",
            "secretsManagerAccessRoleArn": "*.SecretsManagerAccessRoleArn | [0]",
            "elasticsearchSettings": "ElasticsearchSettings.{endpointUri: EndpointUri, "
            "serviceAccessRoleArn: ServiceAccessRoleArn}",
            "kinesisSettings": "KinesisSettings.{streamArn: StreamArn, "
            "serviceAccessRoleArn: ServiceAccessRoleArn}",
            "oracleSettings": "OracleSettings.{asmServer: AsmServer}",
            "redshiftSettings": "RedshiftSettings.{bucketName: BucketName, "
            "serviceAccessRoleArn: ServiceAccessRoleArn}",
        },
        {"endpointArn": "EndpointArn"}, silent=(
            "mongodbSettings", "password", "pauseReplicationTasks", "sslMode", "tags", "username",
        ),
    ),
    Kind(
        _SERVERLESS_COPYING, SERVERLESS_COPIERS, "ReplicationConfigArn",
        {
            "replicationConfigIdentifier": "ReplicationConfigIdentifier",
            "replicationType": "ReplicationType", "sourceEndpointArn": "SourceEndpointArn",
            "targetEndpointArn": "TargetEndpointArn",
            "computeConfig": "ComputeConfig.{dnsNameServers: DnsNameServers, kmsKeyId: KmsKeyId, "
            "replicationSubnetGroupId: unless(ReplicationSubnetGroupId, 'default'), "
            "vpcSecurityGroupIds: VpcSecurityGroupIds}",
        },
        {"arn": "ReplicationConfigArn"}, silent=(
            "replicationSettings", "resourceIdentifier", "startReplication",
            "supplementalSettings", "tableMappings", "tags",
        ),
    ),
    Kind(
        _WORKGROUP, WORKGROUPS, "workgroupName",
        {
            "workgroupName": "workgroupName", "namespaceName": "namespaceName",
            "subnetIds": "subnetIds", "securityGroupIds": "securityGroupIds",
            "publiclyAccessible": "publiclyAccessible", "enhancedVpcRouting": "enhancedVpcRouting",
        },
        {"arn": "workgroupArn"}, silent=(
            "baseCapacity", "configParameters", "maxCapacity", "port", "pricePerformanceTarget",
            "tags", "trackName",
        ),
    ),
    Kind(
        _NAMESPACE, NAMESPACES, "namespaceName",
        {
            "namespaceName": "namespaceName", "kmsKeyId": "kmsKeyId",
            "iamRoles": _ROLES_OF_NAMESPACE, "defaultIamRoleArn": "defaultIamRoleArn",
            "adminPasswordSecretKmsKeyId": "adminPasswordSecretKmsKeyId",
        },
        {"arn": "namespaceArn"}, silent=(
            "adminUserPassword", "adminUserPasswordWo", "adminUserPasswordWoVersion",
            "adminUsername", "dbName", "logExports", "manageAdminPassword", "tags",
        ),
    ),
    # Which broker it was made as a copy of, and by which shares it is joined to others, AWS tells
    # of none; that it has copies at all, it does.
    Kind(
        _BROKER, BROKERS, "BrokerId",
        {
            "brokerName": "BrokerName", "engineType": "EngineType",
            "engineVersion": "EngineVersion", "deploymentMode": "DeploymentMode",
            "subnetIds": "SubnetIds", "securityGroups": "SecurityGroups",
            "publiclyAccessible": "PubliclyAccessible",
            "dataReplicationMode": "unless(DataReplicationMode, 'NONE')",
            "encryptionOptions":
                "EncryptionOptions.{kmsKeyId: KmsKeyId, useAwsOwnedKey: UseAwsOwnedKey}",
            "ldapServerMetadata": "LdapServerMetadata.{hosts: Hosts}",
        },
        {"arn": "BrokerArn"},
        fixed=("dataReplicationPrimaryBrokerArn", "resourceShareArns"), silent=(
            "applyImmediately", "authenticationStrategy", "autoMinorVersionUpgrade",
            "configuration", "hostInstanceType", "logs", "maintenanceWindowStartTime",
            "storageType", "tags", "users",
        ),
    ),
)  # fmt: skip
