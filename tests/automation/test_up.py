"""The order of `up`: preview, judge, ask, look again, do. On an engine that says its part."""

import json
import os
import signal
import socket
import time

import pytest

import automation.engine
from automation import (
    AutomationError,
    Diagnostic,
    EngineMissingError,
    InterruptedOperationError,
    OperationStarted,
    PolicyRefusedError,
    RefusedError,
    ResourceDone,
    ResourceFailed,
    Stack,
    StackLockedError,
    Summary,
)
from spec.errors import SpecError
from tests.automation.events import (
    PASSED,
    done,
    failed,
    judged,
    judged_whole,
    said,
    step,
    summary,
    urn,
    violated,
)

GOOD = {"events": PASSED}


def lock_text(pid: int, host: str = socket.gethostname()) -> str:
    return (
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) "
        f"to end or delete the lock file with `pulumi cancel`.\n  file:///s/.pulumi/locks/x.json: "
        f"created by ann@{host} (pid {pid}) at 2026-11-22T05:40:48Z"
    )


def dead_pid() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def test_up_previews_with_the_pack_and_then_does_it(engine, stack, project):
    engine.says(preview=GOOD, up=GOOD, stack_output={"stdout": '{"vpcId": "vpc-1"}'})
    heard = []
    updated = stack(on_event=heard.append).up()
    for command in ("preview", "up"):
        (call,) = engine.calls(command)
        assert call[call.index("--policy-pack") + 1] == str(project / "policies")
        assert "--policy-pack-config" not in call
    assert "--skip-preview" in engine.calls("up")[0]
    # Each call of the engine takes its time.
    assert len(engine.calls("stack export")) == 1 and not engine.calls("stack ls")
    assert updated.verdict.passed and updated.preview.verdict.passed
    assert [c.name for c in updated.changes] == ["cluster"]
    assert updated.outputs["vpcId"].value == "vpc-1"
    assert heard[0] == OperationStarted("preview")
    assert [type(e) for e in heard if isinstance(e, ResourceDone | Summary)] == [
        ResourceDone, Summary, ResourceDone, Summary,
    ]  # fmt: skip


def test_what_the_engine_looks_at_first_is_no_change(engine, stack):
    """With PULUMI_OPTION_REFRESH it reads every resource anew, and then says what it would do."""
    looked = [step("cluster", "refresh"), done("cluster", "refresh")]
    engine.says(preview={"events": [*looked, *looked, *PASSED]}, up={"events": [*looked, *PASSED]})
    updated = stack().up()
    for result in (updated, updated.preview):
        assert [(c.name, c.operation) for c in result.changes] == [("cluster", "create")]
        assert [s.name for s in result.steps].count("cluster") == 1


def test_the_pack_gets_the_settings_beside_the_stack_file(engine, stack, project):
    (project / "heiiki.dev.policy.json").write_text('{"boundary": {"regions": ["eu-west-1"]}}')
    engine.says(preview=GOOD)
    stack().preview()
    (call,) = engine.calls("preview")
    with open(call[call.index("--policy-pack-config") + 1]) as file:
        assert json.load(file)["boundary"]["regions"] == ["eu-west-1"]


@pytest.mark.parametrize(
    "events",
    [
        [*PASSED, violated("cluster", "has a door")],
        [*PASSED, violated("cluster", 'can\'t run policy "x" during preview', "advisory")],
        [*PASSED, step("gateway")],
        [],
    ],
)
def test_up_does_nothing_unless_the_pack_passed(engine, stack, events):
    engine.says(preview={"events": events}, up=GOOD)
    with pytest.raises(PolicyRefusedError):
        stack().up()
    assert engine.calls("preview") and not engine.calls("up")


def test_a_preview_with_a_violation_is_a_result_and_no_error(engine, stack):
    engine.says(preview={"events": [*PASSED, violated("cluster", "has a door")], "exit": 255})
    preview = stack().preview()
    assert not preview.verdict.passed
    assert preview.verdict.violations[0].message == "has a door"


