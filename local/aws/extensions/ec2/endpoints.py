"""VPC endpoints: interfaces in their subnets, private DNS, policies, and what AWS refuses."""

import json
import random
import string
from typing import Any

from moto.ec2.models.vpcs import VPCEndPoint

from local.aws.extensions import interfaces
from local.aws.extensions.ec2.endpoint_services import find_service
from local.aws.extensions.ec2.kept import Record, ec2, tags_of
from local.aws.extensions.registry import Call, Refused, extends

KINDS = ("Interface", "Gateway")


def _invalid(message: str) -> Refused:
    return Refused("InvalidParameter", message)


def _check_policy(document: str | None, service: Record) -> None:
    if document is None:
        return
    if not service["VpcEndpointPolicySupported"]:
        raise _invalid(f"Endpoint policies are not supported by {service['ServiceName']}")
    try:
        statements = json.loads(document).get("Statement")
    except (ValueError, AttributeError):
        statements = None
    if not statements:
        raise _invalid("Policy document is not a JSON object with a Statement")


def _check_subnets(call: Call, vpc_id: str, subnet_ids: list[str]) -> None:
    zones: set[str] = set()
    for subnet_id in subnet_ids:
        subnet = ec2(call).get_subnet(subnet_id)
        if subnet.vpc_id != vpc_id:
            raise _invalid(f"The subnet {subnet_id} does not belong to VPC {vpc_id}")
        if subnet.availability_zone in zones:
            raise Refused(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet_id}. VPC "
                "endpoint subnets should be in different availability zones supported by the VPC "
                "endpoint service.",
            )
        zones.add(subnet.availability_zone)


def _check_groups(call: Call, vpc_id: str, group_ids: list[str]) -> None:
    for group_id in group_ids:
        group = ec2(call).get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id:
            raise Refused(
                "InvalidGroup.NotFound",
                f"The security group '{group_id}' does not exist in VPC {vpc_id}",
            )


