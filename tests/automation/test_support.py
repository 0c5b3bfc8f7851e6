"""What is said of a Kubernetes version as its support comes to an end."""

from datetime import UTC, date, datetime

import pytest

from automation.support import support_warnings, today
from plan.fact_files import load_facts

FORCED = "EKS upgrades the cluster by force"


@pytest.mark.parametrize(
    ("day", "support", "told"),
    [
        ("2026-05-29", "STANDARD", None),  # 61 days
        ("2026-05-30", "STANDARD",
         f"standard support ends 2026-07-29, in 60 days; then {FORCED}"),
        ("2026-07-28", "EXTENDED",
         "standard support ends 2026-07-29, in 1 day; then EKS charges for extended support"),
        ("2026-07-29", "STANDARD", f"standard support ends 2026-07-29, today; then {FORCED}"),
        ("2026-07-30", "STANDARD", f"standard support ended 2026-07-29; {FORCED}"),
        ("2026-07-30", "EXTENDED",
         "standard support ended 2026-07-29; EKS charges for extended support to 2027-07-29"),
        ("2027-05-29", "EXTENDED",
         "standard support ended 2026-07-29; EKS charges for extended support to 2027-07-29"),
        ("2027-05-30", "EXTENDED",
         f"extended support ends 2027-07-29, in 60 days; then {FORCED}"),
        ("2027-07-29", "STANDARD", f"standard support ended 2026-07-29; {FORCED}"),
        ("2027-07-30", "STANDARD", f"extended support ended 2027-07-29; {FORCED}"),
        ("2027-07-30", "EXTENDED", f"extended support ended 2027-07-29; {FORCED}"),
    ],
)  # fmt: skip
def test_the_end_is_told_from_sixty_days_before_it(day, support, told):
    found = support_warnings("1.33", support, date.fromisoformat(day))
    if told is None:
        assert found == ()
        return
    assert found == (
        f"Kubernetes 1.33: {told}. Move one minor on: heiiki lock --upgrade (and "
        "controlPlane.version, where it is set), then heiiki up",
    )


def test_a_version_of_no_table_is_left_to_the_plan():
    assert support_warnings("1.99", "STANDARD", date(2099, 1, 1)) == ()


def test_every_version_has_both_ends_a_year_apart():
    facts = load_facts("kubernetes.yaml")
    standard, extended = facts["standard_support_ends"], facts["extended_support_ends"]
    assert standard and standard.keys() == extended.keys()
    for version, end in standard.items():
        first = date.fromisoformat(end)
        assert date.fromisoformat(extended[version]) == first.replace(year=first.year + 1)


def test_the_clock_is_of_today():
    assert abs((datetime.now(UTC).date() - today()).days) <= 1
