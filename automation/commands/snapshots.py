"""`heiiki snapshots`."""

import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from automation.commands.screen import (
    FAULTS,
    FileOption,
    JsonOption,
    NoColorOption,
    Screen,
    StackOption,
    screen,
)
from automation.stack_files import find_stack_files, read_plan

if TYPE_CHECKING:  # boto3 is imported by the command alone
    from automation.snapshots import Snapshots


def snapshots(
    stack: StackOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """List the snapshots of etcd, the newest first.

    Ends with 1 where there is none, or the newest is older than twice controlPlane.etcd.snapshots
    allows: for a scheduler that tells people. Reads names alone (s3:ListBucket). How one is
    restored: docs/self-hosted/snapshots.md.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.aws_calls import account_of
        from automation.identity import Expected, identity_refusal
        from automation.snapshots import snapshots_of

        files = find_stack_files(stack, file)
        plan = read_plan(files)
        account = account_of(os.environ)
        expected = Expected(plan.spec.region, plan.account_id, None, files.lock_file.name)
        if refused := identity_refusal(account, expected):
            raise refused
        found = snapshots_of(plan, account, datetime.now(UTC))
        if as_json:
            rows = [{**asdict(one), "made": one.made.isoformat()} for one in found.found]
            shown.print_json({"bucket": found.bucket, "snapshots": rows, "trouble": found.trouble})
        else:
            _show(shown, found)
        if found.trouble:
            raise typer.Exit(FAULTS)


def _show(shown: Screen, found: "Snapshots") -> None:
    if found.found:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for header in ("made (UTC)", "revision", "bytes", "key"):
            table.add_column(header, overflow="fold")
        for one in found.found:
            made = one.made.strftime("%Y-%m-%d %H:%M:%S")
            table.add_row(made, str(one.revision), str(one.size_bytes), one.key)
        shown.out.print(table)
    shown.out.print(f"{len(found.found)} in {found.bucket}", markup=False)
    if found.trouble:
        shown.warn(found.trouble)
