"""Security group rules as resources of their own, in both of the SDK's forms."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import NAMING, PLAIN, ec2_arn
from local.aws.resources.security_groups import MISSING, permission, protocol_name, single_rules
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties

# Property of the vpc.SecurityGroup*Rule resources to where an IpPermission carries it.
RULE_SOURCES: Final = {
    "cidrIpv4": ("IpRanges", "CidrIp"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}


def _rule_permission(inputs: Properties) -> dict[str, Any]:
    answer: dict[str, Any] = {"IpProtocol": protocol_name(inputs["ipProtocol"])}
    for key, member in (("fromPort", "FromPort"), ("toPort", "ToPort")):
        if inputs.get(key) is not None:
            answer[member] = int(inputs[key])
    text = {"Description": inputs["description"]} if inputs.get("description") else {}
    for key, (member, name) in RULE_SOURCES.items():
        if inputs.get(key):
            answer[member] = [
                {name: inputs[key].rsplit("/", 1)[-1] if "Pairs" in member else inputs[key], **text}
            ]
    return answer


def _rule_change(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """ModifySecurityGroupRules keeps the rule's id."""
    if not changed - {"tags", "tagsAll"}:
        return
    inputs = call.inputs
    rule = {
        "IpProtocol": protocol_name(inputs["ipProtocol"]),
        "FromPort": inputs.get("fromPort", -1),
        "ToPort": inputs.get("toPort", -1),
        "Description": inputs.get("description", ""),
        "CidrIpv4": inputs.get("cidrIpv4"),
        "CidrIpv6": inputs.get("cidrIpv6"),
        "PrefixListId": inputs.get("prefixListId"),
        "ReferencedGroupId": inputs.get("referencedSecurityGroupId"),
    }
    sent = {key: value for key, value in rule.items() if value is not None}
    call.send(
        "modify_security_group_rules",
        GroupId=inputs["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": call.id, "SecurityGroupRule": sent}],
    )


def _check_rule(inputs: Properties) -> Sequence[Failure]:
    given = [name for name in RULE_SOURCES if inputs.get(name)]
    failures = []
    if len(given) != 1:
        said = f"it has {', '.join(given)}" if given else "it has none"
        failures.append(Failure("", f"a rule has exactly one of {', '.join(RULE_SOURCES)}; {said}"))
    protocol = inputs.get("ipProtocol", UNKNOWN)
    if protocol is not UNKNOWN and protocol_name(protocol) == "-1":
        failures += [
            Failure(key, f"ipProtocol -1 is all ports; leave {key} out")
            for key in ("fromPort", "toPort")
            if inputs.get(key) not in (None, -1, UNKNOWN)
        ]
    return failures


