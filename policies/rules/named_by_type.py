"""What an input of one type names, where others have an input of the same name that opens nothing:
a cluster of tasks, a definition of what runs in them.

Each is another thing, so somebody has to answer for it (CN-004).
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from rules import tasks
from rules.model import Resource
from rules.unknowns import UNKNOWN, at, each, is_set

_STRATEGY: Final = ("capacityProviderStrategies.capacityProvider",)
_RUN: Final = ("cluster", "taskDefinition", *_STRATEGY)
# By type: paths of inputs that name another thing; lists are gone through.
_PATHS: Final[dict[str, tuple[str, ...]]] = {
    tasks.SERVICE: (*_RUN, "loadBalancers.elbName"),
    tasks.TASK_SET: (*_RUN, "service", "loadBalancers.loadBalancerName"),
    "aws:ecs/capacityProvider:CapacityProvider": (
        "autoScalingGroupProvider.autoScalingGroupArn",
        "cluster",
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": (
        "clusterName",
        "capacityProviders",
        "defaultCapacityProviderStrategies.capacityProvider",
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        "ecsTarget.taskDefinitionArn",
        "batchTarget.jobDefinition",
    ),
    "aws:batch/computeEnvironment:ComputeEnvironment": ("eksConfiguration.eksClusterArn",),
    "aws:batch/jobQueue:JobQueue": ("computeEnvironmentOrders.computeEnvironment",),
}
# AWS's own, by the names that it gives them.
_OF_AWS: Final = ("FARGATE", "FARGATE_SPOT")


def named_by_type(resource: Resource) -> Iterator[tuple[str, str, Any]]:
    """The input, the path and the name, or UNKNOWN, of what a resource of this type names."""
    for path in _PATHS.get(resource.type, ()):
        key, *rest = path.split(".")
        for where, value in _below(resource.props.get(key), key, rest):
            if is_set(value) and value not in _OF_AWS:
                yield key, where, value
    for where, value in tasks.buckets(resource):
        name = value.partition(":::")[2].partition("/")[0]
        yield re.split(r"[.\[]", where)[0], where, name or value


def _below(value: Any, path: str, steps: list[str]) -> Iterator[tuple[str, Any]]:
    for index, item in each(value):
        if item is UNKNOWN or not steps:
            yield f"{path}{index}", item
        else:
            yield from _below(at(item, steps[0]), f"{path}{index}.{steps[0]}", steps[1:])
