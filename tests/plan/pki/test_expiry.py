"""What ends is told before it ends, with the day that is given."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.errors import PlanError
from plan.pki.expiry import check_expiry, expiry_rows, expiry_warnings
from spec.pki import ExpirySpec
from tests.spec.strategies import FAST

TODAY = datetime(2026, 11, 28, tzinfo=UTC)
ASKED = ExpirySpec(warnDays=90, failDays=14)


def in_days(**days: float) -> dict[str, str]:
    return {
        name.replace("_", "-"): (TODAY + timedelta(days=n)).isoformat().replace("+00:00", "Z")
        for name, n in days.items()
    }


def test_what_ends_first_stands_first_with_its_days() -> None:
    ends = in_days(etcd_ca=3000, kube_apiserver=89, gone=-0.5, administrator=1, near=13.9)
    rows = expiry_rows(ends, ASKED, today=TODAY)
    assert [(r.name, r.days_left, r.state) for r in rows] == [
        ("gone", -1, "ended"), ("administrator", 1, "well"), ("near", 13, "fails"),
        ("kube-apiserver", 89, "warns"), ("etcd-ca", 3000, "well"),
    ]  # fmt: skip


def test_what_ends_soon_is_warned_of_with_what_to_do() -> None:
    rows = expiry_rows(in_days(kubernetes_ca=60, kube_apiserver=20), ASKED, today=TODAY)
    assert expiry_warnings(rows) == (
        "kube-apiserver ends in 20 days, on 2026-12-18; bring the stack up within "
        "validity.renewBeforeDays of its end, or supply another",
        "kubernetes-ca ends in 60 days, on 2027-01-27; rotate this authority: trust the next one, "
        "sign with it, drop this one",
    )
    check_expiry(rows)


def test_what_ends_too_soon_fails_all_at_once() -> None:
    rows = expiry_rows(in_days(kubernetes_ca=5, gone=-3, well=500), ASKED, today=TODAY)
    with pytest.raises(PlanError) as failed:
        check_expiry(rows)
    assert [(f.path, f.message.split(";")[0]) for f in failed.value.faults] == [
        ("controlPlane.pki.expiry", "gone has ended (2026-11-25)"),
        ("controlPlane.pki.expiry", "kubernetes-ca ends in 5 days (2026-12-03)"),
    ]


@FAST
@given(st.integers(-400, 4000), st.integers(1, 200), st.integers(0, 200))
def test_every_day_has_one_state_and_nearer_is_never_better(days, warn, fail) -> None:
    if fail >= warn:
        return
    asked = ExpirySpec(warnDays=warn, failDays=fail)
    order = ["ended", "fails", "warns", "well"]
    near, far = expiry_rows(in_days(a=days, b=days + 1), asked, today=TODAY)
    assert order.index(near.state) <= order.index(far.state)
