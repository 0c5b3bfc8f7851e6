"""Looking up supplied resources by id; an id that is not there is a fault at its key."""

from collections.abc import Iterable
from typing import Any

import botocore.exceptions

from automation.aws_calls import asking, iam_action
from automation.lock.facts import Aws


def found(
    aws: Aws, noun: str, paths: dict[str, str], *, key: str | None = None,
    filter_name: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The resources of these ids, by id and in its order; a fault at its path for each not there.

    noun: as in describe_<noun>s and, unless key and filter_name say otherwise, in the member
    <Noun>Id and the filter <noun>-id. paths: YAML path by id.
    By filter and not by id: asked for by id, AWS answers one unknown id with an error for all.
    """
    if not paths:
        return {}
    title = "".join(part.title() for part in noun.split("_"))
    name = filter_name or f"{noun.replace('_', '-')}-id"
    filters = [{"Name": name, "Values": sorted(paths)}]
    items = aws.paged("ec2", f"describe_{noun}s", f"{title}s", Filters=filters)
    return chosen(aws, paths, {item[f"{key or title}Id"]: item for item in items})


def chosen(aws: Aws, paths: dict[str, str], there: dict[str, Any]) -> dict[str, Any]:
    """What is there of `paths`; a fault for each that is not."""
    for resource_id, path in paths.items():
        if resource_id not in there:
            not_there(aws, path, resource_id)
    return {i: there[i] for i in sorted(paths) if i in there}


def not_there(aws: Aws, path: str, resource_id: str) -> None:
    """Note that an id of the stack file stands for nothing."""
    aws.faults.add(path, f"is not in this account in {aws.region}; correct the id, or take "
                   "the credentials of its account", resource_id)  # fmt: skip


def answer(aws: Aws, service: str, action: str, *missing: str, **arguments: Any) -> Any | None:
    """One call's answer; None where AWS says with one of these codes that there is no such thing.

    action: in snake case, "get_role".
    """
    with asking(iam_action(service, action)):
        try:
            return getattr(aws.client(service), action)(**arguments)
        except botocore.exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code") not in missing:
                raise
            return None


def tags_of(resource: Any) -> dict[str, str]:
    """Tags by key, in its order."""
    return {t["Key"]: t["Value"] for t in sorted(resource.get("Tags", ()), key=lambda t: t["Key"])}


def made_by(resource: Any, cluster: str) -> bool:
    """Whether a cluster of this name has made it."""
    return tags_of(resource).get("heiiki:cluster") == cluster


def texts(values: Iterable[Any]) -> list[str]:
    """Sorted, so that the lock file does not change with the order of an answer."""
    return sorted(str(value) for value in values)
