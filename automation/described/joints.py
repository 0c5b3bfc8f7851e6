"""What adds to a thing by a resource of its own: told with that thing, and here under the name that
a stack has recorded it by."""

from typing import Final

from automation.described.calls import Call, Kind
from automation.described.gateways import ENDPOINTS, INTERNET_GATEWAYS, VPN_GATEWAYS
from automation.described.machines import INTERFACES, POOLS
from automation.described.names import ZONE, ZONES
from automation.described.network import NETWORK_ACLS, PREFIX_LISTS


def _joint(
    token: str, call: Call, each: str, inputs: dict[str, str], *key: str,
    id_: str = "", by: str = "/", silent: tuple[str, ...] = (),
) -> Kind:  # fmt: skip
    """One that is found by a key; its id, where the provider makes that of the key, by a mark."""
    parts = id_ or f"join('{by}', [{', '.join(inputs[name] for name in key)}])"
    return Kind(token, call, parts, inputs, key=key, each=each, restates=True, silent=silent)


def _at_endpoint(token: str, each: str, name: str, *silent: str) -> Kind:
    inputs = {"vpcEndpointId": "_of.VpcEndpointId", name: "id"}
    return _joint(token, ENDPOINTS, each, inputs, "vpcEndpointId", name, silent=silent)


_ATTACHMENT: Final = "aws:autoscaling/attachment:Attachment"
_ZONE: Final = "aws:route53/zoneAssociation:ZoneAssociation"

KINDS: Final = (
    _joint(
        "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment", INTERNET_GATEWAYS,
        "Attachments", {"internetGatewayId": "_of.InternetGatewayId", "vpcId": "VpcId"},
        "internetGatewayId", "vpcId", by=":",
    ),
    _joint(
        "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment", VPN_GATEWAYS,
        "VpcAttachments[?State!='detached']",
        {"vpnGatewayId": "_of.VpnGatewayId", "vpcId": "VpcId"}, "vpnGatewayId", "vpcId",
    ),
    _at_endpoint(
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        "RouteTableIds[].{id: @}", "routeTableId",
    ),
    _at_endpoint(
        "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",
        "SubnetIds[].{id: @}", "subnetId",
    ),
    _at_endpoint(
        "aws:ec2/securityGroupAssociation:SecurityGroupAssociation", "Groups[].{id: GroupId}",
        "securityGroupId", "replaceDefaultAssociation",
    ),
    _joint(
        "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", PREFIX_LISTS, "_entries",
        {"prefixListId": "_of.PrefixListId", "cidr": "Cidr", "description": "Description"},
        "prefixListId", "cidr", by=",",
    ),
    _joint(
        "aws:ec2/networkAclAssociation:NetworkAclAssociation", NETWORK_ACLS, "Associations",
        {"networkAclId": "NetworkAclId", "subnetId": "SubnetId"}, "networkAclId", "subnetId",
        id_="NetworkAclAssociationId",
    ),
    _joint(
        "aws:ec2/networkAclRule:NetworkAclRule", NETWORK_ACLS, "Entries[?RuleNumber<`32767`]",
        {
            "networkAclId": "_of.NetworkAclId", "egress": "Egress", "ruleNumber": "RuleNumber",
            "protocol": "Protocol", "ruleAction": "RuleAction", "cidrBlock": "CidrBlock",
            "ipv6CidrBlock": "Ipv6CidrBlock", "fromPort": "PortRange.From",
            "toPort": "PortRange.To", "icmpType": "IcmpTypeCode.Type",
            "icmpCode": "IcmpTypeCode.Code",
        },
        "networkAclId", "egress", "ruleNumber",
        id_="join(' ', [_of.NetworkAclId, to_string(Egress), to_string(RuleNumber)])",
    ),
    Kind(
        "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment", INTERFACES,
        "Attachment.AttachmentId",
        {
            "networkInterfaceId": "NetworkInterfaceId", "instanceId": "Attachment.InstanceId",
            "deviceIndex": "Attachment.DeviceIndex",
            "networkCardIndex": "Attachment.NetworkCardIndex",
        },
        restates=True, where="present(Attachment.InstanceId)",
    ),
    _joint(
        "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment",
        INTERFACES, "Groups",
        {"networkInterfaceId": "_of.NetworkInterfaceId", "securityGroupId": "GroupId"},
        "networkInterfaceId", "securityGroupId", by="_",
    ),
    *(
        _joint(
            _ATTACHMENT, POOLS, each,
            {"autoscalingGroupName": "_of.AutoScalingGroupName", name: "id"},
            "autoscalingGroupName", name,
        )
        for each, name in (
            ("TargetGroupARNs[].{id: @}", "lbTargetGroupArn"),
            ("LoadBalancerNames[].{id: @}", "elb"),
        )
    ),
    _joint(
        _ZONE, ZONE, "VPCs",
        {"zoneId": "_of._of.HostedZoneId", "vpcId": "VPCId", "vpcRegion": "VPCRegion"},
        "zoneId", "vpcId", by=":",
    ),
    # A zone of another account is known by what it is joined to, whoever did that.
    Kind(
        _ZONE, ZONES, "join(':', [HostedZoneId, _of.VpcId])",
        {"zoneId": "HostedZoneId", "vpcId": "_of.VpcId", "vpcRegion": "_here.region"},
        key=("zoneId", "vpcId"),
        where="present(Owner.OwningAccount) && Owner.OwningAccount!=_here.account",
    ),
)  # fmt: skip
