"""Ways out of a network as findings: one for each thing that packets leave by, whoever sends them.

A way is about the last thing on it that this deployment declares: there it can be closed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from model.build_machines import FARGATE, NODE_GROUP, POOL
from model.deployment import Deployment
from model.network import Hole, Interface, Key, Network, Public, Reference, TargetKind
from model.nouns import CLUSTER
from model.sets import NOTHING, Ranges, addresses
from proof.answers import Answers
from proof.balancing import every_way_out
from proof.doubts import Doubt
from proof.findings import Finding, answered_by, owned_by
from proof.reach import POLICED, Leak, leaks
from proof.witness import told
from rules.boundary import Boundary
from rules.exceptions import exception_for
from rules.model import Resource, Rule
from rules.table import UNDECIDED_WAY, WAY_OUT

_NAMED = 4  # senders that are listed
_OTHERS_NAMED = 3  # senders by other ways that are listed
_ANY_MACHINE = "#any-machine"
_BALANCERS = 3  # how far what load balancers send is from where pods run
_NODES = frozenset({POOL, NODE_GROUP, FARGATE})


def ways_found(deployment: Deployment, network: Network, boundary: Boundary) -> Iterator[Finding]:
    """Where packets may go that nobody has named."""
    network = with_any_machine(network, deployment)
    answers = Answers(deployment, network, boundary)
    grouped: dict[tuple[Any, ...], list[Leak]] = {}
    for found in every_way_out(network, POLICED):
        for leak in leaks(found, NOTHING, _connections(found, boundary, network)):
            rule = WAY_OUT if leak.certain else UNDECIDED_WAY
            about = _declared(leak, deployment)
            exception = exception_for(rule, about, boundary) or answers.exception(leak)
            supply = answers.supply(leak)
            answered = answered_by(exception) or (owned_by(supply) if supply else "")
            grouped.setdefault((leak.key, leak.certain, answered), []).append(leak)
    nearness = near_pods(network, deployment)
    for (_, certain, answered), group in grouped.items():
        group.sort(
            key=lambda leak: (
                _BALANCERS if _passed_on(leak) else nearness[leak.interface],
                len(leak.path),
                # The engine tells of resources in any order, and one fault is one sentence:
                _called(leak.interface, network),
                [str(hop) for hop in leak.path],
                [str(doubt) for doubt in leak.doubts],
            )
        )
        rule = WAY_OUT if certain else UNDECIDED_WAY
        yield _finding(rule, group, _declared(group[0], deployment), network, answered)


def vpcs_with_machines(network: Network) -> set[Reference]:
    """Of described machines, the VPCs that they stand in."""
    return {
        network.subnets[subnet].vpc
        for interface in network.interfaces.values()
        for subnet in interface.subnets
        if isinstance(subnet, str) and interface.workload and subnet in network.subnets
    }


def with_any_machine(network: Network, deployment: Deployment) -> Network:
    """The network with a machine in each subnet of the deployment where none is described.

    Another stack may put some there, or a controller. It has no public address, since each way to
    one is refused by itself, and groups of which nobody knows anything. Who puts what into a
    subnet that is supplied is its owner's to know.
    """
    taken = {s for i in network.interfaces.values() if i.workload for s in i.subnets}
    idle = {
        key + _ANY_MACHINE: Interface(
            key + _ANY_MACHINE, "any machine", (key,), subnet.addresses, (), Public.NO
        )
        for key, subnet in network.subnets.items()
        if key not in taken and key in deployment.made
    }
    return replace(network, interfaces={**network.interfaces, **idle})


def near_pods(network: Network, deployment: Deployment) -> dict[Key, int]:
    """How near each sender is to where pods run, nearest first: a way of theirs says most.

    Nodes and machines beside them, other machines, control planes; after what load balancers send,
    what may stand in a subnet one day, in a VPC that has machines or in another.
    """
    every = network.interfaces.items()
    described = {k: deployment.nodes.get(k.partition("#")[0]) for k, _ in every}
    types = {k: node.resource.type for k, node in described.items() if node is not None}
    beside = {s for k, i in every if types.get(k) in _NODES for s in i.subnets}
    with_machines = vpcs_with_machines(
        replace(network, interfaces={k: i for k, i in every if not k.endswith(_ANY_MACHINE)})
    )

    def rank(key: Key, interface: Interface) -> int:
        if key.endswith(_ANY_MACHINE):
            used = network.subnets[key.removesuffix(_ANY_MACHINE)].vpc in with_machines
            return _BALANCERS + (1 if used else 2)
        if types.get(key) == CLUSTER:
            return 2
        return 0 if beside & set(interface.subnets) else 1

    return {key: rank(key, interface) for key, interface in every}


def _passed_on(leak: Leak) -> bool:
    """Whether it is a load balancer that sends, for whoever asks it."""
    return any(hop.kind == "target group" for hop in leak.path)


def _others(shown: Leak, group: list[Leak], network: Network) -> str:
    """How many ways there are besides the one that is shown, and whose, where those are few."""
    others = [leak for leak in group if leak.path[1:] != shown.path[1:]]
    if not others:
        return ""
    count = len({leak.path[1:] for leak in others})
    senders = dict.fromkeys(leak.interface for leak in others if leak.interface != shown.interface)
    whose = dict.fromkeys(_called(key, network) for key in senders)
    listed = f", of {', '.join(whose)}" if 0 < len(whose) <= _OTHERS_NAMED else ""
    return f" ({count} other {'way' if count == 1 else 'ways'} by it{listed})"


def _called(sender: Key, network: Network) -> str:
    """A sender's name; of any machine also where it would stand."""
    name = network.interfaces[sender].name
    if not sender.endswith(_ANY_MACHINE):
        return name
    return f"{name} in {network.subnets[sender.removesuffix(_ANY_MACHINE)].name}"


