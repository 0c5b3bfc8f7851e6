"""Whether the addresses of each subnet are enough for all that takes one there.

What takes one for certain is counted per subnet; machines may lie in any subnet of their pool, so
they are counted over all of them. Too few for the fewest machines is a fault, since then `up`
cannot end; too few for the most is a warning, since pods would have none before the pool is full.

Sources: EKS user guide, network-reqs.html (read 2026-11-22); EKS best practices guide, "Amazon VPC
CNI" (read 2026-11-22): with WARM_ENI_TARGET=1, which the add-on comes with, a node holds whole
interfaces, and one more than its pods fill. Prefixes are not switched on (CONFIGURATIONS in
plan/control_plane.py), nor custom networking.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plan.connections import Connection
from plan.control_plane import ControlPlane
from plan.endpoints import Endpoint
from plan.errors import Faults
from plan.inbound_endpoint import InboundEndpoint
from plan.instance_types import InstanceType, instance_type
from plan.node_pools import NodePool
from plan.self_hosted.cluster import SelfHosted
from plan.subnets import Subnet, SubnetLayout
from spec.cluster import ClusterSpec
from spec.connections import TransitGatewayConnection
from spec.lock import Lock
from spec.network import CreateNatGateway, NatEgress

RESERVED_ADDRESSES = 5  # of every subnet: the first four and the last
NARROWEST_PREFIX = 28  # of a subnet
EKS_ADDRESSES = 6  # EKS user guide, network-reqs.html (read 2026-11-22)
HOST_NETWORK_PODS = 2  # kube-proxy and aws-node, which have the node's own address


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines of one kind. least, most: addresses that each takes, nearly empty and full.

    fewest_key, most_key: YAML paths of the keys that say how many there are.
    """

    path: str
    fewest_key: str
    most_key: str
    what: str
    subnets: tuple[str, ...]
    min_size: int
    max_size: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What some machines want of the subnets that they may lie in."""

    by: str
    count: int
    each: int
    subnets: frozenset[str]


def check_capacity(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, connections: Mapping[str, Connection],
    endpoints: Mapping[str, Endpoint], inbound: InboundEndpoint | None,
    node_pools: Mapping[str, NodePool], control_plane: ControlPlane | SelfHosted, faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    """Note each subnet whose addresses do not suffice, and each pool that cannot be had."""
    machines = _machines(spec, lock, node_pools, control_plane)
    free = {}
    for name, subnet in layout.subnets.items():
        takers = _takers(name, spec, layout, connections, endpoints, inbound, control_plane)
        had, why = _usable(subnet, lock)
        needed = sum(takers.values())
        if needed > had and subnet.cidr.prefixlen <= NARROWEST_PREFIX:  # else that was told
            counted = ", ".join(f"{count} for {who}" for who, count in takers.items() if count)
            faults.add(_path(name, spec), f"has {had} addresses{why}, of which {needed} are needed "
                       f"({counted}); {_instead(subnet, why)}",
                       subnet.subnet_id or subnet.cidr)  # fmt: skip
        free[name] = max(0, had - needed)
    for kind, message in _short(machines, free, fewest=True):
        faults.add(kind.fewest_key, f"{message}. Choose larger subnets, more of them, or smaller "
                   "machines", kind.min_size)  # fmt: skip
    warnings += [
        f"{kind.most_key}: {message}; before all are there, pods or machines find no address"
        for kind, message in _short(machines, free, fewest=False)
    ]


def addresses_of_node(limits: InstanceType, max_pods: int) -> tuple[int, int]:
    """What a node takes under the VPC CNI as it comes: with one interface, and full of pods.

    An interface is had with all of its addresses; of a node of few pods, only those are counted
    for certain, since the CNI makes do with fewer where a subnet has no more.
    """
    per_interface = limits.ipv4_addresses_per_interface
    pods = max(0, max_pods - HOST_NETWORK_PODS)
    for_pods = max(1, per_interface - 1)  # its first address is the interface's own
    filled = -(-pods // for_pods)
    interfaces = min(limits.network_interfaces, filled + 1)
    return min(per_interface, 1 + pods), interfaces * per_interface


def _usable(subnet: Subnet, lock: Lock) -> tuple[int, str]:
    """Addresses that may be had, and who says so where that is the lock file."""
    of_cidr = subnet.cidr.num_addresses - RESERVED_ADDRESSES
    found = lock.supplied.subnets.get(subnet.subnet_id or "")
    if found is None or found.available_addresses is None:
        return of_cidr, ""
    if found.available_addresses >= of_cidr:
        return of_cidr, ""
    return found.available_addresses, " left by others"


def _path(name: str, spec: ClusterSpec) -> str:
    if name not in spec.network.subnets:
        return "network.vpc.cidr"
    kind = spec.network.subnets[name].kind
    return f"network.subnets.{name}.{'subnetId' if kind == 'existing' else 'cidr'}"


def _instead(subnet: Subnet, why: str) -> str:
    if not why:
        return "choose a larger subnet" if subnet.subnet_id else "choose a larger CIDR"
    return (
        "choose another subnet. If some were freed since the lock file was written, remove "
        f"supplied.subnets.{subnet.subnet_id} from it and run heiiki lock"
    )


def _takers(
    name: str, spec: ClusterSpec, layout: SubnetLayout, connections: Mapping[str, Connection],
    endpoints: Mapping[str, Endpoint], inbound: InboundEndpoint | None,
    control_plane: ControlPlane | SelfHosted,
) -> dict[str, int]:  # fmt: skip
    """What takes addresses in this very subnet, and how many."""
    egress = spec.network.egress
    nats = egress.nat_gateways.values() if isinstance(egress, NatEgress) else ()
    takers = {
        "interface endpoints": sum(
            name in endpoint.subnets
            for endpoint in endpoints.values()
            if endpoint.endpoint_id is None  # a supplied one has its addresses already
        ),
        "transit gateways": sum(
            name in c.attachment_subnets
            for c in connections.values()
            if isinstance(c.spec, TransitGatewayConnection)
        ),
        "the resolver's inbound endpoint": int(inbound is not None and name in inbound.addresses),
        "NAT gateways": sum(isinstance(nat, CreateNatGateway) and nat.subnet == name
                            for nat in nats),
        "the operator's machine": int(name == layout.operator),
    }  # fmt: skip
    if isinstance(control_plane, ControlPlane):
        eks = EKS_ADDRESSES * (name in layout.control_plane)
        return {"the control plane's interfaces": eks, **takers}
    machine = 0 if control_plane.on_controllers else 1  # beside the interface that outlives it
    balancers = [e.balancer for e in control_plane.endpoints.endpoints.values() if e.balancer]
    return {
        "members of etcd": sum(1 + machine for member in control_plane.members.values()
                               if member.subnet == name),
        "load balancers of the API": sum(name in balancer.subnets for balancer in balancers),
        **takers,
    }  # fmt: skip


def _machines(
    spec: ClusterSpec, lock: Lock, node_pools: Mapping[str, NodePool],
    control_plane: ControlPlane | SelfHosted,
) -> list[Machines]:  # fmt: skip
    """All whose subnet is not settled. Pods of machines of ours have addresses of an overlay."""
    found = []
    of_eks = isinstance(control_plane, ControlPlane)
    for name, pool in node_pools.items():
        path, least, most = f"nodePools.{name}", 1, 1
        if of_eks and spec.add_ons.vpc_cni:
            limits = instance_type(pool.spec.instance_type, lock.instance_types, path=path)
            least, most = addresses_of_node(limits, pool.max_pods)
        found.append(Machines(path, f"{path}.minSize", f"{path}.maxSize", pool.spec.instance_type,
                              pool.subnets, pool.spec.min_size, pool.spec.max_size,
                              least, most))  # fmt: skip
    if isinstance(control_plane, SelfHosted):
        found.append(_controllers(control_plane))
    return found


def _controllers(control_plane: SelfHosted) -> Machines:
    """Those that members live on are as many as members, one in the subnet of each."""
    own, path = control_plane.controllers, "controlPlane.controllers"
    fewest_key, most_key, subnets = f"{path}.minSize", f"{path}.maxSize", own.subnets
    if control_plane.on_controllers:
        fewest_key = most_key = "controlPlane.etcd.members"
        subnets = tuple(member.subnet for member in control_plane.members.values())
    return Machines(path, fewest_key, most_key, own.instance_type, subnets, own.min_size,
                    own.max_size, 1, 1)  # fmt: skip


def _short(
    machines: list[Machines], free: Mapping[str, int], *, fewest: bool
) -> Iterator[tuple[Machines, str]]:
    """Kinds of which not all can be had in the subnets that they share, each with a sentence.

    For each kind its own subnets are looked at, and all machines that may lie nowhere else: what
    those take is wanted there for certain. Of two kinds that share a part only, nothing is said.
    """
    wanted = {
        kind.path: _Wanted(
            kind.path,
            kind.min_size if fewest else kind.max_size,
            kind.least if fewest else kind.most,
            frozenset(name for name in kind.subnets if name in free),
        )
        for kind in machines
    }
    for kind in machines:
        own = wanted[kind.path]
        if not own.count or not own.subnets:
            continue
        inside = [w for w in wanted.values() if w.count and w.subnets and w.subnets <= own.subnets]
        smallest = min(w.each for w in inside)
        # A machine lies in one subnet, so what is less than one takes is for none.
        fitting = sum(free[name] // smallest for name in own.subnets)
        room = sum(free[name] for name in own.subnets if free[name] >= smallest)
        needed = sum(w.count * w.each for w in inside)
        if needed > room or sum(w.count for w in inside) > fitting:
            yield kind, _sentence(kind, own, inside, free)


def _sentence(kind: Machines, own: _Wanted, inside: list[_Wanted], free: Mapping[str, int]) -> str:
    others = [w.by for w in inside if w.by != own.by]
    needed = sum(w.count * w.each for w in inside)
    each = "1 address" if own.each == 1 else f"{own.each} addresses"
    shared = f"with {', '.join(others)} {needed} in all" if others else f"{needed} in all"
    left = ", ".join(f"{free[name]} in subnet {name}" for name in sorted(own.subnets))
    return f"{own.count} of {kind.what} at {each} each, {shared}, and for machines are left {left}"
