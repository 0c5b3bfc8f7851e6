"""Each call of each feature in use, on its way: endpoint, policy, packets, name, role.

What stops it is a fault, told of the thing that stops it; what is not known is a doubt.
"""

import re
from collections.abc import Iterator
from typing import Final

from model.build import Model
from model.build_endpoints import UNKNOWN_KIND
from model.deployment import Deployment
from model.network import Endpoint, Hole, Interface, Key, Subnet, TargetKind
from model.sets import EVERY_IPV4, addresses
from model.traffic import Box, Traffic
from proof.asking import Asking, Stopped
from proof.asking_packets import BY_TCP, HTTPS, Packets
from proof.asking_policies import Policies
from proof.doubts import Doubt
from proof.filters import described
from proof.reach import Reach
from proof.resolving import Resolver
from rules.addresses import PRIVATE_RANGES
from rules.boundary import Boundary
from rules.endpoints import service_named
from rules.features import FEATURES
from rules.table import ENDPOINT_OF_CALL, NAME_OF_CALL, ZONES_OF_CALL

_TO_PUBLIC: Final = Traffic((Box(EVERY_IPV4 - addresses(PRIVATE_RANGES), BY_TCP, HTTPS),))
_TO_INTERNET: Final = (TargetKind.INTERNET_GATEWAY, TargetKind.NAT_GATEWAY)
_REGION_OF_ZONE: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d")  # also of a local zone
_USABLE: Final = ("Gateway", "Interface", UNKNOWN_KIND)


