"""How each type of AWS resource stands in the proof: modelled, judged, harmless, or unknown.

Modelled: the model reads it. Judged: a rule of the table looks at each such resource and says what
may not be. Harmless: no value of its inputs opens a way out. What is none of these is unknown, and
a finding wherever it occurs (CN-001).
"""

from enum import Enum
from typing import Final

from model import (
    build_acls,
    build_attachments,
    build_data_services,
    build_endpoints,
    build_functions,
    build_gateways,
    build_load_balancers,
    build_machines,
    build_prefix_lists,
    build_profiles,
    build_routes,
    build_security_groups,
    build_services,
    build_tasks,
    build_transit,
    build_vpcs,
    build_zones,
    clusters,
    dns,
    identities,
    uses,
)
from model.nouns import (
    BALANCERS,
    CACHE_SUBNETS,
    CARRIER_GATEWAY,
    CLUSTER,
    CONNECT,
    COPYING_SUBNETS,
    DATABASE,
    DATABASE_CLUSTERS,
    DATABASE_SUBNETS,
    DEFAULT_ACL,
    DEFAULT_GROUP,
    DEFAULT_ROUTE_TABLE,
    DEFAULT_SUBNET,
    DEFAULT_VPC,
    EGRESS_ONLY_GATEWAY,
    EIP,
    ENDPOINT,
    FIREWALL,
    INSTANCE,
    INTERFACE,
    INTERNET_GATEWAY,
    LAUNCH_TEMPLATE,
    LISTENER,
    MEMORY_SUBNETS,
    NAT_GATEWAY,
    NETWORK_ACL,
    PEERING,
    PEERING_ACCEPTER,
    PEERING_ATTACHMENT,
    PEERING_ATTACHMENT_ACCEPTER,
    PREFIX_LIST,
    REPLICATION_GROUP,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    TARGET_GROUP,
    TRANSIT_GATEWAY,
    TRANSIT_TABLE,
    VPC,
    VPC_ATTACHMENT,
    VPC_ATTACHMENT_ACCEPTER,
    VPN_CONNECTION,
    VPN_GATEWAY,
    WAREHOUSE_SUBNETS,
)
from rules.known_types import HARMLESS
from rules.load_balancers import TARGET
from rules.model import same_type
from rules.studios import PLACED
from rules.tasks import RUNNING
from rules.types import inspected

