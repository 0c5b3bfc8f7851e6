"""What may not be deleted while something still needs it: the order of every destroy."""

from collections.abc import Iterator
from typing import Any

from local.aws.extensions import interfaces
from local.aws.extensions.ec2.kept import Record, dependency, ec2, require
from local.aws.extensions.registry import Call, Refused, extends


@extends("ec2", "DeleteSecurityGroup", "moto deletes groups that are in use")
def delete_security_group(call: Call) -> Record:
    name = str(call.params.get("GroupId") or call.params.get("GroupName"))
    group = ec2(call).get_security_group_by_name_or_id(name)
    if group is None:
        raise Refused("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    if group.is_default:
        raise Refused(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted'
        )
    user = next(interfaces.group_users(ec2(call), group.id), None)
    if user is not None:
        raise dependency(f"resource {group.id} has a dependent object: {user}")
    ec2(call).delete_security_group(group_id=group.id)
    return {"Return": True, "GroupId": group.id}


@extends("ec2", "DeleteSubnet", "moto deletes subnets with interfaces in them")
def delete_subnet(call: Call) -> Record:
    subnet_id = call.params["SubnetId"]
    ec2(call).get_subnet(subnet_id)
    for interface in ec2(call).enis.values():
        ended = interface.instance is not None and interface.instance.state in interfaces.GONE
        if interface.subnet.id == subnet_id and not ended:
            raise dependency(
                f"The subnet '{subnet_id}' has dependencies and cannot be deleted: {interface.id}"
            )
    ec2(call).delete_subnet(subnet_id)
    return {}


def _vpc_users(call: Call, vpc_id: str) -> Iterator[str]:
    backend = ec2(call)
    for gateway in backend.internet_gateways.values():
        if gateway.vpc is not None and gateway.vpc.id == vpc_id:
            yield gateway.id
    for endpoint in backend.vpc_end_points.values():
        if endpoint.vpc_id == vpc_id:
            yield endpoint.id
    for group in backend.groups[vpc_id].values():
        if not group.is_default:
            yield group.id
    for attachment in backend.transit_gateway_attachments.values():
        if attachment.resource_id == vpc_id and attachment.state not in interfaces.GONE:
            yield attachment.id
    for acl in backend.network_acls.values():
        if acl.vpc_id == vpc_id and not acl.default:
            yield acl.id


@extends(
    "ec2",
    "DeleteVpc",
    "moto deletes VPCs with gateways, endpoints, groups, ACLs or attachments left in them",
)
def delete_vpc(call: Call) -> Record:
    vpc_id = call.params["VpcId"]
    user = next(_vpc_users(call, vpc_id), None)
    if user is not None:
        raise dependency(f"The vpc '{vpc_id}' has dependencies and cannot be deleted: {user}")
    ec2(call).delete_vpc(vpc_id)
    return {}


@extends("ec2", "DeleteTransitGateway", "moto deletes transit gateways with attachments")
def delete_transit_gateway(call: Call) -> Record:
    gateway_id = call.params["TransitGatewayId"]
    require(
        ec2(call).transit_gateways,
        gateway_id,
        "InvalidTransitGatewayID.NotFound",
        "Transit Gateway",
    )
    for attachment in ec2(call).transit_gateway_attachments.values():
        if attachment.transit_gateway_id == gateway_id and attachment.state not in interfaces.GONE:
            raise Refused(
                "IncorrectState",
                f"{gateway_id} has non-deleted VPC Attachments: {attachment.id}",
            )
    return dict(call.moto())


@extends("ec2", "DeleteTransitGatewayRouteTable", "moto fails on an unknown id, goes on describing")
def delete_transit_gateway_route_table(call: Call) -> Record:
    table_id = call.params["TransitGatewayRouteTableId"]
    tables = ec2(call).transit_gateways_route_tables
    require(tables, table_id, "InvalidRouteTableID.NotFound", "Transit Gateway Route Table")
    if tables[table_id].route_table_associations:
        raise Refused("IncorrectState", f"{table_id} has associations and cannot be deleted.")
    gone: Any = tables.pop(table_id)
    gone.state = "deleted"
    return {"TransitGatewayRouteTable": gone}
