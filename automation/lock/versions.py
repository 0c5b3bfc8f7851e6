"""Which Kubernetes version a new lock file pins. One minor at a time, never back."""

from plan.fact_files import load_facts
from plan.upgrades import minor
from spec.errors import Fault, SpecError

_PATH = "controlPlane.version"


def next_version(
    asked: str | None, locked: str | None, *, upgrade: bool, where: str = "the stack file"
) -> str:
    """The version to pin.

    asked: controlPlane.version. locked: what the present lock file pins, None for a new one.
    upgrade: move one minor on from the present lock file.
    Raises SpecError for a version that no table knows, a skipped minor or a step back.
    """
    facts = load_facts("kubernetes.yaml")
    known = sorted(facts["standard_support_ends"], key=minor)
    wanted = _upgraded(asked, locked, known, where) if upgrade else asked or locked
    version = wanted or str(facts["default"])
    if version not in known:
        message = f"is no version that heiiki knows; known: {', '.join(known)}"
        raise SpecError([Fault(_PATH, message, repr(version))], where=where)
    if locked is not None and not 0 <= minor(version) - minor(locked) <= 1:
        raise SpecError([Fault(_PATH, _why_not(version, locked), repr(version))], where=where)
    return version


def _upgraded(asked: str | None, locked: str | None, known: list[str], where: str) -> str | None:
    """The minor after the locked one; a version in the stack file must say the same."""
    if locked is None:
        return asked
    later = [v for v in known if minor(v) == minor(locked) + 1]
    if not later:
        message = f"is {locked}, and heiiki knows no later one; known: {', '.join(known)}"
        raise SpecError([Fault(_PATH, message)], where=where)
    if asked not in (None, later[0]):
        message = f"pins another version than the next, {later[0]}; change or remove this key"
        raise SpecError([Fault(_PATH, message, repr(asked))], where=where)
    return later[0]


def _why_not(version: str, locked: str) -> str:
    if minor(version) < minor(locked):
        return f"would go back from {locked}, which EKS does not; write '{locked}' or later"
    step = f"1.{minor(locked) + 1}"
    return (
        f"skips a minor, and EKS moves one at a time from {locked}; write '{step}', run heiiki "
        "lock and heiiki up, then the next"
    )
