"""Subnets and their route tables: listed in the stack file, or laid out by zones."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Literal

from plan import addresses
from plan.names import zone_suffix
from plan.self_hosted.needs import machine_types, own_control_plane
from plan.tags import Tags
from spec.cluster import ClusterSpec
from spec.network import ExistingRouteTable, ExistingSubnet

Exposure = Literal["isolated", "private", "public"]
OPERATOR = "operator"  # the subnet of this name is the operator's, unless access says otherwise
# AWS asks for a /27 at least, and for eight free addresses in it.
# User guide of Application Load Balancers, "Subnets for your load balancer" (read 2026-11-28)
LOAD_BALANCER_PREFIX = 27


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table; `route_table_id` is set for a supplied one, in which nothing is changed."""

    name: str
    route_table_id: str | None
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; `subnet_id` is set for a supplied one, which is not changed.

    public_addresses: machines get one at launch. So it is where nodes lie that speak to the
    internet themselves, since a gateway leads nobody out who has none.
    """

    name: str
    availability_zone: str
    cidr: IPv4Network
    exposure: Exposure
    route_table: str
    nat_gateway: str | None
    subnet_id: str | None
    tags: dict[str, str]
    public_addresses: bool = False


@dataclass(frozen=True, slots=True)
class SubnetLayout:
    """All subnets by name, and who uses which."""

    subnets: dict[str, Subnet]
    route_tables: dict[str, RouteTable]
    nodes: tuple[str, ...]
    control_plane: tuple[str, ...]
    operator: str | None

    def tables_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The route tables of these subnets, each once, in order."""
        return tuple(dict.fromkeys(self.subnets[name].route_table for name in names))


def machine_subnets(spec: ClusterSpec, layout: SubnetLayout) -> tuple[str, ...]:
    """Subnets that machines may lie in: nodes by default, each pool's own, those of controllers and
    of members of etcd, the operator's.

    Names that stand for no subnet are left out; network_checks reports them.
    """
    pools = [name for pool in spec.node_pools.values() for name in pool.subnets]
    own = [name for _, subnets in machine_types(spec).values() for name in subnets]
    operator = (layout.operator,) if layout.operator else ()
    names = dict.fromkeys((*layout.nodes, *pools, *own, *operator))
    return tuple(name for name in names if name in layout.subnets)


def subnets_of_nodes(spec: ClusterSpec, layout: SubnetLayout) -> set[str]:
    """Names of subnets that nodes may lie in: by default, or since a pool names them."""
    return {*layout.nodes, *(name for pool in spec.node_pools.values() for name in pool.subnets)}


def subnets_of_load_balancers(spec: ClusterSpec, layout: SubnetLayout) -> set[str]:
    """Names of subnets that load balancers of Services may lie in."""
    of_nodes = subnets_of_nodes(spec, layout)
    return {n for n, s in layout.subnets.items() if _invites_load_balancers(s, layout, of_nodes)}


def plan_subnets(
    spec: ClusterSpec, tags: Tags, control_plane_zones: tuple[str, ...] = ()
) -> SubnetLayout:
    """Lay out subnets and say who uses which. PlanError where zones do not fit the VPC.

    control_plane_zones: from the lock file; where the stack file names no subnets for the control
    plane, it lies in these zones only. Empty: in all.
    """
    chosen = control_plane_zones or spec.availability_zones
    layout = _listed(spec, chosen) if spec.network.subnets else _derived(spec, chosen)
    return replace(
        layout,
        subnets=_tagged_subnets(spec, layout, tags),
        route_tables=_tagged_tables(spec, layout, tags),
    )


def _derived(spec: ClusterSpec, control_plane_zones: tuple[str, ...]) -> SubnetLayout:
    vpc, zones = spec.network.vpc.cidr, spec.availability_zones
    of_eks = own_control_plane(spec) is None  # a control plane of ours lies where nodes do
    addresses.check_layout(vpc, len(zones))
    nodes = {
        f"nodes-{zone_suffix(z)}": (z, addresses.node_cidr(vpc, i)) for i, z in enumerate(zones)
    }
    control_plane = {
        f"control-plane-{zone_suffix(z)}": (z, addresses.control_plane_cidr(vpc, i))
        for i, z in enumerate(zones)
        if z in control_plane_zones and of_eks
    }
    asked = spec.access.operator.subnet or OPERATOR if spec.access.operator else None
    operator = {OPERATOR: (zones[0], addresses.operator_cidr(vpc))} if asked == OPERATOR else {}
    wanted = {**nodes, **control_plane, **operator}
    subnets = {
        name: _created(name, zone, cidr, "isolated", name, None)
        for name, (zone, cidr) in wanted.items()
    }
    tables = {s.route_table: RouteTable(s.route_table, None, {}) for s in subnets.values()}
    lying = tuple(n for n, (zone, _) in (control_plane or nodes).items()
                  if zone in control_plane_zones)  # fmt: skip
    return SubnetLayout(subnets, tables, tuple(nodes), spec.control_plane.subnets or lying, asked)


