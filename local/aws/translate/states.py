"""Outputs and inputs of a resource, from what the API told or, in a preview, from the inputs."""

from collections.abc import Mapping
from typing import Any, Final

from local.aws.translate.calls import Call, search
from local.aws.translate.compare import canonical, reconcile, same
from local.aws.translate.shapes import from_api, normal
from local.aws.translate.table import Property, Resource
from local.provider_answers import State
from local.provider_values import UNKNOWN, Properties, Secret, Value

DEFAULTS_KEY: Final = "__defaults"


def state_from(call: Call, described: Mapping[str, Any]) -> State:
    """The state after create, read or update. A second read of the same object gives the same."""
    resource, user = call.resource, call.inputs
    outputs: Properties = {"id": call.id, "region": call.region}
    inputs: Properties = {DEFAULTS_KEY: user[DEFAULTS_KEY]} if DEFAULTS_KEY in user else {}
    for name, prop in resource.properties.items():
        actual = told(described, name, prop)
        wanted = user.get(name)
        if prop.when_asked and wanted is None:
            continue
        if prop.local or prop.unread:
            kept = _output(wanted, None, prop) if wanted is not None else call.outputs.get(name)
            outputs[name] = kept if kept is not None else prop.default
            inputs[name] = wanted
            continue
        if actual is None and (wanted is None or same(wanted, prop.default, prop.kind)):
            actual = prop.default  # services leave out what is at its default
        agreed = actual if wanted is None else reconcile(wanted, actual, prop.kind)
        outputs[name] = _output(agreed, actual, prop)
        if wanted is not None:
            inputs[name] = agreed
    for name, source in resource.computed.items():
        outputs[name] = from_api(_computed(call, described, source), {})
    if "region" in user:
        inputs["region"] = user["region"]
    _add_tags(call, described, outputs, inputs)
    return State(call.id, sealed(resource, _present(outputs)), sealed(resource, _present(inputs)))


def sealed(resource: Resource, values: Properties) -> Properties:
    """With what is secret by nature marked so."""
    marked = {name for name, prop in resource.properties.items() if prop.secret}
    return {k: Secret(v) if k in marked and v is not None else v for k, v in values.items()}


def _present(values: Properties) -> Properties:
    return {name: value for name, value in values.items() if value is not None}


def _computed(call: Call, described: Mapping[str, Any], source: Any) -> Any:
    return source(call, described) if callable(source) else search(source, described)


def _output(agreed: Value, actual: Value, prop: Property) -> Value:
    if isinstance(agreed, Mapping) and isinstance(actual, Mapping):
        spelled = {normal(key) for key in agreed}
        return {
            **{k: v for k, v in actual.items() if normal(k) not in spelled},
            **{key: _output(value, _named(actual, key), prop) for key, value in agreed.items()},
        }
    return agreed


def _named(actual: Mapping[str, Value], key: str) -> Value:
    return next((v for k, v in actual.items() if normal(k) == normal(key)), None)


def told(described: Mapping[str, Any], name: str, prop: Property) -> Value:
    """A property as the API tells it, in Pulumi's spelling; None when it does not."""
    if prop.local or prop.unread:
        return None
    path = prop.read
    found = search(path, described) if path else _member(described, prop.member or name)
    return from_api(found, _keys_by_member(prop.renames))


def _member(described: Mapping[str, Any], name: str) -> Any:
    wanted = normal(name)
    by_normal = {normal(key): value for key, value in described.items()}
    for candidate in (wanted, wanted + "s", wanted.removesuffix("s")):
        if candidate in by_normal:
            return by_normal[candidate]
    return None


