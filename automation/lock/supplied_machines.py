"""Machine images and key pairs that the stack file names."""

from typing import Any

from automation.lock.facts import Aws
from automation.lock.lookup import found, not_there
from plan.brownfield.uses import image_uses, key_pair_uses
from spec.cluster import ClusterSpec


def read_machines(aws: Aws, spec: ClusterSpec) -> dict[str, Any]:
    """The lock file's keys for images and key pairs."""
    images = {use.named: use.path for use in reversed(image_uses(spec))}
    return {
        "images": {i: _image(row) for i, row in found(aws, "image", images).items()},
        "keyPairs": _key_pairs(aws, {use.named: use.path for use in reversed(key_pair_uses(spec))}),
    }


def _image(row: Any) -> dict[str, Any]:
    return {
        "ownerId": row["OwnerId"],
        "ownerAlias": row.get("ImageOwnerAlias"),
        "state": row["State"],
        "architecture": row["Architecture"],
        "rootDeviceName": row.get("RootDeviceName"),
    }


def _key_pairs(aws: Aws, paths: dict[str, str]) -> list[str]:
    if not paths:
        return []
    filters = [{"Name": "key-name", "Values": sorted(paths)}]
    rows = aws.paged("ec2", "describe_key_pairs", "KeyPairs", Filters=filters)
    there = {row["KeyName"] for row in rows}
    for name, path in paths.items():
        if name not in there:
            not_there(aws, path, name)
    return sorted(there & set(paths))
