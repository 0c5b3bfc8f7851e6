"""What is installed for a Python, and which provider plugins that asks for.

As a script it runs in the program's own Python, and prints what `installed_packages` reads.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageMetadata
from pathlib import Path
from typing import Any, Protocol

# Pulumi packages that bring no plugin and do not say so themselves.
_WITHOUT_PLUGIN = frozenset({"pulumi-policy", "pulumi-esc-sdk"})


@dataclass(frozen=True)
class InstalledPackage:
    """`required` names whether another installed package needs it."""

    name: str
    version: str
    plugin: Mapping[str, Any] | None
    required: bool


@dataclass(frozen=True)
class Plugin:
    name: str
    version: str
    server: str
    parameterization: Mapping[str, str] | None


class Python(Protocol):
    def executable(self) -> Path: ...
    def environment(self, base: Mapping[str, str]) -> dict[str, str]: ...


def installed_packages(python: Python) -> list[InstalledPackage]:
    answer = subprocess.run(
        [python.executable(), __file__],
        env=python.environment(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise RuntimeError(
            f"{python.executable()} cannot list its packages: {answer.stderr.strip()[-500:]}"
        )
    return [InstalledPackage(**package) for package in json.loads(answer.stdout)]


def required_plugins(packages: Iterable[InstalledPackage]) -> list[Plugin]:
    """A package asks for the plugin that its pulumi-plugin.json names, or its name."""
    plugins = []
    for package in packages:
        if package.name in _WITHOUT_PLUGIN:
            continue
        if package.plugin is None and not package.name.startswith("pulumi-"):
            continue
        facts = package.plugin or {"resource": True}
        version = facts.get("version") or plugin_version(package.version)
        if facts.get("resource") and version:
            plugins.append(
                Plugin(
                    facts.get("name") or package.name.removeprefix("pulumi-"),
                    "v" + version.removeprefix("v"),
                    facts.get("server", ""),
                    facts.get("parameterization"),
                )
            )
    return plugins


def plugin_version(package_version: str) -> str | None:
    """From Python's spelling (PEP 440) to semver; None where the plugin's cannot be told."""
    match = re.fullmatch(r"(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?", package_version)
    if match is None:
        return None
    numbers = [*match[1].split("."), "0", "0"]
    number = ".".join(numbers[: max(3, len(numbers) - 2)])
    stage = {"a": "alpha", "b": "beta", "rc": "rc"}
    return f"{number}-{stage[match[2]]}.{match[3]}" if match[2] else number


def _normalized(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _plugin_file(distribution_name: str) -> dict[str, Any] | None:
    spec = importlib.util.find_spec(distribution_name.replace("-", "_"))
    for folder in (spec and spec.submodule_search_locations) or ():
        path = os.path.join(folder, "pulumi-plugin.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                facts: dict[str, Any] = json.load(file)
            return facts
    return None


def _listed() -> list[dict[str, Any]]:
    # The folder of this script comes first, as for any script; nothing there is a package.
    sys.path.pop(0)
    # What a distribution is asked for it reads anew each time; its metadata, once read, stays.
    found = {_normalized(m["Name"]): (m, d) for m, d in _distributions()}
    required = {
        _normalized(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
        for metadata, distribution in found.values()
        for requirement in _requirements(metadata, distribution)
        if "extra ==" not in requirement
    }
    return [
        {
            "name": name,
            "version": metadata["Version"],
            "plugin": _plugin_file(metadata["Name"]),
            "required": name in required,
        }
        for name, (metadata, _) in sorted(found.items())
    ]


def _distributions() -> Iterator[tuple[PackageMetadata, Distribution]]:
    for distribution in importlib.metadata.distributions():
        yield distribution.metadata, distribution


def _requirements(metadata: PackageMetadata, distribution: Distribution) -> Iterable[str]:
    """setuptools of old wrote them beside the metadata."""
    if distribution.read_text("requires.txt"):
        return distribution.requires or ()
    return metadata.get_all("Requires-Dist") or ()


if __name__ == "__main__":
    json.dump(_listed(), sys.stdout)
