"""The root file system that every machine starts from: Debian, made once.

apt resolves and downloads by this machine's own sources, into the cache; nothing is installed
here. An image appears whole or not at all. Machines read it through an overlay, and never write it.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from local.engine.cache import cache_directory
from local.machines import image_build
from local.machines.errors import MachinesError

Progress = Callable[[str], None]

# What etcd, a control plane and a node need of the system; kubelet and the like are carried in.
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "udev", "libnss-myhostname", "usr-is-merged",
    # Without python3-cffi-backend cloud-init stays unconfigured: python3-cryptography wants it.
    "cloud-init", "python3", "python3-cffi-backend",
    "containerd", "runc", "conntrack", "ethtool", "iptables", "kmod", "nftables", "socat",
    "ca-certificates", "curl", "e2fsprogs", "iproute2", "iputils-ping", "jq", "openssl", "procps",
)  # fmt: skip
DOWNLOAD_SECONDS, BUILD_SECONDS = 1800, 1800
_FORMAT = 1  # of what image_build makes of them


def image_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Named by what it is made of, so that a changed list is a new image."""
    made_of = repr((_FORMAT, PACKAGES, Path(image_build.__file__).read_text(encoding="utf-8")))
    name = f"{_suite()}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
    return cache_directory(environment) / "machines" / name


def ensure_image(progress: Progress, environment: Mapping[str, str] = os.environ) -> Path:
    """Its root folder; at once where it was made before, else after about a minute."""
    folder = image_folder(environment)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another run makes the machines' image; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():  # another run may have made it while we waited
            _make(folder, progress)
    return folder


def _make(folder: Path, progress: Progress) -> None:
    started = time.monotonic()
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise MachinesError(
                f"the machines' image is made of Debian's packages, and {tool} is not here; use "
                "Debian, or copy the folder from a machine that has it to " + str(folder)
            )
    packages = folder.parent / f"{folder.name}.packages"  # stays when it fails, to go on from
    progress("image of the machines: downloading Debian packages (about 95 MB)")
    _download(packages)
    count = len(list(packages.glob("*.deb")))
    progress(f"image of the machines: unpacking and configuring {count} packages")
    for unfinished in folder.parent.glob(f".{folder.name}-*"):  # of a run that was killed
        shutil.rmtree(unfinished)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _build(packages, partial)
        partial.chmod(0o755)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(packages)
    progress(f"image of the machines: done in {time.monotonic() - started:.0f} s, at {folder}")


def _download(packages: Path) -> None:
    """All of them and what they hang on, as if nothing were installed. Goes on where it ended."""
    for folder in (packages / "partial", packages / "empty" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    (packages / "status").write_text("")
    done = _apt("--download-only", packages, packages)
    if done.returncode != 0:  # a fresh machine has no package lists yet, or old ones
        _run(["apt-get", "update"], DOWNLOAD_SECONDS)
        done = _apt("--download-only", packages, packages)
    if done.returncode != 0:
        raise MachinesError(
            "apt-get could not download what the machines' image is made of; see that "
            f"`apt-get update` works as root, then repeat\n{done.stderr[-2000:]}"
        )
    named = _apt("--print-uris", packages, packages / "empty")
    wanted = {line.split()[1] for line in named.stdout.splitlines() if line.startswith("'")}
    for package in packages.glob("*.deb"):
        if package.name not in wanted:  # of an earlier run, and replaced since
            package.unlink()


def _apt(what: str, packages: Path, archives: Path) -> subprocess.CompletedProcess[str]:
    options = {
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",  # only files of our own are written
        "Dir::Cache::archives": str(archives),
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Dir::State::extended_states": str(packages / "extended_states"),
        "Dir::State::status": str(packages / "status"),
    }
    command = ["apt-get", "--yes", "--no-remove", what]
    command += [f"--option={name}={value}" for name, value in options.items()]
    return _run([*command, "install", "?essential", *PACKAGES], DOWNLOAD_SECONDS)


def _build(packages: Path, folder: Path) -> None:
    """In namespaces of its own: nothing that a package's script does is seen outside."""
    built = _run(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc"),
            *(sys.executable, image_build.__file__, str(packages), str(folder)),
        ],
        BUILD_SECONDS,
    )
    if built.returncode != 0:
        raise MachinesError(
            f"the machines' image could not be made of {packages}; remove that folder and repeat, "
            f"for new packages\n{(built.stdout + built.stderr)[-3000:]}"
        )


def _run(command: list[str], seconds: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, env=environment,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _suite() -> str:
    """Of this machine, since its own package sources are asked."""
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    release = facts.get("VERSION_CODENAME") or facts.get("ID") or "linux"
    return f"{release.strip(chr(34))}-{os.uname().machine}"
