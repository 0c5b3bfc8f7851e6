"""Security groups, with their inline rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import CHOSEN_ONCE, ec2_arn, filters
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

TABLE = (
    SECURITY_GROUP,
    DEFAULT_SECURITY_GROUP,
)
