"""The EKS control plane that follows from the stack file."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from plan.errors import Faults
from plan.fact_files import load_facts
from plan.upgrades import known_versions
from spec.cluster import ClusterSpec
from spec.control_plane import EksSpec
from spec.lock import Lock

# The VPC CNI takes addresses of any subnet of the VPC that somebody has tagged for it, unless it is
# told not to; then of the node's own subnet, which is planned for (EKS user guide,
# cni-subnet-selection; amazon-vpc-cni-k8s v1.23.0, ENABLE_SUBNET_DISCOVERY; read 2026-11-28).
#
# The EBS CSI driver asks the metadata service how many volumes a node takes beside its interfaces.
# Pods do not reach that service here (hop limit 1), and what the driver then takes from Kubernetes
# knows of no interfaces: too many volumes are asked for, and pods with them never start. So its
# node pods, and those alone, are in the node's own network (aws-ebs-csi-driver, docs/install.md,
# "Metadata", and issue 2262; values.schema.json, node.hostNetwork; read 2026-11-29).
CONFIGURATIONS = {
    "vpc-cni": '{"env":{"ENABLE_SUBNET_DISCOVERY":"false"}}',
    "aws-ebs-csi-driver": '{"node":{"hostNetwork":true}}',
}
DNS_SERVICE_INDEX = 10  # EKS gives CoreDNS the tenth address of the service CIDR


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What aws.eks.Cluster is told. The API answers inside the network only."""

    version: str
    support: str
    service_cidr: IPv4Network
    dns_service_ip: IPv4Address
    subnets: tuple[str, ...]
    authentication_mode: str
    log_types: tuple[str, ...]
    deletion_protection: bool
    zonal_shift: bool

    @property
    def security_groups(self) -> dict[str, str]:
        """Roles of the firewall's table that have a group of ours, and what it is of."""
        return {
            "control-plane": "Network interfaces of the EKS control plane",
            "node": "Nodes and their pods",
        }

    @property
    def node_roles(self) -> tuple[str, ...]:
        """Those of machines that are nodes."""
        return ("node",)

    @property
    def support_notice(self) -> str:
        """Until when the version is supported, and what EKS does then."""
        end = load_facts("kubernetes.yaml")["standard_support_ends"][self.version]
        forced = self.support == "STANDARD"
        then = "upgrades the cluster by force" if forced else "charges for extended support"
        return f"Kubernetes {self.version}: standard support ends {end}; then EKS {then}"


@dataclass(frozen=True, slots=True)
class AddOn:
    """An EKS add-on at a pinned version. before_nodes: nodes need it to become Ready.

    configuration: JSON; "" leaves the add-on as it comes.
    """

    name: str
    version: str
    before_nodes: bool
    service_account: str | None  # gets the role of the same name by Pod Identity
    role: str | None
    configuration: str = ""


def plan_control_plane(
    spec: ClusterSpec, lock: Lock, subnets: tuple[str, ...], faults: Faults
) -> ControlPlane:
    """The control plane; faults for a version that no table knows or that skips a minor."""
    asked = spec.control_plane
    assert isinstance(asked, EksSpec), "asked for by the kind"
    version = asked.version or lock.kubernetes_version
    check_version(version, lock, faults)
    return ControlPlane(
        version=version,
        support=asked.support,
        service_cidr=asked.service_cidr,
        dns_service_ip=asked.service_cidr.network_address + DNS_SERVICE_INDEX,
        subnets=subnets,
        authentication_mode=spec.access.authentication_mode,
        log_types=asked.log_types,
        deletion_protection=asked.deletion_protection,
        zonal_shift=asked.zonal_shift,
    )


def check_version(version: str, lock: Lock, faults: Faults) -> None:
    """Note a version that no table knows, and one that the lock file's images are not of."""
    if version not in (known := known_versions()):
        message = f"is no version that heiiki knows; known: {', '.join(known)}"
        faults.add("controlPlane.version", message, version)
        return
    if version != lock.kubernetes_version:
        faults.add(
            "controlPlane.version",
            f"differs from the lock file's {lock.kubernetes_version}, so images and add-ons would "
            "not fit; run heiiki lock, which moves one minor at a time",
            version,
        )


def plan_add_ons(spec: ClusterSpec, lock: Lock, faults: Faults) -> dict[str, AddOn]:
    """Add-ons by EKS name; a fault for one whose version the lock file lacks."""
    asked, identity = spec.add_ons, spec.add_ons.pod_identity
    rows = (
        ("vpc-cni", asked.vpc_cni, True, "aws-node", "vpc-cni"),
        ("kube-proxy", asked.kube_proxy, True, None, None),
        ("eks-pod-identity-agent", identity, True, None, None),
        ("coredns", asked.core_dns, False, None, None),
        ("aws-ebs-csi-driver", asked.ebs_csi, False, "ebs-csi-controller-sa", "ebs-csi"),
    )
    for key, needs_role in (
        ("ebsCsi", asked.ebs_csi), ("clusterAutoscaler", asked.cluster_autoscaler),
    ):  # fmt: skip
        if needs_role and not identity:
            faults.add(
                f"addOns.{key}", "gets its role by Pod Identity; write podIdentity: true", True
            )
    found = {}
    for name, wanted, before_nodes, account, role in rows:
        if not wanted:
            continue
        version = lock.add_ons.get(name)
        if version is None:
            faults.add("addOns", f"the lock file has no version of {name}; run heiiki lock")
            continue
        found[name] = AddOn(
            name, version, before_nodes, account if identity else None, role if identity else None,
            CONFIGURATIONS.get(name, ""),
        )  # fmt: skip
    return found
