"""NAT gateways: an address of their subnet, and an interface that goes with them."""

from typing import Any

from local.aws.extensions import interfaces
from local.aws.extensions.ec2.kept import Record, ec2, require, tags_of
from local.aws.extensions.registry import Call, Refused, extends


def _check(call: Call, kind: str, vpc_id: str) -> None:
    allocation_id = call.params.get("AllocationId")
    if kind == "private":
        if allocation_id:
            raise Refused("InvalidParameter", "A private NAT gateway takes no AllocationId")
        return
    if not allocation_id:
        raise Refused("MissingParameter", "The request must include the AllocationId parameter.")
    addresses = {str(address.allocation_id): address for address in ec2(call).addresses}
    require(addresses, allocation_id, "InvalidAllocationID.NotFound", "The allocation ID")
    if addresses[allocation_id].association_id:
        raise Refused(
            "InvalidParameterValue",
            f"Elastic IP address {allocation_id} is already associated",
        )
    gateways = ec2(call).internet_gateways.values()
    if not any(gateway.vpc is not None and gateway.vpc.id == vpc_id for gateway in gateways):
        raise Refused("Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached")


@extends(
    "ec2",
    "CreateNatGateway",
    "moto gives it an address outside the subnet and takes a public one without an Elastic IP or "
    "an internet gateway",
)
def create_nat_gateway(call: Call) -> Record:
    params, kind = call.params, call.params.get("ConnectivityType") or "public"
    if not params.get("SubnetId"):
        raise Refused("MissingParameter", "The request must include the SubnetId parameter.")
    subnet = ec2(call).get_subnet(params["SubnetId"])
    _check(call, kind, subnet.vpc_id)
    gateway: Any = ec2(call).create_nat_gateway(
        subnet.id,
        params.get("AllocationId") or "",
        tags_of(params, "natgateway"),
        kind,
    )
    interface = gateway._eni
    address = interfaces.address_in(ec2(call), subnet.id)
    interface.private_ip_address = gateway.private_ip = address
    interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    interface.description = f"Interface for NAT Gateway {gateway.id}"
    interface.interface_type = "nat_gateway"
    interface.requester_managed, interface.status = True, "in-use"
    gateway.address_set[0]["privateIp"] = address
    return {"NatGateway": gateway}


@extends("ec2", "DeleteNatGateway", "moto leaves its interface in the subnet and its address bound")
def delete_nat_gateway(call: Call) -> Record:
    gateway_id = call.params["NatGatewayId"]
    require(ec2(call).nat_gateways, gateway_id, "NatGatewayNotFound", "The NAT gateway")
    gateway: Any = ec2(call).nat_gateways[gateway_id]
    for address in ec2(call).addresses:
        if address.eni is not None and address.eni.id == gateway._eni.id:
            ec2(call).disassociate_address(association_id=address.association_id)
    interfaces.remove(ec2(call), [gateway._eni.id])
    gateway.state = "deleted"
    return {"NatGatewayId": gateway_id}
