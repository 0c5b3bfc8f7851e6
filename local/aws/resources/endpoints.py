"""VPC endpoints."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import (
    CHOSEN,
    LOCAL,
    NAMING,
    REPLACES,
    ec2_arn,
    filters,
    owner_id,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties

# Property to the nouns of ModifyVpcEndpoint's Add… and Remove… members.
LISTS: Final = {
    "routeTableIds": "RouteTableIds",
    "subnetIds": "SubnetIds",
    "securityGroupIds": "SecurityGroupIds",
}


def _surroundings(call: Call, endpoint: Mapping[str, Any]) -> Mapping[str, Any]:
    """A gateway endpoint's prefix list, which routes and security groups name."""
    answer: dict[str, Any] = {
        "SecurityGroupIds": [group["GroupId"] for group in endpoint.get("Groups") or ()]
    }
    if endpoint.get("VpcEndpointType") != "Gateway":
        return answer
    found = call.find(
        "describe_managed_prefix_lists",
        "PrefixLists[0].PrefixListId",
        Filters=filters(prefix_list_name=str(endpoint["ServiceName"])),
    )
    if found:
        answer["PrefixListId"] = found
        answer["CidrBlocks"] = call.find(
            "get_managed_prefix_list_entries", "Entries[].Cidr", PrefixListId=found
        )
    return answer


def _modify(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """One call with what is added and removed, as the real provider makes it."""
    sent: dict[str, Any] = {}
    for name, noun in LISTS.items():
        if name in changed:
            before, after = set(olds.get(name) or ()), set(call.inputs.get(name) or ())
            sent[f"Add{noun}"] = sorted(after - before)
            sent[f"Remove{noun}"] = sorted(before - after)
    members, _ = call.request(
        "modify_vpc_endpoint",
        changed & {"policy", "privateDnsEnabled", "ipAddressType", "dnsOptions"},
    )
    if "policy" in changed and not call.inputs.get("policy"):
        members["ResetPolicy"] = True
    request = {key: value for key, value in {**sent, **members}.items() if value not in ([], None)}
    if request:
        call.send("modify_vpc_endpoint", VpcEndpointId=call.id, **request)


def _delete(call: Call) -> None:
    call.send("delete_vpc_endpoints", VpcEndpointIds=[call.id])


# What each type takes (EC2 API reference, CreateVpcEndpoint). Gateway Load Balancer endpoints take
# subnets only.
ONLY_GATEWAY: Final = frozenset({"routeTableIds"})
ONLY_INTERFACE: Final = frozenset({"securityGroupIds", "privateDnsEnabled", "dnsOptions"})


def _check(inputs: Properties) -> Sequence[Failure]:
    kind = inputs.get("vpcEndpointType")
    if kind is UNKNOWN:
        return []
    failures = []
    if kind == "Gateway":
        foreign = {*ONLY_INTERFACE, "subnetIds"} - {"dnsOptions", "privateDnsEnabled"}
    elif kind == "GatewayLoadBalancer":
        foreign = {*ONLY_GATEWAY, *ONLY_INTERFACE}
    else:
        foreign = set(ONLY_GATEWAY)
    failures = [
        Failure(name, f"an endpoint of type {kind} takes no {name}")
        for name in sorted(foreign & inputs.keys())
        if inputs[name]
    ]
    if not any(
        inputs.get(k) for k in ("serviceName", "resourceConfigurationArn", "serviceNetworkArn")
    ):
        failures.append(Failure("serviceName", "an endpoint names the service that it leads to"))
    return failures


VPC_ENDPOINT = Resource(
    token="aws:ec2/vpcEndpoint:VpcEndpoint",
    service="ec2",
    create="create_vpc_endpoint",
    id_path="VpcEndpoint.VpcEndpointId",
    id_member="VpcEndpointId",
    describe="describe_vpc_endpoints",
    described="VpcEndpoints[?State!='deleted' && State!='deleting'] | [0]",
    enrich=_surroundings,
    update=_modify,
    delete=_delete,
    missing=("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"),
    tags=Ec2Tags("vpc-endpoint"),
    pending=("State", frozenset({"pending", "Pending"})),
    properties={
        "vpcId": NAMING,
        "serviceName": REPLACES,
        "serviceRegion": Property(replaces=True, computed=True),
        "serviceNetworkArn": REPLACES,
        "resourceConfigurationArn": REPLACES,
        "vpcEndpointType": Property(default="Gateway", replaces=True),
        "policy": Property(member="PolicyDocument", computed=True, kind="policy"),
        "privateDnsEnabled": CHOSEN,
        "ipAddressType": CHOSEN,
        "dnsOptions": CHOSEN,
        "routeTableIds": Property(computed=True, kind="set"),
        "subnetIds": Property(computed=True, kind="set"),
        "securityGroupIds": Property(computed=True, kind="set"),
        "subnetConfigurations": Property(kind="set", unread=True, replaces=True),
        "autoAccept": LOCAL,
    },
    computed={
        "arn": ec2_arn("vpc-endpoint"),
        "cidrBlocks": "CidrBlocks",
        "dnsEntries": "DnsEntries",
        "networkInterfaceIds": "NetworkInterfaceIds",
        "ownerId": owner_id,
        "prefixListId": "PrefixListId",
        "requesterManaged": "RequesterManaged",
        "state": "State",
    },
    volatile_with={"subnetIds": ("dnsEntries", "networkInterfaceIds")},
    check=_check,
)

TABLE = (VPC_ENDPOINT,)
