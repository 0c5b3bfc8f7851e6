"""Each example from nothing to nothing: preview, up, no change, a change, refresh, destroy.

The first `up` of two of them is killed, and all that follows is true all the same. The example
`parts` lives its life in test_parts.py.
"""

import base64
from pathlib import Path

import pytest

from automation import PolicyRefusedError
from automation.pending.kinds import KINDS
from bench.supplied import supply
from local.leftovers import leftovers
from tests.engine import proofs
from tests.engine.aws_side import client, inbound_addresses, inventory, routes_out
from tests.engine.changes import Change, refreshes, steps_taken
from tests.engine.cut_off import cut_off, record_file
from tests.engine.killer import Killer, killed
from tests.engine.stack_copies import Config, config_of, copied, declared, edited
from tests.engine.ways import peerings, resolves_names
from tests.engine.whole_aws import whole_aws
from tests.order import POOLS, Order, missing_before_nodes, name_of, needed_by

REGIONS = {
    "dev": "ap-northeast-1",
    "two-vpc": "ap-northeast-1",
    "on-premises": "ap-northeast-1",
    "open": "us-west-2",
    "existing": "eu-central-1",
    "self-hosted": "ap-northeast-1",
}


def one_zone_more(config: Config) -> None:
    """With all that an open network has in a zone: both kinds of subnets, and the NAT gateway."""
    zone = {"kind": "create", "availabilityZone": "us-west-2c"}
    network = config["network"]
    config["availabilityZones"].append("us-west-2c")
    network["subnets"] |= {
        "public-2c": {**zone, "cidr": "10.0.2.0/24", "exposure": "public"},
        "private-2c": {**zone, "cidr": "10.0.192.0/18", "exposure": "private"},
    }
    network["egress"]["natGateways"]["nat-2c"] = {"kind": "create", "subnet": "public-2c"}


CHANGES = {
    "dev": [
        Change(
            lambda c: c["nodePools"]["workers"].update(maxSize=9),
            "update autoscaling/group workers: maxSize",
        )
    ],
    "two-vpc": [
        Change(
            lambda c: c["network"]["connections"]["bastion"]["allowedCidrs"].append(
                "198.51.100.0/24"
            ),
            "create vpc/securityGroupIngressRule bastion-from-cidr-ssh-198.51.100.0-24",
        )
    ],
    "on-premises": [
        Change(
            lambda c: c["network"]["connections"]["datacentre"]["onPremisesCidrs"].append(
                "192.168.128.0/24"
            ),
            """
            create ec2/route control-plane-1a-datacentre-192.168.128.0-24
            create ec2/route control-plane-1c-datacentre-192.168.128.0-24
            create vpc/securityGroupIngressRule control-plane-from-cidr-api-192.168.128.0-24
            """,
            declare=lambda boundary: [
                connection["cidrs"].append("192.168.128.0/24")
                for connection in boundary["connections"]
            ],
        )
    ],
    "open": [
        Change(
            lambda c: c["nodePools"]["general"].update(maxSize=5),
            "update eks/nodeGroup general: scalingConfig",
        ),
        Change(
            one_zone_more,
            """
            create ec2/eip nat-2c
            create ec2/natGateway nat-2c
            create ec2/route private-2c-nat
            create ec2/route public-2c-internet
            create ec2/routeTable private-2c
            create ec2/routeTable public-2c
            create ec2/routeTableAssociation private-2c
            create ec2/routeTableAssociation public-2c
            create ec2/subnet private-2c
            create ec2/subnet public-2c
            replace eks/nodeGroup general
            update autoscaling/group arm: vpcZoneIdentifiers
            update ec2/vpcEndpoint ec2: subnetIds
            update ec2/vpcEndpoint ecr-api: subnetIds
            update ec2/vpcEndpoint ecr-dkr: subnetIds
            update ec2/vpcEndpoint eks-auth: subnetIds
            update ec2/vpcEndpoint s3: routeTableIds
            update ec2/vpcEndpoint ssm: subnetIds
            update ec2/vpcEndpoint ssmmessages: subnetIds
            """,
            lock=True,
        ),
    ],
    "existing": [
        Change(
            lambda c: c["nodePools"]["workers"].update(labels={"team": "core"}),
            """
            update autoscaling/group workers: launchTemplate
            update ec2/launchTemplate workers: userData
            """,
            rolls=("workers",),
        )
    ],
    "self-hosted": [
        Change(
            lambda c: c["controlPlane"].update(controllers={"minSize": 3}),
            "update autoscaling/group controller: desiredCapacity, instanceRefresh, maxSize, "
            "minSize",
        )
    ],
}


