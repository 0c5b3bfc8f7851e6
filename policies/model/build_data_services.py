"""Interfaces of databases, warehouses, caches, brokers and file systems of FSx in a VPC.

What runs there is the operator's: queries, extensions and replicas open connections, whose
packets take the subnets' routes and the interface's groups. So the proof asks where they reach.
"""

from collections.abc import Iterator
from typing import Any, Final

from model.deployment import Node
from model.interfaces import Places, public_if
from model.network import Hole, Interface, Key, Public, Reference
from model.nouns import DATABASE, DATABASE_CLUSTERS, GRAPHS, REPLICATION_GROUP, Noun
from rules.unknowns import UNKNOWN, at, each, is_set

CLUSTER_INSTANCES: Final = (
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:docdb/clusterInstance:ClusterInstance",
    "aws:neptune/clusterInstance:ClusterInstance",
)
_OF_GRAPHS: Final = (GRAPHS, CLUSTER_INSTANCES[-1])
PROXIES: Final = ("aws:rds/proxy:Proxy", "aws:rds/proxyEndpoint:ProxyEndpoint")
CACHE: Final = "aws:elasticache/cluster:Cluster"
SERVERLESS_CACHE: Final = "aws:elasticache/serverlessCache:ServerlessCache"
BROKERS: Final = "aws:msk/cluster:Cluster"
SERVERLESS_BROKERS: Final = "aws:msk/serverlessCluster:ServerlessCluster"
QUEUEING: Final = "aws:mq/broker:Broker"
MEMORY: Final = "aws:memorydb/cluster:Cluster"
WAREHOUSE: Final = "aws:redshift/cluster:Cluster"
SERVERLESS_WAREHOUSE: Final = "aws:redshiftserverless/workgroup:Workgroup"
SEARCH: Final = "aws:opensearch/domain:Domain"
COPYING: Final = "aws:dms/replicationInstance:ReplicationInstance"
SERVERLESS_COPYING: Final = "aws:dms/replicationConfig:ReplicationConfig"
FILE_SYSTEMS: Final = (
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:fsx/ontapFileSystem:OntapFileSystem",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
    "aws:fsx/windowsFileSystem:WindowsFileSystem",
)
_NODES: Final = "brokerNodeGroupInfo"
# What names its subnet group, the group's noun, and what names its security groups.
_GROUPED: Final = {
    MEMORY: ("subnetGroupName", Noun.MEMORY_SUBNETS, "securityGroupIds"),
    WAREHOUSE: ("clusterSubnetGroupName", Noun.WAREHOUSE_SUBNETS, "vpcSecurityGroupIds"),
    COPYING: ("replicationSubnetGroupId", Noun.COPYING_SUBNETS, "vpcSecurityGroupIds"),
    SERVERLESS_COPYING: (
        "computeConfig.replicationSubnetGroupId",
        Noun.COPYING_SUBNETS,
        "computeConfig.vpcSecurityGroupIds",
    ),
}


def data_services(places: Places) -> Iterator[Interface]:
    """The interfaces of databases, proxies, caches, brokers and what copies between them."""
    reader = places.reader
    for key, node in reader.each(DATABASE, *DATABASE_CLUSTERS):
        yield _database(places, key, node)
    for key, node in reader.each(*CLUSTER_INSTANCES):
        yield _cluster_instance(places, key, node)
    for key, node in reader.each(*PROXIES):
        yield _by_lists(places, key, node, "vpcSubnetIds", "vpcSecurityGroupIds")
    for key, node in reader.each(REPLICATION_GROUP, CACHE):
        # A node of a replication group has the group's own subnets and security groups.
        if not _in_described_group(places, node):
            subnets = _cache_subnets(places, node)
            groups = places.groups(node, "securityGroupIds", subnets)
            yield _interface(places, key, node, subnets, groups)
    for key, node in reader.each(SERVERLESS_CACHE, *FILE_SYSTEMS):
        yield _by_lists(places, key, node, "subnetIds", "securityGroupIds")
    for key, node in reader.each(BROKERS):
        subnets = reader.references.several(node, f"{_NODES}.clientSubnets", Noun.SUBNET)
        groups = places.groups(node, f"{_NODES}.securityGroups", subnets)
        yield _interface(places, key, node, subnets, groups, brokers_public(node.resource.props))
    for key, node in reader.each(SERVERLESS_BROKERS):
        yield _serverless_brokers(places, key, node)
    for key, node in reader.each(*_GROUPED):
        yield _grouped(places, key, node)
    for key, node in reader.each(SERVERLESS_WAREHOUSE):
        public = public_if(node.resource.props.get("publiclyAccessible"))
        yield _by_lists(places, key, node, "subnetIds", "securityGroupIds", public)
    for key, node in reader.each(QUEUEING):
        public = public_if(node.resource.props.get("publiclyAccessible"))
        yield _by_lists(places, key, node, "subnetIds", "securityGroups", public)
    for key, node in reader.each(SEARCH):
        # Without subnets it stands in AWS's own network, and has no interface in another one.
        if is_set(node.resource.props.get("vpcOptions")):
            yield _by_lists(
                places, key, node, "vpcOptions.subnetIds", "vpcOptions.securityGroupIds"
            )


def brokers_public(props: Any) -> Public:
    """Whether brokers have public addresses; they have none where nothing is said."""
    kind = at(props, _NODES, "connectivityInfo", "publicAccess", "type")
    if kind is UNKNOWN:
        return Public.UNKNOWN
    return Public.NO if not is_set(kind) or kind == "DISABLED" else Public.YES


