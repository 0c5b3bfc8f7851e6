"""What is said now of a control plane of one's own: by its record, and by AWS of its members."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from automation.member_machines import ROLES, machines_of, member_groups
from automation.seen import Seen
from automation.state import State
from machines.agent.well import member_of
from plan.pki.expiry import expiry_rows, remedy
from plan.self_hosted.changes import OUTPUT
from spec.pki import ExpirySpec

if TYPE_CHECKING:
    from automation.aws_calls import Account

STACK = "pulumi:pulumi:Stack"
SAID_WITHIN = timedelta(minutes=12)  # a member that is well says so every five


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


def etcd(
    state: State, region: str, account: "Account", now: datetime | None = None
) -> Iterator[Seen]:
    """When each member last said that it is well, in the machines' bucket. What it says is for
    members to read; that it said so, whoever lists the bucket sees."""
    known, bucket = member_groups(state), own_outputs(state).get("machinesBucket")
    if not known or not bucket:
        return
    rows = account.paged(
        "s3", region, "list_objects_v2", "Contents", Bucket=bucket, Prefix="bootstrap/"
    )
    said: dict[str, datetime] = {}
    for row in rows:  # of every generation of this etcd, the last word
        if (member := member_of(row["Key"])) is not None:
            said[member] = max(said.get(member, row["LastModified"]), row["LastModified"])
    for group in known:
        member = next(group.name.removeprefix(r) for r in ROLES if group.name.startswith(r))
        yield _heard(member, said.get(member), now or datetime.now(UTC))


def _heard(member: str, last: datetime | None, now: datetime) -> Seen:
    why = "the console of its machine says why, and journalctl -u heiiki-etcd-watch there"
    if last is None:
        return Seen("etcd", member, f"has not said that it is well yet; {why}. A machine that was "
                    "started by an earlier version says nothing: heiiki roll replaces it",
                    False)  # fmt: skip
    minutes = max(0, int((now - last).total_seconds() // 60))
    told = f"said {minutes} minutes ago that it is well, at {last:%Y-%m-%d %H:%M} UTC"
    if now - last <= SAID_WITHIN:
        return Seen("etcd", member, told, True)
    return Seen("etcd", member, f"{told}, and not since; {why}", False)
