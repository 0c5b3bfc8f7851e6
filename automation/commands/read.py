"""`heiiki outputs`, `kubeconfig` and `status`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    named_path,
    screen,
)

if TYPE_CHECKING:
    from automation.results import Output

_PRIVATE = 0o600
_SIGNS = {True: "ok", False: "! ", None: "? "}


def outputs(
    name: Annotated[
        str | None,
        typer.Argument(
            show_default=False,
            help="Print this output alone, as it is: for a file. With --json in the form of all.",
        ),
    ] = None,
    stack: StackOption = None,
    file: FileOption = None,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Print secret values too.")
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Show the stack's outputs; secrets are masked."""
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.commands.tables import show_outputs
        from automation.stack import Stack

        found = Stack(stack, file=file).outputs(show_secrets=show_secrets)
        if name is not None:
            found = {name: _one(name, found)}
        if as_json:
            shown.print_json(
                {
                    name: {"value": output.value, "secret": output.secret}
                    for name, output in found.items()
                }
            )
        elif name is not None:
            _print(found[name].value)
        else:
            show_outputs(shown.out, found)


def _one(name: str, found: "Mapping[str, Output]") -> "Output":
    from automation.errors import RefusedError

    if name not in found:
        known = ", ".join(found) or "none"
        raise RefusedError(f"the stack has no output {name}", advice=f"It has: {known}.")
    if found[name].secret and found[name].value is None:
        raise RefusedError(
            f"output {name} is a secret", advice="Give --show-secrets to print it all the same."
        )
    return found[name]


def _print(value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    typer.echo(text, nl=not text.endswith("\n"))


def kubeconfig(
    stack: StackOption = None,
    file: FileOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            parser=named_path,
            help="Write there, readable by you alone.",
        ),
    ] = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Print the kubeconfig, or write it to a file. It works inside the network only.

    With --json its text is under `kubeconfig`; with --output too, the file's path is under `wrote`.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.errors import RefusedError
        from automation.invocation import invocation, of_cluster
        from automation.lock.text import write_whole
        from automation.stack import Stack

        driven = Stack(stack, file=file)
        part = driven.files.part
        if part is not None and part.name != "cluster":
            raise RefusedError(
                f"the {part.name} part of {part.of} has no kubeconfig; the cluster part has it",
                advice=f"Run {invocation('kubeconfig', of_cluster(driven.files))}.",
            )
        found = driven.outputs(show_secrets=True).get("kubeconfig")
        if found is None or not isinstance(found.value, str):
            raise RefusedError(
                "the stack has no kubeconfig yet", advice="Run heiiki up, then this command again."
            )
        if output is None:
            if as_json:
                shown.print_json({"kubeconfig": found.value})
                return
            typer.echo(found.value, nl=not found.value.endswith("\n"))
            return
        try:
            write_whole(output.absolute(), found.value, mode=_PRIVATE)
        except OSError as error:
            raise RefusedError(
                f"{output} cannot be written: {error.strerror}", advice="Name another file."
            ) from None
        if as_json:
            shown.print_json({"wrote": str(output.absolute())})
            return
        shown.err.print(f"wrote {output}", markup=False)


def status(
    stack: StackOption = None,
    file: FileOption = None,
    live: Annotated[
        bool, typer.Option("--live", help="Also ask AWS how all of it is now; only reads.")
    ] = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Show what is recorded of the stack: resources, the last change, steps that were cut off.

    With --live also what AWS says now: cluster, add-ons, who is let in, machines of each pool and
    how far their replacement is, endpoints and their policies, and whether the API's name leads
    anywhere from here; of a control plane of one's own also volumes of etcd, which certificates
    end soon, and which members of etcd wait for heiiki roll.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.errors import NoStackError
        from automation.stack import Stack

        driven = Stack(stack, file=file)
        state = driven.state()
        clusters = state.of_type("aws:eks/cluster:Cluster")
        cluster: dict[str, Any] = dict(clusters[0].outputs) if clusters else {}
        document: dict[str, Any] = {
            "stack": driven.files.stack,
            "resources": len(state.managed),
            "lastChange": state.time or None,
            "cluster": cluster.get("name"),
            "kubernetesVersion": cluster.get("version"),
            "clusterStatus": cluster.get("status"),
            "deletionProtection": cluster.get("deletionProtection"),
            "interrupted": [
                {"name": p.resource.name, "type": p.resource.type, "operation": p.operation}
                for p in state.pending
            ],
        }
        seen = driven.live(state) if live else ()
        if live:
            document["live"] = [asdict(one) for one in seen]
        if as_json:
            shown.print_json(document)
            return
        if not state.time:
            shown.out.print(NoStackError(driven.files.short_name).message, markup=False)
            return
        shown.out.print(f"{document['stack']}: {document['resources']} resources, last changed "
                        f"{document['lastChange']}", markup=False)  # fmt: skip
        if cluster:
            shown.out.print(f"cluster {cluster.get('name')}: {cluster.get('status')}, Kubernetes "
                            f"{cluster.get('version')}", markup=False)  # fmt: skip
        for pending in state.pending:
            shown.warn(f"{pending.resource.name}: {pending.operation} was cut off; heiiki up finds "
                       "out how it ended and goes on")  # fmt: skip
        for one in seen:
            name = " ".join(filter(None, (one.kind, one.name)))
            shown.out.print(f"{_SIGNS[one.well]} {name}: {one.said}", markup=False)