def test_up_asks_and_takes_no_for_an_answer(engine, stack):
    engine.says(preview=GOOD, up=GOOD)
    shown = []
    with pytest.raises(RefusedError, match="as you wished"):
        stack().up(approve=lambda preview: shown.append(preview) or False)
    assert [c.name for c in shown[0].changes] == ["cluster"]
    assert not engine.calls("up")


def test_after_a_yes_up_looks_again_and_goes_on_when_it_is_the_same(engine, stack):
    engine.says(preview=GOOD, up=GOOD)
    stack().up(approve=lambda _: True)
    assert len(engine.calls("preview")) == 2 and len(engine.calls("up")) == 1


def test_after_a_yes_to_something_else_up_does_nothing(engine, stack):
    other = [step("cluster", inputs={"cidrBlock": "10.1.0.0/16"}), *PASSED[1:]]
    engine.says(preview=[GOOD, {"events": other}], up=GOOD)
    with pytest.raises(RefusedError, match="no longer what you were shown"):
        stack().up(approve=lambda _: True)
    assert not engine.calls("up")


def test_what_is_edited_after_the_preview_is_not_what_is_done(engine, stack, project):
    def edit(_: object) -> bool:
        (project / "Pulumi.dev.yaml").write_text("config: {heiiki:name: other}")
        (project / "heiiki.dev.lock.yaml").write_text("")
        return True

    engine.says(preview=GOOD, up=GOOD)
    stack().up(approve=edit)
    (call,) = engine.calls("up")
    with open(call[call.index("--config-file") + 1]) as file:
        assert "heiiki:name: dev" in file.read()


def test_nothing_to_change_is_not_asked_about(engine, stack):
    same = [step("cluster", "same"), judged("cluster"), judged_whole(), summary(same=1)]
    engine.says(preview={"events": same}, up={"events": same})
    assert stack().up(approve=lambda _: pytest.fail("asked")).changes == ()


def test_faults_are_told_before_the_engine_is_started(engine, stack, project):
    (project / "heiiki.dev.lock.yaml").unlink()
    with pytest.raises(SpecError):
        stack().up()
    assert not engine.file.with_suffix(".calls").exists()


def test_a_stack_that_does_not_exist_is_made_without_touching_its_file(engine, stack, project):
    engine.says(stack_ls={"stdout": "[]"}, preview=GOOD)
    before = (project / "Pulumi.dev.yaml").read_bytes()
    stack().preview()
    assert engine.calls("stack init") == [["dev", "--no-select"]]
    assert (project / "Pulumi.dev.yaml").read_bytes() == before


def test_an_up_makes_a_stack_that_does_not_exist(engine, stack):
    gone = {"exit": 255, "stderr": "error: no stack named 'dev' found"}
    engine.says(stack_export=gone, preview=GOOD, up=GOOD)
    stack().up()
    assert engine.calls("stack init") == [["dev", "--no-select"]]
    assert len(engine.calls("up")) == len(engine.calls("stack export")) == 1
    engine.says(stack_export={"exit": 255, "stderr": "error: the bucket is not there"})
    with pytest.raises(AutomationError, match="pulumi stack failed"):
        stack().up()
    assert len(engine.calls("stack init")) == len(engine.calls("up")) == 1


def test_a_failure_names_the_resource_and_what_to_do(engine, stack):
    why = said("creating VPC: VpcLimitExceeded", about=step("cluster")["resourcePreEvent"]
               ["metadata"]["urn"])  # fmt: skip
    events = [*PASSED[:2], why, failed("cluster"), said("update failed")]
    engine.says(preview=GOOD, up={"events": events, "exit": 255})
    heard = []
    with pytest.raises(AutomationError) as raised:
        stack(on_event=heard.append).up()
    assert str(raised.value).splitlines() == [
        "up failed on cluster",
        "  cluster (aws:ec2/vpc:Vpc): creating VPC: VpcLimitExceeded",
        "The account has as many of these as AWS gives it: ask for more in Service Quotas, or "
        f"remove what nobody uses. {GOES_ON}",
    ]
    assert any(isinstance(e, ResourceFailed) for e in heard)


