"""What is the same for every machine: names, networks, images; who is who; kubelets and pods'
network."""

import json
import tomllib
from dataclasses import replace
from ipaddress import IPv4Network, ip_address
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from machines.authenticator import ADMINISTRATORS, render_authenticator
from machines.aws_auth import RoleMapping, UserMapping
from machines.cluster_manifests import cluster_manifest_files, rights
from machines.containerd import containerd_files
from machines.core_dns import core_dns_manifests, render_corefile
from machines.kube_apiserver import ApiServerSwitches
from machines.kubelet import KubeletSettings, Taint
from machines.overlay import cni_template_file, flannel_network
from machines.own_images import own_image
from machines.self_hosted_cluster import ExternalEtcd, check_self_hosted_cluster
from machines.self_hosted_files import ETCD_ENVIRONMENT, controller_files, worker_files
from machines.self_hosted_kubelet import (
    KubeletHost,
    SelfHostedKubelet,
    kubelet_configuration,
    kubelet_files,
)
from machines.serving_approver import serving_approver_manifests
from machines.static_pods import volume_name
from tests.machines.self_hosted import ACCOUNT, CLUSTER, CONTROLLER, REGISTRY, cluster, etcd
from tests.quick_yaml import loaded

WORKER = SelfHostedKubelet("worker")
DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "name must be 1 to 100"),
        ({"region": "tokyo"}, "region must be a region's code name"),
        ({"api_server_name": "https://a"}, "api_server_name must be a host name"),
        ({"vpc_cidrs": ()}, "vpc_cidrs must name at least one network"),
        ({"vpc_cidrs": ("fd00::/56",)}, r"vpc_cidrs\[0\] must be an IPv4 network"),
        ({"vpc_cidrs": ("10.32.0.0/20",)}, r"service_cidr overlaps vpc_cidrs\[0\], which is"),
        ({"pod_cidr": "10.32.0.0/16"}, "service_cidr overlaps pod_cidr"),
        ({"pod_cidr": "10.64.0.0/24"}, "pod_cidr must have a prefix of 8 to 23"),
        ({"service_cidr": "10.32.0.0/28"}, "service_cidr must have a prefix of 12 to 24"),
        ({"service_cidr": "10.32.0.1/16"}, "service_cidr must be a CIDR without host bits"),
        ({"machine_mtu": 1300}, "machine_mtu must be a whole number from 1330"),
        ({"registry": "registry"}, "registry must be a registry's host"),
        ({"registry": "https://a.b"}, "registry must be a registry's host"),
        ({"images": {}}, "images are missing; name each by its digest"),
        ({"images": {"pause": "docker.io/pause:3"}}, "images.pause must be an image of"),
        ({"etcd": etcd(members=("1a", "1c"))}, "members must be 1, 3, 5 or 7"),
        ({"etcd": ExternalEtcd(())}, "endpoints must be a list of different https URLs"),
    ],
)
def test_what_could_not_be_a_cluster_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_self_hosted_cluster(cluster(**changes))


@pytest.mark.parametrize(
    "image",
    [
        f"{REGISTRY}/pause:3.10",
        f"{REGISTRY}/pause@sha256:0",
        f"{REGISTRY}/@{DIGEST}",
        f"{REGISTRY}.evil.example/pause@{DIGEST}",
        f"evil.example/{REGISTRY}/pause@{DIGEST}",
        f"{REGISTRY}/../pause@{DIGEST}",
        f"{REGISTRY}/pause@{DIGEST}\n",
    ],
)
def test_an_image_that_could_be_another_is_refused(image: str) -> None:
    assert own_image("a", f"{REGISTRY}/a/pause@{DIGEST}", REGISTRY)
    with pytest.raises(ValueError, match="a must be an image of"):
        own_image("a", image, REGISTRY)


PRIVATE = st.builds(
    lambda block, size: IPv4Network((int(ip_address(block)), size), strict=False),
    st.ip_addresses(v=4, network="10.0.0.0/8").map(str), st.integers(12, 22),
)  # fmt: skip


