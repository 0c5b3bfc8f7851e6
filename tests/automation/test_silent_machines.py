"""When machines do not come into service, the error shows what AWS and their consoles say."""

import json
from types import SimpleNamespace

import botocore.exceptions
import pytest

from automation.aws_calls import Account
from automation.errors import AutomationError, CredentialsError
from automation.events import EventLog
from automation.silent_machines import (
    GROUP,
    MOST_LINES,
    MOST_MACHINES,
    NODE_GROUP,
    SilentMachinesError,
    with_machines,
)
from tests.automation.conftest import REGION
from tests.automation.events import (
    PASSED,
    failed,
    judged,
    judged_whole,
    said,
    step,
    summary,
    urn,
)

ERROR = AutomationError("up failed on workers", details=["workers: timeout"], advice="Mend it.")
TOKEN = "k8s-aws-v1.aHR0cHM6Ly9zdHM"
KEY = "A" * 64
IDS = [f"i-0000000000000000{n}" for n in range(5)]


def refused(code: str) -> Exception:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, "x")


class Aws:
    """Answers as AWS does; consoles by instance id, as (latest, of the last start or end)."""

    def __init__(self) -> None:
        self.instances = {IDS[0]: "InService", IDS[1]: "Pending:Wait"}
        self.activities = [("Successful", IDS[0], ""), ("MidLifecycleAction", IDS[1], "")]
        self.issues: list[dict] = []
        self.consoles: dict[str, tuple[object, object]] = {}
        self.asked: list[tuple[str, dict]] = []
        self.refuses: dict[str, str] = {}

    def client(self, service, region):
        assert region == REGION
        return SimpleNamespace(**{
            name: lambda name=name, **arguments: self._answer(name, arguments)
            for name in ("describe_auto_scaling_groups", "describe_scaling_activities",
                         "describe_nodegroup", "get_console_output")
        })  # fmt: skip

    def _answer(self, name, arguments):
        self.asked.append((name, arguments))
        if name in self.refuses:
            raise refused(self.refuses[name])
        if name == "describe_nodegroup":
            return {"nodegroup": {"health": {"issues": self.issues}}}
        if name == "describe_auto_scaling_groups":
            rows = [{"InstanceId": i, "LifecycleState": s} for i, s in self.instances.items()]
            return {"AutoScalingGroups": [{"Instances": rows}]}
        if name == "describe_scaling_activities":
            return {"Activities": [
                {"StatusCode": code, "Description": f"Launching a new EC2 instance: {i}",
                 **({"StatusMessage": m} if m else {})}
                for code, i, m in self.activities
            ]}  # fmt: skip
        latest, posted = self.consoles.get(arguments["InstanceId"], (None, None))
        output = latest if arguments.get("Latest") else posted
        if isinstance(output, Exception):
            raise output
        return {"Output": output} if output is not None else {}


def log_of(*types: str, inputs: dict | None = None) -> EventLog:
    log = EventLog()
    inputs = inputs or {"name": "dev-workers", "clusterName": "dev", "nodeGroupName": "w-1"}
    for number, event in enumerate(
        e for t in types for e in (step("workers", type_token=t, inputs=inputs),
                                   failed("workers", type_token=t))
    ):  # fmt: skip
        log.take(json.dumps({"sequence": number, **event}))
    return log


def told(aws, *types):
    return with_machines(ERROR, log_of(*(types or (GROUP,))), REGION, aws)


def test_the_console_of_a_machine_that_waits_stands_below_the_error():
    aws = Aws()
    aws.consoles[IDS[1]] = ("booting\r\n\r\nheiiki: gave up 900 s after boot: no CNI\r\n", None)
    error = told(aws)
    assert str(error).splitlines() == [
        "up failed on workers",
        "  workers: timeout",
        f"  workers: MidLifecycleAction: Launching a new EC2 instance: {IDS[1]}",
        f"  workers: {IDS[1]} (Pending:Wait), the end of its console:",
        "booting",
        "heiiki: gave up 900 s after boot: no CNI",
        "Mend it.",
    ]
    assert isinstance(error, SilentMachinesError) and error.exit_code == ERROR.exit_code
    assert error.as_json()["kind"] == "machinesNotInService"
    assert error.as_json()["pools"] == [{
        "name": "workers",
        "said": (f"MidLifecycleAction: Launching a new EC2 instance: {IDS[1]}",),
        "machines": ({"instance_id": IDS[1], "state": "Pending:Wait",
                      "console": ("booting", "heiiki: gave up 900 s after boot: no CNI")},),
    }]  # fmt: skip
    assert [a for n, a in aws.asked if n == "describe_auto_scaling_groups"] == [
        {"AutoScalingGroupNames": ["dev-workers"]}
    ]


def test_machines_that_were_given_up_are_found_by_their_launches():
    aws = Aws()
    aws.instances = {}
    aws.activities = [("Cancelled", IDS[2], "Lifecycle Action Completed with ABANDON Result")]
    aws.consoles[IDS[2]] = (refused("UnsupportedOperation"), "heiiki: gave up: why\n")
    (pool,) = told(aws).pools
    assert pool.said == (
        f"Cancelled: Launching a new EC2 instance: {IDS[2]}: Lifecycle Action Completed with "
        "ABANDON Result",
    )
    assert [(m.instance_id, m.state, m.console) for m in pool.machines] == [
        (IDS[2], "gone", ("heiiki: gave up: why",))
    ]


