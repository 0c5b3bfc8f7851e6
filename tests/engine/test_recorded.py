"""What is recorded of a running stack: judged again, as docs/ci does it every night, and held
against what AWS has."""

import copy
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.workflows import WORKFLOWS, scripts
from tests.engine import proofs
from tests.engine.aws_side import client, inventory
from tests.engine.changes import steps_taken
from tests.engine.stack_copies import Config, copied, edited
from tests.engine.world import World
from tests.scenarios import ROOT

REGION = "ap-northeast-1"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
STACK = "urn:pulumi:dev::heiiki::"


def line_of(workflow: str, command: str) -> str:
    """The one line of a workflow that runs this command."""
    lines = [line for script in scripts(workflow) for line in script.splitlines()]
    (found,) = [line for line in lines if line.startswith(command)]
    return found


@dataclass(frozen=True)
class Recorded:
    """A world with `dev` up, and a way to run a line of the workflow where its files lie."""

    world: World
    run: Callable[[str], "subprocess.CompletedProcess[str]"]
    state: Path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded")
    world = World.begin(folder / "world")
    try:
        world.stack("dev").up()

        def run(line: str) -> subprocess.CompletedProcess[str]:
            line = line.replace("state.json", shlex.quote(str(folder / "state.json")))
            line = line.replace("> proof.json", "").replace(".venv/bin/heiiki", "heiiki")
            path = f"{ROOT / '.venv/bin'}{os.pathsep}{world.environment['PATH']}"
            return subprocess.run(
                ["bash", "-euc", line], cwd=ROOT, text=True, capture_output=True, check=False,
                env={**world.environment, "PATH": path, "STACK": "dev"},
            )  # fmt: skip

        exported = run(line_of(WORKFLOWS[0], "pulumi stack export"))
        assert exported.returncode == 0, exported.stderr
        yield Recorded(world, run, folder / "state.json")
    finally:
        world.end()


def test_a_closed_stack_passes_and_one_door_in_its_record_does_not(recorded):
    run, state = recorded.run, recorded.state
    analyze, prove = (
        line_of(WORKFLOWS[0], "pulumi policy analyze"),
        next(s for s in scripts(WORKFLOWS[0]) if "--state" in s),
    )
    judged, proved = run(analyze), run(prove)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert proved.returncode == 0, proved.stdout + proved.stderr
    assert json.loads(proved.stdout)["resources"] > 90

    closed = json.loads(state.read_text(encoding="utf-8"))
    opened = copy.deepcopy(closed)
    vpc = next(r for r in closed["deployment"]["resources"] if r["type"] == "aws:ec2/vpc:Vpc")
    inputs = {"vpcId": vpc["id"], "tags": {}}
    opened["deployment"]["resources"].append(
        {
            "urn": f"{STACK}{GATEWAY}::door", "custom": True, "id": "igw-0a1b2c3d4e5f60718",
            "type": GATEWAY, "inputs": inputs, "outputs": {**inputs, "id": "igw-0a1b2c3d4e5f60718"},
            "parent": f"{STACK}pulumi:pulumi:Stack::heiiki-dev",
            "propertyDependencies": {"vpcId": [vpc["urn"]]}, "dependencies": [vpc["urn"]],
            "provider": vpc["provider"],
        }
    )  # fmt: skip
    state.write_text(json.dumps(opened), encoding="utf-8")
    judged, proved = run(analyze), run(prove)
    assert judged.returncode != 0 and "CN-010" in judged.stdout + judged.stderr
    assert proved.returncode == 1 and "CN-010" in proved.stdout