@given(PRIVATE, PRIVATE, PRIVATE)
def test_networks_that_are_taken_are_apart_and_dns_lies_in_its_own(
    vpc: IPv4Network, pods: IPv4Network, services: IPv4Network
) -> None:
    asked = cluster(vpc_cidrs=(str(vpc),), pod_cidr=str(pods), service_cidr=str(services))
    apart = not (vpc.overlaps(pods) or vpc.overlaps(services) or pods.overlaps(services))
    try:
        check_self_hosted_cluster(asked)
    except ValueError as error:
        assert "overlaps" in str(error) and not apart
        return
    assert apart
    assert ip_address(asked.cluster_dns_ip) in services
    assert ip_address(asked.vpc_resolver) in vpc
    assert f"forward . {vpc[2]} {{" in render_corefile(asked)


def test_names_are_asked_of_the_vpc_s_resolver_alone() -> None:
    forwards = [x for x in render_corefile(CLUSTER).splitlines() if "forward" in x]
    assert [x.split() for x in forwards] == [["forward", ".", "172.25.0.2", "{"]]


def test_name_servers_lie_on_nodes_of_their_own_and_go_one_at_a_time() -> None:
    documents = {d["kind"]: d for d in core_dns_manifests(CLUSTER)}
    spec = documents["Deployment"]["spec"]
    label = {"matchLabels": {"app.kubernetes.io/name": "coredns"}}
    zones, nodes = spec["template"]["spec"]["topologySpreadConstraints"]
    assert zones == {
        "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": label,
    }  # fmt: skip
    assert nodes == {
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
        "minDomains": 2, "matchLabelKeys": ["pod-template-hash"], "labelSelector": label,
    }  # fmt: skip
    assert spec["replicas"] == 2
    budget = documents["PodDisruptionBudget"]["spec"]
    assert budget == {
        "maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": label,
    }  # fmt: skip


def test_an_etcd_of_somebody_else_takes_the_place_of_ours() -> None:
    there = ExternalEtcd(("https://a.etcd.example.internal:2379",))
    files = {f.path: f.content for f in controller_files(cluster(etcd=there), CONTROLLER)}
    assert f"ETCD_ENDPOINTS={there.endpoints[0]}\n" in files[ETCD_ENVIRONMENT]
    manifest = files["/etc/kubernetes/manifests/kube-apiserver.yaml"]
    assert f"--etcd-servers={there.endpoints[0]}" in manifest
    assert "--etcd-certfile=/etc/kubernetes/pki/kube-apiserver-etcd-client.crt" in manifest


NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/heiiki/dev-worker"


