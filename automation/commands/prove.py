"""`heiiki prove`: whether the network is closed, before anything is created."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    named_path,
    screen,
)

if TYPE_CHECKING:
    from automation.proof import ProofResult

_UNREADABLE = 3
_STYLES = {
    "closed": "bold green", "open, answered for": "bold yellow", "open": "bold red",
    "undecided": "bold yellow",
}  # fmt: skip


def prove(
    stack: StackOption = None,
    file: FileOption = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", metavar="FILE", parser=named_path,
            help="Prove what pulumi stack export wrote there, instead of the stack file.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", parser=named_path,
            help="Write one page there with the network drawn and the evidence of every rule.",
        ),
    ] = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:  # fmt: skip
    """Prove that the network is closed, or show the way out.

    Looks at what every resource says, where packets may go, hop by hop, and whom policies let
    pass. Needs no engine, no credentials and no network. Ends with 0 when the network is closed, or
    is "open, answered for": somebody answers for each way in and out by an exception with a date.
    With 1 when it is open, 2 when a fact is missing, 3 when a file has faults.
    """
    with screen(as_json=as_json, no_color=no_color, refused=_UNREADABLE) as shown:
        from automation.proof import EXIT_CODES, ProofEngine, declared_text, state_text
        from automation.stack_files import find_stack_files

        files = find_stack_files(stack, file)
        if state is None:
            result = ProofEngine(files, "--recorded", html).answer(lambda: declared_text(files))
        else:
            given = state
            result = ProofEngine(files, "--state", html).answer(lambda: state_text(given))
        if as_json:
            shown.print_json({"stack": files.stack, **result.document})
        else:
            _show(shown.out, files.stack, result)
        raise typer.Exit(EXIT_CODES[result.verdict])


def _show(console: Console, stack: str, result: "ProofResult") -> None:
    counted = [f for f in result.findings if not f["answered"]]
    named = [f for f in result.findings if f["answered"]]
    _list(console, "open", (f for f in counted if f["decided"]))
    _list(console, "undecided", (f for f in counted if not f["decided"]))
    if named:
        console.print(Text(f"{len(named)} findings that somebody answers for:", style="bold"))
        for line in dict.fromkeys(_answered(f) for f in named):
            console.print(Text(f"  {line}"))
    looked = result.document
    console.print(
        Text(f"{stack} is ").append(result.verdict, style=_STYLES[result.verdict]).append(
            f": {looked['resources']} resources, ways from {looked['interfaces']} kinds of network "
            f"interfaces, {looked['policies']} policies"
        )
    )  # fmt: skip


def _list(console: Console, heading: str, findings: Iterable[dict[str, Any]]) -> None:
    for finding in findings:
        rule = f"{finding['rule']} " if finding["rule"] else ""
        console.print(
            Text(f"{heading}: ", style=_STYLES[heading]).append(
                f"{rule}{finding['resource']} {finding['what']}", style="default"
            )
        )
        for line in filter(None, (finding["witness"], finding["instead"])):
            console.print(Text(f"    {line}"))


def _answered(finding: dict[str, Any]) -> str:
    rule = f"{finding['rule']} " if finding["rule"] else ""
    return f"{rule}{finding['resource']} {finding['what']}: {finding['answered']}"
