"""bash and shellcheck over scripts, ssh over its configuration."""

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.tools import debian
from tests.tools.missing import ToolError, not_found

PACKAGES = {"bash": "bash", "shellcheck": "shellcheck", "ssh": "openssh-client"}
NAMED_OTHERWISE = {
    "ip": "iproute2", "nft": "nftables", "unshare": "util-linux", "blkid": "util-linux",
    "mkfs.ext4": "e2fsprogs", "resize2fs": "e2fsprogs", "losetup": "mount",
    "systemd-analyze": "systemd",
}  # fmt: skip


def check_script(script: str) -> None:
    """Raise AssertionError with the words of bash or shellcheck when one of them objects."""
    for command in (["bash", "-n"], ["shellcheck", "--shell=bash", "--severity=style", "-"]):
        judged = _run(command, script)
        assert judged.returncode == 0, f"{command[0]}: {judged.stdout}{judged.stderr}"


def source_environment(environment_file: str, names: list[str]) -> Mapping[str, str]:
    """What a shell finds in the variables after it sourced the file."""
    script = 'set -eu; . "$1"; shift; for name; do printf "%s\\0" "${!name}"; done'
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as file:
        file.write(environment_file)
        file.flush()
        read = subprocess.run(
            [_found("bash"), "-c", script, "bash", file.name, *names],
            capture_output=True,
            env={},
            timeout=300,
        )
    assert read.returncode == 0, read.stderr.decode()
    return dict(zip(names, read.stdout.decode().split("\0"), strict=False))


def ssh_options(config: str, host: str) -> dict[str, list[str]]:
    """What ssh would do for `host`, by its own account (`ssh -G`): option to values."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config"
        file.write_text(config, encoding="utf-8")
        judged = _run(["ssh", "-F", str(file), "-G", host], "")
    assert judged.returncode == 0, judged.stderr
    options: dict[str, list[str]] = {}
    for line in judged.stdout.splitlines():
        name, _, value = line.partition(" ")
        options.setdefault(name, []).append(value)
    return options


def require(*tools: str) -> None:
    """Raise ToolError unless the machine has them."""
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        raise ToolError(f"{', '.join(missing)} not here; run python -m tests.tools")


def provide(*tools: str) -> None:
    """Make sure that the machine has them; most are Debian packages of their own name."""
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        debian.install(*(NAMED_OTHERWISE.get(tool, tool) for tool in missing))


def _run(command: list[str], text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_found(command[0]), *command[1:]], input=text, capture_output=True, text=True, timeout=300
    )


def _found(tool: str) -> str:
    path = debian.command(tool, PACKAGES[tool])
    if path is None:
        raise not_found(tool)
    return str(path)
