"""`prove --live` says of whom zones, services and gateways admit what `prove --state` says.

Each is a connection that somebody answers for by its name: the closed deployment with it is closed
by what AWS has, and open where nobody answers for it, or where somebody has admitted more.
"""

from collections.abc import Callable

import pytest

from automation.described import admitted, doors
from automation.described.reader import Reading
from automation.described.scope import Scope
from model.deployment import Node
from proof.prove import prove
from tests.automation.described.admitted_of_aws import (
    ACCEPTER,
    AUTHORIZATION,
    CONCENTRATOR,
    PEER,
    SERVICE,
    TARGET,
    TYPES,
    WAITING,
    ZONE,
    real_id,
    tell,
)
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.automation.described.parity import HERE, Told, said
from tests.policies.mutations.connections import connection
from tests.policies.mutations.more_designs import appliances
from tests.policies.mutations.parts import GROUP, cluster_subnets, cluster_vpc, supply
from tests.policies.mutations.stacks import ACCOUNT, REGION, Of, Stack, stack

OFFERS = tuple(kind for kind in doors.KINDS if kind.token == SERVICE)
TOLD = Told((*admitted.KINDS, *OFFERS), (tell,), real_id)
FAR_VPC, FAR_ENDPOINT = "vpc-0a1b2c3d4e5f60719", WAITING[0]
CARD = "aws:ec2/networkInterface:NetworkInterface"


def named(after: Stack, *supplied: str) -> Stack:
    """Somebody answers for what is called wan-*, and for these."""
    joined = connection("wan-*", "10.99.0.0/16")
    return after.declaring(
        connections=(*after.boundary.connections, joined),
        supplied=(*after.boundary.supplied, *map(supply, supplied)),
    )


def authorized(before: Stack, name: str) -> Stack:
    """A VPC of others may be joined to an own zone."""
    of = {"name": "own.internal", "vpcs": [{"vpcId": Of(cluster_vpc(before))}]}
    zone = before.makes(ZONE, "own", of)
    made = before.makes(AUTHORIZATION, name, {"zoneId": Of(zone), "vpcId": FAR_VPC})
    return named(before.having(zone, made), FAR_VPC)


def accepted(before: Stack, name: str) -> Stack:
    """An endpoint of others was accepted at an own service."""
    offered = {"acceptanceRequired": True, "allowedPrincipals": [f"arn:aws:iam::{ACCOUNT}:root"]}
    service = before.makes(SERVICE, "wan-service", {**offered, "supportedRegions": [REGION]})
    joined = {"vpcEndpointServiceId": Of(service), "vpcEndpointId": FAR_ENDPOINT}
    return named(before.having(service, before.makes(ACCEPTER, name, joined)), FAR_ENDPOINT)


def peered(before: Stack, name: str) -> Stack:
    """An appliance talks by a Connect attachment."""
    after = appliances(before)
    (connect,) = after.each("aws:ec2transitgateway/connect:Connect")
    made = after.makes(PEER, name, {
        "transitGatewayAttachmentId": Of(connect), "peerAddress": "10.99.0.9",
        "insideCidrBlocks": ["169.254.7.0/29"], "bgpAsn": "65000",
    })  # fmt: skip
    return named(after.having(made))


def mirrored(before: Stack, name: str) -> Stack:
    """Packets may be copied to an own interface."""
    group = before.makes(GROUP, "tap", {"vpcId": Of(cluster_vpc(before))})
    place = {"subnetId": Of(cluster_subnets(before)[0]), "securityGroups": [Of(group)]}
    card = before.makes(CARD, "tap", place)
    made = before.makes(TARGET, name, {"networkInterfaceId": Of(card)})
    return named(before.having(group, card, made))


def concentrated(before: Stack, name: str) -> Stack:
    """VPNs of many places end at a transit gateway."""
    after = appliances(before)
    (gateway,) = after.each("aws:ec2transitgateway/transitGateway:TransitGateway")
    made = after.makes(CONCENTRATOR, name, {"type": "ipsec.1", "transitGatewayId": Of(gateway)})
    return named(after.having(made))