class Calls:
    """The calls of a deployment."""

    def __init__(self, deployment: Deployment, model: Model, boundary: Boundary) -> None:
        self._model = model
        self._network = model.network
        self._boundary = boundary
        self._reach = Reach(model.network)
        self._packets = Packets(model.network, self._reach)
        self._policies = Policies(deployment.nodes, model.identities.roles, boundary)
        self._resolvers: dict[Key, Resolver] = {}

    def stopped(self) -> Iterator[Stopped]:
        """Everything that stops a call."""
        for use in self._model.uses:
            for interface in use.machines.interfaces:
                for call in FEATURES[use.feature].calls:
                    yield from self._call(Asking(use, call, interface))

    def _call(self, asking: Asking) -> Iterator[Stopped]:
        places, hole = self._places(asking.interface)
        if hole is not None:
            yield asking.doubted(asking.use.machines.key, hole)
            return
        vpc = str(places[0].vpc)
        asking = asking._replace(region=self._region(vpc, places))
        yield from self._policies.of_role(asking)
        here = [e for e in self._network.endpoints.values() if e.vpc == vpc]
        found = [e for e in here if _is_for(e, asking.call.service, asking.region)]
        if not found:
            unknown = next((e for e in here if e.service is None), None)
            yield from self._without(asking, vpc, places, unknown)
            return
        endpoint = min(found, key=lambda e: e.kind != "Gateway")
        yield from self._policies.of_endpoint(asking, endpoint)
        if endpoint.kind == "Gateway":
            yield from self._gateway(asking, endpoint, places)
        else:
            yield from self._interface(asking, endpoint, places)
        yield from self._names(asking, vpc)

    def _places(self, interface: Interface) -> tuple[list[Subnet], Doubt | None]:
        """The subnets of machines, or the first of which nobody knows enough."""
        found = []
        for reference in interface.subnets:
            subnet = described(self._network.subnets, reference)
            if subnet is None:
                named = reference.what if isinstance(reference, Hole) else reference
                return [], Doubt(f"subnet {named} is not described", reference)
            if isinstance(subnet.vpc, Hole):
                return [], Doubt(f"VPC {subnet.vpc.what} is not described", subnet.vpc)
            found.append(subnet)
        return found, None if found else Doubt("no subnet is named")

    def _without(
        self, asking: Asking, vpc: Key, places: list[Subnet], unknown: Endpoint | None
    ) -> Iterator[Stopped]:
        """No endpoint: by a way to the internet, or not at all."""
        if unknown is not None:
            why = Doubt(f"which service endpoint {unknown.name} leads to")
            yield asking.doubted(unknown.key, why)
            return
        out = [
            leak
            for leak in self._reach.ways_out(asking.interface)
            if leak.traffic & _TO_PUBLIC and leak.kind is not TargetKind.GATEWAY_ENDPOINT
        ]
        if any(leak.certain and leak.kind in _TO_INTERNET for leak in out):
            return
        if out:
            end = f"{out[0].kind.value} {out[0].name}"
            yield asking.doubted(vpc, Doubt(f"what lies behind {end}, by which calls may go"))
            return
        service = asking.call.service
        zones = dict.fromkeys(place.availability_zone or "its zone" for place in places)
        kind, where = "an interface", f"in {', '.join(zones)}"
        if service == "s3":
            kind, where = "a gateway", "on the route tables of its machines"
        region = asking.region or "its region"
        yield asking.stopped(
            ENDPOINT_OF_CALL, vpc, f"has no endpoint for {service}",
            f"Make {kind} endpoint for {service} of {region} {where}, with a policy for these "
            "calls.",
        )  # fmt: skip

    def _gateway(
        self, asking: Asking, endpoint: Endpoint, places: list[Subnet]
    ) -> Iterator[Stopped]:
        holes = [table for table in endpoint.route_tables if isinstance(table, Hole)]
        for place in places:
            if place.route_table in endpoint.route_tables:
                continue
            table = described(self._network.route_tables, place.route_table)
            if holes or table is None:
                why = f"whether the route table of {place.name} leads to endpoint {endpoint.name}"
                yield asking.doubted(endpoint.key, Doubt(why, place.route_table))
                continue
            yield asking.stopped(
                ENDPOINT_OF_CALL, endpoint.key, f"is not on route table {table.name}",
                f"Add {table.name} to its routeTableIds.",
            )  # fmt: skip
        yield from self._packets.to_service(asking, endpoint, places)

    def _interface(
        self, asking: Asking, endpoint: Endpoint, places: list[Subnet]
    ) -> Iterator[Stopped]:
        if endpoint.private_dns is None:
            why = f"whether endpoint {endpoint.name} answers under its service's name"
            yield asking.doubted(endpoint.key, Doubt(why))
        elif not endpoint.private_dns:
            yield asking.stopped(
                ENDPOINT_OF_CALL, endpoint.key,
                "does not answer under its service's name, which then leads to public addresses",
                "Set privateDnsEnabled to true.",
            )  # fmt: skip
        stands, hole = self._places(self._network.interfaces[endpoint.key])
        if hole is not None:
            yield asking.doubted(endpoint.key, hole)
            return
        zones = {stand.availability_zone for stand in stands}
        for zone in dict.fromkeys(place.availability_zone for place in places):
            if zone and "" not in zones and zone not in zones:
                yield asking.stopped(
                    ZONES_OF_CALL, endpoint.key,
                    f"does not stand in {zone}, where it is called from",
                    f"Add a subnet of {zone} to its subnetIds.",
                )  # fmt: skip
        yield from self._packets.to_interface(asking, endpoint, places, stands)

    def _names(self, asking: Asking, vpc: Key) -> Iterator[Stopped]:
        if vpc not in self._resolvers:
            self._resolvers[vpc] = Resolver(vpc, self._model.dns, self._boundary)
        resolver, accounts = self._resolvers[vpc], sorted(self._boundary.accounts)
        for template in asking.call.asked_for:
            if "{a}" in template and len(accounts) != 1:
                continue  # which account's registry is asked for, nobody says
            name = self._policies.filled(template, asking, "".join(accounts[:1]))
            lets, rule = resolver.lets(name)
            if lets is None:
                doubt = next(iter(resolver.doubts), Doubt(f"whether {name} may be asked for"))
                yield asking.doubted(vpc, doubt)
            elif not lets:
                yield asking.stopped(
                    NAME_OF_CALL, vpc, f"lets nobody ask for {name}, by DNS Firewall rule {rule}",
                    f"Add {name} to the list of a rule that allows.",
                )  # fmt: skip

    def _region(self, vpc: Key, places: list[Subnet]) -> str:
        """That of the VPC: a zone names it, or an endpoint, of which some lead to other regions."""
        for place in places:
            if found := _REGION_OF_ZONE.match(place.availability_zone):
                return found[0]
        for endpoint in self._network.endpoints.values():
            service = service_named(endpoint.service)
            if endpoint.vpc == vpc and service is not None and service.region:
                return service.region
        return ""


def _is_for(endpoint: Endpoint, service: str, region: str) -> bool:
    """One of another region answers under that region's names."""
    named = service_named(endpoint.service)
    if named is None or named.name != service or endpoint.kind not in _USABLE:
        return False
    return not region or named.region in (None, region)
