"""What is recorded of a running stack: judged again, as docs/ci does it every night, and held
against what AWS has."""

import copy
import json
import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.workflows import WORKFLOWS, scripts
from tests.engine.aws_side import client
from tests.engine.changes import steps_taken
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


def drift(world: World) -> None:
    """As somebody with the console: nodes lose their access entry, an endpoint its policy."""
    eks, ec2 = client(world, "eks", REGION), client(world, "ec2", REGION)
    entries = eks.list_access_entries(clusterName="dev")["accessEntries"]
    (nodes,) = (arn for arn in entries if arn.endswith("-node-workers"))
    eks.delete_access_entry(clusterName="dev", principalArn=nodes)
    of_ecr = [{"Name": "service-name", "Values": [f"com.amazonaws.{REGION}.ecr.api"]}]
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=of_ecr)["VpcEndpoints"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], ResetPolicy=True)


def test_a_refresh_tells_what_others_have_changed_and_deleted(recorded):
    stack = recorded.world.stack("dev")
    clean = stack.refresh()
    assert clean.changes == () and set(clean.counts) == {"same"}

    drift(recorded.world)
    told = json.loads(recorded.run("heiiki refresh -s dev --json").stdout)
    assert [(c["operation"], c["name"], c["properties"]) for c in told["changes"]] == [
        ("update", "ecr-api", [{"path": "policy", "kind": "update"}]),
        ("delete", "node-workers", []),
    ]
    assert told["counts"] == {**clean.counts, "same": clean.counts["same"] - 2} | {
        "update": 1, "delete": 1,
    }  # fmt: skip
    assert stack.refresh().changes == (), "what was found is recorded"
    assert steps_taken(stack.preview()) == [
        "create eks/accessEntry node-workers", "update ec2/vpcEndpoint ecr-api: policy",
    ]  # fmt: skip
