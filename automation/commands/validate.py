"""`heiiki validate`: every fault of the files at once. Imports neither the engine nor boto3."""

import typer

from automation.commands.screen import (
    FAULTS,
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    error_json,
    screen,
)
from automation.invocation import short_path
from automation.policy_file import check_account, check_policy_file
from automation.stack_files import StackFiles, find_stack_files, read_plan
from automation.support import support_warnings, today
from plan.cluster import ClusterPlan
from spec.errors import SpecError, joined
from spec.text_file import is_there


def validate(
    stack: StackOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Check the stack file, the lock file, the policy file and what follows from them.

    Needs no engine, no credentials and no network. Ends with 1 when there are faults. Warns when
    support of the Kubernetes version has ended, or ends within 60 days.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        files = find_stack_files(stack, file)
        try:
            plan = _checked(files)
        except SpecError as error:
            if not as_json:
                raise
            shown.print_json(_document(files, error=error))
            raise typer.Exit(FAULTS) from None
        if as_json:
            shown.print_json(_document(files, plan=plan))
            return
        for warning in _warnings(plan):
            shown.warn(warning)
        shown.out.print(_summary(files, plan), markup=False)


def _checked(files: StackFiles) -> ClusterPlan:
    """The plan, or the faults of every file. The policy file need not be there."""
    errors = []
    try:
        check_policy_file(files)
    except SpecError as error:
        errors.append(error)
    try:
        plan = read_plan(files)
    except SpecError as error:
        raise joined([error, *errors]) from None
    if errors:
        raise errors[0]
    check_account(files, plan.account_id)
    return plan


def _document(
    files: StackFiles, *, plan: ClusterPlan | None = None, error: SpecError | None = None
) -> dict[str, object]:
    told = error_json(error) if error else {"faults": [], "more": [], "leftOut": 0}
    return {
        "valid": error is None,
        "stack": files.stack,
        "stackFile": str(files.stack_file),
        "part": files.part.name if files.part else None,
        "lockFile": str(files.lock_file),
        "policyFile": str(files.policy_file) if is_there(files.policy_file) else None,
        "faults": told["faults"],
        "more": told["more"],
        "leftOut": told["leftOut"],
        "warnings": _warnings(plan) if plan else [],
    }


def _warnings(plan: ClusterPlan) -> list[str]:
    """Those of the plan, and what is one only today."""
    version, support = plan.control_plane.version, plan.control_plane.support
    return [*plan.warnings, *support_warnings(version, support, today())]


def _summary(files: StackFiles, plan: ClusterPlan) -> str:
    part = f"; {files.stack} is its {files.part.name} part" if files.part else ""
    names = [short_path(files.spec_file), files.lock_file.name]
    if is_there(files.policy_file):
        names.append(files.policy_file.name)
    return (
        f"{', '.join(names[:-1])} and {names[-1]} are valid: cluster {plan.spec.name} "
        f"in {plan.spec.region}, {_count(len(plan.spec.availability_zones), 'zone')}, "
        f"{_count(len(plan.node_pools), 'node pool')}, {_count(len(plan.endpoints), 'endpoint')}, "
        f"{_way_out(plan)}{part}"
    )


def _way_out(plan: ClusterPlan) -> str:
    """What is decided of the way out; of a supplied network only what was read of it."""
    network = plan.spec.network
    if network.egress.kind != "none":
        return f"egress {network.egress.kind}"
    if network.vpc.kind == "create":
        return "no way to the internet"
    known = "no way to the internet in any supplied route table, as heiiki lock read them"
    unknown = ", ".join(plan.undecided)
    return f"{known}; not known: {unknown}" if unknown else known


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
