"""The `heiiki` command. What each command needs is imported when it runs: validate is instant."""

import signal

import typer

from automation.commands.change import preview, refresh, unlock, up
from automation.commands.destroy import destroy
from automation.commands.diff import diff
from automation.commands.export import export
from automation.commands.lock import lock
from automation.commands.read import kubeconfig, outputs, status
from automation.commands.validate import validate

app = typer.Typer(
    name="heiiki",
    help="Closed Kubernetes networks on AWS, judged before they are created.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    validate, lock, diff, preview, up, status, outputs, kubeconfig, refresh, export, destroy,
    unlock,
):  # fmt: skip
    app.command()(command)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused, 2 usage, 3 engine or AWS failed."""
    # A command that is told to end must end the engine first, as it does on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()


if __name__ == "__main__":
    main()
