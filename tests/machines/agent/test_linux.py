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
