"""What has another name in the stack file is not made a second time beside itself."""

import pytest

from automation import RefusedError
from tests.automation.events import judged, judged_whole, step, summary, urn
from tests.automation.test_losses import recorded

ROUTE = "aws:ec2/route:Route"
ENTRY, NODE_GROUP = "aws:eks/accessEntry:AccessEntry", "aws:eks/nodeGroup:NodeGroup"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ROLE = "arn:aws:iam::123456789012:role/nodes"
OF_NODES = {"clusterName": "dev", "principalArn": ROLE, "type": "EC2_LINUX"}
PEERS = {"vpcId": "vpc-1", "peerVpcId": "vpc-2"}
ONCE = {  # what AWS has once, and why
    ROUTE: (
        {"routeTableId": "rtb-1", "destinationCidrBlock": "10.1.0.0/16"},
        "a table has one route of a destination",
    ),
    "aws:ec2/subnet:Subnet": (
        {"vpcId": "vpc-1", "cidrBlock": "10.0.1.0/24"}, "a VPC has its addresses in one subnet"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (
        {"subnetId": "subnet-1"}, "a subnet has one route table"),
    "aws:ec2/natGateway:NatGateway": (
        {"allocationId": "eipalloc-1"}, "an Elastic IP is one gateway's"),
    "aws:ec2/vpnGateway:VpnGateway": ({"vpcId": "vpc-1"}, "a VPC has one virtual private gateway"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": (PEERS, "two VPCs have one peering"),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": (
        {"vpcId": "vpc-1", "transitGatewayId": "tgw-1"},
        "a VPC is attached to a transit gateway once",
    ),
    "aws:route53/record:Record": (
        {"zoneId": "Z1", "name": "api.example.com", "type": "A"},
        "a zone has one record of a name and type",
    ),
    ENTRY: (OF_NODES, "EKS has one entry of a role"),
}  # fmt: skip


def moved(*steps):
    """Each: operation, type, name, inputs."""
    events = []
    for operation, token, name, inputs in steps:
        raw = step(name, operation, token, inputs=inputs)
        if operation == "delete":
            metadata = raw["resourcePreEvent"]["metadata"]
            metadata["old"] = metadata.pop("new")
        events += [raw, judged(name, type_token=token)]
    return {"events": [*events, judged_whole(), summary(update=1)]}


def renamed(token, before, after=None):
    return moved(("create", token, "wan", before if after is None else after),
                 ("delete", token, "hub", before))  # fmt: skip


@pytest.mark.parametrize("token", ONCE)
@pytest.mark.parametrize("allowed", [False, True])
def test_what_aws_has_once_is_not_made_beside_itself(engine, stack, project, token, allowed):
    inputs, why = ONCE[token]
    engine.says(preview=renamed(token, inputs), up=renamed(token, inputs), stack_export=recorded())
    with pytest.raises(RefusedError) as raised:
        stack().up(approve=lambda _: pytest.fail("asked"), allow_data_loss=allowed)
    noun = token.rpartition(":")[2]
    assert str(raised.value).splitlines() == [
        "up would make a second time what AWS has once, since it has another name now",
        f"  hub ({noun}) stands, and wan would be made beside it, but {why}: pulumi -C "
        f"{project} state rename '{urn('hub', token)}' wan -s dev --yes",
        "Nothing was changed. Write the former name back in the stack file. Or, where the new one "
        "is meant, tell it to the record: run the command of each line, and heiiki preview again, "
        "which may name what hangs on these. What AWS has stays as it is, and gets its new name as "
        "a tag.",
    ]
    assert engine.calls("preview") and not engine.calls("up")
    assert raised.value.message in [r.message for r in stack().preview().refusals]


@pytest.mark.parametrize("token", ONCE)
def test_what_differs_or_is_not_known_yet_is_another(engine, stack, token):
    inputs, _ = ONCE[token]
    for key in inputs:
        if key in ("peerVpcId", "type"):
            continue
        for other in ("another", UNKNOWN):
            change = renamed(token, inputs, {**inputs, key: other})
            engine.says(preview=change, up=change, stack_export=recorded())
            found = stack().preview()
            assert found.changes and found.twins == (), (key, other)


def test_a_peering_is_the_same_whoever_asks(engine, stack):
    token = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
    turned = {"vpcId": PEERS["peerVpcId"], "peerVpcId": PEERS["vpcId"]}
    engine.says(preview=renamed(token, PEERS, turned), stack_export=recorded())
    assert [t.made for t in stack().preview().twins] == [urn("wan", token)]


def test_what_aws_has_as_often_as_it_is_asked_for_may_have_another_name(engine, stack):
    change = renamed("aws:ec2/securityGroup:SecurityGroup", {"vpcId": "vpc-1"})
    engine.says(preview=change, up=change, stack_export=recorded())
    stack().up()
    assert len(engine.calls("up")) == 1


def test_a_record_that_is_handed_over_stays_and_is_written_over(engine, stack):
    record, _ = ONCE["aws:route53/record:Record"]
    handed = {**record, "allowOverwrite": True}
    change = renamed("aws:route53/record:Record", handed, handed)
    engine.says(preview=change, up=change, stack_export=recorded())
    stack().up()
    assert len(engine.calls("up")) == 1


GROUP_OF_ROLE = {"clusterName": "dev", "nodeRoleArn": ROLE}


@pytest.mark.parametrize(
    "steps",
    [
        (("create", NODE_GROUP, "new", GROUP_OF_ROLE), ("delete", ENTRY, "node-old", OF_NODES)),
        (("create", ENTRY, "node-new", OF_NODES), ("delete", NODE_GROUP, "old", GROUP_OF_ROLE)),
    ],
)
def test_a_pool_does_not_take_over_the_role_of_one_of_the_other_kind(engine, stack, steps):
    engine.says(preview=moved(*steps), up=moved(*steps), stack_export=recorded())
    with pytest.raises(RefusedError) as raised:
        stack().up()
    assert str(raised.value).splitlines() == [
        "a node pool would take over the role of a pool of the other kind, which cuts its nodes "
        "off",
        "  nodePools.new would have the role of nodePools.old, which goes, and the access entry of "
        f"role {ROLE} goes with it: EKS makes that of a managed pool, heiiki that of any other",
        "Nothing was changed. Give the new pool another role, in its "
        "nodePools.<name>.instanceProfile; or take the former pool away by a heiiki up of its own, "
        "and add the new one after that.",
    ]
    assert not engine.calls("up")


@pytest.mark.parametrize(
    "steps",
    [
        (("create", NODE_GROUP, "new", GROUP_OF_ROLE),
         ("delete", ENTRY, "node-old", {**OF_NODES, "principalArn": "another"})),
        (("create", NODE_GROUP, "new", GROUP_OF_ROLE),
         ("delete", ENTRY, "role-nodes", {**OF_NODES, "type": "STANDARD"})),
        (("create", NODE_GROUP, "new", {"nodeRoleArn": UNKNOWN}),
         ("delete", ENTRY, "node-old", {**OF_NODES, "principalArn": UNKNOWN})),
        (("create", NODE_GROUP, "new", GROUP_OF_ROLE),
         ("delete", NODE_GROUP, "old", GROUP_OF_ROLE)),
    ],
)  # fmt: skip
def test_pools_with_roles_of_their_own_come_and_go(engine, stack, steps):
    engine.says(preview=moved(*steps), up=moved(*steps), stack_export=recorded())
    stack().up()
    assert len(engine.calls("up")) == 1
