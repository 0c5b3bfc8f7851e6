"""Whose state an export is: the stack that its URNs name must be the one that is asked about."""

import codecs
import json
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from automation.errors import AutomationError, RefusedError
from automation.stack_files import PROJECT, StackFiles
from automation.state import State
from spec.errors import SpecError
from spec.text_file import read_text_file

_URN = re.compile(r"urn:pulumi:(?P<stack>[^:]+)::(?P<project>[^:]+)::")
_PROJECT_FILE = "Pulumi.yaml"


_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
              (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
# Schema versions of exports: resources stand in both alike (pulumi, sdk/go/common/apitype).
_VERSIONS = (3, 4)
_WANTED = "Name a file that pulumi stack export --file has written, or - for stdin."


def state_text(path: Path) -> str:
    """What `pulumi stack export` has written into a file, or writes to stdin where the path is `-`.
    Shells of Windows redirect it as UTF-16, or mark it as UTF-8."""
    try:
        found = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        coded = (name for mark, name in _ENCODINGS if found.startswith(mark))
        text = found.decode(next(coded, "utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AutomationError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}",
            advice=_WANTED,
        ) from None
    _require_export(text, path)
    return text


def _require_export(text: str, path: Path) -> None:
    """Raise AutomationError where a text is something else, by the name that its file has."""
    try:
        document = _parsed(text)
    except ValueError as error:
        raise AutomationError(f"{path} is not JSON: {error}", advice=_WANTED) from None
    except RecursionError:
        return  # told by who reads it whole
    if not isinstance(document, dict) or not isinstance(document.get("deployment"), dict):
        kept = ", but a file that a backend keeps" if "checkpoint" in text[:500] else ""
        raise AutomationError(f"{path} is no export of a stack{kept}", advice=_WANTED)
    version = document.get("version", _VERSIONS[0])
    if version not in _VERSIONS:
        known = " or ".join(map(str, _VERSIONS))
        raise AutomationError(
            f"{path} is no export of schema version {known}, which alone are read here",
            advice="Export it with pulumi stack export of an engine that writes one of them.",
        )


@lru_cache(maxsize=1)  # asked for by each who looks into it
def _parsed(text: str) -> Any:
    return json.loads(text)


def stacks_of(text: str) -> list[str]:
    """The stacks that the URNs of an export name, as project/stack; none where it records nothing.
    What is no export is told by who reads it whole."""
    try:
        found = {f"{urn['project']}/{urn['stack']}" for urn in _urns(_parsed(text))}
    except (ValueError, RecursionError):
        return []
    return sorted(found)


def own_record(export: str) -> State:
    """The record of an export without what is only read. Raises AutomationError."""
    try:
        deployment = _parsed(export)["deployment"]
        kept = [r for r in deployment.get("resources") or () if not r.get("external")]
        return State.parse(json.dumps({"deployment": {**deployment, "resources": kept}}))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise AutomationError(
            "the file is no export of a stack",
            advice="Give what pulumi stack export --file has written.",
        ) from None


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
