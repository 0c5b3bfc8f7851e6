"""A control plane of our own, decided: what `plan/cluster.py` plans in place of EKS."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from plan.api_endpoints import (
    ApiEndpoints,
    leading_nowhere,
    plan_api_endpoints,
    without_record,
)
from plan.api_server import check_api_server
from plan.connections import Connection
from plan.control_plane import check_version
from plan.controllers import API_SERVER_PORT, ControllersPlan
from plan.errors import Faults
from plan.etcd import EtcdMember, EtcdPlan
from plan.external_etcd import ExternalEtcd
from plan.firewall import Allow, network_rows
from plan.iam import Role
from plan.inbound_endpoint import InboundEndpoint
from plan.issuers import check_issuers, issuer_ways
from plan.kubeconfig import Kubeconfig, plan_kubeconfig
from plan.machines_bucket import MachinesBucket, plan_machines_bucket
from plan.node_pools import NodePool
from plan.partitions import Partition
from plan.pki.table import PkiPlan
from plan.pod_addresses import check_pod_addresses
from plan.self_hosted.changes import record_of
from plan.self_hosted.firewall import ApiEndpoint as FirewallEndpoint
from plan.self_hosted.firewall import self_hosted_firewall_table
from plan.self_hosted.iam import Place
from plan.self_hosted.machines import (
    PATH,
    WORKER,
    architecture_of,
    check_artifacts,
    controller_image,
    etcd_image,
    plan_machines,
    worker_pool,
)
from plan.self_hosted.needs import on_controllers, own_control_plane, read_buckets
from plan.self_hosted.pki import cluster_pki
from plan.self_hosted.places import CONTROLLER, Scope, check_pool_names
from plan.self_hosted.roles import Known, joining_roles, known_people, machine_roles
from plan.subnets import SubnetLayout
from plan.tags import Tags
from spec.api_endpoints import ApiEndpointSpec
from spec.api_server import ApiServerSpec
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingKey
from spec.encryption import EncryptionSpec
from spec.lock import Lock
from spec.node_pools import NodePoolSpec
from spec.pki import ExpirySpec
from spec.self_hosted import ArtifactsSpec, HostSpec, SelfHostedSpec

DEFAULT_ENDPOINT = "main"


@dataclass(frozen=True, slots=True)
class SelfHosted:
    """Everything of a control plane of our own. Its pools are those of the cluster.

    api_server_name: what machines call. kubeconfig: of people. registry: that images are pulled
    from. architecture: of all machines, as EC2 says it, or empty. nodes: ARNs of the roles by which
    machines join; people: whom the authenticator knows beside them.
    """

    version: str
    service_cidr: IPv4Network
    pod_cidr: IPv4Network
    internal_domain: str
    api_server_name: str
    etcd: EtcdPlan | ExternalEtcd
    controllers: ControllersPlan
    endpoints: ApiEndpoints
    pki: PkiPlan
    kubeconfig: Kubeconfig
    expiry: ExpirySpec
    encryption: EncryptionSpec
    api_server: ApiServerSpec
    etcd_image_id: str
    controller_image_id: str
    bucket: MachinesBucket
    registry: str
    artifacts: ArtifactsSpec
    architecture: str
    host: HostSpec
    nodes: tuple[str, ...]
    people: tuple[Known, ...]
    deletion_protection: bool
    record: dict[str, Any]  # plan/self_hosted/changes.py

    @property
    def members(self) -> dict[str, EtcdMember]:
        """Of an etcd of ours; one that others run has none here."""
        return self.etcd.members if isinstance(self.etcd, EtcdPlan) else {}

    @property
    def on_controllers(self) -> bool:
        """Whether members of etcd live on controllers: those are then no group of their own."""
        return isinstance(self.etcd, EtcdPlan) and self.etcd.on_controllers

    @property
    def etcd_zones(self) -> tuple[str, ...]:
        """The private zone that members have their names in."""
        return (self.etcd.zone_name,) if isinstance(self.etcd, EtcdPlan) else ()

    @property
    def support(self) -> None:
        """Nobody upgrades it by force."""

    @property
    def support_notice(self) -> str:
        """Who keeps it up to date."""
        return f"Kubernetes {self.version}, on machines of your own: nobody but you upgrades it"

    @property
    def security_groups(self) -> dict[str, str]:
        """Roles of the firewall's table that have a group of ours, and what it is of."""
        return {
            **{m.role: f"Member {m.name} of etcd" for m in self.members.values()},
            CONTROLLER: "Controllers and their pods",
            WORKER: "Nodes and their pods",
            **{
                f"api-{name}": f"Load balancer of API endpoint {name}"
                for name, endpoint in self.endpoints.endpoints.items()
                if endpoint.balancer is not None
            },
        }

    @property
    def node_roles(self) -> tuple[str, ...]:
        """Those of machines that are nodes."""
        return (CONTROLLER, WORKER)


