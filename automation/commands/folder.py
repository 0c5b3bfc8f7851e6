"""What `export` and `render` share: the folder that they write, and what they say of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automation.commands.screen import named_path
from spec.text_file import is_there

if TYPE_CHECKING:
    from automation.commands.screen import Screen

FolderOption = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="FOLDER", parser=named_path, help="The folder to write into."
    ),
]
_PROJECTS = ("Pulumi.yaml", "Pulumi.yml", "PulumiPolicy.yaml")


def require_no_project(folder: Path) -> None:
    """Raise RefusedError where a project or a policy pack lives: among the files that are written
    are names of theirs, such as policies/."""
    from automation.errors import RefusedError

    found = next((name for name in _PROJECTS if is_there(folder / name)), None)
    if found is not None:
        raise RefusedError(
            f"{folder} is a project's own folder, it holds {found}; nothing was written",
            advice="Name a folder for these files alone, such as one below it.",
        )


def write_folder(shown: "Screen", folder: Path, files: Mapping[str, str], *, as_json: bool) -> None:
    """Write the files, by their names below the folder, and say so."""
    from automation.errors import RefusedError
    from automation.rendering import write_files

    try:
        others = write_files(folder, files)
    except OSError as error:
        raise RefusedError(
            f"{folder} cannot be written: {error.strerror}", advice="Name another folder."
        ) from None
    if as_json:
        told = {"folder": str(folder.absolute()), "files": sorted(files), "others": others}
        shown.print_json(told)
        return
    shown.out.print(f"wrote {len(files)} files into {folder}", markup=False)
    if others:
        shown.out.print(f"not of this run, and still there: {', '.join(others)}", markup=False)
