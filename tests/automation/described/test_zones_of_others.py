"""Zones that others have joined to a VPC: Route 53 lists them, and refuses to tell what they are.

Of a service that keeps the names of its own things in one, such as an interface endpoint's, there
is nothing to say. A zone of another account answers names inside, so somebody has to answer for it.
"""

from typing import Any

import pytest

from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import Described, resources_of
from automation.described.tables import KINDS, calls
from automation.state import Resource
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.automation.described.parity import HERE
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION

VPC, SUPPLIED = "vpc-0a1b2c3d4e5f60718", "vpc-0a1b2c3d4e5f60719"
ZONE, JOINED = "aws:route53/zone:Zone", "aws:route53/zoneAssociation:ZoneAssociation"
ADMITS = "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization"
KNOWN = [kind for kind in KINDS if kind.token in (ZONE, JOINED, ADMITS)]
OWNERS = {
    "Z1OWN": {"OwningAccount": ACCOUNT},
    "Z2FOREIGN": {"OwningAccount": FOREIGN},
    "Z3SERVICE": {"OwningService": "vpce.amazonaws.com"},
}


@pytest.fixture
def told(stubbed, monkeypatch):
    """What is told of a stack with a VPC of its own, and of more that it has recorded."""
    answers = Answers(stubbed, REGION)
    answers.lists("ec2", "DescribeVpcs", "Vpcs", *(
        {"VpcId": id_, "DhcpOptionsId": "default"} for id_ in (VPC, SUPPLIED)
    ))  # fmt: skip
    answers.says("route53", "ListHostedZonesByVPC", lambda asked: {
        "MaxItems": "100", "HostedZoneSummaries": [
            {"HostedZoneId": id_, "Name": f"{id_.lower()}.", "Owner": owner}
            for id_, owner in OWNERS.items()
        ],
    })  # fmt: skip

    def zone(asked: Asked) -> Item:
        if OWNERS[asked["Id"]] != {"OwningAccount": ACCOUNT}:
            raise Nothing("AccessDenied")
        own = {"Id": f"/hostedzone/{asked['Id']}", "Name": "own.", "CallerReference": "x"}
        return {"HostedZone": own, "VPCs": [{"VPCId": VPC, "VPCRegion": REGION}]}

    answers.says("route53", "GetHostedZone", zone)
    answers.says("route53", "ListHostedZones", lambda asked: {
        "HostedZones": [
            {"Id": f"/hostedzone/{id_}", "Name": "own.", "CallerReference": "x",
             "Config": {"PrivateZone": True}} for id_ in ("Z1OWN", "Z4ELSEWHERE")
        ],
        "Marker": "", "IsTruncated": False, "MaxItems": "100",
    })  # fmt: skip
    answers.says("route53", "ListVPCAssociationAuthorizations", lambda asked: {
        "HostedZoneId": asked["HostedZoneId"], "VPCs": [{"VPCRegion": REGION, "VPCId": "vpc-9"}],
    })  # fmt: skip
    answers.answering(["ec2", "route53"], monkeypatch.setattr)

    def read(*records: Resource) -> Described:
        vpc = Resource("urn:pulumi:dev::heiiki::v::net", "aws:ec2/vpc:Vpc", "net", VPC, {}, {})
        known = Records([vpc, *records], account=ACCOUNT)
        found = Reading(stubbed, REGION, HERE).run(calls(KNOWN), known.scope([SUPPLIED]))
        return resources_of(found, known)

    return read


def props(described: Described, type_: str) -> list[dict[str, Any]]:
    return [one["inputs"] for one in described.resources if one["type"] == type_]


def test_a_zone_of_others_ends_no_reading_and_is_told_by_what_it_is_joined_to(told):
    read = told()
    assert [zone["name"] for zone in props(read, ZONE)] == ["own."]
    joined = {"zoneId": "Z2FOREIGN", "vpcId": VPC, "vpcRegion": REGION}
    assert props(read, JOINED) == [joined], "in the own VPC alone, and nothing of a service's"


def test_a_recorded_joint_to_a_zone_of_others_is_there(told):
    own = {"zoneId": "Z2FOREIGN", "vpcId": VPC}
    record = Resource("urn:pulumi:dev::heiiki::z::far", JOINED, "far", f"Z2FOREIGN:{VPC}", own, own)
    read = told(record)
    assert JOINED not in {one.type for one in read.missing}
    (there,) = (one for one in read.resources if one["type"] == JOINED)
    assert there["urn"] == record.urn and there["inputs"]["zoneId"] == "Z2FOREIGN"


def test_whom_an_own_zone_admits_is_told_and_of_another_stacks_nobody_is_asked(told):
    """Though that one answers names in the own VPC, too."""
    assert props(told(), ADMITS) == []
    read = told(Resource("urn:pulumi:dev::heiiki::z::own", ZONE, "own", "Z1OWN", {}, {}))
    assert props(read, ADMITS) == [{"zoneId": "Z1OWN", "vpcId": "vpc-9", "vpcRegion": REGION}]
