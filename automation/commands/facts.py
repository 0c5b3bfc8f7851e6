"""`heiiki facts`: write down what a supplied network consists of, for the proof."""

import datetime
from typing import Annotated, Any

import typer

from automation.commands.screen import (
    FAULTS,
    FileOption,
    JsonOption,
    NoColorOption,
    Screen,
    StackOption,
    screen,
)
from automation.stack_files import StackFiles


def facts(
    stack: StackOption = None,
    file: FileOption = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; end with 1 if AWS has it otherwise now."),
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Read what the stack file takes as supplied, and write it into heiiki.<stack>.facts.json.

    Subnets with their routes and ACLs, security groups, gateways, endpoints with their policies:
    what decides where packets may go. `heiiki prove` and the policy pack then follow ways through
    it instead of taking somebody's word. Check the file in; it counts for 30 days, or for
    those that boundary.factsMaxAgeDays of the policy file names. Reads from AWS with your
    credentials and changes nothing there.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.described.facts import facts_text, same_things
        from automation.described.live import read_supplied
        from automation.errors import RefusedError
        from automation.lock.text import write_whole
        from automation.stack import Stack
        from spec.text_file import is_there, read_text_file

        driven = Stack(stack, file=file)
        path = driven.files.facts_file
        read, here = read_supplied(driven)
        if not read.resources:
            raise RefusedError(
                f"{driven.files.spec_file.name} takes no network as supplied, so there is nothing "
                "to describe",
                advice="heiiki prove proves it whole without a facts file.",
            )
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        text = facts_text(read.resources, day, here)
        before = read_text_file(path) if is_there(path) else ""
        changed = not same_things(before, text)
        if not check:
            write_whole(path, text)
        _show(shown, driven.files, len(read.resources), changed, written=not check)
        if changed and check:
            raise typer.Exit(FAULTS)


def _show(shown: Screen, files: StackFiles, count: int, changed: bool, *, written: bool) -> None:
    path = files.facts_file
    if shown.as_json:
        document: dict[str, Any] = {
            "factsFile": str(path), "changed": changed, "written": written, "resources": count
        }  # fmt: skip
        shown.print_json(document)
    elif written:
        news = "" if changed else ", which are as they were"
        shown.out.print(f"wrote {path}: {count} things{news}; check it in", markup=False)
    elif changed:
        shown.out.print(f"{path.name} is not what AWS has; run heiiki facts", markup=False)
    else:
        shown.out.print(f"{path.name} is what AWS has", markup=False)
