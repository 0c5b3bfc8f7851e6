"""The whole plan: everything that follows from a stack file and its lock file."""

from dataclasses import dataclass
from typing import Any

from plan.access import Principal, plan_access
from plan.brownfield.api import check_supplied_api
from plan.brownfield.arns import check_supplied_arns
from plan.brownfield.buckets import check_supplied_bucket
from plan.brownfield.checks import check_supplied, undecided
from plan.brownfield.endpoints import check_supplied_endpoints
from plan.brownfield.gateways import check_supplied_gateways
from plan.brownfield.keys import check_supplied_key
from plan.brownfield.machines import check_supplied_machines
from plan.brownfield.roles import check_supplied_roles
from plan.brownfield.stores import check_supplied_stores
from plan.brownfield.watch import check_watch
from plan.capacity import check_capacity
from plan.carry_in import (
    CarriedBucket,
    CarriedRepository,
    check_carry_in,
    plan_buckets,
    plan_repositories,
)
from plan.connections import Connection, plan_connections
from plan.control_plane import AddOn, ControlPlane, plan_add_ons, plan_control_plane
from plan.dns import allowed_domains
from plan.doubts import doubts
from plan.endpoints import Endpoint, plan_endpoints
from plan.errors import Faults, PlanError
from plan.features import Feature, enabled_features
from plan.firewall import Allow, firewall_table
from plan.iam import Role, plan_roles, role_arn
from plan.inbound_endpoint import InboundEndpoint, plan_inbound_endpoint
from plan.instance_offers import check_offers
from plan.kms import key_policy
from plan.log_buckets import LogBucket, plan_flow_log_bucket
from plan.log_groups import LogGroup, plan_log_groups
from plan.machines import check_machines
from plan.nat_gateways import assign_nat_gateways
from plan.network_checks import check_network
from plan.node_pools import NodePool, plan_node_pools
from plan.partitions import Partition, partition_of
from plan.people import check_people
from plan.policy_sizes import check_policy_sizes
from plan.routes import Route, plan_routes
from plan.rule_counts import check_groups, rule_warnings
from plan.self_hosted.cluster import SelfHosted, own_firewall, plan_self_hosted
from plan.self_hosted.keys import without_eks
from plan.self_hosted.needs import own_control_plane
from plan.subnets import SubnetLayout, plan_subnets
from plan.tags import Tags, check_tags
from spec.cluster import ClusterSpec
from spec.lock import Lock

MACHINE_IMAGE = "al2023/x86_64"  # key in the lock file: machines for people


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Everything that the components declare, decided. Collections are keyed by logical name."""

    spec: ClusterSpec
    account_id: str
    partition: Partition
    tags: Tags
    layout: SubnetLayout
    connections: dict[str, Connection]
    routes: tuple[Route, ...]
    endpoints: dict[str, Endpoint]
    firewall: tuple[Allow, ...]
    allowed_domains: tuple[str, ...]
    inbound_endpoint: InboundEndpoint | None
    roles: dict[str, Role]
    buckets: dict[str, CarriedBucket]
    repositories: dict[str, CarriedRepository]
    key_policy: dict[str, Any]
    log_groups: dict[str, LogGroup]
    flow_log_bucket: LogBucket | None  # where flow logs go to one
    control_plane: ControlPlane | SelfHosted
    add_ons: dict[str, AddOn]
    node_pools: dict[str, NodePool]
    principals: dict[str, Principal]
    machine_image_id: str  # of machines for people, where they name none
    undecided: tuple[str, ...]  # what could still open a supplied network
    warnings: tuple[str, ...]

    @property
    def eks(self) -> ControlPlane:
        """The control plane, for whoever is asked only where it is EKS's."""
        assert isinstance(self.control_plane, ControlPlane)
        return self.control_plane


