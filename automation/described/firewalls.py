"""AWS Network Firewall: where its endpoints stand, and where it writes what it saw."""

from typing import Final

from automation.described.calls import Call, From, Kind

_ARN: Final = {"FirewallArn": From("FirewallArn")}
# A list alone does not tell in which VPC a firewall stands.
FIREWALLS: Final = Call(
    "network-firewall", "describe_firewall", "[@]", _ARN,
    of=Call("network-firewall", "list_firewalls", "Firewalls[]"), every=True,
    ids="[Firewall.FirewallArn]", within="[Firewall.VpcId, Firewall.TransitGatewayId]",
)  # fmt: skip
LOGGING: Final = Call(
    "network-firewall", "describe_logging_configuration", "[@]",
    {"FirewallArn": From("Firewall.FirewallArn")}, of=FIREWALLS,
)  # fmt: skip

_ENDPOINTS: Final = "values(FirewallStatus.SyncStates || `{}`)[].Attachment"
_LOGGED: Final = (
    "{logDestinationConfigs: LoggingConfiguration.LogDestinationConfigs[].{logType: LogType, "
    "logDestinationType: LogDestinationType, logDestination: LogDestination}}"
)

KINDS: Final = (
    Kind(
        "aws:networkfirewall/firewall:Firewall", FIREWALLS, "Firewall.FirewallArn",
        {
            "name": "Firewall.FirewallName", "firewallPolicyArn": "Firewall.FirewallPolicyArn",
            "vpcId": "Firewall.VpcId", "transitGatewayId": "Firewall.TransitGatewayId",
            "subnetMappings": "Firewall.SubnetMappings[].{subnetId: SubnetId}",
            "encryptionConfiguration": "Firewall.EncryptionConfiguration.{type: Type, "
            "keyId: KeyId}",
            "description": "Firewall.Description",
        },
        {
            "arn": "Firewall.FirewallArn",
            "firewallStatuses": f"[{{syncStates: {_ENDPOINTS}.{{attachments: [{{"
            "endpointId: EndpointId, subnetId: SubnetId}]}}]",
        },
        gives=f"{_ENDPOINTS}.EndpointId", silent=(
            "availabilityZoneChangeProtection", "availabilityZoneMappings", "deleteProtection",
            "enabledAnalysisTypes", "firewallPolicyChangeProtection", "subnetChangeProtection",
            "tags",
        ),
    ),
    Kind(
        "aws:networkfirewall/loggingConfiguration:LoggingConfiguration", LOGGING,
        "_of.Firewall.FirewallArn",
        {"firewallArn": "_of.Firewall.FirewallArn", "loggingConfiguration": _LOGGED},
        where="LoggingConfiguration.LogDestinationConfigs", silent=("enableMonitoringDashboard",),
    ),
)  # fmt: skip