@dataclass(frozen=True, slots=True)
class Decided:
    """What stands in the place of that which is planned for EKS."""

    control_plane: SelfHosted
    node_pools: dict[str, NodePool]
    roles: dict[str, Role]


def plan_self_hosted(
    spec: ClusterSpec, lock: Lock, layout: SubnetLayout, tags: Tags, partition: Partition,
    connections: Mapping[str, Connection], node_pools: Mapping[str, NodePool],
    roles: Mapping[str, Role], pools_as_asked: Mapping[str, NodePoolSpec], faults: Faults,
    warnings: list[str],
) -> Decided:  # fmt: skip
    """Decide it; every fault of it at once.

    node_pools, roles: what the cluster has beside it. pools_as_asked: in the stack file.
    """
    asked = own_control_plane(spec)
    assert asked is not None, "asked for by the kind"
    version = asked.version or lock.kubernetes_version
    _check(asked, version, lock, node_pools, faults, warnings)
    scope = _scope(spec, lock, layout, tags)
    askers = _askers(spec, layout, connections)
    controllers, etcd = plan_machines(asked, scope, askers, faults, warnings)
    architecture = architecture_of(controllers, etcd, node_pools.values(), faults)
    endpoints = _plan_endpoints(asked, scope, askers, etcd, faults, warnings)
    pki = cluster_pki(spec, asked, etcd, endpoints, faults)
    api_server_name = _api_server_name(endpoints, faults)
    pools = {name: worker_pool(pool, pools_as_asked[name]) for name, pool in node_pools.items()}
    check_pod_addresses(asked.pod_cidr, controllers, pools.values(), faults, warnings)
    place = Place(
        partition, lock.account_id, read_buckets(spec, lock.account_id)[0], tags,
        asked.encryption_key.key_arn if isinstance(asked.encryption_key, ExistingKey) else None,
    )  # fmt: skip
    of_ours = etcd if isinstance(etcd, EtcdPlan) else None
    made = {**roles, **machine_roles(spec, asked, place, of_ours, controllers, pools.values())}
    own_issuer = f"https://{api_server_name}:{API_SERVER_PORT}"
    check_issuers(asked.api_server.issuers, askers, own_issuer, faults)
    control_plane = SelfHosted(
        version=version,
        service_cidr=asked.service_cidr,
        pod_cidr=asked.pod_cidr,
        internal_domain=scope.internal_domain,
        api_server_name=api_server_name,
        etcd=etcd,
        controllers=controllers,
        endpoints=endpoints,
        pki=pki,
        kubeconfig=plan_kubeconfig(
            asked.kubeconfig, spec.name, endpoints, api_server_name, pki, faults
        ),
        expiry=asked.pki.expiry,
        encryption=asked.encryption,
        api_server=asked.api_server,
        etcd_image_id=etcd_image(asked, version, etcd, lock, faults),
        controller_image_id=controller_image(asked, version, controllers, lock, faults),
        bucket=plan_machines_bucket(
            place.bucket, spec, partition, lock.account_id,
            of_ours.snapshots.days if of_ours is not None else None,
        ),
        registry=f"{lock.account_id}.dkr.ecr.{spec.region}.{partition.dns_suffix}",
        artifacts=asked.artifacts,
        architecture=architecture,
        host=asked.host,
        nodes=_joining(made, joining_roles(etcd, pools), partition, lock.account_id),
        people=known_people(spec, made, place),
        deletion_protection=asked.deletion_protection,
        record=record_of(asked, version, spec.name),
    )  # fmt: skip
    return Decided(control_plane, pools, made)


def _check(
    asked: SelfHostedSpec, version: str, lock: Lock, node_pools: Mapping[str, NodePool],
    faults: Faults, warnings: list[str],
) -> None:  # fmt: skip
    """What needs nothing that is decided here."""
    check_version(version, lock, faults)
    check_pool_names(node_pools, faults, on_controllers=on_controllers(asked))
    check_artifacts(asked, faults)
    check_api_server(asked.api_server, version, f"{PATH}.apiServer", faults, warnings)