def plan_cluster(spec: ClusterSpec, lock: Lock, *, where: str = "the stack file") -> ClusterPlan:
    """Decide everything, or raise PlanError with every fault at once.

    where: what the stack file is called in the message.
    """
    faults, warnings = Faults(), []  # type: tuple[Faults, list[str]]
    asked = spec
    spec = without_eks(asked, asked.control_plane.version or lock.kubernetes_version, faults)
    tags = Tags(spec.name, spec.tags)
    partition, layout = _place(spec, lock, tags, faults, where)
    connections = plan_connections(spec.network.connections, layout)
    check_tags(spec.tags, faults)
    warnings += doubts(asked)
    _check_what_is_asked(spec, lock, tags, partition, layout, connections, faults, warnings)
    layout = assign_nat_gateways(layout, spec.network.egress, faults)
    features = enabled_features(spec)
    endpoints = plan_endpoints(spec, lock, layout, features, partition, faults)
    check_supplied_endpoints(spec, lock, layout, endpoints, faults, warnings)
    names = allowed_domains(spec, endpoints, partition, lock.account_id)
    check_watch(spec, lock, names, faults, warnings)
    inbound = plan_inbound_endpoint(spec, layout, connections, faults)
    machines = _plan_machines(spec, asked, lock, layout, tags, partition, connections, features,
                              faults, warnings)  # fmt: skip
    check_capacity(spec, lock, layout, connections, endpoints, inbound, machines.node_pools,
                   machines.control_plane, faults, warnings)  # fmt: skip
    made = {n: role_arn(r, partition, lock.account_id) for n, r in machines.roles.items()}
    check_people(spec, made, faults)
    check_carry_in(spec, partition, lock.account_id, made, faults, warnings)
    buckets = plan_buckets(spec, partition, lock.account_id)
    repositories = plan_repositories(spec, partition, lock.account_id)
    check_supplied_stores(spec.region, lock, buckets, repositories, faults, warnings)
    its_policy = key_policy(spec, partition, lock.account_id)
    check_policy_sizes(spec, machines.roles, endpoints, buckets, repositories, its_policy, faults)
    faults.raise_if_any(where=where)  # from here on, every name is known to stand for something
    firewall = _firewall(spec, machines.control_plane, connections, endpoints, layout, inbound)
    warnings += rule_warnings(firewall)
    return ClusterPlan(
        spec=spec,
        account_id=lock.account_id,
        partition=partition,
        tags=tags,
        layout=layout,
        connections=connections,
        routes=plan_routes(layout, connections),
        endpoints=endpoints,
        firewall=firewall,
        allowed_domains=names,
        inbound_endpoint=inbound,
        roles=machines.roles,
        log_groups=plan_log_groups(spec.name, partition, lock.account_id),
        flow_log_bucket=plan_flow_log_bucket(spec, partition, lock.account_id),
        buckets=buckets,
        repositories=repositories,
        key_policy=its_policy,
        control_plane=machines.control_plane,
        add_ons=machines.add_ons,
        node_pools=machines.node_pools,
        principals=machines.principals,
        machine_image_id=lock.images[MACHINE_IMAGE],
        undecided=undecided(spec, lock),
        warnings=tuple(warnings),
    )


def _place(
    spec: ClusterSpec, lock: Lock, tags: Tags, faults: Faults, where: str
) -> tuple[Partition, SubnetLayout]:
    """Where it lies. Without a region and a layout there is nothing to go on with."""
    try:
        partition = partition_of(spec.region)
        _check_lock(spec, lock, faults)
        faults.raise_if_any(where=where)  # nothing else means anything with another stack's lock
        layout = plan_subnets(spec, tags, lock.control_plane_zones)
    except PlanError as error:
        raise PlanError(error.faults, where=where) from None
    if lock.partition != partition.name:
        message = f"lies in partition {partition.name}, and the lock file says {lock.partition}; "
        faults.add("region", f"{message}run heiiki lock", spec.region)
    return partition, layout


