"""The pack as the gate: `dev` with one door more is refused, and told what to write instead.

Through the CLI as people call it: the exit code is what CI sees.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from automation import PolicyRefusedError, Stack
from tests.engine.aws_side import client
from tests.scenarios import EXAMPLES, ROOT

PROJECT = f"""\
name: heiiki
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: {ROOT}/.venv
"""
PROGRAM = """\
import sys
sys.path.insert(0, {root!r})
import pulumi
import pulumi_aws as aws
from components.program import program
from tests.scenarios import read

spec, lock = read("dev")
outputs = program(spec, lock, where="dev")
mine = pulumi.ResourceOptions(provider=aws.Provider("mine", region=spec.region))
{door}
"""


@dataclass(frozen=True)
class Door:
    """One resource more, and the one rule that it breaks.

    instead: what its author is told to write. declared: more of the boundary.
    """

    rule: str
    noun: str
    code: str
    instead: str
    declared: dict[str, Any] = field(default_factory=dict)


WHO = {"owner": "platform network team", "reason": "a test of the gate"}
_DOOR = 'aws.{}("door", opts=mine, vpc_id=outputs["vpcId"], {})'
_ROUTE = (
    'aws.ec2.Route("door", opts=mine, destination_cidr_block="10.9.0.0/16",'
    ' route_table_id=outputs["routeTableIds"]["nodes-1a"], {})'
)
ANOTHER_WAY = (
    "Delete the route; reach AWS through a VPC endpoint, and other networks through a peering "
    "connection, transit gateway or virtual private gateway named under boundary.connections."
)
DOORS = {
    "an internet gateway": Door(
        "CN-010",
        "InternetGateway",
        _DOOR.format("ec2.InternetGateway", ""),
        "Delete it and reach AWS through VPC endpoints.",
    ),
    "a NAT route": Door(
        "CN-030",
        "Route",
        _ROUTE.format('nat_gateway_id="nat-0123456789abcdef0"'),
        ANOTHER_WAY,
        {"supplied": [{"ids": ["nat-0123456789abcdef0"], **WHO}]},
    ),
    "a route to an id that is not known yet": Door(
        "CN-030",
        "Route",
        'away = aws.ec2.VpnGateway("away", vpc_id=outputs["vpcId"], opts=mine)\n'
        + _ROUTE.format("gateway_id=away.id"),
        ANOTHER_WAY,
        {"connections": [{"name": "away", "cidrs": ["10.9.0.0/16"], **WHO}]},
    ),
    "a public endpoint": Door(
        "CN-060",
        "Cluster",
        'aws.eks.Cluster("door", role_arn="arn:aws:iam::123456789012:role/x", version="1.35",'
        ' deletion_protection=True, upgrade_policy={"support_type": "STANDARD"},'
        ' enabled_cluster_log_types=["api", "audit", "authenticator", "controllerManager",'
        ' "scheduler"], kubernetes_network_config={"service_ipv4_cidr": "172.20.0.0/16"},'
        ' access_config={"authentication_mode": "API",'
        ' "bootstrap_cluster_creator_admin_permissions": False},'
        ' vpc_config={"subnet_ids": list(outputs["subnetIds"].values()),'
        ' "endpoint_public_access": True, "endpoint_private_access": True,'
        ' "control_plane_egress_mode": "CUSTOMER_ROUTED"}, opts=mine)',
        "Set vpcConfig.endpointPublicAccess to false.",
    ),
    "a missing endpoint policy": Door(
        "CN-083",
        "VpcEndpoint",
        _DOOR.format(
            "ec2.VpcEndpoint",
            'vpc_endpoint_type="Interface", private_dns_enabled=True,'
            ' service_name="com.amazonaws.ap-northeast-1.sqs",'
            ' security_group_ids=[outputs["securityGroupIds"]["endpoint"]]',
        ),
        "Write a policy whose text is known in preview: build ARNs from names and account ids, not "
        "from outputs. For a service that takes no policy (acm, billing, oidc-eks, pricing.api, "
        "route53), name the endpoint under boundary.exceptions, with the service control policy "
        "that holds its callers in scp.",
    ),
}


def written(folder: Path, code: str) -> Path:
    """A project whose program is dev and some code more."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    program = PROGRAM.format(root=str(ROOT), door=code)
    (folder / "__main__.py").write_text(program, encoding="utf-8")
    return folder


