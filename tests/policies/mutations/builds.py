"""Builds of CodeBuild beside a cluster: where they run, what they fetch, where they put it.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

from collections.abc import Iterator
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import ABSENT, Change, edited, opens
from tests.policies.mutations.parts import (
    GROUP,
    cluster_subnets,
    cluster_vpc,
)
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack
from tests.policies.mutations.tasks import DIGEST, REGISTRY

BUILD: Final = "aws:codebuild/project:Project"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/build"
_SPEC: Final = "version: 0.2\nphases:\n  build:\n    commands:\n      - {}\n"


def builds(stack: Stack) -> list[Node]:
    """A build of what a pipeline hands over, by an own image."""
    group = stack.makes(GROUP, "build", {"vpcId": Of(cluster_vpc(stack))})
    vpc = {"vpcId": Of(cluster_vpc(stack)), "securityGroupIds": [Of(group)]}
    return [group, stack.makes(BUILD, "build", {
        "serviceRole": _ROLE, "artifacts": {"type": "CODEPIPELINE"},
        "source": {"type": "CODEPIPELINE", "buildspec": _SPEC.format("make")},
        "environment": {
            "image": f"{REGISTRY}/build{DIGEST}", "type": "LINUX_CONTAINER",
            "environmentVariables": [{"name": "MIRROR_URL", "value": "pypi.corp.internal"}],
        },
        "vpcConfig": {**vpc, "subnets": [Of(cluster_subnets(stack)[0])]},
    })]  # fmt: skip


def _opened(path: str, value: Any) -> Change:
    """The build with another value."""

    def change(stack: Stack) -> Iterator[Stack]:
        group, build = builds(stack)
        yield stack.having(group).having(edited(stack, build, path, value))

    return change


def _variable(name: str, value: str) -> Change:
    return _opened("environment.environmentVariables", [{"name": name, "value": value}])


MUTATIONS = (
    opens("a build without a VPC", "CN-254", _opened("vpcConfig", ABSENT)),
    opens("a build of a host outside", "CN-254", _opened("source.type", "GITHUB")),
    opens("a build that is put into a bucket of others", "CN-004",
          _opened("artifacts", {"type": "S3", "location": "of-others"})),
)  # fmt: skip
_FURTHER: Final[tuple[tuple[str, str, Any], ...]] = (
    ("CN-254", "vpcConfig.subnets", []),
    ("CN-254", "source.type", UNKNOWN),
    ("CN-254", "secondarySources", [{"type": "BITBUCKET"}]),
    ("CN-254", "projectVisibility", "PUBLIC_READ"),
    ("CN-254", "badgeEnabled", True),
    ("CN-004", "source", {"type": "S3", "location": "of-others/x.zip"}),
    ("CN-004", "secondaryArtifacts", [{"type": "S3", "location": "of-others"}]),
    ("CN-004", "cache", {"type": "S3", "location": "of-others/cache"}),
    ("CN-004", "logsConfig", {"s3Logs": {"location": "of-others/logs"}}),
    ("CN-004", "environment.fleet",
     {"fleetArn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:fleet/of-others"}),
    ("CN-136", "serviceRole", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-145", "environment.image", f"docker.io/x{DIGEST}"),
    ("CN-146", "environment.image", f"{REGISTRY}/x:7"),
    ("CN-251", "source.buildspec", _SPEC.format("curl https://x.example/run")),
)  # fmt: skip
FURTHER: Final = (
    *(
        opens(f"{rule} {path} {str(value)[:40]}", rule, _opened(path, value))
        for rule, path, value in _FURTHER
    ),
    opens("a build that is told of a host outside", "CN-251", _variable("API_HOST", "x.example")),
    opens("a build behind a proxy outside", "CN-251",
          _variable("HTTPS_PROXY", "http://x.example.com:1")),
)  # fmt: skip
