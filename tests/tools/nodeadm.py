"""The program that reads a NodeConfig on an Amazon Linux 2023 node, built from its own source.

`nodeadm/go.mod` and `go.sum` pin it. `config check` decodes and validates, but ignores what it
does not know; so a document is also dumped again, and nothing may have got lost on the way.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from local.go_programs import GoPrograms

NODEADM = GoPrograms(
    name="nodeadm",
    source=Path(__file__).parent / "nodeadm",
    packages={"nodeadm": "github.com/awslabs/amazon-eks-ami/nodeadm/cmd/nodeadm"},
)


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
    binary = NODEADM.binary("nodeadm")
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(document)
        file.flush()
        command = [str(binary), "config", verb, "--config-source", f"file://{file.name}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)
