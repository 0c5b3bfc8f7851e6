"""`heiiki destroy`."""

from typing import Annotated

import typer

from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    YesOption,
    screen,
)


def destroy(
    stack: StackOption = None,
    file: FileOption = None,
    disable_protection: Annotated[
        bool,
        typer.Option("--disable-protection", help="First switch deletion protection off."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Go on although Services have made load balancers."),
    ] = False,
    allow_data_loss: Annotated[
        bool,
        typer.Option("--allow-data-loss", help="First delete what is in buckets and repositories."),
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Delete everything that the stack has made; supplied resources are not touched.

    Refuses while the cluster is protected, while Services have made load balancers, or while a
    bucket or repository holds something. Where nothing is there, nothing is to do: ends with 0.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.commands.progress import progress_on
        from automation.results import as_json as result_json
        from automation.stack import Stack

        with progress_on(shown) as progress:
            driven = Stack(stack, file=file, on_event=progress)

            def approve(count: int) -> bool:
                question = f"Delete all {count} resources of {driven.files.stack}, for good?"
                with progress.paused():
                    return shown.ask(question, yes=yes)

            done = driven.destroy(
                disable_protection=disable_protection, force=force,
                allow_data_loss=allow_data_loss, approve=approve,
            )  # fmt: skip
        if as_json:
            shown.print_json(result_json(done))
            return
        deleted = len(done.changes)
        told = f"{deleted} deleted, in {done.seconds:.0f} s" if deleted else "nothing to do"
        shown.out.print(f"{done.stack}: {told}", markup=False)
