"""Which of a cluster's resources belong to which part, where it is split over several stacks.

A resource belongs to the first part that needs it, so that no part waits for a later one. Whatever
a pool brings of its own belongs to the pools, so that a pool comes and goes with that part alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from spec.part import PartName

T = TypeVar("T")

# Components by their logical name right below the cluster, with all that they hold; of those that
# hold things of several parts, each thing by its own name. The first row that fits decides; a name
# that ends in * fits everything that begins so.
_BELONGS: tuple[tuple[str, PartName, str], ...] = (
    ("cluster", "network", "the KMS key: the network's own logs are encrypted with it"),
    ("carry-in", "network", "it is filled before the first node starts"),
    ("network", "network", "VPC, subnets, ways out, firewall, endpoints, DNS Firewall, logs"),
    ("roles/flow-logs", "network", "the network's flow logs are written as it"),
    ("roles/cluster", "cluster", "the control plane carries it"),
    ("roles/administrator", "cluster", "the cluster's administrators take it on"),
    ("roles/vpc-cni", "cluster", "its add-on comes before nodes"),
    ("roles/*", "pools", "nodes carry it, or pods that run on nodes"),
    ("control-plane", "cluster", "the API, and its logs"),
    ("access/node-*", "pools", "a pool's nodes are let in with the pool"),
    ("access/*", "cluster", "people"),
    ("people", "cluster", "the operator's machine carries the administrator's role"),
    ("add-ons-before-nodes", "cluster", "a node needs them to become Ready"),
    ("node-pools", "pools", "launch templates and groups"),
    ("add-ons-on-nodes", "pools", "their pods need nodes"),
    ("aws-auth", "pools", "it names everybody, the nodes' roles too"),
)


def part_of(component: str, child: str = "") -> PartName:
    """The part of a component right below the cluster; child: of one thing in it, by its name.

    Raises KeyError for what no row names: every new component needs one.
    """
    whole = f"{component}/{child}" if child else component
    for wanted in dict.fromkeys((whole, component)):
        for name, part, _ in _BELONGS:
            if name == wanted or (name.endswith("*") and wanted.startswith(name[:-1])):
                return part
    raise KeyError(whole)


@dataclass(frozen=True, slots=True)
class Share:
    """What of a cluster one stack makes. part: None is the whole."""

    part: PartName | None = None

    def makes(self, component: str) -> bool:
        """Whether the component, one right below the cluster, is made in this stack."""
        return self.part in (None, part_of(component))

    def of(self, component: str, things: Mapping[str, T]) -> dict[str, T]:
        """Those of a component's things, by name, that are made in this stack."""
        return {
            name: thing
            for name, thing in things.items()
            if self.part in (None, part_of(component, name))
        }
