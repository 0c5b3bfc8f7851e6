"""Transit gateways: what is attached, which table routes whose packets, and where to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from model.build_prefix_lists import PrefixLists
from model.build_vpcs import Block, meant, vpc_blocks
from model.deployment import Node
from model.network import (
    Hole,
    Key,
    Reference,
    TransitGatewayAttachment,
    TransitGatewayRoute,
    TransitGatewayRouteTable,
)
from model.nouns import (
    CONNECT,
    DEFAULT_TRANSIT_GATEWAY_TABLE,
    PEERING_ATTACHMENT,
    PEERING_ATTACHMENT_ACCEPTER,
    TRANSIT_GATEWAY,
    TRANSIT_TABLE,
    VPC_ATTACHMENT,
    VPC_ATTACHMENT_ACCEPTER,
    VPN_CONNECTION,
    Noun,
)
from model.reading import Reader, prefix
from model.sets import EVERY_ADDRESS, EVERY_IPV6, NOTHING, Destination, Ranges
from rules.unknowns import UNKNOWN, false, is_set, true

ASSOCIATION: Final = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
PROPAGATION: Final = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
ROUTE: Final = "aws:ec2transitgateway/route:Route"
LIST_REFERENCE: Final = "aws:ec2transitgateway/prefixListReference:PrefixListReference"
DEFAULT_ASSOCIATION: Final = (
    "aws:ec2transitgateway/defaultRouteTableAssociation:DefaultRouteTableAssociation"
)
DEFAULT_PROPAGATION: Final = (
    "aws:ec2transitgateway/defaultRouteTablePropagation:DefaultRouteTablePropagation"
)
DIRECT_CONNECT: Final = "aws:directconnect/gatewayAssociation:GatewayAssociation"
_KINDS: Final = {
    VPC_ATTACHMENT: "vpc",
    VPC_ATTACHMENT_ACCEPTER: "vpc",
    PEERING_ATTACHMENT: "peering",
    PEERING_ATTACHMENT_ACCEPTER: "peering",
    CONNECT: "connect",
    VPN_CONNECTION: "vpn",
    DIRECT_CONNECT: "direct-connect-gateway",
}
_ASSOCIATES: Final = "transitGatewayDefaultRouteTableAssociation"
_PROPAGATES: Final = "transitGatewayDefaultRouteTablePropagation"

Attachments = Mapping[Key, TransitGatewayAttachment]


def attachments(reader: Reader) -> dict[Key, TransitGatewayAttachment]:
    """Everything that is attached to a transit gateway."""
    found: dict[Key, TransitGatewayAttachment] = {}
    for key, node in reader.each(*_KINDS):
        path = "associatedGatewayId" if node.resource.type == DIRECT_CONNECT else "transitGatewayId"
        gateway = reader.references.one(node, path, Noun.TRANSIT_GATEWAY)
        of_vpn = node.resource.type in (VPN_CONNECTION, DIRECT_CONNECT)
        if key in found or (of_vpn and not _to_transit_gateway(node, path, gateway)):
            continue
        found[key] = TransitGatewayAttachment(
            key,
            node.resource.name,
            gateway or Hole(f"the transit gateway of {node.resource.name!r}"),
            _KINDS[node.resource.type],
            _vpc(reader, node),
            reader.references.several(node, "subnetIds", Noun.SUBNET),
        )
    return found


def _to_transit_gateway(node: Node, path: str, gateway: Reference | None) -> bool:
    """Whether a VPN connection, or a Direct Connect gateway, leads to a transit gateway."""
    if gateway is None or isinstance(gateway, str):
        return gateway is not None
    value = node.resource.props.get(path)
    return value is UNKNOWN or str(value).startswith("tgw-")


def _vpc(reader: Reader, node: Node) -> Reference | None:
    if _KINDS[node.resource.type] != "vpc":
        return None
    found = reader.references.one(node, "vpcId", Noun.VPC)
    return found or Hole(f"the VPC of {node.resource.name!r}")


@dataclass
class _Draft:
    name: str
    gateway: Reference
    untold: Ranges = NOTHING
    associations: list[Reference] = field(default_factory=list)
    routes: list[TransitGatewayRoute] = field(default_factory=list)


def transit_gateway_tables(
    reader: Reader, attached: Attachments, lists: PrefixLists
) -> dict[Key, TransitGatewayRouteTable]:
    """Every table of a transit gateway, its default one among them."""
    drafts: dict[Key, _Draft] = {}
    for key, node in reader.each(TRANSIT_TABLE):
        gateway = reader.references.one(node, "transitGatewayId", Noun.TRANSIT_GATEWAY)
        unnamed = Hole(f"the transit gateway of {node.resource.name!r}")
        drafts[key] = _Draft(node.resource.name, gateway or unnamed)
    for key, node in reader.each(TRANSIT_GATEWAY):
        if any(_enabled(node, name) for name in ("Association", "Propagation")):
            closed = not is_set(node.resource.props.get("autoAcceptSharedAttachments")) or (
                node.resource.props["autoAcceptSharedAttachments"] == "disable"
            )
            drafts[key + DEFAULT_TRANSIT_GATEWAY_TABLE] = _Draft(
                f"{node.resource.name} (default)", key, NOTHING if closed else EVERY_ADDRESS
            )
    _add_associations(reader, drafts, attached)
    blocks = vpc_blocks(reader)
    for table, attachment in _propagations(reader, drafts, attached):
        _propagate(reader, drafts[table], attachment, attached, blocks)
    for _, node in reader.each(ROUTE, LIST_REFERENCE):
        _add_route(reader, drafts, node, lists)
    return {
        key: TransitGatewayRouteTable(
            key,
            draft.name,
            draft.gateway,
            tuple(dict.fromkeys(draft.associations)),
            tuple(sorted(draft.routes, key=lambda route: route.key)),
            draft.untold,
        )
        for key, draft in drafts.items()
    }


def _enabled(node: Node, what: str) -> bool:
    """Whether a transit gateway has a default table for this; it has unless told otherwise."""
    return node.resource.props.get(f"defaultRouteTable{what}") != "disable"


def _defaults(reader: Reader, what: str, type_: str) -> dict[Key, Key]:
    """The table that each transit gateway takes for what names none."""
    found = {
        key: key + DEFAULT_TRANSIT_GATEWAY_TABLE
        for key, node in reader.each(TRANSIT_GATEWAY)
        if _enabled(node, what)
    }
    for _, node in reader.each(type_):
        for gateway in meant(reader, node, "transitGatewayId", Noun.TRANSIT_GATEWAY):
            for table in meant(
                reader, node, "transitGatewayRouteTableId", Noun.TRANSIT_GATEWAY_TABLE
            ):
                found[gateway] = table
    return found


def _by_default(
    reader: Reader, attached: Attachments, what: str, type_: str, flag: str
) -> Iterator[tuple[Key, Key]]:
    """Tables with the attachments that belong to them because nothing else is said."""
    tables = _defaults(reader, what, type_)
    for key, attachment in attached.items():
        node = reader.deployment.nodes.get(key)
        gateway = attachment.transit_gateway
        asked = None if node is None else node.resource.props.get(flag)
        peering = attachment.kind == "peering"  # AWS associates none by itself
        if isinstance(gateway, str) and gateway in tables and not false(asked) and not peering:
            yield tables[gateway], key


def _add_associations(reader: Reader, drafts: dict[Key, _Draft], attached: Attachments) -> None:
    said: set[Reference] = set()
    for _, node in reader.each(ASSOCIATION):
        attachment = reader.references.one(node, "transitGatewayAttachmentId", Noun.ATTACHMENT)
        for table in _tables(reader, drafts, node):
            if attachment is not None:
                drafts[table].associations.append(attachment)
                said.add(attachment)
    of = (reader, attached, "Association", DEFAULT_ASSOCIATION, _ASSOCIATES)
    for table, key in _by_default(*of):
        if key not in said:
            drafts[table].associations.append(key)


def _propagations(
    reader: Reader, drafts: dict[Key, _Draft], attached: Attachments
) -> Iterator[tuple[Key, Reference]]:
    pairs: dict[tuple[Key, Reference], None] = {}
    for _, node in reader.each(PROPAGATION):
        attachment = reader.references.one(node, "transitGatewayAttachmentId", Noun.ATTACHMENT)
        for table in _tables(reader, drafts, node):
            unnamed = Hole(f"the attachment of {node.resource.name!r}")
            pairs[(table, attachment or unnamed)] = None
    of = (reader, attached, "Propagation", DEFAULT_PROPAGATION, _PROPAGATES)
    pairs.update(dict.fromkeys(_by_default(*of)))
    yield from pairs


def _tables(reader: Reader, drafts: dict[Key, _Draft], node: Node) -> tuple[Key, ...]:
    """The table that a resource adds to; those that it may add to are no longer complete."""
    path, noun = "transitGatewayRouteTableId", Noun.TRANSIT_GATEWAY_TABLE
    found = reader.references.one(node, path, noun)
    if isinstance(found, Hole):
        for key in reader.references.candidates(node, path, noun):
            drafts[key].untold = EVERY_ADDRESS
        gateway = Hole(f"the transit gateway of {found.what}")
        drafts.setdefault(found.what, _Draft(found.what, gateway, EVERY_ADDRESS))
        return (found.what,)
    return () if found is None else (found,)


def _propagate(
    reader: Reader,
    draft: _Draft,
    attachment: Reference,
    attached: Attachments,
    blocks: Mapping[Key, tuple[Block, ...]],
) -> None:
    """The routes that an attachment sends into a table: a VPC's own blocks; by BGP, anything."""
    known = attached.get(attachment) if isinstance(attachment, str) else None
    vpc = known.vpc if known is not None else None
    of_vpc = blocks.get(vpc) if isinstance(vpc, str) else None
    for of, family in of_vpc or (Block(),):
        six = _ipv6_support(reader, attachment) if family is EVERY_IPV6 else "enable"
        if of is None or known is None or six is UNKNOWN:
            draft.untold |= NOTHING if six == "disable" else family
        elif six == "enable":
            route = TransitGatewayRoute(known.key, known.name, of, attachment, propagated=True)
            draft.routes.append(route)


