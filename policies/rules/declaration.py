"""The declaration that a project keeps beside its stack file: heiiki.<stack>.policy.json.

It is looked for when the engine is given no --policy-pack-config, and has that file's form: policy
names, each with a level or an object. Stack and project are in the environment, where the engine's
language hosts put them (pulumi v3.250.0, sdk/policy_proxy.go; read 2026-11-22).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rules.schema import SCHEMA

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")
LEVELS = ("advisory", "mandatory", "remediate", "disabled")
PACK = Path(__file__).parents[1]


class DeclarationError(ValueError):
    """Why the file cannot be taken as it is."""


class Setting(NamedTuple):
    """What the file says of one policy; level is None where it names none."""

    level: str | None
    properties: dict[str, Any]


def file_name(environment: Mapping[str, str]) -> str:
    """What the stack's file is called."""
    return f"heiiki.{environment.get('PULUMI_STACK') or '<stack>'}.policy.json"


def find_declaration(environment: Mapping[str, str], pack: Path = PACK) -> Path | None:
    """The file of this stack, if there is one.

    It lies in HEIIKI_STACK_DIR, else in the folder of the project that pulumi was called in, or
    above the pack, whichever is the project's: another project's declaration must not serve for
    this one. Of `pulumi -C` and the Automation API the environment tells no folder.
    """
    return _find(file_name(environment), environment, pack)


def find_facts(environment: Mapping[str, str], pack: Path = PACK) -> Path | None:
    """What was read of the network that this stack takes as supplied, if it was; found likewise."""
    return _find(f"heiiki.{environment.get('PULUMI_STACK')}.facts.json", environment, pack)


def _find(name: str, environment: Mapping[str, str], pack: Path) -> Path | None:
    if not environment.get("PULUMI_STACK"):
        return None
    if environment.get("HEIIKI_STACK_DIR"):
        folders = [Path(environment["HEIIKI_STACK_DIR"])]
    else:
        called_in = _project_of(Path(environment["PWD"])) if environment.get("PWD") else None
        project = environment.get("PULUMI_PROJECT")
        likely = [f for f in (called_in, pack.parent) if f is not None]
        folders = [f for f in likely if project and _name_of(f) == project]
    found = (folder / name for folder in folders)
    return next((path for path in found if path.is_file()), None)


def _project_of(folder: Path) -> Path | None:
    """The project that a folder lies in, as the engine finds it: the first one above that has a
    project file."""
    if not folder.is_absolute():
        return None
    above = (folder, *folder.parents)
    return next((f for f in above if any((f / name).is_file() for name in PROJECT_FILES)), None)


def _name_of(folder: Path) -> str | None:
    """The name of the project whose folder it is."""
    import yaml  # here: where the folder is named a preview does without, and would wait for it

    for name in PROJECT_FILES:
        try:
            document = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if isinstance(document, dict) and isinstance(document.get("name"), str):
            return str(document["name"])
    return None


def read_declaration(path: Path) -> dict[str, Setting]:
    """What the file says, by policy. Raises DeclarationError."""
    twice: list[str] = []
    try:
        written = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_Pairs)
        document = _once(written, "", twice)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise DeclarationError(f"{path.name} cannot be read as JSON, from {at} on") from None
    except (OSError, ValueError, RecursionError) as error:
        kind = type(error).__name__
        raise DeclarationError(f"{path.name} cannot be read as JSON ({kind})") from None
    if twice:
        keys = ", ".join(dict.fromkeys(twice))
        raise DeclarationError(f"{path.name}: {keys} is written twice; leave one of them")
    if not isinstance(document, dict):
        raise DeclarationError(f"{path.name} must be an object of settings by policy")
    return {name: _setting(path, name, value) for name, value in document.items()}


class _Pairs(list[tuple[str, Any]]):
    """An object as it is written. JSON lets a key stand there twice, and Python keeps the last one:
    who signs the file may have read the first."""


def _once(value: Any, path: str, twice: list[str]) -> Any:
    """The value with its objects as mappings. twice: gets the paths of keys that come again."""
    if isinstance(value, _Pairs):
        found: dict[str, Any] = {}
        for key, item in value:
            at = f"{path}.{key}" if path else key
            if key in found:
                twice.append(at)
            found[key] = _once(item, at, twice)
        return found
    if isinstance(value, list):
        return [_once(item, f"{path}[{index}]", twice) for index, item in enumerate(value)]
    return value


def _setting(path: Path, name: str, value: Any) -> Setting:
    meant = f"; is boundary.{name} meant?" if name in SCHEMA else ""
    given = {"enforcementLevel": value} if isinstance(value, str) else value
    if not isinstance(given, dict):
        raise DeclarationError(f"{path.name}: {name} must be a level or an object{meant}")
    level = given.get("enforcementLevel")
    if level is not None and level not in LEVELS:
        raise DeclarationError(f"{path.name}: {name} must be one of {', '.join(LEVELS)}{meant}")
    return Setting(level, {key: v for key, v in given.items() if key != "enforcementLevel"})
