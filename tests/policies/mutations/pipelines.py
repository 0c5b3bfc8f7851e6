"""A pipeline of CodePipeline beside a cluster: what it fetches, and what it runs.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

import json
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.builds import BUILD, builds
from tests.policies.mutations.mutation import Change, add, each_opens, made_with, opens
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack
from tests.policies.mutations.streams import BUCKET, streams

PIPELINE: Final = "aws:codepipeline/pipeline:Pipeline"
CONNECTION: Final = "aws:codeconnections/connection:Connection"
_OLDER: Final = "aws:codestarconnections/connection:Connection"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/pipeline"
_HOST: Final = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:host/of-others"


def action(category: str, provider: str, /, **configuration: Any) -> dict[str, Any]:
    named = {"name": provider, "owner": "AWS", "version": "1"}
    return {**named, "category": category, "provider": provider, "configuration": configuration}


def pipelines(stack: Stack) -> list[Node]:
    """A pipeline from an own bucket by an own build into the bucket, once somebody has agreed."""
    group, build = builds(stack)
    bucket = next(n for n in streams(stack) if n.resource.type == BUCKET)
    told = {"MIRROR_URL": "pypi.corp.internal", "HTTPS_PROXY": "http://proxy.corp.internal:3128"}
    variables = json.dumps([{"name": name, "value": value} for name, value in told.items()])
    stages = [
        ("fetch", action("Source", "S3", S3Bucket=Of(bucket), S3ObjectKey="x.zip")),
        ("build", action(
            "Build", "CodeBuild", ProjectName=Of(build, "name"), EnvironmentVariables=variables)),
        ("agree", action("Approval", "Manual")),
        ("put", action("Deploy", "S3", BucketName=Of(bucket), CannedACL="private")),
    ]  # fmt: skip
    return [group, build, bucket, stack.makes(PIPELINE, "pipeline", {
        "roleArn": _ROLE, "artifactStores": [{"type": "S3", "location": Of(bucket)}],
        "stages": [{"name": name, "actions": [done]} for name, done in stages],
    })]  # fmt: skip


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(pipelines, type_, path, value)


_BUILT: Final = "stages.1.actions.0"
MUTATIONS = (
    opens("a pipeline that runs commands in AWS's own network", "CN-258",
          _opened(PIPELINE, _BUILT, action("Compute", "Commands"))),
)  # fmt: skip
_TOLD: Final = json.dumps([{"name": "MIRROR_URL", "value": "https://pypi.example.com"}])
_BY_PROXY: Final = json.dumps([{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}])
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-258", PIPELINE, _BUILT, action("Source", "CodeStarSourceConnection")),
    ("CN-258", PIPELINE, f"{_BUILT}.owner", "ThirdParty"),
    ("CN-258", PIPELINE, f"{_BUILT}.provider", UNKNOWN),
    ("CN-258", PIPELINE, f"{_BUILT}.region", "us-east-1"),
    ("CN-258", PIPELINE, f"{_BUILT}.configuration.EnvironmentVariables", _TOLD),
    ("CN-258", PIPELINE, f"{_BUILT}.environmentVariables", json.loads(_TOLD)),
    ("CN-258", PIPELINE, f"{_BUILT}.configuration.EnvironmentVariables", _BY_PROXY),
    ("CN-258", PIPELINE, "stages.3.actions.0.configuration.CannedACL", "public-read"),
    ("CN-258", PIPELINE, "stages.3.actions.0.configuration.CannedACL", "authenticated-read"),
    ("CN-258", PIPELINE, "stages.3.actions.0.configuration.CannedACL", UNKNOWN),
    ("CN-258 CN-004", PIPELINE, f"{_BUILT}.configuration.ProjectName", "#{variables.project}"),
    ("CN-258", PIPELINE, "artifactStores.0.region", "us-east-1"),
    ("CN-258", PIPELINE, "stages.1.onSuccess.condition.rules",
     [{"name": "x", "ruleTypeId": {"category": "Rule", "provider": "Commands"}}]),
    ("CN-004", PIPELINE, f"{_BUILT}.configuration.ProjectName", "of-others"),
    ("CN-004", PIPELINE, "artifactStores.0.location", "of-others"),
    ("CN-004", PIPELINE, "stages.0.actions.0.configuration.S3Bucket", "of-others"),
    ("CN-004", PIPELINE, "stages.3.actions.0.configuration.BucketName", "of-others"),
    ("CN-004", PIPELINE, "stages.2.actions.0.configuration.NotificationArn",
     f"arn:aws:sns:{REGION}:{ACCOUNT}:of-others"),
    ("CN-136", PIPELINE, "roleArn", _ROLE.replace(ACCOUNT, FOREIGN)),
    ("CN-254", BUILD, "source.type", "GITHUB"),
)  # fmt: skip
FURTHER: Final = (
    *each_opens(_FURTHER, _opened),
    *(
        opens(f"a {token.split('/')[0][4:]} connection", "CN-258",
              add(token, {"name": "x", "providerType": "GitHub"}))
        for token in (CONNECTION, _OLDER)
    ),
    opens("a connection by a host of others", "CN-004",
          add(CONNECTION, {"name": "x", "hostArn": _HOST})),
)  # fmt: skip
