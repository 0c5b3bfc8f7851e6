"""Jobs of Batch as AWS tells of them.

Written by hand from the Batch API reference (read 2026-11-30), apart from the tables of the reader.
"""

import json
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import at
from tests.automation.described.answers import Answers, Item
from tests.policies.mutations.jobs import DEFINITION, ENVIRONMENT, QUEUE
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

TYPES: Final = (DEFINITION, ENVIRONMENT, QUEUE)
# What Batch says of a container where nobody has said it.
_CONTAINER: Final[Item] = {"volumes": [], "mountPoints": [], "ulimits": [], "environment": []}


def real_id(node: Node) -> str:
    """As the provider calls it: an environment by its name, a definition with its revision."""
    if node.resource.type == ENVIRONMENT:
        return node.resource.name
    if node.resource.type == DEFINITION:
        return f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/{node.resource.name}:1"
    return str(node.outputs()["arn"])


def tell(answers: Answers, stack: Stack) -> None:
    """All of them, and a definition that others have."""
    others = {"type": "container", "containerProperties": {"image": "docker.io/x"}}
    answers.lists("batch", "DescribeJobDefinitions", "jobDefinitions", told("of-others", **others))
    for node in stack.each(ENVIRONMENT):
        answers.lists("batch", "DescribeComputeEnvironments", "computeEnvironments", {
            "computeEnvironmentName": node.resource.name, "status": "VALID", "state": "ENABLED",
            "computeEnvironmentArn": node.outputs()["arn"], **_environment(node.resource.props),
        })  # fmt: skip
    for node in stack.each(QUEUE):
        answers.lists("batch", "DescribeJobQueues", "jobQueues", {
            "jobQueueName": node.resource.name, "jobQueueArn": real_id(node), "status": "VALID",
            "state": "ENABLED", "priority": node.resource.props["priority"],
            "computeEnvironmentOrder": [
                {"order": 1, **one} for one in node.resource.props["computeEnvironmentOrders"]
            ],
        })  # fmt: skip
    for node in stack.each(DEFINITION):
        answers.lists("batch", "DescribeJobDefinitions", "jobDefinitions",
                      told(node.resource.name, **_definition(node.resource.props)))  # fmt: skip


def told(name: str, revision: int = 1, **given: Any) -> Item:
    """A revision of a definition."""
    arn = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-definition/{name}:{revision}"
    return {"jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision,
            "status": "ACTIVE", "containerOrchestrationType": "ECS", **given}  # fmt: skip


def _environment(props: Any) -> Item:
    said: Item = {"type": props["type"], "serviceRole": props["serviceRole"]}
    if "eksConfiguration" in props:
        said["eksConfiguration"] = {"kubernetesNamespace": "x", **props["eksConfiguration"]}
    given = props.get("computeResources")
    if given:
        kept = {name: value for name, value in given.items() if name != "maxVcpus"}
        said["computeResources"] = {"instanceTypes": [], "maxvCpus": given["maxVcpus"], **kept}
    return said


def _definition(props: Any) -> Item:
    """What a definition holds as text, read; and as Batch completes it."""
    said: Item = {"type": props["type"]}
    for name in ("containerProperties", "ecsProperties", "nodeProperties"):
        if name in props:
            said[name] = json.loads(props[name])
    if "containerProperties" in said:
        said["containerProperties"] = {**_CONTAINER, **said["containerProperties"]}
    for part in at(said, "nodeProperties", "nodeRangeProperties") or ():
        part.setdefault("targetNodes", "0:1")
    if "nodeProperties" in said:
        said["nodeProperties"] = {"mainNode": 0, "numNodes": 2, **said["nodeProperties"]}
    if "eksProperties" in props:
        said["eksProperties"] = props["eksProperties"]
    return said
