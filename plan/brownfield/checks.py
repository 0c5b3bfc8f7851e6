"""What must be true of supplied resources. `heiiki lock` read them; nothing of them is changed."""

from collections.abc import Mapping

from plan.brownfield.routes import Table, check_routes, users_of
from plan.connections import Connection
from plan.errors import Faults
from plan.self_hosted.needs import own_control_plane
from plan.subnets import SubnetLayout, subnets_of_load_balancers, subnets_of_nodes
from plan.tags import Tags
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.network import CreateSubnet, ExistingRouteTable, ExistingSubnet, ExistingVpc
from spec.supplied import SuppliedVpc

RUN_LOCK = "was not read; run heiiki lock"
AMAZON_DNS = ("AmazonProvidedDNS", "169.254.169.253")


def check_supplied(
    spec: ClusterSpec, lock: Lock, tags: Tags, layout: SubnetLayout,
    connections: dict[str, Connection], faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """Compare the stack file with what the lock file says of the supplied network."""
    vpc = spec.network.vpc
    if isinstance(vpc, ExistingVpc):
        _check_vpc(spec, vpc, lock, faults, warnings)
        for name, subnet in spec.network.subnets.items():
            if isinstance(subnet, ExistingSubnet):
                _check_subnet(name, subnet, vpc, lock, faults)
    tables = _tables(spec, layout, faults)
    for table in tables:
        found = lock.supplied.route_tables.get(table.route_table_id)
        if found is None:
            faults.add(table.path, RUN_LOCK, table.route_table_id)
            continue
        if isinstance(vpc, ExistingVpc) and found.vpc_id != vpc.vpc_id:
            message = f"lies in {found.vpc_id}, not in network.vpc.vpcId {vpc.vpc_id}"
            faults.add(table.path, message, table.route_table_id)
        check_routes(table, found, spec, lock, connections, faults, warnings)
    if own_control_plane(spec) is None:
        _check_tags(spec, lock, tags, layout, tables, faults)


def _check_tags(
    spec: ClusterSpec, lock: Lock, tags: Tags, layout: SubnetLayout, tables: list[Table],
    faults: Faults,
) -> None:  # fmt: skip
    """The cluster's tag is asked for where something looks for it: load balancers in subnets, the
    AWS cloud provider in tables of nodes. Elsewhere its owner need not care for us, nor where the
    control plane is ours, which makes neither load balancers of Services nor routes to pods."""
    needed = f"needs the tag {tags.cluster_key} = shared"
    inviting, of_nodes = subnets_of_load_balancers(spec, layout), subnets_of_nodes(spec, layout)
    for name, subnet in layout.subnets.items():
        found = lock.supplied.subnets.get(subnet.subnet_id or "")
        if found is not None and name in inviting and not _bears(found.tags, tags):
            faults.add(f"network.subnets.{name}.subnetId", f"{needed}, else Services of type "
                       "LoadBalancer get no load balancer", subnet.subnet_id)  # fmt: skip
    for table in {table.route_table_id: table for table in reversed(tables)}.values():
        row = lock.supplied.route_tables.get(table.route_table_id)
        lying = ", ".join(name for name in table.users if name in of_nodes)
        if row is not None and lying and not _bears(row.tags, tags):
            faults.add(table.path, f"{needed}, since nodes lie in {lying}: by it the AWS cloud "
                       "provider finds the table for routes to pods",
                       table.route_table_id)  # fmt: skip


def _bears(found: Mapping[str, str], tags: Tags) -> bool:
    return found.get(tags.cluster_key) in ("shared", "owned")


def _tables(spec: ClusterSpec, layout: SubnetLayout, faults: Faults) -> list[Table]:
    """Every supplied table that is named, once for each exposure, at the first key that does."""
    keys: dict[tuple[str, str], str] = {}
    if isinstance(spec.network.vpc, ExistingVpc):
        for name, subnet in spec.network.subnets.items():
            if isinstance(subnet, ExistingSubnet):
                key = (subnet.route_table_id, subnet.exposure)
                keys.setdefault(key, f"network.subnets.{name}.routeTableId")
    for name, table in spec.network.route_tables.items():
        if not isinstance(table, ExistingRouteTable):
            continue
        path = f"network.routeTables.{name}.routeTableId"
        if not isinstance(spec.network.vpc, ExistingVpc):
            message = "a supplied table needs a supplied VPC, which it lies in"
            faults.add(path, message, table.route_table_id)
            continue
        users = [s.exposure for s in spec.network.subnets.values()
                 if isinstance(s, CreateSubnet) and s.route_table == name]  # fmt: skip
        for exposure in users or ["isolated"]:
            keys.setdefault((table.route_table_id, exposure), path)
    return [
        Table(path, table_id, exposure, users_of(layout, table_id))
        for (table_id, exposure), path in keys.items()
    ]


def _check_vpc(
    spec: ClusterSpec, vpc: ExistingVpc, lock: Lock, faults: Faults, warnings: list[str]
) -> None:
    path = "network.vpc"
    found = lock.supplied.vpcs.get(vpc.vpc_id)
    if found is None:
        faults.add(f"{path}.vpcId", RUN_LOCK, vpc.vpc_id)
        return
    cidrs = {"cidr": vpc.cidr}
    cidrs |= {f"secondaryCidrs.{i}": cidr for i, cidr in enumerate(vpc.secondary_cidrs)}
    for key, cidr in cidrs.items():
        if cidr not in found.cidrs:
            real = ", ".join(str(c) for c in found.cidrs)
            faults.add(f"{path}.{key}", f"is not of the VPC, which has {real}", cidr)
    for cidr in found.cidrs:
        if cidr not in cidrs.values():
            faults.add(f"{path}.secondaryCidrs", "leaves out a CIDR that the VPC has, so nothing "
                       "keeps Services and connections apart from it; add it", cidr)  # fmt: skip
    if not found.dns_support or not found.dns_hostnames:
        faults.add(f"{path}.vpcId", "needs DNS support and DNS hostnames on, else private names "
                   "of endpoints do not resolve and no node joins; switch on enableDnsSupport and "
                   "enableDnsHostnames", vpc.vpc_id)  # fmt: skip
    _check_name_servers(vpc, found, faults)
    closed = spec.network.egress.kind == "none"
    if closed and found.ipv6_cidrs:
        faults.add(f"{path}.vpcId", f"has IPv6 addresses {', '.join(found.ipv6_cidrs)}, which are "
                   "public and which no rule here covers; have its owner take them off",
                   vpc.vpc_id)  # fmt: skip
    if closed and found.internet_gateway_ids:
        warnings.append(
            f"{path}.vpcId: {vpc.vpc_id} has {', '.join(found.internet_gateway_ids)} attached: one "
            "route, written by whoever may, opens the network; have its owner detach it"
        )
    if found.tenancy != "default":
        warnings.append(
            f"{path}.vpcId: {vpc.vpc_id} has tenancy {found.tenancy}: every machine gets hardware "
            "of its own, and types that are not offered so do not start"
        )


def _check_name_servers(vpc: ExistingVpc, found: SuppliedVpc, faults: Faults) -> None:
    """Another resolver knows no private names of endpoints, and passes DNS Firewall and logs by.

    EKS demands AmazonProvidedDNS: EKS user guide, cluster-endpoint (read 2026-11-22).
    """
    resolvers = (*AMAZON_DNS, str(vpc.cidr.network_address + 2))
    foreign = [server for server in found.domain_name_servers if server not in resolvers]
    if foreign or not found.domain_name_servers:
        names = ", ".join(foreign) or "no name server"
        faults.add("network.vpc.vpcId", f"has DHCP options with {names}; nodes need "
                   "AmazonProvidedDNS and may ask nobody else, since others pass DNS Firewall and "
                   "query logs by; have its owner set domain-name-servers = AmazonProvidedDNS",
                   vpc.vpc_id)  # fmt: skip


def _check_subnet(
    name: str, subnet: ExistingSubnet, vpc: ExistingVpc, lock: Lock, faults: Faults
) -> None:
    path = f"network.subnets.{name}"
    found = lock.supplied.subnets.get(subnet.subnet_id)
    if found is None:
        faults.add(f"{path}.subnetId", RUN_LOCK, subnet.subnet_id)
        return
    if found.vpc_id != vpc.vpc_id:
        message = f"lies in {found.vpc_id}, not in network.vpc.vpcId {vpc.vpc_id}"
        faults.add(f"{path}.subnetId", message, subnet.subnet_id)
    for key, asked, real in (
        ("availabilityZone", subnet.availability_zone, found.availability_zone),
        ("cidr", str(subnet.cidr), str(found.cidr)),
        ("routeTableId", subnet.route_table_id, found.route_table_id),
    ):
        if asked != real:
            faults.add(f"{path}.{key}", f"is not of the subnet, which has {real}", asked)
    if found.map_public_ip_on_launch and subnet.exposure != "public":
        faults.add(f"{path}.subnetId", "gives machines public addresses; switch off "
                   "mapPublicIpOnLaunch", subnet.subnet_id)  # fmt: skip
    if found.ipv6_cidrs and subnet.exposure == "isolated":
        faults.add(f"{path}.subnetId", f"has IPv6 addresses {', '.join(found.ipv6_cidrs)}, which "
                   "are public; have its owner take them off", subnet.subnet_id)  # fmt: skip


def undecided(spec: ClusterSpec, lock: Lock) -> tuple[str, ...]:
    """What could still open the supplied network, and that no plan can know."""
    vpc = spec.network.vpc
    if not isinstance(vpc, ExistingVpc):
        return ()
    found = lock.supplied.vpcs[vpc.vpc_id]
    gateways = sorted({g for t in lock.supplied.route_tables.values()
                       for g in t.propagating_gateways})  # fmt: skip
    return (
        *(f"what {gateway} announces" for gateway in gateways),
        *(f"who may write a route to {gateway}" for gateway in found.internet_gateway_ids),
    )
