"""Every resource of an example as files that a reviewer reads: the effect of a change.

resources.yaml holds the inputs; user data and policies, which are documents of their own, lie in
files beside it and are named there.
"""

import base64
import hashlib
import json
from typing import Any

import yaml
from pulumi.runtime.mocks import MockResourceArgs

DOCUMENTS = ("assumeRolePolicy", "policy")


def golden_files(resources: list[MockResourceArgs]) -> dict[str, str]:
    """File name to content, for every registration of a program."""
    files: dict[str, str] = {}
    listed: dict[str, Any] = {}
    for resource in sorted(resources, key=lambda r: (r.typ, r.name)):
        if resource.typ.startswith("heiiki:"):
            continue
        noun = resource.typ.rsplit(":", 1)[-1]
        inputs = {k: v for k, v in resource.inputs.items() if v is not None}
        for key in DOCUMENTS:
            if isinstance(inputs.get(key), str):
                name = f"policies/{noun}-{resource.name}-{key}.json"
                files[name] = json.dumps(json.loads(inputs[key]), indent=2, sort_keys=True) + "\n"
                inputs[key] = {"file": name}
        if "userData" in inputs:
            name = f"user-data/{resource.name}.txt"
            files[name] = base64.b64decode(inputs["userData"]).decode()
            inputs["userData"] = {"file": name}
        if "contentBase64" in inputs:  # a bundle, whose files are golden in tests/machines
            digest = hashlib.sha256(base64.b64decode(inputs["contentBase64"])).hexdigest()
            inputs["contentBase64"] = {"sha256": digest}
        listed[f"{resource.typ}::{resource.name}"] = _plain(inputs)
    files["resources.yaml"] = yaml.safe_dump(listed, sort_keys=True, width=100)
    return files


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items() if child is not None}
    if isinstance(value, list | tuple):
        return [_plain(child) for child in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
