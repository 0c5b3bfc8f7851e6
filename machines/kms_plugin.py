"""The KMS plugin: it stands between the API server and KMS, on a socket that only root reaches.

One for each key, so that a key can follow another: the API server writes with the first and reads
with both, until all is written anew.
"""

import re

from machines import checks
from machines.encryption import SOCKET_FOLDER, kms_socket
from machines.flags import Flag, arguments
from machines.host_files import HostFile
from machines.self_hosted_cluster import SelfHostedCluster, trusted
from machines.static_pods import Probe, Probes, Resources, StaticPod, static_pod_file

FIRST_PORT = 8083
_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]{1,64}")


def kms_plugin_flags(
    cluster: SelfHostedCluster, name: str, key_arn: str, port: int
) -> tuple[Flag, ...]:
    if not _KEY_ARN.fullmatch(key_arn):
        raise checks.fault(
            "key_arn", key_arn, "must be the ARN of a KMS key; an alias may come to mean another"
        )
    return (
        Flag("key", key_arn, "by its ARN: an alias may come to mean another"),
        Flag("region", cluster.region, "its endpoint is in the VPC"),
        Flag("listen", kms_socket(name), "a socket, and no port"),
        Flag("health-port", f"127.0.0.1:{port}", "the kubelet of the same machine asks"),
        Flag("encryption-context", f"heiiki/cluster={cluster.name}",
             "what one cluster encrypted, another with the same key cannot read"),
    )  # fmt: skip


def kms_plugin_parameter(name: str) -> str:
    """The file's name, where it comes by the secret store since the key's ARN is known late."""
    return f"kms-plugin-{name}.yaml"


def kms_plugin_file(
    cluster: SelfHostedCluster, *, name: str, key_arn: str, number: int = 0
) -> HostFile:
    """number: 0, or 1 for the second while one key follows another."""
    port = FIRST_PORT + checks.whole_number("number", number, 0, 1)
    health, alive = Probe("/healthz", port, "HTTP"), Probe("/livez", port, "HTTP")
    return static_pod_file(
        StaticPod(
            name=f"kms-plugin-{name}",
            image=cluster.images["kms-plugin"],
            command=["/aws-encryption-provider",
                     *arguments(kms_plugin_flags(cluster, name, key_arn, port))],
            files=list(trusted(cluster)),
            mounted_at=trusted(cluster),
            folders={SOCKET_FOLDER: "DirectoryOrCreate"},
            probes=Probes(Probe("/livez", port, "HTTP", failures=30), alive, health),
            resources=Resources("20m", "64Mi", "128Mi"),
        )
    )  # fmt: skip
