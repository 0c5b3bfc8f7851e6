"""Whether a stack's state tells of an AWS that is gone.

The embedded AWS forgets when it ends; the engine's state does not. A stack has caught up once an
operation that looked at AWS has succeeded since, or where all that ever made something of it began
since. The file backend writes both down: what a stack
holds in .pulumi/stacks, and each operation's kind, start and result in .pulumi/history (seen in
3.250.0: pkg/backend/diy).
"""

import json
from pathlib import Path

_LOOK_AT_AWS = frozenset({"update", "refresh", "destroy"})
# The stack itself and the providers are the engine's own; AWS knows nothing of them.
_ENGINES_OWN = "pulumi:"


def outlived_by_a_stack(state: Path, aws_started_ns: int) -> bool:
    stacks = sorted((state / ".pulumi" / "stacks").glob("*/*.json"))
    return any(
        _holds_resources(stack) and not _has_caught_up(state, stack, aws_started_ns)
        for stack in stacks
    )


def _holds_resources(stack: Path) -> bool:
    try:
        deployment = json.loads(stack.read_text())["checkpoint"].get("latest") or {}
    except ValueError:
        return True  # the engine will say what is wrong with it
    return any(
        not resource["type"].startswith(_ENGINES_OWN)
        for resource in deployment.get("resources", ())
    )


def _has_caught_up(state: Path, stack: Path, aws_started_ns: int) -> bool:
    """Whether what the stack holds is of this AWS. One that has no history was imported.

    The names of history files end in the time that they were written, in ns.
    """
    folder = state / ".pulumi" / "history" / stack.parent.name / stack.stem
    of_before = of_this = False
    for entry in folder.glob(f"{stack.stem}-*.history.json"):
        written_ns = int(entry.name.removesuffix(".history.json").rsplit("-", 1)[1])
        if written_ns < aws_started_ns:
            of_before = True
            continue
        update = json.loads(entry.read_text())
        if update["kind"] not in _LOOK_AT_AWS:
            continue
        if update["startTime"] * 10**9 < aws_started_ns:
            of_before = True
        elif update["result"] == "succeeded":
            return True
        else:
            of_this = True
    return of_this and not of_before
