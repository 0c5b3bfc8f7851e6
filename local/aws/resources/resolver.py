"""Route 53 Resolver: query logging, DNS Firewall, endpoints and rules."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import CHOSEN, NAMING, REPLACES, REQUIRED
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure, ProviderError
from local.provider_values import UNKNOWN, Properties

SERVICE: Final = "route53resolver"
MISSING: Final = ("ResourceNotFoundException", "UnknownResourceException")
# Domains in one UpdateFirewallDomains call (its Domains member: at most 1000).
DOMAINS_PER_CALL: Final = 1000


def _request_id(call: Call) -> Mapping[str, Any]:
    """Asked for by some operations; botocore makes it for those that mark it as a token."""
    return {"CreatorRequestId": f"heiiki-{uuid.uuid4()}"}


def _tags() -> ServiceTags:
    return ServiceTags(
        "tag_resource",
        "untag_resource",
        "ResourceArn",
        owner_value=lambda call: str((call.describe() or {})["Arn"]),
        list_operation="list_tags_for_resource",
    )


QUERY_LOG_CONFIG = Resource(
    token="aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig",
    service=SERVICE,
    create="create_resolver_query_log_config",
    id_path="ResolverQueryLogConfig.Id",
    id_member="ResolverQueryLogConfigId",
    describe="get_resolver_query_log_config",
    described="ResolverQueryLogConfig",
    delete="delete_resolver_query_log_config",
    missing=MISSING,
    tags=_tags(),
    pending=("Status", frozenset({"CREATING"})),
    auto_name="name",
    properties={"name": REPLACES, "destinationArn": NAMING},
    computed={"arn": "Arn", "ownerId": "OwnerId", "shareStatus": "ShareStatus"},
)


def _disassociate_query_log(call: Call) -> None:
    call.send(
        "disassociate_resolver_query_log_config",
        ResolverQueryLogConfigId=call.inputs["resolverQueryLogConfigId"],
        ResourceId=call.inputs["resourceId"],
    )


QUERY_LOG_CONFIG_ASSOCIATION = Resource(
    token="aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation",
    service=SERVICE,
    create="associate_resolver_query_log_config",
    id_path="ResolverQueryLogConfigAssociation.Id",
    id_member="ResolverQueryLogConfigAssociationId",
    describe="get_resolver_query_log_config_association",
    described="ResolverQueryLogConfigAssociation",
    delete=_disassociate_query_log,
    missing=MISSING,
    pending=("Status", frozenset({"CREATING"})),
    properties={"resolverQueryLogConfigId": NAMING, "resourceId": NAMING},
)


def _list_domains(call: Call) -> list[str]:
    pages = call.client().get_paginator("list_firewall_domains")
    return [
        domain
        for page in pages.paginate(FirewallDomainListId=call.id)
        for domain in page.get("Domains", ())
    ]


def _set_domains(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """Replaces the list in the first call and adds in the others, as many as the API takes."""
    if "domains" not in changed:
        return
    wanted = list(call.inputs.get("domains") or ())
    there = _list_domains(call)
    if not wanted:
        for start in range(0, len(there), DOMAINS_PER_CALL):
            _update_domains(call, "REMOVE", there[start : start + DOMAINS_PER_CALL])
    for start in range(0, len(wanted), DOMAINS_PER_CALL):
        operation = "ADD" if start else "REPLACE"
        _update_domains(call, operation, wanted[start : start + DOMAINS_PER_CALL])


def _update_domains(call: Call, operation: str, domains: list[str]) -> None:
    call.send(
        "update_firewall_domains",
        FirewallDomainListId=call.id,
        Operation=operation,
        Domains=domains,
    )


def _told_domains(call: Call, found: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Domains": _list_domains(call)}


DOMAIN_LIST = Resource(
    token="aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList",
    service=SERVICE,
    create="create_firewall_domain_list",
    id_path="FirewallDomainList.Id",
    id_member="FirewallDomainListId",
    describe="get_firewall_domain_list",
    described="FirewallDomainList",
    enrich=_told_domains,
    after_create=lambda call: _set_domains(call, {}, frozenset(call.inputs)),
    update=_set_domains,
    delete="delete_firewall_domain_list",
    missing=MISSING,
    tags=_tags(),
    pending=("Status", frozenset({"UPDATING"})),
    auto_name="name",
    properties={
        "name": REPLACES,
        "domains": Property(hooked=True, kind="domains", request="update_firewall_domains"),
    },
    computed={"arn": "Arn"},
)

RULE_GROUP = Resource(
    token="aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup",
    service=SERVICE,
    create="create_firewall_rule_group",
    id_path="FirewallRuleGroup.Id",
    id_member="FirewallRuleGroupId",
    describe="get_firewall_rule_group",
    described="FirewallRuleGroup",
    delete="delete_firewall_rule_group",
    missing=MISSING,
    tags=_tags(),
    auto_name="name",
    properties={"name": REPLACES},
    computed={"arn": "Arn", "ownerId": "OwnerId", "shareStatus": "ShareStatus"},
)


def _rule_key(call: Call) -> str:
    """A rule is named by its list, or by the protection that it is."""
    found = call.inputs.get("firewallDomainListId") or call.outputs.get(
        "firewallThreatProtectionId"
    )
    return str(found or call.id.partition(":")[2])


def _create_rule(call: Call) -> str:
    request, failures = call.request("create_firewall_rule")
    if failures:
        raise ProviderError(f"{call.what}: {failures[0].property}: {failures[0].reason}")
    rule = call.send("create_firewall_rule", **request)["FirewallRule"]
    key = rule.get("FirewallThreatProtectionId") or rule["FirewallDomainListId"]
    return f"{rule['FirewallRuleGroupId']}:{key}"


def _read_rule(call: Call) -> Mapping[str, Any] | None:
    key = _rule_key(call)
    pages = call.client().get_paginator("list_firewall_rules")
    for page in pages.paginate(FirewallRuleGroupId=call.inputs["firewallRuleGroupId"]):
        for rule in page["FirewallRules"]:
            if key in (rule.get("FirewallThreatProtectionId"), rule.get("FirewallDomainListId")):
                found: Mapping[str, Any] = rule
                return found
    return None


def _rule_names(call: Call) -> dict[str, Any]:
    name = "firewallThreatProtectionId" if call.inputs.get("dnsThreatProtection") else ""
    member = "FirewallThreatProtectionId" if name else "FirewallDomainListId"
    return {"FirewallRuleGroupId": call.inputs["firewallRuleGroupId"], member: _rule_key(call)}


def _change_rule(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    request, _ = call.request("update_firewall_rule")
    call.send("update_firewall_rule", **{**request, **_rule_names(call)})


def _delete_rule(call: Call) -> None:
    kind = {"Qtype": call.inputs["qType"]} if call.inputs.get("qType") else {}
    call.send("delete_firewall_rule", **_rule_names(call), **kind)


def _check_rule(inputs: Properties) -> Sequence[Failure]:
    action, response = inputs.get("action"), inputs.get("blockResponse")
    if action == "BLOCK" and not response:
        return [Failure("blockResponse", "BLOCK needs NODATA, NXDOMAIN or OVERRIDE")]
    if response == "OVERRIDE":
        needed = ("blockOverrideDnsType", "blockOverrideDomain", "blockOverrideTtl")
        return [Failure(name, "OVERRIDE needs it") for name in needed if inputs.get(name) is None]
    if action not in ("BLOCK", UNKNOWN) and response:
        return [Failure("blockResponse", f"an action {action} has no block response")]
    return []


def _rule_identity(call: Call) -> Properties:
    group, _, key = call.id.partition(":")
    named = {"firewallRuleGroupId": group}
    return named if not key.startswith("rslvr-fdl-") else {**named, "firewallDomainListId": key}


FIREWALL_RULE = Resource(
    token="aws:route53/resolverFirewallRule:ResolverFirewallRule",
    service=SERVICE,
    create=_create_rule,
    shape="create_firewall_rule",
    read=_read_rule,
    update=_change_rule,
    delete=_delete_rule,
    missing=MISSING,
    parse_id=_rule_identity,
    auto_name="name",
    properties={
        "name": Property(),
        "action": REQUIRED,
        "priority": REQUIRED,
        "firewallRuleGroupId": NAMING,
        "firewallDomainListId": REPLACES,
        "firewallDomainRedirectionAction": Property(default="INSPECT_REDIRECTION_DOMAIN"),
        "blockOverrideDnsType": Property(),
        "blockOverrideDomain": Property(),
        "blockOverrideTtl": Property(),
        "blockResponse": Property(),
        "confidenceThreshold": Property(),
        "dnsThreatProtection": REPLACES,
        "qType": REPLACES,
    },
    computed={"firewallThreatProtectionId": "FirewallThreatProtectionId"},
    check=_check_rule,
)

RULE_GROUP_ASSOCIATION = Resource(
    token="aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",
    service=SERVICE,
    create="associate_firewall_rule_group",
    id_path="FirewallRuleGroupAssociation.Id",
    id_member="FirewallRuleGroupAssociationId",
    describe="get_firewall_rule_group_association",
    described="FirewallRuleGroupAssociation",
    updates=(
        Update(
            "update_firewall_rule_group_association",
            ("mutationProtection", "name", "priority"),
            always=("mutationProtection", "name", "priority"),
        ),
    ),
    # AWS refuses while mutationProtection is ENABLED; the program turns it off first.
    delete="disassociate_firewall_rule_group",
    missing=MISSING,
    tags=_tags(),
    pending=("Status", frozenset({"UPDATING"})),
    auto_name="name",
    properties={
        "name": Property(),
        "firewallRuleGroupId": NAMING,
        "vpcId": NAMING,
        "priority": REQUIRED,
        "mutationProtection": CHOSEN,
    },
    computed={"arn": "Arn"},
)


def _take_config(call: Call) -> str:
    """Each VPC has one; creating means taking it over."""
    call.inputs.setdefault("firewallFailOpen", "DISABLED")
    _set_config(call, {}, frozenset({"firewallFailOpen"}))
    found = call.send("get_firewall_config", ResourceId=call.inputs["resourceId"])
    return str(found["FirewallConfig"]["Id"])


def _set_config(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if "firewallFailOpen" in changed:
        call.send(
            "update_firewall_config",
            ResourceId=call.inputs["resourceId"],
            FirewallFailOpen=call.inputs.get("firewallFailOpen") or "DISABLED",
        )


def _config_names(call: Call) -> Properties:
    path = f"FirewallConfigs[?Id=='{call.id}'] | [0].ResourceId"
    return {"resourceId": call.find("list_firewall_configs", path)}


FIREWALL_CONFIG = Resource(
    token="aws:route53/resolverFirewallConfig:ResolverFirewallConfig",
    service=SERVICE,
    create=_take_config,
    shape="update_firewall_config",
    read=lambda call: call.find(
        "get_firewall_config", "FirewallConfig", ResourceId=call.inputs.get("resourceId")
    ),
    parse_id=lambda call: {} if call.inputs.get("resourceId") else _config_names(call),
    update=_set_config,
    delete=lambda call: _set_config_back(call),
    missing=MISSING,
    properties={"resourceId": NAMING, "firewallFailOpen": CHOSEN},
    computed={"ownerId": "OwnerId"},
)


def _set_config_back(call: Call) -> None:
    call.send(
        "update_firewall_config",
        ResourceId=call.inputs["resourceId"],
        FirewallFailOpen="DISABLED",
    )


def _endpoint_addresses(call: Call, found: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = call.find(
        "list_resolver_endpoint_ip_addresses", "IpAddresses", ResolverEndpointId=call.id
    )
    told = [
        {k: row[k] for k in ("IpId", "SubnetId", "Ip", "Ipv6") if row.get(k)} for row in rows or ()
    ]
    return {"IpAddresses": told}


def _move_addresses(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """Adds before it removes: an endpoint has two addresses at least."""
    if "ipAddresses" not in changed:
        return
    before, after = _addresses(olds), _addresses(call.inputs)
    for operation, rows in (
        ("associate_resolver_endpoint_ip_address", [r for r in after if r not in before]),
        ("disassociate_resolver_endpoint_ip_address", [r for r in before if r not in after]),
    ):
        for row in rows:
            call.send(operation, ResolverEndpointId=call.id, IpAddress=row)


def _addresses(inputs: Properties) -> list[dict[str, Any]]:
    names = {"subnetId": "SubnetId", "ip": "Ip", "ipv6": "Ipv6"}
    return [
        {member: row[key] for key, member in names.items() if row.get(key)}
        for row in inputs["ipAddresses"]
    ]


ENDPOINT = Resource(
    token="aws:route53/resolverEndpoint:ResolverEndpoint",
    service=SERVICE,
    create="create_resolver_endpoint",
    members=_request_id,
    id_path="ResolverEndpoint.Id",
    id_member="ResolverEndpointId",
    describe="get_resolver_endpoint",
    described="ResolverEndpoint",
    enrich=_endpoint_addresses,
    update=_move_addresses,
    updates=(Update("update_resolver_endpoint", ("name", "protocols", "resolverEndpointType")),),
    delete="delete_resolver_endpoint",
    missing=MISSING,
    tags=_tags(),
    pending=("Status", frozenset({"CREATING", "UPDATING"})),
    auto_name="name",
    properties={
        "name": Property(),
        "direction": NAMING,
        "ipAddresses": Property(required=True, kind="set", computed_in=("ip", "ipId", "ipv6")),
        "securityGroupIds": Property(required=True, replaces=True, kind="set"),
        "protocols": Property(computed=True, kind="set"),
        "resolverEndpointType": CHOSEN,
    },
    computed={"arn": "Arn", "hostVpcId": "HostVPCId"},
)


def _change_resolver_rule(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    names = changed & {"name", "resolverEndpointId", "targetIps"}
    if names:
        config, _ = call.request("update_resolver_rule", names)
        call.send("update_resolver_rule", ResolverRuleId=call.id, **config)


RESOLVER_RULE = Resource(
    token="aws:route53/resolverRule:ResolverRule",
    service=SERVICE,
    create="create_resolver_rule",
    members=_request_id,
    within="Config",
    id_path="ResolverRule.Id",
    id_member="ResolverRuleId",
    describe="get_resolver_rule",
    described="ResolverRule",
    update=_change_resolver_rule,
    delete="delete_resolver_rule",
    missing=MISSING,
    tags=_tags(),
    pending=("Status", frozenset({"UPDATING"})),
    auto_name="name",
    properties={
        "name": Property(),
        "domainName": Property(required=True, replaces=True, kind="domains"),
        "ruleType": NAMING,
        "resolverEndpointId": Property(),
        "targetIps": Property(kind="set"),
    },
    computed={"arn": "Arn", "ownerId": "OwnerId", "shareStatus": "ShareStatus"},
)


def _disassociate_rule(call: Call) -> None:
    call.send(
        "disassociate_resolver_rule",
        ResolverRuleId=call.inputs["resolverRuleId"],
        VPCId=call.inputs["vpcId"],
    )


RESOLVER_RULE_ASSOCIATION = Resource(
    token="aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
    service=SERVICE,
    create="associate_resolver_rule",
    id_path="ResolverRuleAssociation.Id",
    id_member="ResolverRuleAssociationId",
    describe="get_resolver_rule_association",
    described="ResolverRuleAssociation",
    delete=_disassociate_rule,
    missing=MISSING,
    pending=("Status", frozenset({"CREATING"})),
    auto_name="name",
    properties={"name": REPLACES, "resolverRuleId": NAMING, "vpcId": NAMING},
)

TABLE = (
    QUERY_LOG_CONFIG,
    QUERY_LOG_CONFIG_ASSOCIATION,
    DOMAIN_LIST,
    RULE_GROUP,
    FIREWALL_RULE,
    RULE_GROUP_ASSOCIATION,
    FIREWALL_CONFIG,
    ENDPOINT,
    RESOLVER_RULE,
    RESOLVER_RULE_ASSOCIATION,
)
