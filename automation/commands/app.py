"""The `heiiki` command. The engine, boto3 and the SDK are imported by the commands that need them.

`validate` takes one to two seconds, most of it Python and pydantic reading the rooms that judge.
"""

import os
import sys
import tomllib
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import typer

from automation.commands.bootstrap_token import bootstrap_token
from automation.commands.boundary import boundary
from automation.commands.carry_in import carry_in
from automation.commands.change import preview, refresh, unlock, up
from automation.commands.destroy import destroy
from automation.commands.diff import diff
from automation.commands.export import export
from automation.commands.facts import facts
from automation.commands.guardrails import guardrails
from automation.commands.init import init
from automation.commands.lock import lock
from automation.commands.prove import prove
from automation.commands.read import kubeconfig, outputs, status
from automation.commands.render import render
from automation.commands.roll import roll
from automation.commands.snapshots import snapshots
from automation.commands.validate import validate

app = typer.Typer(
    name="heiiki",
    help="Closed Kubernetes networks on AWS, judged before they are created.\n\n"
    "A stack is a Pulumi.<stack>.yaml. The usual way: init, lock, validate, preview, up; "
    "then kubeconfig. init, validate, diff, render and guardrails need neither AWS nor the engine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS: dict[Callable[..., None], str] = {  # each with what fits into one line of the overview
    init: "Write a stack file to begin with.",
    validate: "Check the stack file and the lock file.",
    lock: "Write what only AWS knows into the lock file.",
    boundary: "Propose what the policy pack takes as inside.",
    guardrails: "Write policies that keep the account closed.",
    facts: "Write down what a supplied network consists of.",
    diff: "Compare two environments from their files.",
    render: "Write user data, policies and tables into a folder.",
    prove: "Prove that the network is closed, or show the way out.",
    carry_in: "Carry in what machines run, by digest.",
    preview: "Show what up would do, judged by the policy pack.",
    up: "Preview, judge, ask, then create or change.",
    bootstrap_token: "Make a token by which a machine may join.",
    roll: "Replace machines of etcd one by one.",
    snapshots: "List snapshots of etcd; 1 where none is new.",
    status: "Show what is recorded of the stack.",
    outputs: "Show the stack's outputs; secrets are masked.",
    kubeconfig: "Print the kubeconfig, or write it to a file.",
    refresh: "Record what AWS has; shows what had drifted.",
    export: "Write plan, verdict and user data into a folder.",
    destroy: "Delete everything that the stack has made.",
    unlock: "Remove the lock that a killed run has left.",
}


def _say_version(asked: bool) -> None:
    if asked:
        from automation.stack_files import PROJECT

        # The checkout is what runs; an installation made of it earlier may say another one.
        described = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
        typer.echo(f"heiiki {described['project']['version']}")
        raise typer.Exit


@app.callback()
def _all_commands(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    pass


for command, overview in _COMMANDS.items():
    app.command(command.__name__.replace("_", "-"), short_help=overview)(command)


def run() -> None:
    """Run the command line; SystemExit has its exit code."""
    try:
        app()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        with suppress(OSError):  # a terminal that is gone
            print(f"heiiki cannot write its output: {error.strerror or error}", file=sys.stderr)
        sys.exit(3)
