"""`heiiki boundary`: propose the policy pack's declaration. Imports neither engine nor boto3."""

import json
from typing import Annotated, Any

import typer
from rich.text import Text

from automation.commands.screen import (
    FAULTS,
    FileOption,
    JsonOption,
    NoColorOption,
    Screen,
    StackOption,
    screen,
)
from automation.errors import RefusedError
from automation.policy_file import read_policy_file
from automation.stack_files import StackFiles, find_stack_files, read_plan
from spec.errors import SpecError
from spec.text_file import is_there


def boundary(
    stack: StackOption = None,
    file: FileOption = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Write nothing; end with 1 if it would change, or if the pack would refuse it.",
        ),
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Propose heiiki.<stack>.policy.json: what the policy pack shall take as inside.

    From the stack file and the lock file. What the file says already stays; what is missing is
    added, with owner and reason left empty for you to fill in: the pack refuses empty ones.
    Whatever else it would refuse, such as an exception that has ended, is told.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.boundary import merged, proposed, unsigned
        from automation.lock.text import write_whole

        files = find_stack_files(stack, file)
        new = proposed(read_plan(files), files)
        old = _present(files)
        document = new if old is None else merged(old, new)
        changed = document != old
        if changed and not check:
            write_whole(
                files.policy_file, json.dumps(document, indent=2, ensure_ascii=False) + "\n"
            )
        open_ = unsigned(document)
        refused = _refusals(files, open_)
        if as_json:
            shown.print_json(
                {
                    "policyFile": str(files.policy_file),
                    "changed": changed,
                    "written": changed and not check,
                    "unsigned": open_,
                    "refused": refused,
                    "document": document,
                }
            )
        else:
            _show(shown, files, changed=changed, check=check, open_=open_, refused=refused)
        if check and (changed or open_ or refused):
            raise typer.Exit(FAULTS)


def _show(
    shown: Screen, files: StackFiles, *, changed: bool, check: bool, open_: list[str],
    refused: list[str],
) -> None:  # fmt: skip
    name = files.policy_file.name
    if changed:
        told = f"{name} would change; run heiiki boundary"
        shown.out.print(told if check else f"wrote {files.policy_file}; check it in", markup=False)
    elif not refused:
        shown.out.print(f"{name} lacks nothing", markup=False)
    if open_:
        shown.out.print("Nobody answers for these yet; write owner and reason:")
    for path in open_:
        shown.out.print(Text(f"  {path}"))
    if refused:
        shown.out.print(f"The policy pack refuses {name}:", markup=False)
    for fault in refused:
        shown.out.print(Text(f"  {fault}"))


def _refusals(files: StackFiles, open_: list[str]) -> list[str]:
    """What the pack refuses of the file as it is, but for entries that nobody answers for."""
    if not is_there(files.policy_file):
        return []
    from automation.proof import declaration_faults

    return [f for f in declaration_faults(files.policy_file) if f.split(":")[0] not in open_]


def _present(files: StackFiles) -> dict[str, Any] | None:
    """The policy file as it is. One that cannot be read is never replaced."""
    if not is_there(files.policy_file):
        return None
    try:
        document = read_policy_file(files.policy_file)
    except SpecError as error:
        faults = "; ".join(": ".join(filter(None, (f.path, f.message))) for f in error.faults)
        raise _refused(files, faults) from None
    if not isinstance(document.get("boundary", {}), dict):
        raise _refused(files, "is no object with a boundary")
    for key in ("connections", "supplied", "exceptions"):
        entries = document.get("boundary", {}).get(key, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise _refused(files, f"has a boundary.{key} that is no list of objects")
    return document


def _refused(files: StackFiles, why: str) -> RefusedError:
    return RefusedError(
        f"{files.policy_file.name} {why}",
        advice="It was left as it is. Repair it, or move it away for a new proposal.",
    )
