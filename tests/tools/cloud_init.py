"""cloud-init's own parser, as Debian ships it, over user data as EC2 hands it to a machine."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import yaml

from tests.tools import debian
from tests.tools.missing import not_found

_READER = """
import base64, json, sys
from cloudinit import user_data, util
from cloudinit.helpers import Paths

parts = []
for part in user_data.UserDataProcessor(Paths({})).process(sys.stdin.buffer.read()).walk():
    if not part.is_multipart():
        content = util.fully_decoded_payload(part)  # what a handler is given: text, or bytes
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogateescape")
        parts.append(
            {
                "content_type": part.get_content_type(),
                "file_name": part.get_filename() or "",
                "content": base64.b64encode(content).decode(),
            }
        )
json.dump(parts, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class ReadPart:
    """A part as cloud-init would hand it to its handler."""

    content_type: str
    file_name: str
    content: bytes


def library() -> Path:
    return debian.unpacked("cloud-init") / "usr" / "lib" / "python3" / "dist-packages"


def read_user_data(user_data: bytes) -> list[ReadPart]:
    read = _python(_READER, user_data)
    assert read.returncode == 0, read.stderr.decode()
    return [
        ReadPart(part["content_type"], part["file_name"], base64.b64decode(part["content"]))
        for part in json.loads(read.stdout)
    ]


def check_cloud_config(text: str) -> None:
    """Raise AssertionError when the schema that cloud-init ships refuses the #cloud-config."""
    schema_file = library() / "cloudinit" / "config" / "schemas" / "schema-cloud-config-v1.json"
    if not schema_file.is_file():
        raise not_found("cloud-init")
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    errors = list(jsonschema.Draft4Validator(schema).iter_errors(yaml.safe_load(text)))
    assert text.startswith("#cloud-config\n") and not errors, errors


def _python(program: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    if not (library() / "cloudinit").is_dir():
        raise not_found("cloud-init")
    return subprocess.run(
        [sys.executable, "-c", program],
        input=stdin,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(library()), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=300,
    )
