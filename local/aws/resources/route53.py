"""Hosted zones and records. Route 53 has no region."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import NAMING
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import ServiceTags
from local.provider_answers import Failure
from local.provider_values import Properties

MISSING: Final = ("NoSuchHostedZone",)


def _zone_members(call: Call) -> Mapping[str, Any]:
    members: dict[str, Any] = {"CallerReference": f"heiiki-{uuid.uuid4()}"}
    config = {"Comment": call.inputs.get("comment", "")}
    first = next(iter(call.inputs.get("vpcs") or ()), None)
    if first:
        members["VPC"] = _vpc(call, first)
        return {**members, "HostedZoneConfig": {**config, "PrivateZone": True}}
    return {**members, "HostedZoneConfig": config}


def _vpc(call: Call, block: Mapping[str, Any]) -> dict[str, str]:
    return {"VPCId": block["vpcId"], "VPCRegion": block.get("vpcRegion") or call.region}


def _read_zone(call: Call) -> Mapping[str, Any] | None:
    found = call.find("get_hosted_zone", "@", Id=call.id)
    if not found:
        return None
    zone = found["HostedZone"]
    servers = (found.get("DelegationSet") or {}).get("NameServers") or []
    return {
        "Name": zone["Name"].rstrip("."),
        "Comment": zone.get("Config", {}).get("Comment"),
        "Vpcs": [
            {"VpcId": v["VPCId"], "VpcRegion": v["VPCRegion"]} for v in found.get("VPCs") or ()
        ],
        "NameServers": sorted(servers),
        "PrimaryNameServer": servers[0] if servers else None,
    }


def _change_zone(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if "comment" in changed:
        call.send("update_hosted_zone_comment", Id=call.id, Comment=call.inputs.get("comment", ""))
    if "vpcs" not in changed:
        return
    there = {v["VpcId"]: v for v in (_read_zone(call) or {}).get("Vpcs", ())}
    wanted = [_vpc(call, block) for block in call.inputs.get("vpcs") or ()]
    for vpc in wanted:
        if vpc["VPCId"] not in there:
            call.send("associate_vpc_with_hosted_zone", HostedZoneId=call.id, VPC=vpc)
    for id_ in there.keys() - {vpc["VPCId"] for vpc in wanted}:
        vpc = {"VPCId": id_, "VPCRegion": there[id_]["VpcRegion"]}
        call.send("disassociate_vpc_from_hosted_zone", HostedZoneId=call.id, VPC=vpc)


def _delete_zone(call: Call) -> None:
    if call.inputs.get("forceDestroy"):
        sets = call.find("list_resource_record_sets", "ResourceRecordSets", HostedZoneId=call.id)
        own = [row for row in sets or () if row["Type"] not in ("NS", "SOA")]
        for row in own:
            _send_record(call, "DELETE", row, call.id)
    call.send("delete_hosted_zone", Id=call.id)


def _bare(id_: str) -> str:
    """/hostedzone/Z123 → Z123."""
    return id_.rsplit("/", 1)[-1]


ZONE = Resource(
    token="aws:route53/zone:Zone",
    service="route53",
    create="create_hosted_zone",
    members=_zone_members,
    id_path="HostedZone.Id",
    id_of=_bare,
    id_member="Id",
    read=_read_zone,
    after_create=lambda call: _change_zone(call, {}, frozenset({"vpcs"} & call.inputs.keys())),
    update=_change_zone,
    delete=_delete_zone,
    missing=MISSING,
    tags=ServiceTags(
        "change_tags_for_resource",
        "change_tags_for_resource",
        "ResourceId",
        member="",
        tags_member="AddTags",
        keys_member="RemoveTagKeys",
        list_operation="list_tags_for_resource",
        listed="ResourceTagSet.Tags",
        fixed=(("ResourceType", "hostedzone"),),
    ),
    properties={
        "name": Property(required=True, replaces=True, kind="domains"),
        "comment": Property(hooked=True, default="Managed by Pulumi"),
        "vpcs": Property(
            hooked=True, when_asked=True, kind="set", computed_in=("vpcRegion",), read="Vpcs"
        ),
        "delegationSetId": Property(replaces=True, unread=True),
        "forceDestroy": Property(local=True, default=False),
    },
    computed={
        "arn": lambda call, found: f"arn:{call.partition}:route53:::hostedzone/{call.id}",
        "nameServers": "NameServers",
        "primaryNameServer": "PrimaryNameServer",
        "zoneId": lambda call, found: call.id,
    },
)


def _send_record(call: Call, action: str, row: Mapping[str, Any], zone: str) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": row}]}
    call.send("change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch)


def _record(inputs: Properties) -> dict[str, Any]:
    row: dict[str, Any] = {"Name": _dotted(inputs["name"]), "Type": inputs["type"]}
    if inputs.get("setIdentifier"):
        row["SetIdentifier"] = inputs["setIdentifier"]
    weighted = next(iter(inputs.get("weightedRoutingPolicies") or ()), None)
    if weighted:
        row["Weight"] = int(weighted["weight"])
    alias = next(iter(inputs.get("aliases") or ()), None)
    if alias:
        row["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"] in (True, "true"),
        }
        return row
    values = [_quoted(v) if inputs["type"] == "TXT" else v for v in inputs.get("records") or ()]
    return {**row, "TTL": int(inputs["ttl"]), "ResourceRecords": [{"Value": v} for v in values]}


def _dotted(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


def _quoted(value: str) -> str:
    return value if value.startswith('"') else f'"{value}"'


def _read_record(call: Call) -> Mapping[str, Any] | None:
    inputs = call.inputs
    name = _dotted(inputs["name"])
    rows = call.find(
        "list_resource_record_sets",
        "ResourceRecordSets",
        HostedZoneId=inputs["zoneId"],
        StartRecordName=name,
        StartRecordType=inputs["type"],
    )
    for row in rows or ():
        same_set = row.get("SetIdentifier") == inputs.get("setIdentifier")
        if (row["Name"], row["Type"]) == (name, inputs["type"]) and same_set:
            return _told_record(row, inputs)
    return None


def _told_record(row: Mapping[str, Any], inputs: Properties) -> Mapping[str, Any]:
    alias = row.get("AliasTarget")
    return {
        "Name": row["Name"].rstrip("."),
        "Type": row["Type"],
        "ZoneId": inputs["zoneId"],
        "Ttl": row.get("TTL"),
        "Records": [r["Value"].strip('"') for r in row.get("ResourceRecords") or ()],
        "Aliases": alias
        and [
            {
                "Name": alias["DNSName"],
                "ZoneId": alias["HostedZoneId"],
                "EvaluateTargetHealth": alias["EvaluateTargetHealth"],
            }
        ],
    }


def _create_record(call: Call) -> str:
    action = "UPSERT" if call.inputs.get("allowOverwrite") else "CREATE"
    _send_record(call, action, _record(call.inputs), call.inputs["zoneId"])
    parts = [call.inputs["zoneId"], call.inputs["name"].rstrip("."), call.inputs["type"]]
    return "_".join([*parts, *filter(None, [call.inputs.get("setIdentifier")])])


def _change_record(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    _send_record(call, "UPSERT", _record(call.inputs), call.inputs["zoneId"])


def _delete_record(call: Call) -> None:
    if _read_record(call) is not None:
        _send_record(call, "DELETE", _record(call.inputs), call.inputs["zoneId"])


def _record_names(call: Call) -> Properties:
    """<zone>_<name>_<type>[_<set>], where the name may hold underscores itself."""
    zone, _, rest = call.id.partition("_")
    name, _, kind = rest.rpartition("_")
    return {"zoneId": zone, "name": name, "type": kind}


def _check_record(inputs: Properties) -> Sequence[Failure]:
    if bool(inputs.get("aliases")) == bool(inputs.get("records")):
        return [Failure("", "a record has either records (with a ttl) or aliases")]
    if inputs.get("records") and inputs.get("ttl") is None:
        return [Failure("ttl", "records need a ttl, in seconds")]
    return []


RECORD = Resource(
    token="aws:route53/record:Record",
    service="route53",
    create=_create_record,
    read=_read_record,
    update=_change_record,
    delete=_delete_record,
    missing=MISSING,
    parse_id=_record_names,
    properties={
        "zoneId": NAMING,
        "name": Property(required=True, replaces=True, kind="domains"),
        "type": NAMING,
        "ttl": Property(),
        "records": Property(kind="set"),
        "aliases": Property(kind="domains"),
        "setIdentifier": Property(replaces=True, unread=True),
        "weightedRoutingPolicies": Property(unread=True),
        "allowOverwrite": Property(local=True),
    },
    computed={"fqdn": "Name"},
    check=_check_record,
)

TABLE = (ZONE, RECORD)
