"""A kubeconfig with no key in it, whose AWS CLI gets a token when one is needed; and, for a control
plane of our own, one with a short-lived client certificate.

A token is a signed call of STS that bears the cluster's name: EKS itself is not asked for it, so
the first form is the ordinary one of either control plane. The second is for when IAM or the
authenticator cannot be asked.

Source: https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html and
https://kubernetes.io/docs/reference/config-api/client-authentication.v1beta1/.
"""

import base64
import re
from typing import Any

from machines import checks
from machines.yaml_text import to_yaml

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}", re.ASCII)


def render_kubeconfig(
    *,
    cluster_name: str,
    api_server_endpoint: str,
    certificate_authority_base64: str,
    region: str,
    role_arn: str | None = None,
    local_port: int | None = None,
) -> str:
    """The kubeconfig as YAML; user, cluster and context all have the cluster's name.

    certificate_authority_base64: of a control plane of our own, every certificate of the
        Kubernetes authority that is trusted.
    role_arn: the role that the AWS CLI takes on for the token. Default: who runs it.
    local_port: for a tunnel to the private endpoint: kubectl then talks to 127.0.0.1 at this
        port, and still checks the certificate against the endpoint's own name.
    """
    name = checks.cluster_name("cluster_name", cluster_name)
    cluster = _cluster(api_server_endpoint, certificate_authority_base64, local_port)
    return _kubeconfig(name, cluster, {"exec": _exec(name, region, role_arn)})


def render_certificate_kubeconfig(
    *,
    cluster_name: str,
    api_server_endpoint: str,
    certificate_authority_base64: str,
    client_certificate_pem: str,
    client_key_pem: str,
    local_port: int | None = None,
) -> str:
    """The same with a client's certificate and key in it: the text is as secret as the key."""
    name = checks.cluster_name("cluster_name", cluster_name)
    cluster = _cluster(api_server_endpoint, certificate_authority_base64, local_port)
    certificate = checks.pem_certificates("client_certificate_pem", client_certificate_pem)
    if checks.secret_in(client_key_pem) != "a private key":
        raise ValueError("client_key_pem must be a private key in PEM form (value not shown)")
    user = {
        "client-certificate-data": base64.b64encode(certificate.encode()).decode(),
        "client-key-data": base64.b64encode(client_key_pem.encode()).decode(),
    }
    return _kubeconfig(name, cluster, user)


def _cluster(
    api_server_endpoint: str, certificate_authority_base64: str, local_port: int | None
) -> dict[str, Any]:
    host = checks.https_host("api_server_endpoint", api_server_endpoint)
    cluster: dict[str, Any] = {"server": api_server_endpoint}
    if local_port is not None:
        port = checks.port("local_port", local_port)
        cluster = {"server": f"https://127.0.0.1:{port}", "tls-server-name": host}
    cluster["certificate-authority-data"] = checks.certificates(
        "certificate_authority_base64", certificate_authority_base64
    )
    return cluster


def _kubeconfig(name: str, cluster: dict[str, Any], user: dict[str, Any]) -> str:
    context = {"cluster": name, "user": name}
    return to_yaml(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "contexts": [{"name": name, "context": context}],
            "current-context": name,
            "users": [{"name": name, "user": user}],
        }
    )


def _exec(cluster_name: str, region: str, role_arn: str | None) -> dict[str, Any]:
    arguments = ["--region", checks.region("region", region), "eks", "get-token"]
    arguments += ["--cluster-name", cluster_name, "--output", "json"]
    if role_arn is not None:
        if not _ROLE_ARN.fullmatch(role_arn):
            raise checks.fault("role_arn", role_arn, "must be the ARN of an IAM role")
        arguments += ["--role-arn", role_arn]
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": arguments,
        # The global STS endpoint lies outside a closed network; the regional one has an endpoint.
        "env": [{"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"}],
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": False,
    }
