"""What is said now of a control plane of one's own: by its record, and by AWS of its members."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from automation.member_machines import machines_of, member_groups
from automation.seen import Seen
from automation.state import State
from plan.pki.expiry import expiry_rows, remedy
from plan.self_hosted.changes import OUTPUT
from spec.pki import ExpirySpec

if TYPE_CHECKING:
    from automation.aws_calls import Account

STACK = "pulumi:pulumi:Stack"


def own_outputs(state: State) -> dict[str, Any]:
    """What such a stack puts out; nothing where EKS runs the control plane."""
    found = [dict(stack.outputs) for stack in state.of_type(STACK)]
    return next((outputs for outputs in found if OUTPUT in outputs), {})


def own_endpoints(state: State) -> tuple[str, ...]:
    """URLs of the API, in the order of their names."""
    return tuple(url for _, url in sorted((own_outputs(state).get("apiEndpoints") or {}).items()))


def certificates(state: State, now: datetime | None = None) -> Iterator[Seen]:
    """What ends soon, by the usual days; where nothing does, what ends first. Of the certificates
    that the stack has made: machines that were started before have those of then."""
    ends = own_outputs(state).get("certificatesEnd") or {}
    rows = expiry_rows(ends, ExpirySpec(), today=now or datetime.now(UTC))
    soon = [row for row in rows if row.state != "well"]
    for row in soon:
        told = "has ended" if row.state == "ended" else f"ends in {row.days_left} days"
        yield Seen("certificate", row.name, f"{told}, on {row.not_after:%Y-%m-%d}; {remedy(row)}",
                   False)  # fmt: skip
    lasting = [row for row in rows if row.lasts]
    if lasting and not soon:
        first = lasting[0]
        yield Seen("certificate", first.name, f"ends first, on {first.not_after:%Y-%m-%d}, in "
                   f"{first.days_left} days", True)  # fmt: skip


def members(state: State, region: str, account: "Account") -> Iterator[Seen]:
    """Members whose machines were started from an earlier template, and so with the certificates
    of then."""
    known = member_groups(state)
    if not known:
        return
    for name, machine in machines_of(known, region, account).items():
        if machine.outdated and not machine.trouble:
            yield Seen("member", name, f"{machine.instance_id} was started from an earlier "
                       "template, with the certificates of then; heiiki roll replaces it",
                       False)  # fmt: skip
