"""`heiiki diff`: two environments of one program, compared. Needs neither the engine nor AWS."""

import dataclasses
import math
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

from automation.commands.screen import JsonOption, NoColorOption, Screen, harmless, screen
from automation.stack_files import StackFiles, find_stack_files, read_plan
from plan.cluster import ClusterPlan
from plan.differences.environments import AskedDifference, Differences, PlanDifference, differences
from plan.differences.rows import Value
from spec.errors import SpecError, joined

DIFFERS, CANNOT_SAY = 1, 2  # as diff(1) ends; 0 is: the same
_ABSENT = "—"
_VALUE_CHARACTERS = 300
_PIPE_WIDTH = 120  # columns, where no terminal says how wide it is; programs take --json
_Environment = Annotated[
    str,
    typer.Argument(
        show_default=False,
        help="A stack's name, such as dev, or the path of a stack file or of the folder that "
        "holds it, such as examples/two-vpc or ./prod.",
    ),
]


def diff(
    stack: _Environment,
    other: _Environment,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Compare two environments: what their files ask differently, and what follows from it.

    Reads the two stack files and lock files and nothing else: no engine, no credentials, no
    network. So what a verification environment has more or less than the closed one is seen before
    either exists. What user data says is all among what is compared.

    Names, ids, zones, accounts and address blocks, of which every environment has its own, are
    shown and not counted. Ends with 0 when nothing else differs, with 1 when something does, and
    with 2 when a file has faults.
    """
    with screen(as_json=as_json, no_color=no_color, refused=CANNOT_SAY) as shown:
        files = [_files(named) for named in (stack, other)]
        plans = _plans(files)
        found = differences(plans[0], plans[1])
        if as_json:
            shown.print_json(_document(files, plans, found))
        else:
            _show(shown, _labels(files), plans, found)
        if found.count:
            raise typer.Exit(DIFFERS)


def _files(named: str) -> StackFiles:
    """A path is told from a stack's name by its slash or its ending, as a shell would."""
    path = Path(named)
    if path.suffix in (".yaml", ".yml") or ("/" in named and path.exists()):
        return find_stack_files(file=path)
    return find_stack_files(named)


def _plans(files: list[StackFiles]) -> list[ClusterPlan]:
    """Both plans, or the faults of both."""
    plans, errors = [], []
    for one in files:
        try:
            plans.append(read_plan(one))
        except SpecError as error:
            errors.append(error)
    if errors:
        raise joined(errors)
    return plans


def _labels(files: list[StackFiles]) -> tuple[str, str]:
    """What the two are called: by their stacks, or by their files where these are called alike."""
    names = [one.stack for one in files]
    if names[0] == names[1]:
        names = [str(one.stack_file) for one in files]
    return names[0], names[1]


def _document(
    files: list[StackFiles], plans: list[ClusterPlan], found: Differences
) -> dict[str, Any]:
    sides = {
        side: {
            "stack": one.stack, "stackFile": str(one.stack_file), "lockFile": str(one.lock_file),
            "cluster": plan.spec.name, "region": plan.spec.region, "accountId": plan.account_id,
        }
        for side, one, plan in zip(("left", "right"), files, plans, strict=True)
    }  # fmt: skip
    return {
        **sides,
        "same": found.count == 0,
        "imagesCompared": found.images_compared,
        "asked": [
            {"path": d.path, "left": d.left, "right": d.right, "ofNature": d.of_nature}
            for d in found.asked
        ],
        "follows": [dataclasses.asdict(d) for d in found.follows],
    }


def _show(
    shown: Screen, labels: tuple[str, str], plans: list[ClusterPlan],
    found: Differences,
) -> None:  # fmt: skip
    out = shown.out
    if not out.is_terminal:
        out.width = _PIPE_WIDTH
    for label, plan in zip(labels, plans, strict=True):
        zones = ", ".join(plan.spec.availability_zones)
        out.print(f"{label}: cluster {plan.spec.name} in {plan.spec.region}, account "
                  f"{plan.account_id}, {zones}", markup=False)  # fmt: skip
    asked = [d for d in found.asked if not d.of_nature]
    of_nature = [d for d in found.asked if d.of_nature]
    _show_asked(out, "asked differently", labels, asked)
    _show_follows(out, labels, found.follows)
    _show_asked(out, "of its own in every environment, not counted", labels, of_nature)
    if not found.images_compared:
        out.print("Image ids were not compared: every region has its own.", markup=False)
    out.print()
    out.print(_summary(len(asked), len(found.follows)), markup=False)


def _summary(asked: int, follow: int) -> str:
    if not asked + follow:
        return "the same, but for what every environment has of its own"
    return f"{asked} asked differently, {follow} different in what follows"


def _show_asked(
    out: Console, title: str, labels: tuple[str, str], rows: list[AskedDifference]
) -> None:
    table = _table(title, labels)
    for row in rows:
        table.add_row(Text(harmless(row.path)), _asked(row.left), _asked(row.right))
    _print(out, table)


def _show_follows(out: Console, labels: tuple[str, str], rows: tuple[PlanDifference, ...]) -> None:
    """A thing with what differs of it below; a thing that only one side has in one row."""
    table = _table("what follows", labels)
    told: PlanDifference | None = None
    for row in rows:
        name = Text(f"{row.noun} ", style="dim").append(harmless(row.name), style="default not dim")
        if row.property is None:
            table.add_row(name, _follows(row.left), _follows(row.right))
            continue
        if told is None or (told.noun, told.name) != (row.noun, row.name):
            table.add_row(name)
        table.add_row(f"  {row.property}", _follows(row.left), _follows(row.right))
        told = row
    _print(out, table)


def _table(title: str, labels: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in (title, *labels):
        table.add_column(Text(harmless(header)), overflow="fold")
    return table


def _print(out: Console, table: Table) -> None:
    """What differs is never folded where people search the text for it."""
    table.columns[0].no_wrap = not out.is_terminal
    if table.row_count:
        out.print()
        out.print(table)


def _asked(value: Any) -> Text:
    if value is None:
        return Text(_ABSENT, style="dim")
    text = harmless(value if isinstance(value, str) else _one_line(value))
    return Text(text if len(text) <= _VALUE_CHARACTERS else f"{text[: _VALUE_CHARACTERS - 1]}…")


def _one_line(value: Any) -> str:
    """As it would stand in the stack file."""
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=math.inf
    )
    return text.removesuffix("\n...\n").strip()


def _follows(value: Value | None) -> Text:
    """Of a set only what the other side lacks: an empty cell means no more, and not none."""
    if isinstance(value, tuple):
        return Text(harmless("\n".join(f"+ {one}" for one in value)))
    return Text(harmless(value)) if value is not None else Text(_ABSENT, style="dim")