def _listed(spec: ClusterSpec, control_plane_zones: tuple[str, ...]) -> SubnetLayout:
    subnets: dict[str, Subnet] = {}
    tables: dict[str, RouteTable] = {}
    for name, asked in spec.network.subnets.items():
        if isinstance(asked, ExistingSubnet):
            subnets[name] = _supplied(name, asked)
            table = asked.route_table_id
            tables[table] = RouteTable(table, table, {})
            continue
        subnets[name] = subnet = _created(
            name, asked.availability_zone, asked.cidr, asked.exposure, asked.route_table or name,
            asked.nat_gateway,
        )  # fmt: skip
        shared = spec.network.route_tables.get(subnet.route_table)
        table_id = shared.route_table_id if isinstance(shared, ExistingRouteTable) else None
        tables[subnet.route_table] = RouteTable(subnet.route_table, table_id, {})
    operator = _operator_subnet(spec, subnets)
    asked_control_plane = spec.control_plane.subnets
    nodes = _node_subnets(subnets, operator, asked_control_plane)
    if spec.access.operator is not None and operator is None:
        operator = next(iter(nodes), None)  # shared with nodes
    in_zones = tuple(n for n in nodes if subnets[n].availability_zone in control_plane_zones)
    return SubnetLayout(subnets, tables, nodes, asked_control_plane or in_zones, operator)


def _operator_subnet(spec: ClusterSpec, subnets: dict[str, Subnet]) -> str | None:
    """The subnet that is the operator's own."""
    if spec.access.operator is None:
        return None
    return spec.access.operator.subnet or (OPERATOR if OPERATOR in subnets else None)


def _node_subnets(
    subnets: dict[str, Subnet], operator: str | None, control_plane: tuple[str, ...]
) -> tuple[str, ...]:
    """What pools use by default: neither public nor the operator's nor the control plane's own."""
    private = tuple(n for n, s in subnets.items() if s.exposure != "public")
    candidates = tuple(n for n in (private or tuple(subnets)) if n != operator)
    return tuple(n for n in candidates if n not in control_plane) or candidates


def _tagged_subnets(spec: ClusterSpec, layout: SubnetLayout, tags: Tags) -> dict[str, Subnet]:
    """All subnets; ours with the cluster's tag, the load balancers' where they are invited, and
    public addresses where nodes have no other way to the internet."""
    inviting = subnets_of_load_balancers(spec, layout)
    of_nodes = subnets_of_nodes(spec, layout)
    found = dict(layout.subnets)
    for name, subnet in layout.subnets.items():
        if subnet.subnet_id is None:
            role = "elb" if subnet.exposure == "public" else "internal-elb"
            more = {f"kubernetes.io/role/{role}": "1"} if name in inviting else {}
            own = tags.for_kubernetes(name, "owned", **more)
            direct = subnet.exposure == "public" and name in of_nodes
            found[name] = replace(subnet, tags=own, public_addresses=direct)
    return found


def _tagged_tables(spec: ClusterSpec, layout: SubnetLayout, tags: Tags) -> dict[str, RouteTable]:
    """All tables; ours that nodes use with the cluster's tag, the others with our own alone.

    By that tag the AWS cloud provider finds the table for routes to pods, and it gives up where it
    finds several (cloud-provider-aws, aws_routes.go, findRouteTable, read 2026-11-28). So nothing
    bears it that leads to no node: the operator's table, the control plane's, a public front's.
    """
    lying = subnets_of_nodes(spec, layout)
    of_nodes = {s.route_table for name, s in layout.subnets.items() if name in lying}
    found = dict(layout.route_tables)
    for name, table in layout.route_tables.items():
        if table.route_table_id is None:
            used = name in of_nodes
            own = tags.for_kubernetes(name, "owned") if used else tags.named(name)
            found[name] = replace(table, tags=own)
    return found


def _invites_load_balancers(subnet: Subnet, layout: SubnetLayout, of_nodes: set[str]) -> bool:
    """Where nodes lie and where the internet comes in, if there is room.

    The operator's own subnet leads to other networks, and interfaces of the control plane must
    never want for addresses: controllers that look for subnets find neither.
    """
    if subnet.cidr.prefixlen > LOAD_BALANCER_PREFIX:
        return False
    if subnet.name in layout.nodes:
        return True
    if subnet.name == layout.operator:
        return False
    open_front = subnet.exposure == "public" and subnet.name not in layout.control_plane
    return subnet.name in of_nodes or open_front


def _created(
    name: str, availability_zone: str, cidr: IPv4Network, exposure: Exposure, route_table: str,
    nat_gateway: str | None,
) -> Subnet:  # fmt: skip
    return Subnet(name, availability_zone, cidr, exposure, route_table, nat_gateway, None, {})


def _supplied(name: str, asked: ExistingSubnet) -> Subnet:
    return Subnet(
        name=name,
        availability_zone=asked.availability_zone,
        cidr=asked.cidr,
        exposure=asked.exposure,
        route_table=asked.route_table_id,
        nat_gateway=None,
        subnet_id=asked.subnet_id,
        tags={},
    )
