"""Which zones offer the instance types that are asked for. Not every zone has every type."""

from plan.errors import Faults
from plan.instance_types import has_limits
from plan.machines import machines_for_people
from plan.self_hosted.needs import machine_types
from plan.subnets import SubnetLayout
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection
from spec.lock import Lock


def wanted_types(spec: ClusterSpec) -> dict[str, str]:
    """Every instance type that the stack file asks for, by the YAML path that names it."""
    pools = {f"nodePools.{name}": pool.instance_type for name, pool in spec.node_pools.items()}
    people = {path: machine.instance_type for path, machine in machines_for_people(spec).items()}
    own = {path: name for path, (name, _) in machine_types(spec).items()}
    return {f"{path}.instanceType": name for path, name in (pools | own | people).items()}


def check_offers(spec: ClusterSpec, lock: Lock, layout: SubnetLayout, faults: Faults) -> None:
    """Note every type that a zone of its subnets does not offer, and such as nobody asked AWS of.

    An Auto Scaling group over such a zone fails there at each launch, and the others carry on: a
    pool over two zones then lies in one, and nobody is told.
    """
    zones = _zones(spec, layout)
    for path, name in wanted_types(spec).items():
        offered = lock.instance_types.get(name)
        if offered is None:
            if has_limits(name):  # others are told of as unknown
                faults.add(path, "is not in the lock file, so nobody knows which zones offer it; "
                           "run heiiki lock", name)  # fmt: skip
            continue
        missing = [
            zone
            for zone in zones[path]
            if zone not in offered.availability_zones and zone[:-1] == spec.region
        ]  # another region's is told of as such
        if missing:
            known = ", ".join(offered.availability_zones) or f"no zone of {spec.region}"
            faults.add(path, f"is not offered in {', '.join(missing)}, where its subnets lie, but "
                       f"in {known}; choose another type, or subnets there", name)  # fmt: skip


def _zones(spec: ClusterSpec, layout: SubnetLayout) -> dict[str, list[str]]:
    """Zones by the path of the type that must be offered there."""
    named = {f"nodePools.{name}": pool.subnets or layout.nodes
             for name, pool in spec.node_pools.items()}  # fmt: skip
    named |= {path: names or layout.nodes for path, (_, names) in machine_types(spec).items()}
    named["access.operator.machine"] = (layout.operator,) if layout.operator else ()
    found = {
        f"{path}.instanceType": sorted(
            {layout.subnets[name].availability_zone for name in names if name in layout.subnets}
        )
        for path, names in named.items()
    }
    for name, connection in spec.network.connections.items():
        if isinstance(connection, BastionVpcConnection):
            path = f"network.connections.{name}.machine.instanceType"
            found[path] = [connection.availability_zone]
    return found
