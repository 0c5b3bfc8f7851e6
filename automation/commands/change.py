"""`heiiki preview`, `up` and `refresh`."""

from typing import TYPE_CHECKING, Annotated

import typer

from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    Screen,
    StackOption,
    YesOption,
    screen,
)

if TYPE_CHECKING:
    from automation.commands.progress import Progress
    from automation.results import Preview, Updated
    from automation.stack_files import StackFiles


def preview(
    stack: StackOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Show what `up` would do, judged by the policy pack.

    Also says what heiiki up would refuse although the pack passes, such as the loss of data. Ends
    with 1 when the pack does not pass, and when up would refuse. Nothing is changed. The real AWS
    provider asks the account who calls before it previews anything, so this takes credentials;
    under `python -m local exec`, and with heiiki validate and prove, it takes none.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.commands.progress import progress_on
        from automation.commands.tables import show_preview
        from automation.gate import require_pass
        from automation.results import as_json as result_json
        from automation.stack import Stack

        with progress_on(shown) as progress:
            found = Stack(stack, file=file, on_event=progress).preview()
        passed = found.verdict is not None and found.verdict.passed
        if as_json:
            shown.print_json(result_json(found))
        else:
            show_preview(shown.out, found)
            if not found.held:  # else the pack could not see the whole, and the refusal says why
                require_pass(found)
        if found.refusals or not passed:
            raise typer.Exit(1)


def up(
    stack: StackOption = None,
    file: FileOption = None,
    yes: YesOption = False,
    allow_data_loss: Annotated[
        bool,
        typer.Option(
            "--allow-data-loss",
            help="Go on although a cluster, key, log group or used subnet is replaced or deleted.",
        ),
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Preview, judge, ask, and create or change what the stack file says.

    Refuses, with --yes too, to take away what holds data or is protected against deletion.
    Killed in the middle, it goes on where it was when it is run again.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.commands.progress import progress_on
        from automation.results import as_json as result_json
        from automation.stack import Stack

        with progress_on(shown) as progress:
            driven = Stack(stack, file=file, on_event=progress)
            done = driven.up(
                approve=None if yes else lambda found: _approved(shown, progress, found),
                allow_data_loss=allow_data_loss,
            )
        if as_json:
            shown.print_json(result_json(done))
        else:
            _show_end(shown, done, driven.files, asked=not yes)
        if done.verdict is None or not done.verdict.passed:
            raise typer.Exit(1)


def _approved(shown: Screen, progress: "Progress", found: "Preview") -> bool:
    from automation.commands.tables import show_preview

    with progress.paused():
        show_preview(shown.err, found)
        if not found.changes:
            return True
        return shown.ask("Do this?", yes=False)


def _show_end(shown: Screen, done: "Updated", files: "StackFiles", *, asked: bool) -> None:
    from automation.commands.tables import (
        change_counts,
        show_changes,
        show_outputs,
        show_rollouts,
        show_verdict,
    )

    if not asked:  # else they were approved; without a terminal each was told when it was made
        told_of = ("create",) if not shown.err.is_terminal else ()
        rest = tuple(c for c in done.changes if c.operation not in told_of)
        if rest or not done.changes:
            show_changes(shown.out, rest)
    show_outputs(shown.out, done.outputs)
    if done.verdict is not None:
        show_verdict(shown.out, done.verdict)
    told = change_counts(done.changes).replace("to create", "created").replace("to ", "")
    shown.out.print(f"{done.stack}: {told}, in {done.seconds:.0f} s", markup=False)
    show_rollouts(shown.out, done.rolling)
    if done.changes:
        shown.out.print(_what_next(files), markup=False)


def _what_next(files: "StackFiles") -> str:
    """A command as it can be run from here, of the stack that was brought up."""
    from automation.invocation import invocation, of_cluster

    if files.part is not None and files.part.name == "network":
        return f"Next: {invocation('up', of_cluster(files))}. No cluster is in the network yet."
    told = invocation("kubeconfig", of_cluster(files), "--output", "kubeconfig")
    return (
        f"Next: {told}. The API answers inside the network only, and nothing leads there that the "
        "stack file does not name: docs/real-account.md, Ways in."
    )


def refresh(
    stack: StackOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Read every resource anew and record what AWS has; shows what had drifted.

    Of each that AWS has otherwise than was recorded, which properties; of each that is gone, that.
    With --json they are the `changes`: `update` and `delete`. Ends with 0 in either case.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.commands.progress import progress_on
        from automation.commands.tables import show_changes
        from automation.results import as_json as result_json
        from automation.stack import Stack

        with progress_on(shown) as progress:
            found = Stack(stack, file=file, on_event=progress).refresh()
        if as_json:
            shown.print_json(result_json(found))
            return
        show_changes(shown.out, found.changes, none="nothing differs from what was recorded")
        if found.changes:
            shown.out.print("Next: heiiki preview shows how `up` would set it right.")


def unlock(
    stack: StackOption = None,
    file: FileOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Remove the lock that a killed operation has left on the stack.

    Never while another operation is at work: two at once would spoil the stack's record.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.stack import Stack

        driven = Stack(stack, file=file)
        question = f"Is no operation at work on {driven.files.stack}, on any machine?"
        driven.unlock(approve=lambda: shown.ask(question, yes=yes))
        if as_json:
            shown.print_json({"stack": driven.files.stack, "unlocked": True})
            return
        shown.out.print("unlocked; run the command again that was killed", markup=False)
