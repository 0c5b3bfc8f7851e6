"""With whom things are shared: resource shares, VPC Lattice, what others may use of EC2 and of
Direct Connect. Each is refused where nobody answers for it; whom it lets in, AWS tells."""

from typing import Final

from automation.described.calls import Call, From, Kind
from automation.described.doors import SERVICES

_SHARE: Final = "aws:ram/resourceShare:ResourceShare"
_SHARED_WITH: Final = "aws:ram/principalAssociation:PrincipalAssociation"
_SHARED: Final = "aws:ram/resourceAssociation:ResourceAssociation"
_WHOLE: Final = "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive"
_CONFIGURATION: Final = "aws:vpclattice/resourceConfiguration:ResourceConfiguration"
_TARGET_GROUP: Final = "aws:vpclattice/targetGroup:TargetGroup"
_TARGET: Final = "aws:vpclattice/targetGroupAttachment:TargetGroupAttachment"
_NETWORK: Final = "aws:vpclattice/serviceNetwork:ServiceNetwork"
_SERVICE: Final = "aws:vpclattice/service:Service"
_AUTH: Final = "aws:vpclattice/authPolicy:AuthPolicy"
_POLICY: Final = "aws:vpclattice/resourcePolicy:ResourcePolicy"
_LOGGED: Final = "aws:vpclattice/accessLogSubscription:AccessLogSubscription"
_HOSTED: Final = "aws:directconnect/hostedConnection:HostedConnection"
_PROPOSAL: Final = "aws:directconnect/gatewayAssociationProposal:GatewayAssociationProposal"
_INTERFACES: Final = (
    "aws:directconnect/hostedPrivateVirtualInterface:HostedPrivateVirtualInterface",
    "aws:directconnect/hostedTransitVirtualInterface:HostedTransitVirtualInterface",
)


def _associated(kind: str, of: Call | None = None) -> Call:
    of_one = {"associationType": kind, "resourceShareArns": [From("resourceShareArn")]}
    there = "resourceShareAssociations[?status!='DISASSOCIATED' && status!='FAILED']"
    return Call("ram", "get_resource_share_associations", there, of_one, of=of)


SHARES: Final = Call(
    "ram", "get_resource_shares", "resourceShares[?status!='DELETED']", {"resourceOwner": "SELF"},
    ids="[resourceShareArn]", owned=True, recorded=(_SHARE, _SHARED_WITH, _SHARED, _WHOLE),
    more={"_principals": _associated("PRINCIPAL"), "_resources": _associated("RESOURCE")},
)  # fmt: skip
PRINCIPALS: Final = _associated("PRINCIPAL", SHARES)
RESOURCES: Final = _associated("RESOURCE", SHARES)


def _lattice(operation: str, *recorded: str) -> Call:
    return Call("vpc-lattice", operation, "items[]", ids="[id, arn]", owned=True, recorded=recorded)


_LISTED: Final = _lattice("list_resource_configurations", _CONFIGURATION, _POLICY, _LOGGED)
CONFIGURATIONS: Final = Call(
    "vpc-lattice", "get_resource_configuration", "[@]",
    {"resourceConfigurationIdentifier": From("id")}, of=_LISTED, ids="[id, arn]",
)  # fmt: skip
TARGET_GROUPS: Final = _lattice("list_target_groups", _TARGET_GROUP, _TARGET)
TARGETS: Final = Call(
    "vpc-lattice", "list_targets", "items[]", {"targetGroupIdentifier": From("id")},
    of=TARGET_GROUPS,
)  # fmt: skip
NETWORKS: Final = _lattice("list_service_networks", _NETWORK, _AUTH, _POLICY, _LOGGED)
LATTICE_SERVICES: Final = _lattice("list_services", _SERVICE, _AUTH, _POLICY, _LOGGED)
_NO_POLICY: Final = ("ResourceNotFoundException",)


def _auth(of: Call) -> Call:
    asked = {"resourceIdentifier": From("id")}
    return Call("vpc-lattice", "get_auth_policy", "[@]", asked, of=of, none=_NO_POLICY)


def _policy(of: Call) -> Call:
    asked = {"resourceArn": From("arn")}
    return Call("vpc-lattice", "get_resource_policy", "[@]", asked, of=of, none=_NO_POLICY)


HOSTED: Final = Call(
    "directconnect", "describe_hosted_connections", "connections[?connectionState!='deleted']",
    {"connectionId": From("connectionId")},
    of=Call("directconnect", "describe_connections", "connections[]", recorded=(_HOSTED,)),
    every=True, ids="[connectionId]", owned=True,
)  # fmt: skip
PROPOSALS: Final = Call(
    "directconnect", "describe_direct_connect_gateway_association_proposals",
    "directConnectGatewayAssociationProposals[?proposalState!='deleted']", ids="[proposalId]",
    owned=True, recorded=(_PROPOSAL,),
)  # fmt: skip
VIRTUAL_INTERFACES: Final = Call(
    "directconnect", "describe_virtual_interfaces",
    "virtualInterfaces[?virtualInterfaceState!='deleted']", ids="[virtualInterfaceId]", owned=True,
    recorded=_INTERFACES,
)  # fmt: skip
PERMISSIONS: Final = Call(
    "ec2", "describe_network_interface_permissions",
    "NetworkInterfacePermissions[?PermissionState.State!='revoked']",
    ids="[NetworkInterfacePermissionId]", within="[NetworkInterfaceId]",
)  # fmt: skip

