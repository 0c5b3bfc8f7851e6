"""Sentences of faults: what pydantic finds, as an operator reads it, with what is meant instead."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from spec.foreign_keys import answer_to
from spec.places import elsewhere
from spec.schema_branches import branches_at, child, kind_meant, kind_of, kinds
from spec.shown import MAX_VALUE_CHARACTERS

_SENTENCES = {  # pydantic's error types; {…} is pydantic's own context
    "missing": "is missing; this key is required",
    "union_tag_invalid": "must be one of {expected_tags}",
    "literal_error": "must be {expected}",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "invalid_key": "must be text as a key; put it in quotes",
    "tuple_type": "must be a list",
    "string_type": "must be text; put it in quotes",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "needs {min_length} entries or more, not {written}",
}


def sentence_of(
    details: Any, path: Sequence[str | int], model: type[BaseModel], raw: object
) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        return f"is no key that heiiki knows{_did_you_mean(str(path[-1]), path, model, raw)}"
    if kind == "union_tag_not_found":
        kinds = [leaf["properties"]["kind"]["const"] for leaf in branches_at(model, path)]
        return f"needs kind: {' or '.join(kinds)}"
    if kind in _SENTENCES:
        told = dict(details.get("ctx", {}))
        if kind == "too_short":  # pydantic counts the sound entries alone
            told["written"] = len(details["input"])
        sentence = _SENTENCES[kind].format_map(told)
        return f"{sentence}, and not JSON in quotes" if _is_json(details, path) else sentence
    return str(details["msg"]).removeprefix("Value error, ")


def _is_json(details: Any, path: Sequence[str | int]) -> bool:
    """Whether something below a key is JSON as text; the key's own text is read as JSON."""
    value = details["input"]
    nested = len(path) > 1 and isinstance(value, str) and value.lstrip()[:1] in ("{", "[")
    return nested and details["type"] in ("model_type", "model_attributes_type", "dict_type",
                                          "tuple_type")  # fmt: skip


def _did_you_mean(key: str, path: Sequence[str | int], model: type[BaseModel], raw: object) -> str:
    here = raw
    for part in path[:-1]:
        here = child(here, part)
    leaves = branches_at(model, path[:-1])
    kind = here.get("kind", kind_meant(leaves)) if isinstance(here, Mapping) else None
    chosen = [leaf for leaf in leaves if kind_of(leaf) == kind] or leaves
    others = [kind_of(leaf) for leaf in leaves if key in leaf["properties"]]
    if others:
        return f"; it belongs to kind {' and '.join(others)}"
    if foreign := answer_to(key):
        return f": {foreign}"
    known = sorted({name for leaf in chosen for name in leaf["properties"]})
    lowered = {name.lower(): name for name in known}
    flat = key[:MAX_VALUE_CHARACTERS].replace("_", "").lower()
    close = difflib.get_close_matches(flat, lowered, n=1, cutoff=0.7)
    if close:
        return f"; did you mean {lowered[close[0]]}?"
    if meant := elsewhere([*path[:-1], key[:MAX_VALUE_CHARACTERS]], model):
        return f"; is {' or '.join(meant)} meant?"
    return f"; known here: {', '.join(known)}" if known else ""


def yaml_path(details: Any, model: type[BaseModel], raw: object) -> list[str | int]:
    """Pydantic's path without the chosen `kind` of a union, which is no level of the YAML.

    The kind stands before the keys of its model, one of which may have the same name; so may a key
    that is missing, with which its path ends.
    """
    location = details["loc"]
    missing = len(location) - 1 if details["type"] == "missing" else None
    path: list[str | int] = []
    here: Any = raw
    chosen = False  # whether the kind of what is here has been passed
    for at, part in enumerate(location):
        written = isinstance(here, Mapping) and part in here
        if part == "[key]" and not written:  # the fault is the key that stands before this mark
            break
        if not chosen and at != missing and isinstance(here, Mapping) and (
            part == here["kind"] if "kind" in here else not written and part in kinds(model)
        ):  # fmt: skip
            chosen = True
            continue
        chosen = False
        here = child(here, part)
        path.append(part)
    return path
