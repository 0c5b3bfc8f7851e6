"""What AWS's own services send on: logs, events, alarms, notices, and who may send something in."""

from typing import Final

from automation.described.calls import Call, From, Kind, named

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_FILTER: Final = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
_LOGS_POLICY: Final = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
_DESTINATION: Final = "aws:cloudwatch/logDestination:LogDestination"
_DESTINATION_POLICY: Final = "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy"
_BUS: Final = "aws:cloudwatch/eventBus:EventBus"
_BUS_POLICY: Final = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
_NOTIFICATION: Final = "aws:autoscaling/notification:Notification"
_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
_COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
_TRAIL: Final = "aws:cloudtrail/trail:Trail"

# The older one of two says all of a log group's streams.
_LOG_GROUP_ARN: Final = "logGroupArn || join(':', split(arn, ':')[:7])"

LOG_GROUPS: Final = Call(
    "logs", "describe_log_groups", "logGroups[]",
    ids=f"[{named(LOG_GROUP, 'logGroupName')}, {_LOG_GROUP_ARN}, arn]", owned=True,
)  # fmt: skip
FILTERS: Final = Call(
    "logs", "describe_subscription_filters", "subscriptionFilters[]",
    {"logGroupName": From("logGroupName")}, of=LOG_GROUPS,
)  # fmt: skip
# A policy of the account is of all of its log groups, and only those count that are recorded; one
# of a log group counts as whatever is put into it.
LOGS_POLICIES: Final = Call(
    "logs", "describe_resource_policies", "resourcePolicies[]",
    ids=f"[{named(_LOGS_POLICY, 'policyName')}]", owned=True, recorded=(_LOGS_POLICY,),
)  # fmt: skip
LOG_GROUP_POLICIES: Final = Call(
    "logs", "describe_resource_policies", "resourcePolicies[?policyScope=='RESOURCE']",
    {"resourceArn": From(_LOG_GROUP_ARN), "policyScope": "RESOURCE"}, of=LOG_GROUPS,
)  # fmt: skip
DESTINATIONS: Final = Call(
    "logs", "describe_destinations", "destinations[]",
    ids=f"[{named(_DESTINATION, 'destinationName')}, "
    f"{named(_DESTINATION_POLICY, 'destinationName')}]",
    owned=True, recorded=(_DESTINATION, _DESTINATION_POLICY),
)  # fmt: skip

BUSES: Final = Call(
    "events", "list_event_buses", "EventBuses[]",
    ids=f"[{named(_BUS, 'Name')}, {named(_BUS_POLICY, 'Name')}]", owned=True,
    recorded=(_BUS, _BUS_POLICY, _RULE, _TARGET),
)  # fmt: skip
RULES: Final = Call(
    "events", "list_rules", "Rules[]", {"EventBusName": From("Name")}, of=BUSES, every=True,
    ids=f"[{named(_RULE, 'rule_of(Name, _of.Name)')}]", owned=True,
)  # fmt: skip
TARGETS: Final = Call(
    "events", "list_targets_by_rule", "Targets[]",
    {"Rule": From("Name"), "EventBusName": From("_of.Name")}, of=RULES,
)  # fmt: skip
# Of the pools that are read, and of the topics that are recorded.
NOTIFICATIONS: Final = Call(
    "autoscaling", "describe_notification_configurations", "NotificationConfigurations[]",
    ids=f"[{named(_NOTIFICATION, 'TopicARN')}]", within="[AutoScalingGroupName]",
)  # fmt: skip


def _alarms(type_: str, items: str) -> Call:
    kinds = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    ids = f"[{named(type_, 'AlarmName')}]"
    return Call("cloudwatch", "describe_alarms", items, kinds, ids=ids, owned=True,
                recorded=(type_,))  # fmt: skip


METRIC_ALARMS: Final = _alarms(_ALARM, "MetricAlarms[]")
COMPOSITE_ALARMS: Final = _alarms(_COMPOSITE, "CompositeAlarms[]")
TRAILS: Final = Call(
    "cloudtrail", "describe_trails", "trailList[]", {"includeShadowTrails": False},
    ids=f"[{named(_TRAIL, 'Name')}, TrailARN]", owned=True, recorded=(_TRAIL,),
)  # fmt: skip

