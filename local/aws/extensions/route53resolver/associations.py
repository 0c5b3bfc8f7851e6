"""DNS Firewall in a VPC: rule group associations, fail-open, and the resolver's own settings."""

from local.aws.extensions.registry import Call, extends
from local.aws.extensions.route53resolver.kept import (
    ABSENT,
    Record,
    conflict,
    created_by,
    firewall,
    invalid,
    new_id,
    now,
    page,
    record,
    require_vpc,
    resolver,
)

FILTERS = ("FirewallRuleGroupId", "VpcId", "Priority", "Status")
FLAG_STATUS = {"ENABLE": "ENABLED", "DISABLE": "DISABLED"}


def _association(call: Call) -> Record:
    key = call.params["FirewallRuleGroupAssociationId"]
    return record(firewall(call).associations, key, "firewall rule group association")


def _check_priority(call: Call, vpc_id: str, priority: int, own_id: str | None) -> None:
    if not 100 < priority < 9900:
        raise invalid("[RSLVR-02020] The priority must be greater than 100 and less than 9900.")
    for other in firewall(call).associations.values():
        if (other["VpcId"], other["Priority"]) == (vpc_id, priority) and other["Id"] != own_id:
            raise invalid(f"[RSLVR-02021] The priority {priority} is in use in the VPC {vpc_id}.")


@extends("route53resolver", "AssociateFirewallRuleGroup", ABSENT)
def associate_firewall_rule_group(call: Call) -> Record:
    kept, params = firewall(call), call.params
    existing = created_by(call, kept.associations)
    if existing is not None:
        return {"FirewallRuleGroupAssociation": existing}
    group_id, vpc_id = params["FirewallRuleGroupId"], params["VpcId"]
    record(kept.rule_groups, group_id, "firewall rule group")
    require_vpc(call, vpc_id)
    for other in kept.associations.values():
        if (other["FirewallRuleGroupId"], other["VpcId"]) == (group_id, vpc_id):
            raise conflict(f"[RSLVR-02201] {group_id} is already associated with the VPC {vpc_id}.")
    _check_priority(call, vpc_id, params["Priority"], None)
    association_id = new_id("rslvr-frgassoc")
    kept.associations[association_id] = {
        "Id": association_id,
        "Arn": call.arn("route53resolver", f"firewall-rule-group-association/{association_id}"),
        "FirewallRuleGroupId": group_id,
        "VpcId": vpc_id,
        "Name": params["Name"],
        "Priority": params["Priority"],
        "MutationProtection": params.get("MutationProtection") or "DISABLED",
        "Status": "COMPLETE",
        "CreatorRequestId": params["CreatorRequestId"],
        "CreationTime": now(),
        "ModificationTime": now(),
    }
    made = kept.associations[association_id]
    resolver(call).tagger.tag_resource(made["Arn"], params.get("Tags") or [])
    return {"FirewallRuleGroupAssociation": made}


@extends("route53resolver", "GetFirewallRuleGroupAssociation", ABSENT)
def get_firewall_rule_group_association(call: Call) -> Record:
    return {"FirewallRuleGroupAssociation": _association(call)}


@extends("route53resolver", "ListFirewallRuleGroupAssociations", ABSENT)
def list_firewall_rule_group_associations(call: Call) -> Record:
    wanted = {m: call.params[m] for m in FILTERS if call.params.get(m) is not None}
    found = [
        association
        for association in firewall(call).associations.values()
        if all(association[member] == value for member, value in wanted.items())
    ]
    return page(call, "FirewallRuleGroupAssociations", found)


@extends("route53resolver", "UpdateFirewallRuleGroupAssociation", ABSENT)
def update_firewall_rule_group_association(call: Call) -> Record:
    association, params = _association(call), call.params
    protected = association["MutationProtection"] == "ENABLED"
    if protected and params.get("MutationProtection") != "DISABLED":
        raise conflict(f"[RSLVR-02204] {association['Id']} is protected against mutation.")
    if params.get("Priority") is not None:
        _check_priority(call, association["VpcId"], params["Priority"], association["Id"])
    members = ("Priority", "MutationProtection", "Name")
    association.update({m: params[m] for m in members if params.get(m) is not None})
    association["ModificationTime"] = now()
    return {"FirewallRuleGroupAssociation": association}


@extends("route53resolver", "DisassociateFirewallRuleGroup", ABSENT)
def disassociate_firewall_rule_group(call: Call) -> Record:
    association = _association(call)
    if association["MutationProtection"] == "ENABLED":
        raise conflict(f"[RSLVR-02204] {association['Id']} is protected against mutation.")
    del firewall(call).associations[association["Id"]]
    resolver(call).tagger.delete_all_tags_for_resource(association["Arn"])
    return {"FirewallRuleGroupAssociation": association | {"Status": "DELETING"}}


def _config(call: Call, vpc_id: str) -> Record:
    require_vpc(call, vpc_id)
    unset = {
        "Id": new_id("rslvr-fc"),
        "ResourceId": vpc_id,
        "OwnerId": call.account_id,
        "FirewallFailOpen": "DISABLED",
    }
    return firewall(call).configs.setdefault(vpc_id, unset)


@extends("route53resolver", "GetFirewallConfig", ABSENT)
def get_firewall_config(call: Call) -> Record:
    return {"FirewallConfig": _config(call, call.params["ResourceId"])}


@extends("route53resolver", "UpdateFirewallConfig", ABSENT)
def update_firewall_config(call: Call) -> Record:
    config = _config(call, call.params["ResourceId"])
    config["FirewallFailOpen"] = call.params["FirewallFailOpen"]
    return {"FirewallConfig": config}


@extends("route53resolver", "ListFirewallConfigs", ABSENT)
def list_firewall_configs(call: Call) -> Record:
    return page(call, "FirewallConfigs", list(firewall(call).configs.values()))


def _resolver_config(call: Call, vpc_id: str) -> Record:
    require_vpc(call, vpc_id)
    unset = {
        "Id": new_id("rslvr-rc"),
        "ResourceId": vpc_id,
        "OwnerId": call.account_id,
        "AutodefinedReverse": "ENABLED",
    }
    return firewall(call).resolver_configs.setdefault(vpc_id, unset)


@extends("route53resolver", "GetResolverConfig", "absent from moto")
def get_resolver_config(call: Call) -> Record:
    return {"ResolverConfig": _resolver_config(call, call.params["ResourceId"])}


@extends("route53resolver", "UpdateResolverConfig", "absent from moto; the change is done at once")
def update_resolver_config(call: Call) -> Record:
    config, flag = (
        _resolver_config(call, call.params["ResourceId"]),
        call.params["AutodefinedReverseFlag"],
    )
    config["AutodefinedReverse"] = FLAG_STATUS.get(flag, flag)
    return {"ResolverConfig": config}


@extends("route53resolver", "ListResolverConfigs", "absent from moto")
def list_resolver_configs(call: Call) -> Record:
    return page(call, "ResolverConfigs", list(firewall(call).resolver_configs.values()))
