"""The proposed declaration: enough for the pack, signed by nobody, and never over what is there."""

import json
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from automation.boundary import merged, proposed, unsigned
from automation.commands.app import app
from automation.stack_files import find_stack_files, read_plan
from plan.log_buckets import LogBucket
from spec.additions import AdditionsSpec
from tests.plan import foreign_etcd
from tests.plan.own import asked, lock
from tests.plan.samples import plan
from tests.policies.analyzer import MANDATORY, SOON, configured
from tests.policies.test_examples import findings
from tests.scenarios import EXAMPLES


def proposal(scenario, stack=None):
    files = find_stack_files(stack, EXAMPLES / scenario / f"Pulumi.{stack or scenario}.yaml")
    return proposed(read_plan(files), files)


def signed(document):
    """As people fill it in."""
    text = json.dumps(document["boundary"])
    text = text.replace('"owner": ""', '"owner": "net team"')
    return json.loads(text.replace('"reason": ""', '"reason": "meant"'))


@pytest.mark.parametrize("scenario", ["dev", "existing"])
def test_a_signed_proposal_lets_a_closed_example_pass(scenario):
    assert findings(scenario, MANDATORY, configured(signed(proposal(scenario)))) == set()


def test_it_names_every_connection_as_the_program_does():
    document = proposal("two-vpc")
    assert [c["name"] for c in document["boundary"]["connections"]] == [
        "bastion",
        "operator-bastion-*",
        "bastion-to-*",
    ]
    found = findings("two-vpc", MANDATORY, configured(signed(document)))
    assert {rule for rule, _ in found}.isdisjoint({"CN-020", "CN-031"})
    assert "CN-010" in {rule for rule, _ in found}, "an exception is never proposed"


def test_it_names_what_others_have_made():
    document = proposal("existing")["boundary"]
    assert document["accounts"] == ["123456789012"] and document["regions"] == ["eu-central-1"]
    (supply,) = document["supplied"]
    assert set(supply["ids"]) >= {
        "vpc-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712",
        "sg-0a1b2c3d4e5f60720", "pl-0a1b2c3d4e5f60740",
    }  # fmt: skip
    assert "supplied" not in proposal("dev")["boundary"]


def test_it_names_a_bucket_of_others_and_none_of_ours():
    files = find_stack_files(None, EXAMPLES / "dev" / "Pulumi.dev.yaml")
    bucket = LogBucket("archive", "arn:aws:s3:::archive", True, {}, 365)
    plan = replace(read_plan(files), flow_log_bucket=bucket)
    assert [s["ids"] for s in proposed(plan, files)["boundary"]["supplied"]] == [["archive"]]
    plan = replace(plan, flow_log_bucket=replace(bucket, supplied=False))
    assert "supplied" not in proposed(plan, files)["boundary"]


def test_a_part_uses_what_the_earlier_parts_put_out():
    (supply,) = proposal("parts", "parts-pools")["boundary"]["supplied"]
    assert supply["stacks"] == ["network", "cluster"]
    assert "supplied" not in proposal("parts", "parts-network")["boundary"]


def test_nobody_has_signed_a_proposal():
    assert unsigned(proposal("existing")) == [
        "boundary.supplied[0].owner",
        "boundary.supplied[0].reason",
    ]
    (owner, reason) = (d for d in _boundary_faults(proposal("existing")["boundary"]))
    assert "supplied[0].owner: must name who" in owner and "reason: must say why" in reason


def _boundary_faults(boundary):
    from tests.policies.analyzer import judge

    found = judge("pulumi:pulumi:Stack", {}, servicer=configured(boundary))
    return sorted(d.message for d in found)


