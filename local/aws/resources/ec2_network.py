"""VPCs, their address blocks, subnets and DHCP options."""

from collections.abc import Mapping
from typing import Any

from local.aws.resources.forms import (
    CHOSEN,
    CHOSEN_ONCE,
    NAMING,
    NEVER_TOLD_ONCE,
    PLAIN,
    REPLACES,
    ec2_arn,
    filters,
    owner_id,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import Ec2Tags
from local.provider_values import Properties


def _vpc_surroundings(call: Call, described: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the real provider reads beside DescribeVpcs: attributes, and the three default parts."""
    answer: dict[str, Any] = {}
    for attribute in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"):
        member = attribute[:1].upper() + attribute[1:]
        found = call.find(
            "describe_vpc_attribute", f"{member}.Value", VpcId=call.id, Attribute=attribute
        )
        answer[member] = found
    vpc = filters(vpc_id=call.id)
    answer["MainRouteTableId"] = call.find(
        "describe_route_tables",
        "RouteTables[0].RouteTableId",
        Filters=[*vpc, {"Name": "association.main", "Values": ["true"]}],
    )
    answer["DefaultSecurityGroupId"] = call.find(
        "describe_security_groups",
        "SecurityGroups[0].GroupId",
        Filters=[*vpc, *filters(group_name="default")],
    )
    answer["DefaultNetworkAclId"] = call.find(
        "describe_network_acls",
        "NetworkAcls[0].NetworkAclId",
        Filters=[*vpc, *filters(default="true")],
    )
    return answer


VPC = Resource(
    token="aws:ec2/vpc:Vpc",
    service="ec2",
    create="create_vpc",
    id_path="Vpc.VpcId",
    id_member="VpcId",
    describe="describe_vpcs",
    described="Vpcs[0]",
    enrich=_vpc_surroundings,
    delete="delete_vpc",
    missing=("InvalidVpcID.NotFound",),
    tags=Ec2Tags("vpc"),
    pending=("State", frozenset({"pending"})),
    properties={
        "cidrBlock": CHOSEN_ONCE,
        "instanceTenancy": Property(default="default", replaces=True),
        "enableDnsSupport": Property(default=True),
        "enableDnsHostnames": CHOSEN,
        "enableNetworkAddressUsageMetrics": CHOSEN,
        "assignGeneratedIpv6CidrBlock": Property(
            member="AmazonProvidedIpv6CidrBlock", replaces=True, unread=True
        ),
        "ipv4IpamPoolId": NEVER_TOLD_ONCE,
        "ipv4NetmaskLength": NEVER_TOLD_ONCE,
        "ipv6CidrBlock": Property(
            replaces=True,
            computed=True,
            read="Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock",
        ),
        "ipv6CidrBlockNetworkBorderGroup": Property(
            replaces=True,
            computed=True,
            read="Ipv6CidrBlockAssociationSet[0].NetworkBorderGroup",
        ),
        "ipv6IpamPoolId": NEVER_TOLD_ONCE,
        "ipv6NetmaskLength": NEVER_TOLD_ONCE,
    },
    updates=(
        Update(
            "modify_vpc_attribute",
            ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"),
            each=True,
            on_create=True,
        ),
    ),
    computed={
        "arn": ec2_arn("vpc"),
        "ownerId": "OwnerId",
        "dhcpOptionsId": "DhcpOptionsId",
        "mainRouteTableId": "MainRouteTableId",
        "defaultRouteTableId": "MainRouteTableId",
        "defaultSecurityGroupId": "DefaultSecurityGroupId",
        "defaultNetworkAclId": "DefaultNetworkAclId",
        "ipv6AssociationId": "Ipv6CidrBlockAssociationSet[0].AssociationId",
    },
)


def _read_cidr_association(call: Call) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = call.find(
        "describe_vpcs",
        f"Vpcs[].{{VpcId: VpcId, Set: CidrBlockAssociationSet[?AssociationId=='{call.id}'] | [0]}}"
        " | [?Set] | [0].{VpcId: VpcId, CidrBlock: Set.CidrBlock, State: Set.CidrBlockState.State}",
        Filters=[{"Name": "cidr-block-association.association-id", "Values": [call.id]}],
    )
    return None if found is None or found.get("State") == "disassociated" else found


VPC_IPV4_CIDR_BLOCK_ASSOCIATION = Resource(
    token="aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
    service="ec2",
    create="associate_vpc_cidr_block",
    id_path="CidrBlockAssociation.AssociationId",
    id_member="AssociationId",
    read=_read_cidr_association,
    delete="disassociate_vpc_cidr_block",
    missing=("InvalidVpcCidrBlockAssociationIdError.NotFound", "InvalidVpcID.NotFound"),
    properties={
        "vpcId": NAMING,
        "cidrBlock": CHOSEN_ONCE,
        "ipv4IpamPoolId": NEVER_TOLD_ONCE,
        "ipv4NetmaskLength": NEVER_TOLD_ONCE,
    },
)

SUBNET = Resource(
    token="aws:ec2/subnet:Subnet",
    service="ec2",
    create="create_subnet",
    id_path="Subnet.SubnetId",
    id_member="SubnetId",
    describe="describe_subnets",
    described="Subnets[0]",
    delete="delete_subnet",
    missing=("InvalidSubnetID.NotFound",),
    tags=Ec2Tags("subnet"),
    pending=("State", frozenset({"pending"})),
    properties={
        "vpcId": NAMING,
        "cidrBlock": CHOSEN_ONCE,
        "availabilityZone": CHOSEN_ONCE,
        "availabilityZoneId": CHOSEN_ONCE,
        "outpostArn": REPLACES,
        "ipv4IpamPoolId": NEVER_TOLD_ONCE,
        "ipv4NetmaskLength": NEVER_TOLD_ONCE,
        "ipv6IpamPoolId": NEVER_TOLD_ONCE,
        "ipv6NetmaskLength": NEVER_TOLD_ONCE,
        "ipv6CidrBlock": Property(
            replaces=True, computed=True, read="Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock"
        ),
        "ipv6Native": Property(default=False, replaces=True),
        "mapPublicIpOnLaunch": Property(default=False),
        "assignIpv6AddressOnCreation": Property(default=False),
        "enableDns64": Property(default=False),
        "enableLniAtDeviceIndex": PLAIN,
        "customerOwnedIpv4Pool": PLAIN,
        "mapCustomerOwnedIpOnLaunch": PLAIN,
        "enableResourceNameDnsARecordOnLaunch": Property(
            default=False, read="PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord"
        ),
        "enableResourceNameDnsAaaaRecordOnLaunch": Property(
            member="EnableResourceNameDnsAAAARecordOnLaunch",
            default=False,
            read="PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
        ),
        "privateDnsHostnameTypeOnLaunch": Property(
            computed=True, read="PrivateDnsNameOptionsOnLaunch.HostnameType"
        ),
    },
    updates=(
        Update(
            "modify_subnet_attribute",
            (
                "mapPublicIpOnLaunch",
                "assignIpv6AddressOnCreation",
                "enableDns64",
                "enableLniAtDeviceIndex",
                "customerOwnedIpv4Pool",
                "mapCustomerOwnedIpOnLaunch",
                "enableResourceNameDnsARecordOnLaunch",
                "enableResourceNameDnsAaaaRecordOnLaunch",
                "privateDnsHostnameTypeOnLaunch",
            ),
            each=True,
            on_create=True,
        ),
    ),
    computed={
        "arn": "SubnetArn",
        "ownerId": "OwnerId",
        "ipv6CidrBlockAssociationId": "Ipv6CidrBlockAssociationSet[0].AssociationId",
    },
)


# Property to key, and whether it holds a list (API reference, CreateDhcpOptions).
DHCP_KEYS = {
    "domainName": ("domain-name", False),
    "domainNameServers": ("domain-name-servers", True),
    "ntpServers": ("ntp-servers", True),
    "netbiosNameServers": ("netbios-name-servers", True),
    "netbiosNodeType": ("netbios-node-type", False),
    "ipv6AddressPreferredLeaseTime": ("ipv6-address-preferred-lease-time", False),
}


def _dhcp_configurations(call: Call) -> Mapping[str, Any]:
    given = [
        (key, call.inputs[name]) for name, (key, _) in DHCP_KEYS.items() if name in call.inputs
    ]
    return {
        "DhcpConfigurations": [
            {"Key": key, "Values": value if isinstance(value, list) else [str(value)]}
            for key, value in given
        ]
    }


def _dhcp_path(key: str, is_list: bool) -> str:
    values = f"DhcpConfigurations[?Key=='{key}'] | [0].Values[].Value"
    return values if is_list else f"{values} | [0]"


VPC_DHCP_OPTIONS = Resource(
    token="aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
    service="ec2",
    create="create_dhcp_options",
    members=_dhcp_configurations,
    id_path="DhcpOptions.DhcpOptionsId",
    id_member="DhcpOptionsId",
    describe="describe_dhcp_options",
    described="DhcpOptions[0]",
    delete="delete_dhcp_options",
    missing=("InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsID.NotFound"),
    tags=Ec2Tags("dhcp-options"),
    properties={
        name: Property(replaces=True, hooked=True, read=_dhcp_path(key, is_list))
        for name, (key, is_list) in DHCP_KEYS.items()
    },
    computed={"arn": ec2_arn("dhcp-options"), "ownerId": owner_id},
)


def _vpc_with_dhcp_options(call: Call) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = call.find(
        "describe_vpcs", "Vpcs[0]", VpcIds=[call.inputs["vpcId"]]
    )
    wanted = call.inputs["dhcpOptionsId"]
    return found if found and found.get("DhcpOptionsId") == wanted else None


def _associate_dhcp_options(call: Call) -> str:
    options, vpc = call.inputs["dhcpOptionsId"], call.inputs["vpcId"]
    call.send("associate_dhcp_options", DhcpOptionsId=options, VpcId=vpc)
    return f"{options}-{vpc}"


def _restore_default_dhcp_options(call: Call) -> None:
    call.send("associate_dhcp_options", DhcpOptionsId="default", VpcId=call.inputs["vpcId"])


def _dhcp_association_names(call: Call) -> Properties:
    """The id is <options>-<vpc>; an import gives the VPC's id alone."""
    options, separator, vpc = call.id.rpartition("-vpc-")
    if separator:
        return {"dhcpOptionsId": options, "vpcId": f"vpc-{vpc}"}
    options = call.find("describe_vpcs", "Vpcs[0].DhcpOptionsId", VpcIds=[call.id])
    names = {"dhcpOptionsId": options, "vpcId": call.id}
    call.id = f"{options}-{call.id}"
    return names


VPC_DHCP_OPTIONS_ASSOCIATION = Resource(
    token="aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
    service="ec2",
    create=_associate_dhcp_options,
    read=_vpc_with_dhcp_options,
    parse_id=_dhcp_association_names,
    delete=_restore_default_dhcp_options,
    missing=("InvalidVpcID.NotFound",),
    properties={"vpcId": NAMING, "dhcpOptionsId": Property(required=True, replaces=True)},
)

TABLE = (
    VPC,
    VPC_IPV4_CIDR_BLOCK_ASSOCIATION,
    SUBNET,
    VPC_DHCP_OPTIONS,
    VPC_DHCP_OPTIONS_ASSOCIATION,
)