def _check_what_is_asked(
    spec: ClusterSpec, lock: Lock, tags: Tags, partition: Partition, layout: SubnetLayout,
    connections: dict[str, Connection], faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """What needs nothing but the network: what is supplied, and what machines may be."""
    check_network(spec, lock, layout, connections, faults, warnings)
    check_supplied(spec, lock, tags, layout, connections, faults, warnings)
    check_supplied_gateways(spec, lock, faults)
    check_supplied_arns(spec, partition, lock.account_id, faults)
    check_supplied_roles(spec, lock, partition, faults, warnings)
    check_supplied_key(spec, lock, partition, faults, warnings)
    check_supplied_bucket(spec, lock, partition, faults, warnings)
    check_supplied_machines(spec, lock, faults, warnings)
    check_supplied_api(spec, lock, faults, warnings)
    check_machines(spec, lock, faults)
    check_groups(spec, faults, warnings)
    check_offers(spec, lock, layout, faults)


@dataclass(frozen=True, slots=True)
class _Machines:
    """Who runs the control plane, what joins it, and as whom."""

    control_plane: ControlPlane | SelfHosted
    add_ons: dict[str, AddOn]
    node_pools: dict[str, NodePool]
    principals: dict[str, Principal]
    roles: dict[str, Role]


def _plan_machines(
    spec: ClusterSpec, asked: ClusterSpec, lock: Lock, layout: SubnetLayout, tags: Tags,
    partition: Partition, connections: dict[str, Connection], features: tuple[Feature, ...],
    faults: Faults, warnings: list[str],
) -> _Machines:  # fmt: skip
    """asked: as the stack file has it, before anything of EKS was taken out."""
    of_eks = own_control_plane(spec) is None
    eks = plan_control_plane(spec, lock, layout.control_plane, faults) if of_eks else None
    add_ons = plan_add_ons(spec, lock, faults) if of_eks else {}
    node_pools = plan_node_pools(spec, lock, layout, tags, faults, warnings)
    principals = plan_access(spec, partition, faults)
    roles = plan_roles(spec, features, partition, lock.account_id, tags)
    if eks is not None:
        return _Machines(eks, add_ons, node_pools, principals, roles)
    own = plan_self_hosted(spec, lock, layout, tags, partition, connections, node_pools, roles,
                           asked.node_pools, faults, warnings)  # fmt: skip
    return _Machines(own.control_plane, add_ons, own.node_pools, {}, own.roles)


def _firewall(
    spec: ClusterSpec, control_plane: ControlPlane | SelfHosted,
    connections: dict[str, Connection], endpoints: dict[str, Endpoint], layout: SubnetLayout,
    inbound: InboundEndpoint | None,
) -> tuple[Allow, ...]:  # fmt: skip
    if isinstance(control_plane, ControlPlane):
        return firewall_table(spec, connections, endpoints, layout, inbound)
    return own_firewall(spec, control_plane, connections, layout, inbound)


def lock_fits(spec: ClusterSpec, lock: Lock) -> bool:
    """Whether the lock file is of the stack file's place, so that the two can be compared."""
    faults = Faults()
    _check_lock(spec, lock, faults)
    return not faults.found


def _check_lock(spec: ClusterSpec, lock: Lock, faults: Faults) -> None:
    """The lock file must be of this region, account and zones."""
    again = "the lock file is of another stack or out of date; run heiiki lock"
    if lock.region != spec.region:
        faults.add("region", f"differs from the lock file's {lock.region}; {again}", spec.region)
        return
    if spec.boundary.account_id not in (None, lock.account_id):
        message = f"differs from the lock file's {lock.account_id}; {again}"
        faults.add("boundary.accountId", message, spec.boundary.account_id)
    if MACHINE_IMAGE not in lock.images:
        faults.add("access.operator", f"the lock file has no image {MACHINE_IMAGE}; {again}")
    for zone in spec.availability_zones:
        if zone not in lock.availability_zones:
            faults.add("availabilityZones", f"{zone} is not in the lock file; {again}", zone)
    named: dict[str, list[str]] = {}
    for zone, id_ in lock.availability_zones.items():
        named.setdefault(id_, []).append(zone)
    for id_, zones in named.items():
        if len(zones) > 1:
            faults.add("availabilityZones", f"{' and '.join(zones)} have one zone id in the lock "
                       f"file, {id_}, and in no account have two zones one; {again}")  # fmt: skip
