"""What every machine's user data has in common: parts, one MIME document, a size, base64.

User data is readable by whoever is on the machine and whoever may describe its launch template,
so nothing that looks like a key goes into it.
"""

import base64
import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from machines.checks import fault, secret_in, text
from machines.proxy import ProxySettings, proxy_environment
from machines.yaml_text import to_yaml

USER_DATA_MAX_BYTES = 16_384  # EC2's limit, before base64
PROXY_PROFILE = "/etc/profile.d/heiiki-proxy.sh"
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a MIME document."""

    content_type: str
    content: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Script:
    """A script that cloud-init runs once, as root, at the end of the first boot.

    name: of the file that cloud-init makes of it, after a number: cloud-init runs scripts in the
        order of their names, and so they run in the order given.
    """

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that cloud-init writes before any script runs."""

    path: str
    content: str
    permissions: str = "0644"


def script_parts(scripts: Sequence[Script]) -> list[Part]:
    for script in scripts:
        check_script(f"script {script.name}", script.content)
    return [
        Part("text/x-shellscript", script.content, f"{position:02}-{script.name}")
        for position, script in enumerate(scripts, start=1)
    ]


def check_script(field: str, content: str) -> str:
    """The script as it is; ValueError when it would not run, or may not be shown around.

    Nothing of a script is echoed: what is secret in it has no form that could be known.
    """
    if not content.startswith("#!"):
        raise ValueError(f"{field} must begin with #! and a program, such as #!/bin/bash")
    return _without_secret(field, text(field, content))


def files_part(files: Sequence[File]) -> Part:
    """cloud-config that writes files owned by root."""
    written = "".join(_written(file) for file in files)
    return Part("text/cloud-config", f"#cloud-config\nwrite_files:\n{written}", "files.yaml")


@lru_cache  # most are the same on every machine, and long
def _written(file: File) -> str:
    """One item of the list, which in YAML stands by itself."""
    item = {
        "path": file.path,
        "owner": "root:root",
        "permissions": file.permissions,
        "content": text(file.path, file.content),
    }
    return to_yaml([item])


def proxy_profile(proxy: ProxySettings) -> File:
    """The proxy for people and package managers; services get it by their own configuration."""
    return environment_file(PROXY_PROFILE, proxy_environment(proxy))


def environment_file(path: str, variables: Mapping[str, str]) -> File:
    """`export NAME='value'` lines for a shell to source: no value can become a command."""
    for name, value in variables.items():
        if "\n" in value:
            raise fault(name, value, "must be one line")
    lines = [f"export {name}={shlex.quote(text(name, v))}" for name, v in variables.items()]
    return File(path, "\n".join([*lines, ""]))


def render_multipart(parts: Sequence[Part]) -> str:
    """One MIME document; its boundary follows from the parts and stands in none of them."""
    for part in parts:
        if not _FILE_NAME.fullmatch(part.file_name):
            raise fault("file name", part.file_name, "must be letters, digits, '.', '_' and '-'")
        _without_secret(part.file_name, text(part.file_name, part.content))
    boundary = _boundary(parts)
    lines = ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{boundary}"', ""]
    for part in parts:
        lines += [f"--{boundary}", *_headers(part), "", _body(part)]
    document = "\n".join([*lines, f"--{boundary}--", ""])
    sizes = ", ".join(f"{part.file_name} {len(_body(part))}" for part in parts)
    return check_user_data(document, of=sizes)


def check_user_data(user_data: str, *, of: str = "") -> str:
    """The text as it is; ValueError when it is too long for EC2, or carries what looks secret."""
    size = len(text("user data", user_data).encode())
    if size > USER_DATA_MAX_BYTES:
        raise ValueError(
            f"user data is {size} bytes and EC2 takes {USER_DATA_MAX_BYTES}"
            + (f" ({of})" if of else "")
            + "; shorten it, or let a script fetch what is long from the cluster's bucket"
        )
    return _without_secret("user data", user_data)


def encode_user_data(*, user_data: str) -> str:
    """Base64, as launch templates take it."""
    return base64.b64encode(check_user_data(user_data).encode()).decode()


def _without_secret(field: str, content: str) -> str:
    """Looked for before a part is encoded: base64 hides what it is made of."""
    if kind := secret_in(content):
        raise ValueError(
            f"{field} holds {kind}, and whoever is on the machine can read user data; keep it "
            "in Secrets Manager and let the machine's own role read it (value not shown)"
        )
    return content


def _headers(part: Part) -> list[str]:
    charset = "" if part.content_type.startswith("application/") else '; charset="utf-8"'
    return [
        f"Content-Type: {part.content_type}{charset}",
        f"Content-Transfer-Encoding: {'7bit' if part.content.isascii() else 'base64'}",
        f'Content-Disposition: attachment; filename="{part.file_name}"',
    ]


def _body(part: Part) -> str:
    """Base64 for what is not ASCII: of an "8bit" 閉 cloud-init makes the six letters \\u9589."""
    if part.content.isascii():
        return part.content
    return base64.encodebytes(part.content.encode()).decode()


def _boundary(parts: Sequence[Part]) -> str:
    seed = "\0".join(field for p in parts for field in (p.content_type, p.file_name, p.content))
    while True:
        seed = hashlib.sha256(seed.encode()).hexdigest()
        boundary = f"heiiki-{seed[:32]}"
        if not any(boundary in part.content for part in parts):
            return boundary
