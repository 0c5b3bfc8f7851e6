"""What encrypts secrets in etcd: a key of KMS through its plugin, or local keys.

A document with local keys is a secret: it goes to controllers through their own path of the secret
store and never into a bundle. One for KMS holds none.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from machines import checks
from machines.yaml_text import to_yaml

CONFIGURATION = "/etc/kubernetes/encryption-configuration.yaml"
SOCKET_FOLDER = "/run/heiiki/kms"
KEY_BYTES = 32
MOST_KEYS = 2  # the one that writes, and the one before


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A name that stands before every value it encrypts, and 32 bytes in base64."""

    name: str
    secret: str


def kms_socket(name: str) -> str:
    return f"{SOCKET_FOLDER}/{name}.sock"


def render_kms_encryption(names: Sequence[str], *, resources: Sequence[str] = ("secrets",)) -> str:
    """names: of the plugins, the one that writes first; two while one key follows another."""
    _check_names("names", names)
    providers = [
        {
            "kms": {
                "apiVersion": "v2",
                "name": name,
                "endpoint": f"unix://{kms_socket(name)}",
                "timeout": "3s",
            }
        }
        for name in names
    ]
    return _render(providers, resources)


def render_local_encryption(
    keys: Sequence[LocalKey], *, resources: Sequence[str] = ("secrets",)
) -> str:
    """keys: the one that writes first, then the one before it, which still reads. No value was
    ever written in clear, so nothing in clear is read."""
    _check_names("keys", [key.name for key in keys])
    for key in keys:
        try:
            size = len(base64.b64decode(key.secret, validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size != KEY_BYTES:  # the value is a secret and is not shown
            raise ValueError(f"keys[{key.name}] must be {KEY_BYTES} bytes in base64")
    if len({key.secret for key in keys}) != len(keys):
        raise ValueError("keys must differ: the second is the one before the first")
    listed = [{"name": key.name, "secret": key.secret} for key in keys]
    return _render([{"secretbox": {"keys": listed}}], resources)


def _render(providers: list[dict[str, Any]], resources: Sequence[str]) -> str:
    if not resources or isinstance(resources, str):
        raise checks.fault("resources", resources, "must be a list such as secrets, configmaps")
    for resource in resources:
        checks.one_line("resources", resource)
    return to_yaml(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "EncryptionConfiguration",
            "resources": [{"resources": list(resources), "providers": providers}],
        }
    )


def _check_names(field: str, names: Sequence[str]) -> None:
    if not 1 <= len(names) <= MOST_KEYS or len(set(names)) != len(names):
        raise checks.fault(
            field, ", ".join(names), f"must be one or {MOST_KEYS} of different names"
        )
    for name in names:
        if "." in checks.host_name(field, name) or len(name) > 32:
            raise checks.fault(field, name, "must be a short name such as key-2026")
