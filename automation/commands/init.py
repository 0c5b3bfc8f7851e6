"""`heiiki init`: write a stack file to begin with. Imports neither the engine nor boto3."""

from pathlib import Path
from typing import Annotated

import typer

from automation.commands.screen import JsonOption, NoColorOption, named_path, screen
from automation.copied_stack import CopiedStack, copied_stack
from automation.errors import RefusedError
from automation.invocation import invocation
from automation.new_stack import NewStack, stack_text, write_new
from automation.stack_files import (
    DEFAULT_STACK,
    PROJECT,
    StackFiles,
    find_stack_files,
    require_name,
)

DEFAULT_TYPE, DEFAULT_MAX_SIZE = "m7i.large", 3


def init(
    region: Annotated[
        str | None,
        typer.Option(
            "--region",
            metavar="REGION",
            help="Such as ap-northeast-1. Needed, unless --from gives it.",
        ),
    ] = None,
    zones: Annotated[
        list[str] | None,
        typer.Option(
            "--zone",
            metavar="ZONE",
            help="A zone's name or its letter; two or more. With --from one for each zone there.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="STACK",
            help="Take the keys of this stack's file, but for what cannot be the same of two.",
        ),
    ] = None,
    stack: Annotated[
        str,
        typer.Option(
            "--stack", "-s", metavar="NAME", help="The stack. Default: dev.", show_default=False
        ),
    ] = DEFAULT_STACK,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="The cluster's name. Default: the stack's."),
    ] = None,
    instance_type: Annotated[
        str | None,
        typer.Option("--instance-type", metavar="TYPE", help="Of the nodes. Default: m7i.large."),
    ] = None,
    max_size: Annotated[
        int | None,
        typer.Option("--max-size", metavar="COUNT", help="Most nodes. Default: 3."),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--directory",
            metavar="PATH",
            parser=named_path,
            help="Its folder. Default: heiiki's own, where --stack looks for it; outside of that, "
            "say which one.",
        ),
    ] = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write Pulumi.<stack>.yaml: a closed cluster with one pool, and comments on what to add.

    Needs no engine, no credentials and no network. What is there already is never overwritten, and
    what is faulty is not written. With --from the file has the keys of another stack's under a name
    of its own; ids that are bound to that stack or its region are left out and told, and the lock
    file is not copied.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        require_name(stack)
        short = stack.rsplit("/", 1)[-1]
        folder = _folder(directory, f"Pulumi.{short}.yaml")
        path = folder / f"Pulumi.{short}.yaml"
        copy: CopiedStack | None = None
        if source is not None:
            _refuse_pool(instance_type, max_size)
            copy = copied_stack(
                find_stack_files(source, directory), name=name or short, region=region,
                zones=zones or (), folder=folder, where=path.name,
            )  # fmt: skip
            text = copy.text
        else:
            kind = DEFAULT_TYPE if instance_type is None else instance_type
            most = DEFAULT_MAX_SIZE if max_size is None else max_size
            asked = NewStack(name or short, *_place(region, zones), kind, most)
            text = stack_text(asked, folder, where=path.name)
        write_new(path, text)
        follows = invocation("lock", StackFiles(stack, path))
        if as_json:
            shown.print_json({"stackFile": str(path), "next": follows, **_to_look_at(copy)})
            return
        shown.out.print(f"wrote {path}", markup=False)
        for title, paths in zip(_TITLES, _to_look_at(copy).values(), strict=False):
            for found in paths:
                shown.out.print(f"  {title}: {found}", markup=False)
        shown.out.print(
            f"Next: {follows} looks up images, zones and versions in your account and writes the "
            "lock file beside it; then heiiki validate.", markup=False,
        )  # fmt: skip


_TITLES = ("left out, write what this stack has", "shared with it", "still names its region")


def _to_look_at(copy: CopiedStack | None) -> dict[str, list[str]]:
    if copy is None:
        return {}
    found = (copy.left_out, copy.shared, copy.still_named)
    keys = ("leftOut", "shared", "stillNamed")
    return {key: list(paths) for key, paths in zip(keys, found, strict=True)}


def _folder(asked: Path | None, name: str) -> Path:
    """Where the file goes. Whoever stands elsewhere may mean either that folder or heiiki's own."""
    if asked is not None:
        return asked.absolute()
    try:
        if Path.cwd().samefile(PROJECT):
            return PROJECT
    except OSError:  # the current folder is gone
        pass
    raise RefusedError(
        f"without --directory {name} would go into {PROJECT}, and the current folder is another",
        advice="Nothing was written. Write --directory . for the current folder, whose file the "
        f"other commands take with --file, or --directory {PROJECT}, where --stack finds it.",
    )


def _place(region: str | None, zones: list[str] | None) -> tuple[str, list[str]]:
    """Both, or a word on which is missing."""
    given = {"--region": region, "--zone": zones}
    missing = [option for option, value in given.items() if not value]
    if not region or not zones:
        raise RefusedError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} needed",
            advice="Name a region and two of its zones, or a stack to begin from with --from.",
        )
    return region, zones


def _refuse_pool(instance_type: str | None, max_size: int | None) -> None:
    if instance_type is not None or max_size is not None:
        raise RefusedError(
            "--instance-type and --max-size are of the one pool of a new file, and --from copies "
            "the pools of another",
            advice="Leave them out, and edit the pools in the new file.",
        )
