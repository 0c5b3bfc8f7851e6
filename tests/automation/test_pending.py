"""What a killed run was about to make: found in the embedded AWS, or known not to be there.

Each kind is made by the provider as the engine has it made, and its answer is lost: what is left is
the step that the engine noted, and the object.
"""

import ast
import json
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws
import pulumi_kubernetes
import pytest
from botocore.awsrequest import AWSResponse

from automation.aws_calls import Account
from automation.errors import AutomationError, CredentialsError, RefusedError
from automation.pending import Finder, Found, settle
from automation.pending.kinds import ELSEWHERE, HARMLESS, KINDS
from automation.state import Resource
from local.aws.resources import RESOURCES
from local.provider_values import reveal
from tests.automation.conftest import REGION, Body, refuse_expected_owner
from tests.local.aws import engine_side
from tests.local.aws.cases import CASES
from tests.local.aws.world import World
from tests.scenarios import ROOT

TAGS = {"Name": "dev-x", "heiiki:cluster": "dev"}
PAIRS = [{"Key": k, "Value": v} for k, v in TAGS.items()]
LISTED = [{"key": k, "value": v, "propagateAtLaunch": True} for k, v in TAGS.items()]
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
]})  # fmt: skip
VPC, ROLE = "aws:ec2/vpc:Vpc", "aws:iam/role:Role"
CLUSTER, KEY = "aws:eks/cluster:Cluster", "aws:kms/key:Key"


def resource(type_token: str, **inputs: Any) -> Resource:
    inputs.setdefault("tags", TAGS)
    return Resource(f"urn:pulumi:dev::heiiki::{type_token}::x", type_token, "x", "", inputs, {})


class Asker:
    """A finder that has nobody to wait for, and what it said to the operator."""

    def __init__(self, account: Account, region: str = REGION) -> None:
        self.account, self.region = account, region
        self.told: list[str] = []
        self.pauses = 0
        self.on_pause = lambda: None

    def finder(self, *known: tuple[str, str]) -> Finder:
        return Finder(
            self.account, self.region, frozenset(known), tell=self.told.append, sleep=self.pause
        )

    def pause(self, seconds: float) -> None:
        self.pauses += 1
        self.on_pause()

    def __call__(self, wanted: Resource, *known: tuple[str, str]) -> str | None:
        return self.finder(*known).find(wanted).id


@pytest.fixture
def find(account: Account) -> Asker:
    return Asker(account)


# Where the first row of a type is not what a program of ours asks for.
ROWS = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": "interface_endpoint",
    "aws:route53/resolverEndpoint:ResolverEndpoint": "inbound_endpoint",
}


def row_of(type_token: str) -> str:
    return ROWS.get(type_token) or next(r for r, c in CASES.items() if c.token == type_token)


@pytest.fixture
def world(endpoint_url, account):
    """Everything that a row needs; `account` has emptied the AWS."""
    with engine_side.engine_side(endpoint_url) as side:
        yield World(side)


def marked(type_token: str) -> dict[str, Any]:
    """The tags that every resource of ours carries, where its type has any."""
    if type_token == "aws:autoscaling/group:Group":
        return {"tags": LISTED}
    return {"tags": TAGS} if RESOURCES[type_token].tags else {}


@pytest.mark.parametrize("type_token", KINDS)
def test_what_was_made_is_found_under_its_id(account, world, type_token):
    row, engine = row_of(type_token), world.engine
    for other in CASES[row].needs:
        world.need(other)
    inputs = world.inputs(row, marked(type_token))
    find = Asker(account, engine_side.REGION)
    noted = reveal(engine.checked(engine_side.urn_of(type_token, "x"), inputs))
    wanted = replace(resource(type_token), inputs=noted)
    assert find.finder().find(wanted) == Found(None, "was not made")

    made = engine.create(type_token, "x", inputs)
    wanted = replace(resource(type_token), inputs=reveal(made.inputs))
    found = find.finder().find(wanted)
    assert found == Found(made.id, f"was made, and is recorded as {made.id}")
    assert find(wanted, (type_token, made.id)) is None, "recorded already"

    recorded = replace(made, id=found.id, outputs={**made.inputs, "id": found.id})
    assert engine.refresh(recorded) == made, "the refresh after that reads all the rest"
    assert find.told == []


