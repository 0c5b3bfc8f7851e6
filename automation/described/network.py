"""VPCs, subnets, route tables, network ACLs, security groups and prefix lists."""

from typing import Final

from automation.described.calls import TAGS, Call, From, Kind


def _of_vpc(operation: str, items: str, **more: str) -> Call:
    """What comes with a VPC."""
    filters = [{"Name": "vpc-id", "Values": [From("VpcId")]}]
    filters += [{"Name": name.replace("_", "."), "Values": [v]} for name, v in more.items()]
    return Call("ec2", operation, items, {"Filters": filters})


def _attribute(name: str) -> Call:
    arguments = {"VpcId": From("VpcId"), "Attribute": name}
    return Call("ec2", "describe_vpc_attribute", f"[{name[0].upper()}{name[1:]}.Value]", arguments)


DHCP_OPTIONS: Final = Call("ec2", "describe_dhcp_options", "DhcpOptions[]", ids="[DhcpOptionsId]")
VPCS: Final = Call(
    "ec2", "describe_vpcs", "Vpcs[]",
    ids="[VpcId]", alone=True,
    more={
        "_support": _attribute("enableDnsSupport"),
        "_names": _attribute("enableDnsHostnames"),
        "_main": _of_vpc("describe_route_tables", "RouteTables[].RouteTableId",
                         association_main="true"),
        "_acl": _of_vpc("describe_network_acls", "NetworkAcls[].NetworkAclId", default="true"),
        "_options": Call(
            "ec2", "describe_dhcp_options", "DhcpOptions[]",
            {"DhcpOptionsIds": [From("DhcpOptionsId")]}, when="DhcpOptionsId!='default'",
        ),
        "_groups": _of_vpc("describe_security_groups",
                           "SecurityGroups[?GroupName=='default'].GroupId"),
    },
)  # fmt: skip
SUBNETS: Final = Call(
    "ec2", "describe_subnets", "Subnets[]", filter="vpc-id", ids="[SubnetId]", within="[VpcId]"
)
ROUTE_TABLES: Final = Call(
    "ec2", "describe_route_tables", "RouteTables[]", filter="vpc-id",
    ids="[RouteTableId]", within="[VpcId]",
)  # fmt: skip
NETWORK_ACLS: Final = Call(
    "ec2", "describe_network_acls", "NetworkAcls[]", filter="vpc-id",
    ids="[NetworkAclId]", within="[VpcId]",
)  # fmt: skip
SECURITY_GROUPS: Final = Call(
    "ec2", "describe_security_groups", "SecurityGroups[]", filter="vpc-id",
    ids="[GroupId]", within="[VpcId]",
)  # fmt: skip
SECURITY_GROUP_RULES: Final = Call(
    "ec2", "describe_security_group_rules", "SecurityGroupRules[]",
    of=SECURITY_GROUPS, filter="group-id", filter_id="GroupId", ids="[SecurityGroupRuleId]",
)  # fmt: skip
PREFIX_LISTS: Final = Call(
    "ec2", "describe_managed_prefix_lists", "PrefixLists[?OwnerId!='AWS']", ids="[PrefixListId]",
    more={
        "_entries": Call("ec2", "get_managed_prefix_list_entries", "Entries[]",
                         {"PrefixListId": From("PrefixListId")}),
    },
)  # fmt: skip

