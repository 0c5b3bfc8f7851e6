"""What `export` and `render` share: the folder that they write, and what they say of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from automation.commands.screen import Screen

FolderOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write into.")
]


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
