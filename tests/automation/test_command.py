"""The `heiiki` command as people meet it: text, JSON, exit codes, and never a traceback."""

import base64
import hashlib
import importlib
import inspect
import json
import shutil
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
import typer.main
import yaml
from typer.testing import CliRunner

from automation.commands.app import app
from automation.policy_file import read_policy_file
from spec.errors import SpecError
from spec.lock import parse_lock
from tests.automation.events import (
    PASSED,
    judged_whole,
    read_anew,
    said,
    step,
    summary,
    urn,
    violated,
)
from tests.scenarios import EXAMPLES, ROOT

GOOD = {"events": PASSED}
KUBECONFIG = "apiVersion: v1\nkind: Config\n"


class Heiiki:
    """Runs the command on the project's stack."""

    def __init__(self, project: Path) -> None:
        self.project = project

    def __call__(self, *arguments: str, file: Path | None = None, text: str = ""):
        named = ["--file", str(file or self.project)]
        ended = CliRunner().invoke(app, [arguments[0], *named, *arguments[1:]], input=text)
        assert "Traceback" not in ended.output
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended


@pytest.fixture
def heiiki(project, engine, monkeypatch):
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    return Heiiki(project)


def test_validate_says_what_the_files_describe(heiiki):
    ended = heiiki("validate")
    assert ended.exit_code == 0
    assert "are valid: cluster dev in ap-northeast-1, 2 zones, 1 node pool" in ended.stdout
    assert ended.stdout.strip().endswith(", no way to the internet")
    assert "warning: nodePools.workers.minSize" in ended.stderr


def test_validate_tells_what_follows_though_a_key_is_faulty(heiiki, project):
    stack_file = project / "Pulumi.dev.yaml"
    text = stack_file.read_text().replace("maxSize: 3", "maxSize: three")
    stack_file.write_text(text.replace("m7i.large", "m7i.huge"))
    ended = heiiki("validate")
    assert ended.exit_code == 1
    assert "(1 fault)" in ended.stderr and "maxSize: must be a whole number" in ended.stderr
    assert "With these left out, this is wrong too:" in ended.stderr
    assert "instanceType: is no known instance type" in ended.stderr
    told = json.loads(heiiki("validate", "--json").stdout)
    assert [fault["path"] for fault in told["faults"]] == ["nodePools.workers.maxSize"]
    assert [fault["path"] for fault in told["more"]] == ["nodePools.workers.instanceType"]


