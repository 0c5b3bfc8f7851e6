"""`heiiki destroy`."""

from typing import TYPE_CHECKING, Annotated

import typer

from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    YesOption,
    screen,
)

if TYPE_CHECKING:
    from automation.stack import Stack


def destroy(
    stack: StackOption = None,
    file: FileOption = None,
    disable_protection: Annotated[
        bool,
        typer.Option("--disable-protection", help="First switch deletion protection off."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Go on although Services have made load balancers."),
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Delete everything that the stack has made; supplied resources are not touched.

    Refuses while the cluster is protected, or while Services have made load balancers.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.commands.progress import progress_on
        from automation.results import as_json as result_json
        from automation.stack import Stack

        with progress_on(shown) as progress:
            driven = Stack(stack, file=file, on_event=progress)
            count = len(driven.state().managed)
            if count and not force:
                _require_no_load_balancers(driven)

            def approve() -> bool:
                question = f"Delete all {count} resources of {driven.files.stack}, for good?"
                with progress.paused():
                    return shown.ask(question, yes=yes)

            done = driven.destroy(disable_protection=disable_protection, approve=approve)
        if as_json:
            shown.print_json(result_json(done))
            return
        deleted = done.counts.get("delete", 0)
        shown.out.print(f"{done.stack}: {deleted} deleted, in {done.seconds:.0f} s", markup=False)


def _require_no_load_balancers(driven: "Stack") -> None:
    from automation.load_balancers import load_balancers_of, require_none

    clusters = driven.state().of_type("aws:eks/cluster:Cluster")
    for cluster in clusters:
        name = str(cluster.outputs.get("name", ""))
        region = str(cluster.outputs.get("arn", "")).split(":")[3:4]
        if name and region:
            require_none(name, load_balancers_of(name, region[0]))
