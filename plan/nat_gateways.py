"""Which NAT gateway a private subnet uses."""

from dataclasses import replace

from plan.errors import Faults
from plan.subnets import Subnet, SubnetLayout
from spec.network import CreateNatGateway, EgressSpec, NatEgress


def assign_nat_gateways(layout: SubnetLayout, egress: EgressSpec, faults: Faults) -> SubnetLayout:
    """The layout with a NAT gateway for every private subnet: its own zone's, or the only one."""
    if not isinstance(egress, NatEgress):
        return layout
    zones = {
        name: layout.subnets[nat.subnet].availability_zone
        for name, nat in egress.nat_gateways.items()
        if isinstance(nat, CreateNatGateway) and nat.subnet in layout.subnets
    }
    subnets = {
        name: _assigned(subnet, egress, zones, faults) for name, subnet in layout.subnets.items()
    }
    _check_shared_tables(subnets, faults)
    return replace(layout, subnets=subnets)


def _check_shared_tables(subnets: dict[str, Subnet], faults: Faults) -> None:
    """A table has one default route, so the subnets that share it share a gateway."""
    first: dict[str, Subnet] = {}
    for subnet in subnets.values():
        if subnet.exposure != "private" or subnet.subnet_id is not None:
            continue
        other = first.setdefault(subnet.route_table, subnet)
        if subnet.nat_gateway != other.nat_gateway and subnet.nat_gateway and other.nat_gateway:
            path = f"network.subnets.{subnet.name}.natGateway"
            faults.add(path, f"differs from {other.nat_gateway} of network.subnets.{other.name}, "
                       f"which shares the table {subnet.route_table}; give each zone a table of "
                       "its own, or name one gateway for both", subnet.nat_gateway)  # fmt: skip


def _assigned(subnet: Subnet, egress: NatEgress, zones: dict[str, str], faults: Faults) -> Subnet:
    if subnet.exposure != "private" or subnet.subnet_id is not None:
        return subnet
    path = f"network.subnets.{subnet.name}.natGateway"
    known = ", ".join(egress.nat_gateways)
    if subnet.nat_gateway is not None:
        if subnet.nat_gateway not in egress.nat_gateways:
            faults.add(path, f"names no NAT gateway; known: {known}", subnet.nat_gateway)
        return subnet
    same_zone = [name for name, zone in zones.items() if zone == subnet.availability_zone]
    chosen = same_zone or (list(egress.nat_gateways) if len(egress.nat_gateways) == 1 else [])
    if not chosen:
        faults.add(path, f"is needed: no NAT gateway lies in its zone; choose one of {known}")
        return subnet
    return replace(subnet, nat_gateway=chosen[0])
