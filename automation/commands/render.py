"""`heiiki render`: what the files yield, before anything exists. Imports neither engine nor SDK."""

from automation.commands.folder import FolderOption, require_no_project, write_folder
from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    screen,
)


def render(
    output: FolderOption,
    stack: StackOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write the plan's tables, the policies and what machines are told into a folder.

    Needs no engine, no credentials and no network, and the same files give the same bytes: keep the
    folder in version control, and a change is read as its difference. Of the cluster's endpoint and
    certificate authority, which only AWS tells, there are placeholders. No secrets are in it.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.rendering import rendered_files
        from automation.stack_files import find_stack_files, read_plan

        require_no_project(output)
        found = rendered_files(read_plan(find_stack_files(stack, file)))
        write_folder(shown, output, found, as_json=as_json)
