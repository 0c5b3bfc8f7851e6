"""`heiiki prove` on the examples and on doors that are opened in them, as a user meets it."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from automation.commands.app import app
from automation.declared import as_text, declared_by
from automation.proof import told_by_aws
from components.program import program
from tests.plan.pki.authority import authority
from tests.policies.analyzer import SOON
from tests.scenarios import EXAMPLES, copy_files, read

CLOSED, OPEN, UNDECIDED, UNREADABLE = 0, 1, 2, 3
DEV_POLICY = str(EXAMPLES / "dev" / "heiiki.dev.policy.json")


def proved(*arguments):
    """Exit code and document of a run."""
    ended = CliRunner().invoke(app, ["prove", "--json", *arguments])
    return ended.exit_code, json.loads(ended.stdout)


def changed(tmp_path: Path, scenario: str, edit) -> str:
    """A copy of an example with another stack file, as --file takes it."""
    copy_files(scenario, tmp_path)
    stack_file = tmp_path / f"Pulumi.{scenario}.yaml"
    document = yaml.safe_load(stack_file.read_text(encoding="utf-8"))
    edit(document["config"])
    stack_file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return str(tmp_path)


@pytest.mark.parametrize("scenario", ["dev", "on-premises", "parts"])
def test_a_closed_example_is_proved_closed(scenario):
    code, found = proved("--file", str(EXAMPLES / scenario / f"Pulumi.{scenario}.yaml"))
    assert (code, found["verdict"]) == (CLOSED, "closed")
    assert found["resources"] > 90 and found["interfaces"] > 5 and found["policies"] > 10


def test_what_is_supplied_is_open_to_doubt_until_somebody_answers_for_it(tmp_path):
    code, found = proved("--file", str(EXAMPLES / "existing"))
    assert (code, found["verdict"]) == (CLOSED, "closed")
    doubtful = [f for f in found["findings"] if "is not described" in f["what"]]
    assert {f["rule"] for f in doubtful} == {"CN-006", "CN-196"} and found["complete"] is True
    assert all(f["answered"].startswith("platform network team: the VPC has") for f in doubtful)
    where = changed(tmp_path, "existing", lambda config: None)
    declared = tmp_path / "heiiki.existing.policy.json"
    document = json.loads(declared.read_text(encoding="utf-8"))
    document["boundary"]["exceptions"] = [
        {"rule": "CN-004", "name": name, "owner": "a", "reason": "b", "expires": SOON}
        for name in ("control-plane", "workers", "cluster*", "node*")
    ]
    document["boundary"]["supplied"] = document["boundary"]["supplied"][1:]
    declared.write_text(json.dumps(document), encoding="utf-8")
    code, found = proved("--file", where)
    counted = [f for f in found["findings"] if not f["answered"]]
    assert code == UNDECIDED and {f["rule"] for f in counted} == {"CN-006", "CN-196"}
    assert found["complete"] is None
    assert all("subnet-0a1b2c3d4e5f6071" in f["what"] for f in counted)


@pytest.mark.parametrize("scenario", ["open", "two-vpc"])
def test_a_network_with_a_door_is_not_called_closed_though_somebody_answers_for_it(scenario):
    ended = CliRunner().invoke(app, ["prove", "--file", str(EXAMPLES / scenario)])
    assert ended.exit_code == CLOSED and "findings that somebody answers for:" in ended.stdout
    (last,) = ended.stdout.splitlines()[-1:]
    assert (
        last.startswith(f"{scenario} is open, answered for, and complete: ")
        and "closed" not in last
    )


def test_the_terminal_ends_with_a_table_of_rules_and_who_answers_for_each(tmp_path):
    where = changed(tmp_path, "open", lambda config: None)
    declared = tmp_path / "heiiki.open.policy.json"
    document = json.loads(declared.read_text(encoding="utf-8"))
    exceptions = document["boundary"]["exceptions"]
    document["boundary"]["exceptions"] = [e for e in exceptions if e["rule"] != "CN-014"]
    declared.write_text(json.dumps(document), encoding="utf-8")
    ended = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["prove", "--file", where])
    lines = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    table = lines[lines.index("rule severity where answered by") + 1 : -1]
    assert lines[-1].startswith("open is open, and complete: ")
    rows = {line.partition(" ")[0]: line for line in table}
    assert rows["CN-014"].startswith("CN-014 critical ")
    assert rows["CN-014"].endswith(" nobody")
    assert "CN-010 critical gateways platform network team: " in rows["CN-010"]
    assert set(rows) == {f["rule"] for f in proved("--file", where)[1]["findings"]}
    closed = CliRunner().invoke(app, ["prove", "--file", str(EXAMPLES / "dev")])
    assert "answered by" not in closed.stdout, "nothing was found"


def test_the_document_has_the_boundary_as_it_was_read_and_each_rules_counts(tmp_path):
    where = changed(tmp_path, "on-premises", lambda config: None)
    declared = tmp_path / "heiiki.on-premises.policy.json"
    document = json.loads(declared.read_text(encoding="utf-8"))
    given = document["boundary"]
    bastion = {"rule": "CN-010", "name": "bastion", "owner": "a", "reason": "b", "expires": SOON}
    ended = {**bastion, "expires": "2020-01-01"}
    given["exceptions"] = [ended, {**bastion, "name": "other"}]
    given["organizationId"] = "o-a1b2c3d4e5"
    declared.write_text(json.dumps(document), encoding="utf-8")
    code, found = proved("--file", where)
    read = found["boundary"]
    assert (code, found["verdict"]) == (OPEN, "open")
    assert [f["rule"] for f in found["findings"] if not f["answered"]] == ["CN-000"]
    assert read["accounts"] == given["accounts"] and read["organizationId"] == "o-a1b2c3d4e5"
    assert [c["cidrs"] for c in read["connections"]] == [c["cidrs"] for c in given["connections"]]
    assert [(e["name"], e["expires"]) for e in read["exceptions"]] == [("other", SOON)]
    assert [fault.split(":")[0] for fault in read["faults"]] == ["exceptions[0].expires"]


def test_each_rule_is_counted_with_what_it_looked_at(tmp_path):
    _, found = proved("--file", str(EXAMPLES / "open"))
    counts = {rule["rule"]: rule for rule in found["rules"]}
    assert counts["CN-010"] == {
        "rule": "CN-010", "severity": "critical", "level": "mandatory", "lookedAt": 1, "found": 0,
        "answered": 1,
    }  # fmt: skip
    assert counts["CN-022"]["lookedAt"] == 0 and counts["CN-005"]["answered"] > 0
    assert sum(rule["answered"] for rule in found["rules"]) == len(found["findings"])


def test_what_somebody_answers_for_and_opens_nothing_leaves_a_network_closed(tmp_path):
    """A medium rule is a matter of care; a critical one is a way in or out."""
    where = changed(
        tmp_path, "dev",
        lambda config: config.update({"heiiki:controlPlane": {"deletionProtection": False}}),
    )  # fmt: skip
    code, found = proved("--file", where)
    assert (code, found["verdict"]) == (OPEN, "open"), "nobody answers for it: the pack refuses it"
    assert "critical" not in {f["severity"] for f in found["findings"]}
    declared = tmp_path / "heiiki.dev.policy.json"
    document = json.loads(declared.read_text(encoding="utf-8"))
    document["boundary"]["exceptions"] = [
        {"rule": rule, "name": name, "owner": "a", "reason": "b", "expires": SOON}
        for rule, name in (("CN-064", "control-plane"), ("CN-123", "dns-firewall"))
    ]
    declared.write_text(json.dumps(document), encoding="utf-8")
    code, found = proved("--file", where)
    assert {f["rule"] for f in found["findings"] if f["answered"]} == {"CN-064", "CN-123"}
    assert (code, found["verdict"]) == (CLOSED, "closed")


def test_what_an_advisory_rule_finds_is_told_apart_and_changes_no_verdict(tmp_path):
    where = changed(
        tmp_path, "dev",
        lambda config: config.update({"heiiki:network": {"flowLogs": {"enabled": False}}}),
    )  # fmt: skip
    code, found = proved("--file", where)
    assert (code, found["verdict"], found["complete"]) == (CLOSED, "closed", True)
    (advice,) = found["findings"]
    assert (advice["rule"], advice["level"], advice["decided"]) == ("CN-240", "advisory", True)
    counts = {rule["rule"]: rule for rule in found["rules"]}["CN-240"]
    assert (found["advisories"], counts["level"], counts["found"]) == (1, "advisory", 1)
    shown = CliRunner().invoke(app, ["prove", "--file", where])
    said = " ".join(shown.stdout.split())
    assert shown.exit_code == CLOSED and "advice: CN-240 cluster has no FlowLog of all" in said
    assert "CN-240 medium, advisory cluster nobody" in said
    assert said.endswith("policies; advisory findings, which change no verdict: 1")
    declared = tmp_path / "heiiki.dev.policy.json"
    document = json.loads(declared.read_text(encoding="utf-8"))
    rule = {"stack-require-flow-log-of-vpc": "mandatory"}
    declared.write_text(json.dumps({**document, **rule}), encoding="utf-8")
    code, found = proved("--file", where)
    assert (code, found["verdict"], found["advisories"]) == (OPEN, "open", 0)
    assert [(f["rule"], f["level"]) for f in found["findings"]] == [("CN-240", "mandatory")]


def test_an_open_network_is_let_pass_by_nobody_but_who_answers_for_each_door(tmp_path):
    where = changed(tmp_path, "open", lambda config: None)
    code, found = proved("--file", where)
    assert (code, found["verdict"]) == (CLOSED, "open, answered for")
    assert all(finding["answered"] for finding in found["findings"])
    reach = [finding for finding in found["findings"] if finding["claim"] == "reach"]
    assert reach
    for way in reach:
        assert "NAT gateway" in way["witness"] and "internet gateway" in way["witness"]
    declared = tmp_path / "heiiki.open.policy.json"
    document = json.loads(declared.read_text(encoding="utf-8"))
    document["boundary"]["exceptions"] = []
    declared.write_text(json.dumps(document), encoding="utf-8")
    code, found = proved("--file", where)
    assert (code, found["verdict"]) == (OPEN, "open")
    assert {f["rule"] for f in found["findings"]} > {"CN-010", "CN-012", "CN-030"}
    ways = [f["witness"] for f in found["findings"] if f["claim"] == "reach"]
    assert any("route table" in way and "internet gateway" in way for way in ways)


def test_an_on_premises_network_that_nobody_names_is_shown_hop_by_hop(tmp_path):
    where = changed(tmp_path, "on-premises", lambda config: None)
    declared = tmp_path / "heiiki.on-premises.policy.json"
    document = json.loads(declared.read_text(encoding="utf-8"))
    document["boundary"]["connections"] = []
    declared.write_text(json.dumps(document), encoding="utf-8")
    code, found = proved("--file", where)
    ways = [f for f in found["findings"] if f["claim"] == "reach"]
    assert code == OPEN and ways
    for way in ways:
        assert way["decided"] and "virtual private gateway datacentre" in way["what"]
        assert "route table" in way["witness"] and "192.168." in way["witness"]


def test_an_issuer_of_tokens_is_inside_only_by_somebody_s_word(tmp_path):
    """Its name resolves, so who answers for it says where it leads. Nothing else is open then."""
    issuer = {"url": "https://login.bank.example", "cidrs": ["10.0.0.0/20"], "audiences": ["a"],
              "certificateAuthority": authority("of the login").pem}  # fmt: skip
    where = changed(tmp_path, "self-hosted", lambda config: config["heiiki:controlPlane"].update(
        apiServer={"issuers": {"corp": issuer}}))  # fmt: skip
    code, found = proved("--file", where)
    counted = [f for f in found["findings"] if not f["answered"]]
    assert code != CLOSED and counted
    assert all("login.bank.example" in json.dumps(f) for f in counted)


def test_what_nothing_declares_as_inside_is_open(tmp_path):
    nothing = tmp_path / "nothing.json"
    nothing.write_text("{}", encoding="utf-8")
    code, found = proved("--file", str(EXAMPLES / "dev"), "--boundary", str(nothing))
    assert code == OPEN
    assert {"perimeter", "rule"} <= {finding["claim"] for finding in found["findings"]}
    assert any(f["claim"] == "perimeter" and "calls" in f["witness"] for f in found["findings"])


@pytest.mark.parametrize("how", [(), ("--state", "state.json"), ("--live",)])
def test_without_a_policy_file_it_is_told_that_one_is_missing(tmp_path, how):
    where = changed(tmp_path, "dev", lambda config: None)
    (tmp_path / "heiiki.dev.policy.json").unlink()
    code, found = proved("--file", where, *how)
    assert code == UNREADABLE
    assert found["error"]["message"] == (
        "heiiki.dev.policy.json is missing beside the stack file, so nothing is declared as inside "
        "and nothing was proved"
    )
    at = tmp_path / "Pulumi.dev.yaml"
    assert f"heiiki boundary --file {at} proposes it" in found["error"]["advice"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"boundary": {"accounts": ["999999999999"], "accounts": ["123456789012"]}}',
            "heiiki.dev.policy.json: boundary.accounts is written twice; leave one of them",
        ),
        (
            '{"boundary": {"accounts": ["123456789012"]}, "all": "disabled", "no-such": {}}',
            "heiiki.dev.policy.json: there is no policy no-such; every rule keeps its level, but "
            "the configuration lowers all (disabled); name the resource and the rule under "
            "boundary.exceptions instead",
        ),
    ],
)
def test_a_policy_file_that_the_pack_refuses_is_no_verdict(tmp_path, text, said):
    where = changed(tmp_path, "dev", lambda config: None)
    (tmp_path / "heiiki.dev.policy.json").write_text(text, encoding="utf-8")
    code, found = proved("--file", where)
    assert code == UNREADABLE and said in found["error"]["details"]


def recorded(declared) -> str:
    """The same resources as an export holds them, ids and all."""
    resources = [
        {
            "urn": r.urn,
            "type": r.type,
            "custom": not r.type.startswith("heiiki:"),
            "id": f"id-{index}",
            "inputs": r.inputs,
            "outputs": {**r.inputs, "id": f"id-{index}"},
            "propertyDependencies": r.sources,
        }
        for index, r in enumerate(declared)
    ]
    return json.dumps({"version": 3, "deployment": {"resources": resources}})


def of_dev(standing_in):
    spec, lock = read("dev")
    return declared_by(
        lambda: program(spec, lock, where="dev"), project="heiiki", stack="dev",
        standing_in=standing_in(spec),
    )  # fmt: skip


def test_a_state_is_proved_as_its_stack_file_is(tmp_path):
    declared = of_dev(told_by_aws)
    export = tmp_path / "state.json"
    export.write_text(recorded(declared))
    code, found = proved("--file", str(EXAMPLES / "dev"), "--state", str(export))
    assert (code, found["verdict"], found["resources"]) == (CLOSED, "closed", len(declared))
    assert as_text(declared).startswith("[")


def test_another_stacks_state_is_not_taken_for_this_ones(tmp_path):
    export = tmp_path / "state.json"
    for project, stack in (("heiiki", "prod"), ("shop", "dev")):
        declared = recorded(of_dev(told_by_aws))
        export.write_text(
            declared.replace("urn:pulumi:dev::heiiki::", f"urn:pulumi:{stack}::{project}::")
        )
        code, found = proved("--file", str(EXAMPLES / "dev"), "--state", str(export))
        assert code == UNREADABLE and "verdict" not in found
        said = f"is the state of {project}/{stack}, and heiiki/dev is asked about"
        assert said in found["error"]["message"]
        assert proved("--state", str(export))[0] == UNREADABLE, "dev is asked about by default"


def test_a_state_is_that_of_the_program_beside_the_stack_file_or_of_the_project_in_its_name(
    tmp_path,
):
    where = changed(tmp_path, "dev", lambda config: None)
    export = tmp_path / "state.json"
    text = recorded(of_dev(told_by_aws))
    export.write_text(text.replace("urn:pulumi:dev::heiiki::", "urn:pulumi:dev::shop::"))
    state = ("--file", where, "--state", str(export))
    assert proved(*state)[0] == UNREADABLE
    assert proved(*state, "--stack", "own/shop/dev")[0] == CLOSED
    assert proved(*state, "--stack", "own/heiiki/dev")[0] == UNREADABLE
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    assert proved(*state)[0] == CLOSED
    (tmp_path / "Pulumi.yaml").write_text("name: [\n")
    assert proved(*state)[0] == UNREADABLE


def test_any_programs_state_is_proved_by_a_policy_file_alone(tmp_path):
    export, policy = tmp_path / "state.json", DEV_POLICY
    declared = of_dev(told_by_aws)
    text = recorded(declared).replace("urn:pulumi:dev::heiiki::", "urn:pulumi:prod::shop::")
    export.write_text(text)
    code, found = proved("--state", str(export), "--boundary", policy)
    assert (code, found["stack"], found["resources"]) == (CLOSED, "shop/prod", len(declared))
    gateway = "aws:ec2/internetGateway:InternetGateway"
    door = {"urn": f"urn:pulumi:prod::shop::{gateway}::door", "type": gateway, "id": "igw-1"}
    opened = json.loads(text)
    table = "aws:ec2/route:Route"
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
              "ciphertext": "v1:x"}  # fmt: skip
    route = {"urn": f"urn:pulumi:prod::shop::{table}::door", "type": table, "id": "r-1",
             "custom": True, "inputs": {"destinationCidrBlock": secret}}  # fmt: skip
    opened["deployment"]["resources"] += [{**door, "custom": True}, route]
    export.write_text(json.dumps(opened))
    ended = CliRunner().invoke(app, ["prove", "--state", str(export), "--boundary", policy])
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == OPEN and "shop/prod is open" in said
    assert "CN-010 door (InternetGateway) is a way to" in said, "two are called so"
    assert "door (Route) destinationCidrBlock is unknown in the state" in said, "no preview was"
    export.write_text('{"deployment": {"resources": [7]}}')
    code, found = proved("--state", str(export), "--boundary", policy)
    assert code == UNREADABLE and "has no urn" in str(found["error"]["details"])


def test_user_data_that_nobody_knows_leaves_it_undecided(tmp_path):
    export = tmp_path / "state.json"
    export.write_text(recorded(of_dev(lambda spec: {})))
    code, found = proved("--file", str(EXAMPLES / "dev"), "--state", str(export))
    assert (code, found["verdict"]) == (UNDECIDED, "undecided")
    assert [(f["rule"], f["resource"]) for f in found["findings"]] == [("CN-210", "workers")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "nope"), "does not exist"),
        (("--file", str(EXAMPLES / "dev"), "--state", "/nonexistent.json"), "cannot be read"),
        (("--file", str(EXAMPLES / "dev"), "--state", __file__), f"{__file__} is not JSON: "),
        (("--state", "-", "--manifests", "-", "--boundary", __file__), "both to come on stdin"),
    ],
)
def test_what_cannot_be_read_is_no_verdict(arguments, said):
    ended = CliRunner().invoke(app, ["prove", *arguments])
    assert ended.exit_code == UNREADABLE and "Traceback" not in ended.output
    assert said in ended.output


@pytest.mark.parametrize("within", [False, True])
def test_what_is_nested_too_deeply_is_no_verdict(tmp_path, within):
    deep = "[" * 900 + "]" * 900 if within else "[" * 100_000
    resource = {"urn": "urn::net", "type": "aws:ec2/vpc:Vpc", "inputs": {"tags": "DEEP"}}
    text = json.dumps({"version": 3, "deployment": {"resources": [resource]}})
    export = tmp_path / "state.json"
    export.write_text(text.replace('"DEEP"', deep) if within else deep, encoding="utf-8")
    where = ("--file", str(EXAMPLES / "dev"), "--state", str(export))
    ended = CliRunner().invoke(app, ["prove", *where])
    assert ended.exit_code == UNREADABLE and "Traceback" not in ended.output
    said = " ".join(ended.output.split())
    where = "state: deployment.resources[0] (urn::net) is " if within else ""
    assert f"{where}nested too deeply to be read" in said


def test_faults_of_the_stack_file_are_told_as_validate_tells_them(tmp_path):
    where = changed(tmp_path, "dev", lambda config: config.update({"heiiki:region": "nowhere"}))
    ended = CliRunner().invoke(app, ["prove", "--file", where])
    assert ended.exit_code == UNREADABLE and "region" in ended.output


def test_a_page_with_the_evidence_is_written_where_it_is_asked_for(tmp_path):
    where = tmp_path / "-page.html"
    code, found = proved("--file", str(EXAMPLES / "open"), "--html", str(where))
    assert code == CLOSED and found["verdict"] == "open, answered for"
    page = where.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "<svg" in page
    assert '<h1>open is <b class="answered">open, answered for</b></h1>' in page


def test_a_page_that_cannot_be_written_is_no_verdict(tmp_path):
    where = tmp_path / "nowhere" / "page.html"
    code, found = proved("--file", str(EXAMPLES / "dev"), "--html", str(where))
    assert code == UNREADABLE
    assert f"{where}: cannot be written: No such file or directory" in found["error"]["details"]


def test_a_page_of_a_recorded_state_says_the_same_word(tmp_path):
    state, where = tmp_path / "state.json", tmp_path / "page.html"
    state.write_text(json.dumps({"version": 3, "deployment": {}}), encoding="utf-8")
    arguments = ["--file", str(EXAMPLES / "dev"), "--state", str(state), "--html", str(where)]
    code, found = proved(*arguments)
    assert code == UNDECIDED and found["verdict"] == "undecided", "a proof of nothing"
    assert '<b class="undecided">undecided</b>' in where.read_text(encoding="utf-8")


PODS = """\
apiVersion: v1
kind: Pod
spec: {containers: [{image: IMAGE}]}
"""
OWN = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/app@sha256:" + "0" * 64


def manifests(tmp_path, image):
    path = tmp_path / "pods.yaml"
    path.write_text(PODS.replace("IMAGE", image), encoding="utf-8")
    return str(path)


def test_manifests_of_others_are_proved_with_a_stack_and_by_its_declaration(tmp_path):
    dev = ["--file", str(EXAMPLES / "dev")]
    code, found = proved(*dev, "--manifests", manifests(tmp_path, OWN))
    assert (code, found["verdict"], found["stack"]) == (CLOSED, "closed", "dev")
    code, found = proved(*dev, "--manifests", manifests(tmp_path, "nginx"))
    assert (code, found["resources"] > 90) == (OPEN, True)
    assert [(f["rule"], f["resource"]) for f in found["findings"]] == [
        ("CN-145", "pods.yaml:1"), ("CN-146", "pods.yaml:1"),
    ]  # fmt: skip


def test_manifests_alone_are_inside_what_a_policy_file_says(tmp_path):
    path, policy = manifests(tmp_path, OWN), DEV_POLICY
    code, found = proved("--manifests", path, "--boundary", policy)
    assert (code, found["verdict"], found["stack"], found["resources"]) == (
        CLOSED, "closed", "pods.yaml", 1,
    )  # fmt: skip
    code, found = proved("--manifests", path)
    assert (code, [f["rule"] for f in found["findings"]]) == (OPEN, ["CN-145"])


@pytest.mark.parametrize("more", [[], ["--file", str(EXAMPLES / "dev")]])
def test_manifests_come_from_stdin_too(more):
    text = PODS.replace("IMAGE", "quay.io/a/b") + "---\n"
    ended = CliRunner().invoke(app, ["prove", "--json", "--manifests", "-", *more], input=text)
    found = json.loads(ended.stdout)["findings"]
    assert ended.exit_code == OPEN
    assert {(f["rule"], f["resource"]) for f in found} == {
        ("CN-145", "stdin:1"), ("CN-146", "stdin:1"),
    }  # fmt: skip


def test_manifests_that_cannot_be_read_are_no_verdict(tmp_path):
    (tmp_path / "a.yaml").write_text("kind: Pod\nspec: [\n", encoding="utf-8")
    code, found = proved("--manifests", str(tmp_path))
    assert code == UNREADABLE and "a.yaml, line 3: is no YAML" in found["error"]["details"][0]
    code, found = proved("--manifests", str(tmp_path), "--boundary", str(tmp_path / "no.json"))
    assert code == UNREADABLE and "no such file" in found["error"]["message"]
