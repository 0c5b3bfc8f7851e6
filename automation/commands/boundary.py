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
    StackOption,
    screen,
)
from automation.errors import RefusedError
from automation.stack_files import StackFiles, find_stack_files, read_plan


def boundary(
    stack: StackOption = None,
    file: FileOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 if it would change.")
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Propose heiiki.<stack>.policy.json: what the policy pack shall take as inside.

    From the stack file and the lock file. What the file says already stays; what is missing is
    added, with owner and reason left empty for you to fill in: the pack refuses empty ones.
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
        name = files.policy_file.name
        if as_json:
            shown.print_json(
                {
                    "policyFile": str(files.policy_file),
                    "changed": changed,
                    "written": changed and not check,
                    "unsigned": open_,
                    "document": document,
                }
            )
        elif not changed:
            shown.out.print(f"{name} lacks nothing", markup=False)
        elif check:
            shown.out.print(f"{name} would change; run heiiki boundary", markup=False)
        else:
            shown.out.print(f"wrote {files.policy_file}; check it in", markup=False)
        if open_ and not as_json:
            shown.out.print("Nobody answers for these yet; write owner and reason:")
            for path in open_:
                shown.out.print(Text(f"  {path}"))
        if changed and check:
            raise typer.Exit(FAULTS)


def _present(files: StackFiles) -> dict[str, Any] | None:
    """The policy file as it is. One that cannot be read is never replaced."""
    if not files.policy_file.is_file():
        return None
    try:
        document = json.loads(files.policy_file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _refused(files, f"is no JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("boundary", {}), dict):
        raise _refused(files, "is no object with a boundary")
    for key in ("connections", "supplied"):
        entries = document.get("boundary", {}).get(key, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise _refused(files, f"has a boundary.{key} that is no list of objects")
    return document


def _refused(files: StackFiles, why: str) -> RefusedError:
    return RefusedError(
        f"{files.policy_file.name} {why}",
        advice="It was left as it is. Repair it, or move it away for a new proposal.",
    )