def declared_types() -> set[str]:
    """The types of resources that the components make, by their source."""
    found = set()
    for path in (ROOT / "components").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                made = resource_class(ast.unparse(node.func))
                if made is not None and issubclass(made, pulumi.CustomResource):
                    found.add(made.pulumi_type)
    return {token for token in found if not token.startswith("pulumi:providers:")}


def resource_class(path: str) -> type | None:
    """What `aws.ec2.Vpc`, or `route53.ResolverEndpoint`, stands for in a component."""
    top, *rest = path.removeprefix("aws.").split(".")
    home: Any = pulumi_kubernetes if top == "kubernetes" else getattr(pulumi_aws, top, None)
    for name in rest:
        home = getattr(home, name, None)
    return home if isinstance(home, type) and hasattr(home, "pulumi_type") else None


def test_every_type_that_the_components_declare_is_found_or_needs_not_be():
    declared = declared_types()
    assert len(declared) > 50
    assert declared == KINDS.keys() | HARMLESS.keys() | ELSEWHERE.keys()
    assert all(HARMLESS.values()) and all(ELSEWHERE.values())


@pytest.mark.parametrize("type_token", HARMLESS)
def test_what_needs_not_be_found_can_be_asked_for_again(world, type_token):
    """Twice, as after a kill: AWS takes it, and it is one and the same."""
    row, engine = row_of(type_token), world.engine
    first = world.need(row)
    again = engine.create(type_token, "again", world.inputs(row))
    assert (again.id, again.outputs) == (first.id, first.outputs)


@pytest.mark.parametrize("type_token", [*HARMLESS, *ELSEWHERE])
def test_what_is_not_looked_up_is_not_said_to_be_missing(find, type_token):
    found = find.finder().find(resource(type_token))
    assert found.id is None and found.said in {*HARMLESS.values(), *ELSEWHERE.values()}


def test_a_type_that_nobody_knows_is_not_said_to_be_missing(find):
    found = find.finder().find(resource("aws:sqs/queue:Queue"))
    assert found == Found(None, "aws:sqs/queue:Queue cannot be looked up; look whether it is there "
                                "before you go on")  # fmt: skip


def client(account: Account, service: str) -> Any:
    return account.client(service, REGION)


def make_vpc(account: Account) -> str:
    made = client(account, "ec2").create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": PAIRS}]
    )
    return made["Vpc"]["VpcId"]


def make_role(account: Account, tags: list[dict[str, str]] = PAIRS) -> None:
    client(account, "iam").create_role(RoleName="dev-x", AssumeRolePolicyDocument=TRUST, Tags=tags)


def make_bucket(account: Account, tags: list[dict[str, str]] = PAIRS) -> None:
    s3 = client(account, "s3")
    s3.create_bucket(Bucket="dev-x", CreateBucketConfiguration={"LocationConstraint": REGION})
    if tags:
        s3.put_bucket_tagging(Bucket="dev-x", Tagging={"TagSet": tags})


def make_repository(account: Account) -> None:
    client(account, "ecr").create_repository(repositoryName="dev-x")


def make_log_group(account: Account) -> None:
    client(account, "logs").create_log_group(logGroupName="dev-x")


