"""`heiiki export`."""

import typer

from automation.commands.folder import FolderOption, require_no_project, write_folder
from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    screen,
)


def export(
    output: FolderOption,
    stack: StackOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write the plan, the preview, the policy report and the machines' user data into a folder.

    To share, audit and keep. No secrets are in it. Ends with 1 when the pack does not pass.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.commands.progress import progress_on
        from automation.export import export_files
        from automation.stack import Stack
        from automation.stack_files import read_plan

        require_no_project(output)
        with progress_on(shown) as progress:
            driven = Stack(stack, file=file, on_event=progress)
            plan = read_plan(driven.files)
            preview = driven.preview()
            outputs = driven.outputs(show_secrets=True)
            found = export_files(driven.files, plan, preview, driven.state(), outputs)
        write_folder(shown, output, found, as_json=as_json)
        if preview.verdict is None or not preview.verdict.passed:
            raise typer.Exit(1)
