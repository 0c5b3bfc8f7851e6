"""One change after the other to a running cluster: AWS sees exactly the steps that follow from it.

Each list is the whole of what `up` does. A step more, such as a replaced subnet, is a defect; so is
a step fewer. Since every `up` compares the whole stack, a list that fits shows too that the
change before it has left nothing to do.
"""

import shlex
import subprocess

import pytest

from automation import RefusedError
from local.leftovers import leftovers
from tests.engine.aws_side import client, inventory, routes_out
from tests.engine.changes import Change, Life, refreshes, risky, steps_taken
from tests.engine.stack_copies import Config, copied
from tests.engine.ways import (
    attach,
    attachments,
    detach,
    peer_vpc,
    peered_routes,
    peerings,
    resolves_names,
    transit_gateway,
)
from tests.scenarios import ROOT

REGION = "ap-northeast-1"


def pools(config: Config) -> Config:
    return config["nodePools"]  # type: ignore[no-any-return]


ROLL = """
    update ec2/launchTemplate workers: {}
    update autoscaling/group workers: launchTemplate
"""
VIEWERS = {
    "principalArn": "arn:aws:iam::123456789012:role/viewers",
    "policy": "AmazonEKSViewPolicy",
}
CHANGES = {
    "a label": Change(
        lambda c: pools(c)["workers"].update(labels={"team": "core"}),
        ROLL.format("userData"),
        rolls=("workers",),
    ),
    "one pool more": Change(
        lambda c: pools(c).update(batch={"instanceType": "m7i.large", "maxSize": 2}),
        """
        create autoscaling/group batch
        create autoscaling/lifecycleHook batch
        create ec2/launchTemplate batch
        create eks/accessEntry node-batch
        create iam/instanceProfile node-batch
        create iam/role node-batch
        create iam/rolePolicy node-batch
        create iam/rolePolicyAttachment node-batch-AmazonEC2ContainerRegistryPullOnly
        create iam/rolePolicyAttachment node-batch-AmazonEKSWorkerNodePolicy
        """,
    ),
    "a pool removed": Change(
        lambda c: pools(c).pop("batch"),
        """
        delete autoscaling/group batch
        delete autoscaling/lifecycleHook batch
        delete ec2/launchTemplate batch
        delete eks/accessEntry node-batch
        delete iam/instanceProfile node-batch
        delete iam/role node-batch
        delete iam/rolePolicy node-batch
        delete iam/rolePolicyAttachment node-batch-AmazonEC2ContainerRegistryPullOnly
        delete iam/rolePolicyAttachment node-batch-AmazonEKSWorkerNodePolicy
        """,
    ),
    "a feature that calls another service": Change(
        lambda c: c.update(addOns={"containerLogs": True}),
        """
        create ec2/vpcEndpoint logs
        update route53/resolverFirewallDomainList dns-allow: domains
        """,
    ),
    "a bucket that nodes may read": Change(
        lambda c: c.update(network={"endpoints": {"buckets": ["dev-artifacts"]}}),
        """
        update ec2/vpcEndpoint s3: policy
        update route53/resolverFirewallDomainList dns-allow: domains
        """,
    ),
    "one zone more": Change(
        lambda c: c["availabilityZones"].append(f"{REGION}d"),
        """
        create ec2/routeTable nodes-1d
        create ec2/routeTableAssociation nodes-1d
        create ec2/subnet nodes-1d
        update autoscaling/group workers: vpcZoneIdentifiers
        update ec2/vpcEndpoint autoscaling: subnetIds
        update ec2/vpcEndpoint ec2: subnetIds
        update ec2/vpcEndpoint ecr-api: subnetIds
        update ec2/vpcEndpoint ecr-dkr: subnetIds
        update ec2/vpcEndpoint eks-auth: subnetIds
        update ec2/vpcEndpoint logs: subnetIds
        update ec2/vpcEndpoint s3: routeTableIds
        """,
        lock=True,
    ),
    "a person more": Change(
        lambda c: c.update(access={"principals": {"viewers": VIEWERS}}),
        """
        create eks/accessEntry role-viewers
        create eks/accessPolicyAssociation role-viewers
        """,
    ),
    "another key of one person": Change(  # EKS takes one entry per role
        lambda c: c.update(access={"principals": {"auditors": VIEWERS}}),
        "update eks/accessEntry role-viewers: tags",
    ),
    "a person less": Change(
        lambda c: c.pop("access"),
        """
        delete eks/accessEntry role-viewers
        delete eks/accessPolicyAssociation role-viewers
        """,
    ),
    "the next minor version of Kubernetes": Change(
        lambda c: c["controlPlane"].update(version="1.35"),
        """
        update eks/addon kube-proxy: addonVersion
        update eks/cluster control-plane: version
        """
        + ROLL.format("imageId"),
        rolls=("workers",),
        lock=True,
    ),
}
NEAR, FAR = "control-plane-1a", "172.30.0.0/16"
ROUTED = [f"ec2/route {NEAR}-hub-172.30.0.0-16"]
API_RULE = "vpc/securityGroupIngressRule control-plane-from-cidr-api-172.30.0.0-16"
REPLACING = {
    "other addresses of the VPC": (
        lambda c: c.setdefault("network", {}).update(vpc={"kind": "create", "cidr": "10.9.0.0/16"}),
        ["outage: replace ec2/subnet nodes-1a", "outage: replace ec2/vpc cluster"],
    ),
    "other addresses of Services": (
        lambda c: c["controlPlane"].update(serviceCidr="10.200.0.0/16"),
        ["dataLoss: replace eks/cluster control-plane"],
    ),
    "another name": (
        lambda c: c.update(name="prod"),
        [
            "dataLoss: replace cloudwatch/logGroup control-plane",
            "dataLoss: replace eks/cluster control-plane",
        ],
    ),
    "zones in another order": (
        lambda c: c["availabilityZones"].reverse(),
        ["outage: replace ec2/subnet nodes-1a"],
    ),
}