BUCKET = resource("aws:s3/bucket:Bucket", bucket="dev-x")
STRANGERS = {
    "role": (lambda account: make_role(account, []), resource(ROLE, name="dev-x")),
    "bucket": (lambda account: make_bucket(account, []), BUCKET),
    "repository": (make_repository, resource("aws:ecr/repository:Repository", name="dev-x")),
    "log group": (make_log_group, resource("aws:cloudwatch/logGroup:LogGroup", name="dev-x")),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_anothers_of_the_same_name_is_not_taken_over(account, find, kind):
    make, wanted = STRANGERS[kind]
    assert find.finder().find(wanted) == Found(None, "was not made")
    make(account)
    found = find.finder().find(wanted)
    assert found.id is None
    assert found.said.startswith("one of its name is there without the stack's tags")


def test_two_that_fit_are_left_to_the_operator(account, find):
    made = sorted([make_vpc(account), make_vpc(account)])
    with pytest.raises(RefusedError) as raised:
        find(resource(VPC))
    assert list(raised.value.details) == made


def test_a_strangers_bucket_with_our_tags_on_it_is_not_taken_over(account, find):
    make_bucket(account)
    assert find(BUCKET) == "dev-x"
    refused = refuse_expected_owner(account)
    found = find.finder().find(BUCKET)
    assert found.id is None and found.said.startswith("one of its name is there")
    assert {*refused} == {"GetBucketTagging"}


def test_what_may_not_be_looked_up_is_not_said_to_be_missing(account, find):
    def deny(request: Any, **_: Any) -> AWSResponse:
        body = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        return AWSResponse(request.url, 403, {"content-type": "text/xml"}, Body(body))

    account.client("iam", REGION).meta.events.register("before-send.iam", deny)
    with pytest.raises(CredentialsError, match="iam:GetRole"):
        find(resource(ROLE, name="dev-x"))


def test_a_key_that_waits_for_its_deletion_is_gone(account, find):
    kms = client(account, "kms")
    tags = [{"TagKey": k, "TagValue": v} for k, v in TAGS.items()]
    made = kms.create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    assert find(resource(KEY)) == made
    kms.schedule_key_deletion(KeyId=made)
    assert find(resource(KEY)) is None


def test_a_second_of_another_name_is_not_it(account, find):
    """Whatever AWS makes of the filter: the tags of what it answers are looked at too."""
    ec2 = client(account, "ec2")
    subnet = ec2.create_subnet(VpcId=make_vpc(account), CidrBlock="10.0.0.0/24")["Subnet"]
    made = [
        ec2.create_nat_gateway(
            SubnetId=subnet["SubnetId"], ConnectivityType="private",
            TagSpecifications=[{"ResourceType": "natgateway", "Tags": [
                {"Key": "Name", "Value": name}, PAIRS[1],
            ]}],
        )["NatGateway"]["NatGatewayId"]
        for name in ("dev-x", "dev-y")
    ]  # fmt: skip
    assert find(resource("aws:ec2/natGateway:NatGateway")) == made[0]


def test_another_clusters_vpc_is_not_ours(account, find):
    make_vpc(account)
    other = {**TAGS, "heiiki:cluster": "other"}
    assert find(resource(VPC, tags=other)) is None


def test_what_is_recorded_of_another_type_hides_nothing(account, find):
    """Ids are names for some: a role and its instance profile share theirs."""
    make_role(account)
    wanted = resource(ROLE, name="dev-x")
    assert find(wanted, ("aws:iam/instanceProfile:InstanceProfile", "dev-x")) == "dev-x"


def test_anothers_route_to_the_same_destination_is_not_taken_over(account, find):
    ec2 = client(account, "ec2")
    vpc = make_vpc(account)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateways = [ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]] * 2
    ec2.attach_internet_gateway(InternetGatewayId=gateways[0], VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateways[0])
    wanted = {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0"}
    assert find(resource("aws:ec2/route:Route", **wanted, gatewayId=gateways[0]))
    assert find(resource("aws:ec2/route:Route", **wanted, gatewayId="igw-other")) is None
    assert find(resource("aws:ec2/route:Route", **wanted, natGatewayId="nat-other")) is None


def say_states(account: Account, *states: str) -> None:
    """EKS, of which one cluster is in these states by turns, and then in the last for ever."""
    ahead = list(states)

    def answer(request: Any, **_: Any) -> AWSResponse:
        state = ahead.pop(0) if len(ahead) > 1 else ahead[0]
        body = json.dumps({"cluster": {"name": "dev", "status": state, "tags": TAGS}}).encode()
        headers = {"content-type": "application/json"}
        return AWSResponse(request.url, 200, headers, Body(body))

    events = account.client("eks", REGION).meta.events
    events.register("before-send.eks.DescribeCluster", answer)


THE_CLUSTER = resource(CLUSTER, name="dev")


def test_a_cluster_that_is_half_made_is_waited_for(account, find):
    """EKS makes add-ons and nodes on no other than an active one."""
    say_states(account, "CREATING", "CREATING", "ACTIVE")
    assert find(THE_CLUSTER) == "dev" and find.pauses == 2
    assert find.told == ["x is creating in AWS; waiting for its end"]


def test_a_wait_has_an_end(account, find):
    say_states(account, "CREATING")
    with pytest.raises(AutomationError, match="still creating in AWS after half an hour"):
        find(THE_CLUSTER)


def test_a_cluster_that_could_not_be_made_is_left_to_the_operator(account, find):
    say_states(account, "FAILED")
    with pytest.raises(RefusedError, match="is failed"):
        find(THE_CLUSTER)


@pytest.mark.parametrize("state", ["UPDATING", "DELETING"])
def test_a_change_or_a_deletion_is_waited_for(account, find, state):
    say_states(account, state, state, "ACTIVE")
    find.finder().wait_for(replace(THE_CLUSTER, id="dev"))
    assert find.pauses == 2


def test_nobody_waits_for_what_cannot_be_looked_up(find):
    find.finder().wait_for(resource("aws:sqs/queue:Queue"))
    assert find.pauses == 0


def record(name: str, type_token: str = VPC, **more: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::heiiki::{type_token}::{name}", "type": type_token,
        "custom": True, "inputs": {"tags": TAGS}, **more,
    }  # fmt: skip


def exported(*pending: tuple[str, str], there: list[dict[str, Any]] | None = None) -> str:
    operations = [{"resource": record(name), "type": kind} for name, kind in pending]
    resources = [record("there", id="vpc-0")] if there is None else there
    deployment = {"resources": resources, "pending_operations": operations}
    return json.dumps({"version": 3, "deployment": deployment})


def settled(text: str, **ids: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The resources of the settled record, and what was said. ids: of what is found, by name."""
    waited: list[str] = []
    after, done = settle(
        text,
        lambda wanted: Found(ids.get(wanted.name), ids.get(wanted.name, "was not made")),
        lambda changed: waited.append(changed.name),
    )
    deployment = json.loads(after)["deployment"]
    assert deployment["pending_operations"] == []
    return deployment["resources"], done + [f"waited for {name}" for name in waited]


def test_what_is_found_is_recorded_and_what_is_not_is_forgotten():
    text = exported(("made", "creating"), ("never", "creating"), ("half", "updating"))
    resources, done = settled(text, made="vpc-1")
    assert [r["urn"].rsplit("::")[-1] for r in resources] == ["there", "made"]
    made = resources[1]
    assert made["id"] == "vpc-1" and made["inputs"] == {"tags": TAGS}
    assert made["outputs"] == {"tags": TAGS, "id": "vpc-1"}
    assert done == [
        "made: vpc-1",
        "never: was not made",
        "half: updating was cut off; reading it anew",
        "waited for half",
    ]


def test_what_was_deleted_to_be_made_anew_is_looked_at_again():
    """With the mark, a refresh would leave it alone, and `up` would delete what it has made."""
    there = [record("half", id="vpc-0", pendingReplacement=True), record("other", id="vpc-9")]
    resources, done = settled(exported(there=there))
    assert resources == [record("half", id="vpc-0"), record("other", id="vpc-9")]
    assert done == ["half: was deleted to be made anew; looking whether it is there"]


def test_what_was_made_anew_takes_the_place_of_what_was_deleted():
    """Else the record would hold it twice, which the engine does not take."""
    there = [record("half", id="vpc-0", pendingReplacement=True), record("other", id="vpc-9")]
    resources, done = settled(exported(("half", "creating"), there=there), half="vpc-1")
    assert [(r["id"], r.get("pendingReplacement")) for r in resources] == [
        ("vpc-1", None), ("vpc-9", None)
    ]  # fmt: skip
    assert done == ["half: vpc-1"]


def test_what_a_made_one_replaces_is_left_for_the_engine_to_delete():
    """It makes the new one first where it can, and marks the old one when that is done."""
    there = [record("half", id="vpc-0"), record("other", id="vpc-9")]
    resources, _ = settled(exported(("half", "creating"), there=there), half="vpc-1")
    assert [(r["id"], r.get("delete", False)) for r in resources] == [
        ("vpc-0", True), ("vpc-9", False), ("vpc-1", False)
    ]  # fmt: skip
