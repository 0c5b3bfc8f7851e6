"""Who answers questions of names, and who may ask: the resolver, its firewall, hosted zones."""

from dataclasses import replace
from typing import Final

from automation.described.calls import Call, From, Kind
from automation.described.network import VPCS

GROUP_ASSOCIATIONS: Final = Call(
    "route53resolver", "list_firewall_rule_group_associations", "FirewallRuleGroupAssociations[]",
    ids="[Id]", within="[VpcId]",
)  # fmt: skip
GROUPS: Final = Call(
    "route53resolver", "list_firewall_rule_groups", "FirewallRuleGroups[]", ids="[Id, Arn]"
)
RULES: Final = Call(
    "route53resolver", "list_firewall_rules", "FirewallRules[]",
    {"FirewallRuleGroupId": From("Id")}, of=GROUPS,
)  # fmt: skip
DOMAIN_LISTS: Final = Call(
    "route53resolver", "list_firewall_domain_lists", "FirewallDomainLists[?!ManagedOwnerName]",
    ids="[Id]",
    more={
        "_domains": Call("route53resolver", "list_firewall_domains", "Domains[]",
                         {"FirewallDomainListId": From("Id")}),
    },
)  # fmt: skip
CONFIGS: Final = Call(
    "route53resolver", "list_firewall_configs", "FirewallConfigs[]", ids="[Id]",
    within="[ResourceId]",
)  # fmt: skip
QUERY_LOGS: Final = Call(
    "route53resolver", "list_resolver_query_log_configs", "ResolverQueryLogConfigs[]", ids="[Id]"
)
LOGGED_VPCS: Final = Call(
    "route53resolver", "list_resolver_query_log_config_associations",
    "ResolverQueryLogConfigAssociations[]", ids="[Id]", within="[ResourceId]",
)  # fmt: skip
ENDPOINTS: Final = Call(
    "route53resolver", "list_resolver_endpoints", "ResolverEndpoints[]", ids="[Id]",
    within="[HostVPCId]",
    more={
        "_addresses": Call("route53resolver", "list_resolver_endpoint_ip_addresses",
                           "IpAddresses[]", {"ResolverEndpointId": From("Id")}),
    },
)  # fmt: skip
RULE_ASSOCIATIONS: Final = Call(
    "route53resolver", "list_resolver_rule_associations", "ResolverRuleAssociations[]",
    ids="[Id]", within="[VPCId]",
)  # fmt: skip
RESOLVER_RULES: Final = Call(
    "route53resolver", "list_resolver_rules", "ResolverRules[?RuleType!='RECURSIVE']",
    ids="[Id, Arn]",
)  # fmt: skip
# Zones of other accounts, and of services that keep the names of their own things there, are listed
# too (Route 53 API reference, ListHostedZonesByVPC; read 2026-11-30). Those nobody may read.
ZONES: Final = Call(
    "route53", "list_hosted_zones_by_vpc", "HostedZoneSummaries[]",
    {"VPCId": From("VpcId"), "VPCRegion": From("_here.region")}, of=VPCS, ids="[HostedZoneId]",
)  # fmt: skip
ZONE: Final = Call(
    "route53", "get_hosted_zone", "[@]", {"Id": From("HostedZoneId")}, of=ZONES,
    when="Owner.OwningAccount==_here.account",
)  # fmt: skip
PROFILE_ASSOCIATIONS: Final = Call(
    "route53profiles", "list_profile_associations", "ProfileAssociations[?Status!='DELETED']",
    {"ResourceId": From("VpcId")}, of=VPCS, ids="[Id]",
)  # fmt: skip
PROFILES: Final = Call("route53profiles", "list_profiles", "ProfileSummaries[]", ids="[Id, Arn]")


def _held(which: str) -> Call:
    """What profiles hold; all of one profile is one answer, however often it is looked at."""
    return Call(
        "route53profiles", "list_profile_resource_associations",
        f"ProfileResourceAssociations[?Status!='DELETED' && {which}]",
        {"ProfileId": From("Id")}, of=PROFILES, ids="[Id]",
    )  # fmt: skip


PROFILE_RESOURCES: Final = _held("ResourceArn")
# Zones that stand in a profile are joined to no VPC of its own. Those of others nobody may read.
ZONES_IN_PROFILES: Final = Call(
    "route53", "get_hosted_zone", "[@]", {"Id": From("name(ResourceArn)")},
    of=_held("contains(ResourceArn, ':hostedzone/')"),
    none=("AccessDenied", "AccessDeniedException", "NoSuchHostedZone"),
)  # fmt: skip

_ZONE: Final = Kind(
    "aws:route53/zone:Zone", ZONE, "name(HostedZone.Id)",
    {
        "name": "HostedZone.Name", "comment": "HostedZone.Config.Comment",
        "vpcs": "VPCs[].{vpcId: VPCId, vpcRegion: VPCRegion}",
    },
    {"arn": "join('', ['arn:', _here.partition, ':route53:::hostedzone/', name(HostedZone.Id)])"},
    silent=("delegationSetId", "enableAcceleratedRecovery", "forceDestroy", "tags"),
)  # fmt: skip