def _check_private_dns(call: Call, vpc_id: str, service: Record, own_id: str | None) -> None:
    vpc = ec2(call).get_vpc(vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise _invalid(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
            f"attributes set to true for {vpc_id}"
        )
    for other in ec2(call).vpc_end_points.values():
        same = (other.vpc_id, other.service_name) == (vpc_id, service["ServiceName"])
        if same and other.private_dns_enabled and other.id != own_id:
            raise _invalid(
                "private-dns-enabled cannot be set because there is already a conflicting DNS "
                f"domain for {service['PrivateDnsName']} in the VPC {vpc_id}"
            )


def _set_dns_entries(call: Call, endpoint: VPCEndPoint, service: Record) -> None:
    label = "".join(random.choices(string.ascii_lowercase + string.digits, k=8))
    zones = [ec2(call).get_subnet(s).availability_zone for s in endpoint.subnet_ids or []]
    names = [
        f"{endpoint.id}-{label}{zone}.{base}"
        for base in service["BaseEndpointDnsNames"]
        for zone in ("", *(f"-{zone}" for zone in zones))
    ]
    if endpoint.private_dns_enabled:
        names += [entry["PrivateDnsName"] for entry in service["PrivateDnsNames"]]
    zone_id = "Z" + "".join(random.choices(string.ascii_uppercase + string.digits, k=13))
    endpoint.dns_entries = [{"dns_name": name, "hosted_zone_id": zone_id} for name in names]


def _place(call: Call, endpoint: VPCEndPoint, subnet_ids: list[str]) -> None:
    assert endpoint.subnet_ids is not None
    for subnet_id in subnet_ids:
        description = f"VPC Endpoint Interface {endpoint.id}"
        interface_id = interfaces.place(
            ec2(call), subnet_id, endpoint.security_group_ids, description, "vpc_endpoint"
        )
        endpoint.network_interface_ids.append(interface_id)
        endpoint.subnet_ids.append(subnet_id)


def _check_interface(call: Call, service: Record) -> tuple[list[str], bool]:
    """The security groups and whether private DNS is on, after everything is found right."""
    params, vpc_id = call.params, call.params["VpcId"]
    if params.get("RouteTableIds"):
        raise _invalid("Route table IDs are only supported for Gateway type VPC Endpoint")
    _check_subnets(call, vpc_id, params.get("SubnetIds") or [])
    default = ec2(call).get_default_security_group(vpc_id)
    group_ids = list(params.get("SecurityGroupIds") or ([default.id] if default else []))
    _check_groups(call, vpc_id, group_ids)
    private = params.get("PrivateDnsEnabled")
    private = service.get("PrivateDnsName") is not None if private is None else private
    if private:
        _check_private_dns(call, vpc_id, service, None)
    return group_ids, bool(private)


def _check_gateway(call: Call) -> None:
    params = call.params
    for member in ("SubnetIds", "SecurityGroupIds"):
        if params.get(member):
            raise _invalid(f"{member} are only supported for Interface type VPC Endpoint")
    if params.get("PrivateDnsEnabled"):
        raise _invalid("Private DNS is not supported for Gateway type VPC Endpoint")
    for route_table_id in params.get("RouteTableIds") or []:
        table = ec2(call).get_route_table(route_table_id)
        if table.vpc_id != params["VpcId"]:
            raise _invalid(f"Route table {route_table_id} does not belong to {params['VpcId']}")
        prefix_list_id = _prefix_list_id(call, params["ServiceName"])
        if any(route.destination_prefix_list_id == prefix_list_id for route in table.routes):
            raise Refused(
                "RouteAlreadyExists",
                f"route table {route_table_id} already has a route with "
                f"destination-prefix-list-id {prefix_list_id}",
            )


def _prefix_list_id(call: Call, service_name: str) -> str | None:
    lists = ec2(call).managed_prefix_lists.values()
    return next((entry.id for entry in lists if entry.prefix_list_name == service_name), None)


@extends(
    "ec2",
    "CreateVpcEndpoint",
    "moto takes any service name, makes interfaces outside the subnet in the default group, one "
    "DNS entry of no known form, and refuses nothing: two subnets in a zone, private DNS without "
    "the VPC's DNS attributes or twice, a policy where none is supported",
)
def create_vpc_endpoint(call: Call) -> Record:
    params, kind = call.params, call.params.get("VpcEndpointType") or "Gateway"
    if kind not in KINDS:
        raise Refused("UnsupportedOperation", f"VpcEndpointType must be one of {', '.join(KINDS)}")
    ec2(call).get_vpc(params["VpcId"])
    region = params.get("ServiceRegion") or call.region
    service = find_service(call, params["ServiceName"], kind, region)
    _check_policy(params.get("PolicyDocument"), service)
    group_ids: list[str] = []
    private = False
    if kind == "Interface":
        group_ids, private = _check_interface(call, service)
    else:
        _check_gateway(call)
    endpoint = ec2(call).create_vpc_endpoint(
        params["VpcId"],
        params["ServiceName"],
        kind,
        params.get("PolicyDocument"),
        list(params.get("RouteTableIds") or []),
        subnet_ids=[],
        security_group_ids=group_ids,
        client_token=params.get("ClientToken"),
        tags=tags_of(params, "vpc-endpoint"),
        private_dns_enabled=private,
    )
    _complete(call, endpoint, service)
    return {"VpcEndpoint": endpoint}


def _complete(call: Call, endpoint: Any, service: Record) -> None:
    """The members that moto's model lacks; its serialiser reads them off the object."""
    endpoint.service_region = service.get("ServiceRegion")
    endpoint.requester_managed = False
    endpoint.ip_address_type = call.params.get("IpAddressType") or "ipv4"
    if endpoint.vpc_endpoint_type == "Interface":
        endpoint.dns_options = {"DnsRecordIpType": "ipv4"} | (call.params.get("DnsOptions") or {})
        _place(call, endpoint, call.params.get("SubnetIds") or [])
        _set_dns_entries(call, endpoint, service)


@extends(
    "ec2",
    "ModifyVpcEndpoint",
    "moto ignores PrivateDnsEnabled and ResetPolicy and leaves interfaces and routes as they were",
)
def modify_vpc_endpoint(call: Call) -> Record:
    params = call.params
    endpoint = ec2(call).get_vpc_end_point(params["VpcEndpointId"])
    kind = str(endpoint.vpc_endpoint_type)
    service = find_service(call, endpoint.service_name, kind, _service_region(call, endpoint))
    _check_policy(params.get("PolicyDocument"), service)
    if kind == "Interface":
        _modify_interface(call, endpoint, service)
    else:
        _modify_gateway(call, endpoint)
    if params.get("ResetPolicy"):
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    elif params.get("PolicyDocument") is not None:
        endpoint.policy_document = params["PolicyDocument"]
    return {"Return": True}


def _service_region(call: Call, endpoint: Any) -> str:
    return str(getattr(endpoint, "service_region", None) or call.region)


def _without(items: list[str], removed: list[str] | None) -> list[str]:
    return [item for item in items if item not in (removed or [])]


def _modify_interface(call: Call, endpoint: VPCEndPoint, service: Record) -> None:
    params = call.params
    before = endpoint.subnet_ids or []
    added = _without(params.get("AddSubnetIds") or [], before)
    remaining = _without(before, params.get("RemoveSubnetIds"))
    _check_subnets(call, endpoint.vpc_id, remaining + added)
    group_ids = _without(endpoint.security_group_ids, params.get("RemoveSecurityGroupIds"))
    group_ids += _without(params.get("AddSecurityGroupIds") or [], group_ids)
    _check_groups(call, endpoint.vpc_id, group_ids)
    if params.get("PrivateDnsEnabled"):
        _check_private_dns(call, endpoint.vpc_id, service, endpoint.id)
    by_subnet = dict(zip(before, endpoint.network_interface_ids, strict=True))
    interfaces.remove(ec2(call), [i for s, i in by_subnet.items() if s not in remaining])
    endpoint.subnet_ids = remaining
    endpoint.network_interface_ids = [by_subnet[subnet_id] for subnet_id in remaining]
    endpoint.security_group_ids = group_ids
    interfaces.set_groups(ec2(call), endpoint.network_interface_ids, group_ids)
    _place(call, endpoint, added)
    if params.get("PrivateDnsEnabled") is not None:
        endpoint.private_dns_enabled = params["PrivateDnsEnabled"]
    _set_dns_entries(call, endpoint, service)


def _modify_gateway(call: Call, endpoint: VPCEndPoint) -> None:
    params, prefix_list_id = call.params, endpoint.destination_prefix_list_id
    for route_table_id in params.get("RemoveRouteTableIds") or []:
        ec2(call).delete_route(route_table_id, "", destination_prefix_list_id=prefix_list_id)
    for route_table_id in params.get("AddRouteTableIds") or []:
        ec2(call).create_route(
            route_table_id,
            None,
            gateway_id=endpoint.id,
            destination_prefix_list_id=prefix_list_id,
        )
    remaining = _without(endpoint.route_table_ids, params.get("RemoveRouteTableIds"))
    endpoint.route_table_ids = remaining + list(params.get("AddRouteTableIds") or [])


@extends("ec2", "DeleteVpcEndpoints", "moto goes on describing what is deleted")
def delete_vpc_endpoints(call: Call) -> Record:
    unsuccessful = []
    for endpoint_id in call.params["VpcEndpointIds"]:
        endpoint = ec2(call).vpc_end_points.get(endpoint_id)
        if endpoint is None:
            message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": message}
            unsuccessful.append({"ResourceId": endpoint_id, "Error": error})
            continue
        interfaces.remove(ec2(call), endpoint.network_interface_ids)
        endpoint.network_interface_ids = []
        ec2(call).delete_vpc_endpoints([endpoint_id])
        del ec2(call).vpc_end_points[endpoint_id]
    return {"Unsuccessful": unsuccessful}
