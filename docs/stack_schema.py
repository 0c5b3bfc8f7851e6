"""The JSON Schema of a stack file, for editors: Pulumi.<stack>.yaml with heiiki's keys in it."""

import json
from typing import Any

from spec.cluster import ClusterSpec
from spec.stack_file import NAMESPACE


def stack_schema() -> dict[str, Any]:
    """The schema. Keys of other projects stay free; an unknown key of heiiki is an error."""
    cluster = ClusterSpec.model_json_schema(by_alias=True)
    definitions = cluster.pop("$defs")
    for node in (cluster, *definitions.values()):
        _tighten(node, definitions)
    properties = {f"{NAMESPACE}:{key}": value for key, value in cluster["properties"].items()}
    known = "|".join(sorted(cluster["properties"]))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "heiiki stack file",
        "description": "Pulumi.<stack>.yaml of a closed Kubernetes network.",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "properties": properties,
                "required": [f"{NAMESPACE}:{key}" for key in cluster["required"]],
                "patternProperties": {f"^{NAMESPACE}:(?!(?:{known})$)": False},
            }
        },
        "$defs": definitions,
    }


def schema_text() -> str:
    """The schema as a file."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


def _tighten(node: Any, definitions: dict[str, Any]) -> None:
    """Say what the parser insists on and Pydantic's schema leaves open.

    A union needs its kind even where a branch has a default for it, and a mapping keyed by names
    takes no other keys. Titles that only repeat a key are dropped.
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
            branch["required"] = sorted({"kind", *branch.get("required", [])})
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)
    for child in list(node.values()):
        _tighten(child, definitions)