def test_what_people_wrote_stays_and_what_is_missing_is_added():
    who = {"owner": "me", "reason": "mine"}
    mine = {"name": "bastion*", "cidrs": ["172.24.0.0/24"], **who}
    old = {"all": "mandatory", "boundary": {"accounts": ["999988887777"], "connections": [mine]}}
    document = merged(old, proposal("two-vpc"))
    boundary = document["boundary"]
    assert document["all"] == "mandatory" and boundary["accounts"] == ["999988887777"]
    assert [c["name"] for c in boundary["connections"]] == ["bastion*", "operator-bastion-*"]
    assert boundary["connections"][0] == mine and "regions" not in boundary
    theirs = {"ids": ["vpc-0a1b2c3d4e5f60718"], **who}
    more = merged({"boundary": {"supplied": [theirs]}}, proposal("existing"))["boundary"]
    assert more["supplied"][0] == theirs
    assert "vpc-0a1b2c3d4e5f60718" not in more["supplied"][1]["ids"]


def test_names_that_an_api_an_etcd_and_an_issuer_of_others_have_are_proposed_as_own():
    """And none that a zone of ours answers for. Their zone is supplied, and so is a VPC that knows
    ours."""
    zone = {"kind": "existing", "hostedZoneId": "Z0123456789ABC"}
    endpoints = {
        "main": {"dnsName": "api.blue.example.com",
                 "record": {"zone": {"moreVpcIds": ["vpc-0123456789abcdef0"]}}},
        "people": {"dnsName": "api.example.org", "record": {"zone": zone},
                   "loadBalancer": {"kind": "named", "dnsName": "api.green.example.net"}},
    }  # fmt: skip
    changes = foreign_etcd.changes()
    issuer = {"url": "https://login.corp.example.com", "cidrs": ["10.20.7.0/24"],
              "certificateAuthority": foreign_etcd.theirs()[0].pem,
              "audiences": ["a"]}  # fmt: skip
    own = asked({**changes, "controlPlane.endpoints": endpoints,
                 "controlPlane.apiServer": {"issuers": {"corp": issuer}}})  # fmt: skip
    files = find_stack_files(None, EXAMPLES / "dev" / "Pulumi.dev.yaml")
    document = proposed(plan(own, lock(changes)), files)
    assert [entry["names"] for entry in document["boundary"]["domains"]] == [
        [
            "api.example.org",
            "api.green.example.net",
            "etcd-1.corp.example.com",
            "login.corp.example.com",
        ]
    ]
    (supplied,) = document["boundary"]["supplied"]
    assert {"Z0123456789ABC", "vpc-0123456789abcdef0"} < set(supplied["ids"])
    nobody = proposed(plan(asked(), lock()), files)["boundary"]
    assert "domains" not in nobody and "supplied" not in nobody


def test_names_that_the_stack_file_allows_are_proposed_as_own_but_no_names_of_aws():
    files = find_stack_files(None, EXAMPLES / "dev" / "Pulumi.dev.yaml")
    plan = read_plan(files)
    asked = ("*.Corp.example.", "corp.example", "sts.ap-northeast-1.amazonaws.com", "x.api.aws")
    dns = plan.spec.network.dns.model_copy(update={"allowed_domains": asked})
    network = plan.spec.network.model_copy(update={"dns": dns})
    plan = replace(plan, spec=plan.spec.model_copy(update={"network": network}))
    document = proposed(plan, files)
    unsigned_ = {"names": ["corp.example"], "owner": "", "reason": ""}
    assert document["boundary"]["domains"] == [unsigned_]
    assert unsigned(document) == ["boundary.domains[0].owner", "boundary.domains[0].reason"]
    mine = {"names": ["corp.example"], "owner": "me", "reason": "mine"}
    assert merged({"boundary": {"domains": [mine]}}, document)["boundary"]["domains"] == [mine]
    other = {**mine, "names": ["other.example"]}
    added = merged({"boundary": {"domains": [other]}}, document)["boundary"]["domains"]
    assert added == [other, unsigned_]
    assert "domains" not in proposal("dev")["boundary"]


@pytest.mark.parametrize("scenario", ["dev", "existing", "two-vpc"])
def test_a_second_proposal_adds_nothing(scenario):
    once = proposal(scenario)
    assert merged(once, proposal(scenario)) == once


