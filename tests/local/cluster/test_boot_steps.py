"""The timeline of all machines' boots, of what their agents say."""

from local.cluster.boot_steps import BootStep, steps_of, timeline
from local.cluster.milestones import milestones


def test_steps_of_all_machines_stand_in_the_order_of_their_begin() -> None:
    entry = {"state": "done", "ended": None, "notes": {}, "attempts": 1, "error": ""}
    first = [
        {**entry, "name": "mount", "began": "2026-11-28T10:00:02Z", "seconds": 0.25},
        {**entry, "name": "signal", "state": "waiting", "began": "", "seconds": None},
    ]
    failed = {"state": "failed", "attempts": 3, "error": "nobody answers", "seconds": 12.0}
    second = [{**entry, **failed, "name": "fetch-binaries", "began": "2026-11-28T10:00:01Z"}]
    steps = [*steps_of("etcd-1a", {"steps": first}), *steps_of("worker", {"steps": second})]
    assert steps[0] == BootStep("etcd-1a", "mount", "done", "2026-11-28T10:00:02Z", 0.25, 1, "")
    assert timeline(steps).splitlines() == [
        "2026-11-28T10:00:01Z  worker   fetch-binaries         12.0 s  failed, tried 3 times: "
        "nobody answers",
        "2026-11-28T10:00:02Z  etcd-1a  mount                   0.2 s  done",
    ]
    assert steps_of("none", {}) == [] and timeline([]) == ""


def test_what_people_wait_for_is_told_from_the_power_on() -> None:
    def at(second: int) -> str:
        return f"2026-11-28T10:00:{second:02}Z"

    steps = [BootStep(name, "wait-for-api-server", "done", at(10), seconds, 1, "")
             for name, seconds in (("one", 4.5), ("two", 2.5))]  # fmt: skip
    nodes = [{"status": {"conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": at(second)},
        {"type": "DiskPressure", "status": "False", "lastTransitionTime": at(59)},
    ]}} for second in (20, 30)]  # fmt: skip
    running = {"state": {"running": {"startedAt": at(25)}}}
    pods = [{"status": {"containerStatuses": [running, {"state": {"waiting": {}}}]}},
            {"status": {}}]  # fmt: skip
    power_on = 1795860000.0  # 10:00:00
    assert milestones(
        power_on, steps, nodes, pods, power_on + 20.5, power_on + 28
    ).splitlines() == [
        "  12.5 s after power-on  the first API server is ready",
        "  20.5 s after power-on  kubectl is first answered in the operator's network (aim 60 s)",
        "  28.0 s after power-on  kubectl is answered with the kubeconfig that `up` puts out",
        "  25.0 s after power-on  the first pod of a workload is Running (aim 120 s)",
        "  30.0 s after power-on  every node is Ready",
    ]
    assert milestones(power_on, [], [], [], None, None) == ""
    late = milestones(power_on - 100, [], [], pods, power_on - 39.5, None).splitlines()
    ends = [line.rpartition(" (")[2] for line in late]
    assert ends == ["aim 60 s, missed)", "aim 120 s, missed)"]
