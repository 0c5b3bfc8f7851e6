"""What goes into a role's bundle beside the agent, and what may not.

The operator's files, units and scripts may not take the place of what is ours, nor lie where there
is no disk: a log below /dev has filled the memory of machines before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from machines.agent.settings import MODE, NAME, OWNER, PATH, UNIT
from machines.checks import secret_in
from plan.errors import Faults

UNIT_FOLDER = "/etc/systemd/system"
SCRIPT_FOLDER = "/opt/heiiki/scripts"
OURS = ("/opt/heiiki", "/var/lib/heiiki", "/etc/kubernetes/pki", "/etc/etcd/pki")
NOT_ON_DISK = ("/dev", "/proc", "/sys", "/run", "/var/run")
_RESERVED = "heiiki-"


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A file as it will be on the machine."""

    path: str
    content: bytes
    mode: str = "0644"
    owner: str = "root:root"


@dataclass(frozen=True, slots=True)
class Additions:
    """Files, units and scripts of a role.

    units: name to text; each is written and started. scripts: name to text; each runs to its end at
    every boot, before the first unit is started.
    """

    files: Sequence[BundleFile] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)


def added_files(custom: Additions) -> list[BundleFile]:
    return [
        *custom.files,
        *(
            BundleFile(f"{UNIT_FOLDER}/{name}", text.encode())
            for name, text in custom.units.items()
        ),
        *(
            BundleFile(f"{SCRIPT_FOLDER}/{name}", text.encode(), "0755")
            for name, text in custom.scripts.items()
        ),
        *(
            BundleFile(f"{UNIT_FOLDER}/{script_unit(name)}", _script_unit_text(name).encode())
            for name in custom.scripts
        ),
    ]


def script_unit(name: str) -> str:
    return f"{_RESERVED}script-{name}.service"


def _script_unit_text(name: str) -> str:
    return f"""\
[Unit]
Description=Script {name} of the stack file

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={SCRIPT_FOLDER}/{name}
"""


def check_additions(
    custom: Additions,
    files: Sequence[BundleFile],
    steps: Sequence[Mapping[str, Any]],
    faults: Faults,
) -> None:
    """That the operator's take no place of ours, and can be written at all."""
    ours = {file.path for file in files} | _places_of(steps)
    taken: set[str] = set()
    for file in custom.files:
        path = f"files.{file.path}"
        check_file(path, file, faults)
        _check_place(path, file.path, ours, taken, faults)
        taken.add(file.path)
    for name, text in custom.units.items():
        path = f"units.{name}"
        if wrong := UNIT(name):
            faults.add(path, f"the name {wrong}")
        check_text(path, text.encode(), faults)
        _check_place(path, f"{UNIT_FOLDER}/{name}", ours, taken, faults)
    for name, text in custom.scripts.items():
        path = f"scripts.{name}"
        if wrong := NAME(name):
            faults.add(path, f"the name {wrong}")
        if not text.startswith("#!"):
            faults.add(path, "must begin with #! and a program, such as #!/bin/bash")
        if "\r" in text:
            faults.add(path, "has a carriage return (a Windows line end); write Unix line ends")
        check_text(path, text.encode(), faults)


def check_file(path: str, file: BundleFile, faults: Faults) -> None:
    for key, value, check in (
        ("path", file.path, PATH), ("mode", file.mode, MODE), ("owner", file.owner, OWNER),
    ):  # fmt: skip
        if wrong := check(value):
            faults.add(path, f"its {key} {wrong}")
    if above := _within(file.path, NOT_ON_DISK):
        faults.add(
            path,
            f"{above} is the kernel's and no disk; write it below /etc, /var/lib or /usr/local",
        )
    check_text(path, file.content, faults)


def _check_place(path: str, place: str, ours: set[str], taken: set[str], faults: Faults) -> None:
    if above := _within(place, OURS):
        faults.add(path, f"what lies below {above} is ours; choose another folder")
    if place.startswith(f"{UNIT_FOLDER}/{_RESERVED}"):
        faults.add(path, f"units whose names begin with {_RESERVED} are ours; choose another name")
    if place in taken:
        faults.add(path, f"{place} is written twice; keep one of them")
    for other in sorted(taken - {place}):
        if _within(place, (other,)) or _within(other, (place,)):
            faults.add(path, f"{place} and {other} cannot both be files; rename one of them")
    for own in sorted(ours):
        if place == own or _within(place, (own,)) or _within(own, (place,)):
            faults.add(path, f"{place} collides with {own}, which is ours; choose another path")
            return


def check_text(path: str, content: bytes, faults: Faults) -> None:
    """Whoever may read the bucket reads the bundle, and every process reads most of its files."""
    if kind := secret_in(content.decode("latin-1")):
        faults.add(
            path,
            f"holds {kind}, and a bundle is no place for it; put it into Systems Manager under the "
            "role's path (value not shown)",
        )


def _places_of(steps: Sequence[Mapping[str, Any]]) -> set[str]:
    """Every path that a step of ours writes to."""
    found = set()
    for step in steps:
        rows = [step, *step.get("binaries", []), *step.get("files", [])]
        found |= {str(row["path"]) for row in rows if "path" in row}
    return found


def _within(path: str, folders: Sequence[str]) -> str | None:
    return next((f for f in folders if path == f or path.startswith(f"{f}/")), None)