_DEFINED: Final = (
    "resourceConfigurationDefinition.{dnsResource: dnsResource.{domainName: domainName, "
    "ipAddressType: ipAddressType}, ipResource: ipResource.{ipAddress: ipAddress}, "
    "arnResource: arnResource.{arn: arn}}"
)

KINDS: Final = (
    Kind(
        _SHARE, SHARES, "resourceShareArn",
        {"name": "name", "allowExternalPrincipals": "allowExternalPrincipals"},
        {"arn": "resourceShareArn"},
        fixed=("permissionArns",), silent=("resourceShareConfiguration", "tags"),
    ),
    *(
        Kind(
            token, call, "join(',', [resourceShareArn, associatedEntity])",
            {"resourceShareArn": "resourceShareArn", name: "associatedEntity"},
            key=("resourceShareArn", name), unless=_WHOLE, unless_id="resourceShareArn",
        )
        for token, call, name in (
            (_SHARED_WITH, PRINCIPALS, "principal"), (_SHARED, RESOURCES, "resourceArn"),
        )
    ),
    Kind(
        _WHOLE, SHARES, "resourceShareArn",
        {
            "resourceShareArn": "resourceShareArn", "principals": "_principals[].associatedEntity",
            "resourceArns": "_resources[].associatedEntity",
        },
        restates=True, silent=("sources",),
    ),
    Kind(
        _CONFIGURATION, CONFIGURATIONS, "id",
        {
            "name": "name", "type": "type", "protocol": "protocol", "portRanges": "portRanges",
            "customDomainName": "customDomainName", "resourceGatewayIdentifier":
            "resourceGatewayId", "resourceConfigurationGroupId": "resourceConfigurationGroupId",
            "resourceConfigurationDefinition": _DEFINED,
        },
        {"arn": "arn"},
        silent=("allowAssociationToShareableServiceNetwork", "domainVerificationId", "tags"),
    ),
    Kind(
        _TARGET, TARGETS, "join(' ', [_of.id, id, to_string(port)])",
        {"targetGroupIdentifier": "_of.id", "target": "{id: id, port: port}"},
        key=("targetGroupIdentifier", "target"),
    ),
    *(
        Kind(
            _AUTH, _auth(of), "_of.id", {"resourceIdentifier": "_of.id", "policy": "policy"},
            key=("resourceIdentifier",), where="policy", silent=("state",),
        )
        for of in (NETWORKS, LATTICE_SERVICES)
    ),
    *(
        Kind(
            _POLICY, _policy(of), "_of.arn", {"resourceArn": "_of.arn", "policy": "policy"},
            where="policy",
        )
        for of in (NETWORKS, LATTICE_SERVICES, _LISTED)
    ),
    Kind(
        _HOSTED, HOSTED, "connectionId",
        {"connectionId": "_of.connectionId", "ownerAccountId": "ownerAccount",
         "name": "connectionName", "bandwidth": "bandwidth", "vlan": "vlan"},
    ),
    Kind(
        _PROPOSAL, PROPOSALS, "proposalId",
        {
            "dxGatewayId": "directConnectGatewayId",
            "dxGatewayOwnerAccountId": "directConnectGatewayOwnerAccount",
            "associatedGatewayId": "associatedGateway.id",
            "allowedPrefixes": "requestedAllowedPrefixesToDirectConnectGateway[].cidr",
        },
    ),
    *(
        Kind(
            token, VIRTUAL_INTERFACES, "virtualInterfaceId",
            {"connectionId": "connectionId", "ownerAccountId": "ownerAccount"}, restates=True,
            silent=(
                "addressFamily", "amazonAddress", "bgpAsn", "bgpAsnLong", "bgpAuthKey",
                "customerAddress", "mtu", "name", "rateLimit", "vlan",
            ),
        )
        for token in _INTERFACES
    ),
    # What AWS's own services may attach is theirs.
    Kind(
        "aws:ec2/networkInterfacePermission:NetworkInterfacePermission", PERMISSIONS,
        "NetworkInterfacePermissionId",
        {
            "networkInterfaceId": "NetworkInterfaceId", "awsAccountId": "AwsAccountId",
            "permission": "Permission",
        },
        where="AwsAccountId", or_recorded=True,
    ),
    Kind(
        "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple", SERVICES,
        "ServicePermissionId || Principal",
        {"vpcEndpointServiceId": "_of.ServiceId", "principalArn": "Principal"},
        key=("vpcEndpointServiceId", "principalArn"), each="_allowed", restates=True,
    ),
)  # fmt: skip
