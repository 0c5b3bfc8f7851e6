"""What stands on this machine for what is rendered."""

from pathlib import Path

from tests.control_plane.machine import Machine

PLACES = {
    "0.0.0.0:2379": "127.0.0.1:23819",
    ":2379": ":23819",
    ":2381": ":21434",
    "/etc/": "/r/etc/",
}


def test_a_port_that_is_put_in_is_not_taken_for_a_rendered_one():
    machine = Machine(Path("/r"), PLACES, {})
    assert machine.here("https://0.0.0.0:2379,https://1a:2379") == (
        "https://127.0.0.1:23819,https://1a:23819"
    )
    assert machine.here("https://1a:2381/etc/x") == "https://1a:21434/r/etc/x"
    assert machine.port(2379) == 23819 and machine.port(2381) == 21434
    assert machine.here(":23790") == ":23790", "another number"
