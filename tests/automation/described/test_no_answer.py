"""Readings that give no answer, and how answers of many pages and ids come together."""

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.stub import Stubber
from typer.testing import CliRunner

from automation.aws_calls import Account
from automation.commands.app import app
from automation.described.calls import Call
from automation.described.live import facts_read, read_vpcs
from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import resources_of
from automation.described.scope import Scope
from automation.described.tables import calls
from automation.errors import AutomationError, CredentialsError
from automation.proof import EXIT_CODES, ProofEngine, ProofResult, declared_text
from automation.stack_files import find_stack_files
from automation.state import Resource
from tests.automation.conftest import REGION, Body
from tests.scenarios import ROOT

HERE = {"region": REGION, "account": "123456789012", "partition": "aws"}


def refuse(account: Account, *operations: str) -> None:
    """AWS as it answers whoever may not ask."""

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if event_name.rsplit(".", 1)[-1] not in operations:
            return None
        body = (b"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message>"
                b"</Error></Errors></Response>")  # fmt: skip
        return AWSResponse(request.url, 403, {"content-type": "application/xml"}, Body(body))

    account.session.events.register("before-send.ec2", answer)
    account._clients.clear()


def test_every_permission_that_is_missing_is_told_and_nothing_is_proved(account):
    vpc = account.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    refuse(account, "DescribeVpnGateways", "DescribeSecurityGroupRules", "DescribeVpcAttribute")
    with pytest.raises(CredentialsError) as raised:
        read_vpcs(account, REGION, [vpc])
    assert list(raised.value.details) == [
        "missing: ec2:DescribeVpnGateways",
        "missing: ec2:DescribeSecurityGroupRules",
        "missing: ec2:DescribeVpcAttribute",
    ]


def test_a_call_that_aws_does_not_take_is_no_answer(account, monkeypatch):
    vpc = account.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    strange = Call("ec2", "describe_spot_fleet_requests", "SpotFleetRequestConfigs[].Nothing[]")
    with Stubber(account.client("ec2", REGION)) as stub:
        stub.add_client_error("describe_spot_fleet_requests", "UnsupportedOperation", "not here")
        with pytest.raises(AutomationError) as raised:
            Reading(account, REGION, HERE).run([strange], Scope.of([vpc]))
    assert "AWS refused ec2:DescribeSpotFleetRequests: UnsupportedOperation" in str(raised.value)


UNREACHABLE = (
    EndpointConnectionError(endpoint_url="https://vpc-lattice.invalid"),
    ConnectTimeoutError(endpoint_url="https://vpc-lattice.invalid"),
    ReadTimeoutError(endpoint_url="https://vpc-lattice.invalid"),
    ProxyConnectionError(proxy_url="http://somebody:secret@proxy.invalid"),
    SSLError(endpoint_url="https://vpc-lattice.invalid", error="not AWS"),
)


def nobody_reaches(
    account: Account, region: str, service: str, error: BotoCoreError, monkeypatch: Any
) -> list[str]:
    """What is asked of a service that nobody reaches, as it comes."""
    asked: list[str] = []

    def unreachable(operation: str, arguments: Any) -> Any:
        asked.append(operation)
        raise error

    monkeypatch.setattr(account.client(service, region), "_make_api_call", unreachable)
    return asked


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")]
)
def test_a_service_that_a_region_does_not_have_holds_nothing_there(
    account, monkeypatch, region, partition
):
    """There is no host to ask; where the region has the service, that is no answer."""
    lattice = Call("vpc-lattice", "list_service_networks", "items[]")
    here = {"region": region, "account": "123456789012", "partition": partition}
    nobody_reaches(account, region, "vpc-lattice", UNREACHABLE[0], monkeypatch)
    reading = Reading(account, region, here)
    assert reading.run([lattice], Scope.of()) == {lattice: []} and reading.silent == {}


@pytest.mark.parametrize("service", sorted({s for c in calls() for s in c.services} - {"ec2"}))
def test_of_every_service_that_a_reading_asks_it_is_told_that_nobody_reaches_it(
    account, monkeypatch, service
):
    """Of IAM and of Route 53 as well, which AWS lists in no region and which are there in each."""
    of = next(call for call in calls() if call.service == service)
    asked = nobody_reaches(account, REGION, service, UNREACHABLE[0], monkeypatch)
    reading = Reading(account, REGION, HERE)
    reading.run([Call(service, of.operation, "[@]")], Scope.of())
    assert len(asked) == 1 and list(reading.silent) == [service]


@pytest.mark.parametrize("error", UNREACHABLE, ids=lambda error: type(error).__name__)
def test_a_service_that_nobody_reaches_is_told_and_asked_nothing_more(account, monkeypatch, error):
    lattices = [
        Call("vpc-lattice", "list_service_networks", "items[]"),
        Call("vpc-lattice", "list_services", "items[]"),
        Call("sqs", "list_queues", "QueueUrls[].{url: @}"),
    ]
    url = account.client("sqs", REGION).create_queue(QueueName="q")["QueueUrl"]
    asked = nobody_reaches(account, REGION, "vpc-lattice", error, monkeypatch)
    reading = Reading(account, REGION, HERE)
    found = reading.run(lattices, Scope.of())
    assert asked == ["ListServiceNetworks"]
    assert list(reading.silent) == ["vpc-lattice"] and "secret" not in str(reading.silent)
    assert ".invalid" in reading.silent["vpc-lattice"]
    assert [thing.item["url"] for thing in found[lattices[2]]] == [url], "the rest is read"


