"""Waiting for a group's machines: nothing to wait for where they are records, and as long as it was
asked where somebody boots them."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from local.aws.booting import BOOTING
from local.aws.resources import autoscaling
from local.provider_answers import ProviderError


class Asked:
    """A call whose group gets a machine into service each time that it is read."""

    def __init__(self, booting: bool, timeout: str) -> None:
        self.inputs = {"name": "g", "minSize": 2, "waitForCapacityTimeout": timeout}
        self.booting, self.read = booting, 0

    def send(self, operation: str, service: str, /, **request: Any) -> dict[str, Any]:
        assert (operation, service, request) == ("get_parameters", "ssm", {"Names": [BOOTING]})
        return {"Parameters": [{"Value": "vpc-1"}] if self.booting else []}


@pytest.fixture(autouse=True)
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def read(call: Asked) -> dict[str, Any]:
        call.read += 1
        states = ["InService"] * (call.read - 1) + ["Pending:Wait"]
        return {"Instances": [{"LifecycleState": state} for state in states]}

    monkeypatch.setattr(autoscaling, "_read", read)
    monkeypatch.setattr(autoscaling, "POLL_SECONDS", 0.0)
    return


def require(booting: bool, timeout: str = "900s") -> int:
    call = Asked(booting, timeout)
    autoscaling._require_capacity(call)  # type: ignore[arg-type]
    return call.read


def test_it_is_waited_for_as_long_as_asked_where_machines_boot() -> None:
    assert require(booting=True) == 3
    with pytest.raises(ProviderError, match=r"want at least 2 healthy .* have 1.*timeout: 0s"):
        require(booting=True, timeout="0s")


def test_it_is_not_waited_for_where_they_are_records() -> None:
    with pytest.raises(ProviderError, match=r"want at least 2 healthy .* have 0"):
        require(booting=False)
    assert require(booting=False, timeout="0") == 1


def test_durations_are_read_as_go_writes_them() -> None:
    assert [autoscaling._seconds(text) for text in ("900s", "10m", "1h30m", "0")] == [
        900.0, 600.0, 5400.0, 0.0,
    ]  # fmt: skip


class Refreshed:
    """A call of a changed group. refused: what a refresh is answered with at first."""

    inputs: ClassVar[dict[str, Any]] = {
        "name": "g",
        "instanceRefresh": {"strategy": "Rolling", "preferences": {"minHealthyPercentage": "67"}},
    }

    def __init__(self, refused: str) -> None:
        self.refused, self.sent = refused, []  # type: str, list[str]

    def request(self, operation: str, names: Any) -> tuple[dict[str, Any], list[Any]]:
        return {}, []

    def send(self, operation: str, /, **request: Any) -> dict[str, Any]:
        assert request["AutoScalingGroupName"] == "g"
        self.sent.append(operation)
        if self.refused and operation == "start_instance_refresh":
            code, self.refused = self.refused, ""
            raise ClientError({"Error": {"Code": code, "Message": ""}}, operation)
        return {}


def test_a_refresh_takes_the_place_of_one_that_is_under_way() -> None:
    start, cancel = "start_instance_refresh", "cancel_instance_refresh"
    for refused, sent in (("", [start]), ("InstanceRefreshInProgress", [start, cancel, start])):
        call = Refreshed(refused)
        autoscaling._refresh_instances(call, frozenset({"launchTemplate"}))  # type: ignore[arg-type]
        assert call.sent == sent
    with pytest.raises(ClientError):
        autoscaling._refresh_instances(Refreshed("Throttling"), frozenset({"launchTemplate"}))  # type: ignore[arg-type]
