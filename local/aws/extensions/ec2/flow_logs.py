"""Flow logs to a log group, or to a bucket with a prefix and destination options."""

from typing import Any

from moto.ec2.models.flow_logs import FlowLogs
from moto.ec2.utils import random_flow_log_id
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends

from local.aws.extensions.ec2.kept import Record, ec2, tags_of
from local.aws.extensions.registry import Call, Refused, extends

DEFAULT_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
DEFAULT_OPTIONS = {
    "FileFormat": "plain-text",
    "HiveCompatiblePartitions": False,
    "PerHourPartition": False,
}
INTERVALS_SECONDS = (60, 600)


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameter", message)


def _check(call: Call, kind: str) -> None:
    params = call.params
    if params.get("MaxAggregationInterval", 600) not in INTERVALS_SECONDS:
        raise _invalid("Invalid Flow Log Max Aggregation Interval, it must be 60 or 600")
    if kind == "s3" and not params.get("LogDestination"):
        raise _invalid("LogDestination can't be empty if LogDestinationType is s3")
    if kind == "s3" and params.get("LogGroupName"):
        raise _invalid("LogGroupName is not supported for the LogDestinationType s3")
    if kind == "cloud-watch-logs":
        if not params.get("DeliverLogsPermissionArn"):
            raise _invalid(
                "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs"
            )
        if not params.get("LogDestination") and not params.get("LogGroupName"):
            raise _invalid("LogDestination can't be empty if LogGroupName is not provided")


def _check_resource(call: Call, kind: str, resource_id: str) -> None:
    {
        "VPC": ec2(call).get_vpc,
        "Subnet": ec2(call).get_subnet,
        "NetworkInterface": ec2(call).get_network_interface,
    }[kind](resource_id)


def _missing_bucket(call: Call, kind: str) -> str | None:
    if kind != "s3":
        return None
    bucket = str(call.params["LogDestination"].split(":::", 1)[-1]).split("/")[0]
    present = s3_backends[call.account_id][call.partition].buckets
    return None if bucket in present else bucket


def _log_group_name(params: Record) -> str | None:
    if params.get("LogGroupName"):
        return str(params["LogGroupName"])
    _, _, name = str(params.get("LogDestination", "")).partition(":log-group:")
    return name.removesuffix(":*") or None


@extends(
    "ec2",
    "CreateFlowLogs",
    "moto refuses a bucket with a prefix, forgets DestinationOptions, and looks for the log group "
    "by LogGroupName only",
)
def create_flow_logs(call: Call) -> Record:
    params = call.params
    kind = params.get("LogDestinationType") or "cloud-watch-logs"
    _check(call, kind)
    for resource_id in params["ResourceIds"]:
        _check_resource(call, params["ResourceType"], resource_id)
    bucket = _missing_bucket(call, kind)
    if bucket is not None:
        error = {"Code": "400", "Message": f"LogDestination: {bucket} does not exist."}
        return {
            "FlowLogIds": [],
            "Unsuccessful": [{"ResourceId": i, "Error": error} for i in params["ResourceIds"]],
        }
    made = [_flow_log(call, kind, resource_id) for resource_id in params["ResourceIds"]]
    ec2(call).flow_logs.update({flow_log.id: flow_log for flow_log in made})
    return {"FlowLogIds": [flow_log.id for flow_log in made], "Unsuccessful": []}


def _flow_log(call: Call, kind: str, resource_id: str) -> Any:
    params, group_name = call.params, _log_group_name(call.params)
    for other in ec2(call).flow_logs.values():
        same = (resource_id, params.get("LogDestination"), group_name)
        if (other.resource_id, other.log_destination, other.log_group_name) == same:
            raise Refused(
                "FlowLogAlreadyExists",
                "Error. There is an existing Flow Log with the same configuration and log "
                "destination.",
            )
    groups = logs_backends[call.account_id][call.region].groups
    delivers = kind != "cloud-watch-logs" or group_name in groups
    made: Any = FlowLogs(  # type: ignore[abstract]  # moto makes it too
        ec2(call),
        random_flow_log_id(),
        resource_id,
        params.get("TrafficType") or "ALL",
        params.get("LogDestination"),  # type: ignore[arg-type]
        group_name,  # type: ignore[arg-type]
        params.get("DeliverLogsPermissionArn"),  # type: ignore[arg-type]
        params.get("MaxAggregationInterval") or 600,
        kind,
        params.get("LogFormat") or DEFAULT_FORMAT,
        "SUCCESS" if delivers else "FAILED",
        None if delivers else "Access error",
    )
    made.add_tags(tags_of(params, "vpc-flow-log"))
    if kind == "s3":
        made.destination_options = DEFAULT_OPTIONS | (params.get("DestinationOptions") or {})
    return made
