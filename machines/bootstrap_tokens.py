"""Bootstrap tokens: short-lived passwords by which a machine may join that IAM does not know.

A token is a Secret that ends by itself. Who holds one may ask for the certificate of any node, as
with kubeadm; so there are none unless asked for, each has an end, and the API server refuses one
without.
Source: https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/ (read 2026-11-29).
"""

import base64
import re
from datetime import datetime
from typing import Any

from machines import checks
from machines.admission import limit_manifests
from machines.component_kubeconfig import kubeconfig_document
from machines.manifests import SYSTEM, Document, cluster_role_binding, group
from machines.yaml_text import to_yaml

BOOTSTRAPPERS = "system:bootstrappers"
SECRET_TYPE = "bootstrap.kubernetes.io/token"
LIMIT = "bootstrap-tokens-end.heiiki"
ID_CHARACTERS, SECRET_CHARACTERS = 6, 16
CSR = "certificates.k8s.io"
_TOKEN = re.compile(r"([a-z0-9]{6})\.[a-z0-9]{16}")


def bootstrap_manifests() -> list[Document]:
    """What holders of a token may, and what a token has to have."""
    client = f"system:{CSR}:certificatesigningrequests:nodeclient"
    return [
        cluster_role_binding("heiiki:tokens-join", "system:node-bootstrapper",
                             group(BOOTSTRAPPERS)),
        cluster_role_binding("heiiki:tokens-are-approved", client, group(BOOTSTRAPPERS)),
        *_limit(),
    ]  # fmt: skip


def _limit() -> list[Document]:
    """Whoever makes a token, by whichever tool, says when it ends."""
    return limit_manifests(
        LIMIT,
        "secrets",
        [
            {
                "expression": "has(object.data.expiration)",
                "message": "a bootstrap token has to have an expiration; heiiki bootstrap-token "
                "makes one that has",
            }
        ],
        namespace=SYSTEM,
        conditions=[{"name": "is-token", "expression": f"object.type == '{SECRET_TYPE}'"}],
    )


def token_secret(token: str, ends: datetime, description: str) -> dict[str, Any]:
    """The Secret that is the token. ends: with a time zone."""
    token_id = check_token(token)
    if ends.tzinfo is None:
        raise ValueError("ends must have a time zone")
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": SECRET_TYPE,
        "metadata": {"name": secret_name(token), "namespace": SYSTEM},
        "stringData": {
            "token-id": token_id,
            "token-secret": token.partition(".")[2],
            "expiration": ends.isoformat(timespec="seconds"),
            "usage-bootstrap-authentication": "true",
            "description": checks.one_line("description", description),
        },
    }


def secret_name(token: str) -> str:
    return f"bootstrap-token-{check_token(token)}"


def join_kubeconfig(*, server: str, authority_pem: str, token: str) -> str:
    """For `kubelet --bootstrap-kubeconfig`: it is as secret as the token."""
    check_token(token)
    authority = base64.b64encode(authority_pem.encode()).decode()
    cluster = {"server": server, "certificate-authority-data": authority}
    return to_yaml(kubeconfig_document(cluster, "bootstrap-token", {"token": token}))


def check_token(token: str) -> str:
    """Its id, which is no secret; ValueError, without showing it, where it is no token."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise ValueError("token must be 6 and 16 lower-case letters and digits with a point "
                         "between (value not shown)")  # fmt: skip
    return found[1]