def test_validate_tells_the_first_of_very_many_faults_and_counts_the_rest(heiiki, project):
    stack_file = project / "Pulumi.dev.yaml"
    unknown = "".join(f"  heiiki:k{i}: 1\n" for i in range(300))
    stack_file.write_text(stack_file.read_text().replace("config:\n", f"config:\n{unknown}"))
    ended = heiiki("validate")
    assert ended.exit_code == 1 and ended.stderr.endswith("  and 100 more\n")
    told = json.loads(heiiki("validate", "--json").stdout)
    assert len(told["faults"]) == 200 and told["leftOut"] == 100


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is full")
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_full_disk_is_told_in_one_line(project, flags):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "automation.cli", "validate", "--file", str(project)]
        ended = subprocess.run([*command, *flags], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 3
    assert "heiiki cannot write its output: No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_command_that_starts_does_not_look_for_garbage(project):
    """All that the rooms make when they are read stays; later it is looked for as ever."""
    script = """
import gc, sys
from automation.cli import main
began = gc.get_stats()[0]["collections"]
try:
    main()
finally:
    print("looked", gc.get_stats()[0]["collections"] - began, gc.isenabled())
"""
    command = [sys.executable, "-c", script, "validate", "--file", str(project)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    _, times, enabled = ended.stdout.splitlines()[-1].split()
    assert int(times) < 5 and enabled == "True"


def test_validate_promises_of_a_supplied_network_only_what_was_read(heiiki, tmp_path):
    def said() -> str:
        ended = heiiki("validate", file=tmp_path / "Pulumi.existing.yaml")
        assert ended.exit_code == 0, ended.stderr
        return ended.stdout.replace("\n", " ").strip()

    for path in (EXAMPLES / "existing").glob("*.yaml"):
        shutil.copy(path, tmp_path)
    closed = "no way to the internet in any supplied route table, as heiiki lock read them"
    assert said().endswith(f", {closed}")
    lock_file = tmp_path / "heiiki.existing.lock.yaml"
    lock = yaml.safe_load(lock_file.read_text())
    (vpc,) = lock["supplied"]["vpcs"].values()
    vpc["internetGatewayIds"] = ["igw-01234567"]
    lock_file.write_text(yaml.safe_dump(lock))
    assert said().endswith(f", {closed}; not known: who may write a route to igw-01234567")


@pytest.fixture
def on(monkeypatch):
    def day(text: str) -> None:
        for command in ("validate", "lock"):
            module = importlib.import_module(f"automation.commands.{command}")
            monkeypatch.setattr(module, "today", lambda: date.fromisoformat(text))

    return day


SUPPORT_ENDS = "Kubernetes 1.35: standard support ends 2027-03-27, in 17 days"


def test_validate_warns_of_a_version_whose_support_ends(heiiki, on):
    on("2027-03-10")
    assert f"warning: {SUPPORT_ENDS}" in heiiki("validate").stderr
    told = json.loads(heiiki("validate", "--json").stdout)
    assert told["valid"] and any(w.startswith(SUPPORT_ENDS) for w in told["warnings"])
    on("2026-11-28")
    told = json.loads(heiiki("validate", "--json").stdout)
    assert told["warnings"] and not any("Kubernetes 1.35" in w for w in told["warnings"])


def test_lock_warns_of_a_version_whose_support_ends(heiiki, on, with_aws):
    on("2027-03-10")
    ended = heiiki("lock")
    assert ended.exit_code == 0 and f"warning: {SUPPORT_ENDS}" in ended.stderr
    (warning,) = json.loads(heiiki("lock", "--json").stdout)["warnings"]
    assert warning.startswith(SUPPORT_ENDS)
    on("2026-11-28")
    assert "Kubernetes 1.35" not in heiiki("lock").stderr
    assert json.loads(heiiki("lock", "--json").stdout)["warnings"] == []


def test_validate_says_of_an_open_network_how_it_is_open(heiiki):
    ended = heiiki("validate", file=EXAMPLES / "open" / "Pulumi.open.yaml")
    assert ", egress nat" in ended.stdout


def test_validate_tells_every_fault_with_its_path(heiiki, project):
    stack_file = project / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text().replace("maxSize: 3", "maxSize: 0\n      a: b"))
    ended = heiiki("validate")
    assert ended.exit_code == 1
    assert "is not valid (2 faults)" in ended.stderr
    document = json.loads(heiiki("validate", "--json").stdout)
    assert document["valid"] is False
    assert {f["path"] for f in document["faults"]} == {
        "nodePools.workers.maxSize", "nodePools.workers.a",
    }  # fmt: skip


CUT_OFF = "the file ends too early: restore it from version control, or close what is open"


def test_validate_judges_the_policy_file_that_is_there(heiiki, project):
    policy_file = project / "heiiki.dev.policy.json"
    own = '"accounts": ["123456789012"]'
    policy_file.write_text(f'{{"boundary": {{{own}}}}}')
    assert "lock.yaml and heiiki.dev.policy.json are valid: cluster" in heiiki("validate").stdout
    for text, path, why in (
        ("{", "(whole file)", "is no JSON: Expecting property name"),
        (
            '{"boundary": {"accounts": ["210987654321"]}}',
            "boundary.accounts",
            "leaves out 123456789012, the lock file's, so all that the stack makes would count as "
            "somebody else's; add it, or run heiiki lock",
        ),
        (
            f"{{{own}}}",
            "(whole file)",
            "heiiki.dev.policy.json: accounts must be a level or an "
            "object; is boundary.accounts meant?",
        ),
        (f'{{"boundary": {{{own}, {own}}}}}', "boundary.accounts", "is written twice"),
        ('{"boundary": {"nonsense": 1}}', "boundary.nonsense", "is not a key here"),
        ('{"all": "disabled"}', "(whole file)", "every rule keeps its level"),
        ('{"boundry": {}}', "(whole file)", "there is no policy boundry; is boundary meant?"),
        ("[]", "(whole file)", 'must be an object of settings by policy; write at least {"bound'),
    ):
        policy_file.write_text(text)
        ended = heiiki("validate")
        assert ended.exit_code == 1 and f"  {path}: {why}" in ended.stderr
        assert ended.stderr.startswith("heiiki.dev.policy.json is not valid (1 fault)")


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("", 'write at least {"boundary": {"accounts": ["<account id>"]}}'),
        ('\ufeff{"boundary": {}}', "save it as UTF-8 without a byte order mark"),
        ('{"boundary": {}} // ours', "leave comments out, JSON has none"),
        ('{\n  # ours\n  "boundary": {}}', "leave comments out, JSON has none"),
        ('{"boundary": {"accounts": [],\n}}', "leave out the comma before the bracket"),
        ('{"boundary": {"accounts": ["1",]}}', "leave out the comma before the bracket"),
        ("{'boundary': {}}", 'put keys and texts in plain double quotes, "'),
        ("{\u201cboundary\u201d: {}}", 'put keys and texts in plain double quotes, "'),
        ("boundary:\n  accounts: []\n", "write JSON, which begins with a brace"),
        ('{"boundary": {"acc', CUT_OFF),
        ('{"boundary": {"accounts": ["1"\n', CUT_OFF),
        ('{"boundary": ', CUT_OFF),
        ('{"boundary": {"accounts": ["1" "2"]}}', "a comma is missing before it"),
        ("{boundary: {}}", 'put keys in plain double quotes, "'),
    ],
)  # fmt: skip
def test_a_policy_file_that_is_no_json_is_told_with_what_to_write(tmp_path, text, way):
    file = tmp_path / "heiiki.dev.policy.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read_policy_file(file)
    (fault,) = caught.value.faults
    assert fault.message.startswith("is no JSON: ") and fault.message.endswith(f"; {way}")