@pytest.mark.parametrize("console", [(None, None), (None, refused("InvalidInstanceID.NotFound"))])
def test_a_machine_that_says_nothing_is_named_all_the_same(console):
    aws = Aws()
    aws.consoles[IDS[1]] = console
    assert told(aws).details[-1] == (
        f"workers: {IDS[1]} (Pending:Wait), nothing on its console yet"
    )


def test_lines_and_machines_are_bounded():
    aws = Aws()
    aws.instances = dict.fromkeys(IDS, "Pending:Wait")
    text = "\n".join(f"line {n} {'x ' * 400}" for n in range(100))
    aws.consoles = dict.fromkeys(IDS, (text, None))
    (pool,) = told(aws).pools
    assert [m.instance_id for m in pool.machines] == IDS[:MOST_MACHINES]
    lines = pool.machines[0].console
    assert len(lines) == MOST_LINES and lines[-1].startswith("line 99 ")
    assert max(map(len, lines)) == 300


def test_neither_secrets_nor_control_characters_reach_the_screen():
    aws = Aws()
    aws.consoles[IDS[1]] = (
        f"\x1b[31mred\x1b[0m \x07bell {TOKEN} end\n"
        f"https://sts/?X-Amz-Signature=abc123&X-Amz-Security-Token=IQo%2Fx&a=b\n"
        f"AKIAIOSFODNN7EXAMPLE {KEY}==\nplain /usr/lib/systemd/systemd-networkd\n", None,
    )  # fmt: skip
    assert told(aws).pools[0].machines[0].console == (
        "red bell (left out) end",
        "https://sts/?X-Amz-Signature=(left out)&X-Amz-Security-Token=(left out)&a=b",
        "(left out) (left out)",
        "plain /usr/lib/systemd/systemd-networkd",
    )


def test_issues_of_a_managed_node_group_are_shown_alike():
    aws = Aws()
    aws.issues = [{"code": "NodeCreationFailure", "message": "Unhealthy nodes in the cluster",
                   "resourceIds": [IDS[3], "eks-w-1"]}]  # fmt: skip
    aws.consoles[IDS[3]] = ("kubelet: 401\n", None)
    assert told(aws, NODE_GROUP).details[1:] == (
        "workers: NodeCreationFailure: Unhealthy nodes in the cluster",
        f"workers: {IDS[3]} (named by EKS), the end of its console:\nkubelet: 401",
    )
    assert aws.asked[0] == (
        "describe_nodegroup", {"clusterName": "dev", "nodegroupName": "w-1"}
    )  # fmt: skip


@pytest.mark.parametrize(
    "question",
    ["describe_auto_scaling_groups", "describe_scaling_activities", "get_console_output"],
)
def test_what_may_not_be_read_is_said_and_the_error_stays(question):
    aws = Aws()
    aws.refuses[question] = "AccessDenied"
    error = told(aws)
    action = "".join(part.title() for part in question.split("_"))
    assert error.message == ERROR.message and error.details[0] == "workers: timeout"
    assert error.details[1].startswith("workers: what its machines say cannot be read: AWS does ")
    assert action in error.details[1]


def test_an_error_about_other_resources_stays_as_it_is():
    aws = Aws()
    assert told(aws, "aws:ec2/vpc:Vpc") is ERROR and aws.asked == []


EVENTS = [*PASSED[:2], judged("workers", type_token=GROUP),
          step("workers", type_token=GROUP, inputs={"name": "nobody"}), judged_whole()]  # fmt: skip


def failing_up(message: str) -> dict:
    events = [*EVENTS, said(message, about=urn("workers", GROUP)),
              failed("workers", type_token=GROUP), summary()]  # fmt: skip
    return {"events": events, "exit": 255}


def test_up_asks_the_machines_of_a_pool_that_failed(engine, stack, aws_environment):
    engine.environment |= aws_environment
    engine.says(preview={"events": [*EVENTS, summary(create=2)]}, up=failing_up("timeout"))
    with pytest.raises(SilentMachinesError) as raised:
        stack().up()
    assert raised.value.details == (
        f"workers ({GROUP}): timeout",
        "workers: what its machines say cannot be read: AWS refused "
        "autoscaling:DescribeScalingActivities: ValidationError: AutoScalingGroup name not found "
        "- nobody",
    )


def test_a_stack_file_that_is_edited_meanwhile_does_not_hide_the_error(
    engine, stack, project, aws_environment
):
    def edit(_: object) -> bool:
        (project / "Pulumi.dev.yaml").write_text("config: {heiiki:name: other}")
        return True

    engine.environment |= aws_environment
    engine.says(preview={"events": [*EVENTS, summary(create=2)]}, up=failing_up("timeout"))
    with pytest.raises(SilentMachinesError):
        stack().up(approve=edit)


def test_up_asks_nobody_where_the_reason_is_known(engine, stack, monkeypatch):
    monkeypatch.setattr(Account, "client", lambda *_: pytest.fail("asked"))
    engine.says(preview={"events": [*EVENTS, summary(create=2)]},
                up=failing_up("No valid credential sources found"))  # fmt: skip
    with pytest.raises(CredentialsError):
        stack().up()
