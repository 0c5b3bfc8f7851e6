"""Warehouses, search domains and what copies databases: Redshift, OpenSearch and DMS.

What each of them sends past the network by AWS's own ways. Where its addresses are, and who gives
it a public one, is asked with all data services (data_services.py).

Redshift Management Guide: enhanced-vpc-routing, spectrum-enhanced-vpc (Spectrum runs outside the
VPC, by the warehouse's roles). OpenSearch Service developer guide: vpc-egress (what a domain of a
VPC sends to hosts of people's choice leaves over the internet, until its egress is enabled).
DMS User Guide: release notes 3.4.7 (from then on services are reached through the VPC's endpoints).
Read 2026-11-29. Redshift's Data API answers own principals wherever they are, and nothing turns it
off; it is IAM's to hold, as that of tables is.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from rules.addresses import is_private_address
from rules.boundary import Boundary
from rules.hosts import outside_host
from rules.machines import shown
from rules.model import Check, Resource
from rules.named_hosts import hosts_in, listed_hosts
from rules.unknowns import REGION, at, each, false, is_set, listed, says, true

WAREHOUSE: Final = "aws:redshift/cluster:Cluster"
SERVERLESS: Final = "aws:redshiftserverless/workgroup:Workgroup"
SEARCH: Final = "aws:opensearch/domain:Domain"
COPYING: Final = "aws:dms/replicationInstance:ReplicationInstance"
SERVERLESS_COPYING: Final = "aws:dms/replicationConfig:ReplicationConfig"
_ROLES: Final = ("iamRoles", "iamRoleArns", "defaultIamRoleArn")
_FIRST_INSIDE: Final = (3, 4, 7)  # of DMS
_VERSION: Final = re.compile(r"\d+(?:\.\d+)*")
# Inputs that hold hosts as they are, most of them of DMS's endpoints.
_SERVERS: Final = (
    "serverName",
    "kafkaSettings.broker",
    "elasticsearchSettings.endpointUri",
    "oracleSettings.asmServer",
    "redisSettings.serverName",
    # Of file systems, and of what serves files: name servers of their directory.
    "selfManagedActiveDirectory.dnsIps",
    "activeDirectoryConfiguration.selfManagedActiveDirectoryConfiguration.dnsIps",
)


def past_network(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """What such a service sends past routes, groups and endpoints; of others nothing."""
    for ask in _WAYS.get(resource.type, ()):
        yield from ask(resource, boundary)


def _loads(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("enhancedVpcRouting")
    if not true(value):
        yield f"enhancedVpcRouting is {says(value)}, not true: what it loads passes no VPC"


def _acts(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in _ROLES:
        if is_set(resource.props.get(key)):
            yield f"sets {key}, by which Spectrum and functions act outside the VPC"


def _copies(resource: Resource, boundary: Boundary) -> Iterator[str]:
    region = resource.props.get("destinationRegion")
    if boundary.regions and not listed(region, boundary.regions):
        yield f"destinationRegion is {says(region, REGION)}, which is not declared"


def _searches(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "vpcOptions", "egressEnabled")
    if not true(value):
        yield f"vpcOptions.egressEnabled is {says(value)}, not true: it sends over the internet"
    asks = at(resource.props, "cognitoOptions", "enabled")
    if is_set(asks) and not false(asks):
        yield "cognitoOptions has people log in at a host of the internet"


def _replicates(resource: Resource, boundary: Boundary) -> Iterator[str]:
    version = resource.props.get("engineVersion")
    if is_set(version) and not _is_inside(version):
        said = says(version, _VERSION)
        yield f"engineVersion is {said}, and only from 3.4.7 on are services reached in the VPC"


def _is_inside(version: Any) -> bool:
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        return False
    return tuple(map(int, version.split("."))) >= _FIRST_INSIDE


def _asks(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for path in ("dnsNameServers", "computeConfig.dnsNameServers"):
        given = at(resource.props, *path.split("."))
        if not is_set(given):
            continue
        servers = given.split(",") if isinstance(given, str) else [given]
        if not all(is_private_address(_trimmed(one), boundary.ranges) for one in servers):
            yield f"{path} is {says(given)}, not of private addresses inside the boundary alone"


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


_WAYS: Final[dict[str, tuple[Callable[[Resource, Boundary], Iterator[str]], ...]]] = {
    WAREHOUSE: (_loads, _acts),
    SERVERLESS: (_loads,),
    "aws:redshift/clusterIamRoles:ClusterIamRoles": (_acts,),
    "aws:redshiftserverless/namespace:Namespace": (_acts,),
    "aws:redshift/snapshotCopy:SnapshotCopy": (_copies,),
    SEARCH: (_searches,),
    COPYING: (_replicates, _asks),
    SERVERLESS_COPYING: (_asks,),
}
WAYS_OF: Final = tuple(_WAYS)


def _outside_server(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """Hosts that data is copied from and to, as far as they are known."""
    for where, host in dict.fromkeys(_servers(resource)):
        fault = outside_host(host, boundary)
        if fault:
            yield f"{where} names {shown(host)}, which {fault}"


def _servers(resource: Resource) -> Iterator[tuple[str, str]]:
    for path in _SERVERS:
        for _, value in each(at(resource.props, *path.split("."))):
            if not isinstance(value, str):
                continue
            yield from ((path, host) for host in listed_hosts(value))
            yield from ((path, host) for _, host in hosts_in(value, ported=False))
    said = resource.props.get("extraConnectionAttributes")
    if isinstance(said, str):
        yield from (("extraConnectionAttributes", host) for _, host in hosts_in(said))


CHECKS: dict[str, Check] = {"CN-242": _outside_server}
