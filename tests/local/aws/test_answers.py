"""What a program sees: previews, errors, names, tags, secrets, functions."""

import json
from collections.abc import Iterator

import grpc
import pytest

from local.aws.api import forget
from local.provider_values import UNKNOWN, Secret
from tests.local.aws.cases import CASES, policy
from tests.local.aws.engine_side import EngineSide, embedded_aws, engine_side
from tests.local.aws.world import World

VPC, SUBNET, ROUTE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/route:Route"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
CLUSTER = "aws:eks/cluster:Cluster"


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineSide]:
    with embedded_aws() as endpoint_url, engine_side(endpoint_url) as side:
        yield side


@pytest.fixture
def world(engine: EngineSide) -> World:
    forget()
    return World(engine)


@pytest.fixture(scope="module")
def nowhere() -> Iterator[EngineSide]:
    """A provider whose AWS does not answer: any call would fail."""
    with engine_side("http://127.0.0.1:9") as side:
        yield side


def details(caught: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    return str(caught.value.details())


def unresolved(value: object) -> object:
    """A row's inputs as a first preview has them: every reference unknown."""
    if isinstance(value, dict):
        return {key: unresolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unresolved(item) for item in value]
    is_open = isinstance(value, str) and ("${" in value or "{n}" in value)
    return UNKNOWN if is_open else value


@pytest.mark.parametrize("row", CASES)
def test_a_first_preview_needs_no_aws(nowhere: EngineSide, row: str) -> None:
    case = CASES[row]
    outputs = nowhere.preview(case.token, row, unresolved(dict(case.inputs)))  # type: ignore[arg-type]
    given = {key for key, value in case.inputs.items() if value is not None}
    assert given <= outputs.keys()


def test_what_only_aws_knows_is_unknown_in_a_preview(nowhere: EngineSide) -> None:
    outputs = nowhere.preview(VPC, "core", {"cidrBlock": "10.0.0.0/16"})
    assert outputs["cidrBlock"] == "10.0.0.0/16"
    assert outputs["arn"] is UNKNOWN
    assert outputs["defaultSecurityGroupId"] is UNKNOWN
    cluster = nowhere.preview(
        CLUSTER, "core", {"roleArn": UNKNOWN, "vpcConfig": {"subnetIds": [UNKNOWN]}}
    )
    assert cluster["vpcConfig"]["clusterSecurityGroupId"] is UNKNOWN
    assert cluster["vpcConfig"]["endpointPublicAccess"] is True


def test_an_unknown_that_would_replace_is_shown_as_replacing(world: World) -> None:
    made = world.need("subnet")
    news = {**made.inputs, "vpcId": UNKNOWN}
    assert list(world.engine.diff(made, news).replaces) == ["vpcId"]


def test_an_unknown_type_is_an_error_with_its_neighbours(nowhere: EngineSide) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        nowhere.check("aws:ec2/vpcs:Vpcs", "core", {})
    assert "aws:ec2/vpcs:Vpcs" in details(caught)
    assert "did you mean aws:ec2/vpc:Vpc" in details(caught)


def test_an_unknown_property_is_an_error_with_its_neighbours(nowhere: EngineSide) -> None:
    _, failures = nowhere.check(SUBNET, "a", {"vpcId": "vpc-1", "cidrBlok": "10.0.0.0/24"})
    assert "did you mean cidrBlock" in failures["cidrBlok"]


@pytest.mark.parametrize(
    ("token", "inputs", "path", "said"),
    [
        (SUBNET, {}, "vpcId", "needs vpcId"),
        (SUBNET, {"mapPublicIpOnLaunch": "maybe"}, "mapPublicIpOnLaunch", "neither true nor"),
        (VPC, {"instanceTenancy": "dedicate"}, "instanceTenancy", "did you mean dedicated"),
        (VPC, {"ipv4NetmaskLength": "wide"}, "ipv4NetmaskLength", "not a whole number"),
        (CLUSTER, {"vpcConfig": {"subnetId": "x"}}, "vpcConfig.subnetId", "no property"),
        (
            CLUSTER,
            {"vpcConfig": {"controlPlaneEgressMode": "CUSTOMER"}},
            "vpcConfig.controlPlaneEgressMode",
            "CUSTOMER_ROUTED",
        ),
        (CLUSTER, {"name": "-core"}, "name", "does not match"),
        (CLUSTER, {"enabledClusterLogTypes": ["apis"]}, "enabledClusterLogTypes[0]", "log type"),
        ("aws:kms/key:Key", {"deletionWindowInDays": 3}, "deletionWindowInDays", "7 to 30"),
        ("aws:iam/role:Role", {"assumeRolePolicy": "{"}, "assumeRolePolicy", "not JSON"),
        ("aws:iam/role:Role", {"maxSessionDuration": 60}, "maxSessionDuration", "3600 to 43200"),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"metadataOptions": {"httpTokens": "require"}},
            "metadataOptions.httpTokens",
            "did you mean required",
        ),
    ],
)
def test_a_wrong_value_is_named_before_any_call(
    nowhere: EngineSide, token: str, inputs: dict[str, object], path: str, said: str
) -> None:
    _, failures = nowhere.check(token, "x", inputs)
    assert said in failures[path]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"destinationCidrBlock": "0.0.0.0/0"}, "exactly one target"),
        ({"gatewayId": "igw-1"}, "exactly one destination"),
        (
            {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "natGatewayId": UNKNOWN},
            "it has gatewayId, natGatewayId",
        ),
    ],
)
def test_a_route_has_one_destination_and_one_target(
    nowhere: EngineSide, inputs: dict[str, object], said: str
) -> None:
    _, failures = nowhere.check(ROUTE, "way", {"routeTableId": "rtb-1", **inputs})
    assert said in failures[""]


