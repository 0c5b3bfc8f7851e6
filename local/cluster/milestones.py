"""How long after power-on what people wait for was there, from what machines and the API tell."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local.cluster.boot_steps import BootStep

API_STEP = "wait-for-api-server"
ANSWERED = "kubectl is first answered in the operator's network"
RUNNING = "the first pod of a workload is Running"
AIMS_SECONDS = {ANSWERED: 60.0, RUNNING: 120.0}  # on two cores that do nothing else
Object = Mapping[str, Any]


def milestones(
    power_on: float,
    steps: Iterable[BootStep],
    nodes: Iterable[Object],
    pods: Iterable[Object],
    healthy: float | None,
    answered: float | None,
) -> str:
    """A line each, with its aim where it has one, and whether that is missed.

    power_on: of the first machine, in seconds since the epoch. pods: of workloads, which have
    addresses of the overlay. healthy, answered: when kubectl was first answered where the operator
    is, about the API's health and with the stack's kubeconfig, in seconds since the epoch; None
    before that.
    """
    since = datetime.fromtimestamp(power_on, UTC)
    answers = [_time(s.began) + timedelta(seconds=s.seconds) for s in steps if s.name == API_STEP]
    ready = [_time(c["lastTransitionTime"]) for node in nodes for c in node["status"]["conditions"]
             if (c["type"], c["status"]) == ("Ready", "True")]  # fmt: skip
    running = [_time(c["state"]["running"]["startedAt"]) for pod in pods
               for c in pod["status"].get("containerStatuses", [])
               if "running" in c["state"]]  # fmt: skip
    reached = {
        "the first API server is ready": min(answers, default=None),
        ANSWERED: _instant(healthy),
        "kubectl is answered with the kubeconfig that `up` puts out": _instant(answered),
        RUNNING: min(running, default=None),
        "every node is Ready": max(ready, default=None),
    }
    return "\n".join(
        _line(what, (at - since).total_seconds()) for what, at in reached.items() if at is not None
    )


def _line(what: str, seconds: float) -> str:
    line = f"{seconds:6.1f} s after power-on  {what}"
    aim = AIMS_SECONDS.get(what)
    if aim is None:
        return line
    return f"{line} (aim {aim:.0f} s{', missed' if seconds > aim else ''})"


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
