"""What is drawn of a network: for each VPC its machines, subnets, route tables and doors.

A door is whatever packets leave a VPC by, or come in by: gateways, connections and endpoints. A
thing that is named and that nobody describes is drawn as what it is called, with a dashed border.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evidence.marks import Mark, worst
from model.network import (
    Endpoint,
    Hole,
    Interface,
    Key,
    Network,
    Reference,
    Route,
    Subnet,
    TargetKind,
)
from model.sets import EVERY_IPV6, shown

_INSIDE = (TargetKind.LOCAL, TargetKind.BLACKHOLE)


@dataclass(frozen=True, slots=True)
class Box:
    """One thing. key: by which lines find it. hole: whether nobody describes it."""

    key: str
    name: str
    detail: str
    mark: Mark = "sound"
    hole: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another, and how bad that is."""

    start: str
    end: str
    mark: Mark = "sound"


@dataclass(frozen=True, slots=True)
class Frame:
    """A VPC with what lies in it; columns from the machines to the doors."""

    title: str
    columns: tuple[tuple[Box, ...], ...]
    lines: tuple[Line, ...]

    @property
    def mark(self) -> Mark:
        """The worst in it."""
        boxes = (box.mark for column in self.columns for box in column)
        return worst([*boxes, *(line.mark for line in self.lines)])


COLUMNS = ("machines", "subnets", "route tables", "doors")


def frames(network: Network, marks: Mapping[Key, Mark]) -> Iterator[Frame]:
    """Every VPC that is described, and each other one that something lies in."""
    refs: dict[str, Reference] = {key: key for key in network.vpcs}
    things: list[Reference] = [s.vpc for s in network.subnets.values()]
    things += [e.vpc for e in network.endpoints.values()]
    things += [_home(network, i) for i in network.interfaces.values()]
    for ref in things:
        refs.setdefault(_name(ref), ref)
    for ref in refs.values():
        yield _Drawer(network, marks, ref).frame()


def _name(ref: Reference) -> str:
    return ref.what if isinstance(ref, Hole) else ref


def _home(network: Network, interface: Interface) -> Reference:
    """The VPC that an interface lies in."""
    for ref in interface.subnets:
        subnet = network.subnets.get(ref) if isinstance(ref, str) else None
        if subnet is not None:
            return subnet.vpc
    return Hole("a VPC that nobody describes")


