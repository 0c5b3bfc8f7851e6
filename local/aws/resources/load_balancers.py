"""Load balancers (Application, Network, Gateway), without listeners."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import CHOSEN_ONCE
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure
from local.provider_values import Properties

# Property to attribute key (API reference, LoadBalancerAttribute) and default.
ATTRIBUTES: Final = {
    "dropInvalidHeaderFields": ("routing.http.drop_invalid_header_fields.enabled", False),
    "enableCrossZoneLoadBalancing": ("load_balancing.cross_zone.enabled", None),
    "enableDeletionProtection": ("deletion_protection.enabled", False),
    "enableHttp2": ("routing.http2.enabled", True),
    "idleTimeout": ("idle_timeout.timeout_seconds", 60),
}


def _members(call: Call) -> Mapping[str, Any]:
    return {"Scheme": "internal" if call.inputs.get("internal") else "internet-facing"}


def _read(call: Call) -> Mapping[str, Any] | None:
    found = call.find("describe_load_balancers", "LoadBalancers[0]", LoadBalancerArns=[call.id])
    if not found:
        return None
    rows = call.find("describe_load_balancer_attributes", "Attributes", LoadBalancerArn=call.id)
    told = {row["Key"]: row["Value"] for row in rows or ()}
    attributes = {name: _typed(told.get(key)) for name, (key, _) in ATTRIBUTES.items()}
    zones = [
        zone["SubnetId"] for zone in found.get("AvailabilityZones") or () if zone.get("SubnetId")
    ]
    return {**found, **attributes, "Subnets": zones, "Internal": found.get("Scheme") == "internal"}


def _typed(value: str | None) -> Any:
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value and value.isdigit() else value


def _set_attributes(call: Call, names: frozenset[str]) -> None:
    rows = [
        {"Key": ATTRIBUTES[name][0], "Value": str(call.inputs[name]).lower()}
        for name in sorted(names & ATTRIBUTES.keys())
        if call.inputs.get(name) is not None
    ]
    if rows:
        call.send("modify_load_balancer_attributes", LoadBalancerArn=call.id, Attributes=rows)


def _first_attributes(call: Call) -> None:
    differing = {
        name
        for name, (_, default) in ATTRIBUTES.items()
        if call.inputs.get(name) not in (None, default)
    }
    _set_attributes(call, frozenset(differing))


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    _set_attributes(call, changed)
    owner = {"LoadBalancerArn": call.id}
    if "securityGroups" in changed:
        groups = list(call.inputs.get("securityGroups") or ())
        call.send("set_security_groups", **owner, SecurityGroups=groups)
    if "subnets" in changed:
        call.send("set_subnets", **owner, Subnets=list(call.inputs.get("subnets") or ()))
    if "ipAddressType" in changed:
        call.send("set_ip_address_type", **owner, IpAddressType=call.inputs["ipAddressType"])


def _check(inputs: Properties) -> Sequence[Failure]:
    if not inputs.get("subnets") and not inputs.get("subnetMappings"):
        return [Failure("subnets", "a load balancer needs subnets or subnetMappings")]
    return []


LOAD_BALANCER = Resource(
    token="aws:lb/loadBalancer:LoadBalancer",
    service="elbv2",
    create="create_load_balancer",
    members=_members,
    id_path="LoadBalancers[0].LoadBalancerArn",
    id_member="LoadBalancerArn",
    read=_read,
    after_create=_first_attributes,
    update=_change,
    delete="delete_load_balancer",
    missing=("LoadBalancerNotFound",),
    tags=ServiceTags(
        "add_tags",
        "remove_tags",
        "ResourceArns",
        many_owners=True,
        list_operation="describe_tags",
        listed="TagDescriptions[0].Tags",
    ),
    pending=("State.Code", frozenset({"provisioning"})),
    auto_name="name",
    name_limit=32,
    properties={
        "name": Property(replaces=True, read="LoadBalancerName"),
        "namePrefix": Property(local=True, replaces=True),
        "internal": Property(hooked=True, computed=True, replaces=True, read="Internal"),
        "loadBalancerType": Property(member="Type", default="application", replaces=True),
        "subnets": Property(computed=True, kind="set"),
        "subnetMappings": Property(unread=True, replaces=True, kind="set"),
        "securityGroups": Property(computed=True, kind="set"),
        "ipAddressType": Property(computed=True),
        "customerOwnedIpv4Pool": CHOSEN_ONCE,
        **{
            name: Property(hooked=True, default=default, read=name)
            for name, (_, default) in ATTRIBUTES.items()
        },
    },
    computed={
        "arn": "LoadBalancerArn",
        "arnSuffix": lambda call, found: call.id.split(":loadbalancer/")[-1],
        "dnsName": "DNSName",
        "vpcId": "VpcId",
        "zoneId": "CanonicalHostedZoneId",
    },
    check=_check,
)

TABLE = (LOAD_BALANCER,)
