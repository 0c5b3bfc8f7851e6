"""Diff, create, read, update and delete of one resource, by its table."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from botocore.exceptions import ClientError

from local.aws.translate.calls import Call, guarded, search
from local.aws.translate.compare import canonical, differing_paths, reconcile, same
from local.aws.translate.shapes import find_place
from local.aws.translate.states import DEFAULTS_KEY, imported_inputs, state_from
from local.aws.translate.table import Kind, Property, Resource, Update
from local.provider_answers import (
    Change,
    Difference,
    PartlyCreatedError,
    ProviderError,
    State,
)
from local.provider_values import Path, Properties, Value, path_text

TAGS = ("tags", "tagsAll")


def diff(resource: Resource, outputs: Properties, olds: Properties, news: Properties) -> Difference:
    changes: dict[str, Change] = {}
    for name in sorted(olds.keys() | news.keys()):
        if name.startswith("__"):
            continue
        prop = resource.properties.get(name, Property(replaces=name == "region"))
        for path, kind in _property_changes(name, prop, outputs, olds, news):
            replaces = _replaces(prop, path, kind)
            changes[path_text(path)] = cast(Change, f"{kind}_REPLACE" if replaces else kind)
    replaces = any(change.endswith("_REPLACE") for change in changes.values())
    return Difference(changes, replaces and _keeps_its_name(resource, olds, news))


def _keeps_its_name(resource: Resource, olds: Properties, news: Properties) -> bool:
    """A name that the program chose is taken until its holder is gone, so that one goes first. A
    generated name is another for the replacement."""
    name = resource.auto_name
    if not name or name in (news.get(DEFAULTS_KEY) or ()):
        return False
    return news.get(name) is not None and same(olds.get(name), news.get(name))


def _property_changes(
    name: str, prop: Property, outputs: Properties, olds: Properties, news: Properties
) -> list[tuple[Path, str]]:
    new = news.get(name)
    if new is None and (prop.computed or name == "region"):
        return []  # AWS's own choice stays
    old = olds.get(name)
    if old is None and new is not None:
        # Named now, chosen by AWS or by default before: a change only where the values differ.
        seen = outputs.get(name)
        old = reconcile(new, seen, prop.kind) if seen is not None else None
    kind: Kind = "plain" if name in TAGS else prop.kind
    if prop.computed_in:
        seen = outputs.get(name)
        if isinstance(old, Mapping) and isinstance(seen, Mapping):
            old = {**{k: seen[k] for k in prop.computed_in if k in seen}, **old}
        old = _without_own_choices(old, new, prop.computed_in)
    return differing_paths(old, new, (name,), kind)


def _without_own_choices(old: Value, new: Value, keys: tuple[str, ...]) -> Value:
    """The old value less the nested keys that AWS chose and the program does not name."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {k: v for k, v in old.items() if k in new or k not in keys}
    if isinstance(old, list) and isinstance(new, list):
        named = {key for item in new if isinstance(item, Mapping) for key in item}
        return [
            {k: v for k, v in item.items() if k in named or k not in keys}
            if isinstance(item, Mapping)
            else item
            for item in old
        ]
    return old


def _replaces(prop: Property, path: Path, kind: str) -> bool:
    if prop.replaces == "removal":
        return len(path) == 1 and kind == "DELETE"
    if isinstance(prop.replaces, bool):
        return prop.replaces
    dotted = ".".join(step for step in path[1:] if isinstance(step, str))
    return any(
        not dotted or dotted == nested or dotted.startswith(f"{nested}.")
        for nested in prop.replaces
    )


def changed_properties(
    resource: Resource, outputs: Properties, olds: Properties, news: Properties
) -> frozenset[str]:
    return frozenset(
        name
        for name in olds.keys() | news.keys()
        if not name.startswith("__")
        and _property_changes(name, resource.properties.get(name, Property()), outputs, olds, news)
    )


def create(call: Call) -> State:
    """As the real provider does: what is there already is AWS's to refuse, or is made twice."""
    call.id = ""
    call.id = str(guarded(call, "create", lambda: _create(call)))
    return _finish(call)


def _create(call: Call) -> str:
    resource = call.resource
    if callable(resource.create):
        return resource.create(call)
    members, failures = call.request(resource.create)
    if failures:
        reasons = "; ".join(f"{f.property}: {f.reason}" for f in failures)
        raise ProviderError(f"{call.what}: {reasons}")
    tags = resource.tags.on_create(call.tags()) if resource.tags else {}
    further = resource.members(call) if resource.members else {}
    answer = call.send(resource.create, **{**members, **tags, **further})
    if resource.identity and not resource.id_path:
        return identity_text(resource, call.inputs)
    return resource.id_of(str(search(resource.id_path, answer)))


def identity_text(resource: Resource, inputs: Properties) -> str:
    return resource.separator.join(str(inputs[name]) for name in resource.identity)