@pytest.fixture(scope="module")
def life(world, tmp_path_factory):
    """The smallest cluster, one version back, from nothing to nothing."""
    iam = client(world, "iam", REGION)
    iam.create_role(RoleName="viewers", AssumeRolePolicyDocument='{"Statement": []}')
    before = set(leftovers(world.aws_endpoint_url, [REGION]))
    folder = copied("dev", tmp_path_factory.mktemp("changes") / "dev")
    (folder / "heiiki.dev.lock.yaml").unlink()
    life = Life(world, folder)
    life.edit(lambda c: c.update(controlPlane={"kind": "eks", "version": "1.34"}), lock=True)
    life.stack.up()
    yield life
    life.stack.destroy(disable_protection=True)
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == before
    iam.delete_role(RoleName="viewers")


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_does_what_follows_from_it_and_nothing_else(life, what):
    change, before = CHANGES[what], refreshes(life.world, REGION)
    life.edit(change.edit, lock=change.lock)
    changed = life.stack.up()
    assert steps_taken(changed) == change.expected
    worst = "outage: delete autoscaling/group batch"  # all machines of a pool that is removed
    assert {s for s in risky(changed) if not s.startswith("machines: update")} <= {worst}
    after = refreshes(life.world, REGION)
    rolled = {pool for pool in after if after[pool] != before.get(pool, 0)}
    assert rolled == set(change.rolls)
    said = any("replaced" in c.effect for c in changed.changes)
    assert said == bool(change.rolls), "what rolls machines says so before it is done"


def test_a_tag_touches_what_has_tags_and_replaces_none(life):
    """Volumes and interfaces get their tags from the launch template, so machines are rolled."""
    life.edit(lambda c: c.update(tags={"owner": "network-team"}))
    changed = life.stack.up()
    assert {c.operation for c in changed.changes} == {"update"}
    others = [s for s in steps_taken(changed) if not s.endswith(": tags")]
    assert others == [
        "update autoscaling/group workers: launchTemplate, tags",
        "update ec2/launchTemplate workers: tagSpecifications, tags",
    ]
    assert risky(changed) == [
        "machines: update autoscaling/group workers", "machines: update ec2/launchTemplate workers",
    ]  # fmt: skip
    vpcs = client(life.world, "ec2", REGION).describe_vpcs(
        Filters=[{"Name": "tag:owner", "Values": ["network-team"]}]
    )
    assert len(vpcs["Vpcs"]) == 1
    assert inventory(life.world, REGION, "dev")["subnets"] == [
        "dev-control-plane-1a", "dev-control-plane-1c", "dev-nodes-1a", "dev-nodes-1c",
        "dev-nodes-1d",
    ]  # fmt: skip


