"""Tags of every EKS resource that has an ARN."""

from collections.abc import Iterator

from moto.eks.models import EKSBackend

from local.aws.extensions.eks.kept import Record, clusters, refused
from local.aws.extensions.registry import Call, extends

ONLY_CLUSTERS = "moto tags clusters only"


def _tagged(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    for kept in clusters(call).values():
        yield kept.record["arn"], kept.record["tags"]
        for member, records in (
            ("nodegroupArn", kept.node_groups),
            ("accessEntryArn", kept.access_entries),
            ("addonArn", kept.addons),
            ("associationArn", kept.associations),
            ("identityProviderConfigArn", kept.identity_providers),
        ):
            yield from ((record[member], record["tags"]) for record in records.values())
    backend = call.backend
    assert isinstance(backend, EKSBackend)
    for cluster in backend.clusters.values():
        for profile in cluster.fargate_profiles.values():
            yield profile.fargate_profile_arn, profile.tags


def _tags(call: Call) -> dict[str, str]:
    wanted = call.params["resourceArn"]
    for arn, tags in _tagged(call):
        if arn == wanted:
            return tags
    raise refused("NotFoundException", f"No resource found for ARN: {wanted}")


@extends("eks", "TagResource", ONLY_CLUSTERS)
def tag_resource(call: Call) -> Record:
    _tags(call).update(call.params["tags"])
    return {}


@extends("eks", "UntagResource", ONLY_CLUSTERS)
def untag_resource(call: Call) -> Record:
    tags = _tags(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


@extends("eks", "ListTagsForResource", ONLY_CLUSTERS)
def list_tags_for_resource(call: Call) -> Record:
    return {"tags": _tags(call)}
