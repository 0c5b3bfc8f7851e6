"""What may be asked of a control plane of our own: its parts, and what its machines run."""

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from spec.api_endpoints import ApiEndpointSpec
from spec.api_server import ApiServerSpec
from spec.base import Spec
from spec.control_plane import CreateKey, KeySpec
from spec.controllers import ControllersSpec
from spec.encryption import EncryptionSpec, KmsEncryption
from spec.etcd import CreateEtcd, EtcdSpec
from spec.fields import BucketName, KubernetesVersion, Name, PrivateCidr, Text
from spec.kubeconfig import KubeconfigSpec
from spec.pki import GeneratedPki, PkiSpec

Sha256 = Annotated[
    str, Text(r"[0-9a-f]{64}", "must be a SHA-256, 64 lower-case hexadecimal digits in quotes")
]
ProgramName = Annotated[
    str,
    Text(
        r"[a-z0-9][a-z0-9.-]{0,62}",
        "must be a program's name, such as kubelet: 1 to 63 lower-case letters, digits, - and .",
    ),
]
ImageDigest = Annotated[
    str,
    Text(
        r"(?=.{1,256}@)[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
        r"@sha256:[0-9a-f]{64}",
        "must be a repository of the own registry and a digest, such as "
        "kubernetes/pause@sha256:<64 hexadecimal digits>; a tag would be what was pushed last",
    ),
]

FilePath = Annotated[
    str,
    Text(
        r"(?:/[A-Za-z0-9._-]+){1,16}",
        "must be the absolute path of a file, such as /etc/ssl/certs/ca-certificates.crt",
    ),
]


class HostSpec(Spec):
    """What machines let be done that are none of EC2's, such as containers, or whom they trust. The
    defaults fit machines of EC2 with AWS's own endpoints."""

    cgroup_v1: bool = Field(
        False, description="Kubelets may run on control groups v1, which they refuse by themselves."
    )
    local_storage_isolation: bool = Field(
        True,
        description="Kubelets hold pods to the disk that they may use. False where the root has no "
        "device of its own, or kubelets do not start.",
    )
    lowers_oom_score: bool = Field(
        True,
        description="containerd may protect pods' sandboxes from the kernel's want of memory more "
        "than itself. False where root lacks CAP_SYS_RESOURCE, or no pod starts.",
    )
    authorities_file: FilePath | None = Field(
        None,
        description="File on the machines with the authorities that pods which call AWS trust, "
        "where others than Amazon signed the endpoints' certificates. Default: those of their "
        "images.",
    )


class ArtifactsSpec(Spec):
    """What machines run, carried in beforehand and named by its digest; nothing else is fetched."""

    bucket: BucketName = Field(
        description="Bucket of the own account that holds each program as binaries/<sha256>. It is "
        "filled before the first machine starts, so it is no bucket that this stack makes."
    )
    binaries: dict[ProgramName, Sha256] = Field(
        default_factory=dict,
        description="SHA-256 of each program, by name. Which those are, validate says.",
    )
    images: dict[ProgramName, ImageDigest] = Field(
        default_factory=dict,
        description="Repository and digest of each image, by name, in the registry of the own "
        "account and region. Which those are, validate says.",
    )


class SelfHostedSpec(Spec):
    """A control plane on machines of our own: PKI, etcd, controllers and the API's endpoints."""

    kind: Literal["selfHosted"]
    version: KubernetesVersion | None = Field(
        None,
        description="Kubernetes minor version of the programs, by which machine images are chosen. "
        "Default: the one pinned in the lock file. One minor at a time.",
    )
    service_cidr: PrivateCidr = Field(
        IPv4Network("172.20.0.0/16"),
        description="Addresses of Services, /12 to /24, overlapping no network that pods talk to. "
        "Fixed for the cluster's life.",
    )
    pod_cidr: PrivateCidr = Field(
        IPv4Network("100.64.0.0/14"),
        description="Addresses of pods in the overlay, /8 to /23, a /24 for each node. Fixed for "
        "the cluster's life.",
    )
    pki: PkiSpec = Field(
        default_factory=GeneratedPki, description="Authorities, certificates and keys."
    )
    etcd: EtcdSpec = Field(
        default_factory=CreateEtcd,
        description="etcd, on machines of its own, or one that others run. Its kind is fixed for "
        "the cluster's life.",
    )
    controllers: ControllersSpec = Field(
        default_factory=ControllersSpec, description="The machines that run the API servers."
    )
    api_server: ApiServerSpec = Field(
        default_factory=ApiServerSpec, description="What is chosen of the API servers."
    )
    endpoints: dict[Name, ApiEndpointSpec] = Field(
        default_factory=dict,
        description="Ways to the API, by name. Machines of the cluster take the first, by name, at "
        "port 6443. Default: one, main, with the name api.<cluster>.heiiki.internal.",
    )
    kubeconfig: KubeconfigSpec = Field(
        default_factory=KubeconfigSpec,
        description="What people's kubeconfig says, where clusters take each other's place.",
    )
    encryption: EncryptionSpec = Field(
        default_factory=KmsEncryption,
        description="How Secrets are encrypted in etcd. Its kind is fixed for the cluster's life.",
    )
    encryption_key: KeySpec = Field(
        default_factory=CreateKey,
        description="KMS key that encrypts Secrets, keys of machines, logs and volumes.",
    )
    deletion_protection: bool = Field(
        True,
        description="The engine refuses to delete or replace the key and the volumes of etcd, and "
        "Route 53 to take the DNS Firewall off the VPC, until this is false.",
    )
    artifacts: ArtifactsSpec = Field(description="What machines run, by digest.")
    host: HostSpec = Field(
        default_factory=HostSpec, description="What machines are, where they are none of EC2's."
    )

    @property
    def role(self) -> None:
        """EKS takes on a role; nobody does here."""

    @property
    def subnets(self) -> tuple[str, ...]:
        """EKS has interfaces in subnets; what the machines here lie in, each noun says itself."""
        return ()

    @property
    def support(self) -> None:
        """EKS supports a version for a time; nobody but its owners does here."""
