"""`heiiki facts`: write down what a supplied network consists of, for the proof."""

import datetime
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from automation.commands.screen import (
    FAULTS,
    FileOption,
    JsonOption,
    NoColorOption,
    Screen,
    StackOption,
    named_path,
    screen,
)


def facts(
    stack: StackOption = None,
    file: FileOption = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; end with 1 if AWS has it otherwise now."),
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="FILE",
            parser=named_path,
            help="Of any Pulumi program: what pulumi stack export wrote there names what it takes "
            "as supplied, by .get or as ids.",
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option("--region", metavar="NAME", help="With --state, where it names several."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            parser=named_path,
            help="With --state, where to write. Default: heiiki.<stack>.facts.json here.",
        ),
    ] = None,
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
        from automation.lock.text import write_whole
        from spec.text_file import is_there, read_text_file

        if state is None:
            path, resources, here = _of_stack(stack, file, region, out)
        else:
            path, resources, here = _of_any(shown, state, region, out, stack or file)
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        text = facts_text(resources, day, here)
        before = read_text_file(path) if is_there(path) else ""
        changed = not same_things(before, text)
        if not check:
            write_whole(path, text)
        _show(shown, path, len(resources), changed, written=not check)
        if changed and check:
            raise typer.Exit(FAULTS)


_Read = tuple[Path, list[dict[str, Any]], Mapping[str, str]]


def _of_stack(stack: str | None, file: Path | None, region: str | None, out: Path | None) -> _Read:
    """What a stack file takes as supplied."""
    from automation.described.live import read_supplied
    from automation.errors import RefusedError
    from automation.stack import Stack

    if region or out:
        raise RefusedError(
            "--region and --out go with --state; the stack file says where it is, and facts stand "
            "beside it",
            advice="Leave them out, or name what pulumi stack export wrote by --state.",
        )
    driven = Stack(stack, file=file)
    read, here = read_supplied(driven)
    _require_some(read.resources, driven.files.spec_file.name)
    return driven.files.facts_file, read.resources, here


def _of_any(
    shown: Screen, state: Path, region: str | None, out: Path | None, stack: object
) -> _Read:
    """What the program of an export takes as supplied."""
    from automation.aws_calls import account_of
    from automation.described.any_stack import read_any
    from automation.errors import RefusedError
    from automation.recorded_stack import stacks_of, state_text

    if stack:
        raise RefusedError(
            "--state says which stack it is of",
            advice="Leave --stack and --file out; of a stack of heiiki's leave --state out.",
        )
    text = state_text(state)
    read = read_any(account_of(os.environ), text, region)
    where = f"account {read.here['account']} in {read.here['region']}"
    if read.missing and not read.described.resources:
        raise RefusedError(
            f"nothing that {state.name} takes as supplied is in {where}",
            details=[f"not there: {missing}" for missing in read.missing],
            advice="Name the region that it is in by --region, or take credentials of its account.",
        )
    _require_some(read.described.resources, state.name)
    for missing in read.missing:
        shown.warn(f"{missing} is not in {where}; ways through it stay undecided")
    name = next((s.rsplit("/", 1)[-1] for s in stacks_of(text)), state.stem)
    path = out or Path(f"heiiki.{name}.facts.json").absolute()
    return path, read.described.resources, read.here


def _require_some(resources: Iterable[object], name: str) -> None:
    from automation.errors import RefusedError

    if not resources:
        raise RefusedError(
            f"{name} takes no network as supplied, so there is nothing to describe",
            advice="heiiki prove proves it whole without a facts file.",
        )


def _show(shown: Screen, path: Path, count: int, changed: bool, *, written: bool) -> None:
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