def test_the_command_writes_once_and_never_over_a_broken_file(tmp_path):
    for name in ("Pulumi.dev.yaml", "heiiki.dev.lock.yaml"):
        shutil.copy(EXAMPLES / "dev" / name, tmp_path)
    path = tmp_path / "heiiki.dev.policy.json"

    def heiiki(*arguments):
        return CliRunner().invoke(app, [*arguments, "--file", str(tmp_path)])

    assert heiiki("boundary", "--check").exit_code == 1 and not path.exists()
    ended = heiiki("boundary")
    assert ended.exit_code == 0 and "wrote" in ended.stdout
    assert json.loads(path.read_text())["boundary"]["accounts"]
    assert "heiiki.dev.policy.json lacks nothing" in heiiki("boundary", "--check").stdout
    twice = '{"boundary": {"accounts": ["999988887777"], "accounts": ["123456789012"]}}'
    for broken in ("{", "[]", '{"boundary": {"supplied": {}}}', twice):
        path.write_text(broken)
        ended = heiiki("boundary")
        assert ended.exit_code == 1 and "It was left as it is" in ended.stderr
        assert path.read_text() == broken
    assert "boundary.accounts: is written twice" in heiiki("boundary", "--check").stderr


def test_a_check_tells_what_the_pack_would_refuse(tmp_path):
    for name in ("Pulumi.dev.yaml", "heiiki.dev.lock.yaml", "heiiki.dev.policy.json"):
        shutil.copy(EXAMPLES / "dev" / name, tmp_path)
    path = tmp_path / "heiiki.dev.policy.json"
    document = merged(json.loads(path.read_text()), proposal("dev"))
    ended_long_ago = {
        "rule": "CN-010", "name": "cluster", "owner": "net team", "reason": "a trial",
        "expires": "2020-01-31",
    }  # fmt: skip

    def checked(*flags):
        path.write_text(json.dumps(document))
        return CliRunner().invoke(app, ["boundary", "--check", *flags, "--file", str(tmp_path)])

    assert (checked().exit_code, checked().stdout) == (0, "heiiki.dev.policy.json lacks nothing\n")
    document["boundary"] |= {"exceptions": [ended_long_ago], "nonsense": 1}
    document["all"] = "disabled"
    ended = checked()
    assert ended.exit_code == 1 and "lacks nothing" not in ended.stdout
    assert "boundary.nonsense: is not a key here" in ended.stdout
    assert "boundary.exceptions[0].expires: the exception for 'cluster' ended" in ended.stdout
    assert "every rule keeps its level, but the configuration lowers all" in ended.stdout
    told = json.loads(checked("--json").stdout)
    assert len(told["refused"]) == 3 and not told["changed"]
    del document["all"], document["boundary"]["nonsense"]
    ended_long_ago |= {"expires": SOON, "owner": " "}
    told = json.loads(checked("--json").stdout)
    assert told["unsigned"] == ["boundary.exceptions[0].owner"] and told["refused"] == []
    assert checked().exit_code == 1, "the pack refuses what nobody answers for"


OWN_ECR = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"
SCRIPT = """#!/bin/sh
# see https://docs.corp.example
export HTTPS_PROXY=http://user@proxy.corp.example:3128
curl -o agent https://Mirror.Corp.example/agent?x=a.b
chronyd 'server ntp.corp.example iburst'
ctr images pull registry.corp.example:5000/team/app:1.2
docker pull plain.corp.example/app@sha256:0
curl https://elsewhere.example/tool
"""


def scripted(script=SCRIPT, allowed=("*.corp.example",)):
    """The proposal for a stack whose machines run a script, and may ask for these names."""
    files = find_stack_files(None, EXAMPLES / "dev" / "Pulumi.dev.yaml")
    plan = read_plan(files)
    dns = plan.spec.network.dns.model_copy(update={"allowed_domains": allowed})
    network = plan.spec.network.model_copy(update={"dns": dns})
    pools = {name: replace(pool, script=script) for name, pool in plan.node_pools.items()}
    spec = plan.spec.model_copy(update={"network": network})
    return proposed(replace(plan, spec=spec, node_pools=pools), files)


