"""Which provider plugins the installed packages ask for."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.language_host.interpreter import Interpreter
from local.language_host.packages import (
    InstalledPackage,
    Plugin,
    installed_packages,
    plugin_version,
    required_plugins,
)


def package(
    name: str, version: str = "1.2.3", plugin: Mapping[str, Any] | None = None
) -> InstalledPackage:
    return InstalledPackage(name, version, plugin, required=False)


@pytest.mark.parametrize(
    ("installed", "plugins"),
    [
        (package("requests"), []),
        (package("pulumi"), []),
        (package("pulumi-policy"), []),
        (package("pulumi-esc-sdk"), []),
        (package("pulumi-thing"), [Plugin("thing", "v1.2.3", "", None)]),
        (package("pulumi-thing", plugin={"resource": False}), []),
        (
            package("other", plugin={"resource": True, "name": "n", "version": "4.5.6"}),
            [Plugin("n", "v4.5.6", "", None)],
        ),
        (
            package("pulumi-thing", plugin={"resource": True, "server": "https://example.com"}),
            [Plugin("thing", "v1.2.3", "https://example.com", None)],
        ),
        (package("pulumi-thing", "1.2.3.dev4"), []),
    ],
)
def test_a_package_asks_for_the_plugin_that_it_names(
    installed: InstalledPackage, plugins: list[Plugin]
) -> None:
    assert required_plugins([installed]) == plugins


@pytest.mark.parametrize(
    ("package_version", "version"),
    [
        ("1", "1.0.0"),
        ("1.2", "1.2.0"),
        ("1.2.3", "1.2.3"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3b4", "1.2.3-beta.4"),
        ("1.2.3rc4", "1.2.3-rc.4"),
        ("1.2.3+local", None),
        ("1!2.3", None),
    ],
)
def test_versions_are_spelt_as_plugins_spell_them(
    package_version: str, version: str | None
) -> None:
    assert plugin_version(package_version) == version


def test_the_packages_of_an_environment_are_those_that_are_installed_in_it() -> None:
    packages = {p.name: p for p in installed_packages(Interpreter(Path(sys.prefix)))}

    aws = packages["pulumi-aws"]
    assert aws.plugin == {"resource": True, "name": "aws", "version": aws.version}
    assert packages["botocore"].required
    assert not packages["pulumi-aws"].required
    assert packages["pydantic-core"].plugin is None
    assert {p.name for p in required_plugins(packages.values())} == {"aws", "kubernetes", "tls"}


def test_what_an_egg_requires_stands_beside_its_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, required in (("old-one", "left_pad>=1\n"), ("left-pad", "")):
        folder = tmp_path / f"{name}.egg-info"
        folder.mkdir()
        (folder / "PKG-INFO").write_text(f"Metadata-Version: 1.0\nName: {name}\nVersion: 1.0\n")
        (folder / "requires.txt").write_text(required)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    packages = {p.name: p for p in installed_packages(Interpreter(Path(sys.prefix)))}
    assert packages["left-pad"].required and not packages["old-one"].required
