"""For which machines a program or an image is made, by what it says of itself.

Sources: elf(5), e_machine; OCI image specification, image configuration (read 2026-11-29).
"""

import json
from pathlib import Path

_ELF, _LITTLE = b"\x7fELF", 1
_MACHINES = {62: "x86_64", 183: "arm64"}  # EM_X86_64, EM_AARCH64
_OF_IMAGES = {"amd64": "x86_64", "arm64": "arm64"}
_HEAD_BYTES = 20
_CONFIGURATION_BYTES = 4 << 20  # a registry's own limit for what a manifest is


def of_program(path: Path) -> str:
    """As EC2 says it; empty of a script and of whatever is not known here."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES or not head.startswith(_ELF) or head[5] != _LITTLE:
        return ""
    machine = int.from_bytes(head[18:20], "little")
    return _MACHINES.get(machine, f"machine {machine}")


def of_configuration(path: Path) -> str:
    """Of an image's configuration; empty where it does not say."""
    if path.stat().st_size > _CONFIGURATION_BYTES:
        return ""
    try:
        said = json.loads(path.read_bytes()).get("architecture", "")
    except (ValueError, AttributeError):
        return ""
    return _OF_IMAGES.get(said, str(said))
