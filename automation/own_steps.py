"""Changes that a control plane of our own does not bear while it is up, by what the stack says."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from automation.errors import RefusedError
from automation.stack_files import StackFiles, read_lock, read_spec
from plan.errors import PlanError
from plan.self_hosted_changes import OUTPUT, check_change
from plan.self_hosted_needs import own_control_plane


def refused_steps(
    files: StackFiles, outputs: Callable[[], Mapping[str, Any]]
) -> Iterator[RefusedError]:
    """At most one refusal, with every fault. outputs: of the stack, asked for where the control
    plane is none of EKS's alone."""
    asked = own_control_plane(read_spec(files))
    before = outputs().get(OUTPUT) if asked is not None else None
    if asked is None or before is None:
        return
    try:
        check_change(before, asked, read_lock(files).kubernetes_version, where=files.spec_file.name)
    except PlanError as error:
        yield RefusedError(
            "the control plane that is up does not bear this change",
            details=str(error).splitlines()[1:],
            advice="Nothing was changed. Take the change in steps, as the faults say.",
        )
