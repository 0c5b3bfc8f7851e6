"""Whose state an export is: the stack that its URNs name must be the one that is asked about."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from automation.errors import AutomationError, RefusedError
from automation.stack_files import PROJECT, StackFiles
from spec.errors import SpecError
from spec.text_file import read_text_file

_URN = re.compile(r"urn:pulumi:(?P<stack>[^:]+)::(?P<project>[^:]+)::")
_PROJECT_FILE = "Pulumi.yaml"


def state_text(path: Path) -> str:
    """A file that `pulumi stack export` has written."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AutomationError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}",
            advice="Name a file that pulumi stack export --file has written.",
        ) from None


def stacks_of(text: str) -> list[str]:
    """The stacks that the URNs of an export name, as project/stack; none where it records nothing.
    What is no export is told by who reads it whole."""
    try:
        found = {f"{urn['project']}/{urn['stack']}" for urn in _urns(json.loads(text))}
    except (ValueError, RecursionError):
        return []
    return sorted(found)


def require_state_of(files: StackFiles, text: str, path: Path) -> None:
    """Raise RefusedError where an export is another stack's: its verdict would be taken for this
    one's."""
    asked = [f"{project}/{files.short_name}" for project in _projects(files)]
    others = [stack for stack in stacks_of(text) if stack not in asked]
    if others:
        raise RefusedError(
            f"{path} is the state of {', '.join(others)}, and {asked[0]} is asked about",
            advice=f"Export that one: pulumi stack export -s {files.stack} --file {path.name}. A "
            "state of any other stack is proved without --stack and --file, by what its own policy "
            f"file declares: heiiki prove --state {path.name} --boundary FILE.",
        )


def _urns(export: Any) -> Iterator[re.Match[str]]:
    deployment = export.get("deployment") if isinstance(export, dict) else None
    resources = deployment.get("resources") if isinstance(deployment, dict) else None
    for item in resources if isinstance(resources, list) else ():
        urn = item.get("urn") if isinstance(item, dict) else None
        match = _URN.match(urn) if isinstance(urn, str) else None
        if match is not None:
            yield match


def _projects(files: StackFiles) -> list[str]:
    """What the stack's project may be called: as it is asked for, else as heiiki is, or as the
    program beside the stack file is that has heiiki in it."""
    parts = files.stack.split("/")
    if len(parts) == 3:  # organization/project/stack
        return [parts[1]]
    folders = (PROJECT, files.stack_file.parent)
    return list(dict.fromkeys(name for folder in folders for name in _name_in(folder)))


def _name_in(folder: Path) -> Iterator[str]:
    try:
        document = yaml.safe_load(read_text_file(folder / _PROJECT_FILE))
    except (SpecError, yaml.YAMLError):
        return
    if isinstance(document, dict) and isinstance(document.get("name"), str):
        yield document["name"]