_ECS: Final = (
    "EcsParameters.{taskDefinitionArn: TaskDefinitionArn, launchType: LaunchType, "
    "networkConfiguration: NetworkConfiguration.awsvpcConfiguration.{subnets: Subnets, "
    "securityGroups: SecurityGroups, assignPublicIp: AssignPublicIp=='ENABLED'}}"
)
_ACTIONS: Final = {
    "alarmActions": "AlarmActions", "okActions": "OKActions",
    "insufficientDataActions": "InsufficientDataActions",
}  # fmt: skip

KINDS: Final = (
    Kind(
        _FILTER, FILTERS, "join(' ', [logGroupName, filterName])",
        {
            "logGroup": "logGroupName", "name": "filterName", "destinationArn": "destinationArn",
            "roleArn": "roleArn",
        },
        key=("logGroup", "name"), silent=(
            "applyOnTransformedLogs", "distribution", "emitSystemFields", "filterPattern",
        ),
    ),
    *(
        Kind(
            _LOGS_POLICY, call, name,
            {
                "policyName": "policyName", "policyDocument": "policyDocument",
                "resourceArn": "resourceArn",
            },
        )
        for call, name in ((LOGS_POLICIES, "policyName"), (LOG_GROUP_POLICIES, "resourceArn"))
    ),
    Kind(
        _DESTINATION_POLICY, DESTINATIONS, "destinationName",
        {"destinationName": "destinationName", "accessPolicy": "accessPolicy"},
        where="accessPolicy", silent=("forceUpdate",),
    ),
    Kind(
        _BUS_POLICY, BUSES, "Name", {"eventBusName": "Name", "policy": "Policy"}, where="Policy"
    ),
    Kind(
        _TARGET, TARGETS, "join(' ', [_of._of.Name, _of.Name, Id])",
        {
            "arn": "Arn", "rule": "_of.Name", "eventBusName": "_of._of.Name", "targetId": "Id",
            "roleArn": "RoleArn", "deadLetterConfig": "DeadLetterConfig.{arn: Arn}",
            "ecsTarget": _ECS,
            "batchTarget": "BatchParameters.{jobDefinition: JobDefinition, jobName: JobName}",
            "redshiftTarget": "RedshiftDataParameters.{secretsManagerArn: SecretManagerArn, "
            "database: Database}",
        },
        key=("rule", "eventBusName", "targetId"), silent=(
            "appsyncTarget", "forceDestroy", "httpTarget", "input", "inputPath",
            "inputTransformer", "kinesisTarget", "retryPolicy", "runCommandTargets",
            "sagemakerPipelineTarget", "sqsTarget",
        ),
    ),
    Kind(
        _NOTIFICATION, NOTIFICATIONS, "TopicARN", {"topicArn": "TopicARN"}, key=("topicArn",),
        silent=("groupNames", "notifications"),
    ),
    Kind(
        _ALARM, METRIC_ALARMS, "AlarmName", {"name": "AlarmName", **_ACTIONS}, {"arn": "AlarmArn"},
        silent=(
            "actionsEnabled", "alarmDescription", "comparisonOperator", "datapointsToAlarm",
            "dimensions", "evaluateLowSampleCountPercentiles", "evaluationCriteria",
            "evaluationInterval", "evaluationPeriods", "evaluationWindow", "extendedStatistic",
            "metricName", "metricQueries", "namespace", "period", "statistic", "tags", "threshold",
            "thresholdMetricId", "treatMissingData", "unit", "warmUpConfiguration",
        ),
    ),
    Kind(
        _COMPOSITE, COMPOSITE_ALARMS, "AlarmName", {"alarmName": "AlarmName", **_ACTIONS},
        {"arn": "AlarmArn"}, silent=(
            "actionsEnabled", "actionsSuppressor", "alarmDescription", "alarmRule", "tags",
        ),
    ),
    Kind(
        _TRAIL, TRAILS, "TrailARN",
        {
            "name": "Name", "s3BucketName": "S3BucketName",
            "snsTopicName": "SnsTopicARN || SnsTopicName", "kmsKeyId": "KmsKeyId",
            "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn",
            "cloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
        },
        {"arn": "TrailARN"}, key=("name",), silent=(
            "advancedEventSelectors", "enableLogFileValidation", "enableLogging", "eventSelectors",
            "includeGlobalServiceEvents", "insightSelectors", "isMultiRegionTrail",
            "isOrganizationTrail", "s3KeyPrefix", "tags",
        ),
    ),
)  # fmt: skip
