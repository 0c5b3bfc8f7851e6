"""What the steps read of Linux's own commands, from the commands themselves.

tests/machines/agent/host.py stands for them elsewhere; here they are asked whether it is right.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from machines.agent.machine import Commands
from machines.agent.steps.mount import NOTHING_FOUND, _is_zero
from tests.tools.capabilities import may_grow_ext4
from tests.tools.shell import require

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.tools
ROUTES = """
import json, subprocess, sys
from types import SimpleNamespace
from xml.etree import ElementTree
from machines.agent.machine import Commands
from machines.agent.steps.attach_interface import AttachInterface

for line in (
    "link add ens5 type veth peer name p5", "address add 10.0.16.5/24 dev ens5", "link set ens5 up",
    "link set p5 up", "link add ens6 type veth peer name p6", "link set p6 up",
    "route add default via 10.0.16.1 dev ens5",
):
    subprocess.run(["ip", *line.split()], check=True)
step = AttachInterface("a", {"subnetCidr": "10.0.16.0/24", "deviceIndex": 1, "table": 101})
machine = SimpleNamespace(commands=Commands())
ours = ElementTree.fromstring("<i><privateIpAddress>10.0.16.9</privateIpAddress></i>")
said = [step._is_routed(machine, ours, "ens6")]
for _ in range(2):
    step._route(machine, ours, "ens6")
    said.append(step._is_routed(machine, ours, "ens6"))

def way(*asked):
    found = subprocess.run(["ip", "-json", "route", "get", *asked], capture_output=True, check=True)
    return json.loads(found.stdout)[0]["dev"]

rules = json.loads(subprocess.run(["ip", "-json", "rule"], capture_output=True).stdout)
json.dump({
    "routed": said,
    "ours": [way("10.0.16.77", "from", "10.0.16.9"), way("8.8.8.8", "from", "10.0.16.9")],
    "others": [way("10.0.16.77"), way("8.8.8.8"), way("10.0.16.77", "from", "10.0.16.5")],
    "rules": len([rule for rule in rules if rule.get("table") == "101"]),
}, sys.stdout)
"""

# On a loop device, in mounts of its own: the first boot, the next one after the volume was made
# larger, a look of the timer's after it was again.
GROWTH = """
import json, os, subprocess, sys
from pathlib import Path
from types import SimpleNamespace
from machines.agent.errors import AgentError
from machines.agent.file_systems import grow
from machines.agent.journal import Journal
from machines.agent.machine import Commands, Machine
from machines.agent.steps import mount

folder, system = Path(sys.argv[1]), sys.argv[2]
image, at, said = folder / "image", folder / "at", []

def losetup(*words):
    return subprocess.run(["losetup", *words], check=True, capture_output=True, text=True).stdout

def longer(mib):
    with image.open("ab") as file:
        file.truncate(mib << 20)

longer(320)
device = losetup("--find", "--show", str(image)).strip()
mount.find_device = lambda *_: device
step = mount.Mount("mount", {
    "volume": "attach-volume", "path": str(at), "fileSystem": system, "options": "noatime",
    "cluster": "dev", "member": "1a", "mode": "0700", "owner": ""})
aws = SimpleNamespace(metadata=SimpleNamespace(instance_id=lambda: "i-1"))
console = SimpleNamespace(say=said.append)

def boot(number):
    journal = Journal(folder / "state")
    journal.start("c", f"boot-{number}", 0.0, ["attach-volume", "mount"])
    journal.note("attach-volume", "volume", {"id": "vol-1", "device": device})
    machine = Machine(Path("/"), folder, aws, None, Commands(), console, journal)
    assert not step.done(machine)
    step.run(machine)
    blocks.append(os.statvfs(at).f_blocks)
    notes.append(dict(journal.record.steps["mount"].notes))
    done.append(step.done(machine))
    return machine

blocks, notes, done = [], [], []
try:
    boot(1)
    (at / "data").write_text("kept")
    subprocess.run(["umount", at], check=True)
    longer(448)
    losetup("--set-capacity", device)
    machine = boot(2)
    longer(576)
    losetup("--set-capacity", device)
    try:
        grow(machine, system, device, str(at))
    except AgentError as error:
        said.append(f"watch: {error}")
    blocks.append(os.statvfs(at).f_blocks)
    json.dump({"data": (at / "data").read_text(), "blocks": blocks, "notes": notes, "done": done,
               "said": said, "device": device}, sys.stdout)
finally:
    losetup("--detach", device)
"""


def test_a_real_file_system_grows_with_its_volume_at_a_boot_and_at_a_look(tmp_path):
    """Where root may, as on EC2. The kernel lets nobody grow ext4 without CAP_SYS_RESOURCE, which
    some containers withhold: there it is told, and the boot goes on."""
    require("mkfs.ext4", "blkid", "resize2fs", "unshare", "losetup")
    alone = [shutil.which("unshare"), "--mount", "--propagation", "private"]
    ended = subprocess.run(
        [*alone, sys.executable, "-c", GROWTH, str(tmp_path), "ext4"], cwd=ROOT, text=True,
        capture_output=True, timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    first, second, third = found["blocks"]
    assert found["data"] == "kept"
    assert found["notes"][0] == {"formatting": None, "grown": ["vol-1", 320 << 20]}
    if may_grow_ext4():
        assert first < second < third and found["done"] == [True, True]
        assert found["notes"][1] == {"formatting": None, "grown": ["vol-1", 448 << 20]}
        at = tmp_path / "at"
        assert [line.partition(" has grown to ")[0] for line in found["said"]] == [
            f"the file system at {at}"
        ] * 2
    else:
        assert first == second == third and found["done"] == [True, False], "tried at each boot"
        refused = f"resize2fs {found['device']} ended with 1: resize2fs: Permission denied to "
        assert found["notes"][1]["notGrown"].startswith(refused)
        assert found["notes"][1]["grown"] == ["vol-1", 320 << 20]
        assert found["said"][0].startswith("mount goes on, though")
        assert found["said"][1].startswith(f"watch: {refused}")


def test_real_ip_routes_what_comes_from_the_interface_and_nothing_else():
    require("ip", "unshare")
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    alone = [shutil.which("unshare") or "unshare", "--net", *mapped, "--kill-child", "--fork"]
    ended = subprocess.run(
        [*alone, sys.executable, "-c", ROUTES], cwd=ROOT, capture_output=True, text=True,
        timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "routed": [False, True, True], "ours": ["ens6", "ens6"],
        "others": ["ens5", "ens5", "ens5"], "rules": 1,
    }  # fmt: skip


def test_real_mkfs_and_blkid_say_what_the_step_reads(tmp_path, world):
    require("mkfs.ext4", "blkid")
    image = tmp_path / "root/image"
    with image.open("wb") as file:
        file.truncate(32 << 20)
    commands, looked = Commands(), ["blkid", "-p", "-o", "export", str(image)]
    assert commands.run(looked, allowed=(0, NOTHING_FOUND)).status == NOTHING_FOUND
    assert _is_zero(world.machine(), "/image")
    commands.run(["mkfs.ext4", "-q", str(image)])
    assert "TYPE=ext4" in commands.run(looked).output.splitlines()
    assert not _is_zero(world.machine(), "/image")
    commands.run(["mkfs.ext4", "-q", "-F", str(image)])
