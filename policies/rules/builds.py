"""Builds of CodeBuild: where they run, where they fetch, and who may look at them.

Without a VPC a build runs in AWS's own network, with the internet before it. A source that is no
bucket, no repository of CodeCommit and nothing that a pipeline hands over is fetched from a host
outside. A badge and a public project answer the internet. (CodeBuild user guide, vpc-support,
public-builds, sample-build-badges; API reference, ProjectSource. Read 2026-11-30.)
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, at, each, false, is_set, listed, says

BUILD: Final = "aws:codebuild/project:Project"
CURATED: Final = "aws/codebuild/"  # images of AWS's own, which no registry is asked for
_SOURCES: Final = ("CODECOMMIT", "CODEPIPELINE", "NO_SOURCE", "S3")
_KNOWN: Final = re.compile("GITHUB|GITHUB_ENTERPRISE|BITBUCKET|GITLAB|GITLAB_SELF_MANAGED")


def _runs(resource: Resource, boundary: Boundary) -> Iterator[str]:
    props = resource.props
    where = at(props, "vpcConfig", "subnets")
    if where is UNKNOWN or not is_set(where):
        yield f"has vpcConfig.subnets {says(where)}, so it runs in AWS's network"
    for path, source in sources(resource):
        kind = at(source, "type")
        if not listed(kind, _SOURCES):
            yield f"{path}.type is {says(kind, _KNOWN)}: it is fetched from a host outside"
    seen = props.get("projectVisibility")
    if is_set(seen) and seen != "PRIVATE":
        yield f"projectVisibility is {says(seen)}, not PRIVATE"
    badge = props.get("badgeEnabled")
    if is_set(badge) and not false(badge):
        yield f"badgeEnabled is {says(badge)}, not false: its state is told to the internet"


def sources(resource: Resource) -> Iterator[tuple[str, Any]]:
    """What is built, with where it is said."""
    yield "source", resource.props.get("source")
    for index, item in each(resource.props.get("secondarySources")):
        yield f"secondarySources{index}", item


def buckets(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The input, the path and the bucket of everything that is fetched from one, or put there."""
    for path, source in sources(resource):
        if at(source, "type") == "S3":
            yield re.split(r"\[", path)[0], f"{path}.location", _bucket(at(source, "location"))
    for key in ("artifacts", "secondaryArtifacts"):
        for index, item in each(resource.props.get(key)):
            if at(item, "type") not in ("NO_ARTIFACTS", "CODEPIPELINE"):
                yield key, f"{key}{index}.location", _bucket(at(item, "location"))
    if at(resource.props, "cache", "type") not in (None, "NO_CACHE", "LOCAL"):
        yield "cache", "cache.location", _bucket(at(resource.props, "cache", "location"))
    logs = at(resource.props, "logsConfig", "s3Logs")
    if is_set(at(logs, "location")):
        yield "logsConfig", "logsConfig.s3Logs.location", _bucket(at(logs, "location"))


def _bucket(location: Any) -> Any:
    """A bucket by its name; what follows it is a path."""
    if not isinstance(location, str):
        return location
    return location.rpartition(":::")[2].partition("/")[0]


CHECKS: dict[str, Check] = {"CN-254": _runs}
