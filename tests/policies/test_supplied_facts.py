"""What is known of a supplied network, in the pack: found beside the stack file, never ignored."""

import datetime
import json
from typing import Any

import pytest

from tests.policies.analyzer import MANDATORY, TODAY, configured, judge
from tests.policies.deployed import example, whole
from tests.policies.sources.test_facts import thing
from tests.policies.test_whole import declaration, refused

STACK = "pulumi:pulumi:Stack"
VPC, TABLE = "vpc-0a1b2c3d4e5f60718", "rtb-0a1b2c3d4e5f60719"
SUBNETS = ("subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712")
GATEWAY, PEERING = "igw-0a1b2c3d4e5f60750", "pcx-0a1b2c3d4e5f60799"
DECLARED = {**declaration("existing")}


def network(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """The VPC that `existing` takes as supplied, with local routes alone."""
    subnet = "aws:ec2/subnet:Subnet"
    return [
        thing("aws:ec2/vpc:Vpc", {"cidrBlock": "10.40.0.0/16"}, id=VPC, defaultRouteTableId=TABLE),
        thing(
            "aws:ec2/defaultRouteTable:DefaultRouteTable", {"defaultRouteTableId": TABLE}, id=TABLE
        ),
        thing(subnet, {"vpcId": VPC, "cidrBlock": "10.40.0.0/20"}, id=SUBNETS[0]),
        thing(subnet, {"vpcId": VPC, "cidrBlock": "10.40.16.0/20"}, id=SUBNETS[1]),
        *more,
    ]


def door() -> list[dict[str, Any]]:
    """A NAT gateway, and a default route of every subnet to it."""
    nat, route = "nat-0a1b2c3d4e5f60751", {"destinationCidrBlock": "0.0.0.0/0"}
    return [
        thing("aws:ec2/natGateway:NatGateway", {"connectivityType": "public"}, id=nat),
        thing("aws:ec2/route:Route", {**route, "routeTableId": TABLE, "natGatewayId": nat}),
    ]


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Writes a facts file where the pack looks for it."""
    monkeypatch.setenv("PULUMI_STACK", "dev")
    monkeypatch.setenv("HEIIKI_STACK_DIR", str(tmp_path))

    def write(resources: Any, read: datetime.date = TODAY, **more: Any) -> None:
        document = {"facts": 1, "read": read.isoformat(), "account": "123456789012",
                    "region": "eu-central-1", "resources": resources, **more}  # fmt: skip
        (tmp_path / "heiiki.dev.facts.json").write_text(json.dumps(document), encoding="utf-8")

    return write


OPENINGS = {"CN-005", "CN-006", "CN-007", "CN-008"}


def said():
    """What the pack says of the example, from its stack on: faults, openings, and all else."""
    servicer = configured(DECLARED)
    faults = [d.message.partition("\n")[2] for d in judge(STACK, {}, servicer=servicer)
              if d.enforcementLevel == MANDATORY]  # fmt: skip
    found = whole(servicer, example("existing"))
    return faults, *([x for x in found if (x.rule in OPENINGS) is opens] for opens in (True, False))


def test_a_supplied_network_that_is_described_is_proved_and_nobody_answers_for_it(beside):
    faults, answered, others = said()
    assert faults == [] and {each.rule for each in answered} == {"CN-006"}
    assert {each.rule for each in others} == {"CN-196"}
    beside(network())
    assert said()[:2] == ([], [])


def test_what_a_described_network_lacks_is_told_and_what_its_resolver_takes_outside(beside):
    """It has neither endpoints nor a DNS Firewall, whatever its owner has signed."""
    beside(network())
    _, _, others = said()
    assert {each.rule for each in refused(others)} == {"CN-126", "CN-190"}
    assert any("has no endpoint for ecr.api; then images of EKS are not pulled" in each.text
               for each in others)  # fmt: skip
    assert all("for s3 of its region on the route tables" in each.text
               for each in others if "endpoint for s3" in each.text)  # fmt: skip


def test_a_door_in_a_supplied_network_fails_the_preview_though_somebody_has_signed(beside):
    beside(network(*door()))
    faults, found, _ = said()
    ways = refused(found)
    assert faults == [] and ways and {way.rule for way in ways} <= {"CN-005", "CN-006"}
    assert any("nat-0a1b2c3d4e5f60751" in way.text for way in ways)


def test_ids_that_only_a_described_thing_names_are_its_owners_to_answer_for(beside):
    far = {"destinationCidrBlock": "10.99.0.0/16", "routeTableId": TABLE}
    peered = thing("aws:ec2/route:Route", {**far, "vpcPeeringConnectionId": PEERING})
    beside(network(peered))
    faults, openings, others = said()
    assert faults == [] and any(PEERING in way.text for way in openings)
    assert "CN-004" not in {each.rule for each in (*openings, *others)}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"account": "210987654321"}, "account is none that boundary.accounts lists"),
        ({"read": TODAY - datetime.timedelta(days=31)}, "more than 30 days ago"),
        ({"facts": 9}, "facts must be 1"),
        ({"more": 1}, "is no object of facts, read, account, region, resources"),
    ],
)
def test_a_file_that_cannot_be_relied_on_fails_the_stack_and_counts_for_nothing(
    beside, wrong, told
):
    beside(network(), **wrong)
    faults, answered, _ = said()
    (fault,) = faults
    assert fault.startswith("CN-000 heiiki.dev.facts.json: ") and told in fault
    assert {each.rule for each in answered} == {"CN-006"}, "as if nothing were known"


@pytest.mark.parametrize(("days", "count"), [(9, False), (10, True)])
def test_the_policy_file_says_for_how_long_facts_count(beside, days, count):
    beside(network(), read=TODAY - datetime.timedelta(days=10))
    servicer = configured({**DECLARED, "factsMaxAgeDays": days})
    faults = [d.message for d in judge(STACK, {}, servicer=servicer)
              if d.enforcementLevel == MANDATORY]  # fmt: skip
    assert [f"more than {days} days ago" in each for each in faults] == ([] if count else [True])
    assert bool(servicer._facts) is count


def test_facts_of_a_stack_before_do_not_stay(beside, tmp_path):
    beside(network())
    servicer = configured(DECLARED)
    judge(STACK, {}, servicer=servicer)
    assert servicer._facts
    (tmp_path / "heiiki.dev.facts.json").unlink()
    judge(STACK, {}, servicer=servicer)
    assert servicer._facts == []
