"""An image of the operator's own: the cluster's facts in a file, then the operator's script.

The facts stand in `/etc/heiiki/cluster.env`, quoted for a shell, before the script runs:

    . /etc/heiiki/cluster.env

For an image that has nodeadm, use `machines.nodeadm`; for one built on Bottlerocket,
`machines.bottlerocket`.
"""

from collections.abc import Mapping, Sequence

from machines import checks
from machines.kubelet import Taint, check_labels, check_max_pods, check_taints
from machines.proxy import ProxySettings, proxy_environment
from machines.user_data import (
    Script,
    environment_file,
    files_part,
    proxy_profile,
    render_multipart,
    script_parts,
)

CLUSTER_ENVIRONMENT = "/etc/heiiki/cluster.env"


def render_script_user_data(
    *,
    cluster_name: str,
    api_server_endpoint: str,
    certificate_authority_base64: str,
    service_cidr: str,
    cluster_dns_ips: Sequence[str],
    max_pods: int,
    node_labels: Mapping[str, str],
    node_taints: Sequence[Taint],
    region: str,
    script: str,
    proxy: ProxySettings | None = None,
) -> str:
    """MIME user data: the environment file, and the script that joins the node."""
    checks.https_host("api_server_endpoint", api_server_endpoint)
    dns = checks.cluster_dns_ips("cluster_dns_ips", cluster_dns_ips, service_cidr)
    labels = check_labels(node_labels).items()
    taints = check_taints(node_taints)
    variables = {
        "HEIIKI_CLUSTER_NAME": checks.cluster_name("cluster_name", cluster_name),
        "HEIIKI_REGION": checks.region("region", region),
        "HEIIKI_API_SERVER_ENDPOINT": api_server_endpoint,
        "HEIIKI_CERTIFICATE_AUTHORITY_BASE64": checks.certificates(
            "certificate_authority_base64", certificate_authority_base64
        ),
        "HEIIKI_SERVICE_CIDR": str(checks.network("service_cidr", service_cidr)),
        "HEIIKI_CLUSTER_DNS_IPS": ",".join(dns),
        "HEIIKI_MAX_PODS": str(check_max_pods(max_pods)),
        "HEIIKI_NODE_LABELS": ",".join(f"{key}={value}" for key, value in labels),
        "HEIIKI_NODE_TAINTS": ",".join(f"{t.key}={t.value}:{t.effect}" for t in taints),
        **({} if proxy is None else proxy_environment(proxy)),
    }
    files = [environment_file(CLUSTER_ENVIRONMENT, variables)]
    if proxy is not None:
        files.append(proxy_profile(proxy))
    return render_multipart([files_part(files), *script_parts([Script("join.sh", script)])])