def _keys_by_member(renames: Mapping[str, str]) -> dict[str, str]:
    """{"ebs.size": "VolumeSize"} as {"Ebs.VolumeSize": "size"}, for each way to spell a parent."""
    answer = {}
    for dotted, member in renames.items():
        *parents, key = dotted.split(".")
        spelled = [
            renames.get(".".join(parents[: i + 1]), _pascal(p)) for i, p in enumerate(parents)
        ]
        answer[".".join([*spelled, member])] = key
        answer[".".join([*[s[:1].lower() + s[1:] for s in spelled], member])] = key
    return answer


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def _add_tags(
    call: Call, described: Mapping[str, Any], outputs: Properties, inputs: Properties
) -> None:
    """tags are the program's, tagsAll those with the provider's default tags among them."""
    if call.resource.tags is None:
        return
    actual = dict(call.resource.tags.read(call, described))
    outputs["tagsAll"] = actual
    own = call.inputs.get("tags")
    defaults = {
        key: value
        for key, value in (call.inputs.get("tagsAll") or {}).items()
        if key not in (own or {})
    }
    shown = {k: v for k, v in actual.items() if defaults.get(k) != v}
    if own is not None or shown:
        outputs["tags"] = inputs["tags"] = shown
    if "tagsAll" in call.inputs or actual:
        inputs["tagsAll"] = actual


def imported_inputs(resource: Resource, state: State) -> Properties:
    """What a program would have to say to get this object."""
    inputs: Properties = {k: v for k, v in state.inputs.items() if k in ("tags", "tagsAll")}
    for name, prop in resource.properties.items():
        value = state.outputs.get(name)
        required = prop.required or name in resource.identity or name == resource.auto_name
        if isinstance(value, Mapping):
            value = {k: v for k, v in value.items() if k not in prop.computed_in}
        silent = prop.computed or same(value, prop.default, prop.kind) or _says_nothing(value)
        if value is not None and (required or not silent):
            inputs[name] = value
    return inputs


def _says_nothing(value: Value) -> bool:
    """Absent, false, or an object of nothing else: what AWS tells of features that are off."""
    if isinstance(value, Mapping):
        return all(_says_nothing(item) for item in value.values())
    return canonical(value) in (None, "false")


def previewed(call: Call) -> Properties:
    """The outputs of a create in a preview: the inputs, and UNKNOWN for what only AWS knows."""
    resource = call.resource
    outputs: Properties = {name: UNKNOWN for name in resource.computed}
    outputs |= {name: UNKNOWN for name, prop in resource.properties.items() if prop.computed}
    outputs |= {name: v for name, v in call.inputs.items() if not name.startswith("__")}
    for name, prop in resource.properties.items():
        if prop.computed_in and outputs.get(name) is not UNKNOWN:
            outputs[name] = _with_unknowns(outputs.get(name) or {}, prop.computed_in)
    outputs.setdefault("region", call.region)
    if resource.tags is not None:
        outputs.setdefault("tagsAll", {})
    return sealed(resource, outputs)


def _with_unknowns(value: Value, keys: tuple[str, ...]) -> Value:
    return {**dict.fromkeys(keys, UNKNOWN), **value} if isinstance(value, Mapping) else value


def previewed_update(call: Call, olds: Properties, changed: frozenset[str]) -> Properties:
    """The old outputs under the new inputs; volatile ones are UNKNOWN when anything changes."""
    properties = call.resource.properties
    gone = {
        name
        for name in changed
        if name not in call.inputs and name in properties and not properties[name].computed
    }
    outputs = {name: value for name, value in call.outputs.items() if name not in gone}
    for name, value in call.inputs.items():
        if name.startswith("__"):
            continue
        told, asked = outputs.get(name), olds.get(name)
        if isinstance(told, Mapping) and isinstance(asked, Mapping) and isinstance(value, Mapping):
            # What AWS told beside what the program asked for stays, and what it would choose.
            kept = properties[name].computed_in if name in properties else ()
            value = {**{k: v for k, v in told.items() if k not in asked or k in kept}, **value}
        outputs[name] = value
    if call.resource.tags is not None:
        outputs["tagsAll"] = call.inputs.get("tagsAll", {})
    if changed - {"tags", "tagsAll"}:
        outputs |= {n: UNKNOWN for n in call.resource.volatile if n not in call.inputs}
    for name in changed & call.resource.volatile_with.keys():
        outputs |= {moved: UNKNOWN for moved in call.resource.volatile_with[name]}
    return outputs
