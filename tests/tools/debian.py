"""Judges that Debian packages, unpacked into the cache and not installed.

Installing them would need root, and cloud-init would set the machine up anew at its next boot.
"""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from tests.tools.missing import ToolError, cache_folder

DOWNLOAD_SECONDS = 900


def unpacked(package: str) -> Path:
    """Where the package's files are, once `provide` has put them there; they need not be."""
    return cache_folder() / "debian" / package


def command(name: str, package: str) -> Path | None:
    """The command on PATH, else the one from the unpacked package, else None."""
    if found := shutil.which(name):
        return Path(found)
    ours = unpacked(package) / "usr" / "bin" / name
    return ours if ours.is_file() else None


def provide(package: str) -> Path:
    """Download and unpack the package unless it is there; safe side by side."""
    folder = unpacked(package)
    if folder.is_dir():
        return folder
    by_hand = f"to do it by hand: apt-get install --download-only {package}, then unpack it "
    by_hand += f"with dpkg-deb --extract into {folder}"
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise ToolError(f"{package} comes from Debian or Ubuntu, and {tool} is not here")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():  # another process may have fetched it while we waited
            return folder
        work = folder.parent / f"{package}.unfinished"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        _download(package, work, by_hand)
        archive = next(work.glob("*.deb"))
        extracted = _run(["dpkg-deb", "--extract", archive.name, "files"], work)
        if extracted.returncode != 0:
            raise ToolError(f"{package} could not be unpacked; {by_hand}\n{extracted.stderr}")
        (work / "files").replace(folder)
        shutil.rmtree(work)
    return folder


def _download(package: str, folder: Path, by_hand: str) -> None:
    download = ["apt-get", "download", package]
    done = _run(download, folder)
    if done.returncode != 0:  # a fresh machine has no package lists yet
        _update()
        done = _run(download, folder)
    if done.returncode != 0:
        raise ToolError(f"apt-get could not download {package}; {by_hand}\n{done.stderr[-2000:]}")


def _update() -> None:
    if os.geteuid() == 0:
        command = ["apt-get", "update"]
    elif sudo := shutil.which("sudo"):
        command = [sudo, "--non-interactive", "apt-get", "update"]
    else:
        raise ToolError("apt-get has no package lists: run apt-get update as root, then repeat")
    done = _run(command, Path("/"))
    if done.returncode != 0:
        raise ToolError(
            f"apt-get update failed; run it as root, then repeat\n{done.stderr[-2000:]}"
        )


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS
    )


def install(*packages: str) -> None:
    """Install packages that hang on too many libraries to be unpacked; only root can.

    Raises ToolError with the command that somebody has to give.
    """
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    by_hand = f"{', '.join(packages)} not here; as root: {' '.join(command)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ToolError(by_hand)
    _update()
    done = _run(command, Path("/"))
    if done.returncode != 0:
        raise ToolError(f"{by_hand}\n{done.stderr[-2000:]}")
