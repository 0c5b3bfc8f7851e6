"""Switch a machine on: `python -m local.machines.power_on`, with what it needs as JSON on stdin.

This process stands between the keeper and the machine's PID 1: it enters namespaces, starts it,
says its process id, and ends with how it ended. The machine dies with it, and it with the keeper.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import stat
import sys
import termios
from dataclasses import asdict, dataclass
from pathlib import Path

from local.machines import cgroups, kernel

OFF, REBOOT, KILLED = 0, 10, 20  # exit codes
NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9),
         "tty": (5, 0), "kmsg": (1, 3)}  # fmt: skip
# Settings of the whole kernel that machines write: each has its own copy, which changes nothing.
OWN_SETTINGS = {
    "kernel/panic": "0", "kernel/panic_on_oops": "0", "vm/overcommit_memory": "0",
    "vm/panic_on_oom": "0", "vm/max_map_count": "65530", "vm/swappiness": "60",
    "kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
    "fs/inotify/max_user_instances": "8192", "fs/inotify/max_user_watches": "524288",
}  # fmt: skip
# Folders that programs lay an overlay upon, which cannot lie on one: part of the same disk.
PLAIN = ("var/lib/containerd",)
INIT = "/sbin/init"


@dataclass(frozen=True, slots=True)
class PowerOn:
    """folder: the machine's own. console, network: descriptors that it inherits."""

    folder: str
    image: str
    name: str
    uuid: str
    boot_id: str
    network: int
    console: int
    groups: list[str]  # control groups to join

    def text(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    kernel.end_with_parent(signal.SIGKILL)
    order = PowerOn(**json.load(sys.stdin))
    for group in order.groups:
        (Path(group) / "cgroup.procs").write_text("0")
    kernel.enter(order.network)
    kernel.unshare(
        kernel.NEW_MOUNT | kernel.NEW_PID | kernel.NEW_UTS | kernel.NEW_IPC | kernel.NEW_CGROUP
    )
    pid = os.fork()
    if pid == 0:
        kernel.end_with_parent(signal.SIGKILL)
        _become(order)
    print(pid, flush=True)
    os.close(order.console)
    _, status = os.waitpid(pid, 0)
    # reboot(2) in a namespace of processes ends its PID 1 by one of these (man 2 reboot).
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    sys.exit({int(signal.SIGHUP): REBOOT, int(signal.SIGINT): OFF}.get(ended_by, KILLED))


def _become(order: PowerOn) -> None:
    """Become the machine's PID 1. What fails here is written to its console."""
    try:
        os.setsid()
        for descriptor in (0, 1, 2):
            os.dup2(order.console, descriptor)
        fcntl.ioctl(0, termios.TIOCSCTTY, 1)
        root = Path(order.folder) / "root"
        kernel.mount("none", "/", "", kernel.RECURSIVE | kernel.PRIVATE)
        _mount_disk(order, root)
        _mount_kernel(order, root)
        _make_devices(order, root / "dev")
        kernel.make_root(root)
        socket.sethostname(order.name)
        os.closerange(3, 1024)
        os.execve(INIT, [INIT], {"TERM": "linux", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    except OSError as error:
        print(f"the machine could not be switched on: {error}", flush=True)
    os._exit(1)


def _mount_disk(order: PowerOn, root: Path) -> None:
    folder = Path(order.folder)
    disk = f"lowerdir={order.image},upperdir={folder / 'upper'},workdir={folder / 'work'}"
    kernel.mount("overlay", root, "overlay", 0, disk)
    for plain in PLAIN:
        own = folder / "plain" / plain
        own.mkdir(parents=True, exist_ok=True)
        (root / plain).mkdir(parents=True, exist_ok=True)
        kernel.mount(str(own), root / plain, "", kernel.BIND)


def _mount_kernel(order: PowerOn, root: Path) -> None:
    safe = kernel.NO_SUID | kernel.NO_DEVICES | kernel.NO_EXEC
    kernel.mount("proc", root / "proc", "proc", safe)
    settings = root / "proc" / "sys"
    kernel.mount(str(settings), settings, "", kernel.BIND)
    kernel.mount(str(settings / "net"), settings / "net", "", kernel.BIND)
    kernel.mount("none", settings, "", kernel.BIND | kernel.REMOUNT | kernel.READ_ONLY | safe)
    own = {**OWN_SETTINGS, "kernel/random/boot_id": order.boot_id}
    for name, value in own.items():
        file = Path(order.folder) / "settings" / name.replace("/", ".")
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{value}\n")
        if (settings / name).exists():
            kernel.mount(str(file), settings / name, "", kernel.BIND)
    if (root / "proc" / "sysrq-trigger").exists():
        kernel.mount("/dev/null", root / "proc" / "sysrq-trigger", "", kernel.BIND)
    kernel.mount("sysfs", root / "sys", "sysfs", safe | kernel.READ_ONLY)
    _mount_hardware(order, root)
    cgroups.mount_all(root / "sys" / "fs" / "cgroup", cgroups.here())
    kernel.mount("tmpfs", root / "run", "tmpfs", kernel.NO_SUID | kernel.NO_DEVICES, "mode=755")
    (root / "run" / "heiiki").mkdir()
    (root / "run" / "heiiki" / "uuid").write_text(f"{order.uuid}\n")


def _mount_hardware(order: PowerOn, root: Path) -> None:
    """What says that this is an instance of EC2, in place of what this machine's firmware says."""
    hardware = root / "sys" / "class" / "dmi" / "id"
    if not hardware.is_dir():
        return
    kernel.mount("tmpfs", hardware, "tmpfs", 0, "mode=755")
    facts = {"product_uuid": order.uuid, "product_serial": order.uuid, "sys_vendor": "Amazon EC2",
             "chassis_vendor": "Amazon EC2", "bios_vendor": "Amazon EC2"}  # fmt: skip
    for name, value in facts.items():
        (hardware / name).write_text(f"{value}\n")


def _make_devices(order: PowerOn, dev: Path) -> None:
    kernel.mount("tmpfs", dev, "tmpfs", kernel.NO_SUID, "mode=755")
    for name, number in NODES.items():
        os.mknod(dev / name, 0o666 | stat.S_IFCHR, os.makedev(*number))
        (dev / name).chmod(0o666)
    for name, target in {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}.items():
        (dev / name).symlink_to(f"/proc/self/{target}")
    for name in ("pts", "shm", "mqueue"):
        (dev / name).mkdir()
    kernel.mount("devpts", dev / "pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=620,gid=5")
    (dev / "ptmx").symlink_to("pts/ptmx")
    kernel.mount("tmpfs", dev / "shm", "tmpfs", kernel.NO_SUID | kernel.NO_DEVICES, "mode=1777")
    (dev / "console").touch()
    kernel.mount(os.ttyname(order.console), dev / "console", "", kernel.BIND)
    with contextlib.suppress(FileNotFoundError):
        for disk in json.loads((Path(order.folder) / "disks.json").read_text()):
            add_disk(dev, disk["node"], disk["number"], disk["links"])


def add_disk(dev: Path, node: str, number: int, links: list[str]) -> None:
    """A block device's node, and the names that udev's rules on EC2 images give it."""
    os.mknod(dev / node, 0o660 | stat.S_IFBLK, number)
    for link in links:
        path = dev / link
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(f"/dev/{node}")


def remove_disk(dev: Path, node: str, links: list[str]) -> None:
    for name in (node, *links):
        (dev / name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