ADMITS: dict[str, Callable[[Stack, str], Stack]] = {
    AUTHORIZATION: authorized, ACCEPTER: accepted, PEER: peered, TARGET: mirrored,
    CONCENTRATOR: concentrated,
}  # fmt: skip
RULES = {PEER: "CN-022", CONCENTRATOR: "CN-024"}


def test_each_type_that_is_read_is_asked_about():
    assert ADMITS.keys() == {*TYPES} == TOLD.tokens - {SERVICE}


@pytest.mark.parametrize("type_", ADMITS)
def test_whom_somebody_answers_for_is_admitted_by_what_aws_says(stubbed, monkeypatch, type_):
    after = ADMITS[type_](stack("dev", True), "wan-partner")
    assert TOLD.same(stubbed, after, monkeypatch, "closed") == set()


@pytest.mark.parametrize("type_", ADMITS)
def test_whom_nobody_answers_for_is_found_by_what_aws_says(stubbed, monkeypatch, type_):
    opened = ADMITS[type_](stack("dev", True), "door")
    counts = {(RULES.get(type_, "CN-025"), "door")}
    assert TOLD.same(stubbed, opened, monkeypatch, "open") == counts


@pytest.mark.parametrize("type_", ADMITS)
def test_whom_somebody_has_admitted_beside_the_record_is_found(stubbed, monkeypatch, type_):
    """But for an endpoint at a service: whom that lets ask, the service itself says."""
    opened = ADMITS[type_](stack("dev", True), "wan-partner")
    deployment, described = TOLD.read(stubbed, opened, monkeypatch, beside=type_)
    assert described.missing == []
    (made,) = opened.each(type_)
    counts = set() if type_ == ACCEPTER else {(RULES.get(type_, "CN-025"), real_id(made))}
    assert said(prove(deployment, opened.boundary)) == counts


@pytest.mark.parametrize("type_", ADMITS)
def test_what_is_recorded_and_gone_is_missing(stubbed, monkeypatch, type_):
    """An endpoint that waits for being accepted is not accepted, either."""
    before = ADMITS[type_](stack("dev", True), "wan-partner")
    (made,) = before.each(type_)
    gone = before.lacking(made)
    if type_ == AUTHORIZATION:  # Route 53 tells of one VPC at least
        gone = before.having(before.edited(made, {"vpcId": "vpc-0a1b2c3d4e5f60777"}))
    without = Told(TOLD.kinds, (lambda answers, _: tell(answers, gone),), real_id)
    _, described = without.read(stubbed, before, monkeypatch)
    assert [one.type for one in described.missing] == [type_]


@pytest.mark.parametrize("type_", [AUTHORIZATION, ACCEPTER])
def test_what_is_recorded_of_a_thing_of_others_is_found(stubbed, monkeypatch, type_):
    """The zone and the service are another stack's, and this one has recorded its own part."""
    before = ADMITS[type_](stack("dev", True), "wan-partner")
    others = {ZONE: "Z0123456789ABCDEFGHIJ", SERVICE: "vpce-svc-0a1b2c3d4e5f60718"}
    of, key = (ZONE, "zoneId") if type_ == AUTHORIZATION else (SERVICE, "vpcEndpointServiceId")
    (holder,) = before.each(of)
    (made,) = before.each(type_)
    theirs = Node(holder.resource, holder.sources, lambda: {"id": others[of]})
    own = before.edited(made, {key: others[of]})
    told = Told(
        TOLD.kinds,
        (lambda answers, _: tell(answers, before.having(theirs, own)),),
        real_id,
    )
    after = before.lacking(holder).having(own)
    _, described = told.read(stubbed, after, monkeypatch)
    assert described.missing == []
    assert [one["inputs"][key] for one in described.resources] == [others[of]]


def test_a_region_without_concentrators_does_not_know_the_call(stubbed, monkeypatch):
    def unknown(asked: Asked) -> Item:
        raise Nothing("InvalidAction")

    answers = Answers(stubbed, REGION)
    answers.says("ec2", "DescribeVpnConcentrators", unknown)
    answers.answering(["ec2"], monkeypatch.setattr)
    read = Reading(stubbed, REGION, HERE).run([admitted.CONCENTRATORS], Scope())
    assert read == {admitted.CONCENTRATORS: []}
