"""Whether EKS still supports a Kubernetes version today. The plan has no clock; this has."""

from datetime import UTC, date, datetime, timedelta

from plan.fact_files import load_facts

SOON = timedelta(days=60)
_FORCED = "EKS upgrades the cluster by force"
_MOVE_ON = (
    "Move one minor on: heiiki lock --upgrade (and controlPlane.version, where it is set), then "
    "heiiki up"
)


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def is_supported(version: str, support: str, day: date) -> bool | None:
    """Whether EKS leaves the cluster at this version on `day`; None of a version of no table."""
    facts = load_facts("kubernetes.yaml")
    key = "standard_support_ends" if support == "STANDARD" else "extended_support_ends"
    last = facts[key].get(version)
    return None if last is None else day <= date.fromisoformat(last)


def support_warnings(version: str, support: str | None, day: date) -> tuple[str, ...]:
    """That support of the version has ended by `day`, or ends soon; none while it is far away.

    support: controlPlane.support, which says what EKS does at the end of standard support; None
    where the control plane is none of EKS's. A version of no table has no warning here; it is a
    fault of the plan.
    """
    if support is None:
        return ()
    facts = load_facts("kubernetes.yaml")
    if version not in facts["standard_support_ends"]:
        return ()
    standard = date.fromisoformat(facts["standard_support_ends"][version])
    extended = date.fromisoformat(facts["extended_support_ends"][version])
    told = _told(standard, extended, support, day)
    return (f"Kubernetes {version}: {told}. {_MOVE_ON}",) if told else ()


def _told(standard: date, extended: date, support: str, day: date) -> str:
    """The last day of support counts as supported."""
    if day > extended:
        return f"extended support ended {extended}; {_FORCED}"
    if day > standard and support == "STANDARD":
        return f"standard support ended {standard}; {_FORCED}"
    if extended - day <= SOON:
        return f"extended support ends {extended}, {_in(extended - day)}; then {_FORCED}"
    if day > standard:
        return f"standard support ended {standard}; EKS charges for extended support to {extended}"
    if standard - day <= SOON:
        then = _FORCED if support == "STANDARD" else "EKS charges for extended support"
        return f"standard support ends {standard}, {_in(standard - day)}; then {then}"
    return ""


def _in(left: timedelta) -> str:
    return f"in {left.days} day{'' if left.days == 1 else 's'}" if left.days else "today"
