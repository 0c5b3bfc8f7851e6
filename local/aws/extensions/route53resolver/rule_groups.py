"""DNS Firewall rule groups and the rules in them."""

from local.aws.extensions.registry import Call, extends
from local.aws.extensions.route53resolver.kept import (
    ABSENT,
    Record,
    conflict,
    created_by,
    firewall,
    invalid,
    new_id,
    not_found,
    now,
    page,
    record,
    resolver,
)

METADATA = ("Id", "Arn", "Name", "OwnerId", "CreatorRequestId", "ShareStatus")
OVERRIDE_MEMBERS = ("BlockOverrideDomain", "BlockOverrideDnsType", "BlockOverrideTtl")
RULE_MEMBERS = (
    "Priority",
    "Action",
    "BlockResponse",
    *OVERRIDE_MEMBERS,
    "Name",
    "FirewallDomainRedirectionAction",
    "Qtype",
    "DnsThreatProtection",
    "ConfidenceThreshold",
    "FirewallRuleType",
)
KEY_MEMBERS = ("FirewallDomainListId", "FirewallThreatProtectionId", "Qtype")


def _group(call: Call) -> Record:
    return record(
        firewall(call).rule_groups, call.params["FirewallRuleGroupId"], "firewall rule group"
    )


@extends("route53resolver", "CreateFirewallRuleGroup", ABSENT)
def create_firewall_rule_group(call: Call) -> Record:
    kept, params = firewall(call), call.params
    existing = created_by(call, kept.rule_groups)
    if existing is not None:
        return {"FirewallRuleGroup": existing}
    group_id = new_id("rslvr-frg")
    kept.rule_groups[group_id] = {
        "Id": group_id,
        "Arn": call.arn("route53resolver", f"firewall-rule-group/{group_id}"),
        "Name": params["Name"],
        "RuleCount": 0,
        "Status": "COMPLETE",
        "OwnerId": call.account_id,
        "CreatorRequestId": params["CreatorRequestId"],
        "ShareStatus": "NOT_SHARED",
        "CreationTime": now(),
        "ModificationTime": now(),
    }
    kept.rules[group_id] = []
    made = kept.rule_groups[group_id]
    resolver(call).tagger.tag_resource(made["Arn"], params.get("Tags") or [])
    return {"FirewallRuleGroup": made}


@extends("route53resolver", "GetFirewallRuleGroup", ABSENT)
def get_firewall_rule_group(call: Call) -> Record:
    return {"FirewallRuleGroup": _group(call)}


@extends("route53resolver", "ListFirewallRuleGroups", ABSENT)
def list_firewall_rule_groups(call: Call) -> Record:
    groups = firewall(call).rule_groups.values()
    return page(
        call, "FirewallRuleGroups", [{name: entry[name] for name in METADATA} for entry in groups]
    )


@extends("route53resolver", "DeleteFirewallRuleGroup", ABSENT)
def delete_firewall_rule_group(call: Call) -> Record:
    kept, group = firewall(call), _group(call)
    for association in kept.associations.values():
        if association["FirewallRuleGroupId"] == group["Id"]:
            raise conflict(
                f"[RSLVR-02202] The rule group {group['Id']} is associated with the VPC "
                f"{association['VpcId']}; disassociate it first."
            )
    del kept.rule_groups[group["Id"]], kept.rules[group["Id"]]
    resolver(call).tagger.delete_all_tags_for_resource(group["Arn"])
    return {"FirewallRuleGroup": group | {"Status": "DELETING"}}


def _same(rule: Record, params: Record) -> bool:
    return all(rule.get(member) == params.get(member) for member in KEY_MEMBERS)


