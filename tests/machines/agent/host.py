"""The commands of a machine, on a folder that stands for its file system.

What they do is kept outside the agent, as a kernel keeps it: it outlives a killed agent. They are
refused what a kernel refuses: to mount what has no file system, to add a rule twice.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from machines.agent.errors import AgentError
from machines.agent.machine import Result

DISK_BYTES = 3 << 20
BOOT = "7c4ab4f2-0000-4000-8000-000000000001"


@dataclass
class Host:
    """log: every command that changed something."""

    root: Path
    units: dict[str, str] = field(default_factory=dict)  # name to ActiveState
    runs: dict[str, int] = field(default_factory=dict)  # name to how often it was restarted
    enabled: set[str] = field(default_factory=set)
    addresses: dict[str, set[str]] = field(default_factory=dict)
    routes: dict[str, dict[str, str]] = field(default_factory=dict)  # table to dst to device
    rules: list[dict[str, str]] = field(default_factory=list)
    mounts: dict[str, str] = field(default_factory=dict)  # mount point to device
    fails: dict[str, AgentError] = field(default_factory=dict)  # program to how it fails
    log: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)  # device to what blkid finds on it
    lengths: dict[str, int] = field(default_factory=dict)  # device to bytes of its file system

    def __post_init__(self) -> None:
        for folder in ("proc/sys/kernel/random", "proc/self", "sys/block", "sys/class/net",
                       "sys/class/block", "dev", "disks"):  # fmt: skip
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self.boot(BOOT)

    def boot(self, boot_id: str) -> None:
        """As after a power cut: mounts, addresses and processes are gone, files and disks stay."""
        (self.root / "proc/sys/kernel/random/boot_id").write_text(boot_id + "\n")
        for path in list(self.mounts):
            self._unmount(path)
        self._write_mounts()
        self.units, self.addresses, self.routes, self.rules = {}, {}, {}, []

    def plug_volume(self, volume_id: str, device: str = "nvme1n1") -> None:
        """A disk that EC2 has attached."""
        serial = self.root / "sys/block" / device / "device" / "serial"
        if serial.exists():
            return
        serial.parent.mkdir(parents=True)
        serial.write_text(volume_id.replace("-", "") + "\n")
        numbers = self.root / "sys/class/block" / device / "dev"
        numbers.parent.mkdir(parents=True)
        numbers.write_text(f"259:{len(list((self.root / 'sys/block').iterdir()))}\n")
        disk = self.root / "dev" / device
        if not disk.exists():
            disk.write_bytes(bytes(DISK_BYTES))

    def plug_interface(self, mac: str, link: str = "ens6") -> None:
        folder = self.root / "sys/class/net" / link
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "address").write_text(mac + "\n")

    def run(
        self, arguments: Sequence[str], *, allowed: Sequence[int] = (0,), seconds: float = 0
    ) -> Result:
        if (error := self.fails.get(arguments[0])) is not None:
            raise error
        name = "mkfs" if arguments[0].startswith("mkfs") else arguments[0].rpartition("/")[2]
        result: Result = getattr(self, f"_{name}")(list(arguments[1:]))
        if result.status not in allowed:
            raise AgentError(f"{' '.join(arguments)} ended with {result.status}: {result.output}")
        return result

    def _true(self, arguments: list[str]) -> Result:
        return Result(0, "")

    def _false(self, arguments: list[str]) -> Result:
        return Result(1, "not content")

    def _systemctl(self, arguments: list[str]) -> Result:
        verb, unit = arguments[0], arguments[-1]
        if verb == "show":
            if "--property=UnitFileState" in arguments:
                return Result(0, "enabled\n" if unit in self.enabled else "disabled\n")
            if "--property=InvocationID" in arguments:
                run = self.runs.get(unit, 0)
                state = self.units.get(unit, "inactive")
                return Result(0, f"InvocationID=run-{run}\nActiveState={state}\n")
            return Result(0, self.units.get(unit, "inactive") + "\n")
        if verb == "daemon-reload":
            return Result(0, "")
        if verb == "restart":
            self.runs[unit] = self.runs.get(unit, 0) + 1
            self.log.append(f"restart {unit}")
            return Result(0, "")
        if verb == "enable":
            self.enabled |= {name for name in arguments[1:] if not name.startswith("-")}
        elif self.units.get(unit) != "active":
            self.units[unit] = "activating" if "--no-block" in arguments else "active"
            self.log.append(f"start {unit}")
        return Result(0, "")

    def _etcdutl(self, arguments: list[str]) -> Result:
        """Restores into a folder that is not there, as etcd 3.6 does."""
        folder = Path(arguments[arguments.index("--data-dir") + 1])
        if folder.exists():
            return Result(1, "data-dir not empty or could not be read")
        (folder / "member/wal").mkdir(parents=True)
        (folder / "member/wal/0.wal").write_bytes(Path(arguments[2]).read_bytes())
        self.log.append("etcdutl " + " ".join(arguments[5:]))
        return Result(0, "")

    def _blkid(self, arguments: list[str]) -> Result:
        kind = self.kinds.get(arguments[-1])
        return Result(2, "") if kind is None else Result(0, f"DEVNAME=x\nTYPE={kind}\n")

    def _mkfs(self, arguments: list[str]) -> Result:
        device = arguments[-1]
        if device in self.kinds and not {"-F", "-f"} & set(arguments):
            return Result(1, "contains a file system")
        if device in self.mounts.values():
            return Result(1, "is mounted")
        self.kinds[device] = "ext4"
        disk = self.root / device.lstrip("/")
        disk.write_bytes(b"\1" * disk.stat().st_size)
        self.lengths[device] = disk.stat().st_size
        shutil.rmtree(self._disk(device), ignore_errors=True)
        (self._disk(device) / "lost+found").mkdir(parents=True)
        self.log.append(f"mkfs {device}")
        return Result(0, "")

    def _mount(self, arguments: list[str]) -> Result:
        device, path = arguments[-2], arguments[-1]
        if self.kinds.get(device) != arguments[arguments.index("-t") + 1]:
            return Result(32, "wrong fs type")
        if path in self.mounts:
            return Result(32, "already mounted")
        folder = Path(path)
        folder.rmdir()
        self._disk(device).rename(folder)
        self.mounts[path] = device
        self._write_mounts()
        self.log.append(f"mount {device}")
        return Result(0, "")

    def _resize2fs(self, arguments: list[str]) -> Result:
        """Of a mounted one alone: another has to be checked first, as its own message says."""
        (device,) = arguments
        if device not in self.mounts.values():
            return Result(1, f"Please run 'e2fsck -f {device}' first.")
        length = (self.root / device.lstrip("/")).stat().st_size
        if self.lengths.get(device) != length:
            self.lengths[device] = length
            self.log.append(f"grow {device}")
        return Result(0, "")

    def _umount(self, arguments: list[str]) -> Result:
        self._unmount(arguments[-1])
        self._write_mounts()
        return Result(0, "")

    def _unmount(self, path: str) -> None:
        Path(path).rename(self._disk(self.mounts.pop(path)))
        Path(path).mkdir()

    def _ip(self, arguments: list[str]) -> Result:
        words = [word for word in arguments if word not in ("-json", "-4")]
        handler = {"address": self._address, "route": self._routing, "rule": self._rule}
        return handler[words[0]](words[1:]) if words[0] in handler else Result(0, "")

    def _address(self, words: list[str]) -> Result:
        if words[0] == "show":
            found = [{"local": a} for a in sorted(self.addresses.get(words[-1], ()))]
            return Result(0, json.dumps([{}, {"addr_info": found}]))
        assert words[-1] == "noprefixroute"
        link = words[words.index("dev") + 1]
        self.addresses.setdefault(link, set()).add(words[1].partition("/")[0])
        return Result(0, "")

    def _routing(self, words: list[str]) -> Result:
        table = words[words.index("table") + 1]
        if words[0] == "show":
            if table not in self.routes:
                return Result(2, "[ ")  # as ip writes it, with the reason beside it
            rows = [{"dst": d, "dev": v} for d, v in self.routes[table].items()]
            return Result(0, json.dumps(rows))
        self.routes.setdefault(table, {})[words[1]] = words[words.index("dev") + 1]
        return Result(0, "")

    def _rule(self, words: list[str]) -> Result:
        if words[0] == "show":
            return Result(0, json.dumps(self.rules))
        rule = {"src": words[words.index("from") + 1], "table": words[-1]}
        if rule in self.rules:
            return Result(2, "File exists")
        self.rules.append(rule)
        return Result(0, "")

    def _disk(self, device: str) -> Path:
        return self.root / "disks" / device.rpartition("/")[2]

    def _write_mounts(self) -> None:
        lines = [
            f"1 1 {self._numbers(device)} / /{Path(path).relative_to(self.root)} rw - "
            f"ext4 {device} rw"
            for path, device in self.mounts.items()
        ]
        (self.root / "proc/self/mountinfo").write_text("\n".join(lines) + "\n")

    def _numbers(self, device: str) -> str:
        folder = self.root / "sys/class/block" / device.rpartition("/")[2]
        return (folder / "dev").read_text().strip()
