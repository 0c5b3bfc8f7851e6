"""A Python that has loaded the SDK, and waits to be told which script to be.

Started by the language host, in the program's own Python, before the engine asks for the program.
What it is told comes on its standard input, as JSON, until that ends: the `script` to run as
`python SCRIPT ARGUMENTS...` would, its `arguments`, and its `environment`. Where that ends with
nothing said, nobody wants it, or the host is gone.

It stands alone: that Python may know nothing of this project, and may be an older one.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import runpy
import signal
import sys
from typing import Any


def main() -> None:
    interrupted = signal.getsignal(signal.SIGINT)
    if interrupted is not signal.SIG_IGN:
        # Until there is a program that may want to end in its own way: at once, and in silence.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    load_sdk()
    what = told()
    if what is None:
        return
    os.environ.clear()
    os.environ.update(what["environment"])
    sys.argv = [what["script"], *what["arguments"]]
    signal.signal(signal.SIGINT, interrupted)
    runpy.run_path(what["script"], run_name="__main__")


def load_sdk() -> None:
    """Without the garbage collector, which finds nothing in what is kept. What fails here fails
    again, and is told, in the script."""
    gc.disable()
    with contextlib.suppress(Exception):
        import pulumi
        import pulumi.runtime  # noqa: F401
    gc.enable()


def told() -> dict[str, Any] | None:
    """Waits. Standard input is empty from then on, as that of every program is."""
    with open(0, "rb", closefd=False) as words:
        said = words.read()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return dict(json.loads(said)) if said else None


if __name__ == "__main__":
    main()
