"""What encrypts secrets in etcd: a key of KMS through its plugin, or local keys.

A document with local keys is a secret: it goes to controllers through their own path of the secret
store and never into a bundle. One for KMS holds none. The first provider writes; every one is read
by. Nothing is read or written in the clear: a cluster is encrypted from its first Secret on, so the
provider `identity` stands nowhere.
Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/ and
https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/ (read 2026-11-28).
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from machines import checks
from machines.yaml_text import to_yaml
from spec.encryption import EncryptionSpec, KmsEncryption, LocalProvider

CONFIGURATION = "/etc/kubernetes/encryption-configuration.yaml"
SOCKET_FOLDER = "/run/heiiki/kms"
KEY_BYTES = 32
MOST_KEYS = 2  # the one that writes, and the one before
SECRETS = "secrets"
_LONGEST_NAME = 63
_MADE_FOR = b"heiiki: encryption of Secrets in etcd\n"


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A name that stands before every value it encrypts, and 32 bytes in base64."""

    name: str
    secret: str


def local_key(private_key_pem: str) -> str:
    """256 bits in base64, from a private key that was made for nothing else."""
    digest = hashlib.sha256(_MADE_FOR + private_key_pem.strip().encode()).digest()
    return base64.b64encode(digest).decode()


def kms_name(cluster: str) -> str:
    """The name is kept beside every Secret, so it is for the cluster's life."""
    return f"heiiki-{cluster}"


def render_encryption_config(
    spec: EncryptionSpec, *, cluster: str, keys: Mapping[int, str] | None = None
) -> str:
    """The EncryptionConfiguration that is asked for, as YAML.

    keys: by generation, of local keys alone (local_key). The text is then as secret as they are.
    """
    resources = tuple(dict.fromkeys((SECRETS, *spec.more_resources)))
    if isinstance(spec, KmsEncryption):
        return render_kms_encryption([kms_name(cluster)], resources=resources)
    made = keys or {}
    chosen = [LocalKey(f"generation-{n}", made[n]) for n in spec.key.trusted]
    return render_local_encryption(chosen, provider=spec.provider, resources=resources)


def kms_socket(name: str) -> str:
    return f"{SOCKET_FOLDER}/{name}.sock"


def render_kms_encryption(names: Sequence[str], *, resources: Sequence[str] = (SECRETS,)) -> str:
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
    keys: Sequence[LocalKey],
    *,
    provider: LocalProvider = "secretbox",
    resources: Sequence[str] = (SECRETS,),
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
    return _render([{provider: {"keys": listed}}], resources)


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
        if "." in checks.host_name(field, name) or len(name) > _LONGEST_NAME:
            raise checks.fault(field, name, "must be a short name such as key-2026")
