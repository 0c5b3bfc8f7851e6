"""Route tables: their routes, wherever each is written, and the local ones that AWS adds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from model.build_prefix_lists import PrefixLists
from model.build_vpcs import ROUTE_TABLE_ASSOCIATION, Block, vpc_blocks, vpc_of
from model.deployment import Node
from model.network import (
    LOCAL,
    Hole,
    Key,
    Reference,
    Route,
    RouteTable,
    Target,
    TargetKind,
)
from model.nouns import (
    DEFAULT_ROUTE_TABLE,
    DEFAULT_VPC,
    ENDPOINT,
    ENDPOINT_PREFIX_LIST,
    MAIN_ROUTE_TABLE,
    ROUTE_TABLE,
    VPC,
    Noun,
)
from model.reading import Reader, prefix, text
from model.sets import EVERY_IPV4, EVERY_IPV6
from rules.unknowns import UNKNOWN, at, each, is_set

ROUTE: Final = "aws:ec2/route:Route"
PROPAGATION: Final = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
ENDPOINT_ASSOCIATION: Final = (
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
)
_BLOCKS: Final = {
    "destinationCidrBlock": EVERY_IPV4,
    "cidrBlock": EVERY_IPV4,
    "destinationIpv6CidrBlock": EVERY_IPV6,
    "ipv6CidrBlock": EVERY_IPV6,
}

# Each input that names a route's target, with what it names; gatewayId names one of several.
TARGETS: Final[dict[str, tuple[TargetKind, Noun | None]]] = {
    "egressOnlyGatewayId": (TargetKind.EGRESS_ONLY_INTERNET_GATEWAY, Noun.EGRESS_ONLY_GATEWAY),
    "carrierGatewayId": (TargetKind.CARRIER_GATEWAY, Noun.CARRIER_GATEWAY),
    "localGatewayId": (TargetKind.LOCAL_GATEWAY, None),
    "natGatewayId": (TargetKind.NAT_GATEWAY, Noun.NAT_GATEWAY),
    "vpcPeeringConnectionId": (TargetKind.VPC_PEERING_CONNECTION, Noun.VPC_PEERING_CONNECTION),
    "transitGatewayId": (TargetKind.TRANSIT_GATEWAY, Noun.TRANSIT_GATEWAY),
    "coreNetworkArn": (TargetKind.CORE_NETWORK, None),
    "odbNetworkArn": (TargetKind.ODB_NETWORK, None),
    "networkInterfaceId": (TargetKind.NETWORK_INTERFACE, Noun.INTERFACE),
    "instanceId": (TargetKind.NETWORK_INTERFACE, Noun.INSTANCE),
    "vpcEndpointId": (TargetKind.GATEWAY_LOAD_BALANCER_ENDPOINT, Noun.VPC_ENDPOINT),
}
_GATEWAYS: Final = (
    (Noun.INTERNET_GATEWAY, "igw-", TargetKind.INTERNET_GATEWAY),
    (Noun.VPN_GATEWAY, "vgw-", TargetKind.VPN_GATEWAY),
    (Noun.EGRESS_ONLY_GATEWAY, "eigw-", TargetKind.EGRESS_ONLY_INTERNET_GATEWAY),
    (Noun.CARRIER_GATEWAY, "cagw-", TargetKind.CARRIER_GATEWAY),
    (Noun.VPC_ENDPOINT, "vpce-", TargetKind.GATEWAY_LOAD_BALANCER_ENDPOINT),
)


@dataclass
class _Draft:
    """A route table while it is read."""

    name: str
    vpc: Reference
    complete: bool = True
    routes: list[Route] = field(default_factory=list)
    recorded: list[Route] = field(default_factory=list)
    gateways: list[Reference] = field(default_factory=list)


def route_tables(reader: Reader, lists: PrefixLists) -> dict[Key, RouteTable]:
    """Every route table, the main one of each VPC among them.

    One that is only named, and that something is added to, has its id as its key and is not
    complete.
    """
    drafts = dict(_declared(reader, lists))
    for key, node in reader.each(VPC, DEFAULT_VPC):
        drafts.setdefault(
            key + MAIN_ROUTE_TABLE,
            # That of the account's default VPC has a route to the internet, made by AWS.
            _Draft(f"{node.resource.name} (main)", key, node.resource.type == VPC),
        )
    for _, node in reader.each(ROUTE):
        for route in _route(reader, node, "", node.resource.props, lists):
            _add(reader, drafts, node, "routeTableId", route)
    _add_propagated(reader, drafts)
    _add_endpoints(reader, drafts)
    _add_gateways(reader, drafts)
    blocks = vpc_blocks(reader)
    return {key: _finished(key, draft, blocks) for key, draft in drafts.items()}


def _declared(reader: Reader, lists: PrefixLists) -> Iterator[tuple[Key, _Draft]]:
    for key, node in reader.each(ROUTE_TABLE, DEFAULT_ROUTE_TABLE):
        vpc: Reference = vpc_of(reader, node)
        if key.endswith(MAIN_ROUTE_TABLE):
            vpc = key.removesuffix(MAIN_ROUTE_TABLE)
        inline, recorded = node.resource.props.get("routes"), node.recorded("routes")
        draft = _Draft(node.resource.name, vpc, UNKNOWN not in (inline, recorded))
        for _, item in each(inline if inline is not UNKNOWN else None):
            draft.routes += _route(reader, node, "routes", item, lists)
        for _, item in each(recorded if recorded is not UNKNOWN else None):
            if not _to_own_endpoint(reader, node, item):
                draft.recorded += _route(reader, node, "routes", item, lists)
        for gateway in reader.references.several(node, "propagatingVgws", Noun.VPN_GATEWAY):
            draft.recorded.append(_propagated(node, gateway))
        yield key, draft


def _to_own_endpoint(reader: Reader, node: Node, props: Any) -> bool:
    """Whether a recorded route is that of a gateway endpoint, which is told of by itself."""
    listed = at(props, "destinationPrefixListId")
    of = reader.references.value(node, "routes", listed, Noun.PREFIX_LIST)
    return isinstance(of, str) and of.endswith(ENDPOINT_PREFIX_LIST)


def _route(
    reader: Reader, node: Node, path: str, props: Any, lists: PrefixLists
) -> Iterator[Route]:
    """One route as it is written."""
    key, name = node.resource.urn, node.resource.name
    if not isinstance(props, Mapping):
        unknown = Target(TargetKind.UNKNOWN, Hole(f"a route of {name!r} that is unknown"))
        yield Route(key, name, None, unknown)
        return
    target = _target(reader, node, path, props)
    listed = props.get("destinationPrefixListId")
    written = [block for block in _BLOCKS if is_set(props.get(block))]
    for block in written:
        one = prefix(props[block])
        to = None if one is None else (one,)
        yield Route(key, name, to, target, family=_BLOCKS[block])
    if is_set(listed) and not written:
        at = _under(path, "destinationPrefixListId")
        of = reader.references.value(node, at, listed, Noun.PREFIX_LIST)
        entries = lists.get(of) if isinstance(of, str) else None
        yield Route(key, name, entries, target, prefix_list=True)
    elif not written:
        yield Route(key, name, None, target)


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _target(reader: Reader, node: Node, path: str, props: Mapping[str, Any]) -> Target:
    found = [
        _named(reader, node, _under(path, name), props[name], *TARGETS[name])
        for name in TARGETS
        if is_set(props.get(name))
    ]
    if is_set(props.get("gatewayId")):
        found.append(_gateway(reader, node, _under(path, "gatewayId"), props["gatewayId"]))
    if len(found) == 1:
        return found[0]
    said = "no target that can be read" if not found else "more than one target"
    return Target(TargetKind.UNKNOWN, Hole(f"a route of {node.resource.name!r} has {said}"))


def _named(
    reader: Reader, node: Node, path: str, value: Any, kind: TargetKind, noun: Noun | None
) -> Target:
    if noun is None:
        otherwise = f"{path} of {node.resource.noun} {node.resource.name!r}, which is unknown"
        return Target(kind, Hole(text(value, otherwise)))
    found = reader.references.value(node, path, value, noun)
    if noun is Noun.VPC_ENDPOINT and not isinstance(found, str):
        # A firewall's endpoints are the provider's outputs of it, and no endpoints by themselves.
        firewall = reader.references.value(node, path, value, Noun.FIREWALL)
        if isinstance(firewall, str):
            return Target(TargetKind.NETWORK_INTERFACE, firewall)
    return Target(kind, found)


def _gateway(reader: Reader, node: Node, path: str, value: Any) -> Target:
    """What gatewayId names: by the kind of its sources, or by how its id begins."""
    if value == "local":
        return LOCAL
    for noun, begins, kind in _GATEWAYS:
        found = reader.references.value(node, path, value, noun)
        if found is not None and not isinstance(found, Hole):
            others = [n for n, _, _ in _GATEWAYS if n is not noun]
            if value is not UNKNOWN or not any(
                reader.references.candidates(node, path, other) for other in others
            ):
                return Target(kind, found)
        elif isinstance(value, str) and value.startswith(begins):
            return Target(kind, found)
    otherwise = f"{path} of {node.resource.noun} {node.resource.name!r}, which is unknown"
    return Target(TargetKind.UNKNOWN, Hole(text(value, otherwise)))


def _add(reader: Reader, drafts: dict[Key, _Draft], node: Node, path: str, route: Route) -> None:
    """Add a route to the table that a path names, and a doubt to each that it may name."""
    for key in _present(reader, drafts, node, path, reader.references.one):
        drafts[key].routes.append(route)


def _present(
    reader: Reader,
    drafts: dict[Key, _Draft],
    node: Node,
    path: str,
    read: Callable[[Node, str, Noun], Any],
) -> Iterator[Key]:
    """The tables that are named; each that may be is no longer complete."""
    found = read(node, path, Noun.ROUTE_TABLE)
    for table in found if isinstance(found, tuple) else (found,):
        if isinstance(table, Hole):
            for key in reader.references.candidates(node, path, Noun.ROUTE_TABLE):
                drafts[key].complete = False
            drafts.setdefault(
                table.what, _Draft(table.what, Hole(f"the VPC of {table.what}"), False)
            )
            yield table.what
        elif table is not None:
            yield table


def _propagated(node: Node, gateway: Reference) -> Route:
    target = Target(TargetKind.VPN_GATEWAY, gateway)
    return Route(node.resource.urn, node.resource.name, None, target, propagated=True)


def _add_propagated(reader: Reader, drafts: dict[Key, _Draft]) -> None:
    for _, node in reader.each(PROPAGATION):
        gateway = reader.references.one(node, "vpnGatewayId", Noun.VPN_GATEWAY)
        found = gateway or Hole(f"the gateway of {node.resource.name!r}")
        _add(reader, drafts, node, "routeTableId", _propagated(node, found))


def _add_endpoints(reader: Reader, drafts: dict[Key, _Draft]) -> None:
    """The route that a gateway endpoint adds: to what AWS keeps in the service's prefix list."""
    for key, node in reader.each(ENDPOINT):
        route = _to_endpoint(node, key)
        for table in _present(reader, drafts, node, "routeTableIds", reader.references.exactly):
            drafts[table].routes.append(route)
    for _, node in reader.each(ENDPOINT_ASSOCIATION):
        endpoint = reader.references.one(node, "vpcEndpointId", Noun.VPC_ENDPOINT)
        found = endpoint or Hole(f"the endpoint of {node.resource.name!r}")
        _add(reader, drafts, node, "routeTableId", _to_endpoint(node, found))


