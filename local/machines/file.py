"""The file that `python -m local.machines up` reads: a world, and the machines in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from local.machines.description import MachineSpec, WorldSpec, machine_faults, world_faults
from local.machines.errors import MachinesError

_Model = TypeVar("_Model", bound=BaseModel)


def read(file: Path) -> tuple[WorldSpec, list[MachineSpec]]:
    """Raises MachinesError with every fault at once, each with its key."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise MachinesError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MachinesError(f"{file}: is not text in UTF-8") from error
    try:
        asked = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise MachinesError(f"{file}: is neither YAML nor JSON: {error}") from error
    if not isinstance(asked, dict):
        raise MachinesError(f"{file}: write keys with values, such as vpc: 10.0.0.0/16")
    faults: list[str] = []
    named = asked.pop("machines", None) or {}
    if not isinstance(named, dict):
        faults.append("machines: write a name for each, with its keys below it")
        named = {}
    machines = [
        machine for name, keys in named.items()
        if (machine := _machine(file.parent, str(name), keys, faults)) is not None
    ]  # fmt: skip
    world = _checked(WorldSpec, asked, "", faults)
    if world is not None:
        faults += world_faults(world)
        for i, machine in enumerate(machines):
            faults += machine_faults(world, machine, machines[:i])
        faults += _twice(machines)
    if faults or world is None:
        raise MachinesError(f"{file}: {len(faults)} fault(s):\n  " + "\n  ".join(faults))
    return world, machines


def _machine(folder: Path, name: str, keys: Any, faults: list[str]) -> MachineSpec | None:
    key = f"machines.{name}"
    if not isinstance(keys, dict):
        faults.append(f"{key}: write its keys below it, at least subnet and privateIp")
        return None
    given = {**keys, "name": name}
    if (user_data := given.pop("userData", None)) is not None:
        try:
            given["user_data"] = (folder / str(user_data)).read_bytes()
        except OSError as error:
            faults.append(f"{key}.userData: {folder / str(user_data)}: {error.strerror}; write the "
                          "path of a file, from this file's folder")  # fmt: skip
    return _checked(MachineSpec, given, f"{key}.", faults)


def _checked(
    model: type[_Model], given: Mapping[str, Any], before: str, faults: list[str]
) -> _Model | None:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            key = before + ".".join(str(part) for part in one["loc"])
            got = "" if one["type"] == "missing" else f"; it is {one['input']!r}"
            faults.append(f"{key}: {one['msg']}{got}")
        return None


def _twice(machines: list[MachineSpec]) -> Iterator[str]:
    for kind in ("volumes", "interfaces"):
        owners: dict[str, str] = {}
        for machine in machines:
            for thing in getattr(machine, kind).values():
                if thing in owners:
                    yield (f"machines.{machine.name}.{kind}: {thing} is attached to machine "
                           f"{owners[thing]} too")  # fmt: skip
                owners.setdefault(thing, machine.name)
