"""The pack as the gate: `dev` with one door more is refused, and told what to write instead.

Through the CLI as people call it: the exit code is what CI sees.
"""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

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
DOORS = {
    "nothing": ("", None),
    "an internet gateway": (
        'aws.ec2.InternetGateway("door", vpc_id=outputs["vpcId"], opts=mine)',
        "VPC endpoint",
    ),
    "a NAT route": (
        'aws.ec2.Route("door", route_table_id=outputs["routeTableIds"]["nodes-1a"],'
        ' destination_cidr_block="0.0.0.0/0", nat_gateway_id="nat-0123456789abcdef0", opts=mine)',
        "VPC endpoint",
    ),
    "a public endpoint": (
        'aws.eks.Cluster("door", role_arn="arn:aws:iam::123456789012:role/x", vpc_config={'
        '"subnet_ids": list(outputs["subnetIds"].values()), "endpoint_public_access": True},'
        " opts=mine)",
        "endpointPublicAccess",
    ),
    "a missing endpoint policy": (
        'aws.ec2.VpcEndpoint("door", vpc_id=outputs["vpcId"], vpc_endpoint_type="Interface",'
        ' service_name="com.amazonaws.ap-northeast-1.sqs", private_dns_enabled=True, opts=mine)',
        "policy",
    ),
    "a route to an id that is not known yet": (
        'igw = aws.ec2.VpnGateway("away", vpc_id=outputs["vpcId"], opts=mine)\n'
        'aws.ec2.Route("door", route_table_id=outputs["routeTableIds"]["nodes-1a"],'
        ' destination_cidr_block=outputs["vpcId"].apply(lambda i: "10.9.0.0/16"),'
        " gateway_id=igw.id, opts=mine)",
        "boundary",
    ),
}


def previewed(world, folder: Path, door: str) -> subprocess.CompletedProcess[str]:
    """`pulumi preview --policy-pack` of dev and one resource more."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(PROJECT, encoding="utf-8")
    (folder / "__main__.py").write_text(
        PROGRAM.format(root=str(ROOT), door=textwrap.dedent(door)), encoding="utf-8"
    )
    environment = {**world.environment, "PULUMI_BACKEND_URL": f"file://{folder}"}
    environment = {**os.environ, **environment}

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--stack", "dev", "--color", "never", "--non-interactive"],
            cwd=folder, env=environment, text=True, capture_output=True, check=False,
        )  # fmt: skip

    assert pulumi("stack", "init").returncode == 0
    pack = ["--policy-pack", str(ROOT / "policies")]
    pack += ["--policy-pack-config", str(EXAMPLES / "dev" / "heiiki.dev.policy.json")]
    return pulumi("preview", *pack)


@pytest.mark.parametrize("door", DOORS)
def test_a_preview_with_a_door_fails_and_says_what_to_write_instead(world, tmp_path, door):
    code, remedy = DOORS[door]
    ended = previewed(world, tmp_path / "program", code)
    said = ended.stdout + ended.stderr
    if remedy is None:  # the twin: without a door the same program passes
        assert ended.returncode == 0, said
        assert "heiiki-closed-network" in said
        return
    assert ended.returncode != 0, said
    assert "[mandatory]" in said and "door" in said and remedy in said, said
