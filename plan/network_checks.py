"""What must hold of a network before anything of it is created."""

from ipaddress import IPv4Network
from itertools import combinations

from plan.connection_checks import check_connections
from plan.connections import Connection, far_keys
from plan.errors import Faults
from plan.name_checks import check_names
from plan.partitions import eks_bars_zone
from plan.self_hosted.needs import own_control_plane
from plan.subnets import SubnetLayout, machine_subnets
from plan.vpc_cidrs import check_vpc_cidrs
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection
from spec.lock import Lock
from spec.network import CreateNatGateway, CreateSubnet, CreateVpc, ExistingVpc, NatEgress

VPC_WIDEST_PREFIX, VPC_NARROWEST_PREFIX = 16, 28  # of VPCs and subnets alike
SERVICE_WIDEST_PREFIX, SERVICE_NARROWEST_PREFIX = 12, 24
SERVICE_BLOCKS = tuple(
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)  # EKS API reference, KubernetesNetworkConfigRequest (read 2026-11-22)


def check_network(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, connections: dict[str, Connection],
    faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """Note every fault of addresses, zones, references and exposures."""
    _check_prefixes(spec, faults)
    _check_overlaps(spec, faults)
    check_vpc_cidrs(spec, faults, warnings)
    _check_subnets(spec, layout, faults)
    _check_references(spec, layout, faults)
    _check_exposures(spec, faults)
    _check_shared_tables(spec, faults)
    _check_zones(spec, lock, layout, faults)
    _check_supplied_tables(layout, spec, faults)
    _check_records(spec, warnings)
    check_names(spec, faults)
    check_connections(spec, lock, layout, connections, faults, warnings)


def _vpc_cidrs(spec: ClusterSpec) -> tuple[IPv4Network, ...]:
    return (spec.network.vpc.cidr, *spec.network.vpc.secondary_cidrs)


def _check_prefixes(spec: ClusterSpec, faults: Faults) -> None:
    cidrs = {"network.vpc.cidr": spec.network.vpc.cidr}
    cidrs |= {
        f"network.vpc.secondaryCidrs.{i}": c for i, c in enumerate(spec.network.vpc.secondary_cidrs)
    }
    cidrs |= {f"network.subnets.{n}.cidr": s.cidr for n, s in spec.network.subnets.items()}
    for name, connection in spec.network.connections.items():
        if isinstance(connection, BastionVpcConnection):
            path = f"network.connections.{name}"
            cidrs[f"{path}.vpcCidr"] = connection.vpc_cidr
            cidrs[f"{path}.subnetCidr"] = connection.subnet_cidr
    for path, cidr in cidrs.items():
        if not VPC_WIDEST_PREFIX <= cidr.prefixlen <= VPC_NARROWEST_PREFIX:
            message = f"must be /{VPC_WIDEST_PREFIX} to /{VPC_NARROWEST_PREFIX}, as AWS takes it"
            faults.add(path, message, cidr)
    service = spec.control_plane.service_cidr
    who = "EKS" if own_control_plane(spec) is None else "Kubernetes"
    if not SERVICE_WIDEST_PREFIX <= service.prefixlen <= SERVICE_NARROWEST_PREFIX:
        faults.add(
            "controlPlane.serviceCidr",
            f"must be /{SERVICE_WIDEST_PREFIX} to /{SERVICE_NARROWEST_PREFIX}, as {who} takes it",
            service,
        )
    if not any(service.subnet_of(block) for block in SERVICE_BLOCKS):
        blocks = ", ".join(str(block) for block in SERVICE_BLOCKS)
        why = "as EKS takes it" if who == "EKS" else "which are nobody's on the internet (RFC 1918)"
        faults.add("controlPlane.serviceCidr", f"must lie inside one of {blocks}, {why}",
                   service)  # fmt: skip


def _check_overlaps(spec: ClusterSpec, faults: Faults) -> None:
    """VPC, services, and every connected network must be apart, or packets go astray."""
    networks = [("network.vpc.cidr", spec.network.vpc.cidr)]
    networks += [
        (f"network.vpc.secondaryCidrs.{i}", c)
        for i, c in enumerate(spec.network.vpc.secondary_cidrs)
    ]
    networks.append(("controlPlane.serviceCidr", spec.control_plane.service_cidr))
    if (own := own_control_plane(spec)) is not None:
        networks.append(("controlPlane.podCidr", own.pod_cidr))
    for name, connection in spec.network.connections.items():
        at = f"network.connections.{name}"
        networks += [(f"{at}.{key}", cidr) for key, cidr in far_keys(connection).items()]
    for (path, cidr), (other_path, other) in combinations(networks, 2):
        one_side = path.startswith("network.connections.") and (
            path.split(".")[2] == other_path.split(".")[2])  # fmt: skip
        if cidr.overlaps(other) and not one_side:
            faults.add(other_path, f"overlaps {path} {cidr}; choose addresses of its own", other)


def _check_subnets(spec: ClusterSpec, layout: SubnetLayout, faults: Faults) -> None:
    vpc_cidrs = _vpc_cidrs(spec)
    for name, subnet in layout.subnets.items():
        path = f"network.subnets.{name}"
        if not any(subnet.cidr.subnet_of(cidr) for cidr in vpc_cidrs):
            inside = ", ".join(str(cidr) for cidr in vpc_cidrs)
            faults.add(f"{path}.cidr", f"lies outside the VPC's {inside}", subnet.cidr)
        if subnet.availability_zone not in spec.availability_zones:
            known = ", ".join(spec.availability_zones)
            faults.add(
                f"{path}.availabilityZone", f"is not in availabilityZones: {known}",
                subnet.availability_zone,
            )  # fmt: skip
    for one, other in combinations(layout.subnets.values(), 2):
        if one.cidr.overlaps(other.cidr):
            message = f"overlaps network.subnets.{one.name} {one.cidr}"
            faults.add(f"network.subnets.{other.name}.cidr", message, other.cidr)


def _check_references(spec: ClusterSpec, layout: SubnetLayout, faults: Faults) -> None:
    """Every name of a subnet, a route table or a gateway must stand for one."""
    used = [("controlPlane.subnets", spec.control_plane.subnets)]
    used += [(f"nodePools.{n}.subnets", p.subnets) for n, p in spec.node_pools.items()]
    used += [(f"network.connections.{n}.subnets", c.subnets)
             for n, c in spec.network.connections.items()]  # fmt: skip
    if spec.network.dns.inbound_endpoint is not None:
        inbound = "network.dns.inboundEndpoint.subnets"
        used.append((inbound, spec.network.dns.inbound_endpoint.subnets))
    if spec.access.operator and spec.access.operator.subnet:
        used.append(("access.operator.subnet", (spec.access.operator.subnet,)))
    egress = spec.network.egress
    if isinstance(egress, NatEgress):
        used += [(f"network.egress.natGateways.{n}.subnet", (nat.subnet,))
                 for n, nat in egress.nat_gateways.items()
                 if isinstance(nat, CreateNatGateway)]  # fmt: skip
    known = ", ".join(layout.subnets)
    for path, names in used:
        for i, name in enumerate(names):
            if name not in layout.subnets:
                faults.add(path, f"names no subnet; known: {known}", name)
            elif name in names[:i]:
                faults.add(path, "names a subnet twice; name it once", name)
    for name, pool in spec.node_pools.items():
        if not (pool.subnets or layout.nodes):
            faults.add(f"nodePools.{name}.subnets", "is needed: every subnet is public or the "
                       f"operator's, so none is for nodes; known: {known}")  # fmt: skip
    for name, subnet in spec.network.subnets.items():
        wanted = subnet.route_table if isinstance(subnet, CreateSubnet) else None
        if wanted is not None and wanted not in spec.network.route_tables:
            tables = ", ".join(spec.network.route_tables) or "none yet"
            path = f"network.subnets.{name}.routeTable"
            faults.add(path, f"names no table in network.routeTables; known: {tables}", wanted)


def _check_exposures(spec: ClusterSpec, faults: Faults) -> None:
    """Nothing leads outward that network.egress does not name."""
    egress = spec.network.egress
    allowed = {
        "none": ("isolated",),
        "internetGateway": ("isolated", "public"),
        "nat": ("isolated", "private", "public"),
    }[egress.kind]
    for name, subnet in spec.network.subnets.items():
        if subnet.exposure not in allowed:
            faults.add(
                f"network.subnets.{name}.exposure",
                f"needs a way out, but network.egress.kind is {egress.kind}; write isolated, or "
                "choose egress nat or internetGateway",
                subnet.exposure,
            )
        if subnet.kind == "create" and subnet.nat_gateway and subnet.exposure != "private":
            message = f"is for exposure private, and the subnet is {subnet.exposure}; leave it out"
            faults.add(f"network.subnets.{name}.natGateway", message, subnet.nat_gateway)
    if egress.kind == "internetGateway" and not any(
        subnet.exposure == "public" for subnet in spec.network.subnets.values()
    ):
        faults.add("network.egress.kind", "would open a gateway that nothing uses, since no subnet "
                   "is public; give one in network.subnets exposure public, or write none",
                   egress.kind)  # fmt: skip
    if isinstance(egress, NatEgress):
        for name, nat in egress.nat_gateways.items():
            inside = (
                spec.network.subnets.get(nat.subnet) if isinstance(nat, CreateNatGateway) else None
            )
            if inside is not None and inside.exposure != "public":
                path = f"network.egress.natGateways.{name}.subnet"
                faults.add(path, "must be a public subnet, else it has no way out", inside.exposure)
    if isinstance(spec.network.vpc, ExistingVpc) and not spec.network.subnets:
        faults.add("network.subnets", "is needed: only its owner knows what is free in a supplied "
                   "VPC, so list the subnets")  # fmt: skip
    if isinstance(spec.network.vpc, ExistingVpc) and egress.kind != "none":
        gateway = egress.internet_gateway
        if gateway.kind == "create":
            faults.add("network.egress.internetGateway",
                       "a supplied VPC is not changed; give its gateway as existing")  # fmt: skip
    if egress.kind == "none" and not spec.network.dns.firewall:
        faults.add("network.dns.firewall", "must be true while network.egress.kind is none: the "
                   "resolver answers public names without any gateway", False)  # fmt: skip
    if isinstance(spec.network.vpc, CreateVpc):
        for name, subnet in spec.network.subnets.items():
            if subnet.kind == "existing":
                faults.add(f"network.subnets.{name}", "a supplied subnet needs a supplied VPC")


def _check_shared_tables(spec: ClusterSpec, faults: Faults) -> None:
    """Subnets that share a table share its routes."""
    by_table: dict[str, set[str]] = {}
    for name, subnet in spec.network.subnets.items():
        if not isinstance(subnet, CreateSubnet):
            continue
        if subnet.route_table:
            by_table.setdefault(subnet.route_table, set()).add(subnet.exposure)
        elif name in spec.network.route_tables:
            faults.add(f"network.subnets.{name}.routeTable", "is needed: a table in "
                       f"network.routeTables has the subnet's name; write {name}, or rename one "
                       "of the two")  # fmt: skip
    for table, exposures in by_table.items():
        if len(exposures) > 1:
            mixed = ", ".join(sorted(exposures))
            faults.add(f"network.routeTables.{table}", f"serves subnets of exposures {mixed}; "
                       "subnets that share a table share its routes, so give them tables of "
                       "their own")  # fmt: skip


def _check_zones(spec: ClusterSpec, lock: Lock, layout: SubnetLayout, faults: Faults) -> None:
    zones = {
        layout.subnets[n].availability_zone for n in layout.control_plane if n in layout.subnets
    }
    if len(zones) < 2:
        inside = ", ".join(sorted(zones)) or "none"
        faults.add("controlPlane.subnets", "must lie in two Availability Zones or more; they lie "
                   f"in {inside}")  # fmt: skip
    for name in layout.control_plane:
        zone = layout.subnets[name].availability_zone if name in layout.subnets else ""
        if own_control_plane(spec) is None and eks_bars_zone(lock.availability_zones.get(zone, "")):
            listed = name in spec.network.subnets
            path = f"network.subnets.{name}.availabilityZone" if listed else "availabilityZones"
            faults.add(path, "EKS takes no control-plane subnet in zone id "
                       f"{lock.availability_zones[zone]}; use another", zone)  # fmt: skip
    if lock.control_plane_zones and zones != set(lock.control_plane_zones):
        path = "controlPlane.subnets" if spec.control_plane.subnets else "availabilityZones"
        faults.add(path, f"put the control plane into {', '.join(sorted(zones)) or 'no zone'}, but "
                   "by the lock file it was made in "
                   f"{', '.join(sorted(lock.control_plane_zones))}, which EKS never changes; keep "
                   "a subnet for it in each of these and in no other. If the cluster does not "
                   "exist yet, remove controlPlaneZones from the lock file and run heiiki lock"
                   )  # fmt: skip


def _check_supplied_tables(layout: SubnetLayout, spec: ClusterSpec, faults: Faults) -> None:
    """A supplied table is not changed, so the S3 endpoint of machines in it is supplied too."""
    supplied = [t for t in layout.tables_of(machine_subnets(spec, layout))
                if layout.route_tables[t].route_table_id]  # fmt: skip
    if supplied and "s3" not in spec.network.endpoints.existing:
        faults.add("network.endpoints.existing.s3", "is needed: route tables "
                   f"{', '.join(supplied)} are supplied and are not changed, so their owner adds "
                   "the S3 gateway endpoint; give its id")  # fmt: skip


def _check_records(spec: ClusterSpec, warnings: list[str]) -> None:
    """What is switched off and would be missed on the day on which somebody asks what went out.

    Of a supplied VPC its owner decides, and whoever switches this off there asks nobody for it.
    """
    if not isinstance(spec.network.vpc, CreateVpc):
        return
    closed = "and in a closed network they alone show who tried to get out"
    if not spec.network.flow_logs.enabled:
        warnings.append("network.flowLogs.enabled: false, so no flow log is made, "
                        f"{closed}")  # fmt: skip
    if not spec.network.dns.query_logs:
        warnings.append("network.dns.queryLogs: false, so no query of the resolver is recorded, "
                        f"{closed}")  # fmt: skip
