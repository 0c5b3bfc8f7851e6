"""Runs one policy pack. Started by the language host, in the pack's own Python, in its folder.

What runs is the SDK's own `python -m pulumi.policy`. Before it, the SDK is loaded without two of
its parts that a pack rarely asks for: those load themselves when one of their names is asked for.
They are a quarter of what loading the SDK takes, and the program waits for the pack.

It stands alone: that Python may know nothing of this project, and may be an older one.
"""

from __future__ import annotations

import gc
import os
import runpy
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from typing import Any

_LATER = frozenset({"pulumi.automation", "pulumi.dynamic"})


class Later:
    """Finds these modules, and lets them be executed when a name of theirs is asked for."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name in _LATER else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def load_sdk() -> None:
    """Without the garbage collector, which finds nothing in what is kept."""
    sys.meta_path.insert(0, Later)
    gc.disable()
    try:
        import pulumi  # noqa: F401
    except ImportError:
        pass  # whoever asks for it next tells it
    finally:
        gc.enable()


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # as `-m` has it; Python put this file's folder there
    load_sdk()
    runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)
