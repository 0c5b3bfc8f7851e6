"""The JSON Schema of a stack file, for editors: Pulumi.<stack>.yaml with heiiki's keys in it.

A file with the key of a part is held to that one key, every other to those of a whole cluster.
"""

import json
from typing import Any

from pydantic import BaseModel

from spec.cluster import ClusterSpec
from spec.part import PartFile
from spec.stack_file import NAMESPACE, PART_KEY


def stack_schema() -> dict[str, Any]:
    """The schema. Keys of other projects stay free; an unknown key of heiiki is an error."""
    definitions: dict[str, Any] = {}
    whole, part = _keys(ClusterSpec, definitions), _keys(PartFile, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "heiiki stack file",
        "description": "Pulumi.<stack>.yaml of a closed Kubernetes network.",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "if": {"required": [f"{NAMESPACE}:{PART_KEY}"]},
                "then": part,
                "else": whole,
            }
        },
        "$defs": definitions,
    }


def _keys(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """What may stand under config by this model; what it refers to goes to `definitions`."""
    found = model.model_json_schema(by_alias=True)
    own = found.pop("$defs")
    for node in (found, *own.values()):
        _tighten(node, own)
    definitions |= own
    known = "|".join(sorted(found["properties"]))
    return {
        "properties": {f"{NAMESPACE}:{key}": value for key, value in found["properties"].items()},
        "required": [f"{NAMESPACE}:{key}" for key in found["required"]],
        "patternProperties": {f"^{NAMESPACE}:(?!(?:{known})$)": False},
    }


def schema_text() -> str:
    """The schema as a file."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def _tighten(node: Any, definitions: dict[str, Any]) -> None:
    """Say what the parser insists on and Pydantic's schema leaves open.

    A union needs its kind but for the branch that is meant where none is written, and a mapping
    keyed by names takes no other keys. Titles that only repeat a key are dropped.
    """
    if isinstance(node, list):
        for child in node:
            _tighten(child, definitions)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("title"), str):
        del node["title"]
    if "discriminator" in node:
        for reference in node.pop("discriminator")["mapping"].values():
            branch = definitions[reference.rsplit("/", 1)[-1]]
            if "default" not in branch["properties"]["kind"]:
                branch["required"] = sorted({"kind", *branch.get("required", [])})
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)
    for child in list(node.values()):
        _tighten(child, definitions)