# A block that is being associated is there for whoever asks what may leave.
_GONE: Final = '`["disassociated", "failing", "failed"]`'
_BLOCK: Final = f"!contains({_GONE}, CidrBlockState.State) && CidrBlock != _of.CidrBlock"
_BLOCK_V6: Final = f"!contains({_GONE}, Ipv6CidrBlockState.State)"
_OWN_V6: Final = (  # where one takes another's place, the one that stays
    "(Ipv6CidrBlockAssociationSet[?Ipv6CidrBlockState.State=='associated'] "
    f"|| Ipv6CidrBlockAssociationSet[?{_BLOCK_V6}])[0].Ipv6CidrBlock"
)
# Options that name AWS's own resolver alone say what a VPC does that has none.
_SERVERS: Final = "DhcpConfigurations[?Key=='domain-name-servers'].Values[].Value"
_AMAZONS: Final = '`["AmazonProvidedDNS"]`'
_ROUTE: Final = (
    "Origin!='EnableVgwRoutePropagation' && GatewayId!='local' "
    "&& !(begins(GatewayId, 'vpce-') && present(DestinationPrefixListId))"
)
_ENTRY: Final = (
    "Entries[?Egress==`{}` && RuleNumber<`32767`].{{action: RuleAction, ruleNo: RuleNumber, "
    "protocol: Protocol, cidrBlock: CidrBlock, ipv6CidrBlock: Ipv6CidrBlock, "
    "fromPort: PortRange.From, toPort: PortRange.To, icmpType: IcmpTypeCode.Type, "
    "icmpCode: IcmpTypeCode.Code}}"
)
_PERMISSION: Final = (
    "{}[].{{protocol: IpProtocol, fromPort: FromPort, toPort: ToPort, "
    "cidrBlocks: IpRanges[].CidrIp, ipv6CidrBlocks: Ipv6Ranges[].CidrIpv6, "
    "prefixListIds: PrefixListIds[].PrefixListId, securityGroups: UserIdGroupPairs[].GroupId}}"
)
# The group that comes with a VPC lets in what is in it, and all out; or it lets pass less.
_COMES: Final = (
    "!(IpPermissions[].[IpRanges, Ipv6Ranges, PrefixListIds][][]) "
    "&& contains(['', GroupId], join('', IpPermissions[].UserIdGroupPairs[].GroupId || `[]`))"
)
# The group that EKS makes comes with its cluster, which says of it all that AWS puts into it.
_OF_EKS: Final = "contains(Tags[].Key || `[]`, 'aws:eks:cluster-name')"
_AS_MADE: Final = (
    "IpProtocol=='-1' && (ReferencedGroupInfo.GroupId==GroupId "
    "|| (IsEgress && (CidrIpv4=='0.0.0.0/0' || CidrIpv6=='::/0')))"
)
_RULE: Final = {
    "securityGroupId": "GroupId", "ipProtocol": "IpProtocol", "fromPort": "FromPort",
    "toPort": "ToPort", "cidrIpv4": "CidrIpv4", "cidrIpv6": "CidrIpv6",
    "prefixListId": "PrefixListId", "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
    "description": "Description", **TAGS,
}  # fmt: skip
_RULE_HERE: Final = (
    f"_of.GroupName!='default' && !(contains(_of.Tags[].Key || `[]`, 'aws:eks:cluster-name') "
    f"&& ({_AS_MADE}))"
)
_OF_LIST: Final = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
_ACL: Final = {
    "vpcId": "VpcId", "subnetIds": "Associations[].SubnetId", "ingress": _ENTRY.format("false"),
    "egress": _ENTRY.format("true"), **TAGS,
}  # fmt: skip

