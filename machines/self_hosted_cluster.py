"""What every renderer of a self-hosted control plane is given, checked, and where files lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from machines import checks
from machines.etcd import EtcdCluster, check_endpoints, check_etcd_cluster
from machines.own_images import own_images

FOLDER = "/etc/kubernetes"
PKI = f"{FOLDER}/pki"
API_PORT = 6443
CLUSTER_DOMAIN = "cluster.local"
IMAGE_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"  # the first that Go's programs read
IMAGES = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "coredns",
    "flannel",
    "cloud-controller-manager",
    "authenticator",
    "kms-plugin",
    "pause",
    "serving-approver",
)
NODE_PREFIX = 24  # pods of one node: 254 addresses, more than a kubelet runs
PREFIXES = {"pod_cidr": (8, NODE_PREFIX - 1), "service_cidr": (12, 24)}  # as Kubernetes takes them


@dataclass(frozen=True, slots=True)
class ExternalEtcd:
    """An etcd of somebody else's. Its authority and our certificate lie where ours would."""

    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelfHostedCluster:
    """Plain values, the same for every machine.

    api_server_name: what machines call; its record leads to the load balancer of an API endpoint.
    vpc_cidrs: the first holds the resolver, at its base plus two.
    images: by the names in IMAGES, each of `registry` and by digest.
    machine_mtu: bytes of a packet between machines; AWS's within a VPC.
    cluster_id: for whom tokens by IAM are, of people and machines; None: the cluster's name.
    authorities_file: on the machines, of whom pods that call AWS trust; None: those of their image,
        which know AWS. For endpoints whose certificates somebody else has signed.
    """

    name: str
    region: str
    api_server_name: str
    vpc_cidrs: tuple[str, ...]
    pod_cidr: str
    service_cidr: str
    registry: str
    images: Mapping[str, str]
    etcd: EtcdCluster | ExternalEtcd
    machine_mtu: int = 9001
    cluster_id: str | None = None
    authorities_file: str | None = None

    @property
    def api_server(self) -> str:
        return f"https://{self.api_server_name}:{API_PORT}"

    @property
    def token_cluster_id(self) -> str:
        return self.cluster_id or self.name

    @property
    def etcd_endpoints(self) -> tuple[str, ...]:
        return self.etcd.endpoints

    @property
    def services(self) -> IPv4Network:
        return IPv4Network(self.service_cidr)

    @property
    def cluster_dns_ip(self) -> str:
        """The tenth address of the services, as everywhere."""
        return str(self.services[10])

    @property
    def vpc_resolver(self) -> str:
        """Amazon's, at the VPC's base plus two: the only one that is asked."""
        return str(IPv4Network(self.vpc_cidrs[0])[2])


def check_self_hosted_cluster(cluster: SelfHostedCluster) -> SelfHostedCluster:
    """Names, addresses that do not overlap, images of the own registry."""
    checks.cluster_name("name", cluster.name)
    checks.cluster_name("cluster_id", cluster.token_cluster_id)
    checks.region("region", cluster.region)
    checks.host_name("api_server_name", cluster.api_server_name)
    _check_networks(cluster)
    checks.whole_number("machine_mtu", cluster.machine_mtu, 1330, 9216)
    own_images(cluster.images, cluster.registry)
    if cluster.authorities_file is not None and not cluster.authorities_file.startswith("/"):
        raise checks.fault(
            "authorities_file", cluster.authorities_file, "must be an absolute path on the machines"
        )
    if missing := [name for name in IMAGES if name not in cluster.images]:
        raise checks.fault("images", ", ".join(missing), "are missing; name each by its digest")
    if isinstance(cluster.etcd, EtcdCluster):
        check_etcd_cluster(cluster.etcd)
    else:
        check_endpoints(cluster.etcd.endpoints)
    return cluster


def _check_networks(cluster: SelfHostedCluster) -> None:
    if not cluster.vpc_cidrs:
        raise checks.fault("vpc_cidrs", cluster.vpc_cidrs, "must name at least one network")
    named = [(f"vpc_cidrs[{i}]", value) for i, value in enumerate(cluster.vpc_cidrs)]
    named += [("pod_cidr", cluster.pod_cidr), ("service_cidr", cluster.service_cidr)]
    seen: list[tuple[str, IPv4Network]] = []
    for field, value in named:
        network = checks.network(field, value)
        if not isinstance(network, IPv4Network):
            raise checks.fault(field, value, "must be an IPv4 network")
        for other, taken in seen:
            if network.overlaps(taken):
                raise checks.fault(field, value, f"overlaps {other}, which is {taken}")
        seen.append((field, network))
    for field, network in seen:
        if field in PREFIXES:
            least, most = PREFIXES[field]
            if not least <= network.prefixlen <= most:
                raise checks.fault(field, str(network), f"must have a prefix of {least} to {most}")


def trusted(cluster: SelfHostedCluster) -> dict[str, str]:
    """The machine's file of authorities -> where a pod's program looks for one."""
    return {} if cluster.authorities_file is None else {cluster.authorities_file: IMAGE_AUTHORITIES}


def certificate(name: str) -> tuple[str, str]:
    """The files of a certificate and its key."""
    return f"{PKI}/{name}.crt", f"{PKI}/{name}.key"


def authority(name: str) -> str:
    """The file of an authority's certificate."""
    return f"{PKI}/{name}-ca.crt"
