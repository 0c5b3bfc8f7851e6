"""The example stacks, as tests read them."""

import shutil
from functools import cache
from pathlib import Path

from plan.cluster import ClusterPlan, plan_cluster
from spec.beside import with_files
from spec.cluster import ClusterSpec
from spec.lock import Lock, lock_file_name, parse_lock
from spec.stack_file import parse_stack_file

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
OF_EKS = ("dev", "existing", "on-premises", "open", "parts", "two-vpc")
SCENARIOS = (*OF_EKS, "self-hosted")
# Shown by what it yields and by the whole pack: what else it has is self-hosted's.
ALIKE = ("external-etcd",)
# Cluster VPCs without a way out.
CLOSED = ("dev", "existing", "on-premises", "parts", "self-hosted", "two-vpc")


@cache
def read(scenario: str) -> tuple[ClusterSpec, Lock]:
    """The stack file and the lock file of an example. Both are frozen, and read once."""
    folder = EXAMPLES / scenario
    stack_file, lock_file = folder / f"Pulumi.{scenario}.yaml", folder / lock_file_name(scenario)
    spec = parse_stack_file(stack_file.read_text(encoding="utf-8"), where=stack_file.name)
    return (
        with_files(spec, folder, where=stack_file.name),
        parse_lock(lock_file.read_text(encoding="utf-8"), where=lock_file.name),
    )


@cache
def planned(scenario: str) -> ClusterPlan:
    """The plan of an example, made once; a plan is frozen, too."""
    spec, lock = read(scenario)
    return plan_cluster(spec, lock, where=scenario)


def copy_files(scenario: str, folder: Path) -> Path:
    """The example's files, and those that they name, into a folder of the test's own."""
    shutil.copytree(EXAMPLES / scenario, folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("expected*"))  # fmt: skip
    return folder
