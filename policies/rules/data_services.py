"""Databases, caches and brokers: RDS, DocumentDB, Neptune, ElastiCache, MemoryDB, MSK, MQ.

What is asked of addresses is asked of warehouses, search domains and what copies databases, too;
what those send past the network, warehouses.py says.

Where their packets lead, the proof asks of their subnets and groups as of any machine's. Here it is
asked what needs neither: a public address, and what AWS itself carries past the network.

Engines have ways out of their own (UTL_HTTP, UTL_MAIL and database links of Oracle, linked servers
of SQL Server, dblink and foreign data wrappers of PostgreSQL, S3 and Lambda from Aurora). Their
packets take the network's routes, and the calls its endpoints, so that no rule forbids them.
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.boundary import Boundary
from rules.identities import parse_arn
from rules.model import Check, Resource
from rules.unknowns import REGION, UNKNOWN, at, each, false, is_set, listed, says
from rules.warehouses import (
    COPYING,
    SEARCH,
    SERVERLESS,
    SERVERLESS_COPYING,
    WAREHOUSE,
    WAYS_OF,
    past_network,
)

_DATABASE: Final = "aws:rds/instance:Instance"
_CLUSTER: Final = "aws:rds/cluster:Cluster"
_DOCUMENTS: Final = "aws:docdb/cluster:Cluster"
_CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
_GRAPHS: Final = "aws:neptune/cluster:Cluster"
_GRAPHS_INSTANCE: Final = "aws:neptune/clusterInstance:ClusterInstance"
_PROXY: Final = "aws:rds/proxy:Proxy"
_REPLICATION_GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_CACHE: Final = "aws:elasticache/cluster:Cluster"
_SERVERLESS_CACHE: Final = "aws:elasticache/serverlessCache:ServerlessCache"
_BROKERS: Final = "aws:msk/cluster:Cluster"
_QUEUEING: Final = "aws:mq/broker:Broker"
_MEMORY: Final = "aws:memorydb/cluster:Cluster"
FILE_SYSTEMS: Final = (
    "aws:fsx/ontapFileSystem:OntapFileSystem",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
    "aws:fsx/windowsFileSystem:WindowsFileSystem",
)
_CONNECTIVITY: Final = "brokerNodeGroupInfo.connectivityInfo"

ADDRESSED: Final = (
    _DATABASE, _CLUSTER, _CLUSTER_INSTANCE, _GRAPHS_INSTANCE, _BROKERS, WAREHOUSE, SERVERLESS,
    SEARCH, COPYING, _QUEUEING,
)  # fmt: skip
# Where each says which families of addresses it has. AWS takes IPv4 where nothing is said.
FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    _DATABASE: ("networkType",),
    _CLUSTER: ("networkType",),
    _DOCUMENTS: ("networkType",),
    _PROXY: ("endpointNetworkType", "targetConnectionNetworkType"),
    _REPLICATION_GROUP: ("networkType",),
    _CACHE: ("networkType",),
    _SERVERLESS_CACHE: ("networkType",),
    **dict.fromkeys(FILE_SYSTEMS, ("networkType",)),
    _MEMORY: ("networkType",),
    SEARCH: ("ipAddressType",),
    COPYING: ("networkType",),
    _BROKERS: (f"{_CONNECTIVITY}.networkType",),
}
# What says where each is put, and what else does: a replica takes the place of its source, a node
# that of its group. Without either AWS takes the default VPC.
PLACED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    _DATABASE: ("dbSubnetGroupName", ("replicateSourceDb",)),
    _CLUSTER: ("dbSubnetGroupName", ()),
    _DOCUMENTS: ("dbSubnetGroupName", ()),
    _GRAPHS: ("neptuneSubnetGroupName", ()),
    _REPLICATION_GROUP: ("subnetGroupName", ()),
    _CACHE: ("subnetGroupName", ("replicationGroupId",)),
    _SERVERLESS_CACHE: ("subnetIds", ()),
    _MEMORY: ("subnetGroupName", ()),
    _QUEUEING: ("subnetIds", ()),
    WAREHOUSE: ("clusterSubnetGroupName", ()),
    SERVERLESS: ("subnetIds", ()),
    COPYING: ("replicationSubnetGroupId", ()),
    SERVERLESS_COPYING: ("computeConfig.replicationSubnetGroupId", ()),
}
# Options that have no role and send nothing by themselves (RDS User Guide, options of MariaDB,
# MySQL, Oracle and SQL Server; read 2026-11-29). Any other one, known or new, is refused: those of
# S3, backups and audits write with a role and past the VPC; Enterprise Manager's agent, APEX and
# UTL_MAIL are there to talk to others.
_QUIET_OPTIONS: Final = frozenset(
    {
        "JVM", "LOCATOR", "MARIADB_AUDIT_PLUGIN", "NATIVE_NETWORK_ENCRYPTION", "OLAP", "OLS",
        "SPATIAL", "SQLT", "SSL", "STATSPACK", "TDE", "TIMEZONE_FILE_AUTOUPGRADE",
        "TRANSPARENT_DATA_ENCRYPTION", "Timezone", "XMLDB",
    }
)  # fmt: skip
# Where AWS copies from, by ARN where that is in another region.
_SOURCES: Final = ("replicateSourceDb", "replicationSourceIdentifier")
_GLOBAL: Final = ("globalClusterIdentifier", "globalReplicationGroupId", "multiRegionClusterName")


def public_address(resource: Resource) -> Iterator[str]:
    """What gives a database or a broker a public address, or may."""
    if resource.type == SEARCH:
        where = at(resource.props, "vpcOptions", "subnetIds")
        if where is UNKNOWN or not is_set(where):
            yield f"vpcOptions.subnetIds is {says(where)}, so its endpoint may be a public one"
        return
    if is_set(resource.props.get("elasticIp")):
        yield "sets elasticIp, a public address"
    if resource.type == _BROKERS:
        value = at(resource.props, *_CONNECTIVITY.split("."), "publicAccess", "type")
        if is_set(value) and value != "DISABLED":
            yield f"{_CONNECTIVITY}.publicAccess.type is {says(value)}, not DISABLED"
        return
    value = resource.props.get("publiclyAccessible")
    if is_set(value) and not false(value):
        yield f"publiclyAccessible is {says(value)}, not false"


def another_family(resource: Resource) -> Iterator[str]:
    """What gives it IPv6 addresses."""
    for path in FAMILIES[resource.type]:
        value = at(resource.props, *path.split("."))
        if is_set(value) and str(value).lower() != "ipv4":
            yield f"has IPv6: {path} is {says(value)}, not IPv4"


def in_default_vpc(resource: Resource) -> Iterator[str]:
    """What leaves AWS to put it into the default VPC."""
    key, others = PLACED[resource.type]
    value = at(resource.props, *key.split("."))
    if value == "default":
        yield f"{key} is the group of the default VPC"
    elif not is_set(value) and not any(is_set(resource.props.get(other)) for other in others):
        yield f"sets no {key}, so it stands in the default VPC"


def _past_network(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "OptionGroup":
        yield from _options(resource)
        return
    if resource.type in WAYS_OF:
        yield from past_network(resource, boundary)
        return
    if resource.type == _BROKERS:
        yield from _connections(resource)
        return
    if resource.type == _QUEUEING:
        yield from _shared(resource)
        return
    yield from _data_api(resource)
    yield from _copies(resource, boundary)
    yield from _streams(resource)


def _options(resource: Resource) -> Iterator[str]:
    for index, option in each(resource.props.get("options")):
        name = UNKNOWN if option is UNKNOWN else at(option, "optionName")
        if not listed(name, _QUIET_OPTIONS):
            yield f"options{index} is {says(name)}, none of those that send nothing past the VPC"
        elif is_set(at(option, "vpcSecurityGroupMemberships")):
            yield f"options{index} gives databases more security groups"


def _connections(resource: Resource) -> Iterator[str]:
    """Connections that AWS makes for clients of other VPCs and accounts, by PrivateLink."""
    path = f"{_CONNECTIVITY}.vpcConnectivity"
    if not _all_false(at(resource.props, *path.split("."))):
        yield f"{path} lets clients of other VPCs and accounts connect"


def _shared(resource: Resource) -> Iterator[str]:
    """What a broker of Amazon MQ copies to another region, and who takes part in it."""
    mode = resource.props.get("dataReplicationMode")
    if is_set(mode) and mode != "NONE":
        yield f"dataReplicationMode is {says(mode)}, not NONE: it has copies in other regions"
    for key in ("dataReplicationPrimaryBrokerArn", "resourceShareArns"):
        if is_set(resource.props.get(key)):
            yield f"sets {key}, by which it is joined to others"


def _all_false(value: Any) -> bool:
    """Whether a block turns nothing on; AWS tells of what was left out, as false."""
    if isinstance(value, dict):
        return all(_all_false(item) for item in value.values())
    if isinstance(value, list):
        return all(_all_false(item) for item in value)
    return not is_set(value) or false(value)


def _data_api(resource: Resource) -> Iterator[str]:
    if resource.type != _CLUSTER:
        return
    value = resource.props.get("enableHttpEndpoint")
    if is_set(value) and not false(value):
        yield f"enableHttpEndpoint is {says(value)}, not false: AWS's API takes its queries"
    engine = resource.props.get("engine")
    # Aurora calls from the VPC (Aurora User Guide, network communication to other AWS services),
    # where endpoints' policies hold the call; of others AWS does not say so.
    aurora = isinstance(engine, str) and engine.startswith("aurora-")
    if is_set(resource.props.get("iamRoles")) and not aurora:
        yield "iamRoles are those of an engine that is not known to call from the VPC"


def _copies(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in _GLOBAL:
        if is_set(resource.props.get(key)):
            yield f"sets {key}, which keeps copies in other regions"
    for key in _SOURCES:
        value = resource.props.get(key)
        arn = parse_arn(value)
        if value is UNKNOWN:
            yield f"{key} is unknown in preview, so its region is"
        elif arn is not None and _elsewhere(arn.region, boundary):
            yield f"{key} is in a region, {says(arn.region, REGION)}, that is not declared"
    region = resource.props.get("sourceRegion")
    if is_set(region) and _elsewhere(region, boundary):
        yield f"sourceRegion is {says(region, REGION)}, which is not declared"


def _elsewhere(region: Any, boundary: Boundary) -> bool:
    """Whether a region is none of those that are declared; nothing is asked where none is."""
    return bool(boundary.regions) and not listed(region, boundary.regions)


def _streams(resource: Resource) -> Iterator[str]:
    """Logs of caches go to a log group, or to a stream that sends on to wherever it was told."""
    for index, log in each(resource.props.get("logDeliveryConfigurations")):
        kind = UNKNOWN if log is UNKNOWN else at(log, "destinationType")
        if kind != "cloudwatch-logs":
            where = f"logDeliveryConfigurations{index}.destinationType"
            yield f"{where} is {says(kind)}, not cloudwatch-logs"


CHECKS: dict[str, Check] = {"CN-230": _past_network}
