"""What is carried into the closed network, as programs: each built from its own Go module.

They are static, and kept in the cache beside the engine; the first build takes about a quarter of
an hour on two cores. docs/dependencies.md says why each source is here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from local.engine.cache import Progress
from local.go_programs import GoPrograms, LeftOut

SOURCES = Path(__file__).parent / "sources"
GOT_BY = "python -m local.carry_in"
# As in each source's go.mod; a test holds them together.
VERSION, ETCD_VERSION = "1.34.4", "3.6.16"
CNI_VERSION, FLANNEL_VERSION, CORE_DNS_VERSION = "1.10.0", "0.28.10", "1.15.0"
AUTHENTICATOR_VERSION, CLOUD_VERSION, REGISTRY_VERSION = "0.6.13", "1.34.4", "3.1.2"
OWN_KUBERNETES_VERSION = "0.34.0"  # what the cloud controller is built of, so that it is built once
_CNI = "github.com/containernetworking/plugins"
_FLANNEL = "github.com/flannel-io/flannel"
_UDP = "pkg/backend/udp"
UDP_BACKEND = ("cproxy_amd64.go", "proxy_amd64.c", "proxy_amd64.h", "udp_amd64.go",
               "udp_network.go", "udp_network_amd64.go")  # fmt: skip
_AUTHENTICATOR = "sigs.k8s.io/aws-iam-authenticator"
_CLOUD = "k8s.io/cloud-provider-aws"
_REGISTRY = "github.com/distribution/distribution/v3"
_VERSION = "k8s.io/component-base/version"

KUBERNETES = GoPrograms(
    name="kubernetes",
    source=SOURCES / "kubernetes",
    packages={
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
        "kubelet": "k8s.io/kubernetes/cmd/kubelet",
        "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
        "kubectl": "k8s.io/kubernetes/cmd/kubectl",
        "etcd": "go.etcd.io/etcd/server/v3",
        "etcdctl": "go.etcd.io/etcd/etcdctl/v3",
        # Kubernetes' own program for pods that ask each other; it is carried in for no cluster.
        "agnhost": "k8s.io/kubernetes/test/images/agnhost",
    },
    variables={  # without them it reports no version
        f"{_VERSION}.gitVersion": f"v{VERSION}",
        f"{_VERSION}.gitMajor": VERSION.split(".")[0],
        f"{_VERSION}.gitMinor": VERSION.split(".")[1],
    },
    got_by=GOT_BY,
)
# A module of its own, since Kubernetes' asks for nothing of it, and would be built anew for it.
ETCD_TOOLS = GoPrograms(
    name="etcd-tools",
    source=SOURCES / "etcd-tools",
    packages={"etcdutl": "go.etcd.io/etcd/etcdutl/v3"},
    got_by=GOT_BY,
)
CNI = GoPrograms(
    name="cni",
    source=SOURCES / "cni",
    packages={
        "host-local": f"{_CNI}/plugins/ipam/host-local",
        "loopback": f"{_CNI}/plugins/main/loopback",
        "ptp": f"{_CNI}/plugins/main/ptp",
    },
    variables={f"{_CNI}/pkg/utils/buildversion.BuildVersion": f"v{CNI_VERSION}"},
    got_by=GOT_BY,
)
FLANNEL = GoPrograms(
    name="flannel",
    source=SOURCES / "flannel",
    packages={"flanneld": _FLANNEL},
    variables={f"{_FLANNEL}/pkg/version.Version": f"v{FLANNEL_VERSION}"},
    got_by=GOT_BY,
    left_out=LeftOut(
        _FLANNEL,
        {
            # Half of it is C, so nothing of it would be static.
            **dict.fromkeys([f"{_UDP}/{name}" for name in UDP_BACKEND], ""),
            f"{_UDP}/udp.go": "without/udp/udp.go",
            # The SDK of another cloud takes longer to build than all the rest.
            "pkg/backend/tencentvpc/tencentvpc.go": "without/tencentvpc/tencentvpc.go",
        },
    ),
)
CORE_DNS = GoPrograms(
    name="coredns",
    source=SOURCES / "coredns",
    packages={"coredns": "./coredns"},
    got_by=GOT_BY,
)
AUTHENTICATOR = GoPrograms(
    name="authenticator",
    source=SOURCES / "authenticator",
    packages={"aws-iam-authenticator": f"{_AUTHENTICATOR}/cmd/aws-iam-authenticator"},
    variables={f"{_AUTHENTICATOR}/pkg.Version": f"v{AUTHENTICATOR_VERSION}"},
    got_by=GOT_BY,
)
CLOUD_PROVIDER = GoPrograms(
    name="cloud-provider-aws",
    source=SOURCES / "cloud-provider-aws",
    packages={
        "aws-cloud-controller-manager": f"{_CLOUD}/cmd/aws-cloud-controller-manager",
        "ecr-credential-provider": f"{_CLOUD}/cmd/ecr-credential-provider",
    },
    variables={
        f"{_VERSION}.gitVersion": f"v{CLOUD_VERSION}",
        "main.gitVersion": f"v{CLOUD_VERSION}",
    },
    got_by=GOT_BY,
)
DISTRIBUTION = GoPrograms(
    name="distribution",
    source=SOURCES / "distribution",
    packages={"registry": "./registry"},
    variables={f"{_REGISTRY}/version.version": f"v{REGISTRY_VERSION}"},
    got_by=GOT_BY,
)
PAUSE = GoPrograms(
    name="pause", source=SOURCES / "pause", packages={"pause": "./pause"}, got_by=GOT_BY
)
# Of our own, on libraries of Kubernetes and AWS.
OWN = GoPrograms(
    name="own",
    source=SOURCES / "own",
    packages={"kms-plugin": "./kms-plugin", "serving-approver": "./serving-approver"},
    got_by=GOT_BY,
)
ALL = (
    KUBERNETES, ETCD_TOOLS, CNI, FLANNEL, CORE_DNS, AUTHENTICATOR, CLOUD_PROVIDER, OWN,
    DISTRIBUTION, PAUSE,
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """One that was built: static, and the same bytes from the same sources and the same go."""

    name: str
    path: Path

    @cached_property
    def sha256(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def programs(progress: Progress = lambda _: None, architecture: str = "") -> Mapping[str, Program]:
    """All of them by name; at once where they were built before. ProgramError says what is
    missing.

    architecture: as Go says it, of other machines than this one.
    """
    sources = [replace(source, architecture=architecture) for source in ALL]
    for source in sources:
        source.provide(progress)
    return {name: Program(name, one.binary(name)) for one in sources for name in one.packages}
