"""A load balancer of the embedded AWS as a machine: what it is started with, what it is told."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from local.machines import MachineHandle, MachineSpec

CONFIGURATION = "/etc/balancer.json"
LONGEST_PAUSE = 2  # seconds between two questions: shorter than AWS's ten, so that tests are
_PROGRAM = Path(__file__).with_name("balancer_program.py")
_UNIT = f"""\
[Service]
ExecStart=/usr/bin/python3 -I /opt/balancer.py {CONFIGURATION}
Restart=always
"""


@dataclass(frozen=True, slots=True)
class Balancer:
    """One, as its API tells of it. listeners: what balancer_program.py reads."""

    arn: str
    dns_name: str
    subnet: str
    groups: tuple[str, ...]
    address: IPv4Address
    listeners: tuple[Mapping[str, Any], ...]

    @property
    def machine(self) -> str:
        return f"lb-{hashlib.sha256(self.arn.encode()).hexdigest()[:12]}"

    def spec(self) -> MachineSpec:
        return MachineSpec(
            name=self.machine,
            subnet=self.subnet,
            private_ip=self.address,
            groups=self.groups,
            user_data=user_data().encode(),
        )


def user_data() -> str:
    program = _PROGRAM.read_text(encoding="utf-8")
    files = {"/opt/balancer.py": program, "/etc/systemd/system/balancer.service": _UNIT}
    written = [f"cat > {path} <<'END_OF_FILE'\n{text}END_OF_FILE" for path, text in files.items()]
    start = "systemctl daemon-reload\nsystemctl start --no-block balancer"
    return "\n".join(["#!/bin/sh", "set -eu", *written, start, ""])


def tell(machine: MachineHandle, balancer: Balancer) -> None:
    """Put beside and renamed, so that it is read whole."""
    file = machine.root() / CONFIGURATION.lstrip("/")
    beside = file.with_name(f".{file.name}")
    text = json.dumps({"listeners": [dict(row) for row in balancer.listeners]}, indent=1)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)


def listener(
    port: int, group: Mapping[str, Any], targets: tuple[str, ...]
) -> dict[str, Any]:  # fmt: skip
    seconds = min(int(group["HealthCheckIntervalSeconds"]), LONGEST_PAUSE)
    health = {"path": group.get("HealthCheckPath", "/"), "seconds": seconds,
              "times": int(group["UnhealthyThresholdCount"])}  # fmt: skip
    return {"port": port, "targets": sorted(targets), "health": health}
