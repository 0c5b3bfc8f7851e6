"""The VPC's default network ACL, taken over with exactly the entries that are named."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import ec2_arn, owner_id
from local.aws.resources.security_groups import PROTOCOLS
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import Failure
from local.provider_values import UNKNOWN, Properties

# The last entry of each kind denies all and cannot be removed (VPC guide, "Network ACLs").
FIXED_RULES: Final = frozenset({32767, 32768})
NUMBERS: Final = {name: number for number, name in PROTOCOLS.items() if number != "all"}
KEYS: Final = frozenset(
    {
        "action",
        "cidrBlock",
        "fromPort",
        "icmpCode",
        "icmpType",
        "ipv6CidrBlock",
        "protocol",
        "ruleNo",
        "toPort",
    }
)


def _entry(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block as a network ACL entry; EC2 wants the protocol's number."""
    protocol = str(block["protocol"]).lower()
    protocol = NUMBERS.get(protocol, "-1" if protocol == "all" else protocol)
    entry: dict[str, Any] = {
        "RuleNumber": int(block["ruleNo"]),
        "Protocol": protocol,
        "RuleAction": block["action"],
    }
    for key, member in (("cidrBlock", "CidrBlock"), ("ipv6CidrBlock", "Ipv6CidrBlock")):
        if block.get(key):
            entry[member] = block[key]
    if protocol in ("6", "17"):
        entry["PortRange"] = {"From": int(block["fromPort"]), "To": int(block["toPort"])}
    if protocol in ("1", "58"):
        entry["IcmpTypeCode"] = {
            "Type": int(block.get("icmpType", -1)),
            "Code": int(block.get("icmpCode", -1)),
        }
    return entry


def _block(entry: Mapping[str, Any]) -> Properties:
    number = str(entry["Protocol"])
    ports, icmp = entry.get("PortRange") or {}, entry.get("IcmpTypeCode") or {}
    block = {
        "ruleNo": entry["RuleNumber"],
        "protocol": PROTOCOLS.get(number, number),
        "action": entry["RuleAction"],
        "cidrBlock": entry.get("CidrBlock"),
        "ipv6CidrBlock": entry.get("Ipv6CidrBlock"),
        "fromPort": ports.get("From", 0),
        "toPort": ports.get("To", 0),
        "icmpType": icmp.get("Type"),
        "icmpCode": icmp.get("Code"),
    }
    return {key: value for key, value in block.items() if value is not None}


def _entries(acl: Mapping[str, Any], egress: bool) -> list[Mapping[str, Any]]:
    return [
        entry
        for entry in acl.get("Entries", ())
        if entry["Egress"] == egress and entry["RuleNumber"] not in FIXED_RULES
    ]


def _told(call: Call, acl: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "Ingress": [_block(entry) for entry in _entries(acl, False)],
        "Egress": [_block(entry) for entry in _entries(acl, True)],
        "SubnetIds": [row["SubnetId"] for row in acl.get("Associations") or ()],
    }


def _set_entries(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    acl = call.describe() or {}
    for direction, egress in (("ingress", False), ("egress", True)):
        if direction not in changed:
            continue
        wanted = [_entry(block) for block in call.inputs.get(direction) or ()]
        there = {entry["RuleNumber"]: _entry(_block(entry)) for entry in _entries(acl, egress)}
        for number, entry in there.items():
            if entry not in wanted:
                call.send(
                    "delete_network_acl_entry",
                    NetworkAclId=call.id,
                    RuleNumber=number,
                    Egress=egress,
                )
        for entry in wanted:
            if there.get(entry["RuleNumber"]) != entry:
                call.send("create_network_acl_entry", NetworkAclId=call.id, Egress=egress, **entry)


def _check(inputs: Properties) -> Sequence[Failure]:
    return [
        failure
        for direction in ("ingress", "egress")
        for index, block in enumerate(_blocks(inputs.get(direction)))
        for failure in _check_block(block, f"{direction}[{index}]")
    ]


def _blocks(given: Any) -> list[Mapping[str, Any]]:
    return [b for b in given if isinstance(b, Mapping)] if isinstance(given, list) else []


def _check_block(block: Mapping[str, Any], place: str) -> Iterator[Failure]:
    for key in sorted(block.keys() - KEYS):
        if not key.startswith("__"):
            yield Failure(f"{place}.{key}", f"an entry has {', '.join(sorted(KEYS))}")
    for key in ("action", "fromPort", "protocol", "ruleNo", "toPort"):
        if key not in block:
            yield Failure(f"{place}.{key}", "is required and missing")
    if block.get("action") not in ("allow", "deny", UNKNOWN, None):
        yield Failure(f"{place}.action", f'"{block["action"]}" is neither allow nor deny')


DEFAULT_NETWORK_ACL = Resource(
    token="aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    service="ec2",
    create=lambda call: str(call.inputs["defaultNetworkAclId"]),
    id_member="NetworkAclId",
    describe="describe_network_acls",
    described="NetworkAcls[0]",
    enrich=_told,
    after_create=lambda call: _set_entries(call, {}, frozenset({"ingress", "egress"})),
    update=_set_entries,
    delete=None,  # it goes with its VPC
    missing=("InvalidNetworkAclID.NotFound",),
    tags=Ec2Tags("network-acl", specified=False),
    parse_id=lambda call: {"defaultNetworkAclId": call.id},
    properties={
        "defaultNetworkAclId": Property(required=True, replaces=True, read="NetworkAclId"),
        "ingress": Property(hooked=True, kind="set", read="Ingress"),
        "egress": Property(hooked=True, kind="set", read="Egress"),
        # Subnets come and go with their own resources; the ACL keeps those it is given.
        "subnetIds": Property(hooked=True, computed=True, when_asked=True, kind="set"),
    },
    computed={"arn": ec2_arn("network-acl"), "ownerId": owner_id, "vpcId": "VpcId"},
    check=_check,
)

TABLE = (DEFAULT_NETWORK_ACL,)
