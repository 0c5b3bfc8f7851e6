"""Parameters. Their values are secret, whatever the program says."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.aws.resources.forms import CHOSEN, REQUIRED
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure, ProviderError
from local.provider_values import Properties


def _put(call: Call, overwrite: bool) -> None:
    """A value and tags cannot go together with Overwrite, so tags have calls of their own."""
    request, failures = call.request("put_parameter")
    if failures:
        raise ProviderError(f"{call.what}: {failures[0].property}: {failures[0].reason}")
    request["Value"] = call.inputs.get("value", call.inputs.get("insecureValue"))
    call.send("put_parameter", **{**request, "Overwrite": overwrite})


def _create(call: Call) -> str:
    _put(call, bool(call.inputs.get("overwrite")))
    return str(call.inputs["name"])


def _read(call: Call) -> Mapping[str, Any] | None:
    name = call.inputs["name"]
    found = call.find("get_parameter", "Parameter", Name=name, WithDecryption=True)
    if not found:
        return None
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    more = call.find("describe_parameters", "Parameters[0]", ParameterFilters=filters) or {}
    told = "InsecureValue" if "insecureValue" in call.inputs else "Value"
    return {**more, **{k: v for k, v in found.items() if k != "Value"}, told: found["Value"]}


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if changed - {"tags", "tagsAll", "overwrite"}:
        _put(call, True)


def _check(inputs: Properties) -> Sequence[Failure]:
    if ("value" in inputs) == ("insecureValue" in inputs):
        return [Failure("value", "a parameter has either value or insecureValue")]
    if inputs.get("type") == "SecureString" and "insecureValue" in inputs:
        return [Failure("insecureValue", "a SecureString has its text in value")]
    return []


PARAMETER = Resource(
    token="aws:ssm/parameter:Parameter",
    service="ssm",
    create=_create,
    shape="put_parameter",
    identity=("name",),
    read=_read,
    update=_change,
    delete="delete_parameter",
    missing=("ParameterNotFound",),
    tags=ServiceTags(
        "add_tags_to_resource",
        "remove_tags_from_resource",
        "ResourceId",
        member="",
        list_operation="list_tags_for_resource",
        listed="TagList",
        fixed=(("ResourceType", "Parameter"),),
    ),
    auto_name="name",
    properties={
        "name": Property(replaces=True),
        "type": REQUIRED,
        "value": Property(hooked=True, request="put_parameter", secret=True),
        "insecureValue": Property(
            hooked=True, request="put_parameter", member="Value", read="InsecureValue"
        ),
        "description": Property(),
        "keyId": CHOSEN,
        "tier": CHOSEN,
        "allowedPattern": Property(),
        "dataType": CHOSEN,
        "overwrite": Property(local=True),
    },
    computed={"arn": "ARN", "version": "Version"},
    volatile=("version",),
    check=_check,
)

TABLE = (PARAMETER,)
