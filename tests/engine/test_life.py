"""Each example from nothing to nothing: preview, up, no change, one change, refresh, destroy."""

from pathlib import Path

import pytest
import yaml

from local.leftovers import leftovers
from tests.engine.aws_side import client, inbound_addresses, inventory, routes_out
from tests.engine.stack_copies import copied
from tests.engine.supplied import supply

REGIONS = {
    "dev": "ap-northeast-1",
    "two-vpc": "ap-northeast-1",
    "on-premises": "ap-northeast-1",
    "open": "us-west-2",
    "existing": "eu-central-1",
}


def change(folder: Path, scenario: str, key: str, edit) -> None:
    """Edit one key of a copied stack file."""
    path = folder / f"Pulumi.{scenario}.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    edit(document["config"][f"heiiki:{key}"])
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


@pytest.mark.parametrize("scenario", REGIONS)
def test_an_example_lives_its_life(world, scenario, tmp_path):
    region = REGIONS[scenario]
    before = set(leftovers(world.aws_endpoint_url, [region]))
    folder = copied(scenario, tmp_path / scenario)
    if scenario == "existing":
        supply(world, folder, region)
        before = set(leftovers(world.aws_endpoint_url, [region]))
    stack = world.stack(scenario, folder)
    cluster = yaml.safe_load((folder / f"Pulumi.{scenario}.yaml").read_text())["config"][
        "heiiki:name"
    ]

    preview = stack.preview()
    assert preview.verdict.passed and preview.counts["create"] > 20
    assert set(leftovers(world.aws_endpoint_url, [region])) == before, "a preview makes nothing"

    created = stack.up()
    assert created.counts["create"] == preview.counts["create"]
    assert inventory(world, region, cluster)["clusters"] == [cluster]
    check_closed(world, region, cluster, scenario)
    if scenario == "on-premises":
        addresses = ["10.64.224.10", "10.64.224.26"]
        assert created.outputs["dnsInboundAddresses"].value == addresses
        assert inbound_addresses(world, region) == {"ledger-dns-inbound": addresses}

    again = stack.preview()
    assert again.changes == () and set(again.counts) == {"same"}

    pool = {"two-vpc": "worker", "open": "arm"}.get(scenario, "workers")
    change(folder, scenario, "nodePools", lambda p: p[pool].update(maxSize=9))
    changed = stack.up()
    assert [(c.type, c.name, c.operation) for c in changed.changes] == [
        ("aws:autoscaling/group:Group", pool, "update")
    ]
    assert [p.path for c in changed.changes for p in c.properties] == ["maxSize"]
    groups = client(world, "autoscaling", region).describe_auto_scaling_groups()
    assert [g["MaxSize"] for g in groups["AutoScalingGroups"]] == [9]

    refreshed = stack.refresh()
    drifted = [c for c in refreshed.changes if c.properties or c.operation != "refresh"]
    assert refreshed.changes and drifted == [], "every resource was read, none differed"

    stack.destroy(disable_protection=True)
    assert set(leftovers(world.aws_endpoint_url, [region])) == before


def check_closed(world, region, cluster, scenario):
    """AWS's side of the claim: no way out of the cluster's VPC, unless the example asks for one."""
    tables = routes_out(world, region, cluster)
    if scenario == "existing":
        assert tables == {}, "nothing of the supplied network is ours"
        return
    gateways = inventory(world, region, cluster)["internet gateways"]
    leading_out = {
        name: [route for route in routes if not route.startswith("pl-")]
        for name, routes in tables.items()
    }
    leading_out = {name: routes for name, routes in leading_out.items() if routes}
    if scenario == "dev":
        assert tables and leading_out == {} and gateways == []
    if scenario == "on-premises":
        assert gateways == []
        assert leading_out == {
            "ledger-control-plane-1a": ["192.168.0.0/17 vgw"],
            "ledger-control-plane-1c": ["192.168.0.0/17 vgw"],
        }
    if scenario == "two-vpc":
        assert gateways == ["yoda-bastion"]
        assert leading_out == {
            "yoda-bastion-public": ["0.0.0.0/0 igw", "172.25.192.0/18 pcx"],
            "yoda-operator": ["172.24.0.0/24 pcx"],
        }
    if scenario == "open":
        assert leading_out == {
            "open-public-2a": ["0.0.0.0/0 igw"],
            "open-public-2b": ["0.0.0.0/0 igw"],
            "open-private-2a": ["0.0.0.0/0 nat"],
            "open-private-2b": ["0.0.0.0/0 nat"],
        }
