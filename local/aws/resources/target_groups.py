"""Target groups and listeners of load balancers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.elb_attributes import TAGS, Attributes
from local.aws.resources.forms import CHOSEN, CHOSEN_ONCE, NAMING, REPLACES
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties

# API reference, TargetGroupAttribute.
ATTRIBUTES: Final = Attributes(
    "target_group",
    "TargetGroupArn",
    {
        "connectionTermination": ("deregistration_delay.connection_termination.enabled", None),
        "deregistrationDelay": ("deregistration_delay.timeout_seconds", 300),
        "loadBalancingCrossZoneEnabled": ("load_balancing.cross_zone.enabled", None),
        "preserveClientIp": ("preserve_client_ip.enabled", None),
        "proxyProtocolV2": ("proxy_protocol_v2.enabled", False),
    },
)
# Key of the block to member of the API; the two defaults of the real provider that are not AWS's
# own, which it sends wherever there is a block.
HEALTH_CHECK: Final = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
HEALTH_DEFAULTS: Final = {
    "enabled": True,
    "healthyThreshold": 3,
    "interval": 30,
    "port": "traffic-port",
    "protocol": "HTTP",
    "unhealthyThreshold": 3,
}


def _health_check(call: Call) -> dict[str, Any]:
    asked = call.inputs.get("healthCheck")
    if not isinstance(asked, Mapping):
        return {}
    wanted = {**HEALTH_DEFAULTS, **{k: v for k, v in asked.items() if v is not None}}
    members = {member: wanted[key] for key, member in HEALTH_CHECK.items() if key in wanted}
    for key in ("interval", "timeout", "healthyThreshold", "unhealthyThreshold"):
        if HEALTH_CHECK[key] in members:
            members[HEALTH_CHECK[key]] = int(members[HEALTH_CHECK[key]])
    if wanted.get("matcher"):
        members["Matcher"] = {"HttpCode": wanted["matcher"]}
    return members


def _read(call: Call) -> Mapping[str, Any] | None:
    found = call.find("describe_target_groups", "TargetGroups[0]", TargetGroupArns=[call.id])
    if not found:
        return None
    check = {key: found[member] for key, member in HEALTH_CHECK.items() if member in found}
    matcher = (found.get("Matcher") or {}).get("HttpCode")
    return {
        **found,
        **ATTRIBUTES.told(call),
        "HealthCheck": {**check, **({"matcher": matcher} if matcher else {})},
    }


def _change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if "healthCheck" in changed and (members := _health_check(call)):
        call.send("modify_target_group", TargetGroupArn=call.id, **members)
    ATTRIBUTES.change(call, changed)


def _check(inputs: Properties) -> Sequence[Failure]:
    failures = [
        Failure(name, f"is required when targetType is {inputs.get('targetType', 'instance')}")
        for name in ("port", "protocol", "vpcId")
        if inputs.get(name) is None
    ]
    check = inputs.get("healthCheck")
    if isinstance(check, Mapping) and check.get("protocol") == "TCP":
        failures += [
            Failure(f"healthCheck.{name}", "must not be set when healthCheck.protocol is TCP")
            for name in ("path", "matcher")
            if check.get(name) not in (None, UNKNOWN)
        ]
    return failures


TARGET_GROUP = Resource(
    token="aws:lb/targetGroup:TargetGroup",
    service="elbv2",
    create="create_target_group",
    members=_health_check,
    id_path="TargetGroups[0].TargetGroupArn",
    id_member="TargetGroupArn",
    read=_read,
    after_create=ATTRIBUTES.first,
    update=_change,
    delete="delete_target_group",
    missing=("TargetGroupNotFound",),
    tags=TAGS,
    auto_name="name",
    name_limit=32,
    properties={
        "name": Property(replaces=True, read="TargetGroupName"),
        "namePrefix": Property(local=True, replaces=True),
        "port": REPLACES,
        "protocol": REPLACES,
        "vpcId": REPLACES,
        "targetType": Property(default="instance", replaces=True),
        "ipAddressType": CHOSEN_ONCE,
        "healthCheck": Property(
            hooked=True,
            computed=True,
            computed_in=(*HEALTH_CHECK, "matcher"),
            read="HealthCheck",
        ),
        **{
            name: Property(hooked=True, computed=default is None, default=default, read=name)
            for name, (_, default) in ATTRIBUTES.keys.items()
        },
    },
    computed={
        "arn": "TargetGroupArn",
        "arnSuffix": lambda call, found: f"targetgroup/{call.id.split(':targetgroup/')[-1]}",
        "loadBalancerArns": "LoadBalancerArns",
    },
    check=_check,
)

LISTENER = Resource(
    token="aws:lb/listener:Listener",
    service="elbv2",
    create="create_listener",
    id_path="Listeners[0].ListenerArn",
    id_member="ListenerArn",
    describe="describe_listeners",
    described="Listeners[0]",
    updates=(Update("modify_listener", ("port", "protocol", "sslPolicy", "defaultActions")),),
    delete="delete_listener",
    missing=("ListenerNotFound", "LoadBalancerNotFound"),
    tags=TAGS,
    properties={
        "loadBalancerArn": NAMING,
        "port": Property(),
        "protocol": CHOSEN,
        "sslPolicy": CHOSEN,
        "defaultActions": Property(required=True),
    },
    computed={"arn": "ListenerArn"},
)

TABLE = (TARGET_GROUP, LISTENER)
