"""`heiiki roll`."""

from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    YesOption,
    screen,
)


def roll(
    stack: StackOption = None,
    file: FileOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Replace the machines of etcd's members one by one, where `up` has written new templates.

    Each goes only while all others are in service, and the next when the new one follows their
    leader. Volumes and addresses stay. Stops where a machine does not come back.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.stack import Stack

        driven = Stack(stack, file=file)

        def approve(names: tuple[str, ...]) -> bool:
            question = f"Replace the machines of {', '.join(names)} of {driven.files.stack}?"
            return shown.ask(question, yes=yes)

        done = driven.roll(
            approve=approve, tell=lambda text: shown.err.print(text, markup=False)
        )  # fmt: skip
        if as_json:
            shown.print_json({"stack": driven.files.stack, "replaced": list(done)})
            return
        told = f"replaced the machines of {', '.join(done)}" if done else "nothing to do"
        shown.out.print(f"{driven.files.stack}: {told}", markup=False)