def _interface(
    places: Places,
    key: Key,
    node: Node,
    subnets: tuple[Reference, ...],
    groups: tuple[Reference, ...],
    public: Public = Public.NO,
) -> Interface:
    return Interface(
        key=key,
        name=node.resource.name,
        subnets=subnets or (Hole(f"the subnet of {node.resource.name!r}"),),
        addresses=places.addresses(subnets),
        security_groups=groups,
        public=public,
    )


def _by_lists(
    places: Places,
    key: Key,
    node: Node,
    subnets_in: str,
    groups_in: str,
    public: Public = Public.NO,
) -> Interface:
    subnets = places.reader.references.several(node, subnets_in, Noun.SUBNET)
    return _interface(places, key, node, subnets, places.groups(node, groups_in, subnets), public)


def _grouped(places: Places, key: Key, node: Node) -> Interface:
    """What stands in the subnets of its group, and nowhere else by another's word."""
    subnets_in, noun, groups_in = _GROUPED[node.resource.type]
    given = at(node.resource.props, *subnets_in.split("."))
    subnets = _of_group(places, node, subnets_in, noun) if is_set(given) else ()
    public = public_if(node.resource.props.get("publiclyAccessible"))
    return _interface(places, key, node, subnets, places.groups(node, groups_in, subnets), public)


def _database(places: Places, key: Key, node: Node) -> Interface:
    subnets = _database_subnets(places, node)
    groups = places.groups(node, "vpcSecurityGroupIds", subnets)
    public = public_if(node.resource.props.get("publiclyAccessible"))
    return _interface(places, key, node, subnets, groups, public)


def _cluster_instance(places: Places, key: Key, node: Node) -> Interface:
    """An instance of a cluster stands where the cluster says, behind the cluster's groups."""
    cluster = _other(places, node, "clusterIdentifier", Noun.DATABASE_CLUSTER)
    public = public_if(node.resource.props.get("publiclyAccessible"))
    if isinstance(cluster, Hole):
        groups: tuple[Reference, ...] = (Hole(f"the groups of {cluster.what}", of=cluster),)
        return _interface(places, key, node, _database_subnets(places, node), groups, public)
    subnets = _database_subnets(places, cluster)
    if is_set(node.resource.props.get(_subnet_group_in(node))):
        subnets = _database_subnets(places, node)
    groups = places.groups(cluster, "vpcSecurityGroupIds", subnets)
    return _interface(places, key, node, subnets, groups, public)


def _database_subnets(places: Places, node: Node) -> tuple[Reference, ...]:
    """The subnets of a database; of a replica that names none those of what it replicates."""
    name = _subnet_group_in(node)
    if is_set(node.resource.props.get(name)):
        return _of_group(places, node, name, Noun.DATABASE_SUBNETS)
    if is_set(node.resource.props.get("replicateSourceDb")):
        source = _other(places, node, "replicateSourceDb", Noun.DATABASE)
        if isinstance(source, Node) and source is not node:
            own = source.resource.props
            if is_set(own.get(name)) or not is_set(own.get("replicateSourceDb")):
                return _database_subnets(places, source)
    return ()


def _subnet_group_in(node: Node) -> str:
    """The input by which a database names its subnet group."""
    graphs = node.resource.type in _OF_GRAPHS
    return "neptuneSubnetGroupName" if graphs else "dbSubnetGroupName"


def _cache_subnets(places: Places, node: Node) -> tuple[Reference, ...]:
    name = "subnetGroupName"
    if not is_set(node.resource.props.get(name)):
        return ()
    return _of_group(places, node, name, Noun.CACHE_SUBNETS)


def _of_group(places: Places, node: Node, path: str, noun: Noun) -> tuple[Reference, ...]:
    """The subnets of a subnet group that an input names."""
    group = _other(places, node, path, noun)
    if isinstance(group, Hole):
        return (group,)
    return places.reader.references.several(group, "subnetIds", Noun.SUBNET)


def _other(places: Places, node: Node, path: str, noun: Noun) -> Node | Hole:
    """The one resource that an input names, or why there is none."""
    found = places.reader.references.one(node, path, noun)
    if found is None:
        return Hole(f"the {noun.value} of {node.resource.name!r}")
    return found if isinstance(found, Hole) else places.reader.deployment.nodes[found]


def _in_described_group(places: Places, node: Node) -> bool:
    path = "replicationGroupId"
    if node.resource.type != CACHE or not is_set(node.resource.props.get(path)):
        return False
    return isinstance(places.reader.references.one(node, path, Noun.REPLICATION_GROUP), str)


def _serverless_brokers(places: Places, key: Key, node: Node) -> Interface:
    references, path = places.reader.references, "vpcConfigs"
    subnets: tuple[Reference, ...] = ()
    groups: tuple[Reference, ...] = ()
    for _, config in each(node.resource.props.get(path)):
        listed = UNKNOWN if config is UNKNOWN else at(config, "subnetIds")
        given = UNKNOWN if config is UNKNOWN else at(config, "securityGroupIds")
        subnets += references.values(node, f"{path}.subnetIds", listed, Noun.SUBNET)
        groups += references.values(node, f"{path}.securityGroupIds", given, Noun.SECURITY_GROUP)
        if not is_set(given):
            groups += places.groups(node, "securityGroups", subnets)
    once = tuple(dict.fromkeys(subnets)), tuple(dict.fromkeys(groups))
    return _interface(places, key, node, *once)
