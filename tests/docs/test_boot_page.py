"""docs/self-hosted/boot.md tells every step that there is, and all that it is told."""

from docs.boot_page import PAGE, steps_table
from machines.agent.steps.registry import KINDS


def test_every_step_and_setting_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    assert steps_table() in page and len(KINDS) == 17
    for kind, step in KINDS.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{kind}` |")]
        assert step.does in row and all(f"`{name}`" in row for name in step.schema)


def test_defaults_are_as_a_configuration_writes_them():
    (row,) = [line for line in steps_table().splitlines() if line.startswith("| `start-units`")]
    assert "`enable` (false), `wait` (true), `timeoutSeconds` (300)" in row
    (row,) = [line for line in steps_table().splitlines() if line.startswith("| `wait-for`")]
    assert "`http` (none), `status` (200)" in row
