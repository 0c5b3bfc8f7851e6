"""`heiiki prove --live` and `heiiki facts` as people meet them: what is written, what refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from typer.testing import CliRunner

from automation.commands.app import app
from automation.described import live
from tests.automation.conftest import REGION
from tests.automation.described.surroundings import Surroundings
from tests.scenarios import EXAMPLES, ROOT

UP = {
    "deployment": {
        "resources": [
            {
                "urn": "urn:pulumi:dev::heiiki::aws:ec2/subnet:Subnet::nodes-1a",
                "type": "aws:ec2/subnet:Subnet", "id": "subnet-0a1b2c3d", "inputs": {},
                "outputs": {"vpcId": "vpc-0a1b2c3d"},
            }
        ]
    }
}  # fmt: skip


@pytest.fixture
def heiiki(engine, account, monkeypatch):
    """Runs a command on `dev` with the fake engine and the embedded AWS."""
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("automation.operations.Operations.account", lambda _: account)

    def run(*arguments: str, file: Path = ROOT / "Pulumi.dev.yaml") -> Any:
        return CliRunner().invoke(app, [*arguments, "--file", str(file)])

    return run


def test_a_stack_that_is_not_up_has_nothing_to_read(heiiki):
    ended = heiiki("prove", "--live")
    assert ended.exit_code == 3
    assert "dev is not up, so AWS has nothing of it" in ended.output


def test_a_run_that_was_cut_off_leaves_nobody_to_say_what_is_own(heiiki, engine):
    pending = [{"resource": UP["deployment"]["resources"][0], "type": "creating"}]
    cut = {"deployment": {**UP["deployment"], "pending_operations": pending}}
    engine.says(stack_export={"stdout": json.dumps(cut)})
    ended = heiiki("prove", "--live")
    assert ended.exit_code == 3 and "was cut off" in ended.output


def test_another_account_is_never_taken_for_an_empty_one(heiiki, engine, monkeypatch):
    engine.says(stack_export={"stdout": json.dumps(UP)})
    who = ("210987654321", "arn:aws:iam::210987654321:user/eve")
    monkeypatch.setattr(live, "caller_of", lambda *_: who)
    for command in (["prove", "--live"], ["facts"]):
        ended = heiiki(*command)
        assert ended.exit_code != 0
        assert "credentials are for account 210987654321, and the stack belongs to" in ended.output


def test_a_network_that_is_gone_is_no_closed_one(heiiki, engine):
    vpc = {"urn": "urn:pulumi:dev::heiiki::aws:ec2/vpc:Vpc::cluster", "type": "aws:ec2/vpc:Vpc",
           "id": "vpc-0a1b2c3d", "inputs": {}, "outputs": {}}  # fmt: skip
    engine.says(stack_export={"stdout": json.dumps({"deployment": {"resources": [vpc]}})})
    ended = heiiki("prove", "--live")
    assert ended.exit_code == 3 and "vpc-0a1b2c3d is not in account" in ended.output


def test_what_is_recorded_and_gone_is_told_beside_the_verdict(heiiki, engine, account):
    vpc = account.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    engine.says(stack_export={"stdout": json.dumps(UP).replace("vpc-0a1b2c3d", vpc)})
    ended = heiiki("prove", "--live")
    assert ended.exit_code == 2, "nothing is there, so nothing is proved"
    assert "nodes-1a (Subnet) is recorded, and AWS has none" in ended.output


def test_a_service_that_nobody_reaches_is_told_and_ends_with_two(
    heiiki, engine, account, monkeypatch
):
    vpc = account.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    engine.says(stack_export={"stdout": json.dumps(UP).replace("vpc-0a1b2c3d", vpc)})

    def unreachable(operation: str, arguments: Any) -> Any:
        raise ConnectTimeoutError(endpoint_url="https://rds.invalid")

    monkeypatch.setattr(account.client("rds", REGION), "_make_api_call", unreachable)
    ended = heiiki("prove", "--live")
    said = " ".join(ended.output.split())
    assert ended.exit_code == 2
    assert "undecided: rds could not be asked" in said and "https://rds.invalid" in said


def test_a_stack_without_a_supplied_network_has_no_facts_to_write(heiiki):
    ended = heiiki("facts")
    assert ended.exit_code == 1 and "takes no network as supplied" in ended.output
    assert not (ROOT / "heiiki.dev.facts.json").exists()


@pytest.fixture
def supplied(heiiki, account, tmp_path, monkeypatch):
    """The stack file `existing`, as if it were supplied with what is there."""
    made = Surroundings(account)
    for file in (EXAMPLES / "existing").glob("*.*"):
        shutil.copy(file, tmp_path / file.name)
    stack_file = tmp_path / "Pulumi.existing.yaml"
    stack_file.write_text(stack_file.read_text().replace("eu-central-1", REGION))
    lock = tmp_path / "heiiki.existing.lock.yaml"
    lock.write_text(lock.read_text().replace("eu-central-1", REGION))
    monkeypatch.setattr(live, "supplied_ids", lambda _: frozenset({made.vpc}))
    return made, stack_file, tmp_path / "heiiki.existing.facts.json"


def test_facts_are_written_once_in_the_same_bytes_and_held_against_aws(heiiki, supplied):
    made, stack_file, path = supplied
    ended = heiiki("facts", file=stack_file)
    assert ended.exit_code == 0, ended.output
    assert f"wrote {path}: " in ended.output
    written = path.read_bytes()
    document = json.loads(written)
    assert document["account"] == "123456789012" and document["region"] == REGION
    assert all(r["described"] is True for r in document["resources"])
    assert [r["urn"] for r in document["resources"]] == sorted(
        r["urn"] for r in document["resources"]
    )
    assert b"bastion" not in written, "tags are not kept"
    told = json.loads(heiiki("facts", "--json", file=stack_file).stdout)
    assert told == {"factsFile": str(path), "changed": False, "written": True,
                    "resources": len(document["resources"])}  # fmt: skip
    assert path.read_bytes() == written

    assert heiiki("facts", "--check", file=stack_file).exit_code == 0
    made.ec2.delete_route(RouteTableId=made.ids["table"], DestinationCidrBlock="0.0.0.0/0")
    ended = heiiki("facts", "--check", file=stack_file)
    assert ended.exit_code == 1 and "is not what AWS has; run heiiki facts" in ended.output
    assert path.read_bytes() == written
    path.write_text("[]", encoding="utf-8")
    assert heiiki("facts", "--check", file=stack_file).exit_code == 1


def test_a_file_that_cannot_be_relied_on_is_no_verdict(heiiki, supplied):
    _, stack_file, path = supplied
    path.write_text('{"facts": 1}', encoding="utf-8")
    ended = heiiki("prove", file=stack_file)
    assert ended.exit_code == 3
    assert "heiiki.existing.facts.json: is no object of facts, read, account" in ended.output


STRANGER = "urn:pulumi:shop::shop-network::"
VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
GROUP, CARD = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/networkInterface:NetworkInterface"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@pytest.fixture
def stranger(account, tmp_path, monkeypatch):
    """Another program's export: a machine's interface in a subnet that it gets, and one that it
    names; and its declaration. Runs a command in that folder."""
    made = Surroundings(account)
    monkeypatch.setattr("automation.aws_calls.account_of", lambda _: account)
    monkeypatch.chdir(tmp_path)

    def recorded(type_: str, name: str, id_: str, **inputs: Any) -> dict[str, Any]:
        outputs = {"id": id_, **inputs}
        return {"urn": f"{STRANGER}{type_}::{name}", "type": type_, "id": id_, "custom": True,
                "inputs": inputs, "outputs": outputs}  # fmt: skip

    got = {**recorded(SUBNET, "theirs", made.subnet), "external": True}
    resources = [
        recorded("pulumi:providers:aws", "default", "0", region=REGION),
        got,
        {**got, **recorded(VPC, "theirs", made.vpc), "external": True},
        recorded(GROUP, "ours", "sg-0a1b2c3d4e5f60718", vpcId=made.vpc, tags={}),
        recorded(EGRESS, "out", "sgr-0a1b2c3d4e5f60718", ipProtocol="tcp", fromPort=443, toPort=443,
                 securityGroupId="sg-0a1b2c3d4e5f60718", cidrIpv4="172.31.0.0/16"),
        recorded(CARD, "ours", "eni-0a1b2c3d4e5f60718", subnetId=made.subnet,
                 securityGroups=["sg-0a1b2c3d4e5f60718"]),
        recorded(CARD, "lost", "eni-0a1b2c3d4e5f60719", subnetId="subnet-0123456789abcdef0"),
    ]  # fmt: skip
    state = {"version": 3, "deployment": {"resources": resources}}
    (tmp_path / "state.json").write_text(json.dumps(state), encoding="utf-8")
    owned = {"owner": "net team", "reason": "theirs"}
    ids = [made.vpc, made.subnet, "subnet-0123456789abcdef0"]
    inside = {"accounts": ["123456789012"], "supplied": [{"ids": ids, **owned}]}
    (tmp_path / "policy.json").write_text(json.dumps({"boundary": inside}), encoding="utf-8")

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, list(arguments))

    return made, run, tmp_path


def ways(ended: Any) -> set[tuple[str, str, bool]]:
    """Rule, end of the way and whether it is sure, of what nobody answers for or somebody does."""
    return {
        (f["rule"], f["resource"], bool(f["answered"]))
        for f in json.loads(ended.stdout)["findings"]
        if f["claim"] == "reach"
    }


def test_facts_of_any_program_close_what_it_gets_and_what_it_names(stranger):
    """The ways of its interface were somebody's word; read, they are what they are."""
    made, run, folder = stranger
    made.ec2.create_route(RouteTableId=made.ids["table"], DestinationCidrBlock="172.31.0.0/16",
                          GatewayId=made.ids["vgw"])  # fmt: skip
    prove = ("prove", "--state", "state.json", "--boundary", "policy.json", "--json")
    before = run(*prove)
    assert {rule for rule, _, _ in ways(before)} == {"CN-006"}, before.output
    assert {answered for _, _, answered in ways(before)} == {True}

    ended = run("facts", "--state", "state.json")
    path = folder / "heiiki.shop.facts.json"
    assert ended.exit_code == 0 and f"wrote {path}: " in ended.output.replace("\n", "")
    assert "subnet-0123456789abcdef0 is not in account 123456789012" in ended.output
    document = json.loads(path.read_text(encoding="utf-8"))
    read = {r["outputs"]["id"] for r in document["resources"]}
    assert {made.vpc, made.subnet, made.ids["table"], made.ids["igw"]} <= read
    assert not read & {"sg-0a1b2c3d4e5f60718", "eni-0a1b2c3d4e5f60718"}, "its own is not supplied"

    after = run(*prove, "--facts", str(path))
    assert after.exit_code == 1, after.output
    assert ("CN-005", "ours", False) in ways(after), "a way that was answered for is open"
    assert ("CN-006", "lost", True) in ways(after), "what was not there is still somebody's word"
    assert run("facts", "--state", "state.json", "--check").exit_code == 0


