"""A role's bundle: everything that its machines run, as one archive that is named by its digest.

The same bytes from the same values, whoever renders them: a fixed order, no times, no owners, and
nothing compressed, since what compresses differs between builds of zlib, and another digest would
replace machines. Layout: `agent.pyz`, `agent.json` (machines/agent/configuration.py) and the files
below `files/` at the places that they are written to.
"""

import hashlib
import io
import json
import struct
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from machines.agent.configuration import FORMAT, parse
from machines.agent.metadata import ADDRESS
from machines.agent.settings import ConfigurationError
from machines.agent_program import agent_program
from machines.bundle_files import (
    Additions,
    BundleFile,
    BundleScript,
    added_files,
    check_additions,
    check_file,
    check_text,
    script_unit,
    step_name,
)
from machines.first_stage import bundle_key
from plan.errors import Faults

SCRIPT_SECONDS = 900
_STORED_BYTES = 65_535  # the most that a stored block of deflate holds


@dataclass(frozen=True, slots=True)
class Head:
    """What the agent is told beside its steps. signal: group and hook, or None."""

    cluster: str
    role: str
    region: str
    dns_suffix: str
    signal: Mapping[str, str] | None = None
    deadline_seconds: int = 1800
    endpoints: Mapping[str, str] = field(default_factory=dict)
    s3_path_style: bool = False
    metadata: str = ADDRESS
    console: str = "/dev/console"


@dataclass(frozen=True, slots=True)
class Bundle:
    content: bytes
    sha256: str

    @property
    def key(self) -> str:
        return bundle_key(self.sha256)


def render_bundle(
    head: Head,
    steps: Sequence[Mapping[str, Any]],
    *,
    files: Sequence[BundleFile] = (),
    custom: Additions | None = None,
) -> Bundle:
    """The role's bundle; PlanError has every fault.

    steps: without `write-files`, which is put before them; units of ours are among files.
    """
    added = custom or Additions()
    faults = Faults()
    check_additions(added, files, steps, faults)
    for file in files:
        check_file(f"files.{file.path}", file, faults)
    every = [*files, *added_files(added)]
    _check_steps(head, steps, faults)
    faults.raise_if_any(where=f"the bundle of {head.role}")
    configuration = _configuration(head, _steps(steps, every, added))
    entries = {_source(file): (file.content, 0o644) for file in every}
    entries["agent.json"] = configuration, 0o644
    entries["agent.pyz"] = agent_program(), 0o755
    content = _stored_gzip(_archive(entries))
    return Bundle(content, hashlib.sha256(content).hexdigest())


def agent_configuration(head: Head, steps: Sequence[Mapping[str, Any]]) -> bytes:
    """Of what the agent does beside the boot; PlanError has every fault."""
    faults = Faults()
    _check_steps(head, steps, faults)
    faults.raise_if_any(where=f"what {head.role} does by a timer")
    return _configuration(head, steps)


def texts_of(bundle: Bundle) -> dict[str, str]:
    """What is in it, by name, but for the agent."""
    with tarfile.open(fileobj=io.BytesIO(bundle.content), mode="r:gz") as archive:
        found = {entry.name: archive.extractfile(entry) for entry in archive}
        return {n: f.read().decode() for n, f in found.items() if f and n != "agent.pyz"}


def _steps(
    steps: Sequence[Mapping[str, Any]], files: Sequence[BundleFile], custom: Additions
) -> list[Mapping[str, Any]]:
    """Files first; the operator's scripts where they are asked for, by default before the first
    unit; their units after the last of ours."""
    starts = [n for n, step in enumerate(steps) if step.get("step") == "start-units"]
    end = next((n for n, step in enumerate(steps) if step.get("step") == "signal"), len(steps))
    first, last = (starts[0], starts[-1] + 1) if starts else (end, end)
    found: list[Mapping[str, Any]] = []
    for place in range(len(steps) + 1):
        found += _scripts_at(place, steps, first, custom)
        if place == last and (units := sorted(n for n, u in custom.units.items() if u.started)):
            found.append({"step": "start-units", "name": "start-custom-units", "units": units})
        found += steps[place : place + 1]
    rows = [
        {"path": file.path, "source": _source(file), "mode": file.mode, "owner": file.owner}
        for file in sorted(files, key=lambda file: file.path)
    ]
    return [{"step": "write-files", "files": rows}, *found] if rows else found


def _scripts_at(
    place: int, steps: Sequence[Mapping[str, Any]], default: int, custom: Additions
) -> list[Mapping[str, Any]]:
    """The steps of scripts that come before the step at this place, in the order of names."""
    names = [step_name(step) for step in steps]

    def at(script: BundleScript) -> int:
        if script.after is not None:
            return names.index(script.after) + 1
        return default if script.before is None else names.index(script.before)

    return [
        {"step": "start-units", "name": f"run-{name}", "units": [script_unit(name)],
         "timeoutSeconds": SCRIPT_SECONDS}
        for name, script in sorted(custom.scripts.items())
        if at(script) == place
    ]  # fmt: skip


def _source(file: BundleFile) -> str:
    return f"files{file.path}"


def _check_steps(head: Head, steps: Sequence[Mapping[str, Any]], faults: Faults) -> None:
    """Read by the agent's own reader."""
    content = _configuration(head, steps)
    check_text("steps", content, faults)
    try:
        parse(content)
    except ConfigurationError as error:
        for sentence in error.faults:
            path, _, message = sentence.partition(": ")
            faults.add(path, message)


def _configuration(head: Head, steps: Sequence[Mapping[str, Any]]) -> bytes:
    """What the agent reads."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "cluster": head.cluster,
        "role": head.role,
        "region": head.region,
        "dnsSuffix": head.dns_suffix,
        "deadlineSeconds": head.deadline_seconds,
        "signal": None if head.signal is None else dict(head.signal),
        "endpoints": dict(head.endpoints),
        "s3PathStyle": head.s3_path_style,
        "metadata": head.metadata,
        "console": head.console,
        "steps": [dict(step) for step in steps],
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _archive(entries: Mapping[str, tuple[bytes, int]]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, (content, mode) in sorted(entries.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _stored_gzip(content: bytes) -> bytes:
    """A gzip (RFC 1952) of stored blocks (RFC 1951, 3.2.4): no build of zlib has a say in it."""
    parts = [b"\x1f\x8b\x08\0\0\0\0\0\0\xff"]
    for begin in range(0, max(len(content), 1), _STORED_BYTES):
        block = content[begin : begin + _STORED_BYTES]
        last = begin + _STORED_BYTES >= len(content)
        parts += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*parts, struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)])
