"""`heiiki init`: a stack file to begin with, sound and never in the place of another."""

import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from automation.commands.app import app
from automation.new_stack import NewStack, stack_text
from docs.stack_schema import stack_schema
from spec.errors import SpecError
from spec.stack_file import parse_stack_file
from tests.scenarios import ROOT
from tests.spec.strategies import FAST, NAMES

PLACE = ("--region", "ap-northeast-1", "--zone", "a", "--zone", "ap-northeast-1c")


@pytest.fixture
def init(tmp_path):
    def run(*arguments: str):
        ended = CliRunner().invoke(app, ["init", "--directory", str(tmp_path), *arguments])
        assert "Traceback" not in ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended

    return run


def test_the_file_asks_for_what_was_asked_and_says_what_is_next(init, tmp_path):
    more = ("--instance-type", "c7g.large", "--max-size", "5", "--name", "pay")
    ended = init("-s", "acme/prod", *PLACE, *more)
    path = tmp_path / "Pulumi.prod.yaml"
    assert ended.exit_code == 0, ended.output
    assert f"Next: heiiki lock --stack acme/prod --file {path} looks up" in ended.stdout
    assert yaml.safe_load(path.read_text())["config"] == {
        "heiiki:name": "pay",
        "heiiki:region": "ap-northeast-1",
        "heiiki:availabilityZones": ["ap-northeast-1a", "ap-northeast-1c"],
        "heiiki:nodePools": {"workers": {"instanceType": "c7g.large", "maxSize": 5}},
    }


def test_the_editor_finds_the_schema(init, tmp_path):
    init(*PLACE)
    first = (tmp_path / "Pulumi.dev.yaml").read_text().splitlines()[0]
    schema = tmp_path / first.removeprefix("# yaml-language-server: $schema=")
    assert schema.resolve() == ROOT / "docs" / "schema" / "heiiki.schema.json"
    assert json.loads(schema.read_text()) == stack_schema()


def test_every_suggestion_may_be_taken():
    asked = NewStack("dev", "eu-west-1", "abc", "m7i.large", 3)
    text = stack_text(asked, ROOT, where="test")
    taken = re.sub(r"^( *)#(?=\S|  )", r"\1", text, flags=re.MULTILINE)
    spec, plain = (parse_stack_file(t, where="test") for t in (taken, text))
    assert spec.access.operator is not None and plain.access.operator is None
    assert spec.profile == "highlyAvailable" and spec.tags


@FAST
@given(st.one_of(NAMES, st.sampled_from(("on", "no", "y", "null", "true", "e1", "x-0"))))
def test_whatever_the_cluster_is_called_the_file_says_so(name):
    text = stack_text(NewStack(name, "eu-west-1", "ab", "m7i.large", 3), ROOT, where="test")
    assert parse_stack_file(text, where="test").name == name


@pytest.mark.parametrize("there", ["file", "link"])
def test_what_is_there_is_left_as_it_is(init, tmp_path, there):
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("mine") if there == "file" else path.symlink_to(tmp_path / "nowhere")
    ended = init(*PLACE)
    assert ended.exit_code == 1 and f"{path} is there already" in ended.stderr.replace("\n", " ")
    if there == "file":
        assert path.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--region", "ap-northeast-1", "--zone", "a"), "availabilityZones: needs 2 entries"),
        ((*PLACE, "--zone", "eu-west-1a"), "must all lie in region ap-northeast-1"),
        (("--region", "xx-nowhere-1", "--zone", "a", "--zone", "b"), "region"),
        ((*PLACE, "--instance-type", "m7i.huge"), "nodePools.workers.instanceType: is no known"),
        ((*PLACE, "--max-size", "0"), "nodePools.workers.maxSize: must be at least 1"),
        ((*PLACE, "--name", "Prod"), "name: must be 1 to 30 lower-case letters"),
        ((*PLACE, "--stack", "a b"), "'a b' is no name of a stack"),
    ],
)
def test_what_is_faulty_is_told_and_not_written(init, tmp_path, arguments, told):
    ended = init(*arguments)
    assert ended.exit_code == 1 and told in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("region", "faults"),
    [
        ("nowhere", {
            ("region", "must be a region's code name, such as ap-northeast-1"),
            ("availabilityZones.0", "must be an Availability Zone, such as ap-northeast-1a"),
        }),
        ("eu-nowhere-1", {("region", "is in no table of heiiki")}),
    ],
)  # fmt: skip
def test_every_fault_is_told_at_once_and_counts_what_was_written(init, region, faults):
    ended = init("--region", region, "--zone", "a", "--instance-type", "m7i.huge", "--json")
    told = json.loads(ended.stdout)["error"]["faults"]
    found = {(fault["path"], fault["message"].partition(";")[0]) for fault in told}
    assert faults | {("availabilityZones", "needs 2 entries or more, not 1")} <= found
    assert any(path == "nodePools.workers.instanceType" for path, _ in found)
    assert len(told) == len(faults) + 2