def test_a_name_not_given_is_generated_and_kept(world: World) -> None:
    made = world.create("security_group")
    logical = made.urn.rsplit("::", 1)[1]
    name = made.outputs["name"]
    assert name.startswith(f"{logical}-") and len(name) == len(logical) + 8
    again = world.engine.recheck(made, world.inputs("security_group"))
    assert again["name"] == name


def test_a_security_group_without_egress_lets_nothing_out(world: World) -> None:
    made = world.need("security_group")
    groups = world.engine.boto("ec2").describe_security_groups(GroupIds=[made.id])
    assert groups["SecurityGroups"][0]["IpPermissionsEgress"] == []


def test_policies_that_mean_the_same_do_not_differ(world: World) -> None:
    made = world.need("interface_endpoint")
    document = json.loads(made.inputs["policy"])
    document["Statement"][0]["Action"] = [document["Statement"][0]["Action"]]
    document["Statement"] = document["Statement"][0]
    rewritten = json.dumps(document, indent=2, sort_keys=True)
    assert rewritten != made.inputs["policy"]
    assert world.engine.diff(made, {**made.inputs, "policy": rewritten}).changes == 1
    other = {**made.inputs, "policy": policy("ecr:DeleteRepository")}
    assert list(world.engine.diff(made, other).diffs) == ["policy"]


def test_a_name_that_the_program_chose_is_freed_before_it_is_taken_again(world: World) -> None:
    inputs = world.inputs("security_group")
    for name, first in (({}, False), ({"name": "chosen"}, True)):
        made = world.engine.create(SECURITY_GROUP, f"sg-{first}", {**inputs, **name})
        news = world.engine.recheck(made, {**inputs, **name, "description": "other"})
        difference = world.engine.diff(made, news)
        assert list(difference.replaces) == ["description"]
        assert difference.deleteBeforeReplace is first


def test_drift_is_seen_by_a_refresh(world: World) -> None:
    made = world.need("subnet")
    world.engine.boto("ec2").modify_subnet_attribute(
        SubnetId=made.id, MapPublicIpOnLaunch={"Value": True}
    )
    found = world.engine.refresh(made)
    assert found is not None
    assert found.inputs["mapPublicIpOnLaunch"] is True
    assert list(world.engine.diff(found, made.inputs).diffs) == ["mapPublicIpOnLaunch"]


def test_what_the_program_marks_secret_stays_secret(world: World) -> None:
    inputs = {**world.inputs("security_group"), "description": Secret("hunter2")}
    made = world.engine.create(SECURITY_GROUP, "sealed", inputs)
    assert made.inputs["description"] == Secret("hunter2")
    assert made.outputs["description"] == Secret("hunter2")
    assert not isinstance(made.outputs["name"], Secret)


def test_a_secret_is_never_in_an_error(nowhere: EngineSide) -> None:
    _, failures = nowhere.check(VPC, "core", {"instanceTenancy": Secret("hunter2")})
    assert failures[""].startswith("instanceTenancy: "), "the engine prints what a property holds"
    assert "hunter2" not in str(failures)
    with pytest.raises(grpc.RpcError) as caught:
        nowhere.create(VPC, "core", {"cidrBlock": Secret("hunter2")})
    assert "hunter2" not in str(caught.value)


