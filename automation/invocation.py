"""How a command is written so that whoever reads it can run it: of which stack, and wherein."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from automation.stack_files import PROJECT, StackFiles
from spec.part import PartName

WITHIN = "HEIIKI_WITHIN"  # set by `python -m local exec`: the words that it is called by


def invocation(
    command: str, files: StackFiles, *options: str, environment: Mapping[str, str] = os.environ
) -> str:
    """`heiiki <command>` of the stack of these files, as it is called from here.

    Under `python -m local exec` the engine is on no PATH but that command's.
    """
    return shlex.join([*_within(environment), "heiiki", command, *_naming(files), *options])


def engine_invocation(
    project: Path, *words: str, environment: Mapping[str, str] = os.environ
) -> str:
    """`pulumi <words>` of a stack of the project, as it is called from here."""
    try:
        here = Path.cwd()
    except OSError:  # it is gone
        here = None
    there = [] if here == project else ["-C", str(project)]
    return shlex.join([*_within(environment), "pulumi", *there, *words])


def of_cluster(files: StackFiles) -> StackFiles:
    """The files of the part that has the cluster; of a whole, its own."""
    return files if files.part is None else of_part(files, "cluster")


def of_part(files: StackFiles, part: PartName) -> StackFiles:
    """The files of another part of the same whole, which lie beside these."""
    stack = files.stack_of(part)
    name = f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
    return replace(files, stack=stack, stack_file=files.stack_file.with_name(name))


def short_path(path: Path) -> str:
    """From the current folder on, where it lies in there."""
    try:
        here = Path.cwd()
    except OSError:  # it is gone
        return str(path)
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _within(environment: Mapping[str, str]) -> list[str]:
    words = shlex.split(environment.get(WITHIN, ""))
    return [short_path(Path(words[0])), *words[1:]] if words else []


def _naming(files: StackFiles) -> list[str]:
    """A file of the project is found by the stack's name alone."""
    if files.stack_file == PROJECT / f"Pulumi.{files.short_name}.yaml":
        return ["--stack", files.stack]
    named = [] if files.stack == files.short_name else ["--stack", files.stack]
    return [*named, "--file", short_path(files.stack_file)]