KILLED = {"two-vpc": 110, "on-premises": 60}  # how many are done when the first `up` dies
FOUND_AGAIN = ("two-vpc", "on-premises", "open")  # together they have every kind of `dev`, too
# Kinds of which no example has one; tests/automation/test_pending.py makes one of each.
UNUSED = {
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    # Of a control plane of our own, whose example is not cut off here.
    "aws:ebs/volume:Volume",
    "aws:ec2/networkInterface:NetworkInterface",
    "aws:lb/listener:Listener",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:route53/record:Record",
    "aws:route53/zone:Zone",
    "aws:ssm/parameter:Parameter",
}


@pytest.fixture(scope="module")
def found() -> set[str]:
    """Types of which a killed run's were found again."""
    return set()


@pytest.mark.parametrize("scenario", REGIONS)
def test_an_example_lives_its_life(world, scenario, tmp_path, found, monkeypatch):
    region = REGIONS[scenario]
    folder = copied(scenario, tmp_path / scenario)
    if scenario == "existing":
        supply(world, folder)
    before = set(leftovers(world.aws_endpoint_url, [region]))
    stack, file = world.stack(scenario, folder), folder / f"Pulumi.{scenario}.yaml"
    cluster = config_of(file)["name"]

    preview = stack.preview()
    assert preview.verdict.passed and preview.counts["create"] > 20
    assert set(leftovers(world.aws_endpoint_url, [region])) == before, "a preview makes nothing"

    if scenario in KILLED:
        killer = Killer.after(KILLED[scenario])
        killed(killer, world.killable.stack(scenario, folder, on_event=killer).up)
    created = stack.up()
    missing = preview.counts["create"] - created.counts["create"]
    assert missing >= KILLED.get(scenario, 0) and (missing == 0 or scenario in KILLED)
    of_eks = [] if scenario == "self-hosted" else [cluster]
    assert inventory(world, region, cluster)["clusters"] == of_eks
    check_closed(world, region, cluster, scenario)
    check_order(stack)
    if scenario == "on-premises":
        addresses = ["10.64.224.10", "10.64.224.26"]
        assert created.outputs["dnsInboundAddresses"].value == addresses
        assert inbound_addresses(world, region) == {"ledger-dns-inbound": addresses}

    check_proof(world, stack, file, scenario, monkeypatch)
    if scenario in FOUND_AGAIN:
        found |= found_again(world, stack, region, cluster)

    again = stack.preview()
    assert again.changes == () and set(again.counts) == {"same"}
    if scenario == "existing":
        assert any("CN-006" in answered.message for answered in preview.verdict.advisories)
        assert again.verdict.passed and again.verdict.advisories == (), "the pack has the facts"

    for change in CHANGES[scenario]:
        check_change(world, stack, file, region, change)
    check_changed(world, region, cluster, scenario)

    refreshed = stack.refresh()
    assert refreshed.changes == () and set(refreshed.counts) == {"same"}

    stack.destroy(disable_protection=True)
    if scenario == "self-hosted":
        take_away_kept_volumes(world, region, cluster)
    assert set(leftovers(world.aws_endpoint_url, [region])) == before


def test_whatever_a_killed_run_may_have_made_was_found_in_the_lives_above(found):
    assert KINDS.keys() - found == UNUSED


VERDICTS = {
    "dev": "closed",
    "two-vpc": "open, answered for",
    "on-premises": "closed",
    "open": "open, answered for",
    "existing": "closed",
    "self-hosted": "closed",
}


def check_proof(world, stack, file: Path, scenario: str, monkeypatch) -> None:
    """AWS's side of the proof, and of a supplied network what is known of it."""
    if scenario == "existing":
        answered = proofs.said(proofs.prove(proofs.declared(stack), proofs.boundary_of(stack)))
        assert {rule for rule, *_, answered in answered if answered} == {"CN-006", "CN-196"}
        world.heiiki("facts", "--file", str(file))
        written = stack.files.facts_file.read_bytes()
        world.heiiki("facts", "--file", str(file), "--check")
        assert stack.files.facts_file.read_bytes() == written
    found = proofs.same_by_file_record_and_aws(stack, monkeypatch)
    assert found.proof.verdict == VERDICTS[scenario]
    if scenario == "existing":
        assert found.proof.findings == (), "nobody needs to answer for what is proved"