GOES_ON = "What was made is recorded. Run the same command again then: it goes on from there."


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (["InvalidParameterException: The specified principalArn is invalid: invalid principal."],
         "EKS knows no such role or user: create it, or correct its ARN in access.principals."),
        (["operation error EC2: CreateVpc, api error UnauthorizedOperation: You are not "
          "authorized to perform this operation."], "The credentials may not do that: "),
        (["api error AccessDenied: User: x is not authorized to perform: iam:CreateRole on "
          "resource: y with an explicit deny in a service control policy"], "A policy forbids"),
        (["api error RequestLimitExceeded: Request limit exceeded."], "AWS was asked too much"),
        (["ThrottlingException: Rate exceeded", "VpcEndpointLimitExceeded: no more"],
         "AWS was asked too much at once, by this or by others in the account. The account has as"),
        (["VpcLimitExceeded: no more", "something that nobody knows"],
         "What was made is recorded. Mend the cause and run the same command again"),
    ],
)  # fmt: skip
def test_what_aws_refuses_is_told_with_what_to_do_about_it(engine, stack, messages, told):
    failing = [
        event
        for i, message in enumerate(messages)
        for event in (failed(f"part-{i}"), said(message, about=urn(f"part-{i}")))
    ]
    engine.says(preview=GOOD, up={"events": [*PASSED[:2], *failing], "exit": 255})
    with pytest.raises(AutomationError) as raised:
        stack().up()
    assert raised.value.advice.startswith(told)
    assert raised.value.advice.endswith("it goes on from there.")


def recorded(*made: tuple[str, str, dict[str, object]]) -> dict[str, str]:
    """An export of the dev stack that holds these: type, name and inputs."""
    stack_urn = "urn:pulumi:dev::heiiki::pulumi:pulumi:Stack::heiiki-dev"
    resources = [{"urn": stack_urn, "type": "pulumi:pulumi:Stack"}]
    resources += [
        {"urn": f"urn:pulumi:dev::heiiki::{t}::{name}", "type": t, "id": f"{name}-0a1b2c3d",
         "custom": True, "inputs": inputs, "outputs": inputs}
        for t, name, inputs in made
    ]  # fmt: skip
    return {"stdout": json.dumps({"version": 3, "deployment": {"resources": resources}})}


DOOR = ("aws:ec2/internetGateway:InternetGateway", "door", {"vpcId": "vpc-0a1b2c3d"})
KEY = ("aws:kms/key:Key", "own", {"enableKeyRotation": True})
# Sound but for a flow log, which an advisory rule asks for.
VPC = ("aws:ec2/vpc:Vpc", "main", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True})
STOPPED = [said("no room", about=urn("cluster")), failed("cluster")]


@pytest.mark.parametrize(
    ("made", "events", "told"),
    [
        ([DOOR], STOPPED, "what has been made is open: CN-010 door"),
        ([KEY], STOPPED, "what has been made so far, 2 resources, has no way in or out"),
        ([DOOR], [violated("cluster", "is open")], "what has been made is open: CN-010 door"),
        ([DOOR, VPC], STOPPED, "what has been made is open: CN-010 door"),
    ],
)
def test_what_a_failed_up_has_made_is_proved_since_no_stack_policy_judged_it(
    engine, stack, made, events, told
):
    begun = [*PASSED[:2], *events]
    assert not any("policyAnalyzeStackSummaryEvent" in event for event in begun)
    up = {"events": begun, "exit": 255}
    engine.says(preview=GOOD, up=up, stack_export=recorded(*made))
    with pytest.raises(AutomationError) as raised:
        stack().up()
    assert any(detail.startswith(told) for detail in raised.value.details), raised.value
    assert str(raised.value).count(told) == 1
    assert "more; pulumi stack export" not in str(raised.value), "all of it is told"


