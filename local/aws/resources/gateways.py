"""Ways out of a VPC: internet, NAT and egress-only gateways, Elastic IPs."""

from collections.abc import Mapping
from typing import Any

from local.aws.resources.forms import (
    CHOSEN_ONCE,
    NAMING,
    NEVER_TOLD_ONCE,
    REPLACES,
    ec2_arn,
    owner_id,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_values import Properties


def move(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """Attaches the gateway to the VPC that is wanted now, off the one before."""
    if "vpcId" not in changed:
        return
    noun, member = _attaching(call)
    if olds.get("vpcId"):
        call.send(f"detach_{noun}", **{member: call.id}, VpcId=olds["vpcId"])
    if call.inputs.get("vpcId"):
        call.send(f"attach_{noun}", **{member: call.id}, VpcId=call.inputs["vpcId"])


def _attaching(call: Call) -> tuple[str, str]:
    member = call.resource.id_member
    return ("internet_gateway" if member == "InternetGatewayId" else "vpn_gateway"), member


def attach_first(call: Call) -> None:
    found = call.describe() or {}
    if call.inputs.get("vpcId") and not attached_to(found):
        move(call, {}, frozenset({"vpcId"}))


def attached_to(described: Mapping[str, Any]) -> str:
    rows = described.get("Attachments") or described.get("VpcAttachments") or ()
    attached = [row["VpcId"] for row in rows if row.get("State") in ("available", "attached")]
    return attached[0] if attached else ""


def detach_and_delete(call: Call) -> None:
    noun, member = _attaching(call)
    vpc = attached_to(call.describe() or {})
    if vpc:
        call.send(f"detach_{noun}", **{member: call.id}, VpcId=vpc)
    call.send(f"delete_{noun}", **{member: call.id})


INTERNET_GATEWAY = Resource(
    token="aws:ec2/internetGateway:InternetGateway",
    service="ec2",
    create="create_internet_gateway",
    id_path="InternetGateway.InternetGatewayId",
    id_member="InternetGatewayId",
    describe="describe_internet_gateways",
    described="InternetGateways[0]",
    after_create=attach_first,
    update=move,
    delete=detach_and_delete,
    missing=("InvalidInternetGatewayID.NotFound",),
    tags=Ec2Tags("internet-gateway"),
    properties={
        "vpcId": Property(computed=True, when_asked=True, hooked=True, read="Attachments[0].VpcId")
    },
    computed={"arn": ec2_arn("internet-gateway"), "ownerId": owner_id},
)


def _attach(call: Call) -> str:
    gateway, vpc = call.inputs["internetGatewayId"], call.inputs["vpcId"]
    call.send("attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)
    return f"{gateway}:{vpc}"


def _read_attachment(call: Call) -> Mapping[str, Any] | None:
    gateway, vpc = call.inputs["internetGatewayId"], call.inputs["vpcId"]
    found = call.find(
        "describe_internet_gateways", "InternetGateways[0]", InternetGatewayIds=[gateway]
    )
    if not found or attached_to(found) != vpc:
        return None
    return {"InternetGatewayId": gateway, "VpcId": vpc}


INTERNET_GATEWAY_ATTACHMENT = Resource(
    token="aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
    service="ec2",
    create=_attach,
    shape="attach_internet_gateway",
    identity=("internetGatewayId", "vpcId"),
    read=_read_attachment,
    delete="detach_internet_gateway",
    missing=("Gateway.NotAttached", "InvalidInternetGatewayID.NotFound"),
    properties={"internetGatewayId": NAMING, "vpcId": NAMING},
)


EGRESS_ONLY_INTERNET_GATEWAY = Resource(
    token="aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    service="ec2",
    create="create_egress_only_internet_gateway",
    id_path="EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
    id_member="EgressOnlyInternetGatewayId",
    describe="describe_egress_only_internet_gateways",
    described="EgressOnlyInternetGateways[0]",
    delete="delete_egress_only_internet_gateway",
    missing=("InvalidGatewayID.NotFound",),
    tags=Ec2Tags("egress-only-internet-gateway"),
    properties={"vpcId": Property(required=True, replaces=True, read="Attachments[0].VpcId")},
)


NAT_GATEWAY = Resource(
    token="aws:ec2/natGateway:NatGateway",
    service="ec2",
    create="create_nat_gateway",
    id_path="NatGateway.NatGatewayId",
    id_member="NatGatewayId",
    describe="describe_nat_gateways",
    described="NatGateways[?State!='deleted' && State!='deleting'] | [0]",
    delete="delete_nat_gateway",
    missing=("NatGatewayNotFound",),
    tags=Ec2Tags("natgateway"),
    pending=("State", frozenset({"pending"})),
    properties={
        "subnetId": NAMING,
        "allocationId": Property(replaces=True, read="NatGatewayAddresses[0].AllocationId"),
        "connectivityType": Property(default="public", replaces=True),
        "privateIp": Property(
            member="PrivateIpAddress",
            replaces=True,
            computed=True,
            read="NatGatewayAddresses[0].PrivateIp",
        ),
        "secondaryAllocationIds": Property(computed=True, replaces=True, kind="set"),
        "secondaryPrivateIpAddresses": Property(computed=True, replaces=True, kind="set"),
        "secondaryPrivateIpAddressCount": CHOSEN_ONCE,
    },
    computed={
        "associationId": "NatGatewayAddresses[0].AssociationId",
        "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId",
        "publicIp": "NatGatewayAddresses[0].PublicIp",
    },
)


def _associate(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    keys = {"instance", "networkInterface", "associateWithPrivateIp"}
    if not changed & keys:
        return
    association = call.find(
        "describe_addresses", "Addresses[0].AssociationId", AllocationIds=[call.id]
    )
    if association:
        call.send("disassociate_address", AssociationId=association)
    target = {
        "InstanceId": call.inputs.get("instance"),
        "NetworkInterfaceId": call.inputs.get("networkInterface"),
        "PrivateIpAddress": call.inputs.get("associateWithPrivateIp"),
    }
    sent = {member: value for member, value in target.items() if value}
    if "InstanceId" in sent or "NetworkInterfaceId" in sent:
        call.send("associate_address", AllocationId=call.id, **sent)


def _associate_first(call: Call) -> None:
    _associate(call, {}, frozenset(call.inputs))


def _release(call: Call) -> None:
    association = call.find(
        "describe_addresses", "Addresses[0].AssociationId", AllocationIds=[call.id]
    )
    if association:
        call.send("disassociate_address", AssociationId=association)
    call.send("release_address", AllocationId=call.id)


EIP = Resource(
    token="aws:ec2/eip:Eip",
    service="ec2",
    create="allocate_address",
    # Where the program names no domain, EC2 makes an address for a VPC.
    members=lambda call: {} if call.inputs.get("domain") else {"Domain": "vpc"},
    id_path="AllocationId",
    id_member="AllocationId",
    describe="describe_addresses",
    described="Addresses[0]",
    after_create=_associate_first,
    update=_associate,
    delete=_release,
    missing=("InvalidAllocationID.NotFound", "InvalidAddress.NotFound"),
    tags=Ec2Tags("elastic-ip"),
    properties={
        "domain": CHOSEN_ONCE,
        "address": NEVER_TOLD_ONCE,
        "publicIpv4Pool": CHOSEN_ONCE,
        "networkBorderGroup": CHOSEN_ONCE,
        "customerOwnedIpv4Pool": REPLACES,
        "ipamPoolId": NEVER_TOLD_ONCE,
        "instance": Property(computed=True, when_asked=True, hooked=True, read="InstanceId"),
        "networkInterface": Property(
            computed=True, when_asked=True, hooked=True, read="NetworkInterfaceId"
        ),
        "associateWithPrivateIp": Property(hooked=True, unread=True),
    },
    computed={
        "allocationId": "AllocationId",
        "arn": ec2_arn("elastic-ip"),
        "publicIp": "PublicIp",
        "publicDns": lambda call, found: _public_dns(call, found),
    },
)


def _public_dns(call: Call, found: Mapping[str, Any]) -> str | None:
    """The name that EC2 gives each public address (EC2 guide, "EC2 instance hostnames")."""
    address = found.get("PublicIp")
    zone = "compute-1" if call.region == "us-east-1" else f"{call.region}.compute"
    suffix = call.clients.dns_suffix(call.region)
    return f"ec2-{address.replace('.', '-')}.{zone}.{suffix}" if address else None


EIP_ASSOCIATION = Resource(
    token="aws:ec2/eipAssociation:EipAssociation",
    service="ec2",
    create="associate_address",
    id_path="AssociationId",
    id_member="AssociationId",
    read=lambda call: call.find(
        "describe_addresses",
        f"Addresses[?AssociationId=='{call.id}'] | [0]",
        Filters=[{"Name": "association-id", "Values": [call.id]}],
    ),
    delete="disassociate_address",
    missing=("InvalidAssociationID.NotFound",),
    properties={
        "allocationId": CHOSEN_ONCE,
        "allowReassociation": NEVER_TOLD_ONCE,
        "instanceId": CHOSEN_ONCE,
        "networkInterfaceId": CHOSEN_ONCE,
        "privateIpAddress": CHOSEN_ONCE,
        "publicIp": CHOSEN_ONCE,
    },
)

TABLE = (
    INTERNET_GATEWAY,
    INTERNET_GATEWAY_ATTACHMENT,
    EGRESS_ONLY_INTERNET_GATEWAY,
    NAT_GATEWAY,
    EIP,
    EIP_ASSOCIATION,
)
