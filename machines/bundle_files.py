"""What goes into a role's bundle beside the agent, and what may not.

The operator's files, units and scripts may not take the place of what is ours, nor lie where there
is no disk: a log below /dev has filled the memory of machines before.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from machines.agent.settings import MODE, NAME, OWNER, PATH, UNIT
from machines.checks import secret_in
from plan.errors import Faults

UNIT_FOLDER = "/etc/systemd/system"
SCRIPT_FOLDER = "/opt/heiiki/scripts"
OURS = ("/opt/heiiki", "/var/lib/heiiki", "/etc/kubernetes/pki", "/etc/etcd/pki",
        "/var/lib/kubelet/pki")  # fmt: skip
NOT_ON_DISK = ("/dev", "/proc", "/sys", "/run", "/var/run", "/var/lock")
# Where systemd looks for units and their drop-ins: systemd.unit(5), the unit file load path.
UNIT_FOLDERS = (
    UNIT_FOLDER, "/etc/systemd/system.control", "/etc/systemd/system.attached",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
)  # fmt: skip
MAX_BYTES = 1_048_576  # of all that is added to a role; its bundle lies in the engine's state
_RESERVED = "heiiki-"
_TEMPLATE = re.compile(r"@\.(?=[a-z]+$)")  # systemd.unit(5): a name that ends in @ is no instance
_BEGIN = re.compile(r"#![ \t]*/[^\s/]")  # what Linux takes for a program's path: execve(2)
_EVERY_UNIT = ("service", "socket", "target", "timer", "path", "mount")  # drop-ins of all of a type


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A file as it will be on the machine."""

    path: str
    content: bytes
    mode: str = "0644"
    owner: str = "root:root"


@dataclass(frozen=True, slots=True)
class BundleUnit:
    """A unit. started: at each boot, after ours; else it is only written."""

    text: str
    started: bool = True


@dataclass(frozen=True, slots=True)
class BundleScript:
    """Runs to its end at each boot: before or after a step of the role, by its name, else before
    the first that starts a unit."""

    text: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Additions:
    """Files, units and scripts of a role, by name. key: that the stack file has them under."""

    files: Sequence[BundleFile] = ()
    units: Mapping[str, BundleUnit] = field(default_factory=dict)
    scripts: Mapping[str, BundleScript] = field(default_factory=dict)
    key: str = ""

    def path(self, *parts: str) -> str:
        """The YAML path of one of them."""
        return ".".join(part for part in (self.key, *parts) if part)


def added_files(custom: Additions) -> list[BundleFile]:
    return [
        *custom.files,
        *(
            BundleFile(f"{UNIT_FOLDER}/{name}", unit.text.encode())
            for name, unit in custom.units.items()
        ),
        *(
            BundleFile(f"{SCRIPT_FOLDER}/{name}", script.text.encode(), "0755")
            for name, script in custom.scripts.items()
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
    units = _units_of(files, steps)
    taken: set[str] = set()
    for file in custom.files:
        path = custom.path("files", file.path)
        check_file(path, file, faults)
        _check_place(path, file.path, ours, taken, faults)
        _check_drop_in(path, file.path, units, faults)
        taken.add(file.path)
    for name, unit in custom.units.items():
        path = custom.path("units", name)
        if wrong := UNIT(name):
            faults.add(path, f"the name {wrong}")
        elif unit.started and _TEMPLATE.search(name):
            faults.add(path, "is a template, which systemd starts under a name of its own alone; "
                       "write enabled: false, and a unit beside it that wants one such as "
                       f"{_TEMPLATE.sub('@a.', name)}")  # fmt: skip
        check_text(path, unit.text.encode(), faults)
        _check_place(path, f"{UNIT_FOLDER}/{name}", ours, taken, faults)
        if name in units and f"{UNIT_FOLDER}/{name}" not in ours:
            faults.add(path, "is a unit that we start; choose another name")
    for name, script in custom.scripts.items():
        _check_script(custom.path("scripts", name), name, script, steps, faults)
    size = sum(len(file.content) for file in added_files(custom))
    if size > MAX_BYTES:
        faults.add(custom.path(), f"has {size} bytes in all, and a role takes {MAX_BYTES}; carry "
                   "in what is large as a program or an image")  # fmt: skip


def _check_script(
    path: str, name: str, script: BundleScript, steps: Sequence[Mapping[str, Any]], faults: Faults
) -> None:
    if wrong := NAME(name):
        faults.add(path, f"the name {wrong}")
    if not _BEGIN.match(script.text):
        faults.add(path, "must begin with #! and a program, such as #!/bin/bash")
    if "\r" in script.text:
        faults.add(path, "has a carriage return (a Windows line end); write Unix line ends")
    check_text(path, script.text.encode(), faults)
    names = [step_name(step) for step in steps]
    places = {"before": names, "after": [name for name in names if name != "signal"]}
    for key, known in places.items():
        asked = getattr(script, key)
        if asked is not None and asked not in known:
            faults.add(f"{path}.{key}", f"is no step of this role that a script may come {key}; "
                       f"known: {', '.join(known)}", asked)  # fmt: skip


def step_name(step: Mapping[str, Any]) -> str:
    """As the agent calls it."""
    return str(step.get("name", step.get("step", "")))


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


def _check_drop_in(path: str, place: str, units: set[str], faults: Faults) -> None:
    """A drop-in changes what a unit does, and so does its like for all units of a type."""
    folder = next((f for f in UNIT_FOLDERS if place.startswith(f"{f}/")), None)
    if folder is None:
        return
    first = place.removeprefix(f"{folder}/").partition("/")[0]
    unit = next((first.removesuffix(end) for end in (".d", ".wants", ".requires", ".upholds")
                 if first.endswith(end)), first)  # fmt: skip
    if unit in units or unit in _EVERY_UNIT:
        faults.add(path, f"changes {unit}, which we start; write a unit of your own")
    elif unit.startswith(_RESERVED) and folder != UNIT_FOLDER:
        faults.add(path, f"units whose names begin with {_RESERVED} are ours; choose another name")


def check_text(path: str, content: bytes, faults: Faults) -> None:
    """Whoever may read the bucket reads the bundle, and every process reads most of its files."""
    if kind := secret_in(content.decode("latin-1")):
        faults.add(
            path,
            f"holds {kind}, and a bundle is no place for it; put it into Systems Manager under the "
            "role's path (value not shown)",
        )


def _units_of(files: Sequence[BundleFile], steps: Sequence[Mapping[str, Any]]) -> set[str]:
    """Units that are written or started by us."""
    written = {f.path.rpartition("/")[2] for f in files if _within(f.path, UNIT_FOLDERS)}
    return written | {str(unit) for step in steps for unit in step.get("units", [])}


def _places_of(steps: Sequence[Mapping[str, Any]]) -> set[str]:
    """Every path that a step of ours writes to."""
    found = set()
    for step in steps:
        rows = [step, *step.get("binaries", []), *step.get("files", [])]
        found |= {str(row["path"]) for row in rows if "path" in row}
    return found


def _within(path: str, folders: Sequence[str]) -> str | None:
    return next((f for f in folders if path == f or path.startswith(f"{f}/")), None)