def test_what_a_failed_up_has_made_and_cannot_be_proved_is_told_as_that(engine, stack):
    export = recorded(DOOR)
    broken = {"stdout": export["stdout"].replace('"inputs": {', '"inputs": "x", "more": {')}
    engine.says(preview=GOOD, up={"events": [*PASSED[:2], *STOPPED], "exit": 255},
                stack_export=broken)  # fmt: skip
    with pytest.raises(AutomationError, match="what has been made was judged by nobody: the proof"):
        stack().up()


def test_a_pack_that_stops_up_is_told_as_such(engine, stack):
    stopped = {"events": [*PASSED, violated("cluster", "is open after all")], "exit": 255}
    engine.says(preview=GOOD, up=stopped)
    with pytest.raises(PolicyRefusedError, match="stopped up at cluster"):
        stack().up()


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        ("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", "PASSPHRASE_FILE"),
        ("error: PULUMI_ACCESS_TOKEN must be set for login", "PULUMI_BACKEND_URL"),
        ("error: no language plugin 'pulumi-language-python' found", "python -m local exec"),
        ("error: something unheard of", "something unheard of"),
    ],
)
def test_an_engine_that_does_not_begin_says_what_to_set(engine, stack, stderr, told):
    engine.says(preview={"stderr": stderr, "exit": 255})
    with pytest.raises(AutomationError) as raised:
        stack().preview()
    assert told in str(raised.value)
    assert raised.value.exit_code == 3


def test_without_an_engine_it_says_how_to_get_one(project):
    with pytest.raises(EngineMissingError, match="python -m local exec"):
        Stack("dev", project=project, environment={"PATH": "/nowhere"}).preview()


def test_the_lock_of_our_own_killed_run_is_removed(engine, stack):
    pid = dead_pid()
    killed = {"events": PASSED, "signal": signal.SIGKILL}
    engine.says(preview=GOOD, up=killed)
    with pytest.raises(AutomationError, match="killed by SIGKILL"):
        stack().up()
    note = engine.file.parent / "home" / "stacks" / "dev" / "engine.pid"
    assert note.exists()
    note.write_text(str(pid))
    engine.says(preview=GOOD, up=[{"stderr": lock_text(pid), "exit": 255}, GOOD])
    engine.file.with_suffix(".up").unlink()
    stack().up()
    assert engine.calls("cancel") == [["--yes", "--stack", "dev"]]


@pytest.mark.parametrize("whose", ["another process", "another host", "a living process"])
def test_another_lock_is_left_alone(engine, stack, whose):
    ours = dead_pid()
    locks = {
        "another process": lock_text(dead_pid()),
        "another host": lock_text(ours, "elsewhere"),
        "a living process": lock_text(os.getpid()),
    }
    folder = engine.file.parent / "home" / "stacks" / "dev"
    folder.mkdir(parents=True)
    note = os.getpid() if whose == "a living process" else ours
    (folder / "engine.pid").write_text(str(note))
    engine.says(preview=GOOD, up={"stderr": locks[whose], "exit": 255})
    with pytest.raises(StackLockedError, match="heiiki unlock"):
        stack().up()
    assert not engine.calls("cancel")


def test_two_operations_from_one_checkout_do_not_meet(engine, stack):
    engine.says(preview=GOOD, up=GOOD)

    def other(_: object) -> bool:
        with pytest.raises(StackLockedError, match="another heiiki works on stack dev"):
            stack().preview()
        return True

    stack().up(approve=other)


