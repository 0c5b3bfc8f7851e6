"""Steps of a boot, put together from outside and from the machine's journal."""

import json

from local.machines import Event
from local.machines.handle import merged


def test_units_stand_between_what_was_seen_from_outside() -> None:
    seen = [Event(10.0, 1, "power on"), Event(12.0, 1, "asked for user-data"),
            Event(20.0, 2, "power on")]  # fmt: skip
    journal = [
        json.dumps({"UNIT": unit, "__REALTIME_TIMESTAMP": str(int(at * 1e6))})
        for unit, at in (("early.service", 11.5), ("late.service", 13.25), ("again.service", 21.0))
    ]
    assert merged(seen, journal) == [
        Event(10.0, 1, "power on"),
        Event(11.5, 1, "early.service is up"),
        Event(12.0, 1, "asked for user-data"),
        Event(13.25, 1, "late.service is up"),
        Event(20.0, 2, "power on"),
        Event(21.0, 2, "again.service is up"),
    ]
