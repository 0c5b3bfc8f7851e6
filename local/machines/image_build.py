"""Make a root file system of .deb files: `python image_build.py PACKAGES FOLDER`.

Runs in namespaces of its own, as root, with the standard library only. It is put together in
memory, where dpkg's many calls to fsync cost nothing, and copied to the folder at the end.
"""

import ctypes
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

SIZE = "2g"
FIRST = ("base-passwd", "base-files")  # the names and folders that other packages' scripts use
NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9)}
MERGED = ("bin", "sbin", "lib", "lib64")
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C", "HOME": "/root",
         "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # fmt: skip
# Carried and configured by user data; Debian starts them as soon as they are installed.
LEFT_TO_USER_DATA = ("containerd.service", "nftables.service")


def main() -> None:
    packages, folder = (Path(argument).absolute() for argument in sys.argv[1:])
    _mount("none", "/", "", 0x4000 | 0x40000)  # recursive and private: seen by nobody else
    root = folder.with_name(f"{folder.name}.memory")
    root.mkdir()
    try:
        _mount("tmpfs", str(root), "tmpfs", options=f"mode=755,size={SIZE}")
        _unpack(packages, root)
        _configure(packages, root)
        _finish(root)
        subprocess.run(["cp", "--archive", f"{root}/.", str(folder)], check=True)
    finally:
        subprocess.run(["umount", "--lazy", str(root)])
        root.rmdir()


def _unpack(packages: Path, root: Path) -> None:
    """Before any script runs: the first ones need the others' programs."""
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for package in sorted(packages.glob("*.deb")):
        files = subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE
        )
        subprocess.run(
            [
                "tar",
                "--extract",
                "--preserve-permissions",
                "--keep-directory-symlink",
                f"--directory={root}",
            ],
            stdin=files.stdout,
            check=True,
        )
        if files.wait() != 0:
            sys.exit(f"{package} cannot be read")


def _configure(packages: Path, root: Path) -> None:
    _mount("proc", str(root / "proc"), "proc")
    _mount("tmpfs", str(root / "dev"), "tmpfs", options="mode=755")
    for name, number in NODES.items():
        os.mknod(root / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(*number))
        (root / "dev" / name).chmod(0o666)
    (root / "dev" / "fd").symlink_to("/proc/self/fd")
    archives = root / "archives"
    archives.mkdir()
    _mount(str(packages), str(archives), "", 0x1000)
    no_services = root / "usr" / "sbin" / "policy-rc.d"
    no_services.write_text("#!/bin/sh\nexit 101\n")
    no_services.chmod(0o755)
    (root / "usr" / "bin" / "awk").symlink_to("mawk")
    try:
        forced = ["dpkg", "--force-unsafe-io", "--force-depends"]
        files = [f"/archives/{path.name}" for path in sorted(packages.glob("*.deb"))]
        first = [file for file in files if file.split("/")[-1].split("_")[0] in FIRST]
        _inside(root, [*forced, "--install", *first])
        _inside(root, [*forced, "--unpack", *files])
        _inside(root, ["dpkg", "--force-unsafe-io", "--configure", "--pending"])
    finally:
        for place in (archives, root / "dev", root / "proc"):
            subprocess.run(["umount", str(place)], check=True)
    archives.rmdir()
    no_services.unlink()


def _finish(root: Path) -> None:
    for unit in LEFT_TO_USER_DATA:
        _inside(root, ["systemctl", "disable", unit])
    # Nobody answers DHCP: cloud-init would wait for it in its first stage.
    for client in (root / "usr" / "sbin").glob("dhclient*"):
        client.unlink()
    for name in ("etc/hostname", "etc/machine-id", "var/lib/dbus/machine-id"):  # each its own
        (root / name).unlink(missing_ok=True)
    (root / "etc" / "machine-id").touch()
    shutil.rmtree(root / "usr" / "share" / "doc", ignore_errors=True)


def _inside(root: Path, command: list[str]) -> None:
    done = subprocess.run(["chroot", str(root), *command], env=QUIET, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)[:200]} ended with {done.returncode}")


def _mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (source.encode(), target.encode(), kind.encode(), flags, options.encode())
    if libc.mount(*arguments) != 0:
        sys.exit(f"mount of {source} at {target}: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    main()
