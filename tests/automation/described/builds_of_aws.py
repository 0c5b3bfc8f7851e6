"""Builds of CodeBuild as AWS tells of them.

Written by hand from the CodeBuild API reference (read 2026-11-30), apart from the tables of the
reader.
"""

from typing import Any, Final

from model.deployment import Node
from tests.automation.described.answers import Answers, Item
from tests.policies.mutations.builds import BUILD
from tests.policies.mutations.stacks import Stack

TYPES: Final = (BUILD,)


def real_id(node: Node) -> str:
    """As the provider calls it: by its ARN."""
    return str(node.outputs()["arn"])


def tell(answers: Answers, stack: Stack) -> None:
    """All of them: their names, and each by its name."""
    found = {node.resource.name: node for node in stack.each(BUILD)}
    answers.lists("codebuild", "ListProjects", "projects", *found)
    answers.says("codebuild", "BatchGetProjects", lambda asked: {
        "projects": [_build(found[name]) for name in asked["names"]],
    })  # fmt: skip


def _build(node: Node) -> Item:
    """A project; what nobody has asked for AWS says to be so, too."""
    props = node.resource.props
    logs = props.get("logsConfig", {})
    bucket = {"status": "ENABLED", **logs["s3Logs"]} if "s3Logs" in logs else {"status": "DISABLED"}
    told: Item = {
        "arn": real_id(node), "name": node.resource.name, "serviceRole": props["serviceRole"],
        "source": _sourced(props["source"]), "artifacts": props["artifacts"],
        "secondarySources": [_sourced(one) for one in props.get("secondarySources", ())],
        "secondaryArtifacts": props.get("secondaryArtifacts", []),
        "cache": props.get("cache", {"type": "NO_CACHE"}),
        "environment": {
            "computeType": "BUILD_GENERAL1_SMALL", "privilegedMode": False,
            "imagePullCredentialsType": "SERVICE_ROLE", **props["environment"],
        },
        "badge": {"badgeEnabled": props.get("badgeEnabled", False)},
        "projectVisibility": props.get("projectVisibility", "PRIVATE"),
        "logsConfig": {"cloudWatchLogs": {"status": "ENABLED"}, "s3Logs": bucket},
        "timeoutInMinutes": 60,
    }  # fmt: skip
    if "vpcConfig" in props:
        told["vpcConfig"] = props["vpcConfig"]
    return told


def _sourced(source: Any) -> Item:
    return {"insecureSsl": False, "gitCloneDepth": 1, **source}