MODELLED: Final[dict[str, tuple[str, ...]]] = {
    "VPCs and subnets": (
        VPC,
        DEFAULT_VPC,
        build_vpcs.VPC_BLOCK,
        build_vpcs.VPC_BLOCK_V6,
        SUBNET,
        DEFAULT_SUBNET,
    ),
    "route tables": (
        ROUTE_TABLE,
        DEFAULT_ROUTE_TABLE,
        build_vpcs.MAIN_ASSOCIATION,
        build_vpcs.ROUTE_TABLE_ASSOCIATION,
        build_routes.ROUTE,
        build_routes.PROPAGATION,
        build_routes.ENDPOINT_ASSOCIATION,
        PREFIX_LIST,
        build_prefix_lists.ENTRY,
    ),
    "network ACLs": (NETWORK_ACL, DEFAULT_ACL, build_acls.RULE, build_vpcs.ACL_ASSOCIATION),
    "security groups": (
        SECURITY_GROUP,
        DEFAULT_GROUP,
        build_security_groups.RULE,
        build_security_groups.INGRESS_RULE,
        build_security_groups.EGRESS_RULE,
    ),
    "machines": (
        INSTANCE,
        INTERFACE,
        LAUNCH_TEMPLATE,
        build_machines.POOL,
        build_machines.NODE_GROUP,
        build_machines.FARGATE,
        build_attachments.GROUP_ATTACHMENT,
        build_attachments.MACHINE_ATTACHMENT,
        EIP,
        build_attachments.EIP_ASSOCIATION,
    ),
    "notebooks, domains and models": tuple(PLACED),
    "functions and builds": (build_functions.FUNCTION, build_functions.BUILD),
    "tasks, and machines that are launched for them": (
        *RUNNING,
        build_tasks.CAPACITY,
        build_tasks.ENVIRONMENT,
    ),
    "interfaces of services": (
        *BALANCERS,
        build_services.CLASSIC,
        build_services.RESOLVER_ENDPOINT,
        build_services.MOUNT_TARGET,
        FIREWALL,
    ),
    "databases, caches and brokers": (
        *DATABASE_SUBNETS,
        DATABASE,
        *DATABASE_CLUSTERS,
        *build_data_services.CLUSTER_INSTANCES,
        *build_data_services.PROXIES,
        CACHE_SUBNETS,
        REPLICATION_GROUP,
        build_data_services.CACHE,
        build_data_services.SERVERLESS_CACHE,
        build_data_services.BROKERS,
        build_data_services.SERVERLESS_BROKERS,
        build_data_services.QUEUEING,
        MEMORY_SUBNETS,
        build_data_services.MEMORY,
    ),
    "file systems of FSx": build_data_services.FILE_SYSTEMS,
    "warehouses and what copies databases": (
        WAREHOUSE_SUBNETS,
        build_data_services.WAREHOUSE,
        build_data_services.SERVERLESS_WAREHOUSE,
        COPYING_SUBNETS,
        build_data_services.COPYING,
        build_data_services.SERVERLESS_COPYING,
    ),
    "what load balancers send on": (
        LISTENER,
        build_load_balancers.LISTENER_RULE,
        TARGET_GROUP,
        TARGET,
        build_load_balancers.POOL_TARGET,
    ),
    "gateways and peerings": (
        INTERNET_GATEWAY,
        build_gateways.ATTACHMENT,
        EGRESS_ONLY_GATEWAY,
        CARRIER_GATEWAY,
        NAT_GATEWAY,
        VPN_GATEWAY,
        build_gateways.VPN_ATTACHMENT,
        PEERING,
        PEERING_ACCEPTER,
    ),
    "transit gateways": (
        TRANSIT_GATEWAY,
        TRANSIT_TABLE,
        VPC_ATTACHMENT,
        VPC_ATTACHMENT_ACCEPTER,
        PEERING_ATTACHMENT,
        PEERING_ATTACHMENT_ACCEPTER,
        CONNECT,
        VPN_CONNECTION,
        build_transit.DIRECT_CONNECT,
        build_transit.ASSOCIATION,
        build_transit.PROPAGATION,
        build_transit.ROUTE,
        build_transit.LIST_REFERENCE,
        build_transit.DEFAULT_ASSOCIATION,
        build_transit.DEFAULT_PROPAGATION,
    ),
    "endpoints": (
        ENDPOINT,
        build_endpoints.POLICY,
        build_endpoints.SUBNET_ASSOCIATION,
        build_endpoints.GROUP_ASSOCIATION,
    ),
    "DNS": (
        dns.GROUP,
        dns.RULE,
        dns.DOMAINS,
        dns.ASSOCIATION,
        dns.CONFIG,
        dns.RESOLVER_RULE,
        dns.RESOLVER_ASSOCIATION,
        dns.OPTIONS,
        dns.OPTIONS_ASSOCIATION,
        build_zones.ZONE,
        build_zones.ZONE_ASSOCIATION,
        build_profiles.PROFILE,
        build_profiles.PROFILE_ASSOCIATION,
        build_profiles.PROFILE_RESOURCE,
    ),
    "clusters": (
        CLUSTER,
        clusters.ADD_ON,
        clusters.ACCESS_ENTRY,
        clusters.POD_IDENTITY,
        clusters.IDENTITY_PROVIDER,
        clusters.CAPABILITY,
        uses.PARAMETER,
    ),
    "roles": (
        identities.ROLE,
        identities.ROLE_POLICY,
        identities.ROLE_ATTACHMENT,
        identities.ATTACHMENT,
        identities.MANAGED_POLICY,
        identities.INSTANCE_PROFILE,
    ),
    "what keeps data, and its policies": tuple(identities.RESOURCE_POLICIES),
}
MODELLED_TYPES: Final = {token: part for part, tokens in MODELLED.items() for token in tokens}
HARMLESS_TYPES: Final = {token: why for why, tokens in HARMLESS.items() for token in tokens}


class Standing(Enum):
    """How a type stands in the proof; the first that holds."""

    MODELLED = "modelled"
    JUDGED = "judged by a rule"
    HARMLESS = "harmless"
    UNKNOWN = "unknown"


def standing(resource_type: str) -> Standing:
    """How a type of AWS resource stands."""
    if same_type(resource_type) in MODELLED_TYPES:
        return Standing.MODELLED
    if inspected(resource_type):
        return Standing.JUDGED
    return Standing.HARMLESS if resource_type in HARMLESS_TYPES else Standing.UNKNOWN