def found_again(world, stack, region, cluster) -> set[str]:
    """All that AWS has made is found again after a run that was killed before it recorded any of
    it. The types of that."""
    made = whole_aws(world, region, cluster)
    types = cut_off(record_file(world, stack.files.stack))
    settled = stack.up()
    assert whole_aws(world, region, cluster) == made
    assert set(settled.counts) == {"same"}
    return types


def check_order(stack) -> None:
    """By the engine's own record: no pool before what its nodes need."""
    order = Order.of_record(stack._run.command("stack", "export"))
    made = list(order.waits)
    missing = missing_before_nodes(order)
    assert missing and not any(missing.values()), missing
    for pool in order.of_types(*POOLS):
        needed = needed_by(name_of(pool), order)
        assert needed and made.index(pool) > max(made.index(urn) for urn in needed)


def check_change(world, stack, file: Path, region: str, change: Change) -> None:
    """An edit of the stack file does what follows from it and nothing else."""
    before = refreshes(world, region)
    edited(file, change.edit)
    if change.lock:
        world.heiiki("lock", "--file", str(file))
    if change.declare is not None:
        with pytest.raises(PolicyRefusedError):
            stack.up()
        declared(file.with_name(f"heiiki.{stack.files.stack}.policy.json"), change.declare)
    changed = stack.up()
    assert steps_taken(changed) == change.expected
    after = refreshes(world, region)
    assert {pool for pool in after if after[pool] != before[pool]} == set(change.rolls)


def check_changed(world, region, cluster, scenario):
    """AWS's side of the change."""
    ec2 = client(world, "ec2", region)
    if scenario == "dev":
        groups = client(world, "autoscaling", region).describe_auto_scaling_groups()
        assert [group["MaxSize"] for group in groups["AutoScalingGroups"]] == [9]
    if scenario == "two-vpc":
        mine = [{"Name": "tag:Name", "Values": ["yoda-bastion"]}]
        (group,) = ec2.describe_security_groups(Filters=mine)["SecurityGroups"]
        allowed = [r["CidrIp"] for rule in group["IpPermissions"] for r in rule["IpRanges"]]
        assert sorted(allowed) == ["198.51.100.0/24", "203.0.113.7/32"]
    if scenario == "on-premises":
        ways = ["192.168.0.0/17 vgw", "192.168.128.0/24 vgw"]
        tables = routes_out(world, region, cluster)
        assert {name for name, routes in tables.items() if set(ways) <= set(routes)} == {
            "ledger-control-plane-1a", "ledger-control-plane-1c",
        }  # fmt: skip
    if scenario == "open":
        made = inventory(world, region, cluster)
        assert made["nat gateways"] == ["open-nat-2a", "open-nat-2b", "open-nat-2c"]
        assert made["node groups"] == ["general"]
        eks = client(world, "eks", region)
        (name,) = eks.list_nodegroups(clusterName=cluster)["nodegroups"]
        group = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        assert group["scalingConfig"]["maxSize"] == 5 and len(group["subnets"]) == 3
    if scenario == "existing":
        (template,) = ec2.describe_launch_template_versions(
            Filters=[{"Name": "is-default-version", "Values": ["true"]}], Versions=["$Default"]
        )["LaunchTemplateVersions"]
        user_data = base64.b64decode(template["LaunchTemplateData"]["UserData"]).decode()
        assert "team=core" in user_data


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
    if scenario in ("dev", "self-hosted"):
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
        (peering,) = peerings(world, region, cluster)
        assert resolves_names(peering) == {"Requester": True, "Accepter": True}
    if scenario == "open":
        assert leading_out == {
            "open-public-2a": ["0.0.0.0/0 igw"],
            "open-public-2b": ["0.0.0.0/0 igw"],
            "open-private-2a": ["0.0.0.0/0 nat"],
            "open-private-2b": ["0.0.0.0/0 nat"],
        }


def take_away_kept_volumes(world, region, cluster) -> None:
    """Etcd's data, which a destroy leaves to a person, taken away as that person would."""
    ec2 = client(world, "ec2", region)
    owned = [{"Name": "tag:heiiki:cluster", "Values": [cluster]}]
    kept = [v["VolumeId"] for v in ec2.describe_volumes(Filters=owned)["Volumes"]]
    assert len(kept) == 3
    for volume in kept:
        ec2.delete_volume(VolumeId=volume)