def test_it_proposes_what_scripts_name_in_own_domains():
    boundary = scripted()["boundary"]
    assert boundary["registries"] == [
        OWN_ECR,
        "registry.corp.example:5000",
        "plain.corp.example",
    ]
    assert boundary["hosts"] == ["proxy.corp.example", "mirror.corp.example", "ntp.corp.example"]
    assert "docs.corp.example" not in str(boundary), "a comment names nothing"
    assert "elsewhere.example" not in str(boundary), "whose it is, nobody signs"


def test_it_proposes_what_machines_of_an_own_control_plane_name():
    """An etcd that others run, and the operator's own files; the pack reads both in the bundles."""
    files = find_stack_files(None, EXAMPLES / "external-etcd" / "Pulumi.external-etcd.yaml")
    plan = read_plan(files)
    control_plane = plan.spec.control_plane
    etcd = control_plane.etcd.model_copy(
        update={"endpoints": ("https://etcd-0.corp.example:2379", "https://10.20.3.7:2379")}
    )
    added = AdditionsSpec(
        files={"/etc/ntp.conf": {"content": "# docs.corp.example\nserver ntp.corp.example\n"}}
    )
    controllers = control_plane.controllers.model_copy(update={"custom": added})
    update = {"etcd": etcd, "controllers": controllers}
    dns = plan.spec.network.dns.model_copy(update={"allowed_domains": ("*.corp.example",)})
    update_spec = {
        "control_plane": control_plane.model_copy(update=update),
        "network": plan.spec.network.model_copy(update={"dns": dns}),
    }
    changed = replace(plan, spec=plan.spec.model_copy(update=update_spec))
    assert proposed(changed, files)["boundary"]["hosts"] == [
        "ntp.corp.example",
        "etcd-0.corp.example",
    ]


def test_what_is_nobody_s_own_is_never_proposed():
    assert proposal("dev")["boundary"]["registries"] == [OWN_ECR]
    for document in (proposal("dev"), scripted(allowed=()), scripted(script="")):
        assert "hosts" not in document["boundary"]
        assert document["boundary"]["registries"] == [OWN_ECR]
    other = scripted(script="curl https://notcorp.example https://corp.example.evil.example")
    assert "hosts" not in other["boundary"]


def test_a_proposal_is_what_the_pack_asks_for():
    """With it, user data of the same script names nothing outside; but for what nobody signed."""
    from tests.policies.analyzer import broken

    lines = [line for line in SCRIPT.splitlines() if "elsewhere" not in line and "@sha" not in line]
    told = {"userData": "\n".join(line for line in lines if "PROXY" not in line)}
    told |= {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}}
    told |= {"associatePublicIpAddress": False, "rootBlockDevice": {"encrypted": True}}
    told |= {"subnetId": "subnet-1"}

    def found(document):
        judged = configured(signed(document))
        return broken("aws:ec2/instance:Instance", told, servicer=judged) & {"CN-145", "CN-201"}

    assert found(scripted()) == set()
    assert found(proposal("dev")) == {"CN-145", "CN-201"}


def test_hosts_and_registries_are_added_where_they_are_missing():
    new = scripted()

    def merge(**was):
        return merged({"boundary": was}, new)["boundary"]

    assert merge()["registries"] == ["registry.corp.example:5000", "plain.corp.example"]
    assert merge()["hosts"] == new["boundary"]["hosts"]
    mine = ["registry.corp.example:5000/team", "plain.corp.example"]
    assert merge(registries=mine)["registries"] == mine, "a path was meant"
    assert merge(hosts=[".corp.example"])["hosts"] == [".corp.example"]
    some = ["ntp.corp.example", "a.example"]
    assert merge(hosts=some)["hosts"] == [*some, "proxy.corp.example", "mirror.corp.example"]
    assert "registries" not in merged({"boundary": {}}, proposal("dev"))["boundary"]
    again = merged({"boundary": merge()}, new)["boundary"]
    assert again == merge(), "a second run has nothing to add"
