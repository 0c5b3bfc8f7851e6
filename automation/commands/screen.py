"""How a command speaks: results on stdout, everything on the way on stderr, JSON when asked for."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from automation.errors import AutomationError, InterruptedOperationError
from spec.errors import SpecError, first_of
from spec.shown import printable


def named_path(text: str) -> Path:
    """A path that an option names. Nothing at all, as of a variable that is not set, would be the
    current folder."""
    if not text:
        raise typer.BadParameter("is empty; name a path, or leave the option out")
    return Path(text)


StackOption = Annotated[
    str | None,
    typer.Option("--stack", "-s", metavar="NAME", help="The stack. Default: the file's, else dev."),
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="PATH",
        parser=named_path,
        help="Its stack file, or the folder that holds it. Default: Pulumi.<stack>.yaml of the "
        "project.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout; progress as text on stderr.")
]
NoColorOption = Annotated[bool, typer.Option("--no-color", help="Plain text.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

_FILE_WIDTH = 400
# JSON itself escapes ASCII's own characters of control but DEL; these are Unicode's.
_UNSHOWN = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
FAULTS = 1  # exit code: what was asked for is refused


class _Console(Console):
    """Writes plain text, such as the names of files, so that no terminal obeys it."""

    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*(harmless(o) if isinstance(o, str) else o for o in objects), **how)


class Screen:
    """Where one command writes. `as_json`: stdout carries one JSON document and nothing else."""

    def __init__(self, *, as_json: bool, no_color: bool) -> None:
        self.as_json = as_json
        plain = no_color or bool(os.environ.get("NO_COLOR"))
        self.out = _Console(no_color=plain, highlight=False)
        self.err = _Console(stderr=True, no_color=plain, highlight=False)
        for console in (self.out, self.err):
            if not console.is_terminal:  # nothing wraps what a program will read
                console.width, console.soft_wrap = _FILE_WIDTH, True

    def progress(self, text: str) -> None:
        """One line about what is being done."""
        self.err.print(Text(f"… {harmless(text)}", style="dim"))

    def warn(self, text: str) -> None:
        """One line that a person should read."""
        self.err.print(Text("warning: ", style="yellow").append(harmless(text), style="default"))

    def print_json(self, document: Any) -> None:
        """The command's one JSON document."""
        text = json.dumps(document, indent=2, default=str, ensure_ascii=False)
        typer.echo(_UNSHOWN.sub(lambda found: json.dumps(found[0])[1:-1], text))

    def ask(self, question: str, *, yes: bool) -> bool:
        """Whether the person agrees. Where nobody can be asked, the answer is no."""
        if yes:
            return True
        if not self.err.is_terminal or self.as_json:
            self.err.print("Nobody can be asked here; --yes answers yes.")
            return False
        try:
            return typer.confirm(question, err=True)
        except typer.Abort:
            self.err.print()
            raise InterruptedOperationError(
                "interrupted at the question; nothing was changed"
            ) from None

    def fail(self, error: AutomationError | SpecError) -> None:
        """Say what is wrong: as text on stderr, or as the JSON document."""
        if self.as_json:
            self.print_json({"error": error_json(error)})
            return
        if isinstance(error, SpecError):
            first, *rest = str(error).splitlines()
            self.err.print(Text(first, style="bold red"))
            for line in rest:
                self.err.print(Text(line))
            return
        self.err.print(Text(harmless(error.message), style="bold red"))
        for detail in error.details:
            for index, line in enumerate(detail.splitlines()):
                self.err.print(Text(("  " if index == 0 else "    ") + harmless(line)))
        if error.advice:
            self.err.print(Text(harmless(error.advice)))


def harmless(text: str) -> str:
    """What came from files or from their names, so that no terminal obeys it."""
    return printable(text, keep="\n\t")


def short_type(type_token: str) -> str:
    """aws:ec2/vpc:Vpc → ec2.Vpc."""
    package, _, rest = type_token.partition(":")
    module, _, noun = rest.rpartition(":")
    module = module.split("/")[0]
    return f"{module}.{noun}" if package == "aws" else type_token


def error_json(error: AutomationError | SpecError) -> dict[str, Any]:
    """An error for programs."""
    if isinstance(error, AutomationError):
        return error.as_json()
    faults, untold = first_of(error.faults, error.left_out)
    more, more_untold = first_of(error.more, error.more_left_out)
    return {
        "kind": "faults",
        "message": error.heading,
        "faults": [asdict(fault) for fault in faults],
        "more": [asdict(fault) for fault in more],
        "leftOut": untold + more_untold,
    }


@contextmanager
def screen(*, as_json: bool, no_color: bool, refused: int = FAULTS) -> Iterator[Screen]:
    """A command's screen; what goes wrong inside becomes its text and exit code.

    refused: what it ends with when a file has faults or a check fails.
    """
    shown = Screen(as_json=as_json, no_color=no_color)
    try:
        yield shown
    except KeyboardInterrupt:
        error = InterruptedOperationError("interrupted; nothing was under way")
        shown.fail(error)
        raise typer.Exit(error.exit_code) from None
    except SpecError as error:
        shown.fail(error)
        raise typer.Exit(refused) from None
    except AutomationError as error:
        shown.fail(error)
        code = refused if error.exit_code == FAULTS else error.exit_code
        raise typer.Exit(code) from None