def _finding(
    rule: Rule, group: list[Leak], about: Resource, network: Network, answered: str
) -> Finding:
    """group: whose way says most comes first, and is the one that is shown."""
    shown = group[0]
    witness = told(shown.traffic, shown.path) + _others(shown, group, network)
    names = list(dict.fromkeys(network.interfaces[leak.interface].name for leak in group))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    senders = ", ".join(names[:_NAMED]) + more
    end = f"{shown.kind.value} {shown.name}"
    if shown.certain:
        what = f"lets packets of {senders} out by {end}"
    else:
        where = "" if shown.kind is TargetKind.UNKNOWN else f" by {end}"
        what = f"may let packets of {senders} out{where}: {'; '.join(shown.doubts)}"
    missing = frozenset(
        called
        for leak in group
        for doubt in leak.doubts
        if isinstance(doubt, Doubt)
        for called in doubt.missing
    )
    return Finding(
        "reach", rule.id, about.name, about.type, what, witness, rule.remedy,
        decided=shown.certain, answered=answered, urn=about.urn, missing=missing,
    )  # fmt: skip


def _declared(leak: Leak, deployment: Deployment) -> Resource:
    """The last thing on the way that is declared here; the sender at the least."""
    for key in (leak.key, *(hop.key for hop in reversed(leak.path)), leak.interface):
        node = deployment.made.get(key.partition("#")[0])
        if node is not None:
            return node.resource
    return Resource("", leak.interface, leak.interface, {})


def _connections(
    found: tuple[Leak, ...], boundary: Boundary, network: Network
) -> Mapping[str, Ranges]:
    """The ranges that may be reached through each thing on a way that the boundary names.

    What another deployment made has no name here but its id: the routes to it are named.
    """
    called: dict[str, set[str]] = {}
    for leak in found:
        for name in (leak.name, *(hop.name for hop in leak.path)):
            called.setdefault(name, set()).add(name)
        for hop in leak.path:
            table = network.route_tables.get(hop.key)
            for route in table.routes if table is not None else ():
                if isinstance(route.target.of, Hole) and route.target.of.what == leak.key:
                    called[leak.name].add(route.name)
    return {
        thing: reduce(Ranges.__or__, (addresses(c.cidrs) for c in connections), NOTHING)
        for thing, names in called.items()
        if (connections := [c for name in names for c in boundary.connections_named(name)])
    }
