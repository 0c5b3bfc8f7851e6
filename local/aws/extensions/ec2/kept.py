"""The helpers that EC2's operations share."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from moto.ec2.models import EC2Backend

from local.aws.extensions.registry import Call, Refused

Record = dict[str, Any]


def ec2(call: Call) -> EC2Backend:
    return cast(EC2Backend, call.backend)


def dependency(message: str) -> Refused:
    return Refused("DependencyViolation", message)


def require(table: Mapping[str, Any], key: str, code: str, what: str) -> None:
    if key not in table:
        raise Refused(code, f"{what} {key} was deleted or does not exist.")


def tags_of(params: Record, resource_type: str) -> dict[str, str]:
    """The tags that the request gives to the resource it creates."""
    return {
        tag["Key"]: tag.get("Value", "")
        for specification in params.get("TagSpecifications") or []
        if specification.get("ResourceType") == resource_type
        for tag in specification.get("Tags") or []
    }


@cache
def facts(name: str) -> Any:
    return yaml.safe_load((Path(__file__).parent / "facts" / f"{name}.yaml").read_text())
