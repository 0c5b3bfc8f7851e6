"""`heiiki lock`: write down what only AWS knows."""

from dataclasses import asdict
from typing import Annotated

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
    screen,
)
from automation.errors import RefusedError
from automation.stack_files import StackFiles, find_stack_files, read_lock, read_spec
from automation.support import support_warnings, today
from plan.errors import Faults
from plan.upgrades import Move, check_kubelet, upgrade_moves
from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.lock import Lock
from spec.text_file import is_there

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def lock(
    stack: StackOption = None,
    file: FileOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 if it would change.")
    ] = False,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Move to the next Kubernetes minor version.")
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Resolve images, zones, instance types, endpoint services and add-on versions.

    Reads from AWS with your credentials and changes nothing there. Check the file in. The
    Kubernetes version stays as it is locked unless controlPlane.version or --upgrade moves it; what
    a new one moves is listed before anything is written (with --check, instead of it).
    Warns when its support has ended, or ends within 60 days.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.lock.resolve import resolve_lock
        from automation.lock.text import lock_diff, lock_text, write_whole

        files = find_stack_files(stack, file)
        old = _present(files)
        spec = read_spec(files)
        found = resolve_lock(
            spec, old, upgrade=upgrade, where=files.spec_file.name,
            progress=shown.progress,
        )  # fmt: skip
        before = files.lock_file.read_text(encoding="utf-8") if old else None
        moves = upgrade_moves(spec, old, found) if old else ()
        if moves and not as_json:
            _show_moves(shown, moves)
        _refuse_kubelets(spec, found, files)
        text = lock_text(found)
        diff = lock_diff(before, text, name=files.lock_file.name)
        if diff and not check:
            write_whole(files.lock_file, text)
        support = spec.control_plane.support
        warnings = support_warnings(found.kubernetes_version, support, today())
        _show(shown, files, diff, warnings, moves, written=bool(diff) and not check)
        if diff and check:
            raise typer.Exit(FAULTS)


def _present(files: StackFiles) -> Lock | None:
    """The lock file as it is. One that cannot be read is not silently replaced: what it pins
    would be forgotten."""
    if not is_there(files.lock_file):
        return None
    try:
        return read_lock(files)
    except SpecError as error:
        raise RefusedError(
            f"the present {files.lock_file.name} cannot be read, so it is not known which "
            "Kubernetes version it pins",
            details=str(error).splitlines()[1:],
            advice="Restore it from version control. Or delete it, set controlPlane.version to "
            "the cluster's, and run heiiki lock again.",
        ) from None


def _refuse_kubelets(spec: ClusterSpec, found: Lock, files: StackFiles) -> None:
    """Before the file is written: once it is, `up` moves the control plane."""
    faults = Faults()
    for name, pool in spec.node_pools.items():
        check_kubelet(name, pool, found.kubernetes_version, faults, [])
    faults.raise_if_any(where=files.spec_file.name)


def _show_moves(shown: Screen, moves: tuple[Move, ...]) -> None:
    """What the new version moves, as a table."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in ("moves", "from", "to", "effect"):
        table.add_column(header, overflow="fold")
    for move in moves:
        table.add_row(*(Text(cell) for cell in (move.what, move.before, move.after, move.effect)))
    shown.out.print(table)


def _show(
    shown: Screen, files: StackFiles, diff: list[str], warnings: tuple[str, ...],
    moves: tuple[Move, ...], *, written: bool,
) -> None:  # fmt: skip
    if shown.as_json:
        shown.print_json(
            {
                "lockFile": str(files.lock_file),
                "changed": bool(diff),
                "written": written,
                "diff": diff,
                "warnings": list(warnings),
                "moves": [asdict(move) for move in moves],
            }
        )
        return
    for warning in warnings:
        shown.warn(warning)
    for line in diff:
        shown.out.print(Text(line, style=_STYLES.get(line[0], "default")))
    if not diff:
        shown.out.print(f"{files.lock_file.name} is up to date", markup=False)
    elif written:
        shown.out.print(f"wrote {files.lock_file}; check it in", markup=False)
    else:
        shown.out.print(f"{files.lock_file.name} would change; run heiiki lock", markup=False)