@pytest.fixture
def interruptible():
    """A shell starts background jobs deaf to interrupts, and a test run may be one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_lets_the_engine_end_first(engine, stack, interruptible):
    engine.says(preview=GOOD, up={"events": PASSED, "waits": True, "exit": 255})
    heard: list[object] = []

    def interrupt(event: object) -> None:
        heard.append(event)
        if len(heard) > 1 and heard[-2] == OperationStarted("up"):  # it is at work
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(InterruptedOperationError, match="Run the same command again"):
        stack(on_event=interrupt).up()
    assert not engine.is_at_work()
    assert [e.message for e in heard if isinstance(e, Diagnostic)] == [
        "interrupted: steps under way are being ended and recorded; this may take minutes"
    ]


def test_an_engine_that_does_not_end_is_told_so_again_and_then_killed(
    engine, stack, interruptible, monkeypatch
):
    """By nobody's hand: whoever has closed a terminal does not see that it goes on."""
    monkeypatch.setattr("automation.ending._PATIENCE_SECONDS", (0, 0))
    engine.says(preview=GOOD, up={"events": PASSED, "waits": True, "deaf": True})
    heard: list[object] = []

    def interrupt(event: object) -> None:
        heard.append(event)
        if heard[-2:-1] == [OperationStarted("up")]:  # it is at work
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(InterruptedOperationError):
        stack(on_event=interrupt).up()
    assert not engine.is_at_work()
    first, *later = [e.message for e in heard if isinstance(e, Diagnostic)]
    assert first.startswith("interrupted: ")
    assert later == [
        "the engine has not ended 0 minutes after the interrupt: it is told to give up waiting",
        "the engine has not given up within 0 minutes: it is killed; what it was making is looked "
        "up next time",
    ]


