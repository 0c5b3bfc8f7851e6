"""The model of a deployment: every builder in its turn, once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from model.build_acls import network_acls
from model.build_attachments import elastic, group_attachments, machines_of
from model.build_data_services import data_services
from model.build_endpoints import endpoints
from model.build_functions import functions
from model.build_gateways import internet_gateways, nat_gateways, peerings, vpn_gateways
from model.build_load_balancers import forwardings
from model.build_machines import machines
from model.build_prefix_lists import prefix_lists
from model.build_routes import route_tables
from model.build_security_groups import security_groups
from model.build_services import services, unfiltered_groups
from model.build_tasks import tasks
from model.build_transit import attachments, transit_gateway_tables
from model.build_vpcs import subnets, vpcs
from model.clusters import Clusters, build_clusters
from model.deployment import Deployment
from model.dns import Dns, build_dns
from model.identities import Identities, build_identities
from model.interfaces import Places, with_group, with_public
from model.network import Interface, Key, Network
from model.reading import Reader
from model.types import Standing, standing
from model.uses import Use, build_uses
from rules.model import Resource

T = TypeVar("T")


@dataclass(frozen=True)
class Model:
    """All that the proof knows. unknown: resources of AWS whose type nobody has judged."""

    network: Network
    dns: Dns
    clusters: Clusters
    identities: Identities
    uses: tuple[Use, ...] = ()
    unknown: tuple[Resource, ...] = ()


def build_model(deployment: Deployment) -> Model:
    """The model of a deployment."""
    reader = Reader.of(deployment)
    network, identities = _network(reader), build_identities(reader)
    return Model(
        network,
        build_dns(reader),
        build_clusters(reader),
        identities,
        build_uses(reader, network, identities),
        tuple(
            node.resource
            for node in deployment.nodes.values()
            if node.resource.type.startswith("aws:")
            and standing(node.resource.type) is Standing.UNKNOWN
        ),
    )


def build_network(deployment: Deployment) -> Network:
    """Everything that decides where packets go."""
    return _network(Reader.of(deployment))


def _network(reader: Reader) -> Network:
    lists, in_subnets, attached = prefix_lists(reader), subnets(reader), attachments(reader)
    to_services = endpoints(reader)
    places = Places.of(reader, in_subnets)
    interfaces: dict[Key, Interface] = {i.key: i for i in machines(places)}
    interfaces.update((i.key, i) for i in functions(places))
    interfaces.update((i.key, i) for i in tasks(places))
    interfaces.update((i.key, i) for i in services(places, to_services))
    interfaces.update((i.key, i) for i in data_services(places))
    for key, machine in machines_of(reader).items():
        if key in interfaces:
            interfaces[key] = replace(interfaces[key], instance=machine)
    for key, public in elastic(reader):
        if key in interfaces:
            interfaces[key] = with_public(interfaces[key], public)
    for key, group in group_attachments(reader):
        if key in interfaces:
            interfaces[key] = with_group(interfaces[key], group)
    groups = security_groups(reader, lists)
    groups.update((group.key, group) for group in unfiltered_groups(interfaces))
    return Network(
        vpcs=_in_order(vpcs(reader)),
        subnets=_in_order(in_subnets),
        route_tables=_in_order(route_tables(reader, lists)),
        network_acls=_in_order(network_acls(reader)),
        security_groups=_in_order(groups),
        interfaces=_in_order(interfaces),
        internet_gateways=_in_order(internet_gateways(reader)),
        nat_gateways=_in_order(nat_gateways(reader)),
        peerings=_in_order(peerings(reader)),
        attachments=_in_order(attached),
        transit_gateway_tables=_in_order(transit_gateway_tables(reader, attached, lists)),
        vpn_gateways=_in_order(vpn_gateways(reader)),
        endpoints=_in_order(to_services),
        forwardings=tuple(dict.fromkeys(forwardings(reader, interfaces))),
    )


def _in_order(things: Mapping[Key, T]) -> dict[Key, T]:
    """By key: a program registers what it declares in another order each time."""
    return dict(sorted(things.items()))
