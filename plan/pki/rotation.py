"""Whether a change of generations is one step of a rotation, or a leap that breaks what runs.

What is signed by a key that nobody trusts yet, or no more, is refused: nodes drop out, and pods
lose their tokens until they start anew. A plan sees only what is asked now, so whoever has the
record of what was asked before compares the two with this.
"""

from collections.abc import Mapping

from plan.errors import Faults
from plan.pki.table import CONTROLLER, PATH, WORKER
from spec.pki import AUTHORITY_NAMES, Generations, RotationSpec, yaml_key

KEY_PAIRS = (*AUTHORITY_NAMES, "service-account")
LOCAL_KEYS = "encryption"  # which are rotated by the same steps
MEMBER = "etcd"  # the role of every member
# Whose machines must have taken one step before the next is taken. Workers read nothing of what
# kubelets' certificates are believed by; but they have such certificates.
TAKEN_BY: Mapping[str, tuple[str, ...]] = {
    "kubernetes": (CONTROLLER, WORKER),
    "kubelet": (CONTROLLER, WORKER),
    "etcd": (CONTROLLER, MEMBER),
    "front-proxy": (CONTROLLER,),
    "service-account": (CONTROLLER,),
    LOCAL_KEYS: (CONTROLLER,),
}


def generations_of(rotation: RotationSpec) -> dict[str, tuple[int, ...]]:
    """What a stack records of itself: by key pair the generations, the one that signs first."""
    return {name: rotation.of(name).trusted for name in KEY_PAIRS}


def check_step(
    before: Mapping[str, tuple[int, ...]], after: RotationSpec, *, where: str = "the stack file"
) -> None:
    """PlanError for every key pair that leaps. before: `generations_of` of what is up now."""
    faults = Faults()
    for name in KEY_PAIRS:
        wanted = after.of(name)
        if name in before and (told := leap(tuple(before[name]), wanted)):
            faults.add(f"{PATH}.rotation.{yaml_key(name)}", told, wanted.generation)
    faults.raise_if_any(where=where)


def leap(before: tuple[int, ...], after: Generations) -> str | None:
    """Why the change is no step, as the end of a sentence; None where it is one."""
    signing = before[0]
    if after.generation == signing:
        return None  # trusts one more, or one less that signs nothing
    if after.generation not in before:
        return (
            f"is to sign, and nobody trusts it yet; bring up generation {signing} with "
            f"alsoTrusted: {signing + 1} first"
        )
    if signing not in after.trusted:
        return (
            f"is to sign, and generation {signing}, which has signed all that is in use, would be "
            f"trusted no more; write alsoTrusted: {signing} until everything is signed anew"
        )
    return None
