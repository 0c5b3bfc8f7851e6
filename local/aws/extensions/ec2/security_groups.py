"""Security group rules: each peer a rule of its own with id, description and tags."""

import copy
import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from moto.ec2.models.security_groups import (
    GroupedSecurityRuleView,
    SecurityGroup,
    SecurityGroupRule,
)

from local.aws.extensions.ec2.kept import Record, ec2, tags_of
from local.aws.extensions.registry import Call, Passed, Refused, extends, patch

RULES_PER_GROUP = 60  # each way; AWS's default quota
DESCRIPTION = re.compile(r"[\w .:/()#,@\[\]+=&;{}!$*-]{0,255}", re.ASCII)


def install() -> None:
    """A rule's description, which moto keeps for CIDR peers only, and its place in a group."""
    patch(SecurityGroupRule, description=property(_description))
    patch(SecurityGroup, _flattened_rules=_flattened)


def _description(rule: SecurityGroupRule) -> str | None:
    return rule.__dict__.get("kept_description") or rule.ip_range.get("Description")


def _flattened(group: SecurityGroup, rules: list[SecurityGroupRule]) -> list[Any]:
    """The rules of a group as DescribeSecurityGroups joins them: by protocol and ports."""
    views: dict[tuple[Any, ...], GroupedSecurityRuleView] = {}
    for rule in rules:
        ports = (rule.from_port, rule.to_port, rule.ip_protocol)
        view = views.setdefault(ports, GroupedSecurityRuleView(*ports))
        told = {"Description": rule.description} if rule.description else {}
        if rule.ip_range:
            view.all_ip_ranges.append(rule.ip_range | told)
        if rule.source_group:
            view.source_groups.append(rule.source_group | told)
        if rule.prefix_list_id:
            view.prefix_list_ids.append({"PrefixListId": rule.prefix_list_id} | told)
    return list(views.values())


def _key(rule: SecurityGroupRule) -> tuple[Any, ...]:
    """What makes two rules the same to AWS."""
    peer = (rule.cidr_ipv4, rule.cidr_ipv6, rule.source_group.get("GroupId"), rule.prefix_list_id)
    ports = (None, None) if rule.ip_protocol == "-1" else (rule.from_port, rule.to_port)
    return (rule.ip_protocol, *ports, *peer)


def _permissions(params: Record) -> list[Record]:
    """The request's permissions, whichever of its two forms it uses."""
    if params.get("IpPermissions"):
        return list(params["IpPermissions"])
    members = ("IpProtocol", "FromPort", "ToPort")
    single = {member: params[member] for member in members if params.get(member) is not None}
    if params.get("CidrIp"):
        single["IpRanges"] = [{"CidrIp": params["CidrIp"]}]
    if params.get("SourceSecurityGroupName"):
        single["UserIdGroupPairs"] = [{"GroupName": params["SourceSecurityGroupName"]}]
    return [single] if single else []