class _Drawer:
    """One VPC of a network."""

    def __init__(self, network: Network, marks: Mapping[Key, Mark], vpc: Reference) -> None:
        self._network, self._marks, self._vpc = network, marks, vpc
        self._lines: list[Line] = []

    def frame(self) -> Frame:
        machines = [i for i in self._network.interfaces.values() if i.workload]
        machines = [i for i in machines if _name(_home(self._network, i)) == _name(self._vpc)]
        subnets = self._subnets(machines)
        tables = self._tables(subnets)
        doors = self._doors(tables)
        columns = (
            tuple(self._machine(i) for i in machines),
            tuple(self._subnet(ref) for ref in subnets.values()),
            tuple(self._table(ref) for ref in tables.values()),
            tuple(doors),
        )
        return Frame(self._title(), columns, tuple(self._lines))

    def _title(self) -> str:
        vpc = self._network.vpcs.get(self._vpc) if isinstance(self._vpc, str) else None
        if vpc is None:
            return f"VPC: {_name(self._vpc)}"
        told = vpc.addresses
        if told >= EVERY_IPV6:  # a block that AWS chooses
            return f"VPC {vpc.name}: {shown(told - EVERY_IPV6)} and IPv6"
        return f"VPC {vpc.name}: {shown(told)}"

    def _subnets(self, machines: Iterable[Interface]) -> dict[str, Subnet | Hole]:
        found: dict[str, Subnet | Hole] = {
            key: subnet
            for key, subnet in self._network.subnets.items()
            if _name(subnet.vpc) == _name(self._vpc)
        }
        for machine in machines:
            for ref in machine.subnets:
                if _name(ref) not in found and isinstance(ref, Hole):
                    found[ref.what] = ref
                self._lines.append(Line(machine.key, _name(ref)))
        return found

    def _tables(self, subnets: Mapping[str, Subnet | Hole]) -> dict[str, Reference]:
        found: dict[str, Reference] = {}
        for key, subnet in subnets.items():
            if isinstance(subnet, Subnet):
                found[_name(subnet.route_table)] = subnet.route_table
                self._lines.append(Line(key, _name(subnet.route_table)))
        return found

    def _doors(self, tables: Mapping[str, Reference]) -> Iterator[Box]:
        found: dict[str, Box] = {}
        for key in tables:
            table = self._network.route_tables.get(key)
            for route in table.routes if table is not None else ():
                if route.target.kind in _INSIDE:
                    continue
                door = self._door(route)
                found[door.key] = door
                mark = worst([door.mark, self._marks.get(route.key, "sound")])
                self._lines.append(Line(key, door.key, mark))
        for door in (*self._gateways(), *self._endpoints(), *self._services()):
            found.setdefault(door.key, door)
        yield from found.values()

    def _door(self, route: Route) -> Box:
        ref, kind = route.target.of, route.target.kind.value
        if isinstance(ref, str):
            return Box(ref, self._called(ref), kind, self._marks.get(ref, "sound"))
        what = ref.what if ref is not None else "not known"
        return Box(what, what, kind, self._marks.get(route.key, "sound"), hole=True)

    def _called(self, key: Key) -> str:
        net = self._network
        kinds: tuple[Mapping[Key, object], ...] = (
            net.internet_gateways, net.nat_gateways, net.peerings, net.attachments,
            net.vpn_gateways, net.endpoints, net.interfaces,
        )  # fmt: skip
        for kind in kinds:
            if key in kind:
                return str(getattr(kind[key], "name", key))
        return key.rsplit("::", 1)[-1]

    def _gateways(self) -> Iterator[Box]:
        """Those that are attached, whether a route leads to them or not."""
        here, net = _name(self._vpc), self._network
        for gateway in net.internet_gateways.values():
            if _name(gateway.vpc) == here:
                yield self._plain(gateway.key, gateway.name, "internet gateway")
        for vpn in net.vpn_gateways.values():
            if vpn.vpc is not None and _name(vpn.vpc) == here:
                yield self._plain(vpn.key, vpn.name, "virtual private gateway")
        for nat in net.nat_gateways.values():
            subnet = net.subnets.get(nat.subnet) if isinstance(nat.subnet, str) else None
            if subnet is not None and _name(subnet.vpc) == here:
                yield self._plain(nat.key, nat.name, "NAT gateway")
        for peering in net.peerings.values():
            if here in (_name(peering.requester), _name(peering.accepter)):
                yield self._plain(peering.key, peering.name, "VPC peering connection")
        for attachment in net.attachments.values():
            if attachment.vpc is not None and _name(attachment.vpc) == here:
                yield self._plain(attachment.key, attachment.name, "transit gateway attachment")

    def _endpoints(self) -> Iterator[Box]:
        for endpoint in self._network.endpoints.values():
            if _name(endpoint.vpc) == _name(self._vpc):
                yield self._plain(endpoint.key, endpoint.name, _service(endpoint))

    def _services(self) -> Iterator[Box]:
        """Interfaces of services of which something was found, such as a load balancer's: others
        may come in by them."""
        for interface in self._network.interfaces.values():
            found = not interface.workload and interface.key in self._marks
            if found and _name(_home(self._network, interface)) == _name(self._vpc):
                noun = interface.key.rpartition("::")[0].rpartition(":")[2]
                yield self._plain(interface.key, interface.name, noun or "interface of a service")

    def _plain(self, key: Key, name: str, detail: str) -> Box:
        return Box(key, name, detail, self._marks.get(key, "sound"))

    def _machine(self, interface: Interface) -> Box:
        public = {"yes": "with a public address", "unknown": "public address: not known"}
        detail = public.get(interface.public.value, "no public address")
        return self._plain(interface.key, interface.name, detail)

    def _subnet(self, subnet: Subnet | Hole) -> Box:
        if isinstance(subnet, Hole):
            return Box(subnet.what, subnet.what, "described by nobody", hole=True)
        detail = f"{shown(subnet.addresses, 1)} {subnet.availability_zone}"
        return self._plain(subnet.key, subnet.name, detail)

    def _table(self, ref: Reference) -> Box:
        table = self._network.route_tables.get(ref) if isinstance(ref, str) else None
        if table is None:
            return Box(_name(ref), _name(ref), "described by nobody", hole=True)
        outward = sum(route.target.kind not in _INSIDE for route in table.routes)
        detail = f"routes beside local ones: {outward}" if outward else "local routes only"
        return self._plain(table.key, table.name, detail)


def _service(endpoint: Endpoint) -> str:
    service = (endpoint.service or "a service that is not known").split(".", 3)
    return f"{endpoint.kind} endpoint, {service[-1]}"
