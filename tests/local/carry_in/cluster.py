"""A small cluster on local machines, of the rendered files and of what is carried in.

One controller, which is its only etcd member too, and two workers in two subnets. In the place of
the agent, which boots machines elsewhere, the test lays files down and starts units.
"""

import base64
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import boto3

from docs.self_hosted_example import AUTHENTICATOR, CLUSTER, ETCD, REGION, REGISTRY
from local.carry_in.programs import Program
from local.carry_in.registry import CarriedImages
from local.machines import (
    Allow,
    EndpointsSpec,
    MachineHandle,
    MachineSpec,
    Subnet,
    World,
    WorldSpec,
)
from machines.component_kubeconfig import render_kubeconfig
from machines.encryption import CONFIGURATION, LocalKey, render_local_encryption
from machines.etcd import STATE_FILE, etcd_member_files, etcd_state
from machines.host_files import HostFile
from machines.kube_apiserver import ApiServerSettings, ApiServerSwitches
from machines.overlay import CNI_PLUGINS
from machines.self_hosted_cluster import SelfHostedCluster
from machines.self_hosted_files import Controller, controller_files, worker_files
from machines.self_hosted_kubelet import KubeletHost, SelfHostedKubelet
from tests.control_plane.machine import controller_pki, pair
from tests.control_plane.pki import Signed, authority, signed

READY_SECONDS = 180.0
ADDRESSES = {"controller": "172.25.1.10", "one": "172.25.1.20", "two": "172.25.2.20"}
WORKERS = ("one", "two")
TAG = {"Key": f"kubernetes.io/cluster/{CLUSTER.name}", "Value": "owned"}
PKI, ETCD_PKI, BINARIES = "/etc/kubernetes/pki", "/etc/etcd/pki", "/opt/heiiki/bin"
NAMESPACE_HOST = KubeletHost(
    cgroup_v1=True, local_storage_isolation=False, protect_kernel_defaults=True
)
MEMBER = replace(ETCD, members=("1a",))
SETTINGS = ApiServerSettings(switches=ApiServerSwitches(encryption="local"))
KEY = LocalKey("key-1", base64.b64encode(bytes(32)).decode())
ETCD_DROP_IN = """\
[Unit]
AssertPathIsMountPoint=
[Service]
User=root
Group=root
"""


def world_spec() -> WorldSpec:
    nodes = "172.25.0.0/16"
    return WorldSpec(
        name="carried",
        region=REGION,
        vpc=nodes,
        subnets={
            "core-1a": Subnet(cidr="172.25.1.0/24", zone=f"{REGION}a"),
            "core-1c": Subnet(cidr="172.25.2.0/24", zone=f"{REGION}c"),
        },
        allow=(
            Allow(source="worker", target="controller", ports=6443),
            Allow(source="controller", target="worker", ports=10250),
            Allow(source=nodes, target=nodes, protocol="udp", ports=8472),
            Allow(source=nodes, target="endpoint", ports=443),
        ),
        endpoints=EndpointsSpec(
            address="172.25.1.200",
            groups=("endpoint",),
            services=("s3", "sts", "ec2", "ecr.api", "ecr.dkr"),
        ),
        records={
            CLUSTER.api_server_name: (ADDRESSES["controller"],),
            MEMBER.host("1a"): (ADDRESSES["controller"],),
        },
    )


def instances(aws_url: str) -> dict[str, str]:
    """The machines as EC2 knows them, which the authenticator and the cloud controller ask."""
    ec2 = boto3.client(
        "ec2", region_name=REGION, endpoint_url=aws_url,
        aws_access_key_id="embedded", aws_secret_access_key="embedded",
    )  # fmt: skip
    spec, found = world_spec(), {}
    vpc = ec2.create_vpc(CidrBlock=str(spec.vpc))["Vpc"]["VpcId"]
    subnets = {
        name: ec2.create_subnet(VpcId=vpc, CidrBlock=str(s.cidr), AvailabilityZone=s.zone)
        for name, s in spec.subnets.items()
    }
    for name, address in ADDRESSES.items():
        subnet = subnets[subnet_of(name)]["Subnet"]["SubnetId"]
        image = ec2.describe_images()["Images"][0]["ImageId"]
        made = ec2.run_instances(
            ImageId=image, SubnetId=subnet, PrivateIpAddress=address, MinCount=1, MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": [TAG]}],
        )  # fmt: skip
        found[name] = made["Instances"][0]["InstanceId"]
    return found


def subnet_of(name: str) -> str:
    return "core-1c" if name == "two" else "core-1a"


def machine_spec(name: str, instance_id: str) -> MachineSpec:
    return MachineSpec(
        name=name,
        instance_id=instance_id,
        subnet=subnet_of(name),
        private_ip=ADDRESSES[name],
        role=f"{CLUSTER.name}-{'worker' if name in WORKERS else 'controller'}",
        groups=("worker" if name in WORKERS else "controller",),
    )


def node_name(name: str) -> str:
    return f"ip-{ADDRESSES[name].replace('.', '-')}.{REGION}.compute.internal"


