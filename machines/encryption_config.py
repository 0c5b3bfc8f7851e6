"""What the API server encrypts in etcd, and by which key.

The first provider writes; every one is read by. Nothing is read or written in the clear: a cluster
is encrypted from its first Secret on, so the provider `identity` stands nowhere.
Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/ and
https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/ (read 2026-11-28).
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from machines.yaml_text import to_yaml
from spec.encryption import EncryptionSpec, KmsEncryption, LocalKeyEncryption

KMS_SOCKET = "unix:///var/run/kms/kms.sock"  # of the plugin, on the controller
_KMS_TIMEOUT = "3s"  # the API server's own default
_MADE_FOR = b"heiiki: encryption of Secrets in etcd\n"
SECRETS = "secrets"


def local_key(private_key_pem: str) -> str:
    """256 bits in base64, from a private key that was made for nothing else."""
    digest = hashlib.sha256(_MADE_FOR + private_key_pem.strip().encode()).digest()
    return base64.b64encode(digest).decode()


def render_encryption_config(
    spec: EncryptionSpec, *, cluster: str, keys: Mapping[int, str] | None = None
) -> str:
    """The EncryptionConfiguration as YAML.

    keys: by generation, of local keys alone (local_key). The text is then as secret as they are.
    """
    provider = _kms(cluster) if isinstance(spec, KmsEncryption) else _local(spec, keys or {})
    return to_yaml(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "EncryptionConfiguration",
            "resources": [
                {
                    "resources": list(dict.fromkeys((SECRETS, *spec.more_resources))),
                    "providers": [provider],
                }
            ],
        }
    )


def _kms(cluster: str) -> dict[str, Any]:
    """The name is kept beside every Secret, so it is for the cluster's life."""
    settings = {"apiVersion": "v2", "name": f"heiiki-{cluster}", "endpoint": KMS_SOCKET}
    return {"kms": {**settings, "timeout": _KMS_TIMEOUT}}


def _local(spec: LocalKeyEncryption, keys: Mapping[int, str]) -> dict[str, Any]:
    listed = [{"name": f"generation-{n}", "secret": keys[n]} for n in spec.key.trusted]
    return {spec.provider: {"keys": listed}}
