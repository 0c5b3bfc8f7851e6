"""Tasks of ECS as AWS tells of them.

Written by hand from the ECS API reference (read 2026-11-30), apart from the tables of the reader.
"""

import json
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import at
from tests.automation.described.answers import Answers, Item
from tests.policies.mutations.stacks import Stack
from tests.policies.mutations.tasks import (
    CAPACITIES,
    CAPACITY,
    CLUSTER,
    DEFINITION,
    SERVICE,
    TASK_SET,
)

TYPES: Final = (CAPACITIES, CAPACITY, CLUSTER, DEFINITION, SERVICE, TASK_SET)


def real_id(node: Node) -> str:
    """As the provider calls it: mostly by its ARN, a definition by its family."""
    props, arn = node.resource.props, str(node.outputs()["arn"])
    match node.resource.type:
        case kind if kind == DEFINITION:
            return str(props["family"])
        case kind if kind == CAPACITIES:
            return str(props["clusterName"])
        case kind if kind == TASK_SET:
            return f"{node.resource.name},{props['service']},{props['cluster']}"
    return arn


def tell(answers: Answers, stack: Stack) -> None:
    """All of them; what others have is told of by nothing."""
    clusters = {real_id(node): node for node in stack.each(CLUSTER)}
    services = {real_id(node): node for node in stack.each(SERVICE)}
    families = {real_id(node): node for node in stack.each(DEFINITION)}
    answers.lists("ecs", "ListClusters", "clusterArns", *clusters)
    answers.lists("ecs", "ListServices", "serviceArns", *services)
    answers.lists("ecs", "ListTaskDefinitionFamilies", "families", *families)
    answers.says("ecs", "DescribeClusters", lambda asked: {
        "clusters": [_cluster(stack, clusters[arn]) for arn in asked["clusters"]],
    })  # fmt: skip
    answers.says("ecs", "DescribeServices", lambda asked: {
        "services": [_service(stack, services[arn]) for arn in asked["services"]],
    })  # fmt: skip
    answers.says("ecs", "DescribeTaskDefinition", lambda asked: {
        "taskDefinition": _definition(families[asked["taskDefinition"]]),
    })  # fmt: skip
    answers.lists("ecs", "DescribeCapacityProviders", "capacityProviders", *(
        {"capacityProviderArn": f"arn:aws:ecs:x:x:capacity-provider/{name}", "name": name,
         "status": "ACTIVE"} for name in ("FARGATE", "FARGATE_SPOT")
    ))  # fmt: skip
    for node in stack.each(CAPACITY):
        answers.lists("ecs", "DescribeCapacityProviders", "capacityProviders", _capacity(node))


def _given(props: Any, *names: str) -> Item:
    return {name: props[name] for name in names if name in props}


def _cluster(stack: Stack, node: Node) -> Item:
    given = [other.resource.props for other in stack.each(CAPACITIES)]
    strategies = [one["defaultCapacityProviderStrategies"] for one in given]
    return {
        "clusterArn": real_id(node), "clusterName": node.resource.name, "status": "ACTIVE",
        "capacityProviders": [name for one in given for name in one["capacityProviders"]],
        "defaultCapacityProviderStrategy": [one for listed in strategies for one in listed],
        **_given(node.resource.props, "configuration", "settings"),
    }  # fmt: skip


def _running(props: Any) -> Item:
    """What services and task sets have in common."""
    where = props["networkConfiguration"]
    public = at(where, "assignPublicIp") in (True, "true")
    return {
        **_given(props, "launchType", "platformVersion", "taskDefinition"),
        "clusterArn": props["cluster"],
        "capacityProviderStrategy": props.get("capacityProviderStrategies", []),
        "networkConfiguration": {"awsvpcConfiguration": {
            "subnets": where["subnets"], "securityGroups": where["securityGroups"],
            "assignPublicIp": "ENABLED" if public else "DISABLED",
        }},
    }  # fmt: skip


def _service(stack: Stack, node: Node) -> Item:
    props = node.resource.props
    balanced = [
        {"loadBalancerName": one["elbName"], "containerName": one["containerName"]}
        for one in props.get("loadBalancers", ())
    ]
    sets = [
        {"id": one.resource.name, "serviceArn": real_id(node), **_running(one.resource.props)}
        for one in stack.each(TASK_SET)
    ]
    return {
        "serviceArn": real_id(node), "serviceName": node.resource.name, "status": "ACTIVE",
        **_running(props), "loadBalancers": balanced, "taskSets": sets,
        **_given(props, "deploymentConfiguration"),
        "deployments": [{
            "status": "PRIMARY", **_given(props, "serviceConnectConfiguration"),
        }],
    }  # fmt: skip


def _definition(node: Node) -> Item:
    props = node.resource.props
    return {
        "taskDefinitionArn": node.outputs()["arn"], "status": "ACTIVE", "revision": 1,
        "containerDefinitions": json.loads(props["containerDefinitions"]),
        **_given(props, "family", "networkMode", "requiresCompatibilities", "executionRoleArn",
                 "taskRoleArn", "volumes"),
    }  # fmt: skip


def _capacity(node: Node) -> Item:
    return {
        "capacityProviderArn": real_id(node), "name": node.resource.name, "status": "ACTIVE",
        **_given(node.resource.props, "cluster", "autoScalingGroupProvider",
                 "managedInstancesProvider"),
    }  # fmt: skip
