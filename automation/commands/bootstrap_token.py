"""`heiiki bootstrap-token`."""

from pathlib import Path
from typing import Annotated

import typer

from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    named_path,
    screen,
)

_PRIVATE = 0o600
_LONGEST_MINUTES = 24 * 60


def bootstrap_token(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=named_path,
            help="Write the kubelet's kubeconfig there, readable by you alone.",
        ),
    ],
    stack: StackOption = None,
    file: FileOption = None,
    minutes: Annotated[
        int,
        typer.Option("--minutes", min=1, max=_LONGEST_MINUTES, help="How long it may be used."),
    ] = 60,
    description: Annotated[
        str, typer.Option("--description", help="What it is for, as others will read it.")
    ] = "made by heiiki bootstrap-token",
    kubeconfig: Annotated[
        Path | None,
        typer.Option(
            "--kubeconfig",
            metavar="FILE",
            parser=named_path,
            help="Ask with this one. Default: the stack's administratorKubeconfig.",
        ),
    ] = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Make a bootstrap token, by which a machine may join that IAM does not know.

    It ends by itself, a day from now at most, and before that when its Secret is deleted. Asks the
    API of the cluster, so it runs inside the network, and only where
    controlPlane.apiServer.bootstrapTokens is true.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from datetime import timedelta

        from automation.bootstrap_tokens import mint
        from automation.errors import RefusedError
        from automation.lock.text import write_whole
        from spec.text_file import read_text_file

        who = _of_the_stack(stack, file) if kubeconfig is None else read_text_file(kubeconfig)
        if not description.isprintable() or not description:
            raise RefusedError("the description is not one line", advice="Write one.")
        made = mint(who, life=timedelta(minutes=minutes), description=description)
        try:
            write_whole(output.absolute(), made.kubeconfig, mode=_PRIVATE)
        except OSError as error:
            raise RefusedError(
                f"{output} cannot be written: {error.strerror}",
                advice=f"Token {made.token_id} is of no use to anybody and ends by itself; name "
                "another file.",
            ) from None
        ends = made.ends.isoformat(timespec="seconds")
        if as_json:
            told = {"id": made.token_id, "ends": ends, "wrote": str(output.absolute())}
            shown.print_json(told)
            return
        shown.err.print(f"wrote {output}: token {made.token_id}, until {ends}", markup=False)


def _of_the_stack(stack: str | None, file: Path | None) -> str:
    from automation.errors import RefusedError
    from automation.stack import Stack

    found = Stack(stack, file=file).outputs(show_secrets=True).get("administratorKubeconfig")
    if found is None or not isinstance(found.value, str):
        raise RefusedError(
            "the stack has no administratorKubeconfig: it is not up, its control plane is EKS's, "
            "or its whole PKI is supplied",
            advice="Give an administrator's by --kubeconfig.",
        )
    return found.value