def _told_rule(call: Call, rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """EC2 tells -1 for "all ports"; the program leaves them out."""
    ports = {key: rule.get(key) for key in ("FromPort", "ToPort")}
    if rule.get("IpProtocol") == "-1":
        return {key: None for key in ports}
    return ports


def _rule_resource(noun: str, direction: str) -> Resource:
    return Resource(
        token=f"aws:vpc/securityGroup{noun}Rule:SecurityGroup{noun}Rule",
        service="ec2",
        create=lambda call: _create_rule(call, direction),
        id_member="SecurityGroupRuleId",
        read=_read_rule,
        update=_rule_change,
        delete=lambda call: _delete_rule(call, direction),
        missing=MISSING,
        tags=Ec2Tags("security-group-rule", specified=False),
        properties={
            "securityGroupId": Property(required=True, replaces=True, read="GroupId"),
            "ipProtocol": Property(required=True, hooked=True),
            "fromPort": PLAIN,
            "toPort": PLAIN,
            "description": PLAIN,
            "cidrIpv4": PLAIN,
            "cidrIpv6": PLAIN,
            "prefixListId": PLAIN,
            "referencedSecurityGroupId": Property(read="ReferencedGroupInfo.GroupId"),
        },
        computed={
            "arn": ec2_arn("security-group-rule", "GroupOwnerId"),
            "securityGroupRuleId": "SecurityGroupRuleId",
        },
        check=_check_rule,
    )


def _create_rule(call: Call, direction: str) -> str:
    answer = call.send(
        f"authorize_security_group_{direction}",
        GroupId=call.inputs["securityGroupId"],
        IpPermissions=[_rule_permission(call.inputs)],
    )
    return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def _read_rule(call: Call) -> Mapping[str, Any] | None:
    found = call.find(
        "describe_security_group_rules", "SecurityGroupRules[0]", SecurityGroupRuleIds=[call.id]
    )
    return {**found, **_told_rule(call, found)} if found else None


def _delete_rule(call: Call, direction: str) -> None:
    call.send(
        f"revoke_security_group_{direction}",
        GroupId=call.inputs["securityGroupId"],
        SecurityGroupRuleIds=[call.id],
    )


def _old_form_block(inputs: Properties) -> dict[str, Any]:
    source = inputs.get("sourceSecurityGroupId")
    return {**inputs, "securityGroups": [source.rsplit("/", 1)[-1]] if source else []}


def old_form_id(inputs: Properties) -> str:
    """sgrule-<crc32 of what the rule is>; the real provider hashes the same facts its own way."""
    facts = [str(inputs.get(key) or "") for key in OLD_FORM_FACTS]
    return f"sgrule-{zlib.crc32('-'.join(facts).encode())}"


OLD_FORM_FACTS: Final = (
    "securityGroupId",
    "type",
    "protocol",
    "fromPort",
    "toPort",
    "cidrBlocks",
    "ipv6CidrBlocks",
    "prefixListIds",
    "self",
    "sourceSecurityGroupId",
)


def _create_old_form(call: Call) -> str:
    group = str(call.inputs["securityGroupId"])
    call.send(
        f"authorize_security_group_{call.inputs['type']}",
        GroupId=group,
        IpPermissions=[permission(call, _old_form_block(call.inputs), group)],
    )
    return old_form_id(call.inputs)


def _read_old_form(call: Call) -> Mapping[str, Any] | None:
    """There while every single rule it stands for is there."""
    inputs, group = call.inputs, str(call.inputs["securityGroupId"])
    member = "IpPermissions" if inputs["type"] == "ingress" else "IpPermissionsEgress"
    there = call.find("describe_security_groups", f"SecurityGroups[0].{member}", GroupIds=[group])
    told = list(single_rules(there or ()))
    wanted = list(single_rules([permission(call, _old_form_block(inputs), group)]))
    if any(rule not in told for rule in wanted):
        return None
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def _delete_old_form(call: Call) -> None:
    group = str(call.inputs["securityGroupId"])
    call.send(
        f"revoke_security_group_{call.inputs['type']}",
        GroupId=group,
        IpPermissions=[permission(call, _old_form_block(call.inputs), group)],
    )


def _old_form_names(call: Call) -> Properties:
    """An import names it <group>_<type>_<protocol>_<from>_<to>_<source>[_<source>…]."""
    parts = call.id.split("_")
    if len(parts) < 6:
        return {}
    group, kind, protocol, low, high, *sources = parts
    names: Properties = {
        "securityGroupId": group,
        "type": kind,
        "protocol": protocol,
        "fromPort": int(low),
        "toPort": int(high),
    }
    for source in sources:
        if source == "self":
            names["self"] = True
        elif source.startswith("sg-"):
            names["sourceSecurityGroupId"] = source
        else:
            key = "prefixListIds" if source.startswith("pl-") else "cidrBlocks"
            key = "ipv6CidrBlocks" if ":" in source else key
            names.setdefault(key, []).append(source)
    call.id = old_form_id(names)
    return names


def _check_old_form(inputs: Properties) -> Sequence[Failure]:
    failures = []
    if inputs.get("type") not in ("ingress", "egress", UNKNOWN, None):
        failures.append(Failure("type", f'"{inputs["type"]}" is neither ingress nor egress'))
    sources = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "self", "sourceSecurityGroupId")
    if not any(inputs.get(key) for key in sources):
        failures.append(Failure("", f"a rule has one of {', '.join(sources)}"))
    return failures


SECURITY_GROUP_RULE = Resource(
    token="aws:ec2/securityGroupRule:SecurityGroupRule",
    service="ec2",
    create=_create_old_form,
    read=_read_old_form,
    delete=_delete_old_form,
    parse_id=_old_form_names,
    missing=MISSING,
    properties={
        **{name: NAMING for name in ("securityGroupId", "type", "protocol", "fromPort", "toPort")},
        **{
            name: Property(replaces=True, kind="set")
            for name in ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds")
        },
        "self": Property(replaces=True, default=False),
        "sourceSecurityGroupId": Property(replaces=True),
        "description": Property(replaces=True),
    },
    check=_check_old_form,
)

TABLE = (
    _rule_resource("Ingress", "ingress"),
    _rule_resource("Egress", "egress"),
    SECURITY_GROUP_RULE,
)
