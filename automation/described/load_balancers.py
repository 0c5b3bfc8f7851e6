"""What load balancers send on: rules of listeners, target groups, and the targets in them."""

from typing import Final

from automation.described.calls import Call, From, Kind
from automation.described.machines import LISTENERS

RULES: Final = Call(
    "elbv2", "describe_rules", "Rules[]", {"ListenerArn": From("ListenerArn")},
    of=LISTENERS, ids="[RuleArn]",
)  # fmt: skip
TARGET_GROUPS: Final = Call(
    "elbv2", "describe_target_groups", "TargetGroups[]", ids="[TargetGroupArn]", within="[VpcId]",
    more={
        "_attributes": Call(
            "elbv2", "describe_target_group_attributes", "Attributes[]",
            {"TargetGroupArn": From("TargetGroupArn")},
        ),
        "_targets": Call(
            "elbv2", "describe_target_health", "TargetHealthDescriptions[].Target",
            {"TargetGroupArn": From("TargetGroupArn")},
        ),
        "_scaled": Call(
            "autoscaling", "describe_auto_scaling_instances", "AutoScalingInstances[].InstanceId",
            {"InstanceIds": From("_targets[].Id")}, when="TargetType=='instance' && _targets",
        ),
    },
)  # fmt: skip
# Where an action sends to; of a group by itself AWS says the same in both places.
SENT: Final = (
    "targetGroupArn: TargetGroupArn, "
    "forward: ForwardConfig.{targetGroups: TargetGroups[].{arn: TargetGroupArn}}"
)

KINDS: Final = (
    Kind(
        "aws:lb/listenerRule:ListenerRule", RULES, "RuleArn",
        {
            "listenerArn": "_of.ListenerArn",
            "actions": f"Actions[].{{type: Type, {SENT}, "
            "redirect: RedirectConfig.{host: Host, port: Port, protocol: Protocol}, "
            "authenticateOidc: AuthenticateOidcConfig.{issuer: Issuer}, "
            "authenticateCognito: AuthenticateCognitoConfig.{userPoolArn: UserPoolArn}, "
            "jwtValidation: JwtValidationConfig.{issuer: Issuer, jwksEndpoint: JwksEndpoint}}",
        },
        where="!IsDefault",
        silent=("conditions", "priority", "tags", "transforms"),
    ),
    Kind(
        "aws:lb/targetGroup:TargetGroup", TARGET_GROUPS, "TargetGroupArn",
        {
            "name": "TargetGroupName", "port": "Port", "protocol": "Protocol",
            "targetType": "TargetType", "vpcId": "VpcId",
            "healthCheck": "{port: HealthCheckPort, protocol: HealthCheckProtocol, "
            "path: HealthCheckPath}",
            "preserveClientIp": "_attributes[?Key=='preserve_client_ip.enabled'].Value | [0]",
        },
        silent=(
            "connectionTermination", "deregistrationDelay", "ipAddressType",
            "lambdaMultiValueHeadersEnabled", "loadBalancing*", "namePrefix", "protocolVersion",
            "proxyProtocolV2", "slowStart", "stickiness", "tags", "targetControlPort",
            "targetFailovers", "targetGroupHealth", "targetHealthStates",
        ),
    ),
    Kind(
        "aws:lb/targetGroupAttachment:TargetGroupAttachment", TARGET_GROUPS,
        "join(' ', [_of.TargetGroupArn, Id, to_string(Port || `0`)])",
        {"targetGroupArn": "_of.TargetGroupArn", "targetId": "Id", "port": "Port"},
        key=("targetGroupArn", "targetId", "port"), each="_targets",
        where="!contains(_of._scaled || `[]`, Id)",  # those of a group are told by the group
        silent=("availabilityZone", "quicServerId"),
    ),
)  # fmt: skip