def test_facts_of_a_program_in_several_regions_are_of_one_that_is_named(stranger):
    _, run, folder = stranger
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    first, *rest = state["deployment"]["resources"]
    other = {**first, "urn": f"{first['urn']}-2", "inputs": {"region": "us-east-1"}}
    state["deployment"]["resources"] = [first, other, *rest]
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
    ended = run("facts", "--state", "state.json")
    assert ended.exit_code == 1 and f"names {REGION}, us-east-1" in ended.output
    assert (
        run("facts", "--state", "state.json", "--region", REGION, "--out", "f.json").exit_code == 0
    )
    assert (folder / "f.json").is_file()
    nothing = run("facts", "--state", "state.json", "--region", "us-east-1")
    said = " ".join(nothing.output.split())
    assert nothing.exit_code == 1 and "not there: subnet-0123456789abcdef0" in said
    assert "nothing that state.json takes as supplied is in account 123456789012 in us-east-1" in (
        said
    ), "and not: it takes nothing"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("facts", "--state", "state.json", "--stack", "dev"), "--state says which stack"),
        (("facts", "--region", "us-east-1"), "--region and --out go with --state"),
        (("facts", "--state", "policy.json"), "no export of a stack"),
        (("prove", "--live", "--facts", "policy.json"), "takes no facts file"),
        (("prove", "--state", "state.json", "--boundary", "policy.json", "--facts", "none.json"),
         "none.json cannot be read"),
    ],
)  # fmt: skip
def test_facts_that_are_asked_for_in_two_ways_are_refused(stranger, arguments, told):
    _, run, _ = stranger
    ended = run(*arguments)
    assert ended.exit_code != 0 and told in ended.output.replace("\n", " ")
