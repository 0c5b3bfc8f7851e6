"""What must be true of supplied resources. `heiiki lock` read them; nothing of them is changed."""

from plan.errors import Faults
from plan.tags import Tags
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.network import CreateSubnet, ExistingRouteTable, ExistingSubnet, ExistingVpc

_RUN_LOCK = "was not read; run heiiki lock"


def check_supplied(spec: ClusterSpec, lock: Lock, tags: Tags, faults: Faults) -> None:
    """Compare the stack file with what the lock file says of supplied resources."""
    vpc = spec.network.vpc
    if isinstance(vpc, ExistingVpc):
        _check_vpc(vpc, lock, faults)
        for name, subnet in spec.network.subnets.items():
            if isinstance(subnet, ExistingSubnet):
                _check_subnet(name, subnet, vpc, lock, tags, faults)
    for name, table in spec.network.route_tables.items():
        if isinstance(table, ExistingRouteTable):
            path = f"network.routeTables.{name}.routeTableId"
            if not isinstance(vpc, ExistingVpc):
                message = "a supplied table needs a supplied VPC, which it lies in"
                faults.add(path, message, table.route_table_id)
                continue
            users = [s.exposure for s in spec.network.subnets.values()
                     if isinstance(s, CreateSubnet) and s.route_table == name]  # fmt: skip
            for exposure in users or ["isolated"]:
                _check_table(path, table.route_table_id, exposure, vpc, lock, tags, faults)


def _check_vpc(vpc: ExistingVpc, lock: Lock, faults: Faults) -> None:
    path = "network.vpc"
    found = lock.supplied.vpcs.get(vpc.vpc_id)
    if found is None:
        faults.add(f"{path}.vpcId", _RUN_LOCK, vpc.vpc_id)
        return
    cidrs = {"cidr": vpc.cidr}
    cidrs |= {f"secondaryCidrs.{i}": cidr for i, cidr in enumerate(vpc.secondary_cidrs)}
    for key, cidr in cidrs.items():
        if cidr not in found.cidrs:
            real = ", ".join(str(c) for c in found.cidrs)
            faults.add(f"{path}.{key}", f"is not of the VPC, which has {real}", cidr)
    if not found.dns_support or not found.dns_hostnames:
        faults.add(f"{path}.vpcId", "needs DNS support and DNS hostnames on, else private names "
                   "of endpoints do not resolve and no node joins; switch on enableDnsSupport and "
                   "enableDnsHostnames", vpc.vpc_id)  # fmt: skip


def _check_subnet(
    name: str, subnet: ExistingSubnet, vpc: ExistingVpc, lock: Lock, tags: Tags, faults: Faults
) -> None:
    path = f"network.subnets.{name}"
    found = lock.supplied.subnets.get(subnet.subnet_id)
    if found is None:
        faults.add(f"{path}.subnetId", _RUN_LOCK, subnet.subnet_id)
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
    if found.tags.get(tags.cluster_key) not in ("shared", "owned"):
        faults.add(f"{path}.subnetId", f"needs the tag {tags.cluster_key} = shared, else Services "
                   "of type LoadBalancer get no load balancer", subnet.subnet_id)  # fmt: skip
    if found.map_public_ip_on_launch and subnet.exposure != "public":
        faults.add(f"{path}.subnetId", "gives machines public addresses; switch off "
                   "mapPublicIpOnLaunch", subnet.subnet_id)  # fmt: skip
    path = f"{path}.routeTableId"
    _check_table(path, subnet.route_table_id, subnet.exposure, vpc, lock, tags, faults)


def _check_table(
    path: str, route_table_id: str, exposure: str, vpc: ExistingVpc, lock: Lock, tags: Tags,
    faults: Faults,
) -> None:  # fmt: skip
    found = lock.supplied.route_tables.get(route_table_id)
    if found is None:
        faults.add(path, _RUN_LOCK, route_table_id)
        return
    if found.vpc_id != vpc.vpc_id:
        message = f"lies in {found.vpc_id}, not in network.vpc.vpcId {vpc.vpc_id}"
        faults.add(path, message, route_table_id)
    target = found.default_route_target or ""
    leads = {"igw": "public", "": "isolated"}.get(target.split("-")[0], "private")
    if leads != exposure:
        way = f"has a default route to {target}" if target else "has no default route"
        faults.add(path, f"{way}, so the subnet is {leads}, not {exposure}; change one of the two",
                   route_table_id)  # fmt: skip
    if found.tags.get(tags.cluster_key) not in ("shared", "owned"):
        faults.add(path, f"needs the tag {tags.cluster_key} = shared", route_table_id)
