"""A stack's record without open steps, as the engine would have written it. Pure."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from automation.state import Resource, State

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What a creation has come to. id: under which it exists, or None. said: to the operator."""

    id: str | None
    said: str


def settle(
    deployment_text: str,
    find: Callable[[Resource], Found],
    wait_for: Callable[[Resource], None],
) -> tuple[str, list[str]]:
    """The stack's record without open steps, and what was done about each, as sentences.

    deployment_text: what `pulumi stack export` writes. The refresh that must follow reads every
    resource: it fills in what is recorded here by its id alone, and drops what is gone.
    """
    document = json.loads(deployment_text)
    deployment, state = document["deployment"], State.parse(deployment_text)
    resources: list[Record] = deployment.setdefault("resources", [])
    done = []
    for entry, pending in zip(
        deployment.get("pending_operations") or (), state.pending, strict=True
    ):
        name = pending.resource.name
        if pending.operation != "creating":
            wait_for(pending.resource)
            done.append(f"{name}: {pending.operation} was cut off; reading it anew")
            continue
        found = find(pending.resource)
        if found.id is not None:
            _put(resources, _made(entry["resource"], found.id))
        done.append(f"{name}: {found.said}")
    for record in resources:
        if record.pop("pendingReplacement", False):
            done.append(f"{record['urn'].rsplit('::', 1)[-1]}: was deleted to be made anew; "
                        "looking whether it is there")  # fmt: skip
    deployment["pending_operations"] = []
    return json.dumps(document), done


def _made(pending: Record, id_: str) -> Record:
    """With the inputs as its outputs: the provider then reads it as one of its own. Without, it
    would import it, and an import forgets what AWS does not tell. Of a cluster that is
    bootstrapSelfManagedAddons, for whose sake the next `up` would replace it
    (hashicorp/terraform-provider-aws#39058)."""
    record = copy.deepcopy(pending)
    return {**record, "id": id_, "outputs": {**record.get("inputs", {}), "id": id_}}


def _put(resources: list[Record], made: Record) -> None:
    """In the place of what was deleted for its sake; beside what it replaces, which the engine
    deletes in the end; else behind everything, since all that it needs was there before it."""
    for place, record in enumerate(resources):
        if record["urn"] == made["urn"] and not record.get("delete"):
            if record.get("pendingReplacement"):
                resources[place] = made
                return
            record["delete"] = True
    resources.append(made)
