"""The tables against the SDK that programs use and the service models that AWS publishes."""

import functools
import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

import boto3
import pulumi_aws
import pytest
from botocore.model import StructureShape

from local.aws.resources import RESOURCES
from local.aws.translate.shapes import compile_pattern, find_place
from local.aws.translate.table import Property, Resource
from tests.local.aws.unsupported import INPUTS, OUTPUTS

# The SDK warns of its own old names when its modules are imported.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

# Outputs that every resource of ours tells, and inputs that the machinery takes for all.
COMMON = {"id", "region", "tags", "tagsAll"}


@functools.cache
def sdk_modules() -> dict[str, str]:
    """Token to "module.Class", from the SDK's own register."""
    text = Path(str(pulumi_aws.__file__)).read_text("utf-8")
    found = re.search(r'resource_modules="""\n(.*?)\n"""', text, re.DOTALL)
    assert found is not None
    return {
        token: f"{row['fqn']}.{name}"
        for row in json.loads(found[1])
        for token, name in row["classes"].items()
    }


@functools.cache
def sdk(token: str) -> tuple[set[str], set[str]]:
    """The inputs and all properties of the SDK's class, in the wire's spelling."""
    module_name, _, class_name = sdk_modules()[token].rpartition(".")
    resource = getattr(importlib.import_module(module_name), class_name)
    wire = {
        name: getattr(value.fget, "_pulumi_name", name)
        for name, value in vars(resource).items()
        if isinstance(value, property)
    }
    parameters = inspect.signature(resource._internal_init).parameters
    inputs = {wire[name] for name in parameters if name in wire}
    common = COMMON - RESOURCES[token].properties.keys()
    return inputs - common, set(wire.values()) - common


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_a_table_speaks_the_sdks_names(token: str) -> None:
    inputs, properties = sdk(token)
    resource = RESOURCES[token]
    assert set(resource.properties) <= inputs
    assert set(resource.computed) <= properties


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_what_a_table_leaves_out_is_written_down(token: str) -> None:
    """An SDK with more properties turns this red: support them, or add them to unsupported.py."""
    inputs, properties = sdk(token)
    resource = RESOURCES[token]
    assert inputs - resource.properties.keys() == set(INPUTS.get(token, ()))
    told = resource.properties.keys() | resource.computed.keys()
    assert properties - inputs - told == set(OUTPUTS.get(token, ()))


@functools.cache
def client_of(service: str) -> Any:
    return boto3.session.Session().client(
        service,  # type: ignore[call-overload]
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


@functools.cache
def input_shape(service: str, operation: str) -> StructureShape:
    client = client_of(service)
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).input_shape
    assert isinstance(shape, StructureShape)
    return shape


def operations(resource: Resource, name: str) -> list[str]:
    create = [resource.create] if isinstance(resource.create, str) else []
    shape = [resource.shape] if resource.shape else []
    shape += [request] if (request := resource.properties[name].request) else []
    updates = [update.operation for update in resource.updates if name in update.properties]
    return [*create, *shape, *updates]


def is_carried(resource: Resource, name: str, prop: Property) -> bool:
    return any(
        find_place(input_shape(resource.service, operation), name, prop.member, resource.within)
        for operation in operations(resource, name)
    )


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_every_property_has_a_way_to_aws(token: str) -> None:
    """By a member of a request, or by a hook; else it would pass without effect."""
    resource = RESOURCES[token]
    sent_by_hook = callable(resource.create) and not resource.shape
    lost = [
        name
        for name, prop in resource.properties.items()
        if not (prop.local or prop.hooked or sent_by_hook)
        if not is_carried(resource, name, prop)
    ]
    assert lost == []


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_every_property_that_does_not_replace_can_be_changed(token: str) -> None:
    resource = RESOURCES[token]
    by_update = {name for update in resource.updates for name in update.properties}
    stuck = [
        name
        for name, prop in resource.properties.items()
        if prop.replaces is False and not prop.local and name not in by_update
        if resource.update is None
    ]
    assert stuck == []


def test_the_patterns_of_our_members_are_all_judged() -> None:
    """A pattern that Python cannot express is not checked; there is none among ours."""
    patterns = {
        pattern
        for resource in RESOURCES.values()
        for name, prop in resource.properties.items()
        for operation in operations(resource, name)
        if (
            place := find_place(
                input_shape(resource.service, operation), name, prop.member, resource.within
            )
        )
        if (pattern := place[1].metadata.get("pattern"))
    }
    assert len(patterns) > 10
    assert [pattern for pattern in sorted(patterns) if compile_pattern(pattern) is None] == []