def test_validate_tells_the_faults_of_every_file_at_once(heiiki, project):
    (project / "heiiki.dev.policy.json").write_text('{"boundary": {"nonsense": 1}}')
    stack_file = project / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text().replace("maxSize: 3", "maxSize: three"))
    told = json.loads(heiiki("validate", "--json").stdout)
    assert not told["valid"] and told["policyFile"].endswith("heiiki.dev.policy.json")
    assert [(f["file"], f["path"]) for f in told["faults"]] == [
        ("Pulumi.dev.yaml", "nodePools.workers.maxSize"),
        ("heiiki.dev.policy.json", "boundary.nonsense"),
    ]


def test_the_version_is_that_of_the_checkout():
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ended = CliRunner().invoke(app, ["--version"])
    assert ended.exit_code == 0
    assert ended.stdout == f"heiiki {described['project']['version']}\n"


def test_the_overview_says_each_command_in_a_whole_line():
    ended = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"})
    lines = ended.stdout.partition("Commands:\n")[2].splitlines()
    assert len(lines) >= 12
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []


def test_a_wrong_option_is_a_matter_of_usage(heiiki):
    assert heiiki("validate", "--nonsense").exit_code == 2


def test_a_missing_stack_names_those_that_are_there(heiiki, project):
    ended = heiiki("validate", file=project / "Pulumi.prod.yaml")
    assert ended.exit_code == 1
    assert "Stack files there: Pulumi.dev.yaml" in ended.stderr


@pytest.fixture
def with_aws(aws_environment, monkeypatch):
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)


def test_lock_writes_once_and_shows_what_changed(heiiki, project, with_aws):
    lock_file = project / "heiiki.dev.lock.yaml"
    lock_file.unlink()
    assert heiiki("lock", "--check").exit_code == 1
    assert not lock_file.exists()
    first = heiiki("lock")
    assert first.exit_code == 0 and "+kubernetesVersion: '1.35'" in first.stdout
    text = lock_file.read_text()
    again = heiiki("lock")
    assert again.exit_code == 0 and "is up to date" in again.stdout
    assert lock_file.read_text() == text
    assert heiiki("lock", "--check").exit_code == 0
    assert heiiki("validate").exit_code == 0


def test_lock_check_notices_a_stale_image(heiiki, project, with_aws):
    lock_file = project / "heiiki.dev.lock.yaml"
    heiiki("lock")
    image = parse_lock(lock_file.read_text(), where="x").images["al2023/1.35/x86_64"]
    stale = lock_file.read_text().replace(image, "ami-00000000000000000")
    lock_file.write_text(stale)
    ended = heiiki("lock", "--check", "--json")
    assert ended.exit_code == 1
    document = json.loads(ended.stdout)
    assert document["changed"] and not document["written"]
    assert f"+  al2023/1.35/x86_64: {image}" in document["diff"]
    assert lock_file.read_text() == stale


