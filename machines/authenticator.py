"""The IAM authenticator on a controller: whom it knows, and how the API server reaches it.

It listens on loopback, with a certificate that it was given instead of one that it makes, so that
the API server knows it at its first start and nothing is written on the machine. It maps a role to
a user, and a machine's role to its node: by the private DNS name that EC2 tells of the instance
which the session is named after, so who takes the role on without being an instance is no node.
"""

from collections.abc import Sequence
from typing import Any

from machines import checks
from machines.aws_auth import (
    PRIVATE_DNS_NODE_USERNAME,
    RoleMapping,
    UserMapping,
    role_arn_without_path,
)
from machines.component_kubeconfig import render_kubeconfig
from machines.flags import Flag, arguments
from machines.host_files import HostFile
from machines.self_hosted_cluster import (
    FOLDER,
    SelfHostedCluster,
    certificate,
    trusted,
)
from machines.static_pods import Probe, Probes, Resources, StaticPod, static_pod_file
from machines.yaml_text import to_yaml

PORT = 21362
CONFIGURATION = f"{FOLDER}/authenticator.yaml"
WEBHOOK_KUBECONFIG = f"{FOLDER}/authenticator-webhook.kubeconfig"
STATE = "/var/aws-iam-authenticator"
ADMINISTRATORS = "heiiki:administrators"


def authenticator_flags(partition: str) -> tuple[Flag, ...]:
    return (
        Flag("config", CONFIGURATION, "whom it knows"),
        Flag("backend-mode", "MountedFile", "what the plan says, and no object in the cluster"),
        Flag("partition", partition, "whose STS it believes"),
        Flag("address", "127.0.0.1", "the API server on the same machine asks, and nobody else"),
        Flag("port", str(PORT), "its own"),
        Flag("state-dir", STATE, "where the certificate that it was given is seen"),
        Flag("kubeconfig-pregenerated", "true", "the API server's kubeconfig is ours to write"),
    )


def render_authenticator(
    cluster: SelfHostedCluster,
    *,
    nodes: Sequence[str],
    administrators: Sequence[RoleMapping],
    users: Sequence[UserMapping] = (),
) -> str:
    """nodes: ARNs of the roles of controllers and workers. A person is in no group of machines."""
    roles = [
        {
            "roleARN": role_arn_without_path(arn),
            "username": PRIVATE_DNS_NODE_USERNAME,
            "groups": ["system:nodes"],  # and not of those whose tokens join as any node
        }
        for arn in sorted(set(nodes))
    ]
    people = [
        {"roleARN": role_arn_without_path(m.role_arn), **_person(m)}
        for m in sorted(administrators, key=lambda m: m.role_arn)
    ]
    named = [row["roleARN"] for row in [*roles, *people]]
    if twice := sorted({arn for arn in named if named.count(arn) > 1}):
        raise checks.fault(
            "roles", ", ".join(map(str, twice)), "are mapped twice; keep one of each"
        )
    mapped: dict[str, Any] = {"mapRoles": [*roles, *people]}
    if users:
        mapped["mapUsers"] = [{"userARN": m.user_arn, **_person(m)} for m in users]
    return to_yaml({"clusterID": cluster.token_cluster_id, "server": mapped})


def _person(mapping: RoleMapping | UserMapping) -> dict[str, Any]:
    checks.one_line("username", mapping.username)
    for name in (mapping.username, *mapping.groups):
        if name.startswith("system:"):
            raise checks.fault(
                "username or groups", name, "must not begin with system:, Kubernetes' own; "
                f"administrators are in {ADMINISTRATORS}"
            )  # fmt: skip
    return {"username": mapping.username, "groups": list(mapping.groups)}


def authenticator_files(
    cluster: SelfHostedCluster, *, partition: str, configuration: str
) -> tuple[HostFile, ...]:
    """configuration: of `render_authenticator`."""
    webhook = render_kubeconfig(
        server=f"https://127.0.0.1:{PORT}/authenticate", user="kube-apiserver", details={}
    )
    return (
        HostFile(CONFIGURATION, configuration),
        HostFile(WEBHOOK_KUBECONFIG, webhook),
        static_pod_file(_pod(cluster, authenticator_flags(partition))),
    )


def _pod(cluster: SelfHostedCluster, flags: Sequence[Flag]) -> StaticPod:
    crt, key = certificate("authenticator")
    probe = Probe("/healthz", PORT)
    return StaticPod(
        name="aws-iam-authenticator",
        image=cluster.images["authenticator"],
        command=["/aws-iam-authenticator", "server", *arguments(flags)],
        files=[CONFIGURATION, crt, key, *trusted(cluster)],
        mounted_at={crt: f"{STATE}/cert.pem", key: f"{STATE}/key.pem", **trusted(cluster)},
        environment={"AWS_REGION": cluster.region, "AWS_STS_REGIONAL_ENDPOINTS": "regional"},
        probes=Probes(Probe("/healthz", PORT, failures=30), probe, probe),
        resources=Resources("20m", "64Mi", "128Mi"),
    )
