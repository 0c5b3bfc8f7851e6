"""An instance refresh where machines boot: as few at a time as is asked, and as machines serve."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from local.aws.booting import BOOTING
from local.aws.extensions.autoscaling import refreshes
from tests.local.aws_api import test_launching, test_load_balancers
from tests.local.aws_api.test_launching import HOOK, complete, described, group, states

launch_template, target_group = test_launching.template, test_load_balancers.target_group


@pytest.fixture
def clock(monkeypatch):
    """The embedded AWS's, which goes when a test says so."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(refreshes, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


@pytest.fixture
def started(aws, network, launch_template, clock):
    """A group of three whose machines boot and serve, with another version to be started from."""

    def start(**settings):
        aws("ssm").put_parameter(Name=BOOTING, Value=network.vpc_id, Type="String", Overwrite=True)
        template_id = launch_template[0]
        group(aws, network, LaunchTemplate={"LaunchTemplateId": template_id, "Version": "1"},
              LifecycleHookSpecificationList=[HOOK], DesiredCapacity=3, **settings)  # fmt: skip
        first = list(states(aws))
        for one in first:
            complete(aws, one)
        aws("ec2").create_launch_template_version(
            LaunchTemplateId=template_id, SourceVersion="1",
            LaunchTemplateData={"InstanceType": "m6i.large"},
        )  # fmt: skip
        aws("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName="g",
            LaunchTemplate={"LaunchTemplateId": template_id, "Version": "2"},
        )
        return first

    return start


def refresh(aws, **preferences):
    aws("autoscaling").start_instance_refresh(
        AutoScalingGroupName="g", Preferences={"SkipMatching": True, **preferences}
    )


def newest(aws):
    asked = aws("autoscaling").describe_instance_refreshes(AutoScalingGroupName="g")
    return asked["InstanceRefreshes"][0]


def running(aws):
    """Looks, by which time passes."""
    found = aws("ec2").describe_instances()["Reservations"]
    return {
        one["InstanceId"]
        for reservation in found
        for one in reservation["Instances"]
        if one["State"]["Name"] == "running"
    }


def waiting(aws):
    return [one for one, state in states(aws).items() if state == "Pending:Wait"]


def test_the_next_machine_goes_when_the_one_before_serves(aws, started):
    first = started()
    refresh(aws, MinHealthyPercentage=67, InstanceWarmup=0)
    for gone in range(1, 4):
        running(aws)
        running(aws)
        (fresh,) = waiting(aws)
        assert [one for one in first if one in states(aws)] == first[gone:]
        assert newest(aws)["Status"] == "InProgress"
        assert newest(aws)["InstancesToUpdate"] == len(first) - gone
        complete(aws, fresh)
        running(aws)
    told = newest(aws)
    assert (told["Status"], told["PercentageComplete"]) == ("Successful", 100)
    assert running(aws) == set(states(aws)) and not set(first) & running(aws)
    versions = {one["LaunchTemplate"]["Version"] for one in described(aws)["Instances"]}
    assert versions == {"2"}


@pytest.mark.parametrize(("healthy", "at_once"), [(100, 1), (67, 1), (34, 1), (33, 2), (0, 3)])
def test_as_many_go_at_once_as_the_group_may_lack_and_one_at_least(aws, started, healthy, at_once):
    started()
    refresh(aws, MinHealthyPercentage=healthy)
    assert len(waiting(aws)) == at_once and len(states(aws)) == 3


def test_a_machine_that_gives_up_holds_the_next_one(aws, started):
    first = started()
    refresh(aws, MinHealthyPercentage=67)
    (fresh,) = waiting(aws)
    complete(aws, fresh, "ABANDON")
    running(aws)
    assert len(waiting(aws)) == 1 and waiting(aws) != [fresh]
    assert [one for one in first if one in states(aws)] == first[1:]


def test_the_warm_up_is_waited_for_and_no_longer_than_is_said(aws, started, clock):
    first = started()
    refresh(aws, MinHealthyPercentage=67, InstanceWarmup=3600)
    complete(aws, *waiting(aws))
    running(aws)
    clock.seconds += refreshes.WARMUP_SECONDS_MOST - 1
    assert set(first[1:]) < running(aws)
    clock.seconds += 1
    running(aws)
    assert [one for one in first if one in states(aws)] == first[2:]


def test_what_is_of_the_version_stays_where_that_is_asked(aws, started):
    first = started()
    aws("ec2").terminate_instances(InstanceIds=first[:1])
    (already,) = waiting(aws)
    complete(aws, already)
    refresh(aws, MinHealthyPercentage=0)
    assert already in running(aws) and not set(first) & running(aws)
    for one in waiting(aws):
        complete(aws, one)
    running(aws)
    before = running(aws)
    refresh(aws, MinHealthyPercentage=0)
    assert newest(aws)["Status"] == "Successful" and running(aws) == before


def test_a_target_is_asked_no_more_before_its_machine_ends(aws, started, clock, target_group):
    first = started(TargetGroupARNs=[target_group])
    refresh(aws, MinHealthyPercentage=67)
    assert test_load_balancers.targets(aws, target_group) == set(first[1:])
    assert first[0] in running(aws), "who is talking to it may end"
    clock.seconds += refreshes.LEAVING_SECONDS_MOST
    assert first[0] not in running(aws)
    complete(aws, *waiting(aws))
    assert test_load_balancers.targets(aws, target_group) > set(first[1:])


def test_one_at_a_time_is_under_way_and_it_may_be_ended(aws, started):
    asg = aws("autoscaling")
    first = started()
    refresh(aws, MinHealthyPercentage=67)
    with pytest.raises(ClientError) as told:
        refresh(aws)
    assert told.value.response["Error"]["Code"] == "InstanceRefreshInProgress"
    asg.cancel_instance_refresh(AutoScalingGroupName="g")
    complete(aws, *waiting(aws))
    running(aws)
    assert newest(aws)["Status"] == "Cancelled"
    assert [one for one in first if one in states(aws)] == first[1:]
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        asg.cancel_instance_refresh(AutoScalingGroupName="g")
    refresh(aws, MinHealthyPercentage=67)
    asg.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    assert running(aws) == set()
