"""What must hold of the named ways to other networks before any of them is created."""

from plan.connection_doubles import check_doubles
from plan.connections import Connection
from plan.errors import Faults, PlanError
from plan.partitions import partition_of
from plan.subnets import SubnetLayout, subnets_of_nodes
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection, VpcPeeringConnection
from spec.lock import Lock
from spec.network import ExistingVpc

WIDEST_ALLOWED_PREFIX = 8  # wider than any network that one owner has


def check_connections(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, connections: dict[str, Connection],
    faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """Note every fault of bastion VPCs, peerings, and of tables that would lead further.

    Nodes that have routes to the other side are told as a warning: some are meant to.
    """
    bastions = [n for n, c in connections.items() if isinstance(c.spec, BastionVpcConnection)]
    for name in bastions[1:]:
        faults.add(f"network.connections.{name}.kind", f"stands beside {bastions[0]}: one bastion "
                   "VPC is what a cluster has; keep one", "bastionVpc")  # fmt: skip
    vpc = spec.network.vpc
    vpc_id = vpc.vpc_id if isinstance(vpc, ExistingVpc) else None
    check_doubles(spec.network.connections, faults)
    for name, connection in connections.items():
        path = f"network.connections.{name}"
        if isinstance(connection.spec, BastionVpcConnection):
            _check_bastion(path, connection.spec, spec, faults)
        if isinstance(connection.spec, VpcPeeringConnection):
            _check_peering(path, connection.spec, spec, lock, faults)
            _check_peer(path, connection.spec, spec, vpc_id, faults)
        _check_leaks(path, connection, layout, faults)
        _warn_of_nodes(path, connection, spec, layout, warnings)


def _check_bastion(
    path: str, bastion: BastionVpcConnection, spec: ClusterSpec, faults: Faults
) -> None:
    if not bastion.subnet_cidr.subnet_of(bastion.vpc_cidr):
        message = f"lies outside vpcCidr {bastion.vpc_cidr}"
        faults.add(f"{path}.subnetCidr", message, bastion.subnet_cidr)
    if bastion.availability_zone[:-1] != spec.region:
        message = f"lies outside region {spec.region}; write a zone such as {spec.region}a"
        faults.add(f"{path}.availabilityZone", message, bastion.availability_zone)
    for i, cidr in enumerate(bastion.allowed_cidrs):
        if cidr.prefixlen < WIDEST_ALLOWED_PREFIX:
            faults.add(f"{path}.allowedCidrs.{i}", "opens SSH to more than one owner has; write "
                       "your own addresses, such as 203.0.113.7/32", cidr)  # fmt: skip


def _check_peering(
    path: str, peering: VpcPeeringConnection, spec: ClusterSpec, lock: Lock, faults: Faults
) -> None:
    foreign = peering.peer_account_id not in (None, lock.account_id)
    if peering.peer_route_table_ids and (foreign or peering.peer_region not in (None, spec.region)):
        faults.add(f"{path}.peerRouteTableIds", "are of another account or region, which is not "
                   "ours to change; leave them out, and let their owner route back")  # fmt: skip


def _check_peer(
    path: str, peering: VpcPeeringConnection, spec: ClusterSpec, vpc_id: str | None, faults: Faults
) -> None:
    """Who the other side cannot be: the VPC itself, and one of another partition."""
    if peering.peer_vpc_id == vpc_id:
        faults.add(f"{path}.peerVpcId", "is network.vpc.vpcId itself; name the other VPC",
                   peering.peer_vpc_id)  # fmt: skip
    region = peering.peer_region
    if region is None:
        return
    near = partition_of(spec.region).name
    try:
        far = partition_of(region).name
    except PlanError as error:
        faults.add(f"{path}.peerRegion", error.faults[0].message, region)
        return
    if far != near:
        faults.add(f"{path}.peerRegion", f"lies in partition {far}, and no peering leads there "
                   f"from {near}; correct the region, or connect through virtualPrivateGateway",
                   region)  # fmt: skip


def _check_leaks(path: str, connection: Connection, layout: SubnetLayout, faults: Faults) -> None:
    """A subnet that shares a table with a named one would lead to the other side unnamed."""
    named = tuple(name for name in connection.subnets if name in layout.subnets)
    tables = [t for t in layout.tables_of(named) if not layout.route_tables[t].route_table_id]
    for name, subnet in layout.subnets.items():
        if subnet.route_table in tables and name not in named:
            faults.add(f"{path}.subnets", f"would let subnet {name} out as well, since it shares "
                       f"the table {subnet.route_table}; name it too, or give it a table of its "
                       "own")  # fmt: skip


def _warn_of_nodes(
    path: str, connection: Connection, spec: ClusterSpec, layout: SubnetLayout, warnings: list[str]
) -> None:
    """Only the operator's subnet need lead there; from a subnet of nodes, every pod does."""
    of_nodes = subnets_of_nodes(spec, layout)
    if leading := [name for name in connection.subnets if name in of_nodes]:
        warnings.append(
            f"{path}.subnets: nodes lie in {', '.join(leading)}, whose tables lead to the other "
            "side, so that security groups alone keep nodes and pods from it; unless they are "
            "meant to go there, name subnets without nodes, such as one of the operator's own"
        )
