"""`heiiki render`: from the files alone, what the program declares for the same stack."""

import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from automation.commands.app import app
from automation.rendering import rendered_files
from tests.scenarios import EXAMPLES, ROOT, SCENARIOS, planned

KINDS = {  # of golden policies: what render calls them
    r"Role-(.+)-assumeRolePolicy": "role-{}-trust",
    r"RolePolicy-(.+)-policy": "role-{}",
    r"VpcEndpoint-(.+)-policy": "endpoint-{}",
    r"RepositoryPolicy-(.+)-policy": "repository-{}",
    r"Key-cluster-policy": "key",
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_policies_are_those_that_the_program_declares(scenario):
    files = {name.replace(".", "-", name.count(".") - 1): text
             for name, text in rendered_files(planned(scenario)).items()}  # fmt: skip
    golden = EXAMPLES / scenario / "expected" / "policies"
    compared = 0
    for path in golden.iterdir():
        for pattern, name in KINDS.items():
            if found := re.fullmatch(pattern, path.stem):
                rendered = files[f"policies/{name.format(*found.groups())}.json"]
                assert json.loads(rendered) == json.loads(path.read_text("utf-8")), path.name
                compared += 1
    assert compared >= 1
    policies = sum(name.startswith("policies/") and "bucket" not in name for name in files)
    if scenario != "existing":  # there, others make what these policies are for
        assert policies == compared > 5, "each has its golden twin"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_user_data_is_that_of_the_program_but_for_what_aws_tells(scenario):
    files = rendered_files(planned(scenario))
    for path in (EXAMPLES / scenario / "expected" / "user-data").iterdir():
        kept, lines = (
            re.sub(r"heiiki-[0-9a-f]{32}", "BOUNDARY", text).splitlines()  # a hash of the parts
            for text in (path.read_text("utf-8"), files[f"user-data/{path.stem}.planned.txt"])
        )
        assert len(lines) == len(kept)
        other = [line for line, old in zip(lines, kept, strict=True) if line != old]
        assert all(re.search(r"AAAA|A{40}|[A-Za-z0-9+/]{100}", line) for line in other), other


def test_what_machines_fetch_by_its_digest_can_be_read():
    """Of a bundle the user data have the digest alone, which nobody reviews."""
    files = rendered_files(planned("self-hosted"))
    roles = {name.split("/")[1] for name in files if name.startswith("bundles/")}
    assert roles == {"controller", "etcd-1a", "etcd-1c", "etcd-1d", "node-workers"}
    steps = json.loads(files["bundles/node-workers/agent.json"])["steps"]
    assert "run-settings" in {step.get("name") for step in steps}
    added = "bundles/node-workers/files/etc/sysctl.d/90-site.conf"
    beside = EXAMPLES / "self-hosted" / "machines" / "90-site.conf"
    assert files[added] == beside.read_text(encoding="utf-8")
    assert "bundles/controller/files/etc/systemd/system/kubelet.service" in files
    assert not any("agent.pyz" in name for name in files)
    assert not any(name.startswith("bundles/") for name in rendered_files(planned("dev")))


def test_the_files_are_written_and_the_same_files_give_the_same_bytes(tmp_path):
    asked = ["render", "--file", str(EXAMPLES / "two-vpc"), "--output"]
    ended = CliRunner().invoke(app, [*asked, str(tmp_path / "a")])
    assert ended.exit_code == 0 and f"files into {tmp_path / 'a'}" in ended.stdout
    again = CliRunner().invoke(app, [*asked, str(tmp_path / "b"), "--json"])
    names = json.loads(again.stdout)["files"]
    assert {"plan.json", "plan.md", "user-data/worker.planned.txt"} <= set(names)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    tables = (tmp_path / "a" / "plan.md").read_text("utf-8")
    assert "\n## firewall\n" in tables and "| worker-1 | cidr | 172.25.0.0/17 |" in tables


def test_files_of_an_earlier_run_are_named_and_left(tmp_path):
    old = tmp_path / "user-data" / "gone.planned.txt"
    old.parent.mkdir()
    old.write_text("of a pool that is no more")
    (tmp_path / "notes.txt").write_text("mine")
    asked = ["render", "--file", str(EXAMPLES / "dev"), "--output", str(tmp_path)]
    told = CliRunner().invoke(app, asked).stdout
    assert "not of this run, and still there: user-data/gone.planned.txt\n" in told
    again = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert again["others"] == ["user-data/gone.planned.txt"] and old.exists()
    old.unlink()
    assert "still there" not in CliRunner().invoke(app, asked).stdout


@pytest.mark.parametrize("name", ["Pulumi.yaml", "PulumiPolicy.yaml"])
def test_a_projects_own_folder_is_not_written_into(tmp_path, name):
    """policies/ there is the pack."""
    (tmp_path / name).write_text("name: mine\n")
    for command in ("render", "export", "guardrails"):
        asked = [command, "--file", str(EXAMPLES / "dev"), "--output", str(tmp_path)]
        ended = CliRunner().invoke(app, asked)
        assert ended.exit_code == 1 and f"it holds {name}; nothing was written" in ended.stderr
        assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_written_and_a_faulty_file_are_told(tmp_path):
    (tmp_path / "file").write_text("x")
    dev = str(EXAMPLES / "dev")
    ended = CliRunner().invoke(app, ["render", "--file", dev, "-o", str(tmp_path / "file" / "x")])
    assert ended.exit_code == 1 and "cannot be written" in ended.stderr
    (tmp_path / "Pulumi.x.yaml").write_text("config: {heiiki:name: X}\n")
    broken = CliRunner().invoke(app, ["render", "--file", str(tmp_path), "-o", str(tmp_path / "o")])
    assert broken.exit_code == 1 and "not valid" in broken.stderr
    assert not (tmp_path / "o").exists()


def test_neither_the_engine_nor_the_sdk_is_loaded(tmp_path):
    program = (
        "import sys; from typer.testing import CliRunner; from automation.commands.app import app\n"
        f"assert CliRunner().invoke(app, ['render', '-o', {str(tmp_path)!r}]).exit_code == 0\n"
        "print([m for m in ('pulumi', 'boto3', 'botocore', 'grpc') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True,
                           capture_output=True, check=True)  # fmt: skip
    assert ended.stdout.strip() == "[]"
    assert (tmp_path / "plan.json").exists()


def rails(folder, *more):
    return CliRunner().invoke(app, ["guardrails", "-o", str(folder), *more])


def test_guard_rails_are_written_for_the_vpc_that_is_named_or_supplied(tmp_path):
    dev, vpc = str(EXAMPLES / "dev"), "vpc-0a1b2c3d4e5f60719"
    ended = rails(tmp_path / "a", "--file", dev, "--vpc", vpc)
    assert ended.exit_code == 0, ended.stderr
    names = {file.name for file in (tmp_path / "a").iterdir()}
    assert len(names) == 4 and "rcp-own-principals.json" in names
    assert vpc in (tmp_path / "a" / "scp-own-network.json").read_text("utf-8")
    assert rails(tmp_path / "b", "--file", dev, "--vpc", vpc).exit_code == 0
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert rails(tmp_path / "c", "--file", str(EXAMPLES / "existing")).exit_code == 0
    supplied = (tmp_path / "c" / "scp-own-network.json").read_text("utf-8")
    assert "vpc-0a1b2c3d4e5f60718" in supplied and vpc not in supplied


def test_guard_rails_of_nothing_known_and_of_no_ids_are_refused(tmp_path):
    dev = ("--file", str(EXAMPLES / "dev"))
    ended = rails(tmp_path / "a", *dev)
    assert ended.exit_code == 1 and "heiiki outputs vpcId prints it" in ended.stderr
    for option, wrong in (("--vpc", "vpc-12"), ("--deployer", "deployer"), ("--vpc", "")):
        ended = rails(tmp_path / "a", *dev, option, wrong)
        assert ended.exit_code == 2 and "such as" in ended.stderr
    two_vpc = rails(
        tmp_path / "a", "--file", str(EXAMPLES / "two-vpc"), "--vpc", "vpc-0a1b2c3d4e5f60719"
    )
    assert two_vpc.exit_code == 1 and "--deployer: is needed" in two_vpc.stderr
    assert not (tmp_path / "a").exists()
