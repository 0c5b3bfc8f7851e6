"""The timeline of all machines' boots, of what their agents say."""

from local.cluster.boot_steps import BootStep, steps_of, timeline


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
