"""Nodes that reach the internet directly: a stack with no NAT gateway, through the real engine."""

import pytest

from automation.errors import PolicyRefusedError
from tests.engine.aws_side import client, routes_out
from tests.engine.stack_copies import copied, declared, edited

REGION = "ap-northeast-1"
WHO = {"owner": "platform network team", "reason": "open on purpose", "expires": "2027-10-31"}
OPEN = [
    {"rule": rule, "name": name, **WHO}
    for rule, name in (
        ("CN-010", "gateways"), ("CN-030", "front-*"), ("CN-032", "front-*"),
        ("CN-100", "node-to-cidr-https"),
    )
]  # fmt: skip
ADDRESSES = [
    {"rule": "CN-040", "name": "front-*", **WHO},
    {"rule": "CN-050", "name": "workers", **WHO},
]


def test_public_addresses_are_answered_for_and_given_to_nodes_alone(world, tmp_path):
    folder = copied("dev", tmp_path / "dev")
    subnets = {
        f"front-{zone}": {"availabilityZone": f"{REGION}{zone}", "exposure": "public",
                          "cidr": f"10.0.{i}.0/24"}
        for i, zone in enumerate("ac")
    }  # fmt: skip
    network = {"egress": {"kind": "internetGateway"}, "subnets": subnets}
    edited(folder / "Pulumi.dev.yaml", lambda config: config.update(network=network))
    settings = folder / "heiiki.dev.policy.json"
    declared(settings, lambda boundary: boundary.update(exceptions=OPEN))
    stack = world.stack("dev", folder)
    with pytest.raises(PolicyRefusedError) as refused:
        stack.up()
    assert "CN-040" in str(refused.value) and "CN-050" in str(refused.value)
    declared(settings, lambda boundary: boundary.update(exceptions=[*OPEN, *ADDRESSES]))
    stack.up()
    ec2 = client(world, "ec2", REGION)
    made = ec2.describe_subnets(Filters=[{"Name": "tag:heiiki:cluster", "Values": ["dev"]}])
    assert [s["MapPublicIpOnLaunch"] for s in made["Subnets"]] == [True, True]
    reservations = ec2.describe_instances()["Reservations"]
    nodes = [instance for r in reservations for instance in r["Instances"]]
    assert nodes and all(node.get("PublicIpAddress") for node in nodes)
    assert routes_out(world, REGION, "dev")
    assert stack.preview().changes == ()
