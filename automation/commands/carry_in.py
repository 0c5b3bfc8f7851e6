"""`heiiki carry-in`: programs and images of a control plane of one's own, into the account."""

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

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
from automation.stack_files import find_stack_files, read_plan

if TYPE_CHECKING:  # boto3 is imported by the command alone
    from automation.carry_in.carry import Outcome

_STYLES = {"there": "green", "carried": "green", "ready": "yellow"}
_SAYS = {
    "not shown": "you may not read it: machines tell when they fetch it",
    "other architecture": "it is made for other machines than those of the stack file; nothing was "
    "carried in: name a build for theirs, and its digest",
    "other bytes": "under this digest lie other bytes; name a folder that has the right ones",
}


def carry_in(
    stack: StackOption = None,
    file: FileOption = None,
    folders: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="FOLDER",
            parser=named_path,
            help="Folder with what is carried in; as often as there are folders.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what is there and what lacks.")
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Carry in the programs and images that controlPlane.artifacts names.

    Programs go to the bucket, images to the account's registry, each found in the folders by its
    digest and verified there. What is there already is left, so it may be run again. Ends with 1
    unless everything is there. Permissions: docs/self-hosted/carried.md. Needs no Docker.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.aws_calls import account_of
        from automation.carry_in.bucket import ProgramBucket
        from automation.carry_in.carry import SOUND, Carrier
        from automation.carry_in.folder import Folders
        from automation.carry_in.needed import needed_of
        from automation.carry_in.registry import registry_of
        from automation.identity import Expected, identity_refusal

        files = find_stack_files(stack, file)
        needed = needed_of(read_plan(files))
        found = Folders(folders or [], shown.progress)
        account = account_of(os.environ)
        expected = Expected(needed.region, needed.account_id, None, files.lock_file.name)
        if refused := identity_refusal(account, expected):
            raise refused
        carrier = Carrier(
            needed, ProgramBucket(account, needed), registry_of(account, needed, os.environ),
            found, check, shown.progress,
        )  # fmt: skip
        outcomes = list(carrier.run())
        sound = all(outcome.state in SOUND for outcome in outcomes)
        for path in found.damaged:
            shown.warn(f"{path} is not what its name says; it was not taken")
        if as_json:
            shown.print_json({"complete": sound, "artifacts": [asdict(one) for one in outcomes]})
        else:
            _show(shown, outcomes)
        if not sound:
            raise typer.Exit(FAULTS)


def _show(shown: Screen, outcomes: "list[Outcome]") -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("state", "kind", "name", "place"):
        table.add_column(header, overflow="fold")
    for one in outcomes:
        style = _STYLES.get(one.state, "red")
        table.add_row(Text(one.state, style=style), one.kind, ", ".join(one.names), one.place)
    shown.out.print(table)
    for one in outcomes:
        if one.lacking:
            digests = ", ".join(f"sha256:{digest}" for digest in one.lacking)
            shown.out.print(f"{', '.join(one.names)}: no folder has {digests}", markup=False)
        if words := _SAYS.get(one.state):
            shown.out.print(f"{', '.join(one.names)}: {words}", markup=False)
    counts = Counter(one.state for one in outcomes)
    shown.out.print(", ".join(f"{n} {state}" for state, n in counts.items()), markup=False)
