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
    screen,
)
from automation.errors import AutomationError

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
            "--state", metavar="FILE",
            help="Prove what pulumi stack export wrote there, instead of the stack file.",
        ),
    ] = None,
    manifests: Annotated[
        Path | None,
        typer.Option(
            "--manifests", metavar="PATH",
            help="Judge these Kubernetes objects too: a file of YAML or JSON, a folder of them, or "
            "- for stdin. Without --stack and --file they are judged alone.",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            "--policy", metavar="FILE",
            help="What is inside, for manifests alone: a heiiki.<stack>.policy.json.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE",
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
    Manifests are called by file and document: of web.yaml:2 the second one is meant.
    """
    with screen(as_json=as_json, no_color=no_color, refused=_UNREADABLE) as shown:
        from automation.proof import EXIT_CODES, manifests_at

        with manifests_at(manifests) as at:
            name, result = _asked(stack, file, state, html, at, policy)
        if as_json:
            shown.print_json({"stack": name, **result.document})
        else:
            _show(shown.out, name, result)
        raise typer.Exit(EXIT_CODES[result.verdict])


def _asked(
    stack: str | None, file: Path | None, state: Path | None, html: Path | None,
    manifests: Path | None, policy: Path | None,
) -> tuple[str, "ProofResult"]:  # fmt: skip
    """What is proved, by its name, and the answer."""
    from automation.proof import Manifests, ProofEngine, declared_text, state_text
    from automation.stack_files import find_stack_files

    alone = manifests is not None and stack is None and file is None and state is None
    if policy is not None and not alone:
        raise AutomationError(
            "--policy is for manifests alone; a stack has its own policy file",
            advice="Leave --policy out, or --stack, --file and --state.",
        )
    if manifests is not None and alone:
        given = Manifests(manifests.name, policy)
        if policy is not None and not policy.is_file():
            raise AutomationError(
                f"{policy} cannot be read: there is no such file",
                advice="Name a heiiki.<stack>.policy.json.",
            )
        engine = ProofEngine(given, "", html, manifests)
        return given.stack, engine.answer(str)
    files = find_stack_files(stack, file)
    if state is None:
        engine = ProofEngine(files, "--recorded", html, manifests)
        return files.stack, engine.answer(lambda: declared_text(files))
    engine = ProofEngine(files, "--state", html, manifests)
    return files.stack, engine.answer(lambda: state_text(state))


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