def test_an_upgrade_lists_what_it_moves_before_it_writes(heiiki, project, with_aws):
    lock_file, stack_file = project / "heiiki.dev.lock.yaml", project / "Pulumi.dev.yaml"
    lock_file.unlink()
    smallest = stack_file.read_text()
    stack_file.write_text(f"{smallest}  heiiki:controlPlane: {{version: '1.33'}}\n")
    assert heiiki("lock").exit_code == 0
    stack_file.write_text(smallest)
    before = lock_file.read_text()
    listed = heiiki("lock", "--upgrade", "--check")
    assert listed.exit_code == 1 and lock_file.read_text() == before
    assert listed.stdout.split("control plane")[1].split()[:2] == ["1.33", "1.34"]
    assert "replaces its machines" in listed.stdout
    moves = json.loads(heiiki("lock", "--upgrade", "--check", "--json").stdout)["moves"]
    assert moves[0]["what"] == "control plane" and moves[-1]["what"] == "pool workers"
    image = parse_lock(before, where="x").images["al2023/1.33/x86_64"]
    own = f"{{kind: custom, family: al2023, imageId: {image}, kubernetesVersion: '1.30'}}"
    stack_file.write_text(smallest.replace("maxSize: 3", f"maxSize: 3\n      image: {own}"))
    refused = heiiki("lock", "--upgrade")
    assert refused.exit_code == 1 and "OUT OF STEP" in refused.stdout
    assert "is 4 minors older than control plane 1.34" in refused.stderr
    assert lock_file.read_text() == before


def test_a_lock_file_that_cannot_be_read_is_not_replaced(heiiki, project, with_aws):
    lock_file = project / "heiiki.dev.lock.yaml"
    lock_file.write_text("format: 2\n")
    ended = heiiki("lock")
    assert ended.exit_code == 1 and "not known which Kubernetes version" in ended.stderr
    assert lock_file.read_text() == "format: 2\n"


