"""Interfaces of ECS and of Batch: of tasks, where a service, a task set or a compute environment
puts them, and of the machines that ECS and Batch launch by themselves for them.

A task without an interface of its own has its machine's, which is described where that is made.
ECS gives a task a public address where it is asked to; of a machine that it launches the subnet
decides. Nobody turns its check of sources off (ECS developer guide, fargate-task-networking and
managed-instances-networking; read 2026-11-30).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from model.deployment import Node
from model.interfaces import Places, public_if
from model.network import Hole, Interface, Key, Public
from model.nouns import Noun
from rules.tasks import NETWORK, SERVICE, TASK_SET
from rules.unknowns import at, is_set

CAPACITY: Final = "aws:ecs/capacityProvider:CapacityProvider"
ENVIRONMENT: Final = "aws:batch/computeEnvironment:ComputeEnvironment"
_LAUNCHES: Final = "computeResources"
_FARGATE: Final = ("FARGATE", "FARGATE_SPOT")
_LAUNCHED: Final = "managedInstancesProvider.instanceLaunchTemplate.networkConfiguration"


def tasks(places: Places) -> Iterator[Interface]:
    """The interfaces of tasks, and of machines that are launched for them."""
    for key, node in places.reader.each(SERVICE, TASK_SET):
        if is_set(node.resource.props.get(NETWORK)):
            public = public_if(at(node.resource.props, NETWORK, "assignPublicIp"))
            yield _interface(places, key, node, NETWORK, public)
    for key, node in places.reader.each(CAPACITY):
        if is_set(at(node.resource.props, *_LAUNCHED.split("."))):
            yield _interface(places, key, node, _LAUNCHED, None)
    for key, node in places.reader.each(ENVIRONMENT):
        if is_set(node.resource.props.get(_LAUNCHES)):
            yield _environment(places, key, node)


def _environment(places: Places, key: Key, node: Node) -> Interface:
    """What a compute environment launches. Whether a job of Fargate has a public address, its own
    definition says (CN-050); machines have what their subnet gives, and their template's groups."""
    kind, template = (at(node.resource.props, _LAUNCHES, k) for k in ("type", "launchTemplate"))
    found = _interface(
        places, key, node, _LAUNCHES, Public.NO if kind in _FARGATE else None, "securityGroupIds"
    )
    named = is_set(at(node.resource.props, _LAUNCHES, "securityGroupIds"))
    if named or not is_set(template):
        return found
    hole = Hole(f"the groups of the launch template of {node.resource.name!r}")
    return replace(found, security_groups=(hole,))


def _interface(
    places: Places,
    key: Key,
    node: Node,
    path: str,
    asked: Public | None,
    groups: str = "securityGroups",
) -> Interface:
    found = places.reader.references.several(node, f"{path}.subnets", Noun.SUBNET)
    subnets = found or (Hole(f"the subnet of {node.resource.name!r}"),)
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets,
        addresses=places.addresses(subnets),
        security_groups=places.groups(node, f"{path}.{groups}", subnets),
        public=places.public(asked, subnets),
    )
