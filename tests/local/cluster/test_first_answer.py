"""The question that kubectl asks until it is answered, and when it was."""

import json
import threading
import time
from pathlib import Path

import pytest

from local.cluster.first_answer import FirstAnswer, health_question
from local.machines import MachinesError


class Elb:
    """Of boto3's client what is asked."""

    def __init__(self, *ports: int) -> None:
        self._ports = ports

    def describe_load_balancers(self) -> dict[str, object]:
        return {"LoadBalancers": [{"LoadBalancerArn": "arn", "DNSName": "api.elb"}]}

    def describe_listeners(self, LoadBalancerArn: str) -> dict[str, object]:
        assert LoadBalancerArn == "arn"
        return {"Listeners": [{"Port": port} for port in self._ports]}


def test_kubectl_asks_the_load_balancer_for_health() -> None:
    question = health_question(Elb(6443))
    assert question[0].endswith("/kubectl") and question[-2:] == ["get", "--raw=/readyz"]
    assert "--server=https://api.elb:6443" in question
    assert "--username=nobody" in question, "or kubectl asks for one"
    with pytest.raises(MachinesError, match="no load balancer listens yet"):
        health_question(Elb())


def test_it_is_asked_until_it_is_answered_and_not_again(tmp_path: Path) -> None:
    asked, answered = [], threading.Event()
    refused = [MachinesError("no machine"), OSError("no file")]

    def ask() -> None:
        asked.append(time.time())
        if refused:
            raise refused.pop()
        answered.set()

    with FirstAnswer(tmp_path / "when", ask):
        assert answered.wait(60)
    assert len(asked) == 3
    assert asked[-1] <= json.loads((tmp_path / "when").read_text()) <= time.time()


def test_who_was_never_answered_has_no_time(tmp_path: Path) -> None:
    asked = threading.Event()

    def ask() -> None:
        asked.set()
        raise MachinesError("nobody")

    with FirstAnswer(tmp_path / "when", ask):
        assert asked.wait(60)
    assert not (tmp_path / "when").exists()