def test_an_engine_hears_interrupts_where_who_starts_it_is_deaf(project, tmp_path, interruptible):
    """As a job that a shell has put into the background is, and all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    said = "[ $1 = version ] && echo v3.250.0 || grep SigIgn /proc/self/status"
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir(exist_ok=True)
    pulumi.write_text(f"#!/bin/sh\n{said}\n")
    pulumi.chmod(0o755)
    told = automation.engine.Engine(
        project, {"PATH": f"{pulumi.parent}{os.pathsep}{os.environ['PATH']}"}
    ).operate("preview", [], directory=tmp_path, on_event=lambda _: None)
    ignored = int(told.stdout.split()[1], 16)
    assert told.exit_code == 0 and not ignored & 1 << signal.SIGINT - 1
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.parametrize("is_there", [False, True])
def test_an_interrupt_while_the_engine_is_noted_ends_it_too(
    engine, stack, interruptible, monkeypatch, is_there
):
    """It works by then, and nobody but the command knows of it."""
    engine.says(preview=GOOD, up={"events": PASSED, "waits": True, "exit": 255})
    written, times = automation.engine.write_whole, []

    def interrupted(path, text):
        times.append(text)
        if len(times) > 1 or is_there:
            written(path, text)
        if len(times) == 1:
            until_it_is_at_work(path.parent / "up.events")
            signal.raise_signal(signal.SIGINT)

    def until_it_is_at_work(events):
        """Before, Python itself takes the interrupt, and may lose it."""
        deadline = time.monotonic() + 60
        while not events.stat().st_size:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    monkeypatch.setattr(automation.engine, "write_whole", interrupted)
    with pytest.raises(InterruptedOperationError):
        stack().up()
    assert len(times) == 2 and not engine.is_at_work()


ROLE = "aws:iam/role:Role"
TAKEN = (  # as provider 7.51.1 hands on what AWS says
    "creating IAM Role (dev-nodes): operation error IAM: CreateRole, https response error "
    "StatusCode: 409, RequestID: 1, EntityAlreadyExists: Role with name dev-nodes already exists."
)


@pytest.mark.parametrize(
    "message",
    [
        TAKEN,
        "creating S3 Bucket (b): operation error S3: CreateBucket, BucketAlreadyOwnedByYou: yours",
        "creating Security Group (n): api error InvalidGroup.Duplicate: the group 'n' is there",
        "creating EKS Cluster (dev): ResourceInUseException: Cluster already exists with name: dev",
    ],
)
def test_what_exists_and_is_not_recorded_is_told_as_that(engine, stack, message):
    """As after a lost state file: the same command would fail for ever."""
    failing = [
        *PASSED[:2],
        failed("nodes", type_token=ROLE),
        said(message, about=urn("nodes", ROLE)),
    ]
    engine.says(preview=GOOD, up={"events": failing, "exit": 255})
    with pytest.raises(AutomationError, match="up failed on nodes") as raised:
        stack().up()
    advice = raised.value.advice
    assert advice.startswith(
        "nodes exists in AWS already, and this stack's record does not know it"
    )
    for way in ("pulumi stack import", "pulumi import", "another name"):
        assert way in advice
    assert "goes on from there" not in advice


def test_what_is_in_the_way_of_its_own_replacement_is_recorded(engine, stack):
    about = urn("nodes", ROLE)
    failing = [failed("nodes", "create-replacement", ROLE), said(TAKEN, about=about)]
    engine.says(preview=GOOD, up={"events": [*PASSED[:2], *failing], "exit": 255})
    with pytest.raises(AutomationError) as raised:
        stack().up()
    assert raised.value.advice.startswith("What was made is recorded. Mend the cause")


def test_what_failed_for_other_reasons_beside_goes_on_from_there(engine, stack):
    failing = [
        failed("nodes", type_token=ROLE), said(TAKEN, about=urn("nodes", ROLE)),
        failed("cluster"), said("no room", about=urn("cluster")),
    ]  # fmt: skip
    engine.says(preview=GOOD, up={"events": [*PASSED[:2], *failing], "exit": 255})
    with pytest.raises(AutomationError) as raised:
        stack().up()
    assert raised.value.advice.startswith("nodes exists in AWS already")
    assert "Of the others: What was made is recorded." in raised.value.advice


def test_a_callback_that_fails_does_not_leave_the_engine_alone(engine, stack):
    engine.says(preview=GOOD, up={"events": [*PASSED, done("more")], "waits": True})

    def fail(event: object) -> None:
        if isinstance(event, ResourceDone) and event.name == "more":
            raise ValueError("of the caller")

    with pytest.raises(ValueError, match="of the caller"):
        stack(on_event=fail).up()
    assert not engine.is_at_work()


AWS_AUTH = "kubernetes:core/v1:ConfigMap"
CANCELED = "failed to run remediation: context canceled"


@pytest.mark.parametrize(
    ("reason", "way_out"),
    [
        ("configured Kubernetes cluster is unreachable: unable to load schema information from the "
         "API server: context deadline exceeded", "Run the same command there; or,"),
        ("the API server https://x cannot be reached: no connection within 5 s",
         "set access.applyConfigMap: false, run heiiki up, and hand the file over"),
        ('resource "kube-system/aws-auth" was not successfully created by the Kubernetes API '
         'server: configmaps "aws-auth" already exists', "never overwrites an aws-auth"),
        ("Server-Side Apply field conflict detected: conflict with \"kubectl-edit\"",
         "does not overwrite them"),
    ],
)  # fmt: skip
def test_what_keeps_aws_auth_from_being_applied_comes_with_the_way_out(
    engine, stack, reason, way_out
):
    here, pool = (urn("aws-auth", AWS_AUTH), urn("workers", "aws:eks/addon:Addon"))
    ends = [failed("aws-auth", type_token=AWS_AUTH), said(reason, about=here),
            said(CANCELED, about=pool)]  # fmt: skip
    engine.says(preview=GOOD, up={"events": ends, "exit": 1})
    with pytest.raises(AutomationError) as raised:
        stack().up()
    assert raised.value.details == (f"aws-auth ({AWS_AUTH}): {reason}",)
    assert way_out in raised.value.advice
    also = [*ends, said("is full", about=pool)]
    engine.says(preview=GOOD, up={"events": also, "exit": 1})
    with pytest.raises(AutomationError) as raised:
        stack().up()
    assert len(raised.value.details) == 2 and way_out not in raised.value.advice