def test_lock_without_credentials_says_how_to_sign_in(heiiki, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    ended = heiiki("lock")
    assert ended.exit_code == 3 and "AWS_PROFILE" in ended.stderr


def test_preview_shows_changes_effects_and_how_far_the_verdict_goes(heiiki, engine):
    replaced = step("cluster", "replace", "aws:eks/cluster:Cluster",
                    detailedDiff={"name": {"diffKind": "update-replace"}})  # fmt: skip
    judged = {"resourceUrn": replaced["resourcePreEvent"]["metadata"]["urn"],
              "policyPackName": "pack", "passed": ["rule-a"]}  # fmt: skip
    ends = said("Kubernetes 1.35: standard support ends one day", "info")
    engine.says(
        preview={"events": [replaced, ends, {"policyAnalyzeSummaryEvent": judged}, judged_whole()]}
    )
    ended = heiiki("preview")
    assert ended.exit_code == 1, "a job must fail before somebody merges what up would refuse"
    assert (
        "heiiki up would refuse this: up would replace or delete what holds data or addresses\n"
        "  cluster (Cluster) would be replaced: the cluster and everything that runs in it is "
        "gone; name differs: look at name\nNothing was changed. Set the keys back" in ended.stdout
    )
    as_json = heiiki("preview", "--json")
    (told,) = json.loads(as_json.stdout)["refusals"]
    assert as_json.exit_code == 1 and json.loads(as_json.stdout)["verdict"]["passed"]
    assert told["message"] in ended.stdout and len(told["details"]) == 1
    assert "note: Kubernetes 1.35: standard support ends one day" in ended.stdout
    assert "DATA LOSS the cluster and everything that runs in it is gone" in ended.stdout
    assert "policy pack passed: 2 rules over 1 resources. Each resource was judged" in ended.stdout


def test_a_preview_that_passes_and_loses_nothing_ends_with_0(heiiki, engine):
    engine.says(preview=GOOD)
    assert [heiiki("preview", *flags).exit_code for flags in ([], ["--json"])] == [0, 0]


def test_where_the_engine_stops_at_what_it_protects_the_refusal_is_all_that_is_told(heiiki, engine):
    cluster = urn("control-plane", "aws:eks/cluster:Cluster")
    message = f'unable to replace resource "{cluster}"\nas it is currently marked for protection.'
    engine.says(preview={"events": [*PASSED[:2], said(message)], "exit": 255})
    ended = heiiki("preview")
    assert ended.exit_code == 1 and "could not judge" not in ended.output
    assert "heiiki up would refuse this: up would replace or delete what is" in ended.stdout
    assert "  control-plane (Cluster) would be replaced or deleted, and it is" in ended.stdout
    assert json.loads(heiiki("preview", "--json").stdout)["held"] == [cluster]


def test_a_preview_that_does_not_pass_ends_with_1(heiiki, engine):
    engine.says(preview={"events": [*PASSED, violated("cluster", "has a door; close it")]})
    ended = heiiki("preview")
    assert ended.exit_code == 1 and ended.output.count("has a door; close it") == 1
    assert "the policy pack refuses cluster" in ended.stderr
    assert "(boundary.…), in heiiki.dev.policy.json." in ended.stderr
    ended = heiiki("preview", "--json")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["verdict"]["passed"] is False


DRIFTED = [
    *read_anew("vpc", "same"),
    *read_anew("ecr-api", "update", "aws:ec2/vpcEndpoint:VpcEndpoint", diffs=["policy"],
               detailedDiff={"policy": {"diffKind": "update"}}),
    *read_anew("node-workers", "delete", "aws:eks/accessEntry:AccessEntry"),
    *read_anew("control-plane", "same", "heiiki:controlPlane:Eks"),
    summary(same=2, update=1, delete=1),
]  # fmt: skip


def test_refresh_shows_what_has_drifted_and_what_is_gone(heiiki, engine):
    engine.says(refresh={"events": DRIFTED})
    ended = heiiki("refresh")
    assert ended.exit_code == 0
    rows = [line.rstrip().split(maxsplit=3) for line in ended.stdout.splitlines()]
    assert rows == [
        ["resource", "type", "effect"],
        ["~", "ecr-api", "ec2.VpcEndpoint", "AWS has it otherwise than was recorded"],
        ["policy"],
        ["-", "node-workers", "eks.AccessEntry", "AWS has none; it is no longer recorded"],
        ["Next:", "heiiki", "preview", "shows how `up` would set it right."],
    ]


def test_refresh_tells_programs_the_same(heiiki, engine, stack):
    engine.says(refresh={"events": DRIFTED})
    told = json.loads(heiiki("refresh", "--json").stdout)
    assert told["counts"] == {"same": 2, "update": 1, "delete": 1}
    seen = [(c["operation"], c["name"], [p["path"] for p in c["properties"]], c["risk"])
            for c in told["changes"]]  # fmt: skip
    assert seen == [
        ("update", "ecr-api", ["policy"], "none"), ("delete", "node-workers", [], "none"),
    ]  # fmt: skip
    refreshed = stack().refresh()
    assert [(c.operation, c.name) for c in refreshed.changes] == [one[:2] for one in seen]
    assert len(refreshed.steps) == 4


def test_refresh_of_what_is_as_recorded_says_so(heiiki, engine):
    engine.says(refresh={"events": [*read_anew("vpc", "same"), summary(same=1)]})
    ended = heiiki("refresh")
    assert ended.stdout == "nothing differs from what was recorded\n"
    assert json.loads(heiiki("refresh", "--json").stdout)["changes"] == []


def test_of_what_was_read_without_an_answer_nothing_is_promised(engine, stack):
    engine.says(refresh={"events": [step("vpc", "refresh"), summary()]})
    assert [(c.operation, c.effect) for c in stack().refresh().changes] == [("refresh", "")]


def test_up_without_a_person_to_ask_does_nothing(heiiki, engine):
    engine.says(preview=GOOD, up=GOOD)
    ended = heiiki("up")
    assert ended.exit_code == 1 and "--yes" in ended.stderr
    assert not engine.calls("up")


def test_up_ends_with_outputs_verdict_and_what_to_do_next(heiiki, engine):
    outputs = '{"vpcId": "vpc-1", "kubeconfig": "[secret]"}'
    engine.says(preview=GOOD, up=GOOD, stack_output={"stdout": outputs})
    ended = heiiki("up", "--yes")
    assert ended.exit_code == 0
    assert "vpc-1" in ended.stdout and "[secret]" in ended.stdout
    assert "policy pack passed" in ended.stdout
    at = heiiki.project / "Pulumi.dev.yaml"
    assert f"\nNext: heiiki kubeconfig --file {at} --output kubeconfig. The API" in ended.stdout
    assert "created cluster (ec2.Vpc)" in ended.stderr
    assert "cluster" not in ended.stdout.partition("output")[0], "told once, when it was made"


def test_up_as_json_is_one_document_with_progress_beside_it(heiiki, engine):
    engine.says(preview=GOOD, up=GOOD)
    ended = heiiki("up", "--yes", "--json")
    document = json.loads(ended.stdout)
    assert document["changes"][0]["name"] == "cluster" and document["verdict"]["passed"]
    assert document["preview"]["counts"] == {"create": 1}
    assert "creating and changing" in ended.stderr


def test_a_failed_up_ends_with_3_and_one_json_document(heiiki, engine):
    failing = {"events": [*PASSED[:2], said("no room")], "exit": 255}
    engine.says(preview=GOOD, up=failing)
    ended = heiiki("up", "--yes", "--json")
    assert ended.exit_code == 3
    assert json.loads(ended.stdout)["error"]["details"] == ["no room"]


def test_a_missing_engine_is_said(heiiki, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    ended = heiiki("preview")
    assert ended.exit_code == 3 and "there is no pulumi on PATH" in ended.stderr


@pytest.fixture
def with_outputs(engine):
    masked = json.dumps({"vpcId": "vpc-1", "kubeconfig": "[secret]"})
    clear = json.dumps({"vpcId": "vpc-1", "kubeconfig": KUBECONFIG})
    answers = {"stack output --json --show-secrets": {"stdout": clear},
               "stack output": {"stdout": masked}}  # fmt: skip
    engine.says(**answers)


def test_outputs_mask_secrets_unless_they_are_asked_for(heiiki, with_outputs):
    masked = json.loads(heiiki("outputs", "--json").stdout)
    assert masked["kubeconfig"] == {"value": None, "secret": True}
    assert masked["vpcId"] == {"value": "vpc-1", "secret": False}
    assert "[secret]" in heiiki("outputs").stdout
    clear = json.loads(heiiki("outputs", "--json", "--show-secrets").stdout)
    assert clear["kubeconfig"] == {"value": KUBECONFIG, "secret": True}


def test_the_kubeconfig_goes_to_stdout_or_to_a_file_of_its_owner(heiiki, with_outputs, tmp_path):
    assert heiiki("kubeconfig").stdout == KUBECONFIG
    file = tmp_path / "kubeconfig"
    ended = heiiki("kubeconfig", "--output", str(file))
    assert ended.stdout == ""
    assert file.read_text() == KUBECONFIG and file.stat().st_mode & 0o777 == 0o600
    ended = heiiki("kubeconfig", "--output", str(tmp_path / "no" / "folder"))
    assert ended.exit_code == 1 and "cannot be written" in ended.stderr


def test_the_kubeconfig_for_a_program_is_one_document(heiiki, with_outputs, tmp_path):
    assert json.loads(heiiki("kubeconfig", "--json").stdout) == {"kubeconfig": KUBECONFIG}
    file = tmp_path / "kubeconfig"
    ended = heiiki("kubeconfig", "--json", "--output", str(file))
    assert json.loads(ended.stdout) == {"wrote": str(file)}
    assert file.read_text() == KUBECONFIG and file.stat().st_mode & 0o777 == 0o600


def test_a_failed_kubeconfig_is_one_document_too(heiiki):
    ended = heiiki("kubeconfig", "--json")
    assert ended.exit_code == 1
    assert "no kubeconfig yet" in json.loads(ended.stdout)["error"]["message"]


def test_a_stack_without_a_kubeconfig_says_what_to_run(heiiki):
    ended = heiiki("kubeconfig")
    assert ended.exit_code == 1 and "Run heiiki up" in ended.stderr


def test_status_tells_of_steps_that_were_cut_off(heiiki, engine):
    urn = "urn:pulumi:dev::heiiki::aws:ec2/vpc:Vpc::cluster"
    pending = {"resource": {"urn": urn, "type": "aws:ec2/vpc:Vpc"}, "type": "creating"}
    deployment = {"manifest": {"time": "2026-11-22T00:00:00Z"}, "pending_operations": [pending]}
    engine.says(stack_export={"stdout": json.dumps({"deployment": deployment})})
    assert "cluster: creating was cut off" in heiiki("status").stderr
    assert json.loads(heiiki("status", "--json").stdout)["interrupted"][0]["name"] == "cluster"


NOT_THERE = "dev does not exist yet; heiiki up makes it"


def test_every_command_says_the_same_of_a_stack_that_is_not_there(heiiki, engine):
    gone = {"exit": 255, "stderr": "error: no stack named 'dev' found"}
    engine.says(stack_ls={"stdout": "[]"}, stack_export=gone, stack_output=gone)
    assert heiiki("status").stdout == f"{NOT_THERE}\n"
    for command in ("outputs", "kubeconfig", "refresh", "unlock"):
        ended = heiiki(command)
        assert ended.exit_code == 1 and ended.stderr.splitlines()[-2] == NOT_THERE, command
        assert "Is no operation at work" not in ended.stderr, command
        told = json.loads(heiiki(command, "--json").stdout)["error"]
        assert (told["kind"], told["message"]) == ("noStack", NOT_THERE), command
    ended = heiiki("destroy", "--yes")
    assert (ended.exit_code, ended.stdout) == (0, "dev: nothing to do\n")
    told = json.loads(heiiki("destroy", "--yes", "--json").stdout)
    assert (told["operation"], told["counts"]) == ("destroy", {})


def test_unlock_asks_and_then_removes_the_lock(heiiki, engine):
    assert heiiki("unlock").exit_code == 1
    assert heiiki("unlock", "--yes").exit_code == 0
    assert engine.calls("cancel") == [["--yes", "--stack", "dev"]]


def test_unlock_tells_programs_what_it_did(heiiki, engine):
    told = json.loads(heiiki("unlock", "--json").stdout)["error"]
    assert told["message"] == "the lock was left in place" and not engine.calls("cancel")
    told = json.loads(heiiki("unlock", "--yes", "--json").stdout)
    assert told == {"stack": "dev", "unlocked": True} and engine.calls("cancel")


def test_a_secret_in_a_stack_file_is_not_echoed(heiiki, project):
    stack_file = project / "Pulumi.dev.yaml"
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    stack_file.write_text(stack_file.read_text() + f"  heiiki:network: {secret}\n")
    ended = heiiki("validate")
    assert ended.exit_code == 1 and secret not in ended.output


def test_every_fault_of_the_spec_ends_a_command_that_drives_the_engine(heiiki, project):
    (project / "heiiki.dev.lock.yaml").unlink()
    for command in ("preview", "up"):
        ended = heiiki(command)
        assert ended.exit_code == 1 and "run heiiki lock" in ended.stderr


SCRIPTED = """
      image:
        kind: custom
        imageId: ami-0123456789abcdef0
        family: script
        script: |
          #!/bin/sh
          export AWS_ACCESS_KEY_ID=AKIAABCDEFGHIJKLMNOP
"""
READ_IMAGE = """supplied:
  images:
    ami-0123456789abcdef0:
      {ownerId: '123456789012', state: available, architecture: x86_64, rootDeviceName: /dev/xvda}
"""


@pytest.mark.parametrize("command", [("validate",), ("preview",), ("up", "--yes")])
def test_a_script_that_a_machine_may_not_read_stops_every_command_before_anything_is_written(
    heiiki, project, engine, command
):
    stack_file = project / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text().rstrip() + SCRIPTED)
    lock_file = project / "heiiki.dev.lock.yaml"
    lock_file.write_text(lock_file.read_text() + READ_IMAGE)
    ended = heiiki(*command)
    assert ended.exit_code == 1
    assert "nodePools.workers.image.script: the script holds an AWS access key" in ended.stderr
    assert "AKIA" not in ended.output
    assert not (engine.file.parent / "home").exists()
    assert not engine.file.with_suffix(".calls").exists()


def test_export_writes_what_follows_and_nothing_secret(heiiki, engine, tmp_path):
    text = "#cloud-config\n"
    template = {"urn": "urn:pulumi:dev::heiiki::aws:ec2/launchTemplate:LaunchTemplate::workers",
                "type": "aws:ec2/launchTemplate:LaunchTemplate", "id": "lt-1",
                "outputs": {"userData": base64.b64encode(text.encode()).decode()}}  # fmt: skip
    outputs = {"urn": "urn:pulumi:dev::heiiki::pulumi:pulumi:Stack::heiiki-dev",
               "type": "pulumi:pulumi:Stack", "outputs": {"kubeconfig": KUBECONFIG}}  # fmt: skip
    state = {"deployment": {"resources": [outputs, template]}}
    engine.says(preview=GOOD, stack_export={"stdout": json.dumps(state)})
    folder = tmp_path / "audit"
    assert heiiki("export", "--output", str(folder)).exit_code == 0
    files = {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}
    assert files["user-data/workers.txt"] == text
    plan = json.loads(files["plan.json"])
    assert plan["spec"]["name"] == "dev" and plan["endpoints"]["s3"]["why"]
    assert json.loads(files["policy.json"])["passed"] is True
    digests = json.loads(files["index.json"])["sha256"]
    assert set(digests) == set(files) - {"index.json"}
    assert digests["plan.json"] == hashlib.sha256(files["plan.json"].encode()).hexdigest()
    assert not any(KUBECONFIG in text for text in files.values())


def test_an_export_holds_what_is_handed_over_and_what_machines_will_read(heiiki, engine, tmp_path):
    """Before the first `up` too: then with placeholders for what only the cluster tells."""
    handed = {"awsAuthConfigMap": "kind: ConfigMap\n", "sshConfig": "Host dev-operator\n"}
    engine.says(preview=GOOD, stack_output=[
        {"stdout": json.dumps({**handed, "kubeconfig": "[secret]"})},
        {"stdout": json.dumps({**handed, "kubeconfig": KUBECONFIG})},
    ])  # fmt: skip
    assert heiiki("export", "--output", str(tmp_path / "audit")).exit_code == 0
    files = {str(p.relative_to(tmp_path / "audit")): p.read_text()
             for p in (tmp_path / "audit").rglob("*") if p.is_file()}  # fmt: skip
    assert files["aws-auth.yaml"] == handed["awsAuthConfigMap"]
    assert files["ssh_config"] == handed["sshConfig"]
    assert files["kubeconfig"] == KUBECONFIG
    assert "AAAA.gr7.ap-northeast-1.eks.amazonaws.com" in files["user-data/workers.planned.txt"]
    assert json.loads(files["policies/endpoint-s3.json"])["Statement"]
    assert json.loads(files["policies/key.json"])["Statement"]


def test_one_output_is_printed_as_it_is(heiiki, engine):
    outputs = {"sshConfig": "Host a\n  User b\n", "subnetIds": {"a": "s-1"}, "x": "[secret]"}
    engine.says(stack_output={"stdout": json.dumps(outputs)})
    assert heiiki("outputs", "sshConfig").stdout == outputs["sshConfig"]
    assert json.loads(heiiki("outputs", "subnetIds").stdout) == {"a": "s-1"}
    hidden = heiiki("outputs", "x")
    assert hidden.exit_code == 1 and hidden.stdout == "" and "--show-secrets" in hidden.stderr
    missing = heiiki("outputs", "y")
    assert missing.exit_code == 1
    assert missing.stderr == "the stack has no output y\nIt has: sshConfig, subnetIds, x.\n"


def test_one_output_for_a_program_is_one_document(heiiki, with_outputs):
    told = json.loads(heiiki("outputs", "kubeconfig", "--json", "--show-secrets").stdout)
    assert told == {"kubeconfig": {"value": KUBECONFIG, "secret": True}}
    assert json.loads(heiiki("outputs", "kubeconfig", "--json").stdout)["error"]["message"] == (
        "output kubeconfig is a secret"
    )


COMMANDS = typer.main.get_command(app).commands
WITHOUT_JSON: dict[str, str] = {}  # commands that take no --json, and why
TO_RUN = {  # what a command needs beyond the stack file, so that it does something
    "init": ["--region", "ap-northeast-1", "--zone", "a", "--zone", "c"],
    "diff": [str(EXAMPLES / "dev" / "Pulumi.dev.yaml")] * 2,
    "outputs": ["kubeconfig", "--show-secrets"],
    "bootstrap-token": ["--output", "join.kubeconfig"],
    "unlock": ["--yes"],
    "destroy": ["--yes"],
}


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - set(WITHOUT_JSON)))
def test_every_command_answers_programs(heiiki, with_outputs, tmp_path, name):
    """With --json exactly one document is on stdout, however the command ends."""
    named = {
        "init": ["--directory", str(tmp_path)],
        "diff": [],
        "render": ["--output", str(tmp_path / "rendered"), "--file", str(heiiki.project)],
        "export": ["--output", str(tmp_path / "exported"), "--file", str(heiiki.project)],
        "guardrails": ["--output", str(tmp_path / "rails"), "--file", str(heiiki.project)],
    }.get(name, ["--file", str(heiiki.project)])
    ended = CliRunner().invoke(app, [name, *named, *TO_RUN.get(name, []), "--json"])
    assert isinstance(json.loads(ended.stdout), dict), ended.stderr