def test_a_transit_gateway_is_attached_to_the_named_subnet_and_left_again(life):
    world, closed = life.world, routes_out(life.world, REGION, "dev")
    assert "dev-nodes-1a" in closed, "the workers' tables are among those that stay as they are"
    steps = [*ROUTED, "ec2transitgateway/vpcAttachment hub", API_RULE]
    with transit_gateway(world, REGION) as gateway:
        life.sign(FAR, ["hub", f"{NEAR}-hub-*"], gateway)
        asked = {"kind": "transitGateway", "transitGatewayId": gateway, "onPremisesCidrs": [FAR]}
        added = life.connect("hub", {**asked, "subnets": [NEAR]})
        assert added == [f"create {step}" for step in steps]
        (attachment,) = attachments(world, REGION, gateway)
        assert attachment["SubnetIds"] == [near_subnet(world)["SubnetId"]]
        assert (attachment["State"], attachment["Options"]["DnsSupport"]) == ("available", "enable")
        assert way_more(world, closed) == f"{FAR} tgw"
        life.sign(FAR, ["wan", f"{NEAR}-wan-*"])
        assert called_otherwise(life, "hub", "wan") == ["hub", f"{NEAR}-hub-172.30.0.0-16"]
        assert attachments(world, REGION, gateway) == [attachment]
        assert way_more(world, closed) == f"{FAR} tgw"
        assert steps_taken(life.stack.up()) == [
            "update ec2transitgateway/vpcAttachment wan: tags", f"update {API_RULE}: description",
        ]  # fmt: skip
        (known,) = attachments(world, REGION, gateway)
        assert known["TransitGatewayAttachmentId"] == attachment["TransitGatewayAttachmentId"]
        steps = [step.replace("hub", "wan") for step in steps]
        assert life.connect("wan", None) == [f"delete {step}" for step in steps]
        assert attachments(world, REGION, gateway) == []
    assert routes_out(world, REGION, "dev") == closed


def test_a_transit_gateway_that_others_attached_gets_a_route_and_is_left_as_it_was(life):
    world, closed = life.world, routes_out(life.world, REGION, "dev")
    steps, near = [*ROUTED, API_RULE], near_subnet(world)
    with transit_gateway(world, REGION) as gateway:
        attach(world, REGION, gateway, near["VpcId"], near["SubnetId"])
        theirs = attachments(world, REGION, gateway)
        life.sign(FAR, [], gateway)
        asked = {"kind": "existing", "targetId": gateway, "cidrs": [FAR], "subnets": [NEAR]}
        assert life.connect("hub", asked) == [f"create {step}" for step in steps]
        assert way_more(world, closed) == f"{FAR} tgw"
        # A CIDR before it in the list comes and goes: AWS has a rule once, so none moves along.
        before = [step.replace("172.30", "172.29") for step in steps]
        life.sign(FAR.replace("172.30", "172.29"), ["hub", f"{NEAR}-hub-*"])
        two = {**asked, "cidrs": [FAR.replace("172.30", "172.29"), FAR]}
        assert life.connect("hub", two) == [f"create {step}" for step in before]
        assert life.connect("hub", asked) == [f"delete {step}" for step in before]
        assert life.connect("hub", None) == [f"delete {step}" for step in steps]
        assert attachments(world, REGION, gateway) == theirs and len(theirs) == 1
        detach(world, REGION, gateway)
    assert routes_out(world, REGION, "dev") == closed