KINDS: Final = (
    Kind(
        "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup", GROUPS, "Id",
        {"name": "Name"}, {"arn": "Arn"}, silent=("tags",),
    ),
    Kind(
        "aws:route53/resolverFirewallRule:ResolverFirewallRule", RULES,
        "join(':', [FirewallRuleGroupId, FirewallDomainListId || "
        "FirewallThreatProtectionId || ''])",
        {
            "firewallRuleGroupId": "FirewallRuleGroupId", "name": "Name", "action": "Action",
            "firewallDomainListId": "FirewallDomainListId", "priority": "Priority",
            "blockResponse": "BlockResponse", "qType": "Qtype",
            "blockOverrideDomain": "BlockOverrideDomain",
            "blockOverrideDnsType": "BlockOverrideDnsType", "blockOverrideTtl": "BlockOverrideTtl",
            "firewallDomainRedirectionAction": "FirewallDomainRedirectionAction",
            "dnsThreatProtection": "DnsThreatProtection",
            "confidenceThreshold": "ConfidenceThreshold",
        },
        key=("firewallRuleGroupId", "firewallDomainListId", "priority"),
    ),
    Kind(
        "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList", DOMAIN_LISTS, "Id",
        {"name": "Name", "domains": "relative(_domains)"}, {"arn": "Arn"}, silent=("tags",),
    ),
    Kind(
        "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",
        GROUP_ASSOCIATIONS, "Id",
        {
            "name": "Name", "vpcId": "VpcId", "firewallRuleGroupId": "FirewallRuleGroupId",
            "priority": "Priority", "mutationProtection": "MutationProtection",
        },
        silent=("tags",),
    ),
    Kind(
        "aws:route53/resolverFirewallConfig:ResolverFirewallConfig", CONFIGS, "Id",
        {"resourceId": "ResourceId", "firewallFailOpen": "FirewallFailOpen"}, key=("resourceId",),
    ),
    Kind(
        "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig", QUERY_LOGS, "Id",
        {"name": "Name", "destinationArn": "DestinationArn"}, {"arn": "Arn"}, silent=("tags",),
    ),
    Kind(
        "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation",
        LOGGED_VPCS, "Id",
        {"resolverQueryLogConfigId": "ResolverQueryLogConfigId", "resourceId": "ResourceId"},
    ),
    Kind(
        "aws:route53/resolverEndpoint:ResolverEndpoint", ENDPOINTS, "Id",
        {
            "name": "Name", "direction": "Direction", "securityGroupIds": "SecurityGroupIds",
            "ipAddresses": "_addresses[].{subnetId: SubnetId, ip: Ip, ipv6: Ipv6}",
            "protocols": "Protocols", "resolverEndpointType": "ResolverEndpointType",
        },
        {"hostVpcId": "HostVPCId"},
        silent=("rniEnhancedMetricsEnabled", "tags", "targetNameServerMetricsEnabled"),
    ),
    Kind(
        "aws:route53/resolverRule:ResolverRule", RESOLVER_RULES, "Id",
        {
            "name": "Name", "domainName": "DomainName", "ruleType": "RuleType",
            "resolverEndpointId": "ResolverEndpointId",
            "targetIps": "TargetIps[].{ip: Ip, ipv6: Ipv6, port: Port, protocol: Protocol}",
        },
        {"arn": "Arn"}, where="ShareStatus!='SHARED_WITH_ME'", or_recorded=True, silent=("tags",),
    ),
    Kind(
        "aws:route53/resolverRuleAssociation:ResolverRuleAssociation", RULE_ASSOCIATIONS, "Id",
        {"vpcId": "VPCId", "resolverRuleId": "ResolverRuleId", "name": "Name"},
        where="!begins(ResolverRuleId, 'rslvr-autodefined-')",
    ),
    _ZONE,
    replace(_ZONE, call=ZONES_IN_PROFILES),
    Kind(
        "aws:route53/profilesAssociation:ProfilesAssociation", PROFILE_ASSOCIATIONS, "Id",
        {"name": "Name", "profileId": "ProfileId", "resourceId": "ResourceId"}, silent=("tags",),
    ),
    Kind(
        "aws:route53/profilesProfile:ProfilesProfile", PROFILES, "Id", {"name": "Name"},
        {"arn": "Arn"}, silent=("tags",),
    ),
    Kind(
        "aws:route53/profilesResourceAssociation:ProfilesResourceAssociation", PROFILE_RESOURCES,
        "Id",
        {
            "name": "Name", "profileId": "ProfileId", "resourceArn": "ResourceArn",
            "resourceProperties": "ResourceProperties",
        },
    ),
)  # fmt: skip
