"""How a command is written so that whoever reads it can run it: of which stack, and wherein."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from automation.stack_files import PROJECT, StackFiles

WITHIN = "HEIIKI_WITHIN"  # set by `python -m local exec`: the words that it is called by


def invocation(
    command: str, files: StackFiles, *options: str, environment: Mapping[str, str] = os.environ
) -> str:
    """`heiiki <command>` of the stack of these files, as it is called from here.

    Under `python -m local exec` the engine is on no PATH but that command's.
    """
    within = shlex.split(environment.get(WITHIN, ""))
    if within:
        within[0] = short_path(Path(within[0]))
    return shlex.join([*within, "heiiki", command, *_naming(files), *options])


def of_cluster(files: StackFiles) -> StackFiles:
    """The files of the part that has the cluster; of a whole, its own."""
    if files.part is None:
        return files
    stack = files.stack_of("cluster")
    name = f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
    return replace(files, stack=stack, stack_file=files.stack_file.with_name(name))


def short_path(path: Path) -> str:
    """From the current folder on, where it lies in there."""
    try:
        here = Path.cwd()
    except OSError:  # it is gone
        return str(path)
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _naming(files: StackFiles) -> list[str]:
    """A file of the project is found by the stack's name alone."""
    if files.stack_file == PROJECT / f"Pulumi.{files.short_name}.yaml":
        return ["--stack", files.stack]
    named = [] if files.stack == files.short_name else ["--stack", files.stack]
    return [*named, "--file", short_path(files.stack_file)]
