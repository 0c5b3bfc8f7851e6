"""A kubeconfig for an EKS cluster, with no key in it: the AWS CLI gets a token when one is needed.

Source: https://docs.aws.amazon.com/eks/latest/userguide/create-kubeconfig.html and
https://kubernetes.io/docs/reference/config-api/client-authentication.v1beta1/.
"""

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

    role_arn: the role that the AWS CLI takes on for the token. Default: who runs it.
    local_port: for a tunnel to the private endpoint: kubectl then talks to 127.0.0.1 at this
        port, and still checks the certificate against the endpoint's own name.
    """
    name = checks.cluster_name("cluster_name", cluster_name)
    host = checks.https_host("api_server_endpoint", api_server_endpoint)
    cluster: dict[str, Any] = {"server": api_server_endpoint}
    if local_port is not None:
        port = checks.port("local_port", local_port)
        cluster = {"server": f"https://127.0.0.1:{port}", "tls-server-name": host}
    cluster["certificate-authority-data"] = checks.certificates(
        "certificate_authority_base64", certificate_authority_base64
    )
    context = {"cluster": name, "user": name}
    return to_yaml(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster}],
            "contexts": [{"name": name, "context": context}],
            "current-context": name,
            "users": [{"name": name, "user": {"exec": _exec(name, region, role_arn)}}],
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