def test_without_the_network_itself_there_is_nothing_to_prove(account, monkeypatch):
    nobody_reaches(account, REGION, "ec2", UNREACHABLE[0], monkeypatch)
    with pytest.raises(AutomationError, match="AWS did not answer ec2:DescribeVpcs"):
        read_vpcs(account, REGION, ["vpc-0a1b2c3d4e5f60718"])


@pytest.mark.parametrize(("error", "times"), [(UNREACHABLE[0], 3), (UNREACHABLE[1], 1)])
def test_whom_nobody_reaches_is_asked_only_as_often_as_it_takes_to_know(
    account, monkeypatch, error, times
):
    """Each attempt to connect may take ten seconds, and botocore would make six."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    sent: list[str] = []

    def send(request: Any, event_name: str, **_: Any) -> None:
        sent.append(event_name)
        raise error

    account.session.events.register("before-send.sqs", send)
    account._clients.clear()
    reading = Reading(account, REGION, HERE)
    reading.run([Call("sqs", "list_queues", "QueueUrls[]")], Scope.of())
    assert list(reading.silent) == ["sqs"] and len(sent) == times


def test_what_is_recorded_of_a_service_that_nobody_reaches_is_as_it_is_recorded(
    account, monkeypatch
):
    """And what is recorded and gone of one that answers is missing as ever."""
    vpc = account.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    recorded = [
        Resource(f"urn:pulumi:dev::heiiki::{type_}::x", type_, "x", id_, inputs, outputs)
        for type_, id_, inputs, outputs in (
            ("aws:ec2/vpc:Vpc", vpc, {"cidrBlock": "10.0.0.0/16"}, {}),
            ("aws:ecr/repository:Repository", "x", {"name": "x"}, {"arn": "arn:of:x"}),
            ("aws:sqs/queue:Queue", "https://sqs.invalid/x", {"name": "x"}, {}),
        )
    ]
    nobody_reaches(account, REGION, "ecr", UNREACHABLE[1], monkeypatch)
    records, reading = Records(recorded), Reading(account, REGION, HERE)
    found = reading.run(calls(), records.scope())
    read = resources_of(found, records, reading.silent)
    told = {r["type"]: r for r in read.resources if r["name"] == "x"}
    assert told["aws:ecr/repository:Repository"]["inputs"] == {"name": "x"}
    assert told["aws:ecr/repository:Repository"]["outputs"] == {"arn": "arn:of:x", "id": "x"}
    assert [resource.type for resource in read.missing] == ["aws:sqs/queue:Queue"]
    assert list(read.silent) == ["ecr"] and "aws:ec2/vpc:Vpc" in told


def test_a_service_that_was_not_asked_leaves_a_closed_network_undecided():
    files = find_stack_files(None, ROOT / "Pulumi.dev.yaml")
    text = declared_text(files)
    why = "Could not connect to the endpoint URL: https://rds.example"

    def proved(**unread: str) -> ProofResult:
        engine = ProofEngine("dev", "--recorded", files.policy_file, live=True, unread=unread)
        return engine.answer(lambda: text)

    assert proved().verdict == "closed"
    found = proved(rds=why)
    assert found.verdict == "undecided" and EXIT_CODES[found.verdict] == 2
    (doubt,) = [f for f in found.findings if not f["answered"] and f["level"] == "mandatory"]
    assert (doubt["claim"], doubt["resource"], doubt["decided"]) == ("reading", "rds", False)
    assert doubt["what"].endswith(why) and "interface endpoint" in doubt["instead"]


def test_facts_are_not_written_without_all_that_tells_of_a_network(account, monkeypatch):
    """Of a service that tells of none, nobody waits."""
    vpc = account.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    nobody_reaches(account, REGION, "rds", UNREACHABLE[0], monkeypatch)
    found = facts_read(Reading(account, REGION, HERE), Scope.of((), [vpc]))
    assert any(thing.ids == {vpc} for things in found.values() for thing in things)
    nobody_reaches(account, REGION, "route53resolver", UNREACHABLE[0], monkeypatch)
    with pytest.raises(AutomationError, match="no facts are written") as raised:
        facts_read(Reading(account, REGION, HERE), Scope.of((), [vpc]))
    (line,) = raised.value.details
    assert line.startswith("route53resolver: ")


def test_a_vpc_that_is_not_there_is_an_error_and_no_closed_network(account):
    with pytest.raises(AutomationError) as raised:
        read_vpcs(account, REGION, ["vpc-0a1b2c3d4e5f60718"])
    assert "vpc-0a1b2c3d4e5f60718 is not in account 123456789012" in raised.value.message


def test_all_pages_are_read_where_boto3_has_no_pages(account):
    zones = Call("route53", "list_hosted_zones_by_vpc", "HostedZoneSummaries[].Name",
                 {"VPCId": "vpc-1", "VPCRegion": REGION})  # fmt: skip
    asked = {"VPCId": "vpc-1", "VPCRegion": REGION}
    row = {"HostedZoneId": "Z", "Owner": {"OwningAccount": "1"}}
    page = {"MaxItems": "1"}
    with Stubber(account.client("route53", REGION)) as stub:
        stub.add_response(
            "list_hosted_zones_by_vpc",
            {**page, "HostedZoneSummaries": [{**row, "Name": "a"}], "NextToken": "t"}, asked,
        )  # fmt: skip
        stub.add_response(
            "list_hosted_zones_by_vpc",
            {**page, "HostedZoneSummaries": [{**row, "Name": "b"}]}, {**asked, "NextToken": "t"},
        )  # fmt: skip
        found = Reading(account, REGION, HERE).run([zones], Scope.of(["vpc-1"]))[zones]
    assert [thing.item["_text"] for thing in found] == ["a", "b"]


def test_the_next_page_is_asked_for_however_a_service_calls_it(account, monkeypatch):
    connections = Call("directconnect", "describe_connections", "connections[].connectionId")
    pages = {None: ("a", "t"), "t": ("b", None)}

    def answer(operation: str, asked: Any) -> Any:
        one, token = pages[asked.get("nextToken")]
        more = {} if token is None else {"nextToken": token}
        return {"connections": [{"connectionId": one}], **more}

    monkeypatch.setattr(account.client("directconnect", REGION), "_make_api_call", answer)
    found = Reading(account, REGION, HERE).run([connections], Scope.of())[connections]
    assert [thing.item["_text"] for thing in found] == ["a", "b"]


def test_routes_that_aws_does_not_show_are_no_answer(account):
    routes = Call("ec2", "search_transit_gateway_routes", "Routes[]",
                  {"TransitGatewayRouteTableId": "tgw-rtb-1", "Filters": []})  # fmt: skip
    with Stubber(account.client("ec2", REGION)) as stub:
        stub.add_response(
            "search_transit_gateway_routes", {"Routes": [], "AdditionalRoutesAvailable": True}
        )
        with pytest.raises(AutomationError) as raised:
            Reading(account, REGION, HERE).run([routes], Scope.of())
    assert "only the first of all answers" in raised.value.message


def test_as_many_ids_as_a_filter_takes_are_asked_for_at_once(account):
    ec2 = account.client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for index in range(120):
        ec2.create_security_group(GroupName=f"g{index}", Description="-", VpcId=vpc)
    read, _ = read_vpcs(account, REGION, [vpc])
    rules = [r for r in read.resources if r["type"].endswith(":SecurityGroupEgressRule")]
    assert len({r["inputs"]["securityGroupId"] for r in rules}) == 120


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--live", "--state", "x.json"], "--live and --state are two things to prove"),
        (["--live", "--vpc", "vpc-1"], "--live, --region and --vpc together"),
        (["--vpc", "vpc-1", "--region", REGION], "--live, --region and --vpc together"),
        (["--live", "--region", REGION], "--live, --region and --vpc together"),
        (["--live", "--region", REGION, "--vpc", "vpc-1", "-s", "dev"], "--vpc together"),
    ],
)
def test_options_that_say_different_things_are_refused(arguments, said):
    ended = CliRunner().invoke(app, ["prove", *arguments])
    assert ended.exit_code == 3 and said in ended.output


def test_a_cluster_that_its_config_map_alone_lets_people_into_has_no_entries_to_ask_for(account):
    """EKS refuses to list them, and that is no answer that is missing."""
    ec2, iam, eks = (account.client(name, REGION) for name in ("ec2", "iam", "eks"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=REGION + zone)
        for index, zone in enumerate("ac")
    ]
    said = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}}
    trust = {"Version": "2012-10-17", "Statement": [{**said, "Action": "sts:AssumeRole"}]}
    asked = {"RoleName": "cluster", "AssumeRolePolicyDocument": json.dumps(trust)}
    role = iam.create_role(**asked)["Role"]["Arn"]
    for mode in ("CONFIG_MAP", "API"):
        eks.create_cluster(
            name=mode.lower().replace("_", "-"), version="1.34", roleArn=role,
            resourcesVpcConfig={"subnetIds": [made["Subnet"]["SubnetId"] for made in subnets]},
            accessConfig={"authenticationMode": mode},
        )  # fmt: skip
    read, _ = read_vpcs(account, REGION, [vpc])
    clusters = [r["name"] for r in read.resources if r["type"] == "aws:eks/cluster:Cluster"]
    entries = [r for r in read.resources if r["type"] == "aws:eks/accessEntry:AccessEntry"]
    assert sorted(clusters) == ["api", "config-map"]
    assert [entry["inputs"]["clusterName"] for entry in entries] == ["api"]
