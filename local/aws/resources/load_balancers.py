"""Load balancers (Application, Network, Gateway), without listeners."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.elb_attributes import TAGS, Attributes
from local.aws.resources.forms import CHOSEN_ONCE
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.provider_answers import Failure
from local.provider_values import Properties

# API reference, LoadBalancerAttribute.
ATTRIBUTES: Final = Attributes(
    "load_balancer",
    "LoadBalancerArn",
    {
        "dropInvalidHeaderFields": ("routing.http.drop_invalid_header_fields.enabled", False),
        "enableCrossZoneLoadBalancing": ("load_balancing.cross_zone.enabled", None),
        "enableDeletionProtection": ("deletion_protection.enabled", False),
        "enableHttp2": ("routing.http2.enabled", True),
        "idleTimeout": ("idle_timeout.timeout_seconds", 60),
    },
)


def _members(call: Call) -> Mapping[str, Any]:
    return {"Scheme": "internal" if call.inputs.get("internal") else "internet-facing"}


def _read(call: Call) -> Mapping[str, Any] | None:
    found = call.find("describe_load_balancers", "LoadBalancers[0]", LoadBalancerArns=[call.id])
    if not found:
        return None
    attributes = {name: _typed(value) for name, value in ATTRIBUTES.told(call).items()}
    zones = [
        zone["SubnetId"] for zone in found.get("AvailabilityZones") or () if zone.get("SubnetId")
    ]
    return {**found, **attributes, "Subnets": zones, "Internal": found.get("Scheme") == "internal"}


def _typed(value: str | None) -> Any:
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value and value.isdigit() else value


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    ATTRIBUTES.change(call, changed)
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
    after_create=ATTRIBUTES.first,
    update=_change,
    delete="delete_load_balancer",
    missing=("LoadBalancerNotFound",),
    tags=TAGS,
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
            for name, (_, default) in ATTRIBUTES.keys.items()
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