def _finish(call: Call) -> State:
    """The steps after the object exists. Where one fails, the engine still learns the id."""
    try:
        guarded(call, "create", call.wait_until_settled)
        guarded(call, "create", lambda: _complete(call))
        found = guarded(call, "read", call.describe)
        if found is None:
            raise ProviderError(f"{call.what}: {call.id} was created and cannot be found")
        return state_from(call, found)
    except ProviderError as error:
        outputs = {**call.inputs, "id": call.id}
        raise PartlyCreatedError(call.id, outputs, call.inputs, error.reason) from None


def _complete(call: Call) -> None:
    """What the create operation itself does not take."""
    resource = call.resource
    if resource.after_create is not None:
        resource.after_create(call)
    for step in resource.updates:
        if step.on_create:
            wanted = [n for n in step.properties if _needs_setting(call, n)]
            _send_update(call, step, wanted)
    if resource.tags is not None and call.tags() and not resource.tags.on_create(call.tags()):
        resource.tags.change(call, {}, call.tags())


def _needs_setting(call: Call, name: str) -> bool:
    """Given, not what AWS does anyway, and no member of the create operation."""
    value, prop = call.inputs.get(name), call.resource.properties[name]
    return value is not None and not same(value, prop.default, prop.kind)


def _send_update(call: Call, step: Update, names: Iterable[str]) -> None:
    names = list(names)
    groups = [[name] for name in names] if step.each else [names] if names else []
    for group in groups:
        if step.skip_empty and all(call.inputs.get(name) is None for name in group):
            continue
        members, failures = call.request(step.operation, {*group, *step.always})
        if failures:
            raise ProviderError(f"{call.what}: {failures[0].property}: {failures[0].reason}")
        members |= _emptied(call, step, group, members)
        call.send(step.operation, **{**step.fixed, **members, **call.identity(step.operation)})


def _emptied(call: Call, step: Update, group: list[str], members: Any) -> dict[str, Any]:
    """What is no longer given is sent as empty, where the API can take that."""
    shape: Any = (
        call.client()
        .meta.service_model.operation_model(
            call.client().meta.method_to_api_mapping[step.operation]
        )
        .input_shape
    )
    empty = {"string": "", "list": [], "map": {}, "boolean": False}
    answer = {}
    for name in group:
        prop = call.resource.properties[name]
        place = find_place(shape, name, prop.member, "")
        absent = canonical(call.inputs.get(name)) is None
        if place is not None and place[0][0] not in members and absent:
            kind = place[1].type_name
            if kind in empty:
                answer[place[0][0]] = empty[kind]
    return answer


def read(call: Call) -> State | None:
    """Refresh where there are inputs, else import."""
    importing = not call.inputs
    call.inputs = {**identity_of(call), **call.inputs}
    found = guarded(call, "read", call.describe)
    if found is None:
        return None
    state = state_from(call, found)
    if importing:
        return State(state.id, state.outputs, imported_inputs(call.resource, state))
    return state


def identity_of(call: Call) -> Properties:
    """The naming properties, taken apart from the id."""
    resource = call.resource
    if resource.parse_id is not None:
        return resource.parse_id(call)
    if not resource.identity:
        return {}
    parts = call.id.split(resource.separator, len(resource.identity) - 1)
    if len(parts) != len(resource.identity):
        form = resource.separator.join(f"<{name}>" for name in resource.identity)
        raise ProviderError(f"{call.what}: the id {call.id} is not of the form {form}")
    return dict(zip(resource.identity, parts, strict=True))


def update(call: Call, olds: Properties) -> Properties:
    """Brings the object from the old inputs to call.inputs; the new outputs."""
    resource = call.resource
    changed = changed_properties(resource, call.outputs, olds, call.inputs)
    guarded(call, "update", lambda: _update(call, olds, changed))
    guarded(call, "update", call.wait_until_settled)
    found = guarded(call, "read", call.describe)
    if found is None:
        raise ProviderError(f"{call.what}: {call.id} is gone; refresh, then update again")
    return state_from(call, found).outputs


def _update(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    resource = call.resource
    if resource.update is not None:
        resource.update(call, olds, changed)
    for step in resource.updates:
        _send_update(call, step, [name for name in step.properties if name in changed])
        if any(name in changed for name in step.properties) and resource.pending:
            call.wait_until_settled()
    if resource.tags is not None and changed & {*TAGS}:
        resource.tags.change(call, call.tags(olds), call.tags())


def delete(call: Call) -> None:
    resource = call.resource
    call.inputs = {**identity_of(call), **call.inputs}
    if resource.delete is None:
        return

    def action() -> None:
        try:
            if callable(resource.delete):
                resource.delete(call)
            elif resource.delete is not None:
                call.send(resource.delete, **call.identity(resource.delete))
        except ClientError as error:
            if not call.is_missing(error):
                raise

    guarded(call, "delete", action)