@dataclass(frozen=True)
class Cluster:
    world: World
    cluster: SelfHostedCluster
    programs: dict[str, Program]
    authorities: dict[str, Signed]

    def machine(self, name: str) -> MachineHandle:
        return self.world.machine(name)

    def kubectl(self, *words: str, stdin: str = "", check: bool = True) -> str:
        command = [f"{BINARIES}/kubectl", "--kubeconfig=/root/kubeconfig", *words]
        done = self.machine("controller").run(command, stdin=stdin, check=check)
        return done.stdout

    def read(self, *words: str) -> Any:
        return json.loads(self.kubectl("get", *words, "--output=json"))

    def until(self, holds: Callable[[], object], seconds: float = READY_SECONDS) -> None:
        """Raises AssertionError with what the cluster says where it never holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(self.words())
            time.sleep(0.3)

    def words(self) -> str:
        asked = [
            ("get", "nodes,pods", "--all-namespaces", "--output=wide"),
            ("get", "events", "--all-namespaces"),
        ]
        said = [self.kubectl(*words, check=False)[-6000:] for words in asked]
        for name in ADDRESSES:
            units = ("journalctl", "--no-pager", "-n", "25", "-u", "kubelet", "-u", "containerd")
            said.append(f"{name}:\n{self.machine(name).run(units, check=False).stdout[-4000:]}")
        return "\n".join(said)


def reference(images: CarriedImages) -> SelfHostedCluster:
    """The cluster of the docs, with what is carried in."""
    named = images.references(REGISTRY)
    named["kms-plugin"] = CLUSTER.images["kms-plugin"]  # secrets are encrypted by a local key here
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    return replace(CLUSTER, images=named, etcd=MEMBER, authorities_file=bundle)


def authorities() -> dict[str, Signed]:
    return {name: authority(name) for name in ("kubernetes", "kubelet", "etcd", "front-proxy")}


def lay_down(machine: MachineHandle, files: Iterable[HostFile]) -> None:
    for file in files:
        path = machine.root() / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(file.content, encoding="utf-8")
        path.chmod(file.mode)


def install(machine: MachineHandle, programs: Iterable[Program], folder: str = BINARIES) -> None:
    there = machine.root() / folder.lstrip("/")
    there.mkdir(parents=True, exist_ok=True)
    for program in programs:
        (there / program.name).write_bytes(program.path.read_bytes())
        (there / program.name).chmod(0o755)


def start_controller(cluster: Cluster) -> None:
    machine, rendered, by = cluster.machine("controller"), cluster.cluster, cluster.authorities
    names = ("etcd", "kubelet", "kubectl", "aws-iam-authenticator", "ecr-credential-provider")
    install(machine, [cluster.programs[name] for name in names])
    install(machine, [cluster.programs[name] for name in CNI_PLUGINS], "/opt/cni/bin")
    controller = Controller(
        partition="aws",
        authenticator=AUTHENTICATOR,
        api_server=SETTINGS,
        kubelet=SelfHostedKubelet("controller", host=NAMESPACE_HOST),
        restrict_oom_score_adj=True,
    )
    files = [*controller_files(rendered, controller), *etcd_member_files(MEMBER, "1a")]
    files += [
        HostFile(STATE_FILE, etcd_state("new")),
        HostFile("/etc/systemd/system/etcd.service.d/test.conf", ETCD_DROP_IN),
        HostFile(CONFIGURATION, render_local_encryption([KEY])),
        *_pki(PKI, controller_pki(by, api_server_names(rendered))),
        *_pki(ETCD_PKI, _etcd_pki(by["etcd"])),
        HostFile("/root/kubeconfig", _administrator(by["kubernetes"])),
        *_pki("/root", pair("administrator", _person(by["kubernetes"]))),
    ]
    lay_down(machine, files)
    (machine.root() / SETTINGS.audit.folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
    (machine.root() / "var/lib/etcd").mkdir(parents=True, exist_ok=True)
    start(machine, "etcd", "containerd", "kubelet")


def api_server_names(rendered: SelfHostedCluster) -> tuple[str, ...]:
    """The endpoint, and the service by which pods call it."""
    return rendered.api_server_name, "kubernetes.default.svc", str(rendered.services[1])


def start_worker(cluster: Cluster, name: str) -> None:
    machine = cluster.machine(name)
    names = ("kubelet", "aws-iam-authenticator", "ecr-credential-provider")
    install(machine, [cluster.programs[name] for name in names])
    install(machine, [cluster.programs[name] for name in CNI_PLUGINS], "/opt/cni/bin")
    kubelet = SelfHostedKubelet("worker", host=NAMESPACE_HOST)
    authority = cluster.authorities["kubernetes"].certificate_pem
    lay_down(
        machine,
        [
            *worker_files(cluster.cluster, kubelet, restrict_oom_score_adj=True),
            HostFile(f"{PKI}/kubernetes-ca.crt", authority),
        ],
    )
    start(machine, "containerd", "kubelet")


def start(machine: MachineHandle, *units: str) -> None:
    machine.run(
        ["sh", "-euc", f"systemctl daemon-reload; systemctl start --no-block {' '.join(units)}"]
    )


def _pki(folder: str, files: dict[str, str]) -> list[HostFile]:
    return [HostFile(f"{folder}/{name}", text, 0o600) for name, text in files.items()]


def _etcd_pki(ca: Signed) -> dict[str, str]:
    files = {"etcd-ca.crt": ca.certificate_pem}
    for use in ("server", "peer", "health-client"):
        name = f"etcd-{use}-1a"
        files |= pair(name, signed(ca, name, server=True, hosts=(MEMBER.host("1a"),)))
    return files


def _person(ca: Signed) -> Signed:
    return signed(ca, "first-hand", groups=("system:masters",))


def _administrator(ca: Signed) -> str:
    details = {
        "client-certificate": "/root/administrator.crt",
        "client-key": "/root/administrator.key",
    }
    return render_kubeconfig(server="https://127.0.0.1:6443", user="administrator", details=details)


def answering(name: str, image: str) -> list[dict[str, Any]]:
    """A pod on the worker of this name that says what it is called, and asks others, and the
    service that leads to it."""
    labels = {"app": name}
    container = {
        "name": "agnhost",
        "image": image,
        "args": ["netexec", "--http-port=8080"],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node_name(name)},
            "containers": [container],
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"on-{name}", "namespace": "default"},
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
    }
    return [pod, service]