def test_a_peering_answers_names_on_both_sides_is_routed_back_and_left_again(life):
    world, closed = life.world, routes_out(life.world, REGION, "dev")
    near = near_subnet(world)["CidrBlock"]
    with peer_vpc(world, REGION, FAR) as (vpc, table):
        steps = sorted([
            f"ec2/route partner-{table}-to-{near.replace('/', '-')}",
            f"ec2/route {NEAR}-partner-{FAR.replace('/', '-')}",
            "ec2/peeringConnectionOptions partner",
            "ec2/vpcPeeringConnection partner",
            API_RULE,
        ])  # fmt: skip
        life.sign(FAR, ["partner", f"{NEAR}-partner-*"], vpc, table)
        life.sign(near, [f"partner-{table}-to-*"])
        asked = {"kind": "vpcPeering", "peerVpcId": vpc, "peerCidrs": [FAR]}
        asked |= {"peerRouteTableIds": [table], "subnets": [NEAR]}
        assert life.connect("partner", asked) == [f"create {step}" for step in steps]
        (peering,) = peerings(world, REGION, "dev")
        assert peering["Status"]["Code"] == "active"
        assert peering["AccepterVpcInfo"]["VpcId"] == vpc
        assert resolves_names(peering) == {"Requester": True, "Accepter": True}
        assert peered_routes(world, REGION, table) == [(near, peering["VpcPeeringConnectionId"])]
        assert way_more(world, closed) == f"{FAR} pcx"
        assert life.connect("partner", None) == [f"delete {step}" for step in steps]
        assert peerings(world, REGION, "dev") == [] == peered_routes(world, REGION, table)
    assert routes_out(world, REGION, "dev") == closed


def called_otherwise(life: Life, old: str, new: str) -> list[str]:
    """Another name for a connection: `up` refuses it, and the commands that it names tell it to the
    record. Returns what had the former name."""

    def edit(config):
        known = config["network"]["connections"]
        known[new] = known.pop(old)

    life.edit(edit)
    with pytest.raises(RefusedError) as raised:
        life.stack.up(allow_data_loss=True)
    for told in raised.value.details:
        subprocess.run(
            shlex.split(told.rpartition(": ")[2]), env=dict(life.world.environment), cwd=ROOT,
            check=True, capture_output=True,
        )  # fmt: skip
    return [told.partition(" ")[0] for told in raised.value.details]


def near_subnet(world) -> dict[str, str]:
    """AWS's side of the one subnet that leads to the other side."""
    mine = [{"Name": "tag:Name", "Values": [f"dev-{NEAR}"]}]
    (found,) = client(world, "ec2", REGION).describe_subnets(Filters=mine)["Subnets"]
    return found  # type: ignore[no-any-return]


def way_more(world, closed: dict[str, list[str]]) -> str:
    """The one route that came to the named subnet's table, and none to any other."""
    now, table = routes_out(world, REGION, "dev"), f"dev-{NEAR}"
    assert {name: routes for name, routes in now.items() if name != table} == {
        name: routes for name, routes in closed.items() if name != table
    }
    (more,) = set(now[table]) - set(closed[table])
    return more


@pytest.mark.parametrize("what", REPLACING)
def test_what_replaces_something_with_addresses_or_data_in_it_is_refused_untouched(life, what):
    """`up` as `--yes` runs it, without and with data loss allowed: AWS has what it had."""
    edit, expected = REPLACING[what]
    was = everything(life)
    before = life.edit(edit)
    try:
        preview = life.stack.preview()
        seen, (foretold,) = risky(preview), preview.refusals
        with pytest.raises(RefusedError) as raised:
            life.stack.up(allow_data_loss=any("cluster" in line for line in expected))
    finally:
        life.file.write_text(before, encoding="utf-8")
    assert [line for line in seen if line in expected] == expected, seen
    said = sorted(raised.value.details)  # the engine's order differs from run to run
    assert sorted(foretold.details) == said, "the preview says what up will refuse"
    told = {detail.partition(" ")[0] for detail in raised.value.details}
    assert {line.rpartition(" ")[2] for line in expected} <= told
    assert was["add-ons"] and was["access entries"] and everything(life) == was


def everything(life: Life) -> dict[str, object]:
    """What AWS has of the cluster, and what stands in the stack's record."""
    addons = client(life.world, "eks", REGION)
    known = addons.list_addons(clusterName="dev")["addons"]
    return {
        **inventory(life.world, REGION, "dev"),
        "add-ons by ARN": [
            addons.describe_addon(clusterName="dev", addonName=name)["addon"]["addonArn"]
            for name in known
        ],
        "cluster": addons.describe_cluster(name="dev")["cluster"],
        "record": life.stack.state().resources,
    }
