"""What a stack's files yield, as files to read: no engine, no credentials, no network.

The policies and user data are those that the program declares, from the same code. What only AWS
tells is a placeholder in them: a cluster's endpoint and its certificate authority.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from automation.lock.text import write_whole
from machines.rendered import planned_bundles, planned_user_data
from plan.cluster import ClusterPlan
from plan.differences.plan_rows import plan_rows
from plan.differences.rows import Rows, Value
from plan.iam import document
from plan.self_hosted.cluster import SelfHosted


def rendered_files(plan: ClusterPlan) -> dict[str, str]:
    """The files by name. Nothing in them is secret, since the plan holds no secret.

    Of what others supply, the policy is the one that the cluster needs there.
    """
    found = {"plan.json": json_text(dataclasses.asdict(plan)), "plan.md": _tables(plan_rows(plan))}
    for name, text in planned_user_data(plan).items():
        found[f"user-data/{name}.planned.txt"] = text
    for role, texts in planned_bundles(plan).items():
        found |= {f"bundles/{role}/{name}": text for name, text in texts.items()}
    found |= {f"policies/{name}.json": json_text(policy) for name, policy in _policies(plan)}
    return found


def write_files(folder: Path, found: Mapping[str, str]) -> list[str]:
    """Write the files below the folder. Others stay; those beside them in the folders that they
    make there, such as of a pool that is no more, are the answer."""
    for name, text in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    made = {(folder / name).parent for name in found} - {folder}
    there = {path for directory in made for path in directory.iterdir() if path.is_file()}
    return sorted(str(path.relative_to(folder)) for path in there - {folder / n for n in found})


def json_text(value: Any) -> str:
    """The same value gives the same bytes."""
    text = json.dumps(
        _with_text_keys(value), indent=2, sort_keys=True, default=_plain, ensure_ascii=False
    )
    return text + "\n"


def _with_text_keys(value: Any) -> Any:
    """JSON takes no address as a key, and asks nobody for its text as it does for values."""
    if isinstance(value, Mapping):
        return {str(key): _with_text_keys(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text_keys(child) for child in value]
    return value


def _policies(plan: ClusterPlan) -> Iterator[tuple[str, Any]]:
    for name, endpoint in plan.endpoints.items():
        if endpoint.policy is not None:
            yield f"endpoint-{name}", endpoint.policy
    for noun, stores in (("bucket", plan.buckets), ("repository", plan.repositories)):
        for name, store in stores.items():
            yield f"{noun}-{name}", store.policy
    for name, role in plan.roles.items():
        yield f"role-{name}-trust", role.trust
        if role.statements:
            yield f"role-{name}", document(role.statements)
    if plan.flow_log_bucket is not None and not plan.flow_log_bucket.supplied:
        yield "bucket-of-flow-logs", plan.flow_log_bucket.policy
    if isinstance(plan.control_plane, SelfHosted):
        yield "bucket-of-machines", plan.control_plane.bucket.policy
    yield "key", plan.key_policy


def _tables(rows: Rows) -> str:
    """The plan as Markdown: for each noun, its things and what is decided of each."""
    sections = []
    for noun, things in rows.items():
        lines = [f"## {noun}", "", "| name | what | value |", "|---|---|---|"]
        for name, row in things.items():
            if row.told:
                lines.append(_line(name, "", row.told))
            lines += [_line(name, key, value) for key, value in row.properties.items()]
        if things:
            sections.append("\n".join(lines) + "\n")
    return "\n".join(["# What follows from the stack file\n", *sections])


def _line(name: str, key: str, value: Value) -> str:
    text = value if isinstance(value, str) else ", ".join(value)
    cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in (name, key, text))
    return f"| {' | '.join(cells)} |"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, IPv4Network | IPv4Address):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
