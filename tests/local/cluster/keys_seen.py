"""Where key material is on machines, and where it is not."""

from collections.abc import Iterator

from local.machines import MachineHandle
from tests.local.cluster import rights
from tests.local.cluster.booted import CLUSTER, Booted

MARK = "-----BEGIN [A-Z ]*PRIVATE KEY-----"
PLACES = ("/etc/kubernetes", "/etc/etcd", "/var/lib/kubelet/pki")
_SEARCHED = ("/etc", "/home", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr/local", "/var")
# Of containers, which have what their pods are given, and the journal, which is searched as text.
_LEFT_OUT = ("/run/containerd", "/var/lib/containerd", "/var/lib/kubelet/pods", "/var/log/journal")
_FIND = """
import os, re, sys
mark, skipped = re.compile(sys.argv[1].encode()), set(sys.argv[2].split(":"))
for top in sys.argv[3:]:
    for folder, names, files in os.walk(top):
        names[:] = [n for n in names if os.path.join(folder, n) not in skipped]
        for name in files:
            path = os.path.join(folder, name)
            try:
                found = os.lstat(path)
                if found.st_mode & 0o170000 != 0o100000 or found.st_size > 1 << 24:
                    continue
                with open(path, "rb") as file:
                    if mark.search(file.read()):
                        print(oct(found.st_mode & 0o7777)[2:], found.st_uid, path)
            except OSError:
                pass
"""


def keys_of(machine: MachineHandle) -> dict[str, tuple[str, int]]:
    """Path to mode and owner of each file that holds a private key."""
    words = ["python3", "-c", _FIND, MARK, ":".join(_LEFT_OUT), *_SEARCHED]
    rows = [line.split(" ", 2) for line in machine.run(words).stdout.splitlines()]
    return {path: (mode, int(owner)) for mode, owner, path in rows}


def secret_lines(booted: Booted) -> dict[str, str]:
    """A line of each key that is kept for machines, and whose it is: it stands in nothing else."""
    ssm, found = booted.aws("ssm"), {}
    for file in rights.files_of(booted):
        if file.secret:
            name = f"{rights.parameter_path(CLUSTER, file.role)}/{file.name}"
            value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
            lines = [line for line in value.splitlines() if len(line) > 40 and "---" not in line]
            if lines:
                found[lines[len(lines) // 2].strip()] = name
    return found


def said_by(machine: MachineHandle) -> Iterator[tuple[str, str]]:
    """What a machine's people, its console and its other users may read, by its kind."""
    yield "console", machine.console()
    yield "journal", machine.run(["journalctl", "--no-pager", "--output=cat"]).stdout
    words = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
    yield "arguments and variables", machine.run(["bash", "-c", words], check=False).stdout
    yield "logs", machine.run(["bash", "-c", "cat /var/log/cloud-init*.log /var/log/kubernetes"
                               "/audit/*.log 2>/dev/null"], check=False).stdout  # fmt: skip
    for name in ("journal.json", "etcd.json"):
        yield name, machine.run(["cat", f"/var/lib/heiiki/agent/{name}"], check=False).stdout
    words = "cat /var/lib/cloud/instance/*.txt* /var/lib/cloud/instance/scripts/*"
    yield "cloud-init", machine.run(["bash", "-c", words], check=False).stdout
