"""The program that reads a NodeConfig on an Amazon Linux 2023 node, built from its own source.

`nodeadm/go.mod` and `go.sum` pin it. `config check` decodes and validates, but ignores what it
does not know; so a document is also dumped again, and nothing may have got lost on the way.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.tools.missing import ToolError, cache_folder, not_found

SOURCE = Path(__file__).parent / "nodeadm"
PACKAGE = "github.com/awslabs/amazon-eks-ami/nodeadm/cmd/nodeadm"
BUILD_SECONDS = 1200


def _binary() -> Path:
    """Named by what it is built from, so that a new pin is a new build."""
    pinned = b"".join((SOURCE / name).read_bytes() for name in ("go.mod", "go.sum"))
    return cache_folder() / "nodeadm" / hashlib.sha256(pinned).hexdigest()[:16] / "nodeadm"


def provide() -> Path:
    """The program, built if it is not in the cache (about a minute, once); safe side by side."""
    binary = _binary()
    if binary.is_file():
        return binary
    go = shutil.which("go")
    if go is None:
        raise ToolError("nodeadm is built with Go 1.25 or later; install it from https://go.dev/dl")
    binary.parent.mkdir(parents=True, exist_ok=True)
    with (binary.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.is_file():  # another process may have built it while we waited
            _build(go, binary)
    return binary


def _build(go: str, binary: Path) -> None:
    unfinished = binary.with_suffix(".unfinished")
    command = [go, "build", "-trimpath", "-mod=readonly", "-buildvcs=false", "-o", str(unfinished)]
    built = subprocess.run(
        [*command, PACKAGE],
        cwd=SOURCE,
        env={**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        preexec_fn=lambda: os.nice(10),
    )
    if built.returncode != 0:
        raise ToolError(f"nodeadm could not be built in {SOURCE}:\n{built.stderr[-2000:]}")
    unfinished.replace(binary)


def check(document: bytes) -> None:
    """Raise AssertionError with nodeadm's own words when it refuses the document."""
    refused = _run("check", document)
    assert refused.returncode == 0, refused.stderr


def dump(document: bytes) -> Any:
    """The document as nodeadm understood it; what it does not know is not in it."""
    dumped = _run("dump", document)
    assert dumped.returncode == 0, dumped.stderr
    return json.loads(dumped.stdout)


def _run(verb: str, document: bytes) -> subprocess.CompletedProcess[str]:
    binary = _binary()
    if not binary.is_file():
        raise not_found("nodeadm")
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(document)
        file.flush()
        command = [str(binary), "config", verb, "--config-source", f"file://{file.name}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)
