"""What is recorded of a running stack is judged again, as docs/ci does it every night."""

import copy
import json
import os
import shlex
import subprocess

import pytest

from tests.docs.workflows import WORKFLOWS, scripts
from tests.engine.world import World
from tests.scenarios import ROOT

GATEWAY = "aws:ec2/internetGateway:InternetGateway"
STACK = "urn:pulumi:dev::heiiki::"


def line_of(workflow: str, command: str) -> str:
    """The one line of a workflow that runs this command."""
    lines = [line for script in scripts(workflow) for line in script.splitlines()]
    (found,) = [line for line in lines if line.startswith(command)]
    return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A world with `dev` up, and a way to run a line of the workflow where its files lie."""
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
        yield run, folder / "state.json"
    finally:
        world.end()


def test_a_closed_stack_passes_and_one_door_in_its_record_does_not(recorded):
    run, state = recorded
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
