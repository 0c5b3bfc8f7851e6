"""VPC peering: the connection, its acceptance, and its DNS options."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.aws.translate.calls import Call
from local.aws.translate.table import Property, Resource
from local.aws.translate.tags import Ec2Tags
from local.provider_answers import Failure, ProviderError
from local.provider_values import Properties

MISSING: Final = (
    "InvalidVpcPeeringConnectionID.NotFound",
    "InvalidVpcPeeringConnectionId.NotFound",
)
DESCRIBED: Final = (
    "VpcPeeringConnections[?Status.Code!='deleted' && Status.Code!='deleting'"
    " && Status.Code!='rejected' && Status.Code!='failed' && Status.Code!='expired'] | [0]"
)
SIDES: Final = {"accepter": "Accepter", "requester": "Requester"}


def _options(described: Mapping[str, Any], side: str) -> Properties:
    told = (described.get(f"{SIDES[side]}VpcInfo") or {}).get("PeeringOptions") or {}
    allowed = told.get("AllowDnsResolutionFromRemoteVpc", False)
    return {"AllowRemoteVpcDnsResolution": bool(allowed)}


def _told(call: Call, described: Mapping[str, Any]) -> Mapping[str, Any]:
    return {side: _options(described, side) for side in SIDES}


def _accept(call: Call) -> None:
    status = call.find(
        "describe_vpc_peering_connections",
        "VpcPeeringConnections[0].Status.Code",
        VpcPeeringConnectionIds=[call.id],
    )
    if status in ("pending-acceptance", "initiating-request"):
        call.send("accept_vpc_peering_connection", VpcPeeringConnectionId=call.id)


def _set_options(call: Call, changed: frozenset[str]) -> None:
    """DNS options can be set on an active connection only."""
    sent: dict[str, Any] = {}
    for side, member in SIDES.items():
        if side in changed:
            wanted = (call.inputs.get(side) or {}).get("allowRemoteVpcDnsResolution", False)
            allow = wanted in (True, "true")
            sent[f"{member}PeeringConnectionOptions"] = {"AllowDnsResolutionFromRemoteVpc": allow}
    if sent:
        call.send("modify_vpc_peering_connection_options", VpcPeeringConnectionId=call.id, **sent)


def _after_create(call: Call) -> None:
    if call.inputs.get("autoAccept"):
        _accept(call)
    _set_options(call, frozenset(SIDES) & call.inputs.keys())


def _update(call: Call, olds: Properties, changed: frozenset[str]) -> None:
    if "autoAccept" in changed and call.inputs.get("autoAccept"):
        _accept(call)
    _set_options(call, changed)


def _check(inputs: Properties) -> Sequence[Failure]:
    failures: list[Failure] = []
    if inputs.get("autoAccept") is True and inputs.get("peerRegion"):
        failures.append(
            Failure(
                "autoAccept",
                "cannot accept in another region (peerRegion); leave it out and declare a "
                "VpcPeeringConnectionAccepter there",
            )
        )
    return [*failures, *_check_options(inputs)]


def _check_options(inputs: Properties) -> Sequence[Failure]:
    return [
        Failure(f"{side}.{key}", "a peering side has allowRemoteVpcDnsResolution and nothing else")
        for side in SIDES
        if isinstance(inputs.get(side), Mapping)
        for key in inputs[side]
        if key != "allowRemoteVpcDnsResolution" and not key.startswith("__")
    ]


OPTIONS: Final = {
    "accepter": Property(hooked=True, computed=True, when_asked=True, read="accepter"),
    "requester": Property(hooked=True, computed=True, when_asked=True, read="requester"),
}

VPC_PEERING_CONNECTION = Resource(
    token="aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    service="ec2",
    create="create_vpc_peering_connection",
    id_path="VpcPeeringConnection.VpcPeeringConnectionId",
    id_member="VpcPeeringConnectionId",
    describe="describe_vpc_peering_connections",
    described=DESCRIBED,
    enrich=_told,
    after_create=_after_create,
    update=_update,
    delete="delete_vpc_peering_connection",
    missing=MISSING,
    tags=Ec2Tags("vpc-peering-connection"),
    properties={
        "vpcId": Property(required=True, replaces=True, read="RequesterVpcInfo.VpcId"),
        "peerVpcId": Property(required=True, replaces=True, read="AccepterVpcInfo.VpcId"),
        "peerOwnerId": Property(replaces=True, computed=True, read="AccepterVpcInfo.OwnerId"),
        "peerRegion": Property(replaces=True, computed=True, read="AccepterVpcInfo.Region"),
        "autoAccept": Property(hooked=True, unread=True),
        **OPTIONS,
    },
    computed={"acceptStatus": "Status.Code"},
    volatile=("acceptStatus",),
    check=_check,
)


def _connection(call: Call) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = call.find(
        "describe_vpc_peering_connections",
        DESCRIBED,
        VpcPeeringConnectionIds=[call.inputs.get("vpcPeeringConnectionId") or call.id],
    )
    return {**found, **_told(call, found)} if found else None


def _take_options(call: Call) -> str:
    call.id = str(call.inputs["vpcPeeringConnectionId"])
    if _connection(call) is None:
        raise ProviderError(f"{call.what}: there is no peering connection {call.id}")
    _set_options(call, frozenset(SIDES) & call.inputs.keys())
    return call.id


PEERING_CONNECTION_OPTIONS = Resource(
    token="aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
    service="ec2",
    create=_take_options,
    read=_connection,
    parse_id=lambda call: {"vpcPeeringConnectionId": call.id},
    update=lambda call, olds, changed: _set_options(call, changed),
    delete=None,  # options stay with the connection
    missing=MISSING,
    properties={
        "vpcPeeringConnectionId": Property(required=True, replaces=True),
        "accepter": Property(hooked=True, computed=True, read="accepter"),
        "requester": Property(hooked=True, computed=True, read="requester"),
    },
    check=_check_options,
)


def _take_connection(call: Call) -> str:
    call.id = str(call.inputs["vpcPeeringConnectionId"])
    if _connection(call) is None:
        raise ProviderError(f"{call.what}: there is no peering connection {call.id} to accept")
    return call.id


VPC_PEERING_CONNECTION_ACCEPTER = Resource(
    token="aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    service="ec2",
    create=_take_connection,
    read=_connection,
    parse_id=lambda call: {"vpcPeeringConnectionId": call.id},
    after_create=_after_create,
    update=_update,
    delete=None,  # accepting cannot be undone; the connection goes with its own resource
    missing=MISSING,
    tags=Ec2Tags("vpc-peering-connection", specified=False),
    properties={
        "vpcPeeringConnectionId": Property(required=True, replaces=True),
        "autoAccept": Property(hooked=True, unread=True),
        **OPTIONS,
    },
    computed={
        "acceptStatus": "Status.Code",
        "vpcId": "AccepterVpcInfo.VpcId",
        "peerVpcId": "RequesterVpcInfo.VpcId",
        "peerOwnerId": "RequesterVpcInfo.OwnerId",
        "peerRegion": "RequesterVpcInfo.Region",
    },
    volatile=("acceptStatus",),
    check=_check_options,
)

TABLE = (VPC_PEERING_CONNECTION, PEERING_CONNECTION_OPTIONS, VPC_PEERING_CONNECTION_ACCEPTER)
