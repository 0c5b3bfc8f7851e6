"""A stack as files to share, audit and keep: what was asked, what follows, what the pack says.

Nothing in it is secret: the plan holds no secret, and of the record only user data is taken, which
machines read and which by design carries none.
"""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from automation.lock.text import write_whole
from automation.results import Output, Preview, as_json
from automation.stack_files import StackFiles
from automation.state import State
from machines.rendered import planned_user_data
from plan.cluster import ClusterPlan
from spec.text_file import is_there, read_text_file

# Outputs that are files. The kubeconfig is a secret output for the address in it; it takes a token
# from the AWS CLI, and holds none.
_HANDED_OVER = {
    "awsAuthConfigMap": "aws-auth.yaml",
    "sshConfig": "ssh_config",
    "kubeconfig": "kubeconfig",
}
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def export_files(
    files: StackFiles,
    plan: ClusterPlan,
    preview: Preview,
    state: State,
    outputs: Mapping[str, Output],
) -> dict[str, str]:
    """The files by name, the index with their digests last.

    state: gives the user data that machines have got; of a pool that has none yet it is rendered
    from the plan. outputs: give the files to hand over, once they are there.
    """
    found = {
        files.stack_file.name: files.stack_file.read_text(encoding="utf-8"),
        files.spec_file.name: files.spec_file.read_text(encoding="utf-8"),
        files.lock_file.name: files.lock_file.read_text(encoding="utf-8"),
        "plan.json": _json(dataclasses.asdict(plan)),
        "preview.json": _json(as_json(preview)),
        "policy.json": _json(as_json(preview)["verdict"]),
    }
    if is_there(files.policy_file):
        found[files.policy_file.name] = read_text_file(files.policy_file)
    for template in state.of_type(_TEMPLATE):
        user_data = template.outputs.get("userData")
        if isinstance(user_data, str):
            found[f"user-data/{template.name}.txt"] = base64.b64decode(user_data).decode()
    for name, pool in plan.node_pools.items():
        if f"user-data/{name}.txt" not in found:
            found[f"user-data/{name}.planned.txt"] = planned_user_data(pool, plan)
    for name, endpoint in plan.endpoints.items():
        if endpoint.policy is not None:
            found[f"policies/endpoint-{name}.json"] = _json(endpoint.policy)
    for noun, stores in (("bucket", plan.buckets), ("repository", plan.repositories)):
        found |= {f"policies/{noun}-{n}.json": _json(s.policy) for n, s in stores.items()}
    found["policies/key.json"] = _json(plan.key_policy)
    for output, name in _HANDED_OVER.items():
        if output in outputs and isinstance(text := outputs[output].value, str):
            found[name] = text
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in found.items()}
    return found | {"index.json": _json({"stack": files.stack, "sha256": digests})}


def write_export(folder: Path, found: dict[str, str]) -> None:
    """Write the files below the folder; others that lie there stay."""
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, default=_plain, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, IPv4Network | IPv4Address):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
