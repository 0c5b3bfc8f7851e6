"""When a stack tells of an AWS that is gone. Times are in seconds after the epoch, state is as the
engine's file backend writes it; test_embedded_command.py lets the engine itself write it."""

import json
from pathlib import Path

import pytest

from local.remembered import outlived_by_a_stack

STACK = {"type": "pulumi:pulumi:Stack"}
PROVIDER = {"type": "pulumi:providers:aws"}
VPC = {"type": "aws:ec2/vpc:Vpc"}
AWS_STARTED = 1000


class State:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def stack(self, *resources: dict[str, str], name: str = "dev") -> None:
        file = self.folder / ".pulumi" / "stacks" / "heiiki" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        latest = {"resources": list(resources)} if resources else None
        file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))

    def operation(self, kind: str, start: int, result: str, name: str = "dev") -> None:
        folder = self.folder / ".pulumi" / "history" / "heiiki" / name
        folder.mkdir(parents=True, exist_ok=True)
        entry = {"kind": kind, "startTime": start, "result": result, "endTime": start + 5}
        written_ns = (start + 5) * 10**9
        (folder / f"{name}-{written_ns}.history.json").write_text(json.dumps(entry))
        (folder / f"{name}-{written_ns}.checkpoint.json").write_text("{}")

    def is_of_an_aws_that_is_gone(self) -> bool:
        return outlived_by_a_stack(self.folder, AWS_STARTED * 10**9)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path)


def test_without_stacks_there_is_nothing_to_forget(state: State) -> None:
    assert not state.is_of_an_aws_that_is_gone()


@pytest.mark.parametrize("resources", [(), (STACK,), (STACK, PROVIDER)])
def test_a_stack_without_resources_of_aws_needs_no_look(
    state: State, resources: tuple[dict[str, str], ...]
) -> None:
    state.stack(*resources)

    assert not state.is_of_an_aws_that_is_gone()


def test_a_stack_from_before_is_of_an_aws_that_is_gone(state: State) -> None:
    state.stack(STACK, PROVIDER, VPC)
    state.operation("update", AWS_STARTED - 100, "succeeded")

    assert state.is_of_an_aws_that_is_gone()


@pytest.mark.parametrize("kind", ["update", "refresh", "destroy"])
def test_it_has_caught_up_once_an_operation_succeeded_since(state: State, kind: str) -> None:
    state.stack(STACK, VPC)
    state.operation("update", AWS_STARTED - 100, "succeeded")
    state.operation(kind, AWS_STARTED + 1, "succeeded")

    assert not state.is_of_an_aws_that_is_gone()


@pytest.mark.parametrize(
    ("kind", "start", "result"),
    [
        ("update", AWS_STARTED + 1, "failed"),
        ("preview", AWS_STARTED + 1, "succeeded"),
        ("update", AWS_STARTED - 2, "succeeded"),  # began before, ended after
    ],
)
def test_other_operations_do_not_count(state: State, kind: str, start: int, result: str) -> None:
    state.stack(STACK, VPC)
    state.operation("update", AWS_STARTED - 100, "succeeded")
    state.operation(kind, start, result)

    assert state.is_of_an_aws_that_is_gone()


@pytest.mark.parametrize("results", [["failed"], ["failed", "failed"]])
def test_a_stack_whose_first_operation_failed_since_is_of_this_aws(
    state: State, results: list[str]
) -> None:
    state.stack(STACK, VPC)
    for i, result in enumerate(results):
        state.operation("update", AWS_STARTED + 1 + 10 * i, result)

    assert not state.is_of_an_aws_that_is_gone()


def test_a_stack_whose_first_operation_began_before_and_failed_since_is_not(state: State) -> None:
    state.stack(STACK, VPC)
    state.operation("update", AWS_STARTED - 2, "failed")
    state.operation("update", AWS_STARTED + 10, "failed")

    assert state.is_of_an_aws_that_is_gone()


def test_a_preview_alone_says_nothing_of_where_resources_came_from(state: State) -> None:
    state.stack(STACK, VPC)
    state.operation("preview", AWS_STARTED + 1, "succeeded")

    assert state.is_of_an_aws_that_is_gone()


def test_one_stack_that_has_not_caught_up_is_enough(state: State) -> None:
    state.stack(STACK, VPC, name="a.b")
    state.operation("update", AWS_STARTED + 1, "succeeded", name="a.b")
    assert not state.is_of_an_aws_that_is_gone()

    state.stack(STACK, VPC, name="c-d")

    assert state.is_of_an_aws_that_is_gone()


def test_a_state_that_cannot_be_read_is_left_to_the_engine_to_judge(state: State) -> None:
    state.stack(STACK, VPC)
    (state.folder / ".pulumi" / "stacks" / "heiiki" / "dev.json").write_text("{")

    assert state.is_of_an_aws_that_is_gone()