def door_by_a_route(ec2, machine) -> Callable[[], object]:
    """Somebody with the console gives the subnet of a node a way to the internet."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=machine["VpcId"])
    of_subnet = [{"Name": "association.subnet-id", "Values": [machine["SubnetId"]]}]
    (table,) = ec2.describe_route_tables(Filters=of_subnet)["RouteTables"]
    to = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.create_route(**to, GatewayId=gateway)

    def undo() -> None:
        ec2.delete_route(**to)
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=machine["VpcId"])
        ec2.delete_internet_gateway(InternetGatewayId=gateway)

    return undo


def door_by_a_policy(ec2, machine) -> Callable[[], object]:
    """An endpoint lets everybody through to everything."""
    of_ecr = [{"Name": "service-name", "Values": [f"com.amazonaws.{REGION}.ecr.api"]}]
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=of_ecr)["VpcEndpoints"]
    of, policy = {"VpcEndpointId": endpoint["VpcEndpointId"]}, endpoint["PolicyDocument"]
    wider = json.loads(policy)
    wider["Statement"].append({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
    ec2.modify_vpc_endpoint(**of, PolicyDocument=json.dumps(wider))
    return lambda: ec2.modify_vpc_endpoint(**of, PolicyDocument=policy)


def door_by_a_group(ec2, machine) -> Callable[[], object]:
    """A rule more lets nodes talk to any address."""
    mine = [{"Name": "tag:Name", "Values": ["dev-node"]}]
    (group,) = ec2.describe_security_groups(Filters=mine)["SecurityGroups"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
             "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}  # fmt: skip
    rule = {"GroupId": group["GroupId"], "IpPermissions": [https]}
    ec2.authorize_security_group_egress(**rule)
    return lambda: ec2.revoke_security_group_egress(**rule)


def door_that_packets_take(ec2, machine) -> Callable[[], object]:
    """The route and the rule, and a public address for one node."""
    undone = [door(ec2, machine) for door in (door_by_a_route, door_by_a_group)]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    (card, *_) = machine["NetworkInterfaces"]
    association = ec2.associate_address(
        AllocationId=address, NetworkInterfaceId=card["NetworkInterfaceId"]
    )["AssociationId"]

    def undo() -> None:
        ec2.disassociate_address(AssociationId=association)
        ec2.release_address(AllocationId=address)
        for back in undone:
            back()

    return undo


ROUTE = {("CN-010", "igw"), ("CN-030", "rtb"), ("CN-032", "rtb")}
GROUP = {("CN-100", "sgr")}
# What opens a network behind Pulumi's back: by which rules on what that is seen. What the stack has
# made is called by its name, and whatever is new by its id.
DOORS = {
    door_by_a_route: ROUTE,
    door_by_a_policy: {
        *((rule, "ecr-api") for rule in ("CN-007", "CN-085", "CN-086")),
        ("CN-222", "ecr-dkr"),
    },
    door_by_a_group: GROUP,
    door_that_packets_take: {*ROUTE, *GROUP, ("CN-005", "igw"), ("CN-014", "eipalloc")},
}
_ID = re.compile("([a-z]+)-[0-9a-f]{8,}.*")


@pytest.mark.parametrize("open_door", DOORS, ids=lambda door: door.__name__)
def test_a_door_that_is_opened_behind_the_engine_is_seen_in_aws_alone(
    recorded, open_door, monkeypatch
):
    stack, ec2 = recorded.world.stack("dev"), client(recorded.world, "ec2", REGION)
    nodes = [{"Name": "tag-key", "Values": ["aws:autoscaling:groupName"]}]
    (machine, *_) = ec2.describe_instances(Filters=nodes)["Reservations"][0]["Instances"]
    undo = open_door(ec2, machine)
    try:
        found = proofs.live(stack, monkeypatch)
        by_record = proofs.prove(proofs.recorded(stack), proofs.boundary_of(stack))
        assert (found.proof.verdict, by_record.verdict) == ("open", "closed")
        seen = {(f.rule, _ID.sub(r"\1", f.resource)) for f in found.proof.findings}
        assert seen == DOORS[open_door]
        assert found.missing == [] and all(f.decided for f in found.proof.findings)
    finally:
        undo()


def test_the_command_proves_what_aws_has_when_all_doors_are_shut_again(recorded):
    line = next(s for s in scripts(WORKFLOWS[0]) if "prove" in s and "--live" in s)
    ended = recorded.run(line.replace("--html live.html > live.json", ""))
    document = json.loads(ended.stdout)
    assert (ended.returncode, document["verdict"], document["findings"]) == (0, "closed", [])
    assert document["resources"] > 100 and ended.stderr == ""


def drift(world: World) -> None:
    """As somebody with the console: nodes lose their access entry, an endpoint its policy."""
    eks, ec2 = client(world, "eks", REGION), client(world, "ec2", REGION)
    entries = eks.list_access_entries(clusterName="dev")["accessEntries"]
    (nodes,) = (arn for arn in entries if arn.endswith("-node-workers"))
    eks.delete_access_entry(clusterName="dev", principalArn=nodes)
    of_ecr = [{"Name": "service-name", "Values": [f"com.amazonaws.{REGION}.ecr.api"]}]
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=of_ecr)["VpcEndpoints"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], ResetPolicy=True)


def test_status_and_a_refresh_tell_what_others_have_changed_and_deleted(recorded):
    stack = recorded.world.stack("dev")
    clean = stack.refresh()
    assert clean.changes == () and set(clean.counts) == {"same"}

    def unwell() -> list[tuple[str, str]]:
        seen = json.loads(recorded.run("heiiki status -s dev --live --json").stdout)["live"]
        assert {"access", "endpoint"} <= {line["kind"] for line in seen}
        return [(line["kind"], line["name"]) for line in seen if line["well"] is False]

    assert unwell() == []
    drift(recorded.world)
    assert unwell() == [("access", "node-workers"), ("endpoint", "ecr-api")]
    told = json.loads(recorded.run("heiiki refresh -s dev --json").stdout)
    # In the order in which AWS has answered.
    assert sorted((c["operation"], c["name"], c["properties"]) for c in told["changes"]) == [
        ("delete", "node-workers", []),
        ("update", "ecr-api", [{"path": "policy", "kind": "update"}]),
    ]
    assert told["counts"] == {**clean.counts, "same": clean.counts["same"] - 2} | {
        "update": 1, "delete": 1,
    }  # fmt: skip
    assert stack.refresh().changes == (), "what was found is recorded"
    assert steps_taken(stack.preview()) == [
        "create eks/accessEntry node-workers", "update ec2/vpcEndpoint ecr-api: policy",
    ]  # fmt: skip


@pytest.fixture
def plain(recorded, tmp_path):
    """Runs the ordinary `pulumi` on the stack, with an edit of its file and without heiiki."""
    folder = copied("dev", tmp_path / "dev")
    file = folder / "Pulumi.dev.yaml"

    def run(words: str, edit: Callable[[Config], object]) -> "subprocess.CompletedProcess[str]":
        edited(file, edit)
        where = f"--stack dev --config-file {shlex.quote(str(file))}"
        stack_dir = f"HEIIKI_STACK_DIR={shlex.quote(str(folder))}"
        return recorded.run(f"{stack_dir} pulumi {words} --yes --non-interactive {where}")

    return run


def other_addresses(config: Config) -> None:
    """Of Services: only a new cluster can have them."""
    config["controlPlane"] = {"kind": "eks", "serviceCidr": "10.200.0.0/16"}


HELD = {
    "up --skip-preview": (other_addresses, "it is currently marked for protection"),
    "up --policy-pack policies": (other_addresses, "it is currently marked for protection"),
    "destroy": (lambda config: None, "because it is protected"),
}


@pytest.mark.parametrize("words", HELD)
def test_the_engine_alone_refuses_before_anything_is_deleted(recorded, plain, words):
    edit, said = HELD[words]
    was = inventory(recorded.world, REGION, "dev")
    assert was["clusters"] == ["dev"] and was["add-ons"] and was["access entries"]
    ended = plain(words, edit)
    assert ended.returncode != 0 and said in ended.stdout + ended.stderr
    assert inventory(recorded.world, REGION, "dev") == was


def test_the_workflow_fails_a_change_that_up_would_refuse(recorded, tmp_path):
    """The pack passes another cluster's plan: only the record tells that one would be lost."""
    folder = copied("dev", tmp_path / "dev")
    edited(folder / "Pulumi.dev.yaml", other_addresses)
    line = line_of(WORKFLOWS[0], ".venv/bin/heiiki preview").replace("> preview.json", "")
    ended = recorded.run(line.replace('-s "$STACK"', f"--file {shlex.quote(str(folder))}"))
    told = json.loads(ended.stdout)
    assert ended.returncode == 1 and told["verdict"]["passed"]
    (refused,) = told["refusals"]
    assert any(line.startswith("control-plane (Cluster)") for line in refused["details"])
    assert "look at controlPlane.serviceCidr" in refused["details"][0]


def test_protection_that_is_asked_off_comes_off_the_record_by_the_same_up(recorded, plain):
    def held() -> list[str]:
        return sorted(r.name for r in recorded.world.stack("dev").state().resources if r.protect)

    def off(config: Config) -> None:
        config["controlPlane"] = {"kind": "eks", "deletionProtection": False}

    assert held() == ["cluster", "control-plane", "dns-firewall"]
    changed = plain("up", off)
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert held() == []
    destroyed = plain("destroy", off)
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert inventory(recorded.world, REGION, "dev")["clusters"] == []
