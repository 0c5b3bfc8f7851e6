"""Security groups, with inline rules, and rules of their own in both of the SDK's forms."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import CHOSEN_ONCE, NAMING, PLAIN, ec2_arn, filters
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties

MISSING: Final = (
    "InvalidGroup.NotFound",
    "InvalidGroupId.Malformed",
    "InvalidSecurityGroupRuleId.NotFound",
    "InvalidSecurityGroupId.NotFound",
    "InvalidPermission.NotFound",
)
# Properties of an inline block; `self` and `securityGroups` are both UserIdGroupPairs.
BLOCK_KEYS: Final = frozenset(
    [
        "cidrBlocks",
        "description",
        "fromPort",
        "ipv6CidrBlocks",
        "prefixListIds",
        "protocol",
        "securityGroups",
        "self",
        "toPort",
    ]
)
# IANA numbers that EC2 tells by name (API reference, IpPermission).
PROTOCOLS: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
SOURCES: Final = (
    ("cidrBlocks", "IpRanges", "CidrIp"),
    ("ipv6CidrBlocks", "Ipv6Ranges", "CidrIpv6"),
    ("prefixListIds", "PrefixListIds", "PrefixListId"),
    ("securityGroups", "UserIdGroupPairs", "GroupId"),
)


def protocol_name(protocol: Any) -> str:
    text = str(protocol).lower()
    return PROTOCOLS.get(text, text)


def permission(call: Call, block: Mapping[str, Any], group_id: str) -> dict[str, Any]:
    """An inline block as EC2's IpPermission."""
    answer: dict[str, Any] = {"IpProtocol": protocol_name(block["protocol"])}
    if answer["IpProtocol"] != "-1":
        answer |= {"FromPort": int(block["fromPort"]), "ToPort": int(block["toPort"])}
    description = {"Description": block["description"]} if block.get("description") else {}
    for key, member, name in SOURCES:
        entries = list(block.get(key) or ())
        if key == "securityGroups" and block.get("self"):
            entries.append(group_id)
        if entries:
            answer[member] = [{name: entry, **description} for entry in entries]
    return answer


def blocks(permissions: Sequence[Mapping[str, Any]], group_id: str) -> list[Properties]:
    """EC2's permissions as inline blocks, one for each description, as the real provider groups."""
    found: dict[tuple[Any, ...], Properties] = {}
    for one in permissions:
        open_ports = one["IpProtocol"] == "-1"
        ports = (0, 0) if open_ports else (one.get("FromPort", 0), one.get("ToPort", 0))
        for key, member, name in SOURCES:
            for entry in one.get(member, ()):
                description = entry.get("Description", "")
                block = found.setdefault(
                    (one["IpProtocol"], *ports, description),
                    {
                        "protocol": one["IpProtocol"],
                        "fromPort": ports[0],
                        "toPort": ports[1],
                        "description": description,
                        "self": False,
                    },
                )
                if key == "securityGroups" and entry[name] == group_id:
                    block["self"] = True
                else:
                    block.setdefault(key, []).append(entry[name])
    return list(found.values())


def _inline_told(call: Call, group: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "Ingress": blocks(group.get("IpPermissions", ()), call.id),
        "Egress": blocks(group.get("IpPermissionsEgress", ()), call.id),
    }


