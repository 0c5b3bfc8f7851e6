"""What is kept of each EKS cluster beside moto's own Cluster, and how it is found."""

import random
import string
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from moto.core.utils import utcnow

from local.aws.extensions.registry import Call, Refused

Record = dict[str, Any]


@dataclass
class Kept:
    """One cluster: its description as EKS gives it, and everything that goes when it goes."""

    record: Record
    network_interface_ids: list[str] = field(default_factory=list)
    node_groups: dict[str, Record] = field(default_factory=dict)
    access_entries: dict[str, Record] = field(default_factory=dict)
    access_policies: dict[str, dict[str, Record]] = field(default_factory=dict)  # by principal
    addons: dict[str, Record] = field(default_factory=dict)
    associations: dict[str, Record] = field(default_factory=dict)  # by association id
    identity_providers: dict[str, Record] = field(default_factory=dict)
    updates: dict[str, tuple[tuple[str, str], Record]] = field(default_factory=dict)  # of whom


class Clusters(dict[str, Kept]):
    """By name, per account and region."""


def clusters(call: Call) -> Clusters:
    return call.state(Clusters)


def cluster_of(call: Call) -> Kept:
    """The cluster that the request names, under either name that the API uses for it."""
    name = call.params.get("clusterName") or call.params["name"]
    kept = clusters(call).get(name)
    if kept is None:
        raise refused(
            "ResourceNotFoundException", f"No cluster found for name: {name}.", clusterName=name
        )
    return kept


def refused(code: str, message: str, **names: str) -> Refused:
    """An EKS error; its model has members such as clusterName that tell what it is about."""
    error = Refused(code, message)
    for member, value in names.items():
        setattr(error, member, value)
    return error


def invalid(message: str, **names: str) -> Refused:
    return refused("InvalidParameterException", message, **names)


def given(params: Record, *members: str) -> Record:
    """The members that the request sets, as given."""
    return {member: params[member] for member in members if params.get(member) is not None}


def page(call: Call, names: list[str]) -> tuple[list[str], str | None]:
    """maxResults entries from nextToken on, in the order of their names, and the next token."""
    ordered = sorted(names)
    token = call.params.get("nextToken")
    if token and token not in ordered:
        raise invalid(f"Invalid nextToken: {token}")
    start = ordered.index(token) if token else 0
    end = start + int(call.params.get("maxResults") or 100)
    return ordered[start:end], ordered[end] if end < len(ordered) else None


def listed(call: Call, member: str, names: list[str]) -> Record:
    shown, token = page(call, names)
    return {member: shown} | ({"nextToken": token} if token else {})


def now() -> datetime:
    return utcnow()


def new_uuid() -> str:
    return str(uuid.uuid4())


def new_id(length: int, alphabet: str = string.ascii_lowercase + string.digits) -> str:
    return "".join(random.choices(alphabet, k=length))


@cache
def facts(name: str) -> Any:
    return yaml.safe_load((Path(__file__).parent / "facts" / f"{name}.yaml").read_text())
