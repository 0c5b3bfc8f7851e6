"""docs/options.md: every key of the stack file, from the models."""

import json
from typing import Any

from docs.stack_schema import stack_schema
from spec.stack_file import NAMESPACE

INTRODUCTION = f"""# Options

Every key of a stack file, `Pulumi.<stack>.yaml`. Four are required: `name`, `region`,
`availabilityZones` and one pool in `nodePools`; every other key has a default that keeps the
network closed. At the top level a key is written with its namespace, `{NAMESPACE}:name`; inside, as
it stands here. `kind` chooses between created and supplied resources, and says which further keys
there are.

For completion and checks while typing, begin the file with this line (editors with the YAML
language server read it; the path is relative to the stack file):

```yaml
# yaml-language-server: $schema=docs/schema/heiiki.schema.json
```

A cluster may be split over three stacks; the files of its parts have one key and stand at the end
of this page. [parts.md](parts.md) says how.

`heiiki validate` checks the same and, beyond it, everything that needs arithmetic or the lock file.

This page is generated: `make docs`.
"""


def options_page() -> str:
    """The page: one section per place in the file, in the file's order."""
    schema = stack_schema()
    config = schema["properties"]["config"]
    sections = [INTRODUCTION]
    for title, branch in (("The file", "else"), ("The file of a part", "then")):
        top = _without_namespace(config[branch])
        sections.append(f"## {title}\n\n{_table(top, schema)}")
        for key, node in top["properties"].items():
            sections += _sections(key, node, schema)
    return "\n".join(sections)


def _without_namespace(keys: Any) -> dict[str, Any]:
    return {
        "properties": {k.removeprefix(f"{NAMESPACE}:"): v for k, v in keys["properties"].items()},
        "required": [key.removeprefix(f"{NAMESPACE}:") for key in keys["required"]],
    }


def _sections(path: str, node: Any, schema: Any) -> list[str]:
    """The sections of everything that may stand at `path`, and below it."""
    found = []
    for place, branch in _objects(path, node, schema):
        kind = branch["properties"].get("kind", {}).get("const")
        title = f"`{place}`" if kind is None else f"`{place}`, kind `{kind}`"
        found.append(f"## {title}\n\n{branch.get('description', '')}\n\n{_table(branch, schema)}")
        for key, child in branch["properties"].items():
            found += _sections(f"{place}.{key}", child, schema)
    return found


def _objects(path: str, node: Any, schema: Any) -> list[tuple[str, Any]]:
    """Paths and schemas of the mappings with keys of their own that may stand at `path`."""
    if "$ref" in node:
        return _objects(path, schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], schema)
    if "properties" in node:
        return [(path, node)]
    if "items" in node:
        return _objects(f"{path}[]", node["items"], schema)
    branches = [(path, b) for b in (*node.get("oneOf", ()), *node.get("anyOf", ()))]
    branches += [(f"{path}.<name>", b) for b in node.get("patternProperties", {}).values()]
    return [found for place, branch in branches for found in _objects(place, branch, schema)]


def _table(node: Any, schema: Any) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, value in node["properties"].items():
        required = key in node.get("required", ())
        cells = (f"`{key}`", _kind(value, schema), _default(value, required), _meaning(key, value))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _kind(node: Any, schema: Any) -> str:
    """What may be written there, in a few words."""
    if "$ref" in node:
        return _kind(schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], schema)
    options = node.get("oneOf") or node.get("anyOf")
    if options:
        names = [_kind(option, schema) for option in options if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(names))
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if node.get("format") == "ipv4-cidr":
        return "CIDR"
    if node.get("type") == "array":
        return f"list of {_kind(node['items'], schema)}"
    if node.get("type") == "object":
        return "mapping" if "properties" in node else "mapping by name"
    if node.get("type") == "integer" and "minimum" in node:
        return f"{node['minimum']} to {node['maximum']}"
    words = {"boolean": "`true` or `false`", "integer": "whole number", "string": "text"}
    return words[node["type"]]


def _default(node: Any, required: bool) -> str:
    if required:
        return "required"
    if node.get("default") is None:
        return ""
    return f"`{json.dumps(node['default'], ensure_ascii=False)}`"


def _meaning(key: str, node: Any) -> str:
    if key == "kind" and "description" not in node:
        return "Which of the kinds this is."
    return str(node["description"])
