"""Streams of Firehose, and state machines of Step Functions: where they send, and what they call.

Shapes are those of boto3's own models of DescribeDeliveryStream and DescribeStateMachine (read
2026-11-30).
"""

from typing import Final

from pulumi.runtime.rpc import UNKNOWN

from automation.described.calls import Call, From, Kind

_STREAM: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
_MACHINE: Final = "aws:sfn/stateMachine:StateMachine"

_MACHINES: Final = Call(
    "stepfunctions", "list_state_machines", "stateMachines[]", ids="[stateMachineArn]", owned=True,
    recorded=(_MACHINE,),
)  # fmt: skip
MACHINES: Final = Call(
    "stepfunctions", "describe_state_machine", "[@]", {"stateMachineArn": From("stateMachineArn")},
    of=_MACHINES, ids="[stateMachineArn]", recorded=(_MACHINE,),
)  # fmt: skip
_ARN: Final = (
    "join(':', ['arn', _here.partition, 'firehose', _here.region, _here.account, "
    "join('/', ['deliverystream', _text])])"
)
_STREAMS: Final = Call(
    "firehose", "list_delivery_streams", "DeliveryStreamNames[]", ids=f"[{_ARN}]", owned=True,
    recorded=(_STREAM,),
)  # fmt: skip
STREAMS: Final = Call(
    "firehose", "describe_delivery_stream", "[DeliveryStreamDescription]",
    {"DeliveryStreamName": From("_text")}, of=_STREAMS, ids="[DeliveryStreamARN]",
    recorded=(_STREAM,),
)  # fmt: skip

# By which of its descriptions a program's word for a destination is known. Beside any other one AWS
# may tell of a bucket, for what could not be delivered, so that comes after what sends outside.
_TOLD: Final = (
    ("Splunk", "splunk"),
    ("HttpEndpoint", "http_endpoint"),
    ("Redshift", "redshift"),
    ("Snowflake", "snowflake"),
    ("ExtendedS3", "extended_s3"),
    ("Iceberg", "iceberg"),
    ("Amazonopensearchservice", "opensearch"),
    ("AmazonOpenSearchServerless", "opensearchserverless"),
    ("Elasticsearch", "elasticsearch"),
)
_DESTINATION: Final = " || ".join(
    (
        *(f"(Destinations[0].{told}DestinationDescription && '{word}')" for told, word in _TOLD),
        f"'{UNKNOWN}'",
    )
)
_BUCKET: Final = (
    "{bucketArn: BucketARN, roleArn: RoleARN, "
    "kmsKeyArn: EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN}"
)
_PROCESSED: Final = (
    "processingConfiguration: ProcessingConfiguration.{enabled: Enabled, processors: Processors[]"
    ".{type: Type, parameters: Parameters[].{parameterName: ParameterName, "
    "parameterValue: ParameterValue}}}"
)
_STORED: Final = f"roleArn: RoleARN, s3Configuration: S3DestinationDescription.{_BUCKET}"
_LOADED: Final = (
    f"{_STORED}, {_PROCESSED}, secretsManagerConfiguration: SecretsManagerConfiguration.{{"
    "enabled: Enabled, roleArn: RoleARN, secretArn: SecretARN}"
)
_IN_VPC: Final = (
    f"{_STORED}, {_PROCESSED}, vpcConfig: VpcConfigurationDescription.{{vpcId: VpcId, "
    "subnetIds: SubnetIds, securityGroupIds: SecurityGroupIds, roleArn: RoleARN}"
)
_SCHEMA: Final = (
    "dataFormatConversionConfiguration: DataFormatConversionConfiguration.{enabled: Enabled, "
    "schemaConfiguration: SchemaConfiguration.{roleArn: RoleARN, catalogId: CatalogId, "
    "databaseName: DatabaseName, tableName: TableName, region: Region}}"
)
_FROM_BROKERS: Final = (
    "Source.MSKSourceDescription.{mskClusterArn: MSKClusterARN, topicName: TopicName, "
    "authenticationConfiguration: AuthenticationConfiguration.{connectivity: Connectivity, "
    "roleArn: RoleARN}}"
)


def _of(told: str, what: str) -> str:
    """The description of one kind of destination. A stream has one destination."""
    return f"Destinations[0].{told}DestinationDescription.{{{what}}}"


KINDS: Final = (
    Kind(
        _MACHINE, MACHINES, "stateMachineArn",
        {
            "name": "name", "definition": "definition", "roleArn": "roleArn", "type": "type",
            "encryptionConfiguration": "encryptionConfiguration.{type: type, kmsKeyId: kmsKeyId}",
            "loggingConfiguration": "loggingConfiguration.{level: level, "
            "logDestination: destinations[0].cloudWatchLogsLogGroup.logGroupArn}",
        },
        {"arn": "stateMachineArn", "name": "name"},
        silent=("namePrefix", "publish", "tags", "tracingConfiguration"),
    ),
    Kind(
        _STREAM, STREAMS, "DeliveryStreamARN",
        {
            "name": "DeliveryStreamName", "destination": _DESTINATION,
            "extendedS3Configuration": _of(
                "ExtendedS3",
                f"bucketArn: BucketARN, roleArn: RoleARN, {_PROCESSED}, {_SCHEMA}, "
                "kmsKeyArn: EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN, "
                f"s3BackupConfiguration: S3BackupDescription.{_BUCKET}",
            ),
            "icebergConfiguration": _of(
                "Iceberg", f"{_STORED}, {_PROCESSED}, catalogArn: CatalogConfiguration.CatalogARN"
            ),
            "opensearchConfiguration": _of(
                "Amazonopensearchservice",
                f"{_IN_VPC}, domainArn: DomainARN, clusterEndpoint: ClusterEndpoint",
            ),
            "elasticsearchConfiguration": _of(
                "Elasticsearch",
                f"{_IN_VPC}, domainArn: DomainARN, clusterEndpoint: ClusterEndpoint",
            ),
            "opensearchserverlessConfiguration": _of(
                "AmazonOpenSearchServerless", f"{_IN_VPC}, collectionEndpoint: CollectionEndpoint"
            ),
            "redshiftConfiguration": _of(
                "Redshift",
                f"{_LOADED}, clusterJdbcurl: ClusterJDBCURL, "
                f"s3BackupConfiguration: S3BackupDescription.{_BUCKET}",
            ),
            "splunkConfiguration": _of("Splunk", f"{_LOADED}, hecEndpoint: HECEndpoint"),
            "httpEndpointConfiguration": _of(
                "HttpEndpoint",
                f"{_LOADED}, url: EndpointConfiguration.Url, name: EndpointConfiguration.Name",
            ),
            "snowflakeConfiguration": _of("Snowflake", f"{_LOADED}, accountUrl: AccountUrl"),
            "kinesisSourceConfiguration": "Source.KinesisStreamSourceDescription.{"
            "kinesisStreamArn: KinesisStreamARN, roleArn: RoleARN}",
            "mskSourceConfiguration": _FROM_BROKERS,
            "serverSideEncryption": "DeliveryStreamEncryptionConfiguration.{"
            "enabled: Status=='ENABLED', keyType: KeyType, keyArn: KeyARN}",
        },
        {"arn": "DeliveryStreamARN", "name": "DeliveryStreamName"}, key=("name",),
        silent=("arn", "destinationId", "tags", "versionId"),
    ),
)  # fmt: skip