def _plan_endpoints(
    asked: SelfHostedSpec, scope: Scope, askers: tuple[IPv4Network, ...],
    etcd: EtcdPlan | ExternalEtcd, faults: Faults, warnings: list[str],
) -> ApiEndpoints:  # fmt: skip
    path = f"{PATH}.endpoints"
    endpoints = plan_api_endpoints(_endpoints(asked, scope), scope, askers, path, faults)
    warnings += without_record(endpoints, path)
    of_etcd = (etcd.zone_name,) if isinstance(etcd, EtcdPlan) else ()
    warnings += leading_nowhere(endpoints, of_etcd, path)
    return endpoints


def _joining(
    roles: Mapping[str, Role], names: Container[str], partition: Partition, account_id: str
) -> tuple[str, ...]:
    """ARNs of the roles by which machines join."""
    return tuple(
        partition.arn("iam", f"role/{role.role_name}", account_id=account_id)
        for name, role in roles.items()
        if name in names
    )


def own_firewall(
    spec: ClusterSpec, control_plane: SelfHosted, connections: dict[str, Connection],
    layout: SubnetLayout, inbound: InboundEndpoint | None,
) -> tuple[Allow, ...]:  # fmt: skip
    """The rows of machines of a control plane of our own, then those of the network around."""
    own = self_hosted_firewall_table(
        members=[*control_plane.members],
        on_controllers=control_plane.on_controllers,
        external_etcd=control_plane.etcd.ways
        if isinstance(control_plane.etcd, ExternalEtcd)
        else (),
        api_endpoints=[
            FirewallEndpoint(
                name,
                endpoint.balancer.port,
                endpoint.balancer.allowed_cidrs,
                internal=endpoint.balancer.internal,
            )
            for name, endpoint in control_plane.endpoints.endpoints.items()
            if endpoint.balancer is not None
        ],
        issuers=issuer_ways(control_plane.api_server.issuers),
        operator=spec.access.operator is not None,
    )
    return (*own, *network_rows(spec, connections, layout, inbound, nodes=WORKER, api=None))


def _scope(spec: ClusterSpec, lock: Lock, layout: SubnetLayout, tags: Tags) -> Scope:
    return Scope(
        cluster=spec.name,
        region=spec.region,
        profile=spec.profile,
        layout=layout,
        first_zones=lock.control_plane_zones or spec.availability_zones,
        tags=tags,
        offered=lock.instance_types,
    )


def _endpoints(asked: SelfHostedSpec, scope: Scope) -> dict[str, ApiEndpointSpec]:
    """Those of the stack file, or one under the cluster's own domain."""
    if asked.endpoints:
        return dict(asked.endpoints)
    return {DEFAULT_ENDPOINT: ApiEndpointSpec(dnsName=f"api.{scope.internal_domain}")}


def _askers(
    spec: ClusterSpec, layout: SubnetLayout, connections: Mapping[str, Connection]
) -> tuple[IPv4Network, ...]:
    """Who may ask the API where nothing is said: the VPC, and networks that are led to it."""
    far = [
        cidr
        for connection in connections.values()
        if set(connection.subnets) & set(layout.control_plane)
        for cidr in connection.far_cidrs
    ]
    return tuple(dict.fromkeys((spec.network.vpc.cidr, *spec.network.vpc.secondary_cidrs, *far)))


def _api_server_name(endpoints: ApiEndpoints, faults: Faults) -> str:
    """The first name at the port that machines call, and none that may come to lead to another
    cluster: its machines would follow. Nor one that faces the internet, where they have no way."""
    for endpoint in endpoints.endpoints.values():
        inside = endpoint.balancer is None or endpoint.balancer.internal
        at_port = endpoint.url.endswith(f":{API_SERVER_PORT}")
        if at_port and endpoint.leads_to is None and inside:
            return endpoint.dns_name
    faults.add(f"{PATH}.endpoints", f"has none at port {API_SERVER_PORT} with a load balancer that "
               "is created inside or supplied, which machines of the cluster call; give one of "
               "them this port")  # fmt: skip
    return f"api.{next(iter(endpoints.endpoints))}"
