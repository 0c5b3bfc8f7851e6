"""Members of etcd whose machines are replaced: one at a time, and none while another is unwell."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from automation.commands.app import app
from automation.errors import AutomationError, NoStackError, RefusedError
from automation.member_machines import (
    GROUP,
    HOOK,
    LAUNCH_SECONDS,
    Clock,
    MemberGroup,
    machines_of,
    member_groups,
    replace_machines,
)
from automation.state import Resource, State

REGION = "ap-northeast-1"
NAMES = ("etcd-1a", "etcd-1c", "etcd-1d")
MEMBERS = tuple(MemberGroup(name, f"own-{name}", 900) for name in NAMES)


@dataclass
class Groups:
    """Auto Scaling groups of one machine each. later: how often is looked before a new machine is
    in service. Another machine is never ended while one is on its way."""

    version: str = "2"
    later: int = 2
    machines: dict[str, list[dict]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    looks: int = 0
    breaks: str = ""  # the member whose new machine never comes
    starts: str = "2"  # the version that new machines are started from

    def __post_init__(self) -> None:
        for name in NAMES:
            self.machines[f"own-{name}"] = [_machine(f"i-{name}", "1")]

    def client(self, service, region):
        assert (service, region) == ("autoscaling", REGION)
        return SimpleNamespace(
            describe_auto_scaling_groups=self._describe,
            terminate_instance_in_auto_scaling_group=self._terminate,
        )

    def _describe(self, AutoScalingGroupNames):
        self.looks += 1
        for group in self.machines:
            for one in self.machines[group]:
                if one["due"] is not None and self.looks >= one["due"]:
                    one.update(LifecycleState="InService", HealthStatus="Healthy", due=None)
        return {"AutoScalingGroups": [
            {"AutoScalingGroupName": group, "LaunchTemplate": {"Version": self.version},
             "Instances": [dict(one) for one in self.machines[group]]}
            for group in AutoScalingGroupNames if group in self.machines
        ]}  # fmt: skip

    def _terminate(self, InstanceId, ShouldDecrementDesiredCapacity):
        assert ShouldDecrementDesiredCapacity is False, "or the member would be gone"
        states = [one for group in self.machines.values() for one in group]
        assert all(one["LifecycleState"] == "InService" for one in states), "one at a time"
        (group,) = [g for g, ones in self.machines.items() if ones[0]["InstanceId"] == InstanceId]
        self.log.append(InstanceId)
        due = None if self.breaks == group else self.looks + self.later
        new = {**_machine(f"{InstanceId}-new", self.starts), "LifecycleState": "Pending:Wait",
               "due": due}  # fmt: skip
        self.machines[group] = [new]


def _machine(instance_id, version):
    return {"InstanceId": instance_id, "LifecycleState": "InService", "HealthStatus": "Healthy",
            "LaunchTemplate": {"Version": version}, "due": None}  # fmt: skip


def replaced(groups):
    told, clock = [], iter(range(0, 10**6, 5))
    names = replace_machines(
        MEMBERS, REGION, groups, tell=told.append,
        clock=Clock(lambda: float(next(clock)), lambda seconds: None),
    )  # fmt: skip
    return names, told


def test_one_goes_when_the_one_before_is_in_service():
    groups = Groups()
    names, told = replaced(groups)
    assert names == NAMES and groups.log == [f"i-{name}" for name in NAMES]
    assert told[:2] == ["etcd-1a: i-etcd-1a goes", "etcd-1a: i-etcd-1a-new is in service"]
    assert replaced(groups) == ((), []), "a second time there is nothing to do"


def test_machines_of_the_template_that_is_next_stay():
    groups = Groups()
    groups.machines["own-etcd-1c"] = [_machine("i-fresh", "2")]
    assert replaced(groups)[0] == ("etcd-1a", "etcd-1d")


@pytest.mark.parametrize(
    ("machines", "trouble"),
    [
        ([], "its group has 0 machines"),
        ([_machine("i-1", "2"), _machine("i-2", "2")], "its group has 2 machines"),
        ([{**_machine("i-1", "2"), "LifecycleState": "Pending:Wait"}],
         "i-1 is Pending:Wait and Healthy"),
        ([{**_machine("i-1", "2"), "HealthStatus": "Unhealthy"}],
         "i-1 is InService and Unhealthy"),
        (None, "its group is gone"),
    ],
)  # fmt: skip
def test_none_goes_while_another_is_unwell(machines, trouble):
    """Even the last in order: two of three would be away."""
    groups = Groups()
    if machines is None:
        del groups.machines["own-etcd-1d"]
    else:
        groups.machines["own-etcd-1d"] = machines
    with pytest.raises(RefusedError, match="no machine was replaced") as refused:
        replaced(groups)
    assert list(refused.value.details) == [f"etcd-1d: {trouble}"] and groups.log == []


def test_a_machine_that_does_not_come_back_stops_it():
    groups = Groups(breaks="own-etcd-1c")
    with pytest.raises(AutomationError, match="etcd-1c has no new machine in service") as stopped:
        replaced(groups)
    assert f"after {900 + LAUNCH_SECONDS} s" in stopped.value.message
    assert groups.log == ["i-etcd-1a", "i-etcd-1c"], "the third is left alone"


def test_one_that_falls_while_another_is_replaced_stops_it():
    groups = Groups()
    answer = groups._describe

    def failing(AutoScalingGroupNames):
        if groups.log and len(AutoScalingGroupNames) > 1:
            groups.machines["own-etcd-1d"][0]["HealthStatus"] = "Unhealthy"
        return answer(AutoScalingGroupNames)

    groups._describe = failing
    with pytest.raises(RefusedError, match="etcd-1a were replaced, no other"):
        replaced(groups)
    assert groups.log == ["i-etcd-1a"]


def resource(kind, called, **inputs):
    return Resource(f"urn:{called}", kind, called, called, inputs, {})


def test_members_are_known_by_their_groups_marks_and_their_time_by_the_hook():
    def group(name, role):
        tags = [{"key": "heiiki:role", "value": role}, {"key": "Name", "value": "x"}]
        return resource(GROUP, name, name=f"own-{name}", tags=tags)

    state = State(
        (group("etcd-1c", "etcd-1c"), group("etcd-1a", "etcd-1a"),
         group("controller", "controller"), resource(GROUP, "workers", name="w"),
         resource(HOOK, "etcd-1a", autoscalingGroupName="own-etcd-1a", heartbeatTimeout=1200)),
        (), "",
    )  # fmt: skip
    assert member_groups(state) == (
        MemberGroup("etcd-1a", "own-etcd-1a", 1200), MemberGroup("etcd-1c", "own-etcd-1c", 0)
    )  # fmt: skip
    assert member_groups(State.empty()) == ()


def test_each_machine_is_told_by_its_member():
    found = machines_of(MEMBERS, REGION, Groups())
    assert {name: one.outdated for name, one in found.items()} == dict.fromkeys(NAMES, True)


def exported(*groups):
    """What `pulumi stack export` says of a stack with these groups."""
    provider = {"urn": "urn:pulumi:dev::heiiki::pulumi:providers:aws::p", "id": "p",
                "type": "pulumi:providers:aws", "inputs": {"region": REGION}}  # fmt: skip
    rows = [
        {"urn": f"urn:pulumi:dev::heiiki::{GROUP}::{name}", "type": GROUP, "id": name,
         "inputs": {"name": f"own-{name}", "tags": [{"key": "heiiki:role", "value": name}]}}
        for name in groups
    ]  # fmt: skip
    return {"stdout": json.dumps({"deployment": {"resources": [provider, *rows]}})}


@pytest.fixture
def rolled(engine, stack, monkeypatch):
    """A stack of three members on groups that answer at once."""
    groups, driven = Groups(later=1), stack()
    engine.says(stack_export=exported(*NAMES))
    monkeypatch.setattr(type(driven._run), "account", lambda self: groups)
    return driven, groups


def test_a_stack_replaces_what_was_agreed_to_and_nothing_else(rolled):
    driven, groups = rolled
    asked, told = [], []
    with pytest.raises(RefusedError, match="as you wished"):
        driven.roll(approve=lambda names: asked.append(names) or False)
    assert asked == [NAMES] and groups.log == []
    assert driven.roll(approve=lambda names: True, tell=told.append) == NAMES
    assert len(told) == 6
    assert driven.roll(approve=lambda names: asked.append(names)) == () and asked == [NAMES]


def test_a_stack_without_members_has_nothing_to_replace(rolled, engine):
    driven, groups = rolled
    engine.says(stack_export=exported("controller"))
    assert driven.roll() == () and groups.looks == 0
    engine.says(stack_ls={"stdout": "[]"})
    with pytest.raises(NoStackError):
        driven.roll()


def test_the_command_asks_first_and_tells_each(rolled, monkeypatch):
    driven, groups = rolled
    monkeypatch.setattr("automation.stack.Stack", lambda *_, **__: driven)
    ended = CliRunner().invoke(app, ["roll"])
    assert ended.exit_code == 1 and "as you wished" in ended.stderr and groups.log == []
    ended = CliRunner().invoke(app, ["roll", "--yes"])
    assert ended.exit_code == 0 and "etcd-1c: i-etcd-1c goes" in ended.stderr
    assert ended.stdout == "dev: replaced the machines of etcd-1a, etcd-1c, etcd-1d\n"
    ended = CliRunner().invoke(app, ["roll", "--json"])
    assert json.loads(ended.stdout) == {"stack": "dev", "replaced": []}
    assert "nothing to do" in CliRunner().invoke(app, ["roll"]).stdout


def test_a_controller_that_a_member_lives_on_is_a_member_s_machine_and_no_other_is():
    def group(role, name):
        inputs = {"name": name, "tags": [{"key": "heiiki:role", "value": role}]}
        return SimpleNamespace(type=GROUP, inputs=inputs)

    groups = [group("controller-1c", "b"), group("controller-1a", "a"), group("controller", "c"),
              group("worker", "d")]  # fmt: skip
    state = SimpleNamespace(of_type=lambda kind: groups if kind == GROUP else [])
    assert member_groups(state) == (
        MemberGroup("controller-1a", "a", 0), MemberGroup("controller-1c", "b", 0),
    )  # fmt: skip
