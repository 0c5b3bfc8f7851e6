"""Elastic IPs: bound where the internet reaches them, and holding the gateway of that VPC."""

from typing import Any

from local.aws.extensions.ec2.kept import dependency, ec2
from local.aws.extensions.registry import Call, Passed, Refused, extends


def _vpc_of(call: Call) -> str | None:
    """Of what the address is to be bound to; None where the request names nothing that there is."""
    params = call.params
    if params.get("InstanceId"):
        instance: Any = ec2(call).get_instance(params["InstanceId"])
        return str(instance.vpc_id)
    if params.get("NetworkInterfaceId"):
        interface: Any = ec2(call).get_network_interface(params["NetworkInterfaceId"])
        return str(interface.subnet.vpc_id)
    return None


@extends("ec2", "AssociateAddress", "moto binds an address in a VPC without an internet gateway")
def associate_address(call: Call) -> Passed:
    vpc_id, gateways = _vpc_of(call), ec2(call).internet_gateways.values()
    if vpc_id and not any(g.vpc is not None and g.vpc.id == vpc_id for g in gateways):
        raise Refused(
            "Gateway.NotAttached", f"Network {vpc_id} is not attached to any internet gateway"
        )
    return call.pass_on()


@extends("ec2", "DetachInternetGateway", "moto takes the gateway from under public addresses")
def detach_internet_gateway(call: Call) -> Passed:
    vpc_id = call.params["VpcId"]
    for address in ec2(call).addresses:
        interface: Any = address.eni
        if address.association_id and interface and interface.subnet.vpc_id == vpc_id:
            raise dependency(
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
                "address(es) before detaching the gateway."
            )
    return call.pass_on()
