"""What a reading of a whole account asks RDS and Lambda, and moto does not answer."""

from typing import Any, cast

from moto.awslambda import urls
from moto.awslambda.models import LambdaBackend
from moto.awslambda.responses import LambdaResponse
from moto.rds.models import OptionGroup, RDSBackend

from local.aws.extensions.never_made import WHY
from local.aws.extensions.registry import Call, Passed, extends

Record = dict[str, Any]


@extends("rds", "DescribeOptionGroups", "moto tells of one that is named, and of no others")
def describe_option_groups(call: Call) -> Record | Passed:
    if call.params.get("OptionGroupName"):
        return call.pass_on()
    groups = cast(RDSBackend, call.backend).option_groups.values()
    return {"OptionGroupsList": [_told(group) for group in groups]}


def _told(group: OptionGroup) -> Record:
    return {
        "OptionGroupName": group.name,
        "OptionGroupArn": group.arn,
        "OptionGroupDescription": group.description,
        "EngineName": group.engine_name,
        "MajorEngineVersion": group.major_engine_version,
        "Options": group.options,
    }


@extends("rds", "DescribeDBProxyEndpoints", WHY)
def describe_db_proxy_endpoints(call: Call) -> Record:
    return {"DBProxyEndpoints": []}


# moto has the path of one configuration alone.
_LISTED = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/urls/?$"


def install() -> None:
    urls.url_paths[_LISTED] = LambdaResponse.dispatch


@extends("lambda", "ListFunctionUrlConfigs", "absent from moto")
def list_function_url_configs(call: Call) -> Record:
    function: Any = cast(LambdaBackend, call.backend).get_function(call.params["FunctionName"])
    config = function.url_config
    if config is None:
        return {"FunctionUrlConfigs": []}
    told = config.to_dict()
    return {"FunctionUrlConfigs": [{
        "FunctionUrl": told["FunctionUrl"], "FunctionArn": told["FunctionArn"],
        "AuthType": told["AuthType"], "CreationTime": told["CreationTime"],
        "LastModifiedTime": told["LastModifiedTime"],
    }]}  # fmt: skip