def _ipv6_support(reader: Reader, attachment: Reference) -> Any:
    """Whether a VPC's attachment has IPv6, which AWS leaves off unless it is told otherwise."""
    node = reader.deployment.nodes.get(attachment) if isinstance(attachment, str) else None
    given = (of.get("ipv6Support") for of in (node.resource.props, node.outputs())) if node else ()
    return next((value for value in given if is_set(value)), "disable")


def _add_route(reader: Reader, drafts: dict[Key, _Draft], node: Node, lists: PrefixLists) -> None:
    props = node.resource.props
    attachment = reader.references.one(node, "transitGatewayAttachmentId", Noun.ATTACHMENT)
    if not true(props.get("blackhole")) and attachment is None:
        attachment = Hole(f"the attachment of {node.resource.name!r}")
    for table in _tables(reader, drafts, node):
        for destination in _destinations(reader, node, lists):
            if destination is None:
                drafts[table].untold = EVERY_ADDRESS
                continue
            blackhole = true(props.get("blackhole"))
            drafts[table].routes.append(
                TransitGatewayRoute(
                    node.resource.urn,
                    node.resource.name,
                    destination,
                    None if blackhole else attachment,
                    prefix_list=node.resource.type == LIST_REFERENCE,
                )
            )


def _destinations(reader: Reader, node: Node, lists: PrefixLists) -> tuple[Destination | None, ...]:
    """The blocks that a route is for; None for what is not known."""
    if node.resource.type == LIST_REFERENCE:
        of = reader.references.one(node, "prefixListId", Noun.PREFIX_LIST)
        entries: Any = lists.get(of) if isinstance(of, str) else None
        return (None,) if entries is None else entries
    return (prefix(node.resource.props.get("destinationCidrBlock")),)