def test_a_folder_that_is_not_there_is_told(init, tmp_path):
    ended = init(*PLACE, "--directory", str(tmp_path / "none"))
    assert ended.exit_code == 1 and "cannot be written: No such file" in ended.stderr


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder that is taken for heiiki's own."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for module in ("commands.init", "invocation"):
        monkeypatch.setattr(f"automation.{module}.PROJECT", folder)
    return folder


def test_without_a_folder_it_goes_where_a_stacks_name_is_looked_for(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    ended = CliRunner().invoke(app, ["init", "-s", "prod", *PLACE])
    assert ended.exit_code == 0, ended.output
    assert "Next: heiiki lock --stack prod looks up" in ended.stdout
    assert [path.name for path in checkout.iterdir()] == ["Pulumi.prod.yaml"]


def test_whoever_stands_elsewhere_says_where(checkout, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["init", "-s", "prod", *PLACE])
    assert ended.exit_code == 1
    assert " ".join(ended.stderr.split()) == (
        f"without --directory Pulumi.prod.yaml would go into {checkout}, and the current "
        "folder is another Nothing was written. Write --directory . for the current folder, whose "
        f"file the other commands take with --file, or --directory {checkout}, where --stack finds "
        "it."
    )
    assert not list(checkout.iterdir()) and [p.name for p in tmp_path.iterdir()] == ["checkout"]
    there = CliRunner().invoke(app, ["init", "-s", "prod", *PLACE, "--directory", str(checkout)])
    assert "Next: heiiki lock --stack prod looks up" in there.stdout


def test_for_a_program_it_answers_in_json(init, tmp_path):
    told = json.loads(init(*PLACE, "--json").stdout)
    assert told["stackFile"] == str(tmp_path / "Pulumi.dev.yaml")
    assert told["next"].startswith("heiiki lock --file ")


SOURCE = """\
encryptionsalt: v1:abc
config:
  aws:profile: theirs
  heiiki:name: test
  heiiki:region: eu-central-1
  heiiki:availabilityZones: [eu-central-1a, eu-central-1b]
  heiiki:network:
    vpc: {kind: existing, vpcId: vpc-0a1b2c3d4e5f60718, cidr: 10.40.0.0/16}
    subnets:
      n-1a: &a {kind: existing, subnetId: subnet-0a1b2c3d4e5f60711, availabilityZone: eu-central-1a,
                cidr: 10.40.0.0/20, routeTableId: rtb-0a1b2c3d4e5f60719}
      n-1b: {kind: existing, subnetId: subnet-0a1b2c3d4e5f60712, availabilityZone: eu-central-1b,
             cidr: 10.40.16.0/20, routeTableId: rtb-0a1b2c3d4e5f60719}
    endpoints: {existing: {s3: vpce-0a1b2c3d4e5f60735}}
    dns: {allowedDomains: [sts.eu-central-1.amazonaws.com]}
  heiiki:controlPlane:
    kind: eks
    role: {kind: existing, roleArn: "arn:aws:iam::123456789012:role/eks-cluster"}
    encryptionKey:
      kind: existing
      keyArn: "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  heiiki:nodePools:
    workers: # the only pool
      instanceType: m7i.xlarge
      maxSize: 6
      securityGroupIds: [sg-0a1b2c3d4e5f60721]
"""
IDS = (
    "network.vpc.vpcId", "network.subnets.n-1a.subnetId", "network.subnets.n-1a.routeTableId",
    "network.subnets.n-1b.subnetId", "network.subnets.n-1b.routeTableId",
    "network.endpoints.existing.s3",
)  # fmt: skip
ROLE, KEY = "controlPlane.role.roleArn", "controlPlane.encryptionKey.keyArn"
GROUP = "nodePools.workers.securityGroupIds.0"


@pytest.fixture
def source(tmp_path):
    (tmp_path / "Pulumi.check.yaml").write_text(SOURCE)
    (tmp_path / "heiiki.check.lock.yaml").write_text("of check alone")
    return tmp_path


def test_a_stack_is_made_from_another_ones_file(init, source):
    ended = init("-s", "acme/prod", "--from", "check", "--json")
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert told["shared"] == [*IDS, ROLE, KEY, GROUP]
    assert told["leftOut"] == told["stillNamed"] == []
    made, theirs = (source / f"Pulumi.{n}.yaml" for n in ("prod", "check"))
    asked, before = yaml.safe_load(made.read_text()), yaml.safe_load(SOURCE)
    del before["encryptionsalt"], before["config"]["aws:profile"]
    before["config"]["heiiki:name"] = "prod"
    assert asked == before, "all of heiiki's keys and nothing else"
    assert parse_stack_file(made.read_text(), where="prod").name == "prod"
    assert "Left out" not in made.read_text() and "&id" not in made.read_text()
    assert "from Pulumi.check.yaml" in made.read_text()
    assert theirs.read_text() == SOURCE
    assert {f.name for f in source.iterdir()} == {
        "Pulumi.prod.yaml", "Pulumi.check.yaml", "heiiki.check.lock.yaml",
    }  # fmt: skip


def test_what_is_bound_to_a_region_is_left_out_in_another(init, source):
    moved = ("--region", "eu-west-1", "--zone", "b", "--zone", "eu-west-1c")
    told = json.loads(
        init("-s", "prod", "--from", "check", "--name", "pay", *moved, "--json").stdout
    )
    assert told["leftOut"] == [*IDS, KEY, GROUP]
    assert (told["shared"], told["stillNamed"]) == ([ROLE], ["network.dns.allowedDomains.0"])
    text = (source / "Pulumi.prod.yaml").read_text()
    asked = yaml.safe_load(text)["config"]
    assert (asked["heiiki:name"], asked["heiiki:region"]) == ("pay", "eu-west-1")
    assert asked["heiiki:availabilityZones"] == ["eu-west-1b", "eu-west-1c"]
    zones = [s["availabilityZone"] for s in asked["heiiki:network"]["subnets"].values()]
    assert zones == ["eu-west-1b", "eu-west-1c"]
    assert asked["heiiki:network"]["vpc"] == {"kind": "existing", "cidr": "10.40.0.0/16"}
    assert asked["heiiki:nodePools"]["workers"]["securityGroupIds"] == []
    assert all(f"#   {path}\n" in text for path in told["leftOut"])
    with pytest.raises(SpecError) as caught:
        parse_stack_file(text, where="prod")
    found = {fault.path for fault in caught.value.faults}
    assert found == {*IDS[:-1], KEY}, "what is missing is asked for"
    shown = init("-s", "other", "--from", "check", *moved)
    assert f"left out, write what this stack has: {IDS[0]}" in shown.stdout
    assert f"shared with it: {ROLE}" in shown.stdout


def test_a_role_of_another_partition_is_left_out(init, source):
    moved = ("--region", "cn-north-1", "--zone", "a", "--zone", "b")
    told = json.loads(init("-s", "prod", "--from", "check", *moved, "--json").stdout)
    assert told["leftOut"] == [*IDS, ROLE, KEY, GROUP] and told["shared"] == []


def test_two_stacks_share_no_elastic_ip(init, tmp_path):
    text = (ROOT / "examples" / "open" / "Pulumi.open.yaml").read_text()
    address = "elasticIp: {kind: existing, allocationId: eipalloc-0a1b2c3d4e5f60718}"
    text = text.replace("subnet: public-2a}", f"subnet: public-2a, {address}}}")
    (tmp_path / "Pulumi.open.yaml").write_text(text)
    told = json.loads(init("-s", "prod", "--from", "open", "--json").stdout)
    assert told["leftOut"] == ["network.egress.natGateways.nat-2a.elasticIp.allocationId"]
    assert told["shared"] == []


NAMED = """
  heiiki:carryIn:
    importerArns: ["arn:aws:iam::123456789012:role/importer"]
    buckets: {material: {name: dev-material}, theirs: {kind: existing, bucketName: of-the-bank}}
    repositories: {app: {name: dev/app}, old: {}}
"""


def test_two_stacks_make_no_bucket_or_repository_of_one_name(init, tmp_path):
    text = (ROOT / "examples" / "dev" / "Pulumi.dev.yaml").read_text() + NAMED
    logs = "{flowLogs: {destination: {kind: bucket, bucket: {name: dev-flow-logs}}}}"
    (tmp_path / "Pulumi.dev.yaml").write_text(f"{text}  heiiki:network: {logs}\n")
    told = json.loads(init("-s", "prod", "--from", "dev", "--json").stdout)
    assert told["leftOut"] == [
        "carryIn.buckets.material.name",
        "carryIn.repositories.app.name",
        "network.flowLogs.destination.bucket.name",
    ]
    made = yaml.safe_load((tmp_path / "Pulumi.prod.yaml").read_text())["config"]
    assert made["heiiki:carryIn"]["buckets"] == {
        "material": {}, "theirs": {"kind": "existing", "bucketName": "of-the-bank"},
    }  # fmt: skip
    assert parse_stack_file((tmp_path / "Pulumi.prod.yaml").read_text(), where="prod")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-s", "check", "--from", "check"), "Pulumi.check.yaml is there already"),
        (("-s", "prod", "--from", "none"), "Pulumi.none.yaml does not exist"),
        (("-s", "prod", "--from", "a b"), "'a b' is no name of a stack"),
        (("-s", "prod", "--from", "part"), "Pulumi.part.yaml is the file of a part"),
        (("-s", "prod", "--from", "bad"), "name: must be 1 to 30 lower-case letters"),
        (("-s", "prod", "--from", "check", "--region", "eu-west-1"), "has 2 zones, and none"),
        (("-s", "prod", "--from", "check", "--zone", "b"), "has 2 zones, and 1 of eu-central-1 is"),
        (("--from", "check", "--region", "eu-nowhere-1", "--zone", "a", "--zone", "b"),
         "region: is in no table of heiiki"),
        (("-s", "prod", "--from", "check", "--zone", "a", "--zone", "a"), "names a zone twice"),
        (("-s", "prod", "--from", "check", "--name", "Prod"), "name: must be 1 to 30 lower-case"),
        (("-s", "prod", "--from", "check", "--max-size", "5"), "--from copies the pools"),
        (("-s", "prod", "--from", "check", "--instance-type", "m7i.large"), "--from copies the"),
        (("-s", "prod"), "--region and --zone are needed"),
        (("-s", "prod", "--zone", "a"), "--region is needed"),
    ],
)  # fmt: skip
def test_what_cannot_be_copied_is_told_and_nothing_is_written(init, source, arguments, told):
    (source / "Pulumi.part.yaml").write_text("config: {'heiiki:part': {of: check, name: pools}}")
    (source / "Pulumi.bad.yaml").write_text(SOURCE.replace("name: test", "name: Test"))
    before = {f: f.read_text() for f in source.iterdir()}
    ended = init(*arguments)
    assert ended.exit_code == 1 and told in " ".join(ended.stderr.split())
    assert {f: f.read_text() for f in source.iterdir()} == before