def _to_endpoint(node: Node, endpoint: Reference) -> Route:
    target = Target(TargetKind.GATEWAY_ENDPOINT, endpoint)
    return Route(node.resource.urn, node.resource.name, None, target, prefix_list=True)


def _add_gateways(reader: Reader, drafts: dict[Key, _Draft]) -> None:
    """Edge associations: tables that route what comes in through a gateway."""
    for _, node in reader.each(ROUTE_TABLE_ASSOCIATION):
        if is_set(node.resource.props.get("gatewayId")):
            target = _gateway(reader, node, "gatewayId", node.resource.props["gatewayId"])
            for key in _present(reader, drafts, node, "routeTableId", reader.references.one):
                drafts[key].gateways.append(target.of or Hole("local"))


def _finished(key: Key, draft: _Draft, blocks: Mapping[Key, tuple[Block, ...]]) -> RouteTable:
    known = blocks.get(draft.vpc) if isinstance(draft.vpc, str) else None
    told = {_means(route) for route in draft.routes}
    draft.routes += [route for route in draft.recorded if _means(route) not in told]
    local = tuple(_local(key, draft, known or (Block(),)))
    return RouteTable(
        key,
        draft.name,
        draft.vpc,
        local + tuple(sorted(draft.routes, key=lambda route: route.key)),
        draft.complete,
        tuple(draft.gateways),
    )


def _means(route: Route) -> tuple[object, ...]:
    """What makes two routes the same, whoever tells of them."""
    return route.destinations, route.family, route.target, route.propagated


def _local(key: Key, draft: _Draft, blocks: Iterable[Block]) -> Iterator[Route]:
    """The local routes, but those that a route of the same destination takes the place of."""
    replaced = {d for r in draft.routes if not r.propagated for d in r.destinations or ()}
    for of, family in blocks:
        if of is None or of not in replaced:
            yield Route(key, draft.name, None if of is None else (of,), LOCAL, family=family)
