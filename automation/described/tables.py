"""All tables in one: every call, and every type that the live reader knows."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Final

from automation.described import (
    access_grants,
    admitted,
    apis,
    barriers,
    builds,
    caches,
    clusters,
    databases,
    deliveries,
    direct_connect,
    doors,
    file_systems,
    firewalls,
    functions,
    gateways,
    identities,
    jobs,
    joints,
    keys,
    lattices,
    links,
    load_balancers,
    machines,
    messages,
    names,
    network,
    objects,
    pipelines,
    registries,
    schedules,
    sharing,
    stores,
    streams,
    studios,
    tasks,
    transit,
    warehouses,
    web_acls,
)
from automation.described.calls import Call, Kind

TABLES: Final[tuple[ModuleType, ...]] = (
    network, gateways, transit, direct_connect, firewalls, machines, load_balancers, doors,
    names, joints, clusters, identities, keys, registries, databases, caches, functions, stores,
    messages, deliveries, barriers, sharing, warehouses, access_grants, web_acls, tasks, builds,
    streams, jobs, file_systems, studios, schedules, pipelines, apis, links, admitted,
    objects, lattices,
)  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = tuple(kind for table in TABLES for kind in table.KINDS)

# What the model of the proof or a rule knows and no table, by the reason why; a family by its
# beginning. Where a stack has recorded one of these, every property of it counts as unknown. What
# is in no table and not here can open a network by nothing but by naming something of others, or is
# refused by its type: it is taken as it is recorded, which tells of that.
UNREAD: Final[dict[str, tuple[str, ...]]] = {
    "AWS's own default VPC is read as what it consists of": (
        "aws:ec2/defaultVpc:DefaultVpc",
        "aws:ec2/defaultSubnet:DefaultSubnet",
    ),
    "one of them may stand for several things of AWS's, and is told as what of them is there": (
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:iam/policyAttachment:PolicyAttachment",
    ),
    "another name of a type that is read, and read as that": (
        "aws:alb/loadBalancer:LoadBalancer",
        "aws:s3/bucketAclV2:BucketAclV2",
        "aws:s3/bucketLoggingV2:BucketLoggingV2",
        "aws:s3/bucketV2:BucketV2",
        "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2",
    ),
    "the tables of a transit gateway tell what is associated with them, by whatever default": (
        "aws:ec2transitgateway/defaultRouteTableAssociation:DefaultRouteTableAssociation",
        "aws:ec2transitgateway/defaultRouteTablePropagation:DefaultRouteTablePropagation",
    ),
    "a rule refuses it by its type, whatever its properties are": (
        "aws:apigatewayv2/*",
        "aws:cloudfront/*",
        "aws:cognito/*",
        "aws:directconnect/*",
        "aws:ec2/eipDomainName:EipDomainName",
        "aws:ec2/localGatewayRoute:LocalGatewayRoute",
        "aws:ec2/natGatewayEipAssociation:NatGatewayEipAssociation",
        "aws:ec2clientvpn/*",
        "aws:globalaccelerator/*",
        "aws:networkmanager/*",
        "aws:ram/*",
        "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
        "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy",
        "aws:vpclattice/*",
    ),
}

# What cannot change for as long as the thing is there, so it is taken as it is recorded: what it
# was made for. No operation of AWS turns that elsewhere (boto3's models of these services; the
# provider replaces the thing).
_NETWORKS: Final = "aws:networkmanager/"
FIXED: Final = {
    "aws:directconnect/macsecKeyAssociation:MacsecKeyAssociation": frozenset({"secretArn"}),
    "aws:iam/policyAttachment:PolicyAttachment": frozenset({"policyArn"}),  # of no role
    f"{_NETWORKS}customerGatewayAssociation:CustomerGatewayAssociation":
        frozenset({"customerGatewayArn"}),
    f"{_NETWORKS}dxGatewayAttachment:DxGatewayAttachment": frozenset({"directConnectGatewayArn"}),
    f"{_NETWORKS}prefixListAssociation:PrefixListAssociation": frozenset({"prefixListArn"}),
    f"{_NETWORKS}siteToSiteVpnAttachment:SiteToSiteVpnAttachment": frozenset({"vpnConnectionArn"}),
    f"{_NETWORKS}transitGatewayConnectPeerAssociation:TransitGatewayConnectPeerAssociation":
        frozenset({"transitGatewayConnectPeerArn"}),
    f"{_NETWORKS}transitGatewayPeering:TransitGatewayPeering": frozenset({"transitGatewayArn"}),
    f"{_NETWORKS}transitGatewayRegistration:TransitGatewayRegistration":
        frozenset({"transitGatewayArn"}),
    f"{_NETWORKS}transitGatewayRouteTableAttachment:TransitGatewayRouteTableAttachment":
        frozenset({"transitGatewayRouteTableArn"}),
    "aws:ram/resourceShareAccepter:ResourceShareAccepter": frozenset({"shareArn"}),
    "aws:vpclattice/listener:Listener": frozenset({"serviceArn"}),
    "aws:vpclattice/serviceNetworkResourceAssociation:ServiceNetworkResourceAssociation":
        frozenset({"resourceConfigurationIdentifier"}),
}  # fmt: skip

# What a supplied network is described by: what decides where packets and questions go. No machine
# in it, which is its owner's to judge, and nothing behind a connection, which the boundary names.
DESCRIBED: Final = frozenset(
    {
        *(kind.token for kind in (*network.KINDS, *names.KINDS)),
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
        "aws:ec2/carrierGateway:CarrierGateway",
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
    }
    - {"aws:route53/zone:Zone"}
)


def is_unread(token: str) -> bool:
    """Whether a type is known to the proof, and nobody reads it."""
    return any(fnmatchcase(token, unread) for tokens in UNREAD.values() for unread in tokens)


def calls(kinds: Sequence[Kind] = KINDS) -> tuple[Call, ...]:
    """Every call of the tables, each after that which it asks about."""
    found: dict[Call, None] = {}

    def add(call: Call) -> None:
        if call.of is not None:
            add(call.of)
        found[call] = None

    for kind in kinds:
        add(kind.call)
    return tuple(found)


def actions(kinds: Sequence[Kind] = KINDS) -> frozenset[str]:
    """Every permission that a reading may need."""
    everything = [c for call in calls(kinds) for c in (call, *call.more.values())]
    return frozenset(call.action for call in everything)