def _check(call: Call, rule: Record, others: list[Record]) -> None:
    """A rule as it would stand, beside the others of its group."""
    if any(other["Priority"] == rule["Priority"] for other in others):
        raise invalid(f"[RSLVR-02016] The priority {rule['Priority']} is in use in the rule group.")
    if any(_same(other, rule) for other in others):
        raise invalid(
            "[RSLVR-02017] The rule group has a rule for this domain list and query type."
        )
    blocks, response = rule["Action"] == "BLOCK", rule.get("BlockResponse")
    if blocks != bool(response):
        raise invalid("[RSLVR-02018] BlockResponse must be set if and only if the action is BLOCK.")
    overrides = [member for member in OVERRIDE_MEMBERS if rule.get(member) is not None]
    if (response == "OVERRIDE") != (len(overrides) == len(OVERRIDE_MEMBERS)):
        raise invalid(
            f"[RSLVR-02019] {', '.join(OVERRIDE_MEMBERS)} must be set if and only if "
            "BlockResponse is OVERRIDE."
        )


def _count(call: Call, group: Record) -> None:
    group.update(RuleCount=len(firewall(call).rules[group["Id"]]), ModificationTime=now())


@extends("route53resolver", "CreateFirewallRule", ABSENT)
def create_firewall_rule(call: Call) -> Record:
    kept, params, group = firewall(call), call.params, _group(call)
    rules = kept.rules[group["Id"]]
    rule: Record = {
        "FirewallRuleGroupId": group["Id"],
        "CreatorRequestId": params["CreatorRequestId"],
        "CreationTime": now(),
        "ModificationTime": now(),
        "FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN",
    } | {member: params[member] for member in RULE_MEMBERS if params.get(member) is not None}
    if params.get("FirewallDomainListId"):
        record(kept.domain_lists, params["FirewallDomainListId"], "firewall domain list")
        rule["FirewallDomainListId"] = params["FirewallDomainListId"]
    elif params.get("DnsThreatProtection"):
        del rule["FirewallDomainRedirectionAction"]
        rule["FirewallThreatProtectionId"] = new_id("rslvr-ftp")
    else:
        raise invalid("[RSLVR-02015] FirewallDomainListId or DnsThreatProtection must be set.")
    _check(call, rule, rules)
    rules.append(rule)
    _count(call, group)
    return {"FirewallRule": rule}


def _rule(call: Call, group: Record) -> Record:
    for rule in firewall(call).rules[group["Id"]]:
        if _same(rule, call.params):
            return rule
    named = [call.params[member] for member in KEY_MEMBERS if call.params.get(member)]
    raise not_found("firewall rule", "|".join([group["Id"], *named]))


@extends("route53resolver", "UpdateFirewallRule", ABSENT)
def update_firewall_rule(call: Call) -> Record:
    group = _group(call)
    rule, params = _rule(call, group), call.params
    changed = rule | {m: params[m] for m in RULE_MEMBERS if params.get(m) is not None}
    if changed["Action"] != "BLOCK" and params.get("BlockResponse") is None:
        changed.pop("BlockResponse", None)
    if changed.get("BlockResponse") != "OVERRIDE":
        changed = {m: value for m, value in changed.items() if m not in OVERRIDE_MEMBERS}
    others = [other for other in firewall(call).rules[group["Id"]] if other is not rule]
    _check(call, changed, others)
    rule.clear()
    rule.update(changed, ModificationTime=now())
    _count(call, group)
    return {"FirewallRule": rule}


@extends("route53resolver", "ListFirewallRules", ABSENT)
def list_firewall_rules(call: Call) -> Record:
    wanted = {m: call.params[m] for m in ("Priority", "Action") if call.params.get(m) is not None}
    rules = firewall(call).rules[_group(call)["Id"]]
    found = sorted(
        (rule for rule in rules if all(rule[m] == wanted[m] for m in wanted)),
        key=lambda rule: int(rule["Priority"]),
    )
    return page(call, "FirewallRules", found)


@extends("route53resolver", "DeleteFirewallRule", ABSENT)
def delete_firewall_rule(call: Call) -> Record:
    group = _group(call)
    rule = _rule(call, group)
    firewall(call).rules[group["Id"]].remove(rule)
    _count(call, group)
    return {"FirewallRule": rule}