def single_rules(permissions: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Permissions taken apart to one source each, so that two sets of them can be compared."""
    for one in permissions:
        base = {k: one[k] for k in ("IpProtocol", "FromPort", "ToPort") if one.get(k) is not None}
        for _, member, name in SOURCES:
            for entry in one.get(member, ()):
                kept = {k: entry[k] for k in (name, "Description") if entry.get(k)}
                yield {**base, member: [kept]}


def set_rules(call: Call, direction: str, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Makes the group's rules of this direction those that are wanted; touches no equal one."""
    member = "IpPermissions" if direction == "ingress" else "IpPermissionsEgress"
    path = f"SecurityGroups[0].{member}"
    there = call.find("describe_security_groups", path, GroupIds=[call.id]) or []
    olds = list(single_rules(there))
    news = list(single_rules(wanted))
    leaving = [rule for rule in olds if rule not in news]
    coming = [rule for rule in news if rule not in olds]
    if leaving:
        call.send(f"revoke_security_group_{direction}", GroupId=call.id, IpPermissions=leaving)
    if coming:
        call.send(f"authorize_security_group_{direction}", GroupId=call.id, IpPermissions=coming)


def _set_inline(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    for direction in ("ingress", "egress"):
        if direction in changed:
            given = call.inputs.get(direction) or []
            set_rules(call, direction, [permission(call, block, call.id) for block in given])


def _set_first_rules(call: Call) -> None:
    """AWS gives each new group a rule to everywhere. As the real provider does, it is removed
    unless the program asks for it."""
    _set_inline(call, {}, frozenset({"ingress", "egress"}))


def _check_inline(inputs: Properties) -> Sequence[Failure]:
    failures: list[Failure] = []
    for direction in ("ingress", "egress"):
        given = inputs.get(direction)
        for index, block in enumerate(given if isinstance(given, list) else ()):
            if isinstance(block, Mapping):
                failures += _check_block(block, f"{direction}[{index}]")
    return failures


def _check_block(block: Mapping[str, Any], place: str) -> Iterator[Failure]:
    for key in sorted(block.keys() - BLOCK_KEYS):
        if not key.startswith("__"):
            yield Failure(f"{place}.{key}", f"a rule has {', '.join(sorted(BLOCK_KEYS))}")
    for key in ("protocol", "fromPort", "toPort"):
        if key not in block:
            yield Failure(f"{place}.{key}", "is required and missing")
    if not any(block.get(key) for key in ("self", *(key for key, _, _ in SOURCES))):
        keys = ", ".join(key for key, _, _ in SOURCES)
        yield Failure(place, f"a rule has a source or destination: {keys} or self")
    protocol = block.get("protocol")
    if protocol is not UNKNOWN and protocol is not None and protocol_name(protocol) == "-1":
        ports = (block.get("fromPort"), block.get("toPort"))
        if UNKNOWN not in ports and ports != (0, 0):
            yield Failure(place, f"protocol -1 is all ports: from 0 to 0, not {ports}")


INLINE_PROPERTIES: Final = {
    "ingress": Property(hooked=True, when_asked=True, computed=True, kind="rules", read="Ingress"),
    "egress": Property(hooked=True, when_asked=True, computed=True, kind="rules", read="Egress"),
    "revokeRulesOnDelete": Property(local=True, default=False),
}

SECURITY_GROUP = Resource(
    token="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    create="create_security_group",
    id_path="GroupId",
    id_member="GroupId",
    describe="describe_security_groups",
    described="SecurityGroups[0]",
    enrich=_inline_told,
    after_create=_set_first_rules,
    update=_set_inline,
    delete="delete_security_group",
    missing=MISSING,
    tags=Ec2Tags("security-group"),
    auto_name="name",
    properties={
        "name": Property(member="GroupName", replaces=True),
        "namePrefix": Property(local=True, replaces=True),
        "description": Property(member="Description", default="Managed by Pulumi", replaces=True),
        "vpcId": CHOSEN_ONCE,
        **INLINE_PROPERTIES,
    },
    computed={"arn": ec2_arn("security-group"), "ownerId": "OwnerId"},
    check=_check_inline,
)


def _adopt_default_group(call: Call) -> str:
    wanted = filters(group_name="default")
    vpc = call.inputs.get("vpcId") or call.find(
        "describe_vpcs", "Vpcs[0].VpcId", Filters=filters(is_default="true")
    )
    found = call.find(
        "describe_security_groups",
        "SecurityGroups[0].GroupId",
        Filters=[*wanted, *filters(vpc_id=str(vpc))],
    )
    return str(found)


DEFAULT_SECURITY_GROUP = Resource(
    token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    create=_adopt_default_group,
    id_member="GroupId",
    describe="describe_security_groups",
    described="SecurityGroups[0]",
    enrich=_inline_told,
    after_create=_set_first_rules,
    update=_set_inline,
    delete=None,  # it goes with its VPC
    missing=MISSING,
    tags=Ec2Tags("security-group", specified=False),
    properties={"vpcId": CHOSEN_ONCE, **INLINE_PROPERTIES},
    computed={
        "arn": ec2_arn("security-group"),
        "ownerId": "OwnerId",
        "name": "GroupName",
        "description": "Description",
    },
    check=_check_inline,
)

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
    SECURITY_GROUP,
    DEFAULT_SECURITY_GROUP,
    _rule_resource("Ingress", "ingress"),
    _rule_resource("Egress", "egress"),
    SECURITY_GROUP_RULE,
)
