"""What another Kubernetes version moves, and which kubelets a control plane takes."""

from dataclasses import dataclass

from plan.errors import Faults, PlanError
from plan.fact_files import load_facts
from plan.images import image_key
from plan.instance_types import instance_type
from spec.cluster import ClusterSpec
from spec.lock import Lock
from spec.node_pools import CustomImage, NodePoolSpec


@dataclass(frozen=True, slots=True)
class Move:
    """One thing before and after the upgrade; effect says what becomes of what is running."""

    what: str
    before: str
    after: str
    effect: str


def check_kubelet(
    name: str, pool: NodePoolSpec, version: str, faults: Faults, warnings: list[str]
) -> None:
    """Note a kubelet that a control plane of this version does not take, or that nobody knows.

    Images of AWS are chosen by the control plane's version, so only one's own can be out of step.
    """
    if not isinstance(pool.image, CustomImage):
        return
    path, kubelet = f"nodePools.{name}.image.kubernetesVersion", pool.image.kubernetes_version
    if kubelet is None:
        warnings.append(f"{path}: is not given, so nobody knows whether control plane {version} "
                        f"takes the kubelet in {pool.image.image_id}; write its minor version, "
                        f"such as '{version}'")  # fmt: skip
    elif (older := minor(version) - minor(kubelet)) < 0:
        faults.add(path, f"is newer than control plane {version}, which Kubernetes does not allow; "
                   "boot an image of that version or older, or upgrade the control plane first",
                   kubelet)  # fmt: skip
    elif older > oldest_kubelet():
        faults.add(path, f"is {older} minors older than control plane {version}, and Kubernetes "
                   f"allows {oldest_kubelet()}; boot a newer image before the control plane moves",
                   kubelet)  # fmt: skip


def known_versions() -> tuple[str, ...]:
    """Minor versions of which the tables know when their support ends."""
    return tuple(load_facts("kubernetes.yaml")["standard_support_ends"])


def upgrade_moves(spec: ClusterSpec, old: Lock, new: Lock) -> tuple[Move, ...]:
    """All that moves from one lock file's version to the other's; none where both have the same.

    The lock files alone do not say it: which pools an image rolls, and which ones stay behind.
    """
    before, after = old.kubernetes_version, new.kubernetes_version
    if before == after:
        return ()
    moves = [Move("control plane", before, after, "in place, and never back")]
    for name, version in sorted(new.add_ons.items()):
        was = old.add_ons.get(name, "none")
        moves.append(Move(f"add-on {name}", was, version,
                          "in place" if was != version else "stays as it is"))  # fmt: skip
    for name, pool in spec.node_pools.items():
        moves.append(_own(name, pool.image, after) if isinstance(pool.image, CustomImage)
                     else _rolled(name, pool, old, new))  # fmt: skip
    return tuple(moves)


def _rolled(name: str, pool: NodePoolSpec, old: Lock, new: Lock) -> Move:
    """A pool that boots an image of AWS gets the one of the new version."""
    before, after = (_image(pool, lock) for lock in (old, new))
    same = before == after
    return Move(f"pool {name}", f"kubelet {old.kubernetes_version}, {before}",
                f"kubelet {new.kubernetes_version}, {after}",
                "stays as it is" if same else "replaces its machines, a few at a time")  # fmt: skip


def _own(name: str, image: CustomImage, version: str) -> Move:
    """A pool that boots an image of one's own keeps it."""
    if image.kubernetes_version is None:
        told = f"kubelet of unknown version, {image.image_id}"
        return Move(f"pool {name}", told, told, "stays; whether it may, nobody can tell: state "
                    f"nodePools.{name}.image.kubernetesVersion")  # fmt: skip
    told = f"kubelet {image.kubernetes_version}, {image.image_id}"
    older = minor(version) - minor(image.kubernetes_version)
    taken = 0 <= older <= oldest_kubelet()
    return Move(f"pool {name}", told, told,
                f"stays, {older} of at most {oldest_kubelet()} minors behind" if taken
                else f"OUT OF STEP: control plane {version} does not take it")  # fmt: skip


def _image(pool: NodePoolSpec, lock: Lock) -> str:
    try:
        limits = instance_type(pool.instance_type, lock.instance_types, path="")
    except PlanError:  # a lock file of before the type was asked for
        return "no image"
    return lock.images.get(image_key(pool.image.family, lock.kubernetes_version, limits),
                           "no image")  # fmt: skip


def oldest_kubelet() -> int:
    """How many minors a kubelet may be older than the control plane."""
    return int(load_facts("kubernetes.yaml")["kubelet_minors_behind"])


def misstep(before: str, after: str) -> str | None:
    """Why a control plane that is at `before` does not go to `after`; None where it does.

    Sources: EKS user guide, "Update existing cluster to new Kubernetes version"; Kubernetes,
    "Version Skew Policy" (read 2026-11-29).
    """
    moved = minor(after) - minor(before)
    if moved < 0:
        return f"goes back from {before} to {after}, and a control plane never goes back"
    if moved > 1:
        return f"leaps from {before} to {after}, and a control plane moves one minor at a time"
    return None


def minor(version: str) -> int:
    """1.35 is minor 35."""
    return int(version.split(".")[1])
