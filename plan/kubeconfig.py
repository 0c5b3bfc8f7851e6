"""The kubeconfig of people, decided: whom it calls, and whom it believes."""

from dataclasses import dataclass

from plan.api_endpoints import HTTPS_PORT, ApiEndpoints
from plan.controllers import API_SERVER_PORT
from plan.errors import Faults
from plan.pki.table import PATH as PKI_PATH
from plan.pki.table import PkiPlan
from spec.kubeconfig import KubeconfigSpec

PATH = "controlPlane.kubeconfig"
API_SERVER = "kube-apiserver"  # the certificate


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """server: a URL. cluster_id: for whom tokens by IAM are. also_trusted: certificates in PEM, of
    authorities beside the cluster's own; empty where there are none."""

    server: str
    cluster_id: str
    also_trusted: str


def plan_kubeconfig(
    asked: KubeconfigSpec, cluster: str, endpoints: ApiEndpoints, api_server_name: str,
    pki: PkiPlan, faults: Faults,
) -> Kubeconfig:  # fmt: skip
    """api_server_name: what machines call, and people where nothing is said."""
    name = asked.dns_name or api_server_name
    if asked.dns_name is not None and name not in pki.certificates[API_SERVER].dns_names:
        faults.add(f"{PATH}.dnsName", "is no name of the API server's certificate, so nobody would "
                   f"believe what answers; write it under {PKI_PATH}.apiServerNames, or name an "
                   "endpoint", name)  # fmt: skip
    ports = {e.dns_name: e.port for e in endpoints.endpoints.values()}
    port = asked.port or ports.get(name, API_SERVER_PORT)
    if name in ports and port != ports[name]:
        faults.add(f"{PATH}.port", f"is not {ports[name]}, at which the endpoint {name} answers; "
                   "leave it out", port)  # fmt: skip
    return Kubeconfig(
        server=f"https://{name}" + ("" if port == HTTPS_PORT else f":{port}"),
        cluster_id=asked.cluster_id or cluster,
        also_trusted=asked.also_trusted or "",
    )
