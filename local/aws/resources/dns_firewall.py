"""Route 53 Resolver DNS Firewall: domain lists, rules, and where they apply."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import CHOSEN, NAMING, REPLACES, REQUIRED
from local.aws.resources.resolver import MISSING, SERVICE, resolver_tags
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.provider_answers import Failure, ProviderError
from local.provider_values import UNKNOWN, Properties

# Domains in one UpdateFirewallDomains call (its Domains member: at most 1000).
DOMAINS_PER_CALL: Final = 1000


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
    tags=resolver_tags(),
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
    tags=resolver_tags(),
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
    # AWS refuses while mutationProtection is ENABLED; `heiiki destroy` turns it off first.
    delete="disassociate_firewall_rule_group",
    missing=MISSING,
    tags=resolver_tags(),
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


TABLE = (
    DOMAIN_LIST,
    RULE_GROUP,
    FIREWALL_RULE,
    RULE_GROUP_ASSOCIATION,
    FIREWALL_CONFIG,
)