def test_a_machine_is_its_own_node_and_a_person_is_no_machine() -> None:
    user = UserMapping(f"arn:aws:iam::{ACCOUNT}:user/anna", "anna", (ADMINISTRATORS,))
    document = loaded(
        render_authenticator(CLUSTER, nodes=[NODE_ROLE], administrators=[], users=[user])
    )
    assert document == {
        "clusterID": "dev",
        "server": {
            "mapRoles": [
                {
                    "roleARN": f"arn:aws:iam::{ACCOUNT}:role/dev-worker",
                    "username": "system:node:{{EC2PrivateDNSName}}",
                    "groups": ["system:nodes"],
                }
            ],
            "mapUsers": [
                {"userARN": user.user_arn, "username": "anna", "groups": [ADMINISTRATORS]}
            ],
        },
    }


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (RoleMapping(NODE_ROLE, "anna", ("dev",)), "roles are mapped twice"),
        (RoleMapping("arn:aws:iam::1:role/a", "anna", ()), "role_arn must be the ARN"),
        (RoleMapping(NODE_ROLE + "2", "anna", ("system:masters",)), "must not begin with system:"),
        (RoleMapping(NODE_ROLE + "2", "system:admin", ("a",)), "must not begin with system:"),
        (RoleMapping(NODE_ROLE + "2", "a\nb", ("a",)), "username must be one non-empty line"),
    ],
)
def test_a_mapping_that_gives_more_than_it_says_is_refused(
    person: RoleMapping, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_authenticator(CLUSTER, nodes=[NODE_ROLE], administrators=[person])


def test_who_may_what_is_this_and_tokens_only_where_they_are_on() -> None:
    def given_to(**switches: bool) -> set[tuple[str, str]]:
        return {
            (d["subjects"][0]["name"], d["roleRef"]["name"])
            for d in rights(ApiServerSwitches(**switches))
            if d["kind"] == "ClusterRoleBinding"
        }

    own = "system:certificates.k8s.io:certificatesigningrequests"
    assert given_to() == {
        ("heiiki:administrators", "cluster-admin"),
        ("kube-apiserver-kubelet-client", "system:kubelet-api-admin"),
        ("system:nodes", f"{own}:selfnodeclient"),
    }
    assert given_to(bootstrap_tokens=True) - given_to() == {
        ("system:bootstrappers", "system:node-bootstrapper"),
        ("system:bootstrappers", f"{own}:nodeclient"),
    }


def test_a_machine_that_iam_knows_has_no_right_of_who_holds_a_token() -> None:
    """Which is a certificate of any node's name, a controller's too."""
    mapped = loaded(render_authenticator(CLUSTER, nodes=[NODE_ROLE], administrators=[]))
    (known,) = mapped["server"]["mapRoles"]
    roles = {
        d["roleRef"]["name"]
        for d in rights(ApiServerSwitches(bootstrap_tokens=True))
        if d["kind"] == "ClusterRoleBinding" and d["subjects"][0]["name"] in known["groups"]
    }
    own = "system:certificates.k8s.io:certificatesigningrequests"
    assert roles == {f"{own}:selfnodeclient"}


def pods() -> dict[str, dict[str, Any]]:
    files = cluster_manifest_files(CLUSTER, ApiServerSwitches())
    documents = [d for f in files for d in yaml.safe_load_all(f.content)]
    return {
        d["metadata"]["name"]: d["spec"]["template"]["spec"]
        for d in documents
        if d["kind"] in ("DaemonSet", "Deployment")
    }


def test_no_delivered_pod_is_privileged_and_each_adds_what_it_needs() -> None:
    added = {}
    for name, pod in pods().items():
        (container,) = pod["containers"]
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False and "privileged" not in security
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"]["drop"] == ["ALL"]
        assert pod["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
        added[name] = security["capabilities"].get("add", [])
    assert added == {
        "kube-proxy": ["NET_ADMIN"],
        "flannel": ["NET_ADMIN", "NET_RAW"],
        "cloud-controller-manager": [],
        "coredns": [],
        "serving-approver": [],
    }


def test_who_approves_serving_certificates_may_do_that_and_runs_on_controllers_alone() -> None:
    documents = {d["kind"]: d for d in serving_approver_manifests(CLUSTER)}
    signers = ["kubernetes.io/kubelet-serving"]
    requests, group = "certificatesigningrequests", ["certificates.k8s.io"]
    assert documents["ClusterRole"]["rules"] == [
        {"apiGroups": group, "resources": [requests], "verbs": ["get", "list", "watch"]},
        {"apiGroups": group, "resources": [f"{requests}/approval"], "verbs": ["update"]},
        {"apiGroups": group, "resources": ["signers"], "resourceNames": signers,
         "verbs": ["approve"]},
    ]  # fmt: skip
    binding = documents["ClusterRoleBinding"]
    assert binding["roleRef"]["name"] == documents["ClusterRole"]["metadata"]["name"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "serving-approver", "namespace": "kube-system"}
    ]
    pod = pods()["serving-approver"]
    assert pod["serviceAccountName"] == "serving-approver"
    assert pod["nodeSelector"] == {"node-role.kubernetes.io/control-plane": ""}
    (container,) = pod["containers"]
    assert container["command"] == [
        "/serving-approver", "--cluster=dev", "--region=ap-northeast-1",
        "--health-port=127.0.0.1:8085",
    ]  # fmt: skip
    assert {"name": "KUBERNETES_SERVICE_HOST", "value": "127.0.0.1"} in container["env"]


def test_pods_are_on_wires_of_their_own_and_leave_by_the_overlay() -> None:
    template = cni_template_file(cluster(machine_mtu=1500)).content
    (plugin,) = json.loads(template.replace("{{.PodCIDR}}", "10.64.3.0/24"))["plugins"]
    assert (plugin["type"], plugin["mtu"], plugin["ipMasq"]) == ("ptp", 1450, False)
    assert plugin["ipam"]["ranges"] == [[{"subnet": "10.64.3.0/24"}]]
    assert flannel_network(CLUSTER) == {
        "Network": CLUSTER.pod_cidr,
        "EnableNFTables": True,
        "Backend": {"Type": "vxlan", "VNI": 1, "Port": 8472},
    }


def test_containerd_takes_every_image_from_the_own_registry() -> None:
    files = {
        f.path: tomllib.loads(f.content)
        for f in containerd_files(
            registry=REGISTRY, pause_image=CLUSTER.images["pause"], restrict_oom_score_adj=True
        )
    }
    cri = files["/etc/containerd/config.toml"]["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["restrict_oom_score_adj"] is True
    assert cri["containerd"]["runtimes"]["runc"]["options"] == {"SystemdCgroup": True}
    assert cri["cni"]["conf_template"] == "/etc/containerd/pods-network.conflist.template"
    hosts = [f for path, f in files.items() if path.endswith("hosts.toml")]
    assert len(hosts) == 2
    for host in hosts:
        assert host["server"] == f"https://{REGISTRY}" and set(host["host"]) == {host["server"]}


def test_a_controller_s_kubelet_keeps_others_away_and_asks_its_own_server() -> None:
    files = {f.path: f.content for f in kubelet_files(CLUSTER, SelfHostedKubelet("controller"))}
    read = loaded(files["/etc/kubernetes/kubelet.yaml"])
    assert read["staticPodPath"] == "/etc/kubernetes/manifests"
    assert read["registerWithTaints"] == [
        {"key": "node-role.kubernetes.io/control-plane", "value": "", "effect": "NoSchedule"}
    ]
    assert "https://127.0.0.1:6443" in files["/etc/kubernetes/kubelet-join.kubeconfig"]
    worker = {f.path: f.content for f in kubelet_files(CLUSTER, WORKER)}
    assert f'server: "{CLUSTER.api_server}"' in worker["/etc/kubernetes/kubelet-join.kubeconfig"]
    assert "staticPodPath" not in worker["/etc/kubernetes/kubelet.yaml"]


def test_what_a_pool_asks_reaches_its_kubelets() -> None:
    asked = replace(
        WORKER,
        max_pods=29,
        taints=[Taint("gpu", "a", "NoExecute")],
        settings=KubeletSettings(1024, 80, 60, {"memory.available": "5%"}),
    )
    read = kubelet_configuration(CLUSTER, asked)
    assert read["maxPods"] == 29 and read["podPidsLimit"] == 1024
    assert read["evictionHard"] == {"memory.available": "5%"}
    assert (read["imageGCHighThresholdPercent"], read["imageGCLowThresholdPercent"]) == (80, 60)
    assert read["registerWithTaints"] == [{"key": "gpu", "value": "a", "effect": "NoExecute"}]
    assert (read["containerLogMaxSize"], read["containerLogMaxFiles"]) == ("10Mi", 5)


def test_on_a_machine_in_a_namespace_a_kubelet_measures_no_disk() -> None:
    host = KubeletHost(cgroup_v1=True, local_storage_isolation=False, protect_kernel_defaults=False)
    read = kubelet_configuration(CLUSTER, replace(WORKER, host=host))
    assert read["failCgroupV1"] is False and read["protectKernelDefaults"] is False
    assert set(read["evictionHard"]) == {"memory.available", "pid.available"}
    usual = kubelet_configuration(CLUSTER, WORKER)
    assert usual["failCgroupV1"] is True and "nodefs.available" in usual["evictionHard"]


def test_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="role must be controller or worker"):
        worker_files(CLUSTER, SelfHostedKubelet("etcd"))  # type: ignore[arg-type]


def test_credentials_of_a_registry_are_asked_where_it_is_ecr() -> None:
    other = "registry.example.internal:5000"
    images = {name: f"{other}/{name}@{DIGEST}" for name in CLUSTER.images}
    for registry, pictures, there in ((other, images, False), (REGISTRY, CLUSTER.images, True)):
        files = worker_files(cluster(registry=registry, images=pictures), WORKER)
        text = "\n".join(f.content for f in files)
        assert ("ecr-credential-provider" in text) is there
        assert ("image-credential-provider-config" in text) is there


@given(st.from_regex(r"\A(/[A-Za-z0-9._-]{1,30}){1,5}\Z"))
def test_a_volume_s_name_is_one_that_kubernetes_takes(path: str) -> None:
    name = volume_name(path)
    assume(name)
    assert len(name) <= 63 and name[0].isalnum() and name[-1].isalnum()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