PATHS = [
    (name, option.opts[0])
    for name, command in COMMANDS.items()
    for option in command.params
    if "path" in (option.metavar or "").lower() or option.metavar in ("FILE", "FOLDER")
]


@pytest.mark.parametrize(("name", "option"), PATHS)
def test_a_path_of_a_variable_that_is_not_set_is_a_matter_of_usage(
    tmp_path, monkeypatch, name, option
):
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, [name, option, ""])
    assert ended.exit_code == 2 and "is empty; name a path" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_option_that_is_a_path_is_among_them():
    by_type = {
        (name, option.opts[0])
        for name, command in COMMANDS.items()
        for option in command.params
        if "Path" in str(inspect.signature(command.callback).parameters[option.name].annotation)
    }
    assert by_type == set(PATHS) and len(PATHS) > 15


def test_whatever_takes_no_json_is_a_command_and_takes_none():
    for name, why in WITHOUT_JSON.items():
        assert why and "--json" not in [o for p in COMMANDS[name].params for o in p.opts]


def test_an_export_that_does_not_pass_is_written_all_the_same(heiiki, engine, tmp_path):
    engine.says(preview={"events": [*PASSED, violated("cluster", "has a door")]})
    ended = heiiki("export", "--output", str(tmp_path / "audit"), "--json")
    assert ended.exit_code == 1
    assert "policy.json" in json.loads(ended.stdout)["files"]