def test_a_parameter_is_secret_by_nature(world: World) -> None:
    made = world.need("parameter")
    assert made.outputs["value"] == Secret("hunter2")
    assert made.inputs["value"] == Secret("hunter2")


def test_an_error_of_aws_names_resource_operation_and_reason(world: World) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        world.engine.create(SUBNET, "lost", {"vpcId": "vpc-0", "cidrBlock": "10.0.0.0/24"})
    said = details(caught)
    assert "aws:ec2/subnet:Subnet lost" in said
    assert "InvalidVpcID.NotFound" in said


def test_default_tags_are_set_and_are_not_the_programs_own(engine: EngineSide) -> None:
    forget()
    with engine_side(engine.endpoint_url) as side:
        side.configure(defaultTags=json.dumps({"tags": {"Owner": "net", "Name": "default"}}))
        inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "core"}}
        made = side.create(VPC, "core", inputs)
        assert made.outputs["tags"] == {"Name": "core"}
        assert made.outputs["tagsAll"] == {"Name": "core", "Owner": "net"}
        assert side.refresh(made) == made


def test_two_providers_of_one_program_keep_their_regions(engine: EngineSide) -> None:
    """The engine opens a connection for each provider resource to the one server."""
    with (
        engine_side(engine.endpoint_url) as first,
        first.sibling(region="ap-northeast-1") as second,
    ):
        assert first.preview(VPC, "a", {"cidrBlock": "10.0.0.0/16"})["region"] == "eu-central-1"
        assert second.preview(VPC, "b", {"cidrBlock": "10.0.0.0/16"})["region"] == "ap-northeast-1"


def test_a_region_that_the_program_does_not_set_is_the_environments(
    engine: EngineSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16"}
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    with engine_side(engine.endpoint_url) as side:
        with pytest.raises(grpc.RpcError) as caught:
            side.configure(region=None)
        assert details(caught).endswith(
            "has no region; set it: pulumi config set aws:region eu-central-1, or in AWS_REGION "
            "or AWS_DEFAULT_REGION"
        )
        for name, region in zip(reversed(names), ("us-west-2", "eu-west-1"), strict=True):
            monkeypatch.setenv(name, region)
            side.configure(region=None)
            assert side.preview(VPC, "core", inputs)["region"] == region, f"{name} comes first"
        side.configure(region="ap-northeast-1")
        assert side.preview(VPC, "core", inputs)["region"] == "ap-northeast-1"


@pytest.mark.parametrize("setting", ["allowedAccountIds", "forbiddenAccountIds"])
def test_in_an_account_that_is_not_allowed_nothing_is_made(
    engine: EngineSide, setting: str
) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16"}
    ours, others = json.dumps(["123456789012"]), json.dumps(["999999999999"])
    good, bad = (ours, others) if setting == "allowedAccountIds" else (others, ours)
    with engine_side(engine.endpoint_url) as side:
        side.configure(**{setting: good})
        made = side.create(VPC, "mine", inputs)
        side.configure(**{setting: bad})
        assert side.preview(VPC, "other", inputs)["cidrBlock"] == "10.0.0.0/16"
        for attempt in (
            lambda: side.create(VPC, "other", inputs),
            lambda: side.update(made, {**inputs, "enableDnsHostnames": True}),
            lambda: side.delete(made),
        ):
            with pytest.raises(grpc.RpcError) as caught:
                attempt()
            assert "123456789012 is not allowed" in details(caught)
        side.configure(**{setting: good})
        side.delete(made)


def test_functions(engine: EngineSide) -> None:
    caller = engine.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
    assert caller["accountId"] == "123456789012"
    partition = engine.invoke("aws:index/getPartition:getPartition", {})
    assert (partition["partition"], partition["dnsSuffix"]) == ("aws", "amazonaws.com")
    china = engine.invoke("aws:index/getPartition:getPartition", {"region": "cn-north-1"})
    assert (china["partition"], china["dnsSuffix"]) == ("aws-cn", "amazonaws.com.cn")
    region = engine.invoke("aws:index/getRegion:getRegion", {})
    assert (region["name"], region["description"]) == ("eu-central-1", "Europe (Frankfurt)")


def test_a_function_it_does_not_have_is_named(engine: EngineSide) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        engine.invoke("aws:ec2/getAmi:getAmi", {})
    assert "aws:ec2/getAmi:getAmi" in details(caught)
