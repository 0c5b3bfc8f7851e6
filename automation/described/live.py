"""A live account as the proof engine reads it: a stack's own resources and whatever is beside them,
or everything in some VPCs."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from automation.described.reader import Found, Reading
from automation.described.records import Records
from automation.described.resources import Described, resources_of
from automation.described.scope import Scope
from automation.described.tables import DESCRIBED, KINDS, calls
from automation.errors import AutomationError, RefusedError
from automation.identity import caller_of
from automation.stack_files import read_lock, read_spec
from automation.texts import texts
from spec.cluster import ClusterSpec

if TYPE_CHECKING:
    from automation.aws_calls import Account
    from automation.stack import Stack

# What a stack file names by id and others have made.
_SUPPLIED: Final = re.compile(r"(?:[a-z]+-)+[0-9a-f]{8,}")

REACH: Final = (
    "Ask from a network that reaches these hosts, or give the one that you ask from an interface "
    "endpoint of each of these services, where there is one."
)


def supplied_ids(spec: ClusterSpec) -> frozenset[str]:
    """The network that a stack file takes as supplied, without what lies behind connections: that
    is what boundary.connections answers for."""
    network = spec.network.model_dump(mode="json", exclude={"connections"})
    return frozenset(text for text in texts(network) if _SUPPLIED.fullmatch(text))


def read_stack(driven: "Stack") -> Described:
    """What AWS has of a stack that is up; of a part, of all parts of its whole, which are one
    network. Raises where it is another account, or where what the
    stack lies in is not there: to prove what is not there would prove nothing."""
    states = driven.states()
    if not any(state.managed for state in states):
        raise RefusedError(
            f"{driven.files.stack} is not up, so AWS has nothing of it",
            advice="heiiki prove without --live proves what its stack file says.",
        )
    if any(state.cut_off for state in states):
        raise RefusedError(
            f"a run of {driven.files.stack} was cut off, so nobody knows what is its own",
            advice="Run heiiki up or heiiki refresh first: they find out how it ended.",
        )
    resources = [resource for state in states for resource in state.resources]
    spec = read_spec(driven.files)
    account = driven.account()
    region = next(filter(None, (state.region for state in states)), spec.region)
    here = here_of(account, region, read_lock(driven.files).account_id)
    records = Records(resources, region, here["account"])
    scope, reading = records.scope(supplied_ids(spec)), Reading(account, region, here)
    found = reading.run(calls(), scope)
    own = {r.id for r in resources if r.type == "aws:ec2/vpc:Vpc"}
    _require(own | {i for i in scope.described if i.startswith("vpc-")}, found, here)
    return resources_of(found, records, reading.silent)


def read_vpcs(account: "Account", region: str, vpcs: Iterable[str]) -> tuple[Described, str]:
    """Everything in VPCs, and what of the account it refers to; and whose account it is."""
    here = here_of(account, region, None)
    scope, reading = Scope.of(vpcs, whole=True), Reading(account, region, here)
    found = reading.run(calls(), scope)
    _require(scope.made, found, here)
    return resources_of(found, Records(), reading.silent), here["account"]


def read_supplied(driven: "Stack") -> tuple[Described, dict[str, str]]:
    """What a stack file takes as supplied, without what the stack itself has put there; and where
    that was read."""
    spec = read_spec(driven.files)
    here = here_of(driven.account(), spec.region, read_lock(driven.files).account_id)
    scope = Scope.of((), supplied_ids(spec))
    found = facts_read(Reading(driven.account(), spec.region, here), scope)
    _require({i for i in scope.described if i.startswith("vpc-")}, found, here)
    recorded = [resource for state in driven.states() for resource in state.resources]
    read = resources_of(found, Records(recorded, spec.region, here["account"]))
    read.resources = [resource for resource in read.resources if resource.get("described")]
    return read, here


def facts_read(reading: Reading, scope: Scope) -> Found:
    """What describes a supplied network. Raises AutomationError where a service did not answer that
    tells of one: facts count for weeks, and nobody could see later what they lack."""
    found = reading.run(calls(), scope)
    needed = frozenset[str]().union(
        *(kind.call.services for kind in KINDS if kind.token in DESCRIBED)
    )
    lacking = {service: why for service, why in reading.silent.items() if service in needed}
    if lacking:
        raise AutomationError(
            "AWS did not answer all that tells where packets and names go, so no facts are written",
            details=[f"{service}: {why}" for service, why in sorted(lacking.items())],
            advice=REACH,
        )
    return found


def as_text(resources: Iterable[Mapping[str, Any]]) -> str:
    """As the proof reads it: JSON."""
    return json.dumps(list(resources), ensure_ascii=False, default=str)


def here_of(account: "Account", region: str, wanted: str | None) -> dict[str, str]:
    """Where the answers come from. Raises RefusedError where that is not the stack's account."""
    found, arn = caller_of(account, region)
    if wanted not in (None, found):
        raise RefusedError(
            f"the credentials are for account {found}, and the stack belongs to {wanted}",
            details=[f"you are {arn}"],
            advice="Sign in to that account (AWS_PROFILE, aws sso login).",
        )
    return {"region": region, "account": found, "partition": arn.split(":")[1]}


def _require(ids: Iterable[str], found: Found, here: Mapping[str, str]) -> None:
    there = {i for things in found.values() for thing in things for i in thing.ids}
    missing = sorted(set(ids) - there)
    if missing:
        raise AutomationError(
            f"{', '.join(missing)} is not in account {here['account']} in {here['region']}",
            advice="Look whether it was deleted, and whose credentials these are. Where it is gone "
            "indeed, heiiki refresh records that.",
        )
