"""Schedules and pipes of EventBridge: what they call, and where a pipe reads.

Shapes are those of boto3's own models of GetSchedule and DescribePipe (read 2026-11-30). A pipe
that is being deleted is there until it is gone: that may fail.
"""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
_PIPE: Final = "aws:pipes/pipe:Pipe"
_ID: Final = "join('/', [GroupName, Name])"  # as the provider calls a schedule

_SCHEDULES: Final = Call(
    "scheduler", "list_schedules", "Schedules[]", ids=f"[Arn, {named(_SCHEDULE, _ID)}]",
    owned=True, recorded=(_SCHEDULE,),
)  # fmt: skip
SCHEDULES: Final = Call(
    "scheduler", "get_schedule", "[@]", {"Name": From("Name"), "GroupName": From("GroupName")},
    of=_SCHEDULES, ids=f"[Arn, {named(_SCHEDULE, _ID)}]", recorded=(_SCHEDULE,),
)  # fmt: skip
_PIPES: Final = Call(
    "pipes", "list_pipes", "Pipes[]", owned=True,
    ids=f"[Arn, {named(_PIPE, 'Name')}]", recorded=(_PIPE,),
)  # fmt: skip
PIPES: Final = Call(
    "pipes", "describe_pipe", "[@]", {"Name": From("Name")}, of=_PIPES,
    ids=f"[Arn, {named(_PIPE, 'Name')}]", recorded=(_PIPE,),
)  # fmt: skip

# The provider has no block around where a scheduled task runs.
_TASK: Final = (
    "Target.EcsParameters && merge(camel(Target.EcsParameters), {networkConfiguration: "
    "camel(Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration)})"
)

KINDS: Final = (
    Kind(
        _SCHEDULE, SCHEDULES, _ID,
        {
            "name": "Name", "groupName": "GroupName", "kmsKeyArn": "KmsKeyArn",
            "target": f"merge(camel(Target), {{ecsParameters: {_TASK}}})",
        },
        {"arn": "Arn"}, key=("groupName", "name"), silent=(
            "actionAfterCompletion", "description", "endDate", "flexibleTimeWindow", "namePrefix",
            "scheduleExpression", "scheduleExpressionTimezone", "startDate", "state",
        ),
    ),
    Kind(
        _PIPE, PIPES, "Name",
        {
            "name": "Name", "roleArn": "RoleArn", "kmsKeyIdentifier": "KmsKeyIdentifier",
            "source": "Source", "sourceParameters": "camel(SourceParameters)",
            "enrichment": "Enrichment", "enrichmentParameters": "camel(EnrichmentParameters)",
            "target": "Target", "targetParameters": "camel(TargetParameters)",
            "logConfiguration": "camel(LogConfiguration)",
        },
        {"arn": "Arn"}, key=("name",), silent=("description", "desiredState", "namePrefix", "tags"),
    ),
)  # fmt: skip
