"""kubelet and kube-proxy read what they are told, strictly, up to where they need a machine."""

import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from machines.component_kubeconfig import render_kubeconfig
from machines.containerd import CONFIGURATION, containerd_files
from machines.kube_proxy import kube_proxy_configuration
from machines.kubelet import KubeletSettings, Taint
from machines.self_hosted_kubelet import (
    KubeletHost,
    SelfHostedKubelet,
    kubelet_configuration,
    kubelet_flags,
)
from machines.yaml_text import to_yaml
from tests.control_plane.machine import output_of
from tests.control_plane.pki import authority, write
from tests.machines.self_hosted import CLUSTER
from tests.tools import debian

pytestmark = pytest.mark.tools

KUBELETS = {
    "controller": SelfHostedKubelet("controller"),
    "worker": SelfHostedKubelet("worker", labels={"tier": "web"}, max_pods=29),
    "settings": SelfHostedKubelet(
        "worker",
        settings=KubeletSettings(1024, 80, 60, {"memory.available": "5%"}),
        taints=[Taint("gpu", "a", "NoExecute")],
    ),
    "namespace": SelfHostedKubelet(
        "worker", host=KubeletHost("/run/resolv.conf", True, False, False)
    ),
}
# Where a kubelet gets to that was content with all it read: it looks for the container runtime.
RUNTIME = "no-such-runtime"
READ_WELL = ("validate service connection", "needs to run as uid", RUNTIME)
COMPLAINTS = (
    "invalid configuration",
    "strict decoding error",
    "failed to validate",
    "nvalid value",
)


def kubelet(folder: Path, asked: SelfHostedKubelet, more: dict[str, object]) -> str:
    """Its last words, with folders of the test, an API server and a runtime that are not there,
    and whatever control groups this machine has."""
    document = kubelet_configuration(CLUSTER, asked) | {
        "containerRuntimeEndpoint": f"unix://{folder}/{RUNTIME}.sock",
        "failCgroupV1": False,
    }
    text = to_yaml(document | more).replace("/etc/kubernetes/", f"{folder}/")
    text = text.replace("/run/resolv.conf", "/etc/resolv.conf")
    kubeconfig = render_kubeconfig(server="https://127.0.0.1:1", user="a", details={"token": "a"})
    kubeconfig = kubeconfig.replace("/etc/kubernetes", str(folder))
    write(folder, {"kubelet.yaml": text, "kubeconfig": kubeconfig})
    write(folder / "pki", {"kubernetes-ca.crt": authority("kubernetes").certificate_pem})
    here = {"config": folder / "kubelet.yaml", "kubeconfig": folder / "kubeconfig",
            "cert-dir": folder / "own", "root-dir": folder / "root"}  # fmt: skip
    flags = {flag.name: flag.value for flag in kubelet_flags(asked, ecr=False)}
    del flags["bootstrap-kubeconfig"]  # as if it had joined
    return output_of(folder, "kubelet", [f"--{n}={v}" for n, v in (flags | here).items()])


@pytest.mark.parametrize("name", KUBELETS)
def test_a_kubelet_is_content_with_what_it_reads(tmp_path: Path, name: str) -> None:
    said = kubelet(tmp_path, KUBELETS[name], {})
    assert any(words in said for words in READ_WELL), said[-3000:]
    assert not any(words in said for words in COMPLAINTS), said[-3000:]


@pytest.mark.parametrize(
    "wrong",
    [{"podPidLimit": 1}, {"imageGCHighThresholdPercent": 200}],
)
def test_what_a_kubelet_does_not_take_would_be_told(tmp_path: Path, wrong: dict) -> None:
    said = kubelet(tmp_path, KUBELETS["worker"], wrong)
    assert any(words in said for words in COMPLAINTS), said[-3000:]


def proxy(folder: Path, document: dict[str, object]) -> str:
    """What it would run with; it writes that and ends."""
    (folder / "config.yaml").write_text(to_yaml(document), encoding="utf-8")
    read = [f"--config={folder}/config.yaml", f"--write-config-to={folder}/read.yaml"]
    return output_of(folder, "kube-proxy", read)


def test_kube_proxy_runs_with_what_it_reads(tmp_path: Path) -> None:
    asked = kube_proxy_configuration(CLUSTER)
    said = proxy(tmp_path, asked)
    read = yaml.safe_load((tmp_path / "read.yaml").read_text(encoding="utf-8"))
    assert "lenient" not in said and "strict" not in said, said
    kept = {key: read[key] for key in asked if key not in ("clientConnection", "conntrack")}
    assert kept == {key: asked[key] for key in kept}
    assert read["clientConnection"]["kubeconfig"] == asked["clientConnection"]["kubeconfig"]
    assert read["conntrack"] == asked["conntrack"] | {
        key: read["conntrack"][key] for key in set(read["conntrack"]) - set(asked["conntrack"])
    }


def test_what_kube_proxy_does_not_know_would_be_told(tmp_path: Path) -> None:
    said = proxy(tmp_path, kube_proxy_configuration(CLUSTER) | {"metricsBindAddres": "a"})
    assert "strict" in said or "unknown field" in said


def dumped(folder: Path, configuration: str) -> dict:
    """What containerd would run with."""
    program = debian.command("containerd", "containerd")
    assert program is not None, "python -m tests.tools gets it"
    write(folder, {"config.toml": configuration})
    asked = [str(program), "--config", str(folder / "config.toml"), "config", "dump"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=300, env={})
    assert said.returncode == 0, said.stderr
    return tomllib.loads(said.stdout)


def within(asked: dict, read: dict) -> bool:
    return all(
        within(value, read.get(key, {})) if isinstance(value, dict) else read.get(key) == value
        for key, value in asked.items()
    )


def test_containerd_runs_with_what_it_reads(tmp_path: Path) -> None:
    files = containerd_files(
        registry=CLUSTER.registry, pause_image=CLUSTER.images["pause"], restrict_oom_score_adj=True
    )
    (text,) = [f.content for f in files if f.path == CONFIGURATION]
    cri = "io.containerd.grpc.v1.cri"
    asked, read = (
        document["plugins"][cri] for document in (tomllib.loads(text), dumped(tmp_path, text))
    )
    assert within(asked, read)
    assert not within(asked | {"sandbox_imagee": "a"}, read)
