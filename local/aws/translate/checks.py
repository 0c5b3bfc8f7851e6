"""Inputs judged before any call: names, defaults, types, and what the service model allows."""

import json
from collections.abc import Mapping
from typing import Any

from local.aws.translate.calls import Call, operation_model
from local.aws.translate.shapes import Translation, find_place, suggest
from local.aws.translate.states import DEFAULTS_KEY, sealed
from local.aws.translate.table import Property, Resource
from local.provider_answers import Checked, Failure
from local.provider_values import UNKNOWN, Properties, autoname

# The engine and the SDKs add these to any resource's inputs.
INTERNAL_PREFIX = "__"


def check(
    call: Call,
    olds: Properties,
    default_tags: Mapping[str, str],
    seed: bytes,
) -> Checked:
    """`call.inputs` are the program's."""
    resource = call.resource
    inputs = {k: v for k, v in call.inputs.items() if not k.startswith(INTERNAL_PREFIX)}
    failures = unknown_properties(resource, inputs)
    for name, prop in resource.properties.items():
        if name in inputs and prop.kind in ("json", "policy"):
            inputs[name] = _as_document(inputs[name], name, failures)
    inputs[DEFAULTS_KEY] = _fill_in(call, inputs, olds, seed)
    if resource.tags is not None:
        _merge_tags(inputs, default_tags)
    for name, prop in resource.properties.items():
        if prop.required and name not in inputs:
            failures.append(Failure(name, f"{resource.token} needs {name}"))
    call.inputs = inputs
    failures += judged_by_model(call)
    if resource.check is not None:
        failures += resource.check(inputs)
    return Checked(sealed(resource, inputs), failures)


def unknown_properties(resource: Resource, inputs: Properties) -> list[Failure]:
    known = {*resource.properties, "region"}
    if resource.tags is not None:
        known |= {"tags", "tagsAll"}
    listed = f"; it knows {', '.join(sorted(known))}"
    return [
        Failure(
            name,
            f"the local aws provider does not know {name} of {resource.token}"
            f"{suggest(name, known) or listed}",
        )
        for name in sorted(inputs.keys() - known)
    ]


def _as_document(value: Any, name: str, failures: list[Failure]) -> Any:
    """Objects become JSON text, as the real provider does; text must parse."""
    if isinstance(value, dict | list):
        return UNKNOWN if UNKNOWN in _leaves(value) else json.dumps(value)
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError as error:
            failures.append(Failure(name, f"is not JSON: {error}"))
    return value


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value] if value is UNKNOWN else []


def _fill_in(call: Call, inputs: Properties, olds: Properties, seed: bytes) -> list[str]:
    """Fills in the generated name and the defaults, and answers which properties those were."""
    filled = []
    resource, old_defaults = call.resource, olds.get(DEFAULTS_KEY) or []
    name = resource.auto_name
    if name and name not in inputs and f"{name}Prefix" not in inputs:
        kept = olds.get(name) if name in old_defaults else None
        room = resource.name_limit - len(autoname("", seed))
        generated = autoname(call.subject.name[:room], seed)
        chosen = kept or generated
        chosen = chosen if chosen.startswith(resource.name_start) else resource.name_start + chosen
        inputs[name] = chosen.lower() if resource.lower_case_name else chosen
        filled.append(name)
    for key, prop in resource.properties.items():
        if prop.default is not None and key not in inputs:
            inputs[key] = prop.default
            filled.append(key)
        if prop.defaults_in and isinstance(inputs.get(key), Mapping):
            inputs[key] = {**prop.defaults_in, **inputs[key]}
    return sorted(filled)


def _merge_tags(inputs: Properties, default_tags: Mapping[str, str]) -> None:
    tags = inputs.get("tags")
    if tags is UNKNOWN:
        inputs["tagsAll"] = UNKNOWN
        return
    merged = {**default_tags, **(tags or {})}
    if merged:
        inputs["tagsAll"] = merged
    else:
        inputs.pop("tagsAll", None)


def judged_by_model(call: Call) -> list[Failure]:
    """Every known value against the shape of the member that carries it."""
    failures: list[Failure] = []
    for name, value in call.inputs.items():
        prop = call.resource.properties.get(name)
        if prop is None or value is UNKNOWN:
            continue
        if (prop.local or prop.hooked) and not prop.request:
            continue
        shape = property_shape(call, name, prop)
        if shape is not None:
            translation = Translation(prop.renames)
            translation.to_api(value, shape, (name,))
            failures += translation.failures
    return failures


def property_shape(call: Call, name: str, prop: Property) -> Any:
    """The shape of the first member that carries the property; None for those of hooks."""
    resource = call.resource
    operations = [prop.request] if prop.request else []
    operations += [resource.create] if isinstance(resource.create, str) else []
    operations += [resource.shape] if resource.shape else []
    operations += [update.operation for update in resource.updates if name in update.properties]
    for operation in operations:
        shape: Any = operation_model(call.client(), operation).input_shape
        place = find_place(shape, name, prop.member, resource.within)
        if place is not None:
            return place[1]
    return None
