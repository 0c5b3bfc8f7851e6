"""Ways out of a network as findings: one for each thing that packets leave by, whoever sends them.

A way is about the last thing on it that this deployment declares: there it can be closed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

from model.deployment import Deployment
from model.network import Hole, Interface, Network, Public, Reference, TargetKind
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
_ANY_MACHINE = "#any-machine"


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
    for (_, certain, answered), group in grouped.items():
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


def _finding(
    rule: Rule, group: list[Leak], about: Resource, network: Network, answered: str
) -> Finding:
    shown = min(group, key=lambda leak: len(leak.path))
    names = list(dict.fromkeys(network.interfaces[leak.interface].name for leak in group))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    senders = ", ".join(names[:_NAMED]) + more
    end = f"{shown.kind.value} {shown.name}"
    others = {leak.path[1:] for leak in group} - {shown.path[1:]}
    witness = told(shown.traffic, shown.path)
    if others:
        witness += f" ({len(others)} other {'way' if len(others) == 1 else 'ways'} by it)"
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
