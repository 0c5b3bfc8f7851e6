"""`heiiki init`: write a stack file to begin with. Imports neither the engine nor boto3."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from automation.commands.screen import JsonOption, NoColorOption, screen
from automation.new_stack import NewStack, stack_text, write_new
from automation.stack_files import DEFAULT_STACK, PROJECT, require_name


def init(
    region: Annotated[
        str, typer.Option("--region", metavar="REGION", help="Such as ap-northeast-1.")
    ],
    zones: Annotated[
        list[str],
        typer.Option("--zone", metavar="ZONE", help="A zone's name or its letter; two or more."),
    ],
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
        str,
        typer.Option("--instance-type", metavar="TYPE", help="Of the nodes. Default: m7i.large."),
    ] = "m7i.large",
    max_size: Annotated[
        int,
        typer.Option(
            "--max-size", metavar="COUNT", help="Most nodes. Default: 3.", show_default=False
        ),
    ] = 3,
    directory: Annotated[
        Path | None,
        typer.Option("--directory", metavar="PATH", help="Its folder. Default: the project."),
    ] = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write Pulumi.<stack>.yaml: a closed cluster with one pool, and comments on what to add.

    Needs no engine, no credentials and no network. What is there already is never overwritten, and
    what is faulty is not written.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        require_name(stack)
        short = stack.rsplit("/", 1)[-1]
        folder = (directory or PROJECT).absolute()
        path = folder / f"Pulumi.{short}.yaml"
        asked = NewStack(name or short, region, zones, instance_type, max_size)
        write_new(path, stack_text(asked, folder, where=path.name))
        named = ["--stack", stack] if directory is None else ["--file", str(path)]
        follows = shlex.join(["heiiki", "lock", *named])
        if as_json:
            shown.print_json({"stackFile": str(path), "next": follows})
            return
        shown.out.print(f"wrote {path}", markup=False)
        shown.out.print(
            f"Next: {follows} looks up images, zones and versions in your account and writes the "
            "lock file beside it; then heiiki validate.", markup=False,
        )  # fmt: skip
