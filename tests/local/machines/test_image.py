"""Making the machines' image: what is said and kept when it cannot be made."""

import os
from pathlib import Path

import pytest

from local.machines import MachinesError, image
from local.machines.image import ensure_image, image_folder

APT = """#!/bin/sh
echo "$@" >> {log}
for word; do
  case "$word" in
    --option=Dir::Cache::archives=*) archives=${{word#*archives=}} ;;
    --print-uris) echo "'mirror:/new_2.deb' new_2.deb 3 SHA256:x"; exit ;;
    update) exit ;;
  esac
done
[ -e {works} ] || {{ echo no network >&2; exit 100; }}
echo deb > "$archives/new_2.deb"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whose package sources answer when there is a file `works`, and then with one package."""
    monkeypatch.setenv("HEIIKI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (tmp_path / "bin").mkdir()
    apt = tmp_path / "bin" / "apt-get"
    apt.write_text(APT.format(log=tmp_path / "log", works=tmp_path / "works"))
    apt.chmod(0o755)
    return tmp_path


def test_packages_that_cannot_be_had_are_said_with_what_to_do(machine: Path) -> None:
    with pytest.raises(MachinesError, match=r"(?s)`apt-get update` works as root.*no network"):
        ensure_image(lambda _: None)
    assert not image_folder().exists()
    asked = (machine / "log").read_text().splitlines()
    assert ["update" in line for line in asked] == [False, True, False], "tried again, once"


def test_what_was_replaced_since_an_earlier_run_is_not_built_in(machine: Path) -> None:
    (machine / "works").touch()
    packages = image_folder().with_name(f"{image_folder().name}.packages")
    packages.mkdir(parents=True)
    for name in ("new_1.deb", "old_1.deb"):
        (packages / name).touch()
    with pytest.raises(MachinesError, match="could not be made of"):  # that is no package
        ensure_image(lambda _: None)
    assert [path.name for path in packages.glob("*.deb")] == ["new_2.deb"]
    left = {path.name for path in image_folder().parent.iterdir()}
    assert left == {packages.name, f"{image_folder().name}.lock"}, "nothing half made"


def test_an_image_that_is_there_costs_nothing(machine: Path) -> None:
    image_folder().mkdir(parents=True)
    said: list[str] = []
    assert ensure_image(said.append) == image_folder()
    assert said == [] and not (machine / "log").exists()


def test_another_list_of_packages_is_another_image(monkeypatch: pytest.MonkeyPatch) -> None:
    before = image_folder()
    monkeypatch.setattr(image, "PACKAGES", (*image.PACKAGES, "more"))
    assert image_folder() != before
    assert image_folder().parent == before.parent


def test_a_machine_without_apt_is_told_what_to_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEIIKI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachinesError, match="apt-get is not here; use Debian"):
        ensure_image(lambda _: None)