def copied_pack(folder: Path) -> Path:
    """The pack elsewhere."""
    shutil.copytree(ROOT / "policies", folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings = folder / "PulumiPolicy.yaml"
    settings.write_text(settings.read_text().replace("../.venv", f"{ROOT}/.venv"))
    return folder


def without(rule: str, folder: Path) -> Path:
    """The pack with one rule neutralised."""
    with (copied_pack(folder) / "rules" / "judge.py").open("a") as file:
        file.write(f"\n\nCHECKS[{rule!r}] = lambda resource, boundary: iter(())\n")
    return folder


def declared(door: Door | None, folder: Path) -> Path:
    """The example's declaration, and what the case needs."""
    own = json.loads((EXAMPLES / "dev" / "heiiki.dev.policy.json").read_text(encoding="utf-8"))
    own["boundary"].update(door.declared if door else {})
    path = folder / "case.json"
    path.write_text(json.dumps(own), encoding="utf-8")
    return path


def previewed(
    world, folder: Path, door: Door | None, pack: Path = ROOT / "policies"
) -> subprocess.CompletedProcess[str]:
    """`pulumi preview --policy-pack` of dev and one resource more."""
    written(folder, door.code if door else "")
    environment = {**os.environ, **world.environment, "PULUMI_BACKEND_URL": f"file://{folder}"}

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "dev", "--color", "never", "--non-interactive"],
            cwd=folder, env=environment, text=True, capture_output=True, check=False,
        )  # fmt: skip

    assert pulumi("stack", "init").returncode == 0
    config = ["--policy-pack-config", str(declared(door, folder))]
    return pulumi("preview", "--policy-pack", str(pack), *config)


def refusals(ended: subprocess.CompletedProcess[str]) -> set[tuple[str, str]]:
    """Each rule that refused something, with what it refused; not what somebody answers for."""
    said = ended.stdout + ended.stderr
    refused = r"^\s*(CN-\d{3}) (\w+ '[^']+') (?!.* Answered for by )"
    return set(re.findall(refused, said, re.MULTILINE))


def test_without_a_door_the_program_passes(world, tmp_path):
    ended = previewed(world, tmp_path / "program", None)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert refusals(ended) == set() and "heiiki-closed-network" in ended.stdout


@pytest.mark.parametrize("name", DOORS)
def test_a_preview_with_a_door_is_refused_by_the_rule_about_it_alone(world, tmp_path, name):
    door = DOORS[name]
    ended = previewed(world, tmp_path / "program", door)
    assert ended.returncode != 0
    assert refusals(ended) == {(door.rule, f"{door.noun} 'door'")}, ended.stdout + ended.stderr
    said = " ".join((ended.stdout + ended.stderr).split())
    assert re.search(rf"{door.rule} {door.noun} 'door' .*{re.escape(door.instead)}", said), said


@pytest.mark.parametrize("name", DOORS)
def test_nothing_else_refuses_it(world, tmp_path, name):
    """The case proves its rule: neutralised, the same program passes."""
    door = DOORS[name]
    ended = previewed(world, tmp_path / "program", door, without(door.rule, tmp_path / "policies"))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_gateway_that_is_only_read_does_not_pass_the_gate(world, tmp_path):
    made = client(world, "ec2", "ap-northeast-1").create_internet_gateway()["InternetGateway"]
    read = f'aws.ec2.InternetGateway.get("door", "{made["InternetGatewayId"]}", opts=mine)'
    folder = written(tmp_path / "program", read)
    copied_pack(folder / "policies")
    for file in (EXAMPLES / "dev").glob("*.*"):
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    stack = Stack("dev", project=folder, environment={
        **world.environment, "PULUMI_BACKEND_URL": f"file://{tmp_path}",
    })  # fmt: skip
    found = stack.preview()
    assert [urn.rsplit("::", 1)[-1] for urn in found.verdict.only_read] == ["door"]
    with pytest.raises(PolicyRefusedError, match="door: is only read") as refused:
        stack.up(approve=None)
    assert "name it under boundary.supplied" in str(refused.value)