def _group(call: Call) -> SecurityGroup:
    name = call.params.get("GroupId") or call.params.get("GroupName")
    group = ec2(call).get_security_group_by_name_or_id(name) if name else None
    if group is None:
        raise Refused("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    return group


def _cidr(value: str, family: type[ipaddress.IPv4Network] | type[ipaddress.IPv6Network]) -> str:
    try:
        return str(family(value, strict=False))
    except ValueError as error:
        raise Refused(
            "InvalidParameterValue", f"CIDR block {value} is malformed: {error}"
        ) from error


def _source_group(call: Call, pair: Record) -> dict[str, str]:
    name = pair.get("GroupId") or pair.get("GroupName")
    group = ec2(call).get_security_group_by_name_or_id(str(name))
    owner = pair.get("UserId") or call.account_id
    if group is None and owner == call.account_id:
        raise Refused("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    return {"GroupId": group.id if group else str(name), "UserId": owner}


def _prefix_list(call: Call, entry: Record) -> dict[str, str]:
    if entry["PrefixListId"] not in ec2(call).managed_prefix_lists:
        raise Refused(
            "InvalidPrefixListId.NotFound",
            f"The prefix list ID '{entry['PrefixListId']}' does not exist",
        )
    return {"PrefixListId": entry["PrefixListId"]}


def _described(what: str, description: Any) -> None:
    """Refuse what EC2 refuses: an apostrophe is enough."""
    if description is not None and not DESCRIPTION.fullmatch(str(description)):
        raise Refused(
            "InvalidParameterValue",
            f"Invalid {what} description. Valid descriptions are strings less than 256 characters "
            "from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        )


def _peers(call: Call, permission: Record) -> Iterator[tuple[Record, str | None]]:
    """Each peer as moto's rule takes it, and its description."""
    for entry in permission.get("IpRanges") or []:
        yield (
            {"ip_range": {"CidrIp": _cidr(entry["CidrIp"], ipaddress.IPv4Network)}},
            entry.get("Description"),
        )
    for entry in permission.get("Ipv6Ranges") or []:
        cidr = _cidr(entry["CidrIpv6"], ipaddress.IPv6Network)
        yield {"ip_range": {"CidrIpv6": cidr}}, entry.get("Description")
    for entry in permission.get("UserIdGroupPairs") or []:
        yield {"source_group": _source_group(call, entry)}, entry.get("Description")
    for entry in permission.get("PrefixListIds") or []:
        yield {"prefix_list_id": _prefix_list(call, entry)}, entry.get("Description")


def _rules(call: Call, group: SecurityGroup, egress: bool) -> Iterator[SecurityGroupRule]:
    for permission in _permissions(call.params):
        protocol = str(permission.get("IpProtocol", "-1"))
        ports = permission.get("FromPort"), permission.get("ToPort")
        if protocol.lower() in ("tcp", "udp", "6", "17") and None in ports:
            raise Refused(
                "InvalidParameterValue",
                "Invalid value for portRange. Must specify both from and to ports with TCP/UDP.",
            )
        first, last = (-1 if port is None else port for port in ports)
        for peer, description in _peers(call, permission):
            _described("rule", description)
            rule = SecurityGroupRule(
                ec2(call),
                protocol,
                group.id,
                str(first),
                str(last),
                peer.get("ip_range"),
                peer.get("source_group"),
                peer.get("prefix_list_id"),
                is_egress=egress,
                tags=tags_of(call.params, "security-group-rule"),
            )
            rule.__dict__["kept_description"] = description
            yield rule


def _duplicate(rule: SecurityGroupRule) -> Refused:
    peer = rule.cidr_ipv4 or rule.cidr_ipv6 or rule.prefix_list_id
    return Refused(
        "InvalidPermission.Duplicate",
        f'the specified rule "peer: {peer or rule.source_group.get("GroupId")}, '
        f"{rule.ip_protocol}, from port: {rule.from_port}, to port: {rule.to_port}, "
        'ALLOW" already exists',
    )


def _authorize(call: Call, egress: bool) -> Record:
    group = _group(call)
    present = group.egress_rules if egress else group.ingress_rules
    keys, added = {_key(rule) for rule in present}, list(_rules(call, group, egress))
    if not added:
        raise Refused("MissingParameter", "The request must contain a source or a destination")
    for rule in added:
        if _key(rule) in keys:
            raise _duplicate(rule)
        keys.add(_key(rule))
    if len(keys) > RULES_PER_GROUP:
        raise Refused(
            "RulesPerSecurityGroupLimitExceeded",
            f"The maximum number of rules per security group has been reached: {RULES_PER_GROUP}",
        )
    present.extend(added)
    return {"Return": True, "SecurityGroupRules": added}


@extends("ec2", "CreateSecurityGroup", "moto takes descriptions that EC2 refuses")
def create_security_group(call: Call) -> Passed:
    _described("security group", call.params.get("Description"))
    return call.pass_on()


PER_PERMISSION = (
    "moto answers with the rules of the last permission only and forgets the descriptions of "
    "groups and prefix lists"
)


@extends("ec2", "AuthorizeSecurityGroupIngress", PER_PERMISSION)
def authorize_security_group_ingress(call: Call) -> Record:
    return _authorize(call, egress=False)


@extends("ec2", "AuthorizeSecurityGroupEgress", PER_PERMISSION)
def authorize_security_group_egress(call: Call) -> Record:
    return _authorize(call, egress=True)


def _revoke(call: Call, egress: bool) -> Record:
    group = _group(call)
    present = group.egress_rules if egress else group.ingress_rules
    by_id, by_key = {rule.id: rule for rule in present}, {_key(rule): rule for rule in present}
    gone = []
    for rule_id in call.params.get("SecurityGroupRuleIds") or []:
        if rule_id not in by_id:
            raise Refused(
                "InvalidSecurityGroupRuleId.NotFound",
                f"The security group rule ID '{rule_id}' does not exist",
            )
        gone.append(by_id[rule_id])
    for rule in _rules(call, group, egress):
        if _key(rule) not in by_key:
            raise Refused(
                "InvalidPermission.NotFound",
                "The specified rule does not exist in this security group.",
            )
        gone.append(by_key[_key(rule)])
    ids = {rule.id for rule in gone}
    present[:] = [rule for rule in present if rule.id not in ids]
    return {"Return": True}


@extends("ec2", "RevokeSecurityGroupIngress", "finds rules as Authorize tells them apart")
def revoke_security_group_ingress(call: Call) -> Record:
    return _revoke(call, egress=False)


@extends("ec2", "RevokeSecurityGroupEgress", "finds rules as Authorize tells them apart")
def revoke_security_group_egress(call: Call) -> Record:
    return _revoke(call, egress=True)


def _update_descriptions(call: Call, egress: bool) -> Record:
    group = _group(call)
    present = group.egress_rules if egress else group.ingress_rules
    by_key = {_key(rule): rule for rule in present}
    for told in _rules(call, group, egress):
        if _key(told) not in by_key:
            raise Refused(
                "InvalidPermission.NotFound",
                "The specified rule does not exist in this security group.",
            )
        by_key[_key(told)].__dict__["kept_description"] = told.description
    return {"Return": True}


@extends(
    "ec2", "UpdateSecurityGroupRuleDescriptionsIngress", "finds rules as Authorize tells them apart"
)
def update_security_group_rule_descriptions_ingress(call: Call) -> Record:
    return _update_descriptions(call, egress=False)


@extends(
    "ec2", "UpdateSecurityGroupRuleDescriptionsEgress", "finds rules as Authorize tells them apart"
)
def update_security_group_rule_descriptions_egress(call: Call) -> Record:
    return _update_descriptions(call, egress=True)


@extends(
    "ec2",
    "ModifySecurityGroupRules",
    "moto changes protocol, ports and IPv4 only, leaves the former peer in the rule, and takes one "
    "that another rule is already",
)
def modify_security_group_rules(call: Call) -> Record:
    group = _group(call)
    for change in call.params["SecurityGroupRules"]:
        rule = group.get_rule(change["SecurityGroupRuleId"])
        if rule is None:
            raise Refused(
                "InvalidSecurityGroupRuleId.NotFound",
                f"The security group rule ID '{change['SecurityGroupRuleId']}' does not exist",
            )
        changed = copy.copy(rule)
        _modify(call, changed, change["SecurityGroupRule"])
        present = group.egress_rules if rule in group.egress_rules else group.ingress_rules
        if any(other is not rule and _key(other) == _key(changed) for other in present):
            raise _duplicate(changed)
        rule.__dict__.update(changed.__dict__)
    return {"Return": True}


def _modify(call: Call, rule: SecurityGroupRule, wanted: Record) -> None:
    members = {
        "CidrIpv4": ("IpRanges", "CidrIp"),
        "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "ReferencedGroupId": ("UserIdGroupPairs", "GroupId"),
        "PrefixListId": ("PrefixListIds", "PrefixListId"),
    }
    named = [member for member in members if wanted.get(member) is not None]
    if len(named) != 1:
        raise Refused(
            "InvalidParameterCombination",
            f"Exactly one of {', '.join(members)} must be given, found {len(named)}",
        )
    kind, member = members[named[0]]
    ((peer, _),) = _peers(call, {kind: [{member: wanted[named[0]]}]})
    protocol = str(wanted.get("IpProtocol", "-1"))
    ports = (wanted.get("FromPort"), wanted.get("ToPort"))
    rule.ip_protocol = protocol
    rule.from_port, rule.to_port = (None, None) if protocol == "-1" else ports
    rule.ip_range = peer.get("ip_range") or {}
    rule.source_group = peer.get("source_group") or {}
    rule.prefix_list_id = (peer.get("prefix_list_id") or {}).get("PrefixListId")
    rule.__dict__["kept_description"] = wanted.get("Description")
