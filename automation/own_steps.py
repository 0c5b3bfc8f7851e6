"""Changes that a control plane of our own does not bear while it is up, by what the stack says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from automation.errors import RefusedError
from automation.member_machines import (
    ROLES,
    machines_of,
    member_groups,
    outdated_machines,
    role_groups,
)
from automation.results import Preview
from automation.stack_files import StackFiles, read_lock, read_spec
from automation.state import State
from plan.errors import PlanError
from plan.pki.rotation import MEMBER, TAKEN_BY
from plan.self_hosted.changes import OUTPUT, check_change, rotated
from plan.self_hosted.needs import own_control_plane
from spec.etcd import CreateEtcd

if TYPE_CHECKING:
    from automation.aws_calls import Account

VOLUME = "aws:ebs/volume:Volume"
VOLUMES = "etcdVolumeIds"  # of the stack
_WAY_BACK = (
    "Nothing was changed. Machines of members whose data are gone wait, and begin no new etcd, so "
    "empty volumes would help nobody: begin again with a snapshot (controlPlane.etcd.restore): "
    "docs/self-hosted/snapshots.md, Beginning again."
)


def lost_members(
    files: StackFiles, preview: Preview, outputs: Callable[[], Mapping[str, Any]]
) -> Iterator[RefusedError]:
    """A refusal where volumes of most members would be made anew, in the same life of etcd: they
    were made before, and AWS has them no more. Of fewer, the others tell them what they had.

    outputs: of the stack, asked for where a volume is made.
    """
    made = {c.name for c in preview.changes if (c.type, c.operation) == (VOLUME, "create")}
    if not made:
        return
    found = outputs()
    members = found.get(VOLUMES) or {}
    lost = sorted(name for name in members if f"etcd-{name}" in made)
    left = len(members) - len(lost)
    if not lost or left > len(members) // 2 or _begins_anew(files, found.get(OUTPUT)):
        return
    yield RefusedError(
        f"{len(lost)} of {len(members)} volumes of etcd are gone, and with them most of its data",
        details=[f"etcd-{name} (Volume) {members[name]} is not there; up would make an empty one"
                 for name in lost],
        advice=_WAY_BACK,
    )  # fmt: skip


def _begins_anew(files: StackFiles, before: Mapping[str, Any] | None) -> bool:
    """Whether a life of etcd is asked for that the stack has not begun."""
    asked = own_control_plane(read_spec(files))
    etcd = asked.etcd if asked is not None else None
    if not isinstance(etcd, CreateEtcd) or etcd.restore is None:
        return False
    return etcd.restore.generation > int((before or {}).get("etcdGeneration", 1))


def refused_steps(
    files: StackFiles, outputs: Callable[[], Mapping[str, Any]], state: Callable[[], State],
    account: "Callable[[], Account]",
) -> Iterator[RefusedError]:  # fmt: skip
    """At most two refusals, the first with every fault of what is asked. outputs, state: of the
    stack; outputs are asked for where the control plane is none of EKS's alone, the others where
    an authority or a key is rotated."""
    spec = read_spec(files)
    asked = own_control_plane(spec)
    before = outputs().get(OUTPUT) if asked is not None else None
    if asked is None or before is None:
        return
    try:
        version, where = read_lock(files).kubernetes_version, files.spec_file.name
        check_change(before, asked, version, spec.name, where=where)
    except PlanError as error:
        yield RefusedError(
            "the control plane that is up does not bear this change",
            details=str(error).splitlines()[1:],
            advice="Nothing was changed. Take the change in steps, as the faults say.",
        )
    names = rotated(before, asked)
    if names and (behind := _behind(state(), account, names)):
        yield RefusedError(
            "machines have not taken the files of the step before",
            details=[f"{name}: {why}" for name, why in behind.items()],
            advice="Nothing was changed. Machines that trust different authorities or keys do not "
            f"believe each other: {_way_on(behind)}, and take this step then.",
        )


def _behind(state: State, account: "Callable[[], Account]", names: Iterable[str]) -> dict[str, str]:
    """What is wrong with machines that read what is rotated, by member or group: some were started
    from an earlier template, or a member is not in service."""
    roles = {role for name in names for role in TAKEN_BY[name]}
    region, found = state.region, {}  # type: str | None, dict[str, str]
    members = member_groups(state) if MEMBER in roles else ()
    groups = role_groups(state, roles)
    if region is None or not (members or groups):
        return {}
    for name, machine in machines_of(members, region, account()).items() if members else ():
        if machine.trouble or machine.outdated:
            found[name] = machine.trouble or f"{machine.instance_id} is of an earlier template"
    others = {g: name for g, name in groups.items() if g not in {m.group for m in members}}
    for group, (outdated, all_of) in outdated_machines(others, region, account()).items():
        if outdated:
            found[others[group]] = f"{outdated} of {all_of} machines are of an earlier template"
    return found


def _way_on(behind: Mapping[str, str]) -> str:
    """Members are replaced by us, the others by their groups."""
    if any(name.startswith(ROLES) for name in behind):
        return "run heiiki roll, wait until heiiki status --live tells of no replacement"
    return "wait until heiiki status --live tells of no replacement"
