"""Pools that are still being rolled when `up` has ended: which, how far, and how to watch it."""

import io
import json
from types import SimpleNamespace

import botocore.exceptions
import pytest
from rich.console import Console
from typer.testing import CliRunner

from automation.commands.app import app
from automation.commands.tables import show_rollouts
from automation.errors import CredentialsError
from automation.events import EventLog
from automation.results import Rollout, as_json
from automation.rollouts import GROUP, rollouts_of
from tests.automation.conftest import REGION
from tests.automation.events import done, judged, judged_whole, step, summary

WATCH = (
    "aws autoscaling describe-instance-refreshes --region ap-northeast-1 "
    "--auto-scaling-group-name dev-workers --max-records 1"
)
OTHER = "aws:autoscaling/lifecycleHook:LifecycleHook"


class Aws:
    """Answers as AWS does; refreshes: of every group, the newest first."""

    def __init__(self, *refreshes, refuses=""):
        self.refreshes, self.refuses = list(refreshes), refuses
        self.asked = []

    def client(self, service, region):
        assert (service, region) == ("autoscaling", REGION)
        return SimpleNamespace(describe_instance_refreshes=self._answer)

    def _answer(self, **arguments):
        self.asked.append(arguments)
        if self.refuses:
            raise botocore.exceptions.ClientError(
                {"Error": {"Code": self.refuses, "Message": "no"}}, "x"
            )
        return {"InstanceRefreshes": self.refreshes[: arguments["MaxRecords"]]}


def log_of(operation="update", typ=GROUP):
    log = EventLog()
    events = [step("workers", operation, typ, inputs={"name": "dev-workers"}),
              done("workers", operation, typ)]  # fmt: skip
    for number, event in enumerate(events):
        log.take(json.dumps({"sequence": number, **event}))
    return log


def found(aws, log=None):
    return rollouts_of(log or log_of(), REGION, lambda: aws)


@pytest.mark.parametrize(
    "status", ["Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"]
)
def test_a_refresh_that_is_under_way_is_told(status):
    aws = Aws({"Status": status, "PercentageComplete": 40}, {"Status": "Successful"})
    assert found(aws) == (Rollout("workers", "dev-workers", status, 40, "", WATCH),)
    assert aws.asked == [{"AutoScalingGroupName": "dev-workers", "MaxRecords": 1}]


def test_one_that_has_just_begun_has_no_percentage_yet():
    assert [r.percent_complete for r in found(Aws({"Status": "Pending"}))] == [0]


@pytest.mark.parametrize(
    "refreshes",
    [
        [],
        [{"Status": "Successful"}, {"Status": "InProgress"}],
        [{"Status": "Failed"}],
        [{"Status": "Cancelled"}],
        [{"Status": "RollbackSuccessful"}],
        [{"Status": "RollbackFailed"}],
    ],
)
def test_one_that_has_ended_is_not(refreshes):
    aws = Aws(*refreshes)
    assert found(aws) == () and len(aws.asked) == 1


@pytest.mark.parametrize("log", [log_of("create"), log_of("same"), log_of("update", OTHER)])
def test_only_groups_that_were_changed_are_asked_about(log):
    aws = Aws({"Status": "InProgress"})
    assert found(aws, log) == () and aws.asked == []


def test_what_cannot_be_read_is_said_and_no_error():
    (rollout,) = found(Aws(refuses="AccessDenied"))
    assert rollout == Rollout(
        "workers", "dev-workers", "", 0,
        "AWS does not allow autoscaling:DescribeInstanceRefreshes (AccessDenied)", WATCH,
    )  # fmt: skip

    def without_credentials():
        raise CredentialsError("there are no AWS credentials", advice="")

    (rollout,) = rollouts_of(log_of(), REGION, without_credentials)
    assert rollout.unread == "there are no AWS credentials"


def test_people_read_how_far_it_is_and_how_to_watch_it():
    text = io.StringIO()
    rolling = (
        Rollout("workers", "dev-workers", "InProgress", 40, "", WATCH),
        Rollout("batch", "dev-batch", "", 0, "AWS does not allow it", "aws …"),
    )
    show_rollouts(Console(file=text, width=40), rolling)
    assert text.getvalue().splitlines() == [
        "workers: its machines are being replaced, and up does not wait for the end (InProgress, "
        f"40 % done). Watch it: {WATCH}",
        "batch: its machines are being replaced, and up does not wait for the end (how far that is "
        "cannot be read: AWS does not allow it). Watch it: aws …",
    ]


def test_up_tells_it_to_programs_and_to_people(engine, stack, aws_environment):
    """Of a group that the embedded AWS does not have: said, and `up` has done its work."""
    changed = [step("workers", "update", GROUP, inputs={"name": "dev-workers"}),
               judged("workers", type_token=GROUP), done("workers", "update", GROUP),
               judged_whole(), summary(update=1)]  # fmt: skip
    engine.environment |= aws_environment
    engine.says(preview={"events": changed}, up={"events": changed})
    updated = stack().up()
    (rollout,) = updated.rolling
    assert (rollout.pool, rollout.group) == ("workers", "dev-workers")
    assert rollout.unread.startswith("AWS refused autoscaling:DescribeInstanceRefreshes")
    assert as_json(updated)["rolling"][0]["watch"] == WATCH
    ended = CliRunner(env=engine.environment).invoke(
        app, ["up", "--file", str(stack().files.spec_file), "--yes"]
    )
    assert ended.exit_code == 0 and f"Watch it: {WATCH}" in ended.stdout
