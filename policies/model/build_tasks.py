"""Interfaces of ECS: of tasks, where a service or a task set puts them, and of the machines that
ECS launches by itself for them.

A task without an interface of its own has its machine's, which is described where that is made.
ECS gives a task a public address where it is asked to; of a machine that it launches the subnet
decides. Nobody turns its check of sources off (ECS developer guide, fargate-task-networking and
managed-instances-networking; read 2026-11-30).
"""

from collections.abc import Iterator
from typing import Final

from model.deployment import Node
from model.interfaces import Places, public_if
from model.network import Hole, Interface, Key, Public
from model.nouns import Noun
from rules.tasks import NETWORK, SERVICE, TASK_SET
from rules.unknowns import at, is_set

CAPACITY: Final = "aws:ecs/capacityProvider:CapacityProvider"
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


def _interface(places: Places, key: Key, node: Node, path: str, asked: Public | None) -> Interface:
    found = places.reader.references.several(node, f"{path}.subnets", Noun.SUBNET)
    subnets = found or (Hole(f"the subnet of {node.resource.name!r}"),)
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets,
        addresses=places.addresses(subnets),
        security_groups=places.groups(node, f"{path}.securityGroups", subnets),
        public=places.public(asked, subnets),
    )
