"""One scenario's files, role by role, held whole: what a change does to machines is its diff."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from machines.checks import secret_in
from machines.etcd import etcd_member_files
from machines.host_files import HostFile
from machines.self_hosted_files import controller_files, worker_files
from machines.self_hosted_kubelet import SelfHostedKubelet
from tests.machines.self_hosted import CLUSTER, CONTROLLER, ETCD, REGISTRY
from tests.quick_yaml import loaded

GOLDEN = Path(__file__).parent / "golden" / "self_hosted"
ROLES = {
    "controller": controller_files(CLUSTER, CONTROLLER),
    "etcd-1a": etcd_member_files(ETCD, "1a"),
    "worker": worker_files(CLUSTER, SelfHostedKubelet("worker", labels={"tier": "web"})),
}


def shown(file: HostFile) -> str:
    """Mode and owner are part of what is held."""
    return f"### {file.mode:04o} {file.owner} {file.path}\n{file.content}"


def golden_name(file: HostFile) -> str:
    return file.path.strip("/").replace("/", "__").replace(REGISTRY, "registry")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_given_these_files_and_no_others(role: str) -> None:
    folder = GOLDEN / role
    texts = {golden_name(file): shown(file) for file in ROLES[role]}
    assert len(texts) == len(ROLES[role])
    if os.environ.get("UPDATE_GOLDEN"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
    held = {path.name: path.read_bytes().decode() for path in sorted(folder.iterdir())}
    assert texts == held, "UPDATE_GOLDEN=1 rewrites them"


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert controller_files(CLUSTER, CONTROLLER) == ROLES["controller"]
    assert etcd_member_files(ETCD, "1a") == ROLES["etcd-1a"]


@pytest.mark.parametrize("role", ROLES)
def test_no_file_holds_a_secret_or_is_open_to_others_without_need(role: str) -> None:
    for file in ROLES[role]:
        assert secret_in(file.content) is None, file.path
        assert file.mode == 0o600 or file.path.startswith("/etc/sysctl.d/"), file.path


@pytest.mark.parametrize("role", ROLES)
def test_every_image_is_of_the_own_registry_and_by_digest(role: str) -> None:
    text = "\n".join(file.content for file in ROLES[role])
    images = re.findall(r'^\s*(?:- )?(?:image:|sandbox_image =) "?([^"\n]+)"?$', text, re.MULTILINE)
    assert len(images) == {"controller": 11, "etcd-1a": 0, "worker": 1}[role]
    for image in images:
        assert re.fullmatch(rf"{re.escape(REGISTRY)}/heiiki/[a-z-]+@sha256:[0-9a-f]{{64}}", image)


PUBLIC = re.compile(
    r"registry\.k8s\.io|docker\.io|ghcr\.io|quay\.io|gcr\.io|github\.com|8\.8\.8\.8|1\.1\.1\.1"
)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_names_a_place_outside(role: str) -> None:
    for file in ROLES[role]:
        assert not PUBLIC.search(file.content), file.path
    assert PUBLIC.search("image: registry.k8s.io/pause:3.10")


def manifests() -> dict[str, dict]:
    return {
        Path(file.path).stem: loaded(file.content)
        for file in ROLES["controller"]
        if file.path.startswith("/etc/kubernetes/manifests/")
    }


def test_static_pods_see_single_files_and_only_read_them() -> None:
    pods = manifests()
    assert set(pods) == {
        "kube-apiserver", "kube-controller-manager", "kube-scheduler", "aws-iam-authenticator",
        "kms-plugin-key-1",
    }  # fmt: skip
    writable = {}
    for name, pod in pods.items():
        (container,) = pod["spec"]["containers"]
        paths = {v["name"]: v["hostPath"] for v in pod["spec"]["volumes"]}
        assert set(paths) == {m["name"] for m in container["volumeMounts"]}
        for mount in container["volumeMounts"]:
            host = paths[mount["name"]]
            if mount.get("readOnly"):
                assert host["type"] == "File", host
            else:
                writable.setdefault(name, []).append(host["path"])
    assert writable == {
        "kube-apiserver": ["/var/log/kubernetes/audit", "/run/heiiki/kms"],
        "kms-plugin-key-1": ["/run/heiiki/kms"],
    }


def test_the_key_of_kubelets_authority_reaches_one_program() -> None:
    readers = {
        name
        for name, pod in manifests().items()
        for volume in pod["spec"]["volumes"]
        if volume["hostPath"]["path"].endswith("-ca.key")
    }
    assert readers == {"kube-controller-manager"}


def test_static_pods_have_no_rights_and_are_asked_how_they_are() -> None:
    for name, pod in manifests().items():
        spec = pod["spec"]
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsUser": 0,
        }, name
        assert spec["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
        assert spec["priorityClassName"] == "system-node-critical"
        assert spec["hostNetwork"] is True and spec["automountServiceAccountToken"] is False
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["host"] == "127.0.0.1", name


AWS_CALLERS = ("aws-iam-authenticator", "cloud-controller-manager", "kms-plugin-key-1",
               "serving-approver")  # fmt: skip


def test_pods_that_call_aws_trust_whom_the_machine_trusts_where_that_is_asked() -> None:
    """And no others; without it, nobody sees the machine's file."""
    there, seen = "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"
    for asked, expected in ((None, ()), (there, AWS_CALLERS)):
        files = controller_files(replace(CLUSTER, authorities_file=asked), CONTROLLER)
        mounted = set()
        for pod in _pods(files):
            for volume in pod["volumes"]:
                if volume.get("hostPath", {}).get("path") == there:
                    (container,) = pod["containers"]
                    (mount,) = (m for m in container["volumeMounts"] if m["name"] == volume["name"])
                    assert (mount["mountPath"], mount["readOnly"]) == (seen, True)
                    mounted.add(container["name"])
        assert mounted == set(expected)
    with pytest.raises(ValueError, match="authorities_file"):
        controller_files(replace(CLUSTER, authorities_file="ca.crt"), CONTROLLER)


def _pods(files: tuple[HostFile, ...]) -> list[dict]:
    documents = [
        document
        for file in files
        if file.path.startswith(("/etc/kubernetes/manifests/", "/etc/kubernetes/cluster/"))
        for document in yaml.safe_load_all(file.content)
    ]
    specs = [d["spec"] for d in documents if d["kind"] == "Pod"]
    sets = [d["spec"]["template"]["spec"] for d in documents if d["kind"] == "DaemonSet"]
    assert specs and sets
    return specs + sets
