"""Network interfaces, key pairs, prefix lists, flow logs, and tags on what others made."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.resources.forms import (
    CHOSEN_ONCE,
    NAMING,
    REPLACES,
    REQUIRED,
    ec2_arn,
    owner_id,
)
from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource, Update
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import Failure, ProviderError
from local.provider_values import Properties

KEY_PAIR = Resource(
    token="aws:ec2/keyPair:KeyPair",
    service="ec2",
    create="import_key_pair",
    identity=("keyName",),
    describe="describe_key_pairs",
    described="KeyPairs[0]",
    delete="delete_key_pair",
    missing=("InvalidKeyPair.NotFound",),
    tags=Ec2Tags("key-pair"),
    auto_name="keyName",
    properties={
        "keyName": REPLACES,
        "keyNamePrefix": Property(local=True, replaces=True),
        "publicKey": Property(
            member="PublicKeyMaterial", required=True, replaces=True, unread=True
        ),
    },
    computed={
        "arn": lambda call, found: call.arn("ec2", f"key-pair/{found['KeyName']}"),
        "fingerprint": "KeyFingerprint",
        "keyPairId": "KeyPairId",
        "keyType": "KeyType",
    },
)


def _interface_members(call: Call) -> Mapping[str, Any]:
    addresses = [
        a for a in (call.inputs.get("privateIp"), *(call.inputs.get("privateIps") or ())) if a
    ]
    if not addresses:
        return {}
    rows = [
        {"PrivateIpAddress": a, "Primary": i == 0} for i, a in enumerate(dict.fromkeys(addresses))
    ]
    return {"PrivateIpAddresses": rows}


def _interface_attachment(call: Call) -> None:
    for wanted in call.inputs.get("attachments") or ():
        found = call.describe() or {}
        if not found.get("Attachment"):
            call.send(
                "attach_network_interface",
                NetworkInterfaceId=call.id,
                InstanceId=wanted["instance"],
                DeviceIndex=int(wanted["deviceIndex"]),
            )


def _delete_interface(call: Call) -> None:
    attached = ((call.describe() or {}).get("Attachment") or {}).get("AttachmentId")
    if attached:
        call.send("detach_network_interface", AttachmentId=attached, Force=True)
    call.send("delete_network_interface", NetworkInterfaceId=call.id)


NETWORK_INTERFACE = Resource(
    token="aws:ec2/networkInterface:NetworkInterface",
    service="ec2",
    create="create_network_interface",
    members=_interface_members,
    id_path="NetworkInterface.NetworkInterfaceId",
    id_member="NetworkInterfaceId",
    describe="describe_network_interfaces",
    described="NetworkInterfaces[0]",
    after_create=_interface_attachment,
    updates=(
        Update("modify_network_interface_attribute", ("securityGroups", "description"), each=True),
        Update("modify_network_interface_attribute", ("sourceDestCheck",), on_create=True),
    ),
    delete=_delete_interface,
    missing=("InvalidNetworkInterfaceID.NotFound",),
    tags=Ec2Tags("network-interface", path="TagSet"),
    properties={
        "subnetId": NAMING,
        "description": Property(),
        "securityGroups": Property(
            member="Groups", computed=True, kind="set", read="Groups[].GroupId"
        ),
        "sourceDestCheck": Property(default=True),
        "interfaceType": CHOSEN_ONCE,
        "privateIp": Property(computed=True, replaces=True, hooked=True, read="PrivateIpAddress"),
        "privateIps": Property(
            computed=True,
            replaces=True,
            hooked=True,
            kind="set",
            read="PrivateIpAddresses[].PrivateIpAddress",
        ),
        "attachments": Property(hooked=True, unread=True, replaces=True),
    },
    computed={
        "arn": ec2_arn("network-interface"),
        "macAddress": "MacAddress",
        "ownerId": "OwnerId",
        "privateDnsName": "PrivateDnsName",
    },
)


def _prefix_list(call: Call) -> Mapping[str, Any] | None:
    found = call.find("describe_managed_prefix_lists", "PrefixLists[0]", PrefixListIds=[call.id])
    if not found or found.get("State", "").startswith("delete"):
        return None
    entries = call.find("get_managed_prefix_list_entries", "Entries", PrefixListId=call.id)
    return {**found, "Entries": entries or []}


def _change_prefix_list(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    """The size and the entries cannot change in one call (ModifyManagedPrefixList)."""
    if "maxEntries" in changed:
        call.send(
            "modify_managed_prefix_list",
            PrefixListId=call.id,
            MaxEntries=int(call.inputs["maxEntries"]),
        )
    request: dict[str, Any] = {}
    if "name" in changed:
        request["PrefixListName"] = call.inputs["name"]
    if "entries" in changed:
        before = {e["cidr"]: e.get("description", "") for e in olds.get("entries") or ()}
        after = {e["cidr"]: e.get("description", "") for e in call.inputs.get("entries") or ()}
        version = (call.describe() or {}).get("Version")
        request |= {
            "CurrentVersion": version,
            "RemoveEntries": [{"Cidr": c} for c in before if after.get(c) != before[c]],
            "AddEntries": [
                {"Cidr": c, **({"Description": d} if d else {})}
                for c, d in after.items()
                if before.get(c) != d
            ],
        }
    sent = {key: value for key, value in request.items() if value}
    if sent:
        call.send("modify_managed_prefix_list", PrefixListId=call.id, **sent)


MANAGED_PREFIX_LIST = Resource(
    token="aws:ec2/managedPrefixList:ManagedPrefixList",
    service="ec2",
    create="create_managed_prefix_list",
    id_path="PrefixList.PrefixListId",
    id_member="PrefixListId",
    read=_prefix_list,
    update=_change_prefix_list,
    delete="delete_managed_prefix_list",
    missing=("InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound"),
    tags=Ec2Tags("prefix-list"),
    pending=("State", frozenset({"create-in-progress", "modify-in-progress"})),
    auto_name="name",
    properties={
        "name": Property(member="PrefixListName"),
        "addressFamily": NAMING,
        "maxEntries": REQUIRED,
        "entries": Property(kind="set", computed=True),
    },
    computed={"arn": "PrefixListArn", "ownerId": owner_id, "version": "Version"},
    volatile=("version",),
)

# Property to the ResourceType of CreateFlowLogs.
FLOW_SOURCES: Final = {
    "vpcId": "VPC",
    "subnetId": "Subnet",
    "eniId": "NetworkInterface",
    "transitGatewayId": "TransitGateway",
    "transitGatewayAttachmentId": "TransitGatewayAttachment",
}


def _create_flow_log(call: Call) -> str:
    request, failures = call.request("create_flow_logs")
    if failures:
        raise ProviderError(f"{call.what}: {failures[0].property}: {failures[0].reason}")
    source = next(name for name in FLOW_SOURCES if call.inputs.get(name))
    answer = call.send(
        "create_flow_logs",
        ResourceIds=[call.inputs[source]],
        ResourceType=FLOW_SOURCES[source],
        **request,
        **Ec2Tags("vpc-flow-log").on_create(call.tags()),
    )
    refused = answer.get("Unsuccessful") or ()
    if refused:
        raise ProviderError(f"{call.what}: {refused[0]['Error']['Message']}")
    return str(answer["FlowLogIds"][0])


def _read_flow_log(call: Call) -> Mapping[str, Any] | None:
    found = call.find("describe_flow_logs", "FlowLogs[0]", FlowLogIds=[call.id])
    if not found:
        return None
    id_ = str(found.get("ResourceId", ""))
    prefixes = {
        "vpcId": "vpc-",
        "subnetId": "subnet-",
        "eniId": "eni-",
        "transitGatewayId": "tgw-",
        "transitGatewayAttachmentId": "tgw-attach-",
    }
    sources = {
        name: id_
        for name, prefix in prefixes.items()
        if id_.startswith(prefix) and not (prefix == "tgw-" and id_.startswith("tgw-attach-"))
    }
    return {**found, **sources}


def _check_flow_log(inputs: Properties) -> Sequence[Failure]:
    given = [name for name in FLOW_SOURCES if inputs.get(name)]
    if len(given) == 1:
        return []
    said = f"it has {', '.join(given)}" if given else "it has none"
    return [Failure("", f"a flow log has exactly one of {', '.join(FLOW_SOURCES)}; {said}")]


FLOW_LOG = Resource(
    token="aws:ec2/flowLog:FlowLog",
    service="ec2",
    create=_create_flow_log,
    shape="create_flow_logs",
    id_member="FlowLogIds",
    read=_read_flow_log,
    delete="delete_flow_logs",
    missing=("InvalidFlowLogId.NotFound",),
    tags=Ec2Tags("vpc-flow-log"),
    properties={
        **{name: Property(hooked=True, replaces=True) for name in FLOW_SOURCES},
        "trafficType": REPLACES,
        "logDestinationType": Property(default="cloud-watch-logs", replaces=True),
        "logDestination": Property(computed=True, replaces=True),
        "iamRoleArn": Property(member="DeliverLogsPermissionArn", replaces=True),
        "deliverCrossAccountRole": REPLACES,
        "logFormat": CHOSEN_ONCE,
        "maxAggregationInterval": Property(default=600, replaces=True),
        "destinationOptions": REPLACES,
    },
    computed={"arn": ec2_arn("vpc-flow-log")},
    check=_check_flow_log,
)


def _read_tag(call: Call) -> Mapping[str, Any] | None:
    filters = [
        {"Name": "resource-id", "Values": [call.inputs["resourceId"]]},
        {"Name": "key", "Values": [call.inputs["key"]]},
    ]
    found: Mapping[str, Any] | None = call.find("describe_tags", "Tags[0]", Filters=filters)
    return found


def _set_tag(call: Call) -> str:
    owner, key = call.inputs["resourceId"], call.inputs["key"]
    call.send("create_tags", Resources=[owner], Tags=[{"Key": key, "Value": call.inputs["value"]}])
    return f"{owner},{key}"


def _change_tag(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    _set_tag(call)


def _take_tag_off(call: Call) -> None:
    owner, key = call.inputs["resourceId"], call.inputs["key"]
    call.send("delete_tags", Resources=[owner], Tags=[{"Key": key}])


TAG = Resource(
    token="aws:ec2/tag:Tag",
    service="ec2",
    create=_set_tag,
    identity=("resourceId", "key"),
    separator=",",
    read=_read_tag,
    update=_change_tag,
    delete=_take_tag_off,
    properties={"resourceId": NAMING, "key": NAMING, "value": REQUIRED},
)


TABLE = (KEY_PAIR, NETWORK_INTERFACE, MANAGED_PREFIX_LIST, FLOW_LOG, TAG)