KINDS: Final = (
    Kind(
        "aws:ec2/vpc:Vpc", VPCS, "VpcId",
        {
            "cidrBlock": "CidrBlock", "instanceTenancy": "InstanceTenancy",
            "enableDnsSupport": "_support[0]", "enableDnsHostnames": "_names[0]",
            "ipv6CidrBlock": _OWN_V6,
            **TAGS,
        },
        {
            "ownerId": "OwnerId", "defaultRouteTableId": "_main[0]", "mainRouteTableId": "_main[0]",
            "defaultNetworkAclId": "_acl[0]", "defaultSecurityGroupId": "_groups[0]",
            "dhcpOptionsId": "DhcpOptionsId",
        },
        silent=(
            "assignGeneratedIpv6CidrBlock", "enableNetworkAddressUsageMetrics", "ipv4IpamPoolId",
            "ipv4NetmaskLength", "ipv6CidrBlockNetworkBorderGroup", "ipv6IpamPoolId",
            "ipv6NetmaskLength",
        ),
    ),
    Kind(
        "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", VPCS, "AssociationId",
        {"vpcId": "_of.VpcId", "cidrBlock": "CidrBlock"},
        each="CidrBlockAssociationSet", where=_BLOCK,
        silent=("ipv4IpamPoolId", "ipv4NetmaskLength"),
    ),
    Kind(
        "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation", VPCS, "AssociationId",
        {"vpcId": "_of.VpcId", "ipv6CidrBlock": "Ipv6CidrBlock"},
        each="Ipv6CidrBlockAssociationSet", where=_BLOCK_V6,
        silent=("assignGeneratedIpv6CidrBlock", "ipv6IpamPoolId", "ipv6NetmaskLength", "ipv6Pool"),
    ),
    Kind(
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions", DHCP_OPTIONS, "DhcpOptionsId",
        {
            "domainName": "DhcpConfigurations[?Key=='domain-name'].Values[0].Value | [0]",
            "domainNameServers": _SERVERS,
            "ntpServers": "DhcpConfigurations[?Key=='ntp-servers'].Values[].Value",
            **TAGS,
        },
        where=f"{_SERVERS} != {_AMAZONS}",
        or_recorded=True,
        silent=("ipv6AddressPreferredLeaseTime", "netbiosNameServers", "netbiosNodeType"),
    ),
    Kind(
        "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation", VPCS,
        "join('-', [DhcpOptionsId, VpcId])",
        {"vpcId": "VpcId", "dhcpOptionsId": "DhcpOptionsId"},
        key=("vpcId",), or_recorded=True,
        where=f"present(_options[0]) && _options[].{_SERVERS} != {_AMAZONS}",
    ),
    Kind(
        "aws:ec2/subnet:Subnet", SUBNETS, "SubnetId",
        {
            "vpcId": "VpcId", "cidrBlock": "CidrBlock", "availabilityZone": "AvailabilityZone",
            "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
            "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
            "ipv6CidrBlock": _OWN_V6,
            "ipv6Native": "Ipv6Native", "enableDns64": "EnableDns64",
            "mapCustomerOwnedIpOnLaunch": "MapCustomerOwnedIpOnLaunch",
            "customerOwnedIpv4Pool": "CustomerOwnedIpv4Pool", "outpostArn": "OutpostArn",
            **TAGS,
        },
        silent=(
            "availabilityZoneId", "enableLniAtDeviceIndex", "ipv4IpamPoolId", "ipv4NetmaskLength",
            "enableResourceNameDnsARecordOnLaunch", "enableResourceNameDnsAaaaRecordOnLaunch",
            "ipv6IpamPoolId", "ipv6NetmaskLength", "privateDnsHostnameTypeOnLaunch",
        ),
    ),
    Kind(
        "aws:ec2/routeTable:RouteTable", ROUTE_TABLES, "RouteTableId",
        {"vpcId": "VpcId", **TAGS},
        where="!contains(Associations[].Main || `[]`, `true`)", or_recorded=True,
        silent=("routes", "propagatingVgws"),
    ),
    Kind(
        "aws:ec2/defaultRouteTable:DefaultRouteTable", ROUTE_TABLES, "RouteTableId",
        {"defaultRouteTableId": "RouteTableId", **TAGS}, {"vpcId": "VpcId"},
        where="contains(Associations[].Main || `[]`, `true`)",
        unless="aws:ec2/routeTable:RouteTable", or_recorded=True,
        silent=("routes", "propagatingVgws"),
    ),
    Kind(
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation", ROUTE_TABLES,
        "Associations[?Main].RouteTableAssociationId | [0]",
        {"vpcId": "VpcId", "routeTableId": "RouteTableId"}, key=("vpcId",),
        where="contains(Associations[].Main || `[]`, `true`)",
        with_="aws:ec2/routeTable:RouteTable",
    ),
    Kind(
        "aws:ec2/routeTableAssociation:RouteTableAssociation", ROUTE_TABLES,
        "RouteTableAssociationId",
        {"routeTableId": "_of.RouteTableId", "subnetId": "SubnetId", "gatewayId": "GatewayId"},
        each="Associations", where="!Main",
    ),
    Kind(
        "aws:ec2/route:Route", ROUTE_TABLES,
        "join(' ', [_of.RouteTableId, "
        "DestinationCidrBlock || DestinationIpv6CidrBlock || DestinationPrefixListId])",
        {
            "routeTableId": "_of.RouteTableId", "destinationCidrBlock": "DestinationCidrBlock",
            "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
            "destinationPrefixListId": "DestinationPrefixListId",
            "gatewayId": "[GatewayId][?!begins(@, 'vpce-')] | [0]",
            "vpcEndpointId": "[GatewayId][?begins(@, 'vpce-')] | [0]",
            "natGatewayId": "NatGatewayId", "transitGatewayId": "TransitGatewayId",
            "vpcPeeringConnectionId": "VpcPeeringConnectionId",
            "networkInterfaceId": "NetworkInterfaceId",
            "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
            "localGatewayId": "LocalGatewayId", "carrierGatewayId": "CarrierGatewayId",
            "coreNetworkArn": "CoreNetworkArn", "odbNetworkArn": "OdbNetworkArn",
        },
        key=("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock",
             "destinationPrefixListId"),
        each="Routes", where=_ROUTE,
    ),
    Kind(
        "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation", ROUTE_TABLES,
        "join('_', [GatewayId, _of.RouteTableId])",
        {"routeTableId": "_of.RouteTableId", "vpnGatewayId": "GatewayId"},
        each="PropagatingVgws",
    ),
    Kind(
        "aws:ec2/managedPrefixList:ManagedPrefixList", PREFIX_LISTS, "PrefixListId",
        {
            "name": "PrefixListName", "addressFamily": "AddressFamily", "maxEntries": "MaxEntries",
            "entries": "_entries[].{cidr: Cidr, description: Description}", **TAGS,
        },
        apart={"entries": (_OF_LIST, "parts(PrefixListId, _entries[].Cidr)")},
    ),
    Kind(
        "aws:ec2/networkAcl:NetworkAcl", NETWORK_ACLS, "NetworkAclId", _ACL,
        where="!IsDefault",
    ),
    Kind(
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", NETWORK_ACLS, "NetworkAclId",
        {"defaultNetworkAclId": "NetworkAclId", **{k: v for k, v in _ACL.items() if k != "vpcId"}},
        where="IsDefault",
    ),
    Kind(
        "aws:ec2/securityGroup:SecurityGroup", SECURITY_GROUPS, "GroupId",
        {"vpcId": "VpcId", "name": "GroupName", "description": "Description", **TAGS},
        where=f"GroupName!='default' && !{_OF_EKS}",
        silent=("ingress", "egress", "namePrefix", "revokeRulesOnDelete"),
    ),
    Kind(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", SECURITY_GROUPS, "GroupId",
        {
            "vpcId": "VpcId", "ingress": _PERMISSION.format("IpPermissions"),
            "egress": _PERMISSION.format("IpPermissionsEgress"), **TAGS,
        },
        where="GroupName=='default'", comes=_COMES, silent=("revokeRulesOnDelete",),
    ),
    Kind(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", SECURITY_GROUP_RULES,
        "SecurityGroupRuleId", _RULE, where=f"!IsEgress && {_RULE_HERE}",
    ),
    Kind(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", SECURITY_GROUP_RULES,
        "SecurityGroupRuleId", _RULE, where=f"IsEgress && {_RULE_HERE}",
    ),
    *(
        Kind(token, SECURITY_GROUP_RULES, "SecurityGroupRuleId", _RULE, restates=True,
             where=f"{way} && _of.GroupName=='default'")
        for token, way in (
            ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "!IsEgress"),
            ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "IsEgress"),
        )
    ),
)  # fmt: skip
