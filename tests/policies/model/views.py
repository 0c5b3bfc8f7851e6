"""How tests say what a network holds: by logical names, in the words of people."""

from collections.abc import Iterable

from model.network import Hole, Network, Reference, RouteTable, SecurityGroup
from model.sets import Ranges, shown
from model.traffic import EVERY_PROTOCOL, TCP, UDP, Traffic

_PROTOCOLS = {TCP: "tcp", UDP: "udp"}


def called(reference: Reference | None) -> str:
    """The last part of a key, or what a hole says."""
    if reference is None:
        return "-"
    return f"? {reference.what}" if isinstance(reference, Hole) else reference.rsplit("::", 1)[-1]


def names(references: Iterable[Reference]) -> list[str]:
    return [called(reference) for reference in references]


def routes(table: RouteTable) -> set[str]:
    """Each route as "where to > kind target"."""
    return {
        f"{_where(route.destinations)} > {route.target.kind.value}"
        + (f" {called(route.target.of)}" if route.target.of is not None else "")
        + (" (propagated)" if route.propagated else "")
        for route in table.routes
    }


def _where(destinations: tuple[tuple[Ranges, int], ...] | None) -> str:
    if destinations is None:
        return "?"
    return ", ".join(shown(ranges) for ranges, _ in destinations) or "nothing"


def routes_of_subnets(network: Network) -> dict[str, set[str]]:
    """The routes that apply to each subnet, by the subnet's name."""
    found = {}
    for subnet in network.subnets.values():
        assert isinstance(subnet.route_table, str)
        found[subnet.name] = routes(network.route_tables[subnet.route_table])
    return found


def rules(group: SecurityGroup) -> set[str]:
    """Each rule as "in tcp 443 from node", or "out all to 0.0.0.0/0"."""
    found = set()
    for rule in group.rules:
        others = names((*rule.peers, *rule.prefix_lists))
        if not others:
            others = [shown(rule.traffic.addresses)]
        way = "out {} to {}" if rule.egress else "in {} from {}"
        found |= {way.format(packets(rule.traffic), other) for other in others}
    return found


def packets(traffic: Traffic) -> str:
    """Protocols and ports, without addresses."""
    said = []
    for box in traffic.boxes:
        if box.protocols == EVERY_PROTOCOL:
            said.append("all")
            continue
        protocol = _PROTOCOLS.get(box.protocols.spans[0][0], str(box.protocols.spans[0][0]))
        ports = ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in box.ports.spans)
        said.append(f"{protocol} {ports}")
    return " and ".join(said)


def by_name(network: Network, map_name: str, name: str) -> object:
    """The one thing of this name in a map of the network."""
    found = [thing for thing in getattr(network, map_name).values() if thing.name == name]
    assert len(found) == 1, f"{map_name} called {name}: {len(found)}"
    return found[0]
